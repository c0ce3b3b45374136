package kindtest

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What Graph has tomorrow inside of objects: in their blocks, and in each element of
// their lists, which it replaces together.

const tomorrow = "fromTomorrow"

// TestInsideOfTomorrow gives every block and every element of every shape a property that
// no table knows, each with a value of its own, and changes one thing after the other
// beside it. What the code keeps must keep the value: an unchanged element, and one that
// changed and has a key. And whoever reads the object must find each of them named.
func TestInsideOfTomorrow(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		types := typesInside(t, k)
		if !k.Managed() || len(types) == 0 || unchanging(k) {
			continue
		}
		for shape, make := range shapesOf[k.Name] {
			t.Run(k.Name+"/"+shape, func(t *testing.T) {
				t.Parallel()
				var opts []emulator.Option
				for _, typ := range types {
					opts = append(opts, emulator.WithFutureProperty(typ, tomorrow, nil))
				}
				h := newHost(t, opts...)
				full := k.Canonical(make(h))
				x := inside{h.instance(k), shape, 0}
				x.brief = true
				x.begin(full)
				marked := x.mark()
				if x.count == 0 {
					return // there is nothing inside of this shape
				}
				x.read()
				if !x.empty(x.plan(full)) {
					t.Error("properties of tomorrow are a difference")
				}
				for _, c := range x.changes(full) {
					x.change(c, marked)
					if s := x.tryApply(x.quickly(full)); s != "" {
						t.Fatal(c.what, ", back: ", s)
					}
					marked = x.mark()
				}
			})
		}
	}
}

// typesInside lists the types of the blocks and elements of a kind's objects.
func typesInside(t *testing.T, k *kind.Kind) []string {
	t.Helper()
	found := map[string]bool{}
	var walk func(attrs []kind.Attr, typ string)
	walk = func(attrs []kind.Attr, typ string) {
		of, known := metadata.Lookup(typ)
		if !known {
			t.Errorf("%s: there is no type %s", k.Name, typ)
			return
		}
		for i := range attrs {
			a := &attrs[i]
			if a.Shape == kind.Variant {
				walk(a.Attrs, strings.TrimPrefix(a.Type, "#microsoft.graph."))
				continue
			}
			p, known := of.Property(a.Property)
			if !known || p.Kind != metadata.Complex || a.Fixed || !a.HoldsElements() && len(a.Attrs) == 0 {
				continue
			}
			found[p.Type] = true
			below := p.Type
			for _, derived := range a.TypeFrom { // the attributes of all are in one block
				below = strings.TrimPrefix(derived, "#microsoft.graph.")
			}
			walk(a.Attrs, below)
		}
	}
	walk(k.Attrs, k.Type)
	return slices.Sorted(maps.Keys(found))
}

// inside is one shape under test.
type inside struct {
	*instance
	shape string
	count int
}

// whole is the live object with what is answered only when it is asked for.
func (x *inside) whole() graph.Body {
	x.t.Helper()
	body := x.itself()
	for i := range x.kind.Attrs {
		a := &x.kind.Attrs[i]
		if _, shown := body[a.Property]; !insideOf(a) || shown && a.Channel != kind.Alone {
			continue
		}
		one, err := x.client.Get(context.Background(), graph.Beta, x.path(), map[string]string{"$select": a.Property})
		if err != nil {
			x.t.Fatal(err)
		}
		body[a.Property] = one[a.Property]
	}
	return body
}

// insideOf tells whether something of tomorrow can stand in the attribute.
func insideOf(a *kind.Attr) bool {
	return !a.Fixed && a.Property != "" && a.Shape != kind.Variant && (a.HoldsElements() || len(a.Attrs) > 0) && (a.Channel == kind.InBody || a.Channel == kind.Alone)
}

// holders are the attributes whose properties stand in the object itself.
func (x *inside) holders(body graph.Body) []*kind.Attr {
	var out []*kind.Attr
	for i := range x.kind.Attrs {
		a := &x.kind.Attrs[i]
		if a.Shape != kind.Variant {
			out = append(out, a)
		} else if body["@odata.type"] == a.Type {
			for n := range a.Attrs {
				out = append(out, &a.Attrs[n])
			}
		}
	}
	return slices.DeleteFunc(out, func(a *kind.Attr) bool { return !insideOf(a) })
}

// mark gives everything inside a value of its own, as another client would, and returns
// the object then.
func (x *inside) mark() graph.Body {
	x.t.Helper()
	body := x.whole()
	for _, a := range x.holders(body) {
		before := copied(body[a.Property])
		x.markIn(a, body[a.Property], a.Property)
		if reflect.DeepEqual(before, body[a.Property]) {
			continue
		}
		if a.Act != nil {
			after := body[a.Property]
			x.behind("POST", x.path()+"/"+a.Act.Name, a.Act.Body(before, after))
			continue
		}
		patch := graph.Body{a.Property: body[a.Property]}
		if typ := body["@odata.type"]; typ != nil {
			patch["@odata.type"] = typ
		}
		x.patchBehind(patch)
	}
	body = x.whole()
	marks := map[string]bool{}
	for _, a := range x.holders(body) {
		x.named(a, body[a.Property], a.Property, marks)
	}
	_, unknown := x.kind.Decode(body)
	for path := range marks {
		if !slices.Contains(unknown, path) {
			x.t.Errorf("%s is not named as unknown: %v", path, unknown)
		}
	}
	if x.count > 0 && len(marks) == 0 {
		x.t.Error("Graph kept nothing of it")
	}
	return body
}

