package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// modeOf is the attribute beside a relation that says how much of it the code
// owns.
func modeOf(relation string) kind.Attr {
	a := kind.Text(relation+"_mode", kind.Default,
		"How much of `"+relation+"` the code owns. `exact`: the code is all there is, and an apply removes whoever else is there. "+
			"`at_least`: others may join; an apply adds who is missing and removes nobody. "+
			"`on_create`: `"+relation+"` is used when the object is made anew, and is never a difference afterwards, but for what this configuration makes anew: that is put back. "+
			"After an import the state says `exact` until the next change of the object is applied; the code decides all the same.").
		OneOf(kind.Exact, kind.AtLeast, kind.OnCreate).Or(kind.Exact)
	a.Channel = kind.Local
	return a
}

// inPIM is where Privileged Identity Management for groups tells who is a
// member or owner while an activation runs.
// https://learn.microsoft.com/graph/api/privilegedaccessgroup-list-assignmentscheduleinstances
func inPIM(access string) *kind.Activation {
	return &kind.Activation{
		Path: "/identityGovernance/privilegedAccess/group/assignmentScheduleInstances", Of: "groupId", Access: access,
		Read: []string{"PrivilegedAssignmentSchedule.Read.AzureADGroup"},
	}
}

// ownedBy stands in the docs of owners: Graph adds such an application as it adds a person,
// and taking it out again would lock it out.
const ownedBy = " An application that may write only what it owns (`Application.ReadWrite.OwnedBy`) becomes an owner of what it makes: list its service principal, or it loses that right."
