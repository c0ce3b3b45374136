package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// An app role assignment: a permission of an application on another, or the
// access of a user or a group to one.
var appRoleAssignment = kind.Kind{
	Name:   "app_role_assignment",
	Title:  "app role assignment",
	Plural: "app role assignments",
	Type:   "appRoleAssignment",
	Doc:    "An app role assignment: the permission of one application on another (admin consent of an application permission), or the access of a user or a group to an application.\n\nNothing about it can change: a change makes another one and then ends the old one. One that exists already is taken over. It ends for good when it is deleted, and comes back with either end from the recycle bin.",
	Life:   kind.Linking("/servicePrincipals/{resource_id}/appRoleAssignedTo"),
	Read:   []string{"Application.Read.All"},
	Write:  []string{"Application.Read.All", "AppRoleAssignment.ReadWrite.All"},
	Ignored: []string{
		"createdDateTime", "creationTimestamp", "principalDisplayName", "principalType", "resourceDisplayName",
	},
	FilterDoc: "Microsoft documents `eq` with `resourceId`, and `eq` and `startsWith` with `principalDisplayName`; it may refuse others, `principalId` among them. Sort those out in the code.",
	Removal:   kind.Unlinked("resource_id", "Remove app role assignment from service principal", "Remove app role assignment from group", "Remove app role assignment from user"),
	Attrs: []kind.Attr{
		ownID("assignment"),
		removedBy("assignment"),
		kind.Within("resource_id", "Object id of the service principal whose role is assigned.", kind.To("service_principal")).As("resourceId"),
		kind.Text("principal_id", kind.Required, "Object id of the user, group or service principal to whom it is assigned.").
			AtCreation().To(kind.To("service_principal", "group", "user")).ForHolder(),
		kind.Text("app_role_id", kind.Required, "Id of the role, as the application defines it; `00000000-0000-0000-0000-000000000000` for access without a role.").
			AtCreation().NamedIn("resource_id", "appRoles"),
	},
}
