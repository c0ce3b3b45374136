package managed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// Of a relation that is made at its other end an object has one at most: an
// application has one token lifetime policy. What code assigns takes the place of
// what is there, which a plan says, and two that code assigns to one object would
// take it from each other at every apply, which is an error.

// holder is an object with such a relation. One that is not made yet has a name alone.
type holder struct{ id, name string }

func (x holder) same(y holder) bool {
	if x.id != "" && y.id != "" {
		return strings.EqualFold(x.id, y.id)
	}
	return x.name == y.name
}

func (x holder) String() string { return fmt.Sprintf("%q (%s)", x.name, x.id) }

func holderOf(k *kind.Kind, b kind.Body) holder {
	return holder{strings.ToLower(text(b["id"])), text(b[k.Attr(k.Label).Property])}
}

// rivals is what one process knows of who is to have whom, by the kind of holder and
// the object held.
type rivals struct {
	promised map[string]holder          // whom planned code gives the object to
	freed    map[string]map[string]bool // ids of the holders whose planned code gives it up
	told     map[string]map[string]bool // ids of the holders of which this process has said that they lose it
}

func newRivals() rivals {
	return rivals{map[string]holder{}, map[string]map[string]bool{}, map[string]map[string]bool{}}
}

func (r *object) holder(prior, want kind.Values) holder {
	name := text(want[r.kind.Label])
	if name == "" {
		name = text(prior[r.kind.Label])
	}
	return holder{text(prior["id"]), name}
}

// heldBy is a relation of which an object has one at most.
type heldBy struct {
	kind *kind.Kind
	attr *kind.Attr
}

// at is the key of an object that is held so.
func (h heldBy) at(target string) string { return h.kind.Name + "/" + h.attr.Name + "/" + target }

func (r *object) exclusive() []heldBy {
	var out []heldBy
	for _, a := range r.kind.Relations() {
		if a.Far != "" {
			out = append(out, heldBy{r.kind, &a})
		}
	}
	return out
}

// promise notes what the code gives to whom, and stops a plan that gives an object to
// two. said holds what the code owns, nil for an object that is to be deleted.
func (r *object) promise(prior, said kind.Values, diags *diag.Diagnostics) {
	if r.tenant == nil {
		return
	}
	me := r.holder(prior, said)
	for _, rel := range r.exclusive() {
		wanted := strs(said[rel.attr.Name])
		for other, targets := range r.tenant.promise(rel, me, wanted, strs(prior[rel.attr.Name])) {
			diags.AddAttributeError(path.Root(rel.attr.Name), fmt.Sprintf("%s and %q are to have the same object", r.title(said), other.name),
				fmt.Sprintf("An object has one %s at most, and %s stands in %s of both %q and %q. Each apply would take it from one and give it to the other. Take it out of one of them.",
					r.kind.Title, strings.Join(targets, ", "), rel.attr.Name, me.name, other.name))
		}
	}
}

// promise returns the objects that another holder is to have, by that holder.
func (t *Tenant) promise(rel heldBy, me holder, wanted, had []string) map[holder][]string {
	t.mu.Lock()
	defer t.mu.Unlock()
	prefix := rel.at("")
	maps.DeleteFunc(t.rivals.promised, func(at string, by holder) bool { return by.same(me) && strings.HasPrefix(at, prefix) })
	for _, target := range had {
		set(t.rivals.freed, rel.at(target), me.id, !slices.Contains(wanted, target))
	}
	out := map[holder][]string{}
	for _, target := range wanted {
		if by, taken := t.rivals.promised[rel.at(target)]; taken {
			out[by] = append(out[by], target)
			continue
		}
		t.rivals.promised[rel.at(target)] = me
	}
	return out
}

func set(in map[string]map[string]bool, at, id string, yes bool) {
	if in[at] == nil {
		in[at] = map[string]bool{}
	}
	in[at][id] = yes
}

// silent tells whether nothing is to be said of a holder that loses target: its own
// plan shows it, or this process has said it. If not, it counts as said from now on.
func (t *Tenant) silent(rel heldBy, target string, loses holder) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := rel.at(target)
	if t.rivals.freed[at][loses.id] || t.rivals.told[at][loses.id] {
		return true
	}
	if by, promised := t.rivals.promised[at]; promised && by.same(loses) {
		return true // the error about the two says it
	}
	set(t.rivals.told, at, loses.id, true)
	return false
}