// markIn marks a block, or each element of a list, and all that is in it, and drops what
// no client writes: what is null, and what Graph makes.
func (x *inside) markIn(a *kind.Attr, value any, path string) {
	for _, b := range bodiesIn(value) {
		for name, inner := range b {
			if inner == nil || strings.Contains(name, "@odata.context") || slices.Contains(x.kind.Ignored, path+"."+name) {
				delete(b, name)
			}
		}
		if len(b) == 0 {
			continue
		}
		x.count++
		b[tomorrow] = fmt.Sprint("mark ", x.count)
		for i := range a.Attrs {
			if inner := &a.Attrs[i]; insideOf(inner) {
				x.markIn(inner, b[inner.Property], path+"."+inner.Property)
			} else if inner.Codec != nil { // another object is written by its id alone
				if text, is := inner.Codec.Decode(b[inner.Property]); is {
					b[inner.Property] = inner.Codec.Encode(text)
				}
			}
		}
	}
}

// named collects the paths of the marks.
func (x *inside) named(a *kind.Attr, value any, path string, out map[string]bool) {
	for _, b := range bodiesIn(value) {
		if b[tomorrow] != nil && tells(a, b) {
			out[path+"."+tomorrow] = true
		}
		for i := range a.Attrs {
			if inner := &a.Attrs[i]; insideOf(inner) {
				x.named(inner, b[inner.Property], path+"."+inner.Property, out)
			}
		}
	}
}

// change is one other description of the object.
type change struct {
	what string
	code kind.Values
}

// changes are those of each list, and of one attribute of each block and element.
func (x *inside) changes(full kind.Values) []change {
	var out []change
	tried := map[string]bool{}
	for _, l := range leaves(x.kind, full) {
		if l.attr.Fixed || l.top.Fixed || l.attr.Channel == kind.Relation || l.attr.Channel == kind.Stream || l.attr.Shape == kind.Variant {
			continue
		}
		for n, e := range ends(l.value) {
			which := []string{"#first", "#last"}[n]
			if _, stays := lookUp(kept, x.kind, x.shape, l.path+which); len(ends(l.value)) > 1 && !stays {
				out = append(out, change{what: l.path + " without its " + which[1:] + " element", code: l.with(e.without())})
			}
		}
		in := l.path[:strings.LastIndex(l.path, ".")+1] + l.mark
		t := trial{x.instance, full, l, x.shape}
		if other := t.other(); other != nil && in != "" && !tried[in+keyed(l)] {
			tried[in+keyed(l)] = true
			out = append(out, change{what: l.path + l.mark + " changed", code: l.with(other)})
		}
	}
	return out
}

// keyed tells apart the key of an element, whose change makes it another one.
func keyed(l leaf) string {
	if l.attr.Mode == kind.Required {
		return " required"
	}
	return ""
}

// change applies a change and holds what it left to what was there.
func (x *inside) change(c change, marked graph.Body) {
	x.t.Helper()
	if s := x.tryApply(x.quickly(c.code)); s != "" {
		x.t.Fatal(c.what, ": ", s)
	}
	x.settled(c.code, "after "+c.what)
	now := x.whole()
	for _, a := range x.holders(marked) {
		x.kept(a, marked[a.Property], now[a.Property], a.Property+", "+c.what)
	}
}

// kept holds what is in an attribute now to what was there before.
func (x *inside) kept(a *kind.Attr, before, now any, where string) {
	x.t.Helper()
	rest := bodiesIn(now)
	for _, was := range bodiesIn(before) {
		is := match(a, was, rest)
		if is == nil || a.TypeBy != "" && was["@odata.type"] != is["@odata.type"] {
			continue
		}
		if was[tomorrow] != is[tomorrow] {
			x.t.Errorf("%s: %v had %v, and has %v", where, plainly(was), was[tomorrow], is[tomorrow])
		}
		for i := range a.Attrs {
			if inner := &a.Attrs[i]; insideOf(inner) {
				x.kept(inner, was[inner.Property], is[inner.Property], where)
			}
		}
	}
}

// match finds the element that is the same one: it says the same, or has the same key. A
// block is always the same one.
func match(a *kind.Attr, was graph.Body, among []graph.Body) graph.Body {
	if !a.HoldsElements() {
		if len(among) == 1 && len(was) > 0 {
			return among[0]
		}
		return nil
	}
	for _, b := range among {
		if reflect.DeepEqual(plainly(was), plainly(b)) {
			return b
		}
	}
	for _, b := range among {
		if a.Key != "" && was[a.Key] == b[a.Key] && tells(a, was) && tells(a, b) {
			return b
		}
	}
	return nil
}

// plainly is a value without what is of tomorrow.
func plainly(value any) any {
	value = copied(value)
	var strip func(any)
	strip = func(value any) {
		for _, b := range bodiesIn(value) {
			delete(b, tomorrow)
			for _, inner := range b {
				strip(inner)
			}
		}
	}
	strip(value)
	return value
}

// tells tells whether an element says anything that code would say.
func tells(a *kind.Attr, b graph.Body) bool {
	for i := range a.Attrs {
		if inner := &a.Attrs[i]; inner.Name == a.Telling {
			return b[inner.Property] != nil
		}
	}
	return true
}

// bodiesIn are the objects that a JSON value is or lists.
func bodiesIn(value any) []graph.Body {
	var out []graph.Body
	switch v := value.(type) {
	case graph.Body:
		out = append(out, v)
	case []any:
		for _, item := range v {
			out = append(out, bodiesIn(item)...)
		}
	}
	return out
}

func copied(value any) any {
	switch v := value.(type) {
	case graph.Body:
		out := graph.Body{}
		for name, inner := range v {
			out[name] = copied(inner)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = copied(v[i])
		}
		return out
	}
	return value
}
