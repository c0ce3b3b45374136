package managed

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// A reference is an id that an object holds.
type reference struct {
	path string
	ref  *kind.Ref
	id   string
}

func (x reference) String() string {
	return fmt.Sprintf("%s: no %s %s", x.path, strings.ReplaceAll(strings.Join(x.ref.Kinds, " or "), "_", " "), x.id)
}

// checkReferences warns at plan of references that do not resolve, in a policy
// that stays as it is too: what it leaves out may have been deleted since.
func (r *object) checkReferences(ctx context.Context, want kind.Values, diags *diag.Diagnostics) {
	if !r.kind.Checked {
		return
	}
	missing, err := r.tenant.surveyed(ctx, r.kind, want)
	if err != nil {
		diags.AddWarning("References of "+r.name(want)+" were not checked", explain(r.kind, false, err))
		return
	}
	for _, x := range missing {
		if r.tenant.dead[x.id] || r.tenant.plansAny(x.ref, x.id) {
			continue // known to be dead, or a resource that the same apply brings back first
		}
		diags.AddWarning(r.title(want)+" refers to an object that does not exist",
			x.String()+". While that is so, apply stops before it writes this policy. Restore the object, take the reference out, or add the id to dead_references in the provider block.")
	}
}

// checkRelations warns at plan of members, owners and managers that do not exist and
// are to be added. An apply leaves them out, and says so.
func (r *object) checkRelations(ctx context.Context, prior, want kind.Values, diags *diag.Diagnostics) {
	var ids []string
	added := map[string]reference{}
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		if a.Channel != kind.Relation && a.Channel != kind.Link {
			continue
		}
		for _, id := range without(strs(want[a.Name]), strs(prior[a.Name])) {
			if !r.tenant.plansAny(a.Ref, id) {
				ids = append(ids, id)
				added[id] = reference{a.Name, a.Ref, id}
			}
		}
	}
	if len(ids) == 0 {
		return
	}
	missing, err := r.tenant.absent(ctx, ids)
	if err != nil {
		diags.AddWarning("Members and owners of "+r.name(want)+" were not checked", explain(r.kind, false, err))
		return
	}
	for _, id := range missing {
		diags.AddWarning(r.title(want)+" is to have "+id+", which does not exist",
			added[id].String()+" exists. Apply writes the "+r.kind.Title+" without it. Restore it, or take it out of the code.")
	}
}

// stopOnDangling is the check before a write: an id that does not resolve
// stops this one object.
func (r *object) stopOnDangling(ctx context.Context, want kind.Values) error {
	if !r.kind.Checked {
		return nil
	}
	missing, err := r.tenant.unresolved(ctx, references(r.kind, want))
	if err != nil {
		return fmt.Errorf("its references could not be checked: %w", err)
	}
	var named []string
	for _, x := range missing {
		if !r.tenant.dead[x.id] {
			named = append(named, x.String())
		}
	}
	if len(named) == 0 {
		return nil
	}
	sort.Strings(named)
	return fmt.Errorf("it refers to what does not exist: %s. Nothing was written, because a lost exclusion can lock people out. Restore the object, take the reference out, or add the id to dead_references in the provider block", strings.Join(named, "; "))
}

// references returns what an object refers to.
func references(k *kind.Kind, v kind.Values) []reference {
	var all []reference
	k.References(v, func(path string, _ *kind.Attr, ref *kind.Ref, id string) {
		all = append(all, reference{path, ref, id})
	})
	return all
}

