package emulator

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// What Graph will have tomorrow: properties and members of enums that no description
// names today. Microsoft adds them to v1.0 without notice, and a client has to keep what
// it does not know. https://learn.microsoft.com/graph/best-practices-concept

// future are the properties and members of a tenant that is ahead of its description; nil
// where it is not.
type future struct {
	properties map[string]map[string]any // type → property → what an object has that nobody gave one
	members    map[string][]string       // of enums
}

func (t *Tenant) futureOf() *future {
	if t.rules.future == nil {
		t.rules.future = &future{properties: map[string]map[string]any{}, members: map[string][]string{}}
	}
	return t.rules.future
}

// WithFutureProperty gives every object of a type, and of those that derive from it, a
// property that no description of Graph knows. The type is named as in Microsoft's
// metadata, without its namespace, and may be one of those that stand inside of others:
// conditionalAccessConditionSet. Answers hold the property with the value, until a POST or
// PATCH gives it another one, of any JSON type, which is kept. Where a PATCH replaces a
// nested object whole, what it leaves out is gone: null. $select knows the property, $filter
// does not.
func WithFutureProperty(typ, property string, value any) Option {
	return func(t *Tenant) {
		f := t.futureOf()
		if f.properties[typ] == nil {
			f.properties[typ] = map[string]any{}
		}
		f.properties[typ][property] = asJSON(value)
	}
}

// asJSON is a value as it comes out of a body. What JSON cannot say is a fault of the
// program that gives the option.
func asJSON(value any) any {
	content, err := json.Marshal(value)
	if err != nil {
		panic("emulator.WithFutureProperty: " + err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	var out any
	_ = d.Decode(&out) // it was made a line above
	return out
}

// WithFutureMember adds to an enum a member that no description of Graph knows. A body may
// hold it, and it is kept. As with every member that came late, a client sees it with
// `Prefer: include-unknown-enum-members` and unknownFutureValue without; of an enum that
// Microsoft does not call evolvable, all clients see it.
func WithFutureMember(enum, member string) Option {
	return func(t *Tenant) {
		f := t.futureOf()
		f.members[enum] = append(f.members[enum], member)
	}
}

// HasType tells whether the emulator knows a type by that name.
func HasType(name string) bool { _, known := metadata.Lookup(name); return known }

// HasEnum tells whether the emulator knows an enum by that name.
func HasEnum(name string) bool { _, known := metadata.LookupEnum(name); return known }

// of lists the properties that a type has one day.
func (f *future) of(typ string) map[string]any {
	if f == nil {
		return nil
	}
	out := map[string]any{}
	for on, all := range f.properties {
		if !metadata.IsA(typ, on) {
			continue
		}
		for name, v := range all {
			out[name] = v
		}
	}
	return out
}

func (f *future) has(typ, property string) bool { _, has := f.of(typ)[property]; return has }

// selectable tells whether rows of a type, which may have derived types, can have the
// property.
func (f *future) selectable(typ, property string) bool {
	if f == nil {
		return false
	}
	for on, all := range f.properties {
		if _, has := all[property]; has && (metadata.IsA(typ, on) || metadata.IsA(on, typ)) {
			return true
		}
	}
	return false
}

func (f *future) member(enum, member string) bool {
	return f != nil && slices.Contains(f.members[enum], member)
}

// fill puts the properties into the nested objects of a new object. Those of the object
// itself need not stand in it: nothing but a value of its own takes them away.
func (f *future) fill(typ string, b body) {
	if f == nil {
		return
	}
	for _, p := range properties()[typ] {
		if p.Kind != metadata.Complex {
			continue
		}
		for _, v := range append([]any{b[p.Name]}, list(b[p.Name])...) {
			inner, isObject := v.(body)
			if !isObject {
				continue
			}
			exact := p.Type
			if named := textOf(inner["@odata.type"]); named != "" {
				exact = strings.TrimPrefix(named, "#"+castPrefix)
			}
			for name, v := range f.of(exact) {
				if _, given := inner[name]; !given {
					inner[name] = deepCopy(v)
				}
			}
			f.fill(exact, inner)
		}
	}
}

// show adds the properties to an answer. A nested object that lacks one has lost it.
func (f *future) show(typ string, stored, out body, selected []string, nested bool) {
	for name, v := range f.of(typ) {
		if selected != nil && !slices.Contains(selected, name) {
			continue
		}
		own, given := stored[name]
		switch {
		case given:
			out[name] = deepCopy(own)
		case nested:
			out[name] = nil
		default:
			out[name] = deepCopy(v)
		}
	}
}
