package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What is made anew has another id, and what refers to it is planned with that. Not
// so a relation that code uses only when its object is made: the plan of it is what
// the state has. So this process notes what it makes anew, and that alone is put back
// into the relations that list it. Whom somebody else took out stays out.

// renewal is an object of this configuration that was made anew, or is to be.
type renewal struct {
	kind string
	id   string // the new one, "" until it is made
}

// renew notes that an object that had the ids old has id now; "" where it is to be made.
func (t *Tenant) renew(k *kind.Kind, id string, old ...string) {
	if k.KeepsID() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, was := range old {
		if was != "" && !strings.EqualFold(was, id) {
			t.renewed[strings.ToLower(was)] = renewal{k.Name, strings.ToLower(id)}
		}
	}
}

func (t *Tenant) renewalOf(old string) (renewal, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x, known := t.renewed[strings.ToLower(old)]
	return x, known
}

// tookPlace tells whether the id is the new one of an object that was made anew.
func (t *Tenant) tookPlace(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.renewed {
		if x.id != "" && x.id == strings.ToLower(id) {
			return true
		}
	}
	return false
}

// renewedFor returns the new ids, as far as there are any yet, of what was made anew
// and a reference can lead to; false where nothing was or is to be.
func (t *Tenant) renewedFor(ref *kind.Ref) (ids []string, any bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, x := range t.renewed {
		if !slices.Contains(ref.Kinds, x.kind) {
			continue
		}
		if any = true; x.id != "" {
			ids = append(ids, x.id)
		}
	}
	return unique(ids), any
}

// noteRenewal notes what a refresh tells of the object's own ids.
func (r *object) noteRenewal(id string, m mark) {
	if m.anew() {
		r.tenant.renew(r.kind, "", append(slices.Clone(m.Was), id)...)
		return
	}
	r.tenant.renew(r.kind, id, m.Was...)
}

// noteRelinks marks the relations in which something stood that was made anew, or is
// to be: a plan reads that before. now is the refreshed state. An import knows of no
// time before, so that whatever is made anew may have stood in it.
func (r *object) noteRelinks(prior kind.Values, now tftypes.Value, imported bool, m *mark, diags *diag.Diagnostics) {
	has, past := r.values(now, diags), map[string][]string{}
	m.Relink = nil
	for _, a := range r.kind.Relations() {
		if a.ModeBy == "" {
			continue
		}
		there := map[string]bool{}
		for _, id := range strs(has[a.Name]) {
			there[id] = true
		}
		var ids []string
		any := false
		note := func(id string) {
			x, renewed := r.tenant.renewalOf(id)
			if any = any || renewed; x.id != "" {
				ids = append(ids, x.id)
			}
			if m.Adopted || a.ModeIn(prior) == kind.OnCreate {
				if !there[id] && (renewed || r.tenant.plansAny(a.Ref, id)) {
					past[a.Name] = append(past[a.Name], id)
				}
			}
		}
		for _, id := range strs(prior[a.Name]) {
			note(id)
		}
		for _, id := range m.Past[a.Name] {
			if note(id); !there[id] && r.tenant.tookPlace(id) { // an apply that failed owes it
				any, ids = true, append(ids, id)
			}
		}
		if imported {
			more, some := r.tenant.renewedFor(a.Ref)
			any, ids = any || some, append(ids, more...)
		}
		past[a.Name] = unique(past[a.Name])
		if any {
			m.relink(a.Name, unique(ids))
		}
	}
	m.Past = nil
	for name, ids := range past {
		m.owe(name, ids)
	}
}

// again returns those of ids that were made anew and have to be put back into a relation that
// code uses only when its object is made.
func (w writer) again(a *kind.Attr, ids []string) []string {
	owed, marked := w.relinks[a.Name]
	if !marked {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(owed, id) && !w.tookPlace(id) })
}

// tellRelink says what a plan that puts back what is made anew shows besides: the code and
// the state may differ in others, of whom nobody is added or removed.
func (r *object) tellRelink(a *kind.Attr, mode string, want kind.Values, added, gone []string, diags *diag.Diagnostics) {
	gone = slices.DeleteFunc(slices.Clone(gone), func(id string) bool { _, renewed := r.tenant.renewalOf(id); return renewed })
	if others := append(slices.Clone(added), gone...); len(others) > 0 {
		diags.AddWarning(r.title(want)+" keeps its other "+a.Name,
			fmt.Sprintf("With %s = %q apply puts back what it makes anew, and changes nothing else in the tenant: the plan only records what the code says of the others (%s).", a.ModeBy, mode, strings.Join(others, ", ")))
	}
}

// relink marks a relation.
func (m *mark) relink(name string, ids []string) {
	if m.Relink == nil {
		m.Relink = map[string][]string{}
	}
	m.Relink[name] = append([]string{}, ids...) // never nil: the key is what counts, and null would lose it
}

// owe notes ids that are to be looked for once more in a relation.
func (m *mark) owe(name string, ids []string) {
	if len(ids) == 0 {
		return
	}
	if m.Past == nil {
		m.Past = map[string][]string{}
	}
	m.Past[name] = unique(append(m.Past[name], ids...))
}

// relinking are the names of the relations that are marked.
func (m mark) relinking(k *kind.Kind) []string {
	var names []string
	for name := range m.Relink {
		names = append(names, name)
	}
	if m.Halfway {
		for _, a := range k.Relations() {
			names = append(names, a.Name)
		}
	}
	return unique(names)
}

// planSuccession keeps the id for a plan of another that takes the object's place, and notes at
// such a plan which one goes.
func (r *object) planSuccession(ctx context.Context, isNew bool, id string, m mark, resp *resource.ModifyPlanResponse) {
	if resp.Private == nil || r.kind.KeepsID() {
		return
	}
	if isNew && m.Self != "" {
		r.tenant.mu.Lock()
		defer r.tenant.mu.Unlock()
		r.tenant.replaced[strings.ToLower(m.Self)] = true
	}
	if m.Self = id; id != "" {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, m.bytes())...)
	}
}

// warnReplaced says of relations that code uses only when their object is made who leaves them,
// because the plan replaces it: the one that takes the place is not known to be that before it
// is made, nor then.
func (r *object) warnReplaced(prior, want kind.Values, diags *diag.Diagnostics) {
	for _, a := range r.kind.Relations() {
		if a.ModeBy == "" || a.ModeIn(want) != kind.OnCreate {
			continue
		}
		for _, id := range strs(prior[a.Name]) {
			r.tenant.mu.Lock()
			goes := r.tenant.replaced[id]
			r.tenant.mu.Unlock()
			if goes {
				diags.AddWarning(r.title(want)+" loses "+id+" of its "+a.Name,
					fmt.Sprintf("The plan replaces it, with one that has another id, and with %s = %q apply adds nobody to a %s that exists. "+
						"Where the new one is to be there, add it by hand after the apply, or set %s to %q for this apply, which adds all that the code lists.", a.ModeBy, kind.OnCreate, r.kind.Title, a.ModeBy, kind.AtLeast))
			}
		}
	}
}

// planRenewal notes at plan that the object is to be made anew.
func (r *object) planRenewal(config, state tftypes.Value, id string, m mark) {
	if m.anew() || wire.Moved(r.kind, config, state) {
		r.tenant.renew(r.kind, "", append(slices.Clone(m.Was), id)...)
	}
}