// unresolved returns those references that lead nowhere now. What was found
// once in this process is not asked for again.
func (t *Tenant) unresolved(ctx context.Context, all []reference) ([]reference, error) {
	var directory, apps []string
	for _, x := range all {
		switch {
		case t.isThere(x.id) || t.isEnded(x.id):
		case x.ref.Space == kind.AppID:
			apps = append(apps, x.id)
		case t.inDirectory(x.ref):
			directory = append(directory, x.id)
		}
	}
	if err := t.findDirectory(ctx, unique(directory)); err != nil {
		return nil, err
	}
	if err := t.findApps(ctx, unique(apps)); err != nil {
		return nil, err
	}
	var missing []reference
	for _, x := range all {
		ok, err := t.resolves(ctx, x)
		if err != nil {
			return nil, err
		}
		if !ok {
			missing = append(missing, x)
		}
	}
	return missing, nil
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// survey is what one process asked of the references of all listed objects of
// a kind, so that a plan of many policies takes few requests.
type survey struct {
	mu    sync.Mutex // held while it is asked
	asked map[string]bool
}

// surveyed is unresolved for one object among many: what the listed ones refer
// to is asked for together and once.
func (t *Tenant) surveyed(ctx context.Context, k *kind.Kind, v kind.Values) ([]reference, error) {
	if err := t.makeSurvey(ctx, k); err != nil {
		return nil, err
	}
	var missing, rest []reference
	for _, x := range references(k, v) {
		switch {
		case !t.survey.asked[x.id]:
			rest = append(rest, x)
		case !t.isThere(x.id):
			missing = append(missing, x)
		}
	}
	more, err := t.unresolved(ctx, rest)
	return append(missing, more...), err
}

// makeSurvey asks; where that fails, the next policy asks again.
func (t *Tenant) makeSurvey(ctx context.Context, k *kind.Kind) error {
	t.survey.mu.Lock()
	defer t.survey.mu.Unlock()
	if t.survey.asked != nil {
		return nil
	}
	bodies, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
	if err != nil {
		return err
	}
	var all []reference
	for _, b := range bodies {
		listed, _ := k.Decode(b)
		all = append(all, references(k, listed)...)
	}
	if _, err := t.unresolved(ctx, all); err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, x := range all {
		asked[x.id] = true
	}
	t.survey.asked = asked
	return nil
}

// plansAny tells whether the id is that of a resource planned in this process.
func (t *Tenant) plansAny(ref *kind.Ref, id string) bool {
	for _, name := range ref.Kinds {
		if k := t.kinds[name]; k != nil && t.plans(k, id) {
			return true
		}
	}
	return false
}

func (t *Tenant) note(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.exists[strings.ToLower(id)] = true
}

// inDirectory tells whether a reference goes to directory objects, which one
// request finds together.
func (t *Tenant) inDirectory(ref *kind.Ref) bool {
	for _, name := range ref.Kinds {
		if k := t.kinds[name]; k == nil || k.Life.OnePage || k.Delegated {
			return false
		}
	}
	return true
}

// findDirectory asks for up to 1000 objects in one request, which does not
// count against the quota of Conditional Access.
// https://learn.microsoft.com/graph/api/directoryobject-getbyids
func (t *Tenant) findDirectory(ctx context.Context, ids []string) error {
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		answer, err := t.client.Gather(ctx, graph.Request{
			Method: "POST", Path: "/directoryObjects/getByIds", Body: graph.Body{"ids": ids[:n]}, Idempotent: true,
		})
		if err != nil {
			return err
		}
		list, _ := answer.Body["value"].([]any)
		for _, item := range list {
			if b, ok := item.(graph.Body); ok {
				t.note(text(b["id"]))
			}
		}
		ids = ids[n:]
	}
	return nil
}

// resolves tells whether a reference leads to something, after directory
// objects and applications were asked for.
func (t *Tenant) resolves(ctx context.Context, x reference) (bool, error) {
	if t.isThere(x.id) {
		return true, nil
	}
	if x.ref.Space == kind.AppID || t.isEnded(x.id) {
		return false, nil
	}
	for _, name := range x.ref.Kinds {
		k := t.kinds[name]
		if k == nil || k.Delegated {
			t.note(x.id) // no table knows the kind, or nobody may look: Graph will judge
			return true, nil
		}
		if !k.Life.OnePage {
			continue
		}
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		if err != nil {
			return false, err
		}
		if _, ok := all[x.id]; ok {
			t.note(x.id)
			return true, nil
		}
	}
	return false, nil
}

// findApps looks for client ids among the tenant's service principals, and for
// the rest among its applications.
func (t *Tenant) findApps(ctx context.Context, appIDs []string) error {
	for _, path := range []string{"/servicePrincipals", "/applications"} {
		var parts []graph.Request
		for _, id := range appIDs {
			parts = append(parts, graph.Request{Method: "GET", Path: path, Query: map[string]string{"$filter": "appId eq '" + id + "'", "$select": "id"}})
		}
		results, err := t.client.Batch(ctx, graph.V1, parts)
		if err != nil {
			return err
		}
		var rest []string
		for i, r := range results {
			if r.Err != nil {
				return r.Err
			}
			if list, _ := r.Response.Body["value"].([]any); len(list) > 0 {
				t.note(appIDs[i])
			} else {
				rest = append(rest, appIDs[i])
			}
		}
		appIDs = rest
	}
	return nil
}

// stuck tells whether a binned object refers to one that is neither live nor
// in the recycle bin: Graph restores no such policy, and the reference will
// not come back.
func (t *Tenant) stuck(ctx context.Context, k *kind.Kind, body kind.Body) (bool, error) {
	if !k.Checked {
		return false, nil
	}
	v, _ := k.Decode(body)
	missing, err := t.unresolved(ctx, references(k, v))
	if err != nil {
		return false, err
	}
	for _, x := range missing {
		back, err := t.inBin(ctx, x)
		if err != nil {
			return false, err
		}
		if !back {
			return true, nil
		}
	}
	return false, nil
}

// inBin tells whether what a reference leads to can still be restored.
func (t *Tenant) inBin(ctx context.Context, x reference) (bool, error) {
	for _, name := range x.ref.Kinds {
		k := t.kinds[name]
		if k == nil || k.Life.Bin == "" {
			continue
		}
		if x.ref.Space == kind.ObjectID {
			body, where, err := t.findFresh(ctx, k, byID(x.id))
			if err == nil && where == binned {
				var never bool
				if never, err = t.superseded(ctx, k, body); never {
					where = lost
				}
			}
			if err != nil || where != lost {
				return where != lost, err
			}
			continue
		}
		found := false
		query := map[string]string{"$filter": x.ref.Space.Property() + " eq '" + x.id + "'"}
		err := t.client.List(ctx, graph.Version(k.Life.BinVersion), k.Life.BinList, query, func(b kind.Body) error {
			never, err := t.superseded(ctx, k, b) // a service principal does not come back without its application
			found = found || !never
			return err
		})
		if err != nil || found {
			return found, err
		}
	}
	return false, nil
}
