package emulator

import (
	"slices"
	"strings"
)

// What the log has of things that are no objects of their own to it: assignments, grants,
// and what stands below an application. Each is a change of what it connects or belongs
// to, and modifiedProperties tell which it was.

// auditPart notes what the log does not show as an object of its own, and tells whether
// it was that.
func (t *Tenant) auditPart(c *call, verb string, o *object) bool {
	switch o.typ {
	case "appRoleAssignment":
		t.auditAssignment(c, verb, o)
		return true
	case "unifiedRoleAssignment":
		t.auditRole(c, verb == auditAdd, o)
		return true
	case "oAuth2PermissionGrant":
		if verb == auditAdd {
			t.auditGrant(c, "Add", nil, o)
		} else {
			t.auditGrant(c, "Remove", o, nil)
		}
		return true
	case "unifiedRoleAssignmentScheduleRequest":
		if t.auditPIMRemoval(c, o) {
			return true
		}
	}
	if verb == auditAdd {
		return t.auditChild(c, nil, o)
	}
	return t.auditChild(c, o, nil)
}

// linkEnd names an object that a link connects; one that is gone by its id alone.
func (t *Tenant) linkEnd(id, typ string) auditTarget {
	if x := t.directoryObject(id, false); x != nil {
		return t.auditTarget(x)
	}
	return auditTarget{id: id, typ: typ}
}

// given are entries of modifiedProperties that a link has when it is made, and had when it
// is removed. An entry without a value is left out.
func given(added bool, values ...[2]string) []auditChange {
	var out []auditChange
	for _, v := range values {
		change := auditChange{v[0], nil, jsonText(v[1])}
		if !added {
			change.old, change.newer = change.newer, nil
		}
		if v[1] != "" {
			out = append(out, change)
		}
	}
	return out
}

// auditRole notes a role that somebody got or lost: to the log, a member of the role, which
// it knows by the id of the activated role and by that of the template, as seen. Microsoft
// lists the names of what happens over a unit, and shows no record: that it names the unit
// among its targets is assumed.
// https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management#audit-logs
func (t *Tenant) auditRole(c *call, added bool, o *object) {
	role := t.shelf("unifiedRoleDefinition").live(o.text("roleDefinitionId"))
	if role == nil {
		return
	}
	objectID := role.id
	if activated := t.directoryRoleOf(o); activated != nil { // over the tenant, an assignment activates it
		objectID = activated.id
	} else if activated := t.byProperty("directoryRole", "roleTemplateId", role.id); activated != nil {
		objectID = activated.id
	}
	principal := t.linkEnd(o.text("principalId"), "Other")
	principal.name = ""
	principal.changes = given(added, [2]string{"Role.ObjectID", objectID}, [2]string{"Role.DisplayName", role.text("displayName")}, [2]string{"Role.TemplateId", role.id})
	targets := []auditTarget{principal, {id: objectID, typ: "Role"}}
	name := "member to role"
	if scope := o.text("directoryScopeId"); scope != "/" {
		name = "scoped member to role"
		over := t.linkEnd(lastSegment(scope), "Other")
		targets = append(targets, over)
		if unit := t.shelf("administrativeUnit").live(over.id); unit != nil && unit.body["isMemberManagementRestricted"] == true {
			name = "member to role scoped over Restricted Management Administrative Unit"
		}
	}
	t.note(c, assignment(added, name, "RoleManagement"), targets...)
}

// pimService is who ends an assignment, to the directory, when somebody has Privileged
// Identity Management do it, or when its time is over: as seen, an application without an
// appId.
var pimService = &call{actor: actor{displayName: "MS-PIM", servicePrincipalID: "2f0f1f1c-6b0e-4e2a-8f1d-5a7c9e3b1d04"}}

// auditPIMRemoval notes who asked for the end of an assignment, and tells whether a request
// was for that. The record comes after the directory's, and names role, request, person and
// tenant, as seen.
func (t *Tenant) auditPIMRemoval(c *call, o *object) bool {
	a := activity{service: "PIM", category: "RoleManagement", operation: "Delete"}
	switch o.text("action") {
	case "adminRemove":
		a.name = "Remove member from role in PIM completed (permanent)"
	case "selfDeactivate":
		a.name = "Remove member from role completed (PIM deactivate)"
	default:
		return false
	}
	role := auditTarget{id: o.text("roleDefinitionId"), typ: "Role"}
	if x := t.shelf("unifiedRoleDefinition").live(role.id); x != nil {
		role.name = x.text("displayName")
	}
	for _, p := range []string{"RoleDefinitionOriginId", "TemplateId"} {
		role.changes = append(role.changes, auditChange{p, jsonText(""), jsonText(role.id)})
	}
	t.note(c, a, role, auditTarget{id: o.id, typ: "Request"}, t.linkEnd(o.text("principalId"), "User"), auditTarget{id: t.id, typ: "Directory"})
	return true
}

