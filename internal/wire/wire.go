// Package wire stands between a kind's canonical values and Terraform's: it
// gives the Terraform type of a kind, reads and writes Terraform values, plans,
// and works out the body of a PATCH.
//
// Nothing here asks the network or the clock: a plan is a function of the
// configuration, the prior state and one mark, so that it comes out the same
// when Terraform asks again during apply, in another process.
package wire

import (
	"fmt"
	"math/big"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Type returns the Terraform type of a kind's objects.
func Type(k *kind.Kind) tftypes.Object { return objectType(k.Attrs) }

func objectType(attrs []kind.Attr) tftypes.Object {
	types := make(map[string]tftypes.Type, len(attrs))
	for i := range attrs {
		types[attrs[i].Name] = attrType(&attrs[i])
	}
	return tftypes.Object{AttributeTypes: types}
}

func attrType(a *kind.Attr) tftypes.Type {
	switch a.Shape {
	case kind.Bool:
		return tftypes.Bool
	case kind.Int:
		return tftypes.Number
	case kind.StringSet, kind.Flags:
		return tftypes.Set{ElementType: tftypes.String}
	case kind.Object, kind.Variant:
		return objectType(a.Attrs)
	case kind.ObjectSet:
		return tftypes.Set{ElementType: objectType(a.Attrs)}
	case kind.ObjectMap:
		return tftypes.Map{ElementType: objectType(a.Attrs)}
	}
	return tftypes.String
}

// Values returns what is known of a Terraform object in canonical form.
// Unknown values are left out; HasUnknown tells whether there are any.
func Values(k *kind.Kind, v tftypes.Value) (kind.Values, error) {
	raw, err := values(k.Attrs, v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.TypeName(), err)
	}
	return k.Canonical(raw), nil
}

// HasUnknown tells whether anything in v is unknown.
func HasUnknown(v tftypes.Value) bool { return !v.IsFullyKnown() }

