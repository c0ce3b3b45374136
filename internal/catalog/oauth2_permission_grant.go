package catalog

import (
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A delegated permission grant: what an application may do in the name of users.
var oauth2PermissionGrant = kind.Kind{
	Name:   "oauth2_permission_grant",
	Title:  "delegated permission grant",
	Plural: "delegated permission grants",
	Type:   "oAuth2PermissionGrant",
	Doc: "A delegated permission grant: the consent to an application using another in the name of one user, or of all of them (admin consent of delegated permissions).\n\n" +
		"There is one grant for a client, a resource and a user; one that exists already is taken over, and its scopes become those of the code. It ends for good when it is deleted, and comes back with either service principal from the recycle bin.",
	Life:    kind.Linking("/oauth2PermissionGrants"),
	Filter:  []string{"clientId"},
	Read:    []string{"Directory.Read.All"},
	Write:   []string{"DelegatedPermissionGrant.ReadWrite.All"},
	Removal: kind.Unlinked("resource_id", "Remove delegated permission grant"),
	Attrs: []kind.Attr{
		ownID("grant"),
		removedBy("grant"),
		kind.Text("client_id", kind.Required, "Object id of the service principal that gets the permission.").AtCreation().To(kind.To("service_principal")).ForHolder(),
		kind.Text("resource_id", kind.Required, "Object id of the service principal that it may use.").AtCreation().To(kind.To("service_principal")),
		kind.Text("consent_type", kind.Required, "`AllPrincipals` in the name of every user, `Principal` in the name of one.").
			AtCreation().OneOf("AllPrincipals", "Principal"),
		kind.Text("principal_id", kind.Optional, "Object id of the user, where the consent is one user's.").AtCreation().To(toUser),
		kind.Joined("scope", kind.Required, "Values of the permissions, such as `User.Read`.").Between(" "),
	},
	Skip: func(b kind.Body) string {
		if scope, _ := b["scope"].(string); strings.TrimSpace(scope) == "" {
			return "it grants nothing"
		}
		return ""
	},
}