// assignment words a link: "Add member to role", "Remove member from role".
func assignment(added bool, name, category string) activity {
	if added {
		return activity{"Add " + name, coreDirectory, category, "Assign"}
	}
	return activity{"Remove " + strings.Replace(name, " to ", " from ", 1), coreDirectory, category, "Unassign"}
}

// auditAssignment notes an assignment of an app role. The log files it under the kind of
// principal that gets the role, as seen; its first target is the application, and the
// entries there name the role and the principal, too.
func (t *Tenant) auditAssignment(c *call, verb string, o *object) {
	added := verb == auditAdd
	name, category := "app role assignment to service principal", "ApplicationManagement"
	end := "ServicePrincipal"
	switch o.text("principalType") {
	case "User":
		name, category, end = "app role assignment grant to user", "UserManagement", "User"
		if !added { // the one has the word, and the other not
			name = "app role assignment to user"
		}
	case "Group":
		name, category, end = "app role assignment to group", "GroupManagement", "Group"
	}
	target, principal := t.linkEnd(o.text("resourceId"), "ServicePrincipal"), t.linkEnd(o.text("principalId"), end)
	value, display := "", ""
	if sp := t.shelf("servicePrincipal").live(o.text("resourceId")); sp != nil {
		for _, r := range list(t.appRolesOf(sp)) {
			if r := r.(body); same(r["id"], o.text("appRoleId")) {
				value, display = textOf(r["value"]), textOf(r["displayName"])
			}
		}
	}
	target.changes = given(added, [2]string{"AppRole.Id", o.text("appRoleId")}, [2]string{"AppRole.Value", value}, [2]string{"AppRole.DisplayName", display},
		[2]string{"AppRoleAssignment.CreatedDateTime", o.text("createdDateTime")}, [2]string{end + ".ObjectID", principal.id})
	t.note(c, assignment(added, name, category), target, principal)
}

// auditGrant notes a delegated permission grant that becomes next, nil for none. Its targets
// are the resource and the client. A change is two records, as seen, "Add …" and "Remove …",
// with the same old and new values in both; the client stands in the new one always.
func (t *Tenant) auditGrant(c *call, verb string, old, next *object) {
	o := next
	if o == nil {
		o = old
	}
	text := func(of *object, property string) *string {
		if of == nil || of.text(property) == "" {
			return nil
		}
		return jsonText(of.text(property))
	}
	target, client := t.linkEnd(o.text("resourceId"), "ServicePrincipal"), t.linkEnd(o.text("clientId"), "ServicePrincipal")
	client.name = ""
	for _, p := range [][2]string{{"Scope", "scope"}, {"ConsentType", "consentType"}, {"PrincipalId", "principalId"}} {
		if change := (auditChange{"DelegatedPermissionGrant." + p[0], text(old, p[1]), text(next, p[1])}); change.old != nil || change.newer != nil {
			target.changes = append(target.changes, change)
		}
	}
	target.changes = append(target.changes, auditChange{"ServicePrincipal.ObjectID", nil, jsonText(client.id)})
	a := activity{verb + " delegated permission grant", coreDirectory, "ApplicationManagement", "Assign"}
	if verb == "Remove" {
		a.operation = "Unassign"
	}
	t.note(c, a, target, client)
}

// auditChild notes that a part of an object was made, changed or deleted, such as a
// federated credential of an application. To the log it is a property of the object, and
// the values are all that there were and are.
func (t *Tenant) auditChild(c *call, old, next *object) bool {
	part := next
	if part == nil {
		part = old
	}
	if _, own := t.wordsFor(part.typ); own || part.parent == "" {
		return false
	}
	parent := t.directoryObject(part.parent, false)
	if parent == nil {
		return false
	}
	describe := func(one *object) *string {
		all := []any{}
		for _, o := range t.shelf(part.typ).all(false) {
			if strings.EqualFold(o.parent, part.parent) && o.id != part.id {
				all = append(all, inDirectory(o))
			}
		}
		if one != nil {
			all = append(all, inDirectory(one))
		}
		return jsonText(all)
	}
	property := title(t.resource(part.typ).set)
	target := t.auditTarget(parent)
	target.changes = []auditChange{{property, describe(old), describe(next)}, included(property)}
	t.note(c, t.activityOf(auditUpdate, parent.typ), target)
	return true
}

// inDirectory is a part as the directory spells it: with capitals, and its id as Id.
func inDirectory(o *object) body {
	out := body{"Id": o.id}
	for name, v := range o.body {
		if !slices.Contains(secretProperties, name) {
			out[title(name)] = v
		}
	}
	return out
}
