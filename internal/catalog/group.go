package catalog

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A group: security or Microsoft 365, assigned or dynamic.
var group = kind.Kind{
	Name:   "group",
	Title:  "group",
	Plural: "groups",
	Type:   "group",
	Doc:    "A group: a security group or a Microsoft 365 group, with assigned or dynamic membership.\n\nSecurity groups and Microsoft 365 groups go to the recycle bin when deleted and come back with their id, members and owners. Groups synchronized from on-premises, distribution lists and mail-enabled security groups cannot be made through Microsoft Graph and are not managed.\n\nNot managed are sensitivity labels (`assignedLabels`) and what Exchange holds of a group: `allowExternalSenders`, `autoSubscribeNewMembers`, `hideFromAddressLists`, `hideFromOutlookClients`. Microsoft Graph lets people write them and no application.",
	Life:   kind.In("/groups").DirectoryBin("group"),
	Label:  "display_name",
	Keys:   []string{"display_name"},
	Read:   []string{"Group.Read.All"},
	Write:  []string{"Group.ReadWrite.All", "RoleManagement.ReadWrite.Directory (role-assignable groups)"},
	Ignored: []string{
		"createdDateTime", "renewedDateTime", "expirationDateTime", "securityIdentifier", "mail", "proxyAddresses",
		"createdByAppId", "creationOptions", "organizationId", "infoCatalogs", "isManagementRestricted",
		"onPremisesProvisioningErrors", "serviceProvisioningErrors", "preferredLanguage",
	},
	Attrs: []kind.Attr{
		ownID("group"),
		deletedAt("group"),
		deletedBy("group"),
		lastChangedBy("group"),
		kind.Text("display_name", kind.Required, "Name of the group. It need not be unique.").UpTo(256),
		kind.Text("description", kind.Optional, "What the group is for.").UpTo(1024),
		kind.Text("mail_nickname", kind.Required, "Mail alias. Microsoft Graph demands one for every group, security groups included. It can be changed at any time.").UpTo(64).Like(nickname),
		kind.Flag("mail_enabled", kind.Default, "Whether the group has a mailbox: true for Microsoft 365 groups only.").Or(false).AtCreation(),
		kind.Flag("security_enabled", kind.Default, "Whether access can be granted to the group.").Or(true),
		kind.Set("group_types", kind.Optional, "`Unified` for a Microsoft 365 group, `DynamicMembership` for dynamic membership.").
			OneOf("Unified", "DynamicMembership"),
		kind.Text("membership_rule", kind.Optional, "Rule of a dynamic group.").Embedding(inMembershipRule).UpTo(3072),
		kind.Text("membership_rule_processing_state", kind.Optional, "Whether the rule is evaluated: `On` or `Paused`.").OneOf("On", "Paused"),
		kind.Flag("is_assignable_to_role", kind.Optional, "Whether directory roles can be assigned to the group.").Unset(false).AtCreation(),
		// Graph chooses by the kind of group: null, Public, or Private when roles can be assigned.
		kind.Text("visibility", kind.Server, "Who may see and join the group. Left out, it is what Microsoft Graph chooses, and a change is not seen: say it for a Microsoft 365 group.").
			OneOf("Public", "Private", "HiddenMembership"),
		kind.Text("classification", kind.Optional, "Classification, one of those that the tenant's group settings list."),
		kind.Text("theme", kind.Optional, "Colour theme of a Microsoft 365 group.").
			OneOf("Teal", "Purple", "Green", "Blue", "Pink", "Orange", "Red"),
		kind.Text("preferred_data_location", kind.Optional, "Where a Microsoft 365 group's data is kept."),
		kind.Text("unique_name", kind.Optional, "A name of your own that no other group has.").AtCreation(),
		kind.Set("resource_behavior_options", kind.Optional, "Behaviour of a Microsoft 365 group.").AtCreation(),
		kind.Set("resource_provisioning_options", kind.Optional, "Resources of a Microsoft 365 group, such as `Team`.").AtCreation(),
		assignedLicenses(),
		kind.Links("owners", "Object ids of the owners. Left out, owners are not managed.", toOwner).InListings().BoundAtCreation().WithMaker().EvenEmpty().AtMost(100).
			ModedBy("owners_mode").ActivatedIn(inPIM("owner")),
		modeOf("owners"),
		kind.Links("members", "Object ids of the members: users, groups, service principals, devices. Left out, members are not managed here, and `entra_group_member` may manage single ones.", toMember).InListings().BoundAtCreation().EvenEmpty().
			ModedBy("members_mode").Belonging().ActivatedIn(inPIM("member")),
		modeOf("members"),
		mayReplace(),
		protection(),
	},
	Alone:     func(v kind.Values) bool { return v["security_enabled"] != false }, // others cannot have licences
	Dependent: func(v kind.Values) bool { return v["is_assignable_to_role"] != true },
	// https://learn.microsoft.com/graph/api/resources/group
	Rules: []kind.Together{
		{When: kind.Has("group_types", "DynamicMembership"), Then: kind.Has("membership_rule"), Why: "Dynamic membership needs a rule."},
		{When: kind.Has("group_types", "DynamicMembership"), Then: kind.Has("membership_rule_processing_state"), Why: "Dynamic membership needs `On` or `Paused`."},
		{When: kind.Has("membership_rule"), Then: kind.Has("group_types", "DynamicMembership"), Why: "Only dynamic membership has a rule."},
		{When: kind.Has("group_types", "DynamicMembership"), Then: kind.Lacks("members"), Why: "Microsoft Graph works out the members of a dynamic group and refuses to have them written."},
		{When: kind.Has("group_types", "DynamicMembership"), Then: kind.Lacks("is_assignable_to_role", true), Why: "A group to which roles can be assigned has assigned membership."},
		{When: kind.Has("is_assignable_to_role", true), Then: kind.Has("security_enabled", true), Why: "A group to which roles can be assigned is security-enabled."},
		{When: kind.Has("is_assignable_to_role", true), Then: kind.Lacks("visibility", "Public"), Why: "A group to which roles can be assigned is private."},
		{When: kind.Has("group_types", "Unified"), Then: kind.Has("mail_enabled", true), Why: "A Microsoft 365 group has a mailbox."},
		{When: kind.Has("mail_enabled", true), Then: kind.Has("group_types", "Unified"), Why: "Microsoft Graph can make no other group with a mailbox."},
		{When: kind.Has("visibility", "HiddenMembership"), Then: kind.Has("group_types", "Unified"), Why: "Only a Microsoft 365 group can hide its members."},
	},
	Dynamic: func(b kind.Body) bool {
		types, _ := b["groupTypes"].([]any)
		return slices.Contains(types, any("DynamicMembership"))
	},
	Strict: func(v kind.Values) bool { return v["is_assignable_to_role"] == true },
	Skip: func(b kind.Body) string {
		types, _ := b["groupTypes"].([]any)
		switch {
		case b["onPremisesSyncEnabled"] == true:
			return "it is synchronized from on-premises and read-only in the cloud"
		case b["mailEnabled"] == true && !slices.Contains(types, any("Unified")):
			return "it is a distribution list or a mail-enabled security group, which Microsoft Graph cannot make"
		}
		return ""
	},
}

