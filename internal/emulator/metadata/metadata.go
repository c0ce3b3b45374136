// Package metadata is what the emulator knows of Microsoft Graph's types: the
// properties of an object, what each holds and whether it may be null, which types
// derive from which, and the members of enums.
//
// The knowledge comes from msgraph-sdk-go's models, cut into sdk.txt by a generator,
// and from the lists in byhand.go and nonnull.go for what the SDK lacks. It is kept
// apart from the provider's own tables on purpose: a property that the provider spells
// wrongly must be unknown here. Tests hold it against Microsoft's v1.0 CSDL.
//
// Names are those of the namespace microsoft.graph, without it. A type of another
// namespace occurs only as the target of a navigation property, as "security.x".
// What exists on /beta alone is marked Beta; the rest exists on both.
package metadata

//go:generate go run -C ../../tools/metadata . -out ../../emulator/metadata/sdk.txt

import (
	"maps"
	"slices"
	"strings"
)

// Kind tells what a property holds.
type Kind int

// The kinds of properties.
const (
	Primitive  Kind = iota // see Property.Type for their names
	EnumValue              // one member, or several joined by commas where the enum has Flags
	Complex                // an object without identity, part of the body
	Navigation             // another object or collection of them, with a path of its own
)

// Type is an entity type or a complex type.
type Type struct {
	Name       string              // "conditionalAccessPolicy"
	Base       string              // direct base type or ""
	Abstract   bool                // no object is of this very type: a write must name a derived one
	Entity     bool                // has an id (two cross-tenant types: a tenantId)
	Properties map[string]Property // own ones, not the inherited
	Beta       bool                // the type exists in beta only
}

// Property is one property of a type, structural or navigation.
type Property struct {
	Name string
	Kind Kind
	// Type is "String", "Boolean", "Int32", "Int64", "Double", "DateTimeOffset", "Date",
	// "TimeOfDay", "Duration", "Guid", "Binary" or "Stream" for a primitive, and else
	// the name of the enum or type. Narrower numbers (Int16, Single …) occur as the wider.
	Type       string
	Collection bool
	Nullable   bool // for a collection: whether the collection may be null
	Beta       bool // only visible on /beta
}

// Enum is a list of names that a property may hold.
type Enum struct {
	Name    string
	Flags   bool     // a value is one or more members, joined by commas in one string
	Members []string // in Microsoft's order
	// Sentinel is the index of unknownFutureValue, -1 without. What stands after it is
	// only sent to clients that ask with `Prefer: include-unknown-enum-members`.
	Sentinel int
	// Beta lists the members that only /beta knows: all of them where the enum is beta's.
	Beta []string
}

// Lookup finds a type by its name without namespace.
func Lookup(name string) (*Type, bool) {
	t, ok := table().types[name]
	return t, ok
}

// LookupEnum finds an enum by its name without namespace.
func LookupEnum(name string) (*Enum, bool) {
	e, ok := table().enums[name]
	return e, ok
}

// Names lists all types, sorted.
func Names() []string {
	return slices.Sorted(maps.Keys(table().types))
}

// EnumNames lists all enums, sorted.
func EnumNames() []string {
	return slices.Sorted(maps.Keys(table().enums))
}

// Property looks for a property in the type and in its base types.
func (t *Type) Property(name string) (Property, bool) {
	for t != nil {
		if p, ok := t.Properties[name]; ok {
			return p, true
		}
		t = table().types[t.Base]
	}
	return Property{}, false
}

// All lists the properties of the type and of its base types, sorted by name.
func (t *Type) All() []Property {
	var all []Property
	seen := map[string]bool{}
	for ; t != nil; t = table().types[t.Base] {
		for name, p := range t.Properties {
			if !seen[name] {
				seen[name] = true
				all = append(all, p)
			}
		}
	}
	slices.SortFunc(all, func(a, b Property) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// IsA tells whether the type name is base or derives from it. An unknown type is
// only itself.
func IsA(name, base string) bool {
	for name != "" {
		if name == base {
			return true
		}
		t, ok := table().types[name]
		if !ok {
			return false
		}
		name = t.Base
	}
	return false
}
