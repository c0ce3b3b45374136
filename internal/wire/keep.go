package wire

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What the table does not know and Graph would drop, because it replaces an array
// of objects or a block as a whole, is written as it is.

// Keep takes over into now, the JSON of an attribute as it is to be written, what
// live, its JSON in Graph, holds and the table does not know. An element of an
// array is the live one that says the same, or that has the same key; another one
// is new, and there is nothing to keep.
func Keep(k *kind.Kind, a *kind.Attr, now, live any) {
	keeper{k.Ignored}.keep(a, now, live, a.Property)
}

type keeper struct {
	ignored []string // paths of properties that Graph makes
}

func (k keeper) keep(a *kind.Attr, now, live any, path string) {
	if a.HoldsElements() {
		k.elements(a, now, live, path+".")
		return
	}
	b, isObject := now.(kind.Body)
	was, both := live.(kind.Body)
	if isObject && both && a.Shape == kind.Object && sameType(a, b, was) {
		k.object(a.Attrs, b, was, path+".")
	}
}

// sameType tells whether what the one object holds besides can stand in the other.
func sameType(a *kind.Attr, now, was kind.Body) bool {
	return a.TypeBy == "" || now["@odata.type"] == was["@odata.type"]
}

// object keeps what is unknown of an object and of all that is in it.
func (k keeper) object(attrs []kind.Attr, now, live kind.Body, path string) {
	known := map[string]bool{}
	for i := range attrs {
		a := &attrs[i]
		known[a.Property] = true
		if value, written := now[a.Property]; written {
			k.keep(a, value, live[a.Property], path+a.Property)
		}
	}
	for property, value := range live {
		if _, written := now[property]; written || known[property] || kind.IsEmpty(value) || annotation(property) || slices.Contains(k.ignored, path+property) {
			continue
		}
		now[property] = value
	}
}

func (k keeper) elements(a *kind.Attr, now, live any, path string) {
	left := bodies(live)
	if len(left) == 0 {
		return
	}
	var changed []kind.Body
	same := map[string][]kind.Body{}
	for _, item := range left {
		says := content(a, item)
		same[says] = append(same[says], item)
	}
	for _, item := range bodies(now) {
		says := content(a, item)
		if len(same[says]) == 0 {
			changed = append(changed, item)
			continue
		}
		k.object(a.Attrs, item, same[says][0], path)
		same[says] = same[says][1:]
	}
	if a.Key == "" {
		return
	}
	byKey := map[string][]kind.Body{}
	for _, items := range same {
		for _, item := range items {
			byKey[keyOf(a, item)] = append(byKey[keyOf(a, item)], item)
		}
	}
	for _, item := range changed {
		if was := byKey[keyOf(a, item)]; len(was) == 1 { // of several nobody knows which
			k.object(a.Attrs, item, was[0], path)
			delete(byKey, keyOf(a, item))
		}
	}
}

// content is what an element says, in its canonical form.
func content(a *kind.Attr, item kind.Body) string {
	value, _ := a.Decode([]any{item})
	b, err := json.Marshal(value)
	if err != nil {
		panic(err) // a canonical value holds strings, bools, numbers and objects of these
	}
	return string(b)
}

func keyOf(a *kind.Attr, item kind.Body) string {
	key, _ := item[a.Key].(string)
	return strings.ToLower(key)
}

func bodies(value any) []kind.Body {
	list, _ := value.([]any)
	out := make([]kind.Body, 0, len(list))
	for _, item := range list {
		if b, ok := item.(kind.Body); ok {
			out = append(out, b)
		}
	}
	return out
}

// annotation tells whether a property is one that Graph adds and nobody writes.
func annotation(property string) bool {
	return strings.Contains(property, "@odata.") || strings.HasPrefix(property, "#")
}
