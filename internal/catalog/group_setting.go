package catalog

import (
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A setting of one Microsoft 365 group, which takes the place of the tenant's.
var groupSetting = kind.Kind{
	Name:   "group_setting",
	Title:  "group setting",
	Plural: "group settings",
	Type:   "groupSetting",
	Doc:    "Settings of one Microsoft 365 group that take the place of the tenant's, such as whether guests may be added to it.\n\nA group has one setting of a template. It goes to the recycle bin with its group and comes back with it.",
	Life:   kind.In("/groups/{group_id}/settings").WithoutFilter(),
	Read:   []string{"Group.Read.All"},
	Write:  []string{"Group.ReadWrite.All", "GroupSettings.ReadWrite.All"},
	Attrs: []kind.Attr{
		ownID("setting"),
		deletedBy("setting"),
		kind.Within("group_id", "Object id of the group.", toGroup),
		kind.Text("template_id", kind.Required, "Id of the template; for groups it is `08d542b9-071f-4e16-94b0-74abb372e3d9` (*Group.Unified.Guest*), the same in every tenant.").AtCreation(),
		kind.Text("display_name", kind.Computed, "Name of the template."),
		kind.Blocks("values", kind.Required, "The settings: all that the template has.",
			kind.Text("name", kind.Required, "Name of the setting: `AllowToAddGuests`."),
			kind.Text("value", kind.Required, "Its value, always a string: `\"false\"`.")).KnownBy("name"),
		protection(),
		mayReplace(),
	},
	Of: func(group kind.Values) bool {
		types, _ := group["group_types"].([]string)
		return slices.Contains(types, "Unified")
	},
}
