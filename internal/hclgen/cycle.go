package hclgen

import (
	"sort"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// targets returns the objects that o refers to in code.
func (g *generator) targets(o *Object) []*Object {
	seen := map[*Object]bool{}
	var out []*Object
	if o.Written { // what its code refers to was there before what is new
		return nil
	}
	o.Kind.References(o.Values, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
		to := g.object(o, ref, id)
		if to == nil || seen[to] || g.cut[o.Address()+"→"+to.Address()] {
			return
		}
		seen[to] = true
		out = append(out, to)
	})
	sort.Slice(out, func(i, j int) bool { return out[i].Address() < out[j].Address() })
	return out
}

// cycles tells which objects are on a cycle of references (Tarjan's strongly
// connected components of more than one object).
func (g *generator) cycles(objects []*Object) map[*Object]bool {
	t := &tarjan{g: g, index: map[*Object]int{}, low: map[*Object]int{}, onStack: map[*Object]bool{}, found: map[*Object]bool{}}
	for _, o := range objects {
		if _, seen := t.index[o]; !seen {
			t.visit(o)
		}
	}
	return t.found
}

type tarjan struct {
	g              *generator
	index, low     map[*Object]int
	onStack, found map[*Object]bool
	stack          []*Object
}

func (t *tarjan) visit(o *Object) {
	t.index[o] = len(t.index)
	t.low[o] = t.index[o]
	t.stack, t.onStack[o] = append(t.stack, o), true
	for _, to := range t.g.targets(o) {
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
		for _, c := range component {
			t.found[c] = true
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
			if on[t] {
				return o, t
			}
		}
	}
	return nil, nil
}