// nickname is what Exchange and the directory take as alias (G9).
var nickname = &kind.Spelling{
	Says: "printable ASCII without spaces, brackets, parentheses and none of `@ \\ \" ; : < > ,`",
	Fits: func(s string) bool {
		return !strings.ContainsAny(s, "@()\\[]\";:<>, ") && !strings.ContainsFunc(s, func(r rune) bool { return r > 126 || r < 32 })
	},
}

// One member of a group that does not manage its members as a set.
var groupMember = kind.Kind{
	Name:   "group_member",
	Title:  "group membership",
	Plural: "group memberships",
	Type:   "directoryObject",
	Doc:    "One member of a group.\n\nUse it for a group whose `members` are left out: where several configurations share a group, and where groups are members of each other in a cycle, which Terraform cannot have between attributes. Do not use it for a group that lists its `members`: the two would undo each other.",
	Life:   kind.Between("/groups/{group_id}/members"),
	Breaks: "members",
	Read:   []string{"GroupMember.Read.All"},
	Write:  []string{"GroupMember.ReadWrite.All", "RoleManagement.ReadWrite.Directory (role-assignable groups)"},
	// People leave groups all day: https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities
	Removal: kind.Unlinked("group_id", "Remove member from group").TooOften(),
	Attrs: []kind.Attr{
		kind.Text("id", kind.Computed, "The group's id and the member's, with a slash between."),
		removedBy("membership"),
		kind.Text("group_id", kind.Required, "Object id of the group.").To(toGroup),
		kind.Text("member_id", kind.Required, "Object id of the member.").To(toMember).ForHolder(),
	},
}
