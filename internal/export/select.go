package export

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Which of the objects that were read are written. Relations are read on the way, of what
// is written alone: a tenant has very many groups that no policy knows.

// selected returns the objects to write: all of them, or policies, locations,
// units, applications and role-assignable groups with all that they refer to.
func (e *exporter) selected(ctx context.Context) ([]*hclgen.Object, error) {
	strict := func(*hclgen.Object) bool { return false }
	if e.options.Members == MembersAuto {
		var err error
		if strict, err = e.strict(ctx); err != nil {
			return nil, err
		}
	}
	var start []*hclgen.Object
	followers := map[*hclgen.Object][]*hclgen.Object{}
	for _, r := range e.read {
		ends := r.kind.Ends()
		for _, o := range r.objects {
			if e.base != nil && e.base.removed(o.Import()) {
				continue
			}
			v := o.Load()
			if e.options.All || !r.kind.Follows(v) || slices.Contains(e.options.Include, r.kind.Name) {
				start = append(start, o)
				continue
			}
			if len(ends) == 0 {
				continue
			}
			r.kind.References(v, func(path string, _ *kind.Attr, ref *kind.Ref, id string) {
				if end := e.find(ref, id); end != nil && slices.Contains(ends, path) {
					followers[end] = append(followers[end], o)
				}
			})
		}
	}
	out, err := e.reach(ctx, start, func(o *hclgen.Object) []*hclgen.Object {
		e.settleMembers(o, strict(o))
		return followers[o]
	})
	slices.Sort(e.warnings)
	slices.SortFunc(out, order)
	return out, err
}

// reach returns what start leads to, at any depth and itself included. Relations are read
// first; then at tells what else an object leads to.
func (e *exporter) reach(ctx context.Context, start []*hclgen.Object, at func(*hclgen.Object) []*hclgen.Object) (out []*hclgen.Object, err error) {
	found := map[*hclgen.Object]bool{}
	var wave []*hclgen.Object
	add := func(o *hclgen.Object) {
		if o != nil && !found[o] {
			found[o] = true
			wave = append(wave, o)
		}
	}
	for _, o := range start {
		add(o)
	}
	for len(wave) > 0 {
		now := wave
		wave = nil
		if err := e.relate(ctx, now); err != nil {
			return nil, err
		}
		for _, o := range now {
			for _, other := range at(o) {
				add(other)
			}
			o.Kind.References(o.Load(), func(_ string, _ *kind.Attr, ref *kind.Ref, id string) { add(e.find(ref, id)) })
		}
		out = append(out, now...)
	}
	return out, nil
}

// order sorts objects so that code does not depend on the order of a listing.
func order(a, b *hclgen.Object) int {
	n := cmp.Or(strings.Compare(a.Kind.Name, b.Kind.Name), strings.Compare(a.Label, b.Label), strings.Compare(a.ID, b.ID))
	if n == 0 && a.ID == "" {
		return strings.Compare(fmt.Sprint(a.Load()), fmt.Sprint(b.Load()))
	}
	return n
}

// find returns the object that was read for a reference, nil when there is none.
func (e *exporter) find(ref *kind.Ref, id string) *hclgen.Object {
	for _, name := range ref.Kinds {
		r := e.read[name]
		if r == nil {
			continue
		}
		o := r.objects[id]
		if ref.Space == kind.AppID {
			o = r.byApp[id]
		}
		if o != nil && (e.base == nil || !e.base.removed(o.Import())) {
			return o
		}
	}
	return nil
}
