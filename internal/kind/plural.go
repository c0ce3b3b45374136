package kind

import "strings"

// PluralOf returns the name of a kind or of an attribute in the plural:
// "named_locations", "display_names". It names the data source that finds
// several objects, the file of an export and its map in locals.
func PluralOf(name string) string {
	switch {
	case strings.HasSuffix(name, "y") && !strings.ContainsAny(name[max(0, len(name)-2):len(name)-1], "aeiou"):
		return strings.TrimSuffix(name, "y") + "ies"
	case strings.HasSuffix(name, "s"), strings.HasSuffix(name, "use"), strings.HasSuffix(name, "ed"):
		return name
	}
	return name + "s"
}

// ManyName is the kind's name in the plural.
func (k *Kind) ManyName() string {
	if k.Many != "" {
		return k.Many
	}
	return PluralOf(k.Name)
}

// PluralTypeName returns the Terraform type of the data source that finds
// several objects: "entra_named_locations".
func (k *Kind) PluralTypeName() string { return "entra_" + k.ManyName() }
