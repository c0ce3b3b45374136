package hclgen

import (
	"maps"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// targets returns the objects that o refers to in code, found once.
func (g *generator) targets(o *Object) []*Object {
	if o.sought || o.Written { // what the code of one written refers to was there before what is new
		return o.to
	}
	seen := map[*Object]bool{}
	o.to, o.sought = nil, true
	o.Kind.References(o.Load(), func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
		to := g.object(o, ref, id)
		if to == nil || seen[to] || g.isCut(o, to) {
			return
		}
		seen[to] = true
		o.to = append(o.to, to)
	})
	sort.Slice(o.to, func(i, j int) bool { return o.to[i].Address() < o.to[j].Address() })
	return o.to
}

// isCut tells whether the reference is written through a local.
func (g *generator) isCut(from, to *Object) bool {
	return len(g.cut) > 0 && g.cut[from.Address()+"→"+to.Address()]
}

// cycles tells which objects are on a cycle of references, and on which: those
// of one number refer to each other (Tarjan's strongly connected components of
// more than one object).
func (g *generator) cycles(objects []*Object) map[*Object]int {
	t := &tarjan{g: g, index: map[*Object]int{}, low: map[*Object]int{}, onStack: map[*Object]bool{}, found: map[*Object]int{}}
	for _, o := range objects {
		if _, seen := t.index[o]; !seen {
			t.visit(o)
		}
	}
	return t.found
}

type tarjan struct {
	g          *generator
	index, low map[*Object]int
	onStack    map[*Object]bool
	found      map[*Object]int // from 1
	stack      []*Object
	number     int
}

func (t *tarjan) visit(o *Object) {
	if len(t.g.targets(o)) == 0 {
		return // on no cycle
	}
	t.index[o] = len(t.index)
	t.low[o] = t.index[o]
	t.stack, t.onStack[o] = append(t.stack, o), true
	for _, to := range t.g.targets(o) {
		if len(t.g.targets(to)) == 0 {
			continue
		}
		if _, seen := t.index[to]; !seen {
			t.visit(to)
			t.low[o] = min(t.low[o], t.low[to])
		} else if t.onStack[to] {
			t.low[o] = min(t.low[o], t.index[to])
		}
	}
	if t.low[o] != t.index[o] {
		return
	}
	var component []*Object
	for {
		last := t.stack[len(t.stack)-1]
		t.stack, t.onStack[last] = t.stack[:len(t.stack)-1], false
		component = append(component, last)
		if last == o {
			break
		}
	}
	if len(component) > 1 {
		t.number++
		for _, c := range component {
			t.found[c] = t.number
		}
	}
}

// firstCycle returns one reference that is part of a cycle, nil when there is
// none; the same one for the same objects.
func (g *generator) firstCycle(objects []*Object) (from, to *Object) {
	on := g.cycles(objects)
	var sorted []*Object
	for o := range on {
		sorted = append(sorted, o)
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Address() < sorted[j].Address() })
	for _, o := range sorted {
		for _, t := range g.targets(o) {
			if on[t] == on[o] {
				return o, t
			}
		}
	}
	return nil, nil
}

// broken takes off objects on a cycle the attributes that are part of it and
// whose items can stand alone, and returns these as objects of their own.
func (g *generator) broken(objects []*Object, breakers []*kind.Kind) []*Object {
	var out []*Object
	for _, k := range breakers {
		on := g.cycles(objects) // of what the kinds before have left
		parent := k.Attr(k.Life.Placeholders()[0])
		for _, o := range objects {
			if on[o] == 0 || o.ID == "" || !names(parent.Ref, o.Kind.Name) || !g.closes(o, k.Breaks, on) {
				continue
			}
			for _, item := range items(k, g.taken(o, k.Breaks, on)) {
				item[parent.Name] = o.ID
				out = append(out, g.element(k, o, item))
			}
		}
	}
	return out
}

// taken takes the attribute at path off o. Of a relation that only a new object
// needs, what is not on a cycle stays.
func (g *generator) taken(o *Object, path string, on map[*Object]int) (value any) {
	o.sought = false
	o.Change(func(v kind.Values) { value = g.takenOf(o, v, path, on) })
	return value
}

func (g *generator) takenOf(o *Object, v kind.Values, path string, on map[*Object]int) any {
	value := v.TakeOut(path)
	a, ids := o.Kind.Attr(path), []string(nil)
	if a == nil || a.ModeBy == "" {
		return value
	}
	mode, kept := a.ModeIn(v), []string(nil)
	all, _ := value.([]string)
	for _, id := range all {
		if mode == kind.OnCreate && on[g.object(o, a.Ref, id)] == 0 {
			kept = append(kept, id)
		} else {
			ids = append(ids, id)
		}
	}
	if delete(v, a.ModeBy); len(kept) > 0 {
		v[path], v[a.ModeBy] = kept, mode
	}
	return ids
}

// closes tells whether a reference in the attribute at path is part of a cycle.
func (g *generator) closes(o *Object, path string, on map[*Object]int) bool {
	found := false
	o.Kind.References(o.Load(), func(at string, _ *kind.Attr, ref *kind.Ref, id string) {
		to := g.object(o, ref, id)
		if to != nil && on[to] == on[o] && (at == path || strings.HasPrefix(at, path+".")) {
			found = true
		}
	})
	return found
}

// items returns the values of an attribute's items as objects of the kind.
func items(k *kind.Kind, value any) []kind.Values {
	var out []kind.Values
	switch v := value.(type) {
	case []string:
		for _, s := range v {
			out = append(out, kind.Values{keyAttr(k).Name: s})
		}
	case []kind.Values:
		for _, item := range v {
			out = append(out, maps.Clone(item))
		}
	}
	return out
}

// keyAttr is what tells the items of one parent apart.
func keyAttr(k *kind.Kind) *kind.Attr {
	names := k.Identity()
	return k.Attr(names[len(names)-1])
}

// element is one item of o as an object, called after o and what it refers to.
func (g *generator) element(k *kind.Kind, o *Object, item kind.Values) *Object {
	a := keyAttr(k)
	id := text(item[a.Name])
	label := o.Name[:min(len(o.Name), maxName/2)] + " "
	switch to, x := g.object(o, a.Ref, id), g.external[key(a.Ref.Space, id)]; {
	case to != nil:
		label += to.Name
	case x != nil && x.Label != "":
		label += x.Label
	default:
		label += id[:min(len(id), shortID)]
	}
	if id == kind.Self { // the parent's own id is nobody's cycle there
		item[a.Name], id = o.AppID, o.AppID
	}
	return &Object{Kind: k, ID: o.ID + "/" + id, Label: label, Values: item}
}