func values(attrs []kind.Attr, v tftypes.Value) (kind.Values, error) {
	out := kind.Values{}
	fields, err := Fields(v)
	if err != nil {
		return nil, err
	}
	for i := range attrs {
		a := &attrs[i]
		value, err := goValue(a, fields[a.Name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		if value != nil {
			out[a.Name] = value
		}
	}
	return out, nil
}

// Fields returns the attributes of an object, nil for a null or unknown one.
func Fields(v tftypes.Value) (map[string]tftypes.Value, error) {
	if v.IsNull() || !v.IsKnown() {
		return nil, nil
	}
	var fields map[string]tftypes.Value
	return fields, v.As(&fields)
}

// goValue returns one Terraform value as Values hold it, nil when null or unknown.
func goValue(a *kind.Attr, v tftypes.Value) (any, error) {
	if v.Type() == nil || v.IsNull() || !v.IsKnown() {
		return nil, nil
	}
	switch a.Shape {
	case kind.Bool:
		var b bool
		return b, asInto(v, &b)
	case kind.Int:
		var f big.Float
		if err := v.As(&f); err != nil {
			return nil, err
		}
		n, _ := f.Int64()
		return n, nil
	case kind.StringSet, kind.Flags:
		return stringSet(v)
	case kind.Object, kind.Variant:
		return values(a.Attrs, v)
	case kind.ObjectSet:
		var items []tftypes.Value
		if err := v.As(&items); err != nil {
			return nil, err
		}
		out := make([]kind.Values, 0, len(items))
		for _, item := range items {
			inner, err := values(a.Attrs, item)
			if err != nil {
				return nil, err
			}
			out = append(out, inner)
		}
		return out, nil
	case kind.ObjectMap:
		var items map[string]tftypes.Value
		if err := v.As(&items); err != nil {
			return nil, err
		}
		out := make(map[string]kind.Values, len(items))
		for key, item := range items {
			inner, err := values(a.Attrs, item)
			if err != nil {
				return nil, err
			}
			out[key] = inner
		}
		return out, nil
	}
	var s string
	err := v.As(&s)
	return s, err
}

// asInto reads v into *b and returns the error alone, for one-line returns.
func asInto(v tftypes.Value, b *bool) error { return v.As(b) }

func stringSet(v tftypes.Value) (any, error) {
	var items []tftypes.Value
	if err := v.As(&items); err != nil {
		return nil, err
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		if item.IsNull() || !item.IsKnown() {
			continue
		}
		var s string
		if err := item.As(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// State returns the Terraform object for canonical values. Where prior means
// the same, its spelling stays: an explicit [], the order of words, a network
// written another way. What is open and now does not hold, what the object
// belongs to, and instructions to the provider are taken over from prior.
func State(k *kind.Kind, now kind.Values, prior tftypes.Value) (tftypes.Value, error) {
	was, err := Fields(prior)
	if err != nil {
		return tftypes.Value{}, fmt.Errorf("%s: %w", k.TypeName(), err)
	}
	return state(k.Attrs, now, was)
}

func state(attrs []kind.Attr, now kind.Values, was map[string]tftypes.Value) (tftypes.Value, error) {
	fields := make(map[string]tftypes.Value, len(attrs))
	for i := range attrs {
		a := &attrs[i]
		value, err := stateOf(a, now[a.Name], was[a.Name])
		if err != nil {
			return tftypes.Value{}, fmt.Errorf("%s: %w", a.Name, err)
		}
		fields[a.Name] = value
	}
	return tftypes.NewValue(objectType(attrs), fields), nil
}

func stateOf(a *kind.Attr, now any, was tftypes.Value) (tftypes.Value, error) {
	known := was.Type() != nil && was.IsFullyKnown()
	if a.Channel == kind.Local || a.Output != nil || a.Channel == kind.Input && now == nil || a.Channel == kind.InPath && now == nil || a.Open() && now == nil {
		if known && !(a.Channel == kind.Local && was.IsNull()) {
			return was, nil
		}
		if a.Channel == kind.Local { // a state always has the default
			return build(a, nil, tftypes.Value{})
		}
		return tftypes.NewValue(attrType(a), nil), nil
	}
	if known && !was.IsNull() {
		before, err := goValue(a, was)
		if err != nil {
			return tftypes.Value{}, err
		}
		if kind.Equal(a.Canonical(before), a.Canonical(now)) && complete(a, was) {
			return was, nil
		}
	}
	return build(a, now, was)
}

// complete tells whether every default in a value is spelled out, as state has it.
func complete(a *kind.Attr, v tftypes.Value) bool {
	switch a.Shape {
	case kind.Object, kind.Variant:
		fields, err := Fields(v)
		if err != nil {
			return false
		}
		for i := range a.Attrs {
			inner := &a.Attrs[i]
			f := fields[inner.Name]
			if inner.Mode == kind.Default && f.IsNull() || !f.IsNull() && !complete(inner, f) {
				return false
			}
		}
	case kind.ObjectMap:
		var items map[string]tftypes.Value
		if v.As(&items) != nil {
			return false
		}
		object := kind.Attr{Shape: kind.Object, Attrs: a.Attrs}
		for _, item := range items {
			if !complete(&object, item) {
				return false
			}
		}
	}
	return true
}

func build(a *kind.Attr, now any, was tftypes.Value) (tftypes.Value, error) {
	t := attrType(a)
	if now == nil && a.Mode == kind.Default {
		now = a.Default
	}
	switch v := now.(type) {
	case nil:
		switch {
		case a.Mode != kind.Required || !a.Plural():
			return tftypes.NewValue(t, nil), nil
		case a.Shape == kind.ObjectMap:
			return tftypes.NewValue(t, map[string]tftypes.Value{}), nil
		}
		return tftypes.NewValue(t, []tftypes.Value{}), nil
	case string, bool, int64, int:
		return tftypes.NewValue(t, v), nil
	case []string:
		items := make([]tftypes.Value, 0, len(v))
		for _, s := range v {
			items = append(items, tftypes.NewValue(tftypes.String, s))
		}
		return tftypes.NewValue(t, items), nil
	case kind.Values:
		fields, err := Fields(known(was))
		if err != nil {
			return tftypes.Value{}, err
		}
		return state(a.Attrs, v, fields)
	case []kind.Values:
		items := make([]tftypes.Value, 0, len(v))
		for _, item := range v {
			value, err := state(a.Attrs, item, nil)
			if err != nil {
				return tftypes.Value{}, err
			}
			items = append(items, value)
		}
		return tftypes.NewValue(t, items), nil
	case map[string]kind.Values:
		var before map[string]tftypes.Value
		if w := known(was); !w.IsNull() && w.As(&before) != nil {
			before = nil // of another form, so no spelling is to be kept
		}
		items := make(map[string]tftypes.Value, len(v))
		for key, item := range v {
			fields, err := Fields(known(before[key]))
			if err != nil {
				return tftypes.Value{}, err
			}
			value, err := state(a.Attrs, item, fields)
			if err != nil {
				return tftypes.Value{}, err
			}
			items[key] = value
		}
		return tftypes.NewValue(t, items), nil
	}
	return tftypes.Value{}, fmt.Errorf("a %T is no value of a kind", now)
}

func known(v tftypes.Value) tftypes.Value {
	if v.Type() == nil || !v.IsKnown() {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return v
}
