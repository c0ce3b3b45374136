package managed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// What leaves the code while it is in the recycle bin with what it belongs to, or connects:
// there is nothing to delete then, and a restore of the other brings it back. So this process
// remembers it, and takes it away again after such a restore. Terraform destroys it before it
// updates what it depends on, or, where the state does not know that, at any time.

// leaver is such an object. No brake has counted its deletion, so each is asked when it comes back.
type leaver struct {
	*object
	had kind.Values

	mu   sync.Mutex // held while it is taken away
	done bool
}

// comesBack tells whether an object is deleted with its address, and comes back with another that
// has a recycle bin.
func (r *object) comesBack(had kind.Values, m mark) bool {
	if !r.kind.Life.Below() && !r.kind.Life.Link || r.keeps(had, m) != "" {
		return false
	}
	return slices.ContainsFunc(references(r.kind, had), func(end reference) bool {
		return slices.ContainsFunc(end.ref.Kinds, func(name string) bool { k := r.tenant.kinds[name]; return k != nil && k.Life.Bin != "" })
	})
}

// isAway looks whether an object is away: Terraform plans the end of an address before it reads it.
func (r *object) isAway(ctx context.Context, had kind.Values) bool {
	if r.kind.Life.Form != kind.Edge {
		_, where, err := r.tenant.find(ctx, r.kind, had)
		return err == nil && where == away
	}
	keys := r.kind.Identity()
	_, err := r.tenant.edge(ctx, r.kind, had, text(had[keys[len(keys)-1]]))
	if !graph.IsNotFound(err) {
		return false
	}
	where, err := r.tenant.parent(ctx, r.kind, had)
	return err == nil && where == binned
}

// leave remembers what an address stood for that goes while there is nothing to delete. What has
// come back already, in this process, is taken away at once.
func (r *object) leave(ctx context.Context, had kind.Values, m mark) error {
	if !r.comesBack(had, m) {
		return nil
	}
	x := &leaver{object: r, had: had}
	r.tenant.mu.Lock()
	for _, end := range references(r.kind, had) {
		id := strings.ToLower(end.id)
		r.tenant.leavers[id] = append(r.tenant.leavers[id], x)
	}
	r.tenant.mu.Unlock()
	w := writer{Tenant: r.tenant, kind: r.kind}
	if !m.Away || w.cameBack(had) == "" {
		return nil
	}
	return x.end(ctx, true)
}

// endLeavers takes away what came back with an object that was restored a moment ago. Replicas
// that have not heard of that are waited out, bounded for all of them together: see [writer.send].
func (w writer) endLeavers(ctx context.Context, id string) {
	w.mu.Lock()
	all := w.leavers[strings.ToLower(id)]
	w.mu.Unlock()
	began := time.Now()
	for _, x := range all {
		if err := x.end(ctx, time.Since(began) < replication); err != nil && w.warn != nil {
			w.warn(x.title(x.had)+" came back with what it belongs to",
				"It left the code while that was in the recycle bin, and it was not taken away after the restore: "+explain(x.kind, true, err)+" Take it away by hand, or put it back into the code.")
		}
	}
}

// end takes it away. What else it connects may be in the recycle bin yet, so what is not there
// is left to the restore of that.
func (x *leaver) end(ctx context.Context, patient bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return nil
	}
	if err := x.refused(ctx); err != nil {
		return err
	}
	w := writer{Tenant: x.tenant, kind: x.kind}
	if w.kind.Life.Form == kind.Element {
		return w.untilThere(ctx, parentID(w.kind, x.had), func() error {
			if err := w.remove(ctx, x.had); err != nil {
				return err
			}
			_, where, err := w.item(ctx, w.kind, x.had, true)
			if err == nil && where != lost {
				err = errNotThere
			}
			return err
		})
	}
	var involved []string
	if patient {
		involved = w.involved("", x.had)
	}
	at := w.kind.Life.Item(x.had)
	if w.kind.Life.Form == kind.Edge {
		at = w.edgeAt(x.had)
	}
	_, err := w.send(ctx, involved, graph.Request{Method: "DELETE", Path: at})
	if graph.IsReferenceMissing(err) {
		return nil
	}
	if x.done = err == nil; x.done && w.kind.Life.Form == kind.Edge {
		w.disconnected(x.had)
	}
	return err
}

// refused tells why it stays where it came back: what would refuse its deletion.
func (x *leaver) refused(ctx context.Context) error {
	if x.protected(x.had) {
		return errors.New(x.whyProtected(x.had))
	}
	if err := x.stopOnGuards(ctx, x.had, nil, mark{}, true); err != nil {
		return err
	}
	if me := x.tenant.runsAs(ctx); me != nil && x.harm(ctx, me, x.had, nil, true) != "" {
		return errors.New("it is of the identity that runs this, and the rest of the apply may need it")
	}
	if why := x.braked(x.had); why != "" {
		return errors.New(why)
	}
	return nil
}

// warnAway says what the end of an address means while its object is away.
func (r *object) warnAway(ctx context.Context, had kind.Values, m mark, diags *diag.Diagnostics) {
	if r.tenant == nil || diags.HasError() || !r.comesBack(had, m) || !m.Away && !r.isAway(ctx, had) {
		return
	}
	then := "Where this apply restores that, it takes it away again."
	switch {
	case r.protected(had):
		then = "It stays then, because " + r.whyProtected(had) + "."
	case r.tenant.deletes.forbidden:
		then = "It stays then, because allow_destroy is false."
	}
	summary := r.title(had) + " is in the recycle bin with what it belongs to"
	detail := fmt.Sprintf("So there is nothing to delete, and it is only forgotten. A restore of what it belongs to brings it back. %s After any other restore take it away by hand.", then)
	if r.tenant.another() {
		summary, detail = "More "+r.kind.Plural+" that leave the code are in the recycle bin with what they belong to", summary+". "+detail
	}
	diags.AddWarning(summary, detail)
}
