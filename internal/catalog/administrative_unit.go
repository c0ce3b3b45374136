package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// An administrative unit: a part of the directory with administrators of its own.
var administrativeUnit = kind.Kind{
	Name:   "administrative_unit",
	Title:  "administrative unit",
	Plural: "administrative units",
	Type:   "administrativeUnit",
	Doc:    "An administrative unit: users, groups and devices that have administrators of their own.\n\nMembers of a unit with restricted management can be changed only by administrators with a role scoped to the unit.",
	Life:   kind.In("/directory/administrativeUnits").DirectoryBin("administrativeUnit"),
	Label:  "display_name",
	Keys:   []string{"display_name"},
	Read:   []string{"AdministrativeUnit.Read.All"},
	Write:  []string{"AdministrativeUnit.ReadWrite.All"},
	Attrs: []kind.Attr{
		ownID("administrative unit"),
		deletedAt("administrative unit"),
		deletedBy("administrative unit"),
		lastChangedBy("administrative unit"),
		kind.Text("display_name", kind.Required, "Name of the unit. It need not be unique.").UpTo(256),
		kind.Text("description", kind.Optional, "What the unit is for."),
		kind.Text("visibility", kind.Optional, "`HiddenMembership` when only members may see who belongs to it; `Public` unless said otherwise.").
			Unset("Public").OneOf("Public", "HiddenMembership").AtCreation(),
		kind.Flag("is_member_management_restricted", kind.Optional, "Whether only administrators of the unit may change its members.").Unset(false).AtCreation(),
		kind.Text("membership_type", kind.Optional, "`Assigned` unless said otherwise, or `Dynamic`.").Unset("Assigned").OneOf("Assigned", "Dynamic"),
		kind.Text("membership_rule", kind.Optional, "Rule of a dynamic unit.").UpTo(3072),
		kind.Text("membership_rule_processing_state", kind.Optional, "Whether the rule is evaluated: `On` or `Paused`.").OneOf("On", "Paused"),
		kind.Links("members", "Object ids of the members: users, groups, devices. Left out, members are not managed.", kind.To("user", "group", "device")).EvenEmpty().
			ModedBy("members_mode").Belonging(),
		modeOf("members"),
		mayReplace(),
		protection(),
	},
	// Whoever is in a unit with restricted management is out of other administrators' reach.
	Strict: func(v kind.Values) bool { return v["is_member_management_restricted"] == true },
	// A9: https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-members-dynamic
	Rules: []kind.Together{
		{When: kind.Has("membership_type", "Dynamic"), Then: kind.Has("membership_rule"), Why: "A dynamic unit needs a rule."},
		{When: kind.Has("membership_rule"), Then: kind.Has("membership_type", "Dynamic"), Why: "Only a dynamic unit has a rule."},
		{When: kind.Has("membership_type", "Dynamic"), Then: kind.Lacks("members"), Why: "Microsoft Graph works out the members of a dynamic unit and refuses to have them written."},
	},
	Dynamic: func(b kind.Body) bool { return b["membershipType"] == "Dynamic" },
}
