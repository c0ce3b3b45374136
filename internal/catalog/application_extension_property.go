package catalog

import (
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A directory extension: a property that an application adds to users, groups
// and others. Graph prefixes its name with the application's client id.
var applicationExtensionProperty = kind.Kind{
	Name:   "application_extension_property",
	Title:  "extension property",
	Plural: "extension properties",
	Type:   "extensionProperty",
	Doc:    "An extension property (directory extension): a property that an application adds to users, groups and other directory objects.\n\nMicrosoft Graph knows it as `extension_<client id without dashes>_<name>`, which `extension_name` holds. Nothing about it can change. It goes to the recycle bin with its application and comes back with it, with all values. Deleting it, or deleting the application permanently, loses the values that objects have: one that is made anew has another full name and none of them.",
	Life:   kind.In("/applications/{application_id}/extensionProperties"),
	Label:  "name",
	Read:   []string{"Application.Read.All"},
	Write:  []string{"Application.ReadWrite.All"},
	Ignored: []string{
		"appDisplayName", "isSyncedFromOnPremises",
	},
	Unlogged: "Microsoft's list of activities has none for extension properties",
	Attrs: []kind.Attr{
		ownID("extension property"),
		kind.Within("application_id", "Object id of the application.", kind.To("application")),
		kind.Text("name", kind.Required, "Name of the property, without the prefix that Microsoft Graph adds: letters, digits and underscores.").AtCreation().Via(extensionName),
		kind.Text("extension_name", kind.Computed, "Its full name, by which Microsoft Graph and rules of dynamic groups know it.").As("name"),
		kind.Text("data_type", kind.Required, "Type of the values.").AtCreation().OneOf("String", "Boolean", "Integer", "LargeInteger", "DateTime", "Binary"),
		kind.Set("target_objects", kind.Required, "Types of the objects that have the property.").AtCreation().OneOf("User", "Group", "AdministrativeUnit", "Application", "Device", "Organization"),
		kind.Flag("is_multi_valued", kind.Default, "Whether it holds several values.").Or(false).AtCreation(),
		mayReplace(),
		protection(),
	},
}

var extensionPrefix = regexp.MustCompile(`^extension_[0-9a-fA-F]{32}_`)

// extensionName is the name without the prefix that Graph adds.
var extensionName = &kind.Codec{
	Encode: func(s string) any { return s },
	Decode: func(v any) (string, bool) { s, ok := v.(string); return extensionPrefix.ReplaceAllString(s, ""), ok },
}
