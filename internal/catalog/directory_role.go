package catalog

import (
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A role of the directory that the tenant defined itself.
var directoryRoleDefinition = kind.Kind{
	Name:   "directory_role_definition",
	Title:  "directory role definition",
	Plural: "directory role definitions",
	Type:   "unifiedRoleDefinition",
	Doc:    "A custom role of the directory: what those may do to whom it is assigned.\n\nThe built-in roles are in every tenant, under the same ids, and cannot be changed; a data source finds them. Microsoft Graph refuses to delete a role that is assigned. A role that was deleted comes back from the recycle bin with its id, in clouds that have one for roles; one that is gone for good is made again with the same template id, which is its id.",
	Life: kind.In("/roleManagement/directory/roleDefinitions").
		OwnBin("/roleManagement/directory/deletedItems/roleDefinitions").NotEverywhere().InOnePage().RefusedWhileReferred(),
	Label: "display_name",
	Keys:  []string{"display_name"},
	Read:  []string{"RoleManagement.Read.Directory"},
	Write: []string{"RoleManagement.ReadWrite.Directory"},
	Ignored: []string{
		"resourceScopes", // "/" for every role, and about to go
	},
	Attrs: []kind.Attr{
		ownID("directory role definition"),
		deletedAt("directory role definition").InBeta(), // newer than the v1.0 metadata
		deletedBy("directory role definition"),
		lastChangedBy("directory role definition"),
		kind.Text("display_name", kind.Required, "Name of the role."),
		kind.Text("description", kind.Optional, "What the role is for."),
		kind.Flag("is_enabled", kind.Default, "Whether the role can be assigned.").Or(true),
		kind.Text("version", kind.Optional, "A version of your own."),
		kind.Text("template_id", kind.Server, "A GUID of your own that becomes the role's id; left out, Microsoft Graph chooses one. A role that is made anew keeps it.").
			AtCreation().MakingID(),
		kind.Blocks("role_permissions", kind.Required, "What the role permits.",
			kind.Set("allowed_resource_actions", kind.Required, "Actions that it permits, such as `microsoft.directory/applications/basic/update`."),
			kind.Text("condition", kind.Optional, "A condition on the action's object. Microsoft Graph documents it for built-in roles and refuses it for others.")).KnownBy("condition"),
		kind.Flag("is_built_in", kind.Computed, "Whether it is one of Microsoft's, which a data source may find."),
		protection(),
		mayReplace(),
	},
	FilterDoc: "`eq` and `in` with `displayName`, `id` and `isBuiltIn`, as in `isBuiltIn eq false`.",
	Skip: func(b kind.Body) string {
		if b["isBuiltIn"] == true {
			return "it is built in, the same in every tenant"
		}
		return ""
	},
}

// A role that somebody has, over the tenant or a part of it.
var directoryRoleAssignment = kind.Kind{
	Name:      "directory_role_assignment",
	Title:     "directory role assignment",
	Plural:    "directory role assignments",
	Type:      "unifiedRoleAssignment",
	Doc:       "A role of the directory that a user, a role-assignable group or a service principal has, over the tenant or over a part of it.\n\nNothing about it can change: a change makes another one and then ends the old one. One that exists already is taken over. It ends for good when it is deleted, and is away while what it connects is in the recycle bin.\n\nOne that exists only while an activation of Privileged Identity Management runs, and one that ends by itself, is not exported: code would make it last.",
	Life:      kind.Linking("/roleManagement/directory/roleAssignments"),
	Filter:    []string{"principalId", "roleDefinitionId"},
	FilterDoc: "`eq` and `in` with `principalId`, `roleDefinitionId` and `directoryScopeId`.",
	Read:      []string{"RoleManagement.Read.Directory"},
	Write:     []string{"RoleManagement.ReadWrite.Directory"},
	Ignored: []string{
		"principalOrganizationId", "resourceScope",
	},
	Removal: kind.Unlinked("principal_id", "Remove member from role").Over(scopedRoleActivities...).AskedBy(pimRoleActivities...),
	Attrs: []kind.Attr{
		ownID("assignment"),
		removedBy("assignment"),
		kind.Text("role_definition_id", kind.Required, "Id of the role: of one of your own, or of a built-in one, which is that of its template.").
			AtCreation().To(kind.To("directory_role_definition")),
		kind.Text("principal_id", kind.Required, "Object id of the user, role-assignable group or service principal that has the role.").
			AtCreation().To(kind.To("user", "group", "service_principal")).ForHolder(),
		kind.Text("directory_scope_id", kind.Default, "Where the role holds: `/` for the tenant, `/administrativeUnits/{id}` for an administrative unit, `/{object id}` for one application or service principal.").
			Or("/").AtCreation().Embedding(
			kind.Embedded{Ref: kind.To("administrative_unit"), Pattern: regexp.MustCompile(`^/administrativeUnits/(` + guid + `)$`)},
			kind.Embedded{Ref: kind.To("application", "service_principal"), Pattern: regexp.MustCompile(`^/(` + guid + `)$`)}),
	},
	Skip: func(b kind.Body) string {
		if b["directoryScopeId"] == nil {
			return "its scope is one of an application, which assignments made through Microsoft Graph do not have"
		}
		return ""
	},
	Fleeting: &kind.Fleeting{
		Path: "/roleManagement/directory/roleAssignmentScheduleInstances",
		Of: func(b kind.Body) (id, reason string) {
			id, _ = b["roleAssignmentOriginId"].(string)
			switch end, _ := b["endDateTime"].(string); {
			case b["memberType"] != "Direct": // what a member of a group has through it
				return "", ""
			case b["assignmentType"] == "Activated":
				return id, "it exists only while an activation of Privileged Identity Management runs"
			case end != "":
				return id, "Privileged Identity Management ends it at " + end
			}
			return "", ""
		},
	},
}

// scopedRoleActivities are how the audit log records that a role over a part of the tenant ended.
var scopedRoleActivities = []string{"Remove scoped member from role", "Remove member from role scoped over Restricted Management Administrative Unit"}

// pimRoleActivities are how it records who had Privileged Identity Management end one: the admin
// center does that for every role in a tenant with Entra ID P2.
var pimRoleActivities = []string{
	"Remove member from role in PIM completed (permanent)", "Remove member from role in PIM completed (timebound)",
	"Remove member from role completed (PIM deactivate)", "Remove permanent direct role assignment",
}

// An administrator of an administrative unit, as the older API of units has it.
var administrativeUnitRoleMember = kind.Kind{
	Name:    "administrative_unit_role_member",
	Title:   "scoped role member",
	Plural:  "scoped role members",
	Type:    "scopedRoleMembership",
	Doc:     "A role that somebody has over an administrative unit.\n\nIt is the same fact as an `entra_directory_role_assignment` with `directory_scope_id = \"/administrativeUnits/{id}\"`, which also takes custom roles and needs no activated role. Use one of the two for an assignment, not both: each would end what the other made. An export writes assignments, and these only with `--include administrative_unit_role_member`.\n\nNothing about it can change: a change makes another one and then ends the old one. One that exists already is taken over. It comes back with its unit from the recycle bin.",
	Life:    kind.Linking("/directory/administrativeUnits/{administrative_unit_id}/scopedRoleMembers").WithoutFilter(),
	Read:    []string{"RoleManagement.Read.Directory", "AdministrativeUnit.Read.All"},
	Write:   []string{"RoleManagement.ReadWrite.Directory"},
	Removal: kind.Unlinked("member_id", scopedRoleActivities...).AskedBy(pimRoleActivities...),
	Attrs: []kind.Attr{
		ownID("scoped role member"),
		removedBy("scoped role member"),
		kind.Within("administrative_unit_id", "Object id of the administrative unit.", kind.To("administrative_unit")).As("administrativeUnitId"),
		// Not the template's id (A8): it stays the same in a tenant, and differs between tenants.
		kind.Text("role_id", kind.Required, "Id of the activated directory role, which differs from tenant to tenant and is not that of its template. The data source `entra_directory_role` finds it.").
			AtCreation().To(kind.To("directory_role")),
		kind.Text("member_id", kind.Required, "Object id of the user, role-assignable group or service principal that has the role.").
			As("roleMemberInfo").Via(&byID).AtCreation().To(kind.To("user", "group", "service_principal")).ForHolder(),
	},
	OnRequest: true,
}

var directoryRole = kind.Kind{
	Name: "directory_role", Title: "directory role", Plural: "directory roles", Type: "directoryRole",
	Doc:   "A directory role that is activated in the tenant, found by its id, its template's id or its name. Conditional Access policies and role assignments take the template's id instead.",
	Life:  kind.FoundAt("/directoryRoles").InOnePage(),
	Label: "display_name",
	Keys:  []string{"role_template_id", "display_name"},
	Read:  []string{"RoleManagement.Read.Directory"},
	Attrs: []kind.Attr{
		ownID("directory role"),
		kind.Text("display_name", kind.Computed, "Name of the role."),
		kind.Text("description", kind.Computed, "What the role allows."),
		kind.Text("role_template_id", kind.Computed, "Id of the role's template, the same in every tenant."),
	},
}
