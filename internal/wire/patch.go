package wire

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Patch returns the body that turns an object with the values had into one
// with the values want, nil when nothing differs. What is removed is written
// as an explicit null, or as the value that Graph shows for an unset property.
// live is the object's body, needed where Graph replaces a block as a whole:
// what the table does not know is taken over from it. Relations are not part
// of a body.
func Patch(k *kind.Kind, had, want kind.Values, live kind.Body, appID string) kind.Body {
	b := kind.Body{}
	p := patcher{appID: appID, ignored: k.Ignored}
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

// TouchesWhole tells whether going from had to want changes a block that Graph
// replaces as a whole, so that Patch needs the live body.
func TouchesWhole(k *kind.Kind, had, want kind.Values) bool {
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Whole && !kind.Equal(had[a.Name], want[a.Name]) {
			return true
		}
	}
	return false
}

type patcher struct {
	appID   string
	ignored []string // paths of properties that Graph makes
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
		case isObject:
			inner := kind.Body{}
			block, _ := live[a.Property].(kind.Body)
			p.fields(a.Attrs, before, after, block, inner, path+a.Property+".")
			if len(inner) > 0 || !a.HoldsOpen() {
				b[a.Property] = inner
			}
		default:
			b[a.Property] = a.Encode(want[a.Name], p.appID)
			if a.Shape == kind.ObjectMap {
				p.keepUnknown(a, b[a.Property], live[a.Property], path+a.Property+".")
			}
		}
	}
}

// keepUnknown takes over into the items of a map, which Graph replaces together, what
// the live ones hold and the table does not know.
func (p patcher) keepUnknown(a *kind.Attr, items, live any, path string) {
	before := map[string]kind.Body{}
	list, _ := live.([]any)
	for _, item := range list {
		if b, ok := item.(kind.Body); ok {
			key, _ := b[a.Key].(string)
			before[strings.ToLower(key)] = b
		}
	}
	known := map[string]bool{a.Key: true}
	for i := range a.Attrs {
		known[a.Attrs[i].Property] = true
	}
	list, _ = items.([]any)
	for _, item := range list {
		b, _ := item.(kind.Body)
		key, _ := b[a.Key].(string)
		for property, value := range before[strings.ToLower(key)] {
			if !known[property] && !kind.IsEmpty(value) && !annotation(property) && !slices.Contains(p.ignored, path+property) {
				b[property] = value
			}
		}
	}
}

// annotation tells whether a property is one that Graph adds and nobody writes.
func annotation(property string) bool {
	return strings.Contains(property, "@odata.") || strings.HasPrefix(property, "#")
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

// whole returns a block in full: what code says, cleared what code no longer
// says, and from the live block what the table does not know.
func (p patcher) whole(a *kind.Attr, want kind.Values, live kind.Body) kind.Body {
	out, _ := a.Encode(want, p.appID).(kind.Body)
	known := map[string]bool{}
	for i := range a.Attrs {
		inner := &a.Attrs[i]
		known[inner.Property] = true
		before := live[inner.Property]
		after, set := want[inner.Name]
		if object, ok := after.(kind.Values); ok {
			block, _ := before.(kind.Body)
			now := p.whole(inner, object, nil)
			if block["@odata.type"] == now["@odata.type"] || inner.TypeBy == "" {
				now = p.whole(inner, object, block)
			} // else it becomes another type, which has none of the old one's properties
			out[inner.Property] = now
			continue
		}
		if !set && !kind.IsEmpty(before) && !inner.Bare && inner.Mode != kind.Default {
			out[inner.Property] = p.cleared(inner)
		}
	}
	for property, value := range live {
		if !known[property] && !kind.IsEmpty(value) && !annotation(property) {
			out[property] = value
		}
	}
	return out
}
