package catalog

import "github.com/entrarecovery/terraform-provider-entra/internal/kind"

// The kinds that are only looked up: what a tenant has and code refers to.

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
