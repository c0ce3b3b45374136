package wire

import (
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Patch returns the body that turns an object with the values had into one
// with the values want, nil when nothing differs. What is removed is written
// as an explicit null, or as the value that Graph shows for an unset property.
// live is the object's body, from which what the table does not know is taken
// over into what Graph replaces as a whole; see [NeedsLive]. Relations are not
// part of a body.
func Patch(k *kind.Kind, had, want kind.Values, live kind.Body, appID string) kind.Body {
	b := kind.Body{}
	p := patcher{appID: appID, keeper: keeper{k.Ignored}}
	p.fields(k.Attrs, had, want, live, b, "")
	if len(b) == 0 {
		return nil
	}
	for _, v := range k.Variants() {
		if _, set := want[v.Name]; set {
			b["@odata.type"] = v.Type
		}
	}
	return b
}

// NeedsLive tells whether going from had to want changes what Graph replaces as
// a whole, a block or an array of objects, so that Patch needs the live body.
func NeedsLive(k *kind.Kind, had, want kind.Values) bool { return needsLive(k.Attrs, had, want) }

func needsLive(attrs []kind.Attr, had, want kind.Values) bool {
	for i := range attrs {
		a := &attrs[i]
		before, after := had[a.Name], want[a.Name]
		if a.Channel != kind.InBody && a.Channel != kind.Action || kind.Equal(before, after) {
			continue
		}
		if a.Whole || a.HoldsElements() && before != nil && after != nil {
			return true
		}
		inner, isObject := after.(kind.Values)
		if was, both := before.(kind.Values); isObject && both && needsLive(a.Attrs, was, inner) {
			return true
		}
	}
	return false
}

type patcher struct {
	keeper
	appID string
}

// fields writes into b what differs; path is that of the block that holds attrs.
func (p patcher) fields(attrs []kind.Attr, had, want kind.Values, live, b kind.Body, path string) {
	for i := range attrs {
		a := &attrs[i]
		if a.Channel != kind.InBody || a.Mode == kind.Computed || kind.Equal(had[a.Name], want[a.Name]) {
			continue
		}
		if a.Open() && want[a.Name] == nil {
			continue // left to others
		}
		before, _ := had[a.Name].(kind.Values)
		after, isObject := want[a.Name].(kind.Values)
		switch {
		case a.Shape == kind.Variant:
			p.fields(a.Attrs, before, after, live, b, path)
		case want[a.Name] == nil && a.Shape == kind.Object && !a.Whole:
			// Graph merges such a block, and some of them cannot be null.
			inner := kind.Body{}
			p.fields(a.Attrs, before, kind.Values{}, nil, inner, path+a.Property+".")
			if len(inner) > 0 || !a.HoldsOpen() {
				b[a.Property] = inner
			}
		case want[a.Name] == nil:
			b[a.Property] = p.cleared(a)
		case isObject && a.Whole:
			block, _ := live[a.Property].(kind.Body)
			b[a.Property] = p.whole(a, after, block)
			p.keep(a, b[a.Property], block, path+a.Property)
		case isObject:
			inner := kind.Body{}
			block, _ := live[a.Property].(kind.Body)
			p.fields(a.Attrs, before, after, block, inner, path+a.Property+".")
			if len(inner) > 0 || !a.HoldsOpen() {
				b[a.Property] = inner
			}
		default:
			b[a.Property] = a.Encode(want[a.Name], p.appID)
			p.keep(a, b[a.Property], live[a.Property], path+a.Property)
		}
	}
}

// cleared is the JSON value of a property that code no longer sets.
func (p patcher) cleared(a *kind.Attr) any {
	switch {
	case a.Mode == kind.Default:
		return a.Encode(a.Default, p.appID)
	case a.Absent != nil:
		return a.Encode(a.Absent, p.appID)
	case a.Shape == kind.StringSet || a.Shape == kind.ObjectSet || a.Shape == kind.ObjectMap:
		return []any{}
	}
	return nil
}

// whole returns a block in full: what code says, and cleared what code no longer
// says.
func (p patcher) whole(a *kind.Attr, want kind.Values, live kind.Body) kind.Body {
	out, _ := a.Encode(want, p.appID).(kind.Body)
	for i := range a.Attrs {
		inner := &a.Attrs[i]
		before := live[inner.Property]
		after, set := want[inner.Name]
		if object, ok := after.(kind.Values); ok {
			block, _ := before.(kind.Body)
			now := p.whole(inner, object, nil)
			if sameType(inner, now, block) {
				now = p.whole(inner, object, block)
			} // else it becomes another type, which has none of the old one's properties
			out[inner.Property] = now
			continue
		}
		if !set && !kind.IsEmpty(before) && !inner.Bare && inner.Mode != kind.Default {
			out[inner.Property] = p.cleared(inner)
		}
	}
	return out
}