// checkRivals warns at plan of objects that code adds and that another holder has.
func (r *object) checkRivals(ctx context.Context, prior, said kind.Values, diags *diag.Diagnostics) {
	for _, rel := range r.exclusive() {
		added := without(strs(said[rel.attr.Name]), strs(prior[rel.attr.Name]))
		if len(added) == 0 {
			continue
		}
		have, err := r.tenant.holders(ctx, rel, added)
		if err != nil {
			diags.AddWarning("What "+r.name(said)+" takes the place of was not checked", explain(r.kind, false, err))
			continue
		}
		var lost []ousting
		for _, target := range added {
			for _, other := range have[target] {
				if !strings.EqualFold(other.id, text(prior["id"])) && !r.tenant.silent(rel, target, other) {
					lost = append(lost, ousting{rel.attr, target, other})
				}
			}
		}
		if len(lost) == 0 {
			continue
		}
		names := r.tenant.names(ctx, targets(lost))
		for _, x := range lost {
			whose := "As far as this plan has come, no resource of this configuration manages that one."
			if r.tenant.plans(r.kind, x.from.id) {
				whose = "This configuration manages that one, too."
			}
			diags.AddWarning(fmt.Sprintf("%s takes %s away from %q", r.title(said), names[x.target], x.from.name),
				fmt.Sprintf("%s has the %s %s now. An object has one at most, so apply takes it away from that one. %s To leave it there, take the object out of %s.",
					names[x.target], r.kind.Title, x.from, whose, rel.attr.Name))
		}
	}
}

// holders asks what the objects have: one $batch for up to twenty addresses.
func (t *Tenant) holders(ctx context.Context, rel heldBy, targets []string) (map[string][]holder, error) {
	var parts []graph.Request
	var of []string
	for _, target := range targets {
		for _, name := range rel.attr.Ref.Kinds { // which of them it is, nobody has said: the others answer 404
			parts = append(parts, graph.Request{Method: "GET", Path: t.kinds[name].Life.Item(byID(target)) + "/" + rel.attr.Far,
				Query: rivalsQuery(rel.kind)})
			of = append(of, target)
		}
	}
	results, err := t.client.Batch(ctx, graph.V1, parts)
	if err != nil {
		return nil, err
	}
	out := map[string][]holder{}
	for i, result := range results {
		if graph.IsNotFound(result.Err) {
			continue
		}
		if result.Err != nil {
			return nil, result.Err
		}
		list, _ := result.Response.Body["value"].([]any)
		for _, item := range list {
			if b, ok := item.(kind.Body); ok {
				out[of[i]] = append(out[of[i]], holderOf(rel.kind, b))
			}
		}
	}
	return out, nil
}

// rivalsQuery asks for what names a holder.
func rivalsQuery(k *kind.Kind) map[string]string {
	return map[string]string{"$select": "id," + k.Attr(k.Label).Property}
}

// ousting is an object that was, or is to be, taken away from a holder.
type ousting struct {
	attr   *kind.Attr
	target string
	from   holder
}

func targets(all []ousting) []string {
	var out []string
	for _, x := range all {
		out = append(out, x.target)
	}
	return unique(out)
}

// oust notes that a write took target away from others.
func (w writer) oust(a *kind.Attr, target string, others []holder) {
	for _, other := range others {
		if w.note != nil && !w.silent(heldBy{w.kind, a}, target, other) {
			w.note.out = append(w.note.out, ousting{a, target, other})
		}
	}
}

// ousted tells what was taken away from whom, where no plan of this process has said it.
// Another may have been assigned after the plan was made: the code decides all the same.
func (r *object) ousted(ctx context.Context, want kind.Values, all []ousting, diags *diag.Diagnostics) {
	if len(all) == 0 {
		return
	}
	names := r.tenant.names(ctx, targets(all))
	for _, x := range all {
		diags.AddWarning(fmt.Sprintf("%s took %s away from %q", r.title(want), names[x.target], x.from.name),
			fmt.Sprintf("%s had the %s %s. An object has one at most, and %s of %q lists it, so that one gave way. If it was to stay, take the object out of %s and assign that one again.",
				names[x.target], r.kind.Title, x.from, x.attr.Name, text(want[r.kind.Label]), x.attr.Name))
	}
}
