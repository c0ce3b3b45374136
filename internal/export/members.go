package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Which members stand in the code, and in which mode: see --members. Owners
// are few, and an owner can make himself a member or give an application a
// secret, so theirs is always exact.

// The ways beside the modes of package kind to write members.
const (
	MembersAuto = "auto"
	MembersNone = "none"
)

// MembersWays are the values of Options.Members.
var MembersWays = []string{MembersAuto, kind.Exact, kind.AtLeast, kind.OnCreate, MembersNone}

// maxMembers is how many members of an object stand in code that uses them
// only when the object is made anew. More are data, and belong into an archive.
const maxMembers = 200

func checkMembers(way string) (string, error) {
	if way == "" {
		return MembersAuto, nil
	}
	if !slices.Contains(MembersWays, way) {
		return "", fmt.Errorf("there is no way %q to write members; there are %s", way, strings.Join(MembersWays, ", "))
	}
	return way, nil
}

// settleMembers decides for every relation of an object whether it is written and in
// which mode.
func (e *exporter) settleMembers(o *hclgen.Object, strict bool) {
	v := o.Load()
	for _, a := range o.Kind.Relations() {
		if ids, known := v[a.Name].([]string); known && a.Belongs {
			o.Change(func(v kind.Values) { e.settle(o, v, &a, len(ids), strict) })
		}
	}
}

// settle decides for one relation of n ends.
func (e *exporter) settle(o *hclgen.Object, v kind.Values, a *kind.Attr, n int, strict bool) {
	mode := e.options.Members
	switch {
	case mode == MembersAuto && strict:
		mode = kind.Exact
	case mode == MembersAuto && n > maxMembers:
		delete(v, a.Name)
		o.Notes = append(o.Notes, fmt.Sprintf("%d %s are left to an archive: more than %d are not written (export --members).", n, a.Name, maxMembers))
		e.warnings = append(e.warnings, fmt.Sprintf("%s %s: %d %s are left to an archive, and do not come back with a %s that is made anew; --members %s writes them", o.Kind.Title, strconv.Quote(o.Label), n, a.Name, o.Kind.Title, kind.OnCreate))
		return
	case mode == MembersAuto:
		mode = kind.OnCreate
	}
	switch {
	case mode == MembersNone:
		if delete(v, a.Name); n > 0 {
			o.Notes = append(o.Notes, fmt.Sprintf("%d %s are not written (export --members %s).", n, a.Name, MembersNone))
		}
	case mode != kind.Exact && n == 0:
		delete(v, a.Name) // says the same
	case mode != kind.Exact:
		v[a.ModeBy] = mode
	}
}

// strict finds the objects to which access depends on who belongs to them: by
// their table, and whatever such an object refers to, at any depth.
func (e *exporter) strict(ctx context.Context) (func(*hclgen.Object) bool, error) {
	var start []*hclgen.Object
	for _, r := range e.guards(ctx) {
		if r == nil {
			return func(*hclgen.Object) bool { return true }, nil
		}
		for _, o := range r.objects {
			if o.Kind.Strict(o.Load()) {
				start = append(start, o)
			}
		}
		for _, v := range r.unsaid {
			r.kind.References(v, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) {
				if o := e.find(ref, id); o != nil {
					start = append(start, o)
				}
			})
		}
	}
	all, err := e.reach(ctx, start, func(*hclgen.Object) []*hclgen.Object { return nil })
	found := map[*hclgen.Object]bool{}
	for _, o := range all {
		found[o] = true
	}
	return func(o *hclgen.Object) bool { return found[o] }, err
}

// guards returns what was read of the kinds that make others strict. One that
// is not exported is read for this alone; nil stands for one that cannot be,
// and then every membership may be one of those.
func (e *exporter) guards(ctx context.Context) []*reading {
	belong := map[string]bool{}
	for _, k := range e.kinds {
		for _, a := range k.Relations() {
			belong[k.Name] = belong[k.Name] || a.Belongs
		}
	}
	var out []*reading
	for _, k := range catalog.All() {
		if k.Strict == nil {
			continue
		}
		r := e.read[k.Name]
		if r == nil {
			if !refersTo(k.Attrs, belong) {
				continue
			}
			aside := &exporter{source: e.source, shelf: e.shelf, kinds: []*kind.Kind{k}, read: map[string]*reading{}, related: map[*hclgen.Object]bool{}}
			err := aside.readKind(ctx, k)
			if err == nil {
				err = aside.relate(ctx, slices.Collect(maps.Values(aside.read[k.Name].objects)))
			}
			if err != nil {
				e.warnings = append(e.warnings, fmt.Sprintf("%s could not be read, and so which memberships they depend on is not known: all are written as %s: %v", k.Plural, kind.Exact, err))
				return []*reading{nil}
			}
			r = aside.read[k.Name]
		}
		out = append(out, r)
	}
	return out
}

