package metadata

// The table: sdk.txt as the generator wrote it, with the lists written by hand laid
// over it. Read at first use, for the plugin's process starts often and needs none of it.

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed sdk.txt
var sdkTable string

type tables struct {
	types map[string]*Type
	enums map[string]*Enum
}

// table panics where the embedded table or a hand-written list is broken; the tests
// of this package read all of both.
var table = sync.OnceValue(func() *tables {
	t, err := parseSDK(sdkTable)
	if err != nil {
		panic(err)
	}
	if err := t.applyByHand(); err != nil {
		panic(err)
	}
	return t
})

// parseSDK reads the generator's format: a line for each type and enum, and one,
// indented, for each property ("name kind type", "[]" for a collection).
func parseSDK(text string) (*tables, error) {
	t := &tables{types: map[string]*Type{}, enums: map[string]*Enum{}}
	var current *Type
	for n, line := range strings.Split(text, "\n") {
		f := strings.Fields(line)
		switch {
		case len(f) == 0 || f[0] == "#":
		case line[0] == '\t' && current != nil && len(f) == 3:
			p, err := parseProperty(f[0], f[1], f[2])
			if err != nil {
				return nil, fmt.Errorf("sdk.txt, line %d: %w", n+1, err)
			}
			current.Properties[p.Name] = p
		case f[0] == "type" && len(f) > 1:
			current = &Type{Name: f[1], Properties: map[string]Property{}, Entity: f[len(f)-1] == "entity" && len(f) > 2}
			if len(f) > 3 && f[2] == ":" {
				current.Base = f[3]
			}
			t.types[current.Name] = current
		case (f[0] == "enum" || f[0] == "flags") && len(f) > 2:
			t.enums[f[1]] = &Enum{
				Name: f[1], Flags: f[0] == "flags", Members: f[2:],
				Sentinel: slices.Index(f[2:], "unknownFutureValue"),
			}
		default:
			return nil, fmt.Errorf("sdk.txt, line %d is not understood: %q", n+1, line)
		}
	}
	return t, nil
}

func parseProperty(name, kind, typ string) (Property, error) {
	p := Property{Name: name, Nullable: true}
	p.Type, p.Collection = strings.CutSuffix(typ, "[]")
	switch kind {
	case "primitive":
		p.Kind = Primitive
	case "enum":
		p.Kind = EnumValue
	case "complex":
		p.Kind = Complex
	case "navigation":
		p.Kind = Navigation
	default:
		return p, fmt.Errorf("kind %q of property %s", kind, name)
	}
	return p, nil
}

// applyByHand lays the hand-written lists over the SDK's table. An entry that points
// to nothing is an error: it is a slip of the pen.
func (t *tables) applyByHand() error {
	for _, e := range addedEnums {
		added := &Enum{Name: e.Name, Flags: e.Flags, Members: e.Members, Sentinel: slices.Index(e.Members, "unknownFutureValue")}
		if e.beta {
			added.Beta = slices.Clone(e.Members)
		}
		t.enums[e.Name] = added
	}
	for _, m := range addedMembers {
		e, ok := t.enums[m.enum]
		if !ok {
			return fmt.Errorf("addedMembers: no enum %s", m.enum)
		}
		e.Members = append(slices.Clip(e.Members), m.member)
		if m.beta {
			e.Beta = append(e.Beta, m.member)
		}
	}
	for _, a := range addedTypes {
		t.types[a.name] = &Type{Name: a.name, Base: a.base, Entity: a.entity, Beta: a.beta, Properties: map[string]Property{}}
	}
	for _, b := range bases {
		typ, ok := t.types[b.name]
		if !ok {
			return fmt.Errorf("bases: no type %s", b.name)
		}
		typ.Base = b.base
	}
	for _, a := range addedProperties {
		if err := t.add(a); err != nil {
			return fmt.Errorf("addedProperties: %w", err)
		}
	}
	return t.applyFacts()
}

// applyFacts marks what is abstract, corrects types and says what is never null.
func (t *tables) applyFacts() error {
	for _, name := range strings.Fields(abstractTypes) {
		typ, ok := t.types[name]
		if !ok {
			return fmt.Errorf("abstractTypes: no type %s", name)
		}
		typ.Abstract = true
	}
	for _, name := range strings.Fields(keyedEntities) {
		typ, ok := t.types[name]
		if !ok {
			return fmt.Errorf("keyedEntities: no type %s", name)
		}
		typ.Entity = true
	}
	for _, c := range corrected {
		p, err := t.own(c.on, c.property)
		if err != nil {
			return fmt.Errorf("corrected: %w", err)
		}
		fixed, err := t.holding(c.property, c.holds)
		if err != nil {
			return fmt.Errorf("corrected: %s: %w", c.on, err)
		}
		fixed.Beta = p.Beta
		t.types[c.on].Properties[c.property] = fixed
	}
	for line := range strings.Lines(nonNull) {
		f := strings.Fields(line)
		for i := 1; i < len(f); i++ {
			p, err := t.own(strings.TrimSuffix(f[0], ":"), f[i])
			if err != nil {
				return fmt.Errorf("nonNull: %w", err)
			}
			p.Nullable = false
			t.types[strings.TrimSuffix(f[0], ":")].Properties[p.Name] = p
		}
	}
	return nil
}

func (t *tables) own(typ, property string) (Property, error) {
	if t.types[typ] == nil {
		return Property{}, fmt.Errorf("no type %s", typ)
	}
	p, ok := t.types[typ].Properties[property]
	if !ok {
		return p, fmt.Errorf("no property %s.%s", typ, property)
	}
	return p, nil
}

func (t *tables) add(a addedProperty) error {
	typ, ok := t.types[a.on]
	if !ok {
		return fmt.Errorf("no type %s", a.on)
	}
	p, err := t.holding(a.property, a.holds)
	if err != nil {
		return fmt.Errorf("%s: %w", a.on, err)
	}
	p.Beta = a.beta
	typ.Properties[a.property] = p
	return nil
}

var primitiveNames = strings.Fields("String Boolean Int32 Int64 Double DateTimeOffset Date TimeOfDay Duration Guid Binary Stream")

// holding reads the notation of the hand-written lists: a type's name, "[]" behind it
// for a collection.
func (t *tables) holding(name, holds string) (Property, error) {
	p := Property{Name: name, Nullable: true}
	p.Type, p.Collection = strings.CutSuffix(holds, "[]")
	typ, isType := t.types[p.Type]
	_, isEnum := t.enums[p.Type]
	// A navigation property may point to a type that is not in the table: "nav x".
	if target, ok := strings.CutPrefix(p.Type, "nav "); ok {
		p.Kind, p.Type = Navigation, target
		return p, nil
	}
	switch {
	case slices.Contains(primitiveNames, p.Type):
		p.Kind = Primitive
	case isEnum:
		p.Kind = EnumValue
	case isType && typ.Entity:
		p.Kind = Navigation
	case isType:
		p.Kind = Complex
	default:
		return p, fmt.Errorf("property %s: nothing is named %s", name, p.Type)
	}
	return p, nil
}
