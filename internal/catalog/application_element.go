package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// Single items of what an application holds as lists: its pre-authorized clients
// and the permissions that it asks for. Applications that refer to each other
// cannot say so in their own attributes, because Terraform takes no cycle.

const itemRace = "Microsoft Graph replaces the whole list at every change, so the provider reads it, changes the one item and writes it back. Two configurations that are applied at the same time can undo each other."

var applicationPreAuthorized = kind.Kind{
	Name:     "application_pre_authorized",
	Title:    "pre-authorized client",
	Plural:   "pre-authorized clients",
	Type:     "preAuthorizedApplication",
	Doc:      "A client application that needs no consent for some delegated permissions of an application.\n\nUse it for an application that leaves out `pre_authorized_applications`: where several configurations share it, and where applications refer to each other. Do not use it for one that lists them: the two would undo each other. It goes to the recycle bin with the application and comes back with it.\n\n" + itemRace,
	Life:     kind.ItemOf("/applications/{application_id}", "api.preAuthorizedApplications", "app_id"),
	Breaks:   "api.pre_authorized_applications",
	Unlogged: "under which property the audit log has pre-authorized clients is not documented",
	Read:     []string{"Application.Read.All"},
	Write:    []string{"Application.ReadWrite.All"},
	Attrs: []kind.Attr{
		pairedID("The application's object id and the client's client id, with a slash between."),
		kind.Within("application_id", "Object id of the application that has the permissions.", kind.To("application")),
		kind.Text("app_id", kind.Required, "Client id of the client.").To(toApp).AtCreation(),
		kind.Set("delegated_permission_ids", kind.Required, "Ids of the application's permission scopes."),
	},
}

var applicationAPIAccess = kind.Kind{
	Name:    "application_api_access",
	Title:   "API access",
	Plural:  "API accesses",
	Type:    "requiredResourceAccess",
	Doc:     "The permissions on one resource that an application asks for. Whoever consents to the application grants them; the list alone grants nothing.\n\nUse it for an application that leaves out `required_resource_access`: where several configurations share it, and where applications refer to each other. Do not use it for one that lists them: the two would undo each other. It goes to the recycle bin with the application and comes back with it.\n\n" + itemRace,
	Life:    kind.ItemOf("/applications/{application_id}", "requiredResourceAccess", "resource_app_id"),
	Breaks:  "required_resource_access",
	Removal: kind.TakenOut("application_id", "RequiredResourceAccess", "Update application"),
	Read:    []string{"Application.Read.All"},
	Write:   []string{"Application.ReadWrite.All"},
	Attrs: []kind.Attr{
		pairedID("The application's object id and the resource's client id, with a slash between."),
		kind.Within("application_id", "Object id of the application that asks.", kind.To("application")),
		removedBy("API access"),
		kind.Text("resource_app_id", kind.Required, "Client id of the resource.").To(kind.ToApp("service_principal", "application")).AtCreation(),
		resourceAccess(),
	},
}

// pairedID is the id of what Graph knows by what it connects.
func pairedID(doc string) kind.Attr {
	a := kind.Text("id", kind.Computed, doc)
	a.Channel, a.Property = kind.InPath, ""
	return a
}

// resourceAccess is what an application asks for of one resource.
func resourceAccess() kind.Attr {
	return kind.Blocks("resource_access", kind.Required, "The permissions.",
		kind.Text("id", kind.Required, "Id of the app role or permission scope."),
		kind.Text("type", kind.Required, "`Role` or `Scope`.").OneOf("Role", "Scope")).KnownBy("id")
}