// refersTo tells whether attributes, at any depth, refer to one of kinds.
func refersTo(attrs []kind.Attr, kinds map[string]bool) bool {
	for i := range attrs {
		a := &attrs[i]
		refs := []*kind.Ref{}
		if a.Ref != nil {
			refs = append(refs, a.Ref)
		}
		for _, embedded := range a.Embeds {
			refs = append(refs, embedded.Ref)
		}
		for _, ref := range refs {
			if slices.ContainsFunc(ref.Kinds, func(name string) bool { return kinds[name] }) {
				return true
			}
		}
		if refersTo(a.Attrs, kinds) {
			return true
		}
	}
	return false
}

// dropActivated takes out of exact relations whoever is there only because an
// activation in Privileged Identity Management is running: gone again in some
// hours, he would be missing then, and a recovery would make him permanent.
func (e *exporter) dropActivated(ctx context.Context, objects []*hclgen.Object) error {
	byPath := map[string]*activatedQuestion{}
	for _, o := range objects {
		if len(o.Kind.Relations()) == 0 || o.ID == "" {
			continue
		}
		v := o.Load()
		for _, a := range o.Kind.Relations() {
			ids, _ := v[a.Name].([]string)
			if a.Activation == nil || len(ids) == 0 || a.ModeIn(v) != kind.Exact {
				continue
			}
			q := byPath[a.Activation.Path]
			if q == nil {
				q = &activatedQuestion{how: a.Activation, of: map[string][]*hclgen.Object{}}
				byPath[a.Activation.Path] = q
			}
			if !slices.Contains(q.of[o.ID], o) {
				q.of[o.ID] = append(q.of[o.ID], o)
			}
		}
	}
	for _, q := range byPath {
		if err := e.drop(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// activatedQuestion is what to ask of one address.
type activatedQuestion struct {
	how *kind.Activation
	of  map[string][]*hclgen.Object
}

func (e *exporter) drop(ctx context.Context, q *activatedQuestion) error {
	var ids []string
	for id := range q.of {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	if len(ids) == 0 {
		return nil
	}
	e.left.expect(activations, batches, requests(len(ids), batchParts), "")
	defer e.left.finished(activations)
	// One alone first: where it is forbidden, so are all others.
	err := e.dropSome(ctx, q, ids[:1])
	for some := range slices.Chunk(ids[1:], together) {
		if err != nil {
			break
		}
		err = e.dropSome(ctx, q, some)
		e.left.did(activations, requests(len(some), batchParts))
	}
	if graph.IsUnavailable(err) {
		e.warnings = append(e.warnings, fmt.Sprintf("whether somebody is a member or owner only because an activation is running could not be asked, so that such people are in the code: %v. Grant the application %s if the tenant uses Privileged Identity Management for groups", err, strings.Join(q.how.Read, ", ")))
		return nil
	}
	return err
}

func (e *exporter) dropSome(ctx context.Context, q *activatedQuestion, ids []string) error {
	all, err := e.source.activated(ctx, q.how, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if all[id] == nil {
			e.warnings = append(e.warnings, fmt.Sprintf("running activations in %s %s could not be asked for, so that whoever is there by one is in the code", q.of[id][0].Kind.Title, strconv.Quote(q.of[id][0].Label)))
		}
		for _, o := range q.of[id] {
			o.Change(func(v kind.Values) {
				for _, a := range o.Kind.Relations() {
					list, known := v[a.Name].([]string)
					if known && a.Activation != nil && a.ModeIn(v) == kind.Exact {
						v[a.Name] = slices.DeleteFunc(slices.Clone(list), func(other string) bool { return all[id].Only(a.Activation.Access, other) })
					}
				}
			})
		}
	}
	return nil
}
