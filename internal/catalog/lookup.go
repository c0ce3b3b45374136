package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// The kinds that are only looked up: what a tenant has and code refers to.

var user = kind.Kind{
	Name: "user", Title: "user", Plural: "users", Type: "user",
	Doc:   "A user, found by object id or user principal name.",
	Life:  kind.FoundAt("/users").DirectoryBin("user"),
	Label: "user_principal_name",
	Keys:  []string{"user_principal_name"},
	Read:  []string{"User.Read.All"},
	Attrs: []kind.Attr{
		ownID("user"),
		kind.Text("user_principal_name", kind.Computed, "User principal name.").FoldCase(),
		kind.Text("display_name", kind.Computed, "Name shown in the address book."),
		kind.Text("mail", kind.Computed, "SMTP address."),
	},
}

var directoryRoleTemplate = kind.Kind{
	Name: "directory_role_template", Title: "directory role template", Plural: "directory role templates", Type: "directoryRoleTemplate",
	Doc:   "A directory role template. Its id is the same in every tenant and is what Conditional Access policies refer to.",
	Life:  kind.FoundAt("/directoryRoleTemplates").InOnePage().WithoutFilter(),
	Label: "display_name",
	Keys:  []string{"display_name"},
	Read:  []string{"RoleManagement.Read.Directory"},
	Attrs: []kind.Attr{
		ownID("directory role template"),
		kind.Text("display_name", kind.Computed, "Name of the role."),
		kind.Text("description", kind.Computed, "What the role allows."),
	},
}
