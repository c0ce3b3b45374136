package managed

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Objects of which there is one for each value of an attribute, such as the one
// service principal of an application (SP2): one that exists is taken over where
// another would be made, and one in the recycle bin is restored.

// taking tells what became of a creation that made nothing new.
type taking struct {
	over     bool // it was live, and is not Terraform's own
	restored bool // it came from the recycle bin
}

// onlyOne returns the object that want would be the second of, and where it is.
func (t *Tenant) onlyOne(ctx context.Context, k *kind.Kind, want kind.Values) (kind.Body, presence, error) {
	a := k.Attr(k.Life.OneFor)
	value := text(want[a.Name])
	if value == "" {
		return nil, lost, nil
	}
	query := map[string]string{"$filter": equals(a.Property, value)}
	var found kind.Body
	keep := func(b kind.Body) error { found = b; return nil }
	if err := t.client.List(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path, query, keep); err != nil || found != nil {
		return found, live, err
	}
	if k.Life.BinList == "" {
		return nil, lost, nil
	}
	if err := t.client.List(ctx, graph.Version(k.Life.BinVersion), k.Life.BinList, query, keep); err != nil {
		return nil, lost, fmt.Errorf("whether the recycle bin holds the %s of %s %s could not be found out: %w", k.Title, a.Name, value, err)
	}
	return found, binned, nil
}

// takeOver makes the object that exists already what is wanted; false when there is none.
func (w writer) takeOver(ctx context.Context, want kind.Values) (kind.Values, bool, error) {
	body, where, err := w.onlyOne(ctx, w.kind, want)
	if err != nil || body == nil {
		return nil, false, err
	}
	got := w.serverMade(body)
	if where == binned {
		if err := w.restore(ctx, got); err != nil {
			return nil, true, err
		}
		w.take.restored = true
		delete(got, "deleted_date_time")
		if body, where, err = w.findWritten(ctx, got); err == nil && where != live {
			err = errNotThere
		}
		if err != nil {
			return got, true, fmt.Errorf("it was restored from the recycle bin, and could not be read then: %w", err)
		}
	}
	w.written(text(got["id"]))
	w.take.over = !w.take.restored
	had, asked := w.asked(body, want)
	return got, true, w.bring(ctx, had, asked, false)
}

// takeSecond takes over the object that was not found although it exists, as Graph
// says with refusal: it is new, and has not arrived at the replica that was asked.
func (w writer) takeSecond(ctx context.Context, want kind.Values, refusal error) (kind.Values, error) {
	if w.kind.Life.OneFor == "" || !graph.HasCode(refusal, "Request_MultipleObjectsWithSameKeyValue") {
		return nil, refusal
	}
	return backoff.Retry(ctx, func() (kind.Values, error) {
		got, found, err := w.takeOver(ctx, want)
		if err != nil {
			return got, backoff.Permanent(err)
		}
		if !found {
			return nil, refusal
		}
		return got, nil
	}, backoff.WithBackOff(backoff.NewExponentialBackOff()), backoff.WithMaxElapsedTime(replication))
}

// undoInherited changes what Graph gave a new object otherwise than wanted: the tags
// of its application (SP4).
func (w writer) undoInherited(ctx context.Context, answer kind.Body, want kind.Values) error {
	if w.kind.Life.OneFor == "" {
		return nil
	}
	had, asked := w.asked(answer, want)
	patch := wire.Patch(w.kind, had, asked, answer, "")
	if patch == nil {
		return nil
	}
	return w.patch(ctx, want, text(had["id"]), w.version(had, asked), patch)
}

// asked returns what an object is and what it is to be: as wanted, and as it is where
// that is left to Graph.
func (w writer) asked(body kind.Body, want kind.Values) (had, asked kind.Values) {
	had, _ = w.kind.Decode(body)
	had["id"] = text(body["id"])
	asked = maps.Clone(want)
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		if _, said := want[a.Name]; a.Mode == kind.Server && !said {
			asked[a.Name] = had[a.Name]
		}
	}
	return had, asked
}

// serverMade are the id and what else Graph makes, from the body of an object.
func (w writer) serverMade(body kind.Body) kind.Values {
	made, _ := w.kind.Decode(body)
	got := kind.Values{"id": text(body["id"])}
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		if value, set := made[a.Name]; set && (a.Mode == kind.Computed || a.MakesID) {
			got[a.Name] = value
		}
	}
	if app := text(body["appId"]); w.kind.Attr("app_id") != nil && app != "" {
		got["app_id"] = app
	}
	return got
}

// restoreFirst brings back the object without which this one cannot be restored:
// the application of a service principal. Either address may come first.
func (w writer) restoreFirst(ctx context.Context, appID string) error {
	for _, other := range w.kinds {
		if other.Life.Cascade == w.kind.Name && appID != "" {
			if err := w.takeBackOf(ctx, other, appID); err != nil {
				return fmt.Errorf("it goes with its %s: %w", other.Title, err)
			}
		}
	}
	return nil
}

// superseded tells whether a binned object can never be restored: another is live
// in its place, or what it goes with was deleted permanently.
func (t *Tenant) superseded(ctx context.Context, k *kind.Kind, body kind.Body) (bool, error) {
	if k.Life.OneFor == "" {
		return false, nil
	}
	a := k.Attr(k.Life.OneFor)
	query := map[string]string{"$filter": equals(a.Property, text(body[a.Property]))}
	any := false
	found := func(kind.Body) error { any = true; return nil }
	if err := t.client.List(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path, query, found); err != nil || any {
		return any, err
	}
	tenant, err := t.client.TenantID(ctx)
	if err != nil || text(body["appOwnerOrganizationId"]) != tenant {
		return false, err
	}
	for _, other := range t.kinds {
		if other.Life.Cascade != k.Name {
			continue
		}
		err := t.client.List(ctx, graph.Version(other.Life.ReadFrom), other.Life.Path, query, found)
		if err == nil && !any {
			err = t.client.List(ctx, graph.Version(other.Life.BinVersion), other.Life.BinList, query, found)
		}
		return !any, err
	}
	return false, nil
}

// checkOneFor warns at plan of an object that would be taken over, and stops a
// change of what it is the one for, unless the user accepts another object.
func (r *object) checkOneFor(ctx context.Context, prior, want kind.Values, m mark, resp *resource.ModifyPlanResponse) {
	name := r.kind.Life.OneFor
	if name == "" {
		return
	}
	id := text(prior["id"])
	if id == "" || m.anew() {
		r.announce(ctx, want, &resp.Diagnostics)
		return
	}
	// In the process that applies an id that was not known before has come to be known.
	if before, after := text(prior[name]), text(want[name]); r.tenant.plans(r.kind, id) && after != "" && after != before && want["allow_replacement"] != true {
		resp.Diagnostics.AddAttributeError(path.Root(name), fmt.Sprintf("%s cannot be changed in %s", name, r.name(prior)),
			fmt.Sprintf("Another %s means another %s with a new id: what refers to %s outside this configuration would break, and what was granted to it would be lost. Set allow_replacement = true to accept that, or put %s back.",
				name, r.kind.Title, id, name))
	}
}

// announce says that an object exists which an apply takes over or restores.
func (r *object) announce(ctx context.Context, want kind.Values, diags *diag.Diagnostics) {
	body, where, err := r.tenant.onlyOne(ctx, r.kind, want)
	if err != nil || body == nil {
		return // the apply looks again, and tells
	}
	of := fmt.Sprintf("The %s with the %s %s, %q, has the id %s", r.kind.Title, r.kind.Life.OneFor, text(want[r.kind.Life.OneFor]), text(body["displayName"]), text(body["id"]))
	if where == binned {
		diags.AddWarning(r.title(want)+" is in the recycle bin", of+" and was deleted at "+text(body["deletedDateTime"])+". Apply restores it, with all that it was granted.")
		return
	}
	diags.AddWarning(r.title(want)+" exists already", of+". There is one at most, so apply takes it over and writes what this configuration says of it. A later destroy only forgets it.")
}

// keeps tells why an object is not deleted with its address.
func (r *object) keeps(had kind.Values, m mark) string {
	if r.kind.Kept != nil {
		if why := r.kind.Kept(had); why != "" {
			return why
		}
	}
	if m.Taken {
		return "it existed before this configuration took it over, so others may depend on it. Delete it by hand where it is not needed"
	}
	return ""
}

// takeBackOf restores what of a kind has the app id and lies in the recycle bin: of two that
// followed each other the later one, since there is one at most.
func (w writer) takeBackOf(ctx context.Context, other *kind.Kind, appID string) error {
	id, deleted := "", time.Time{}
	err := w.client.List(ctx, graph.Version(other.Life.BinVersion), other.Life.BinList, map[string]string{"$filter": equals("appId", appID)}, func(b kind.Body) error {
		if at, _ := time.Parse(time.RFC3339, text(b["deletedDateTime"])); id == "" || at.After(deleted) {
			id, deleted = text(b["id"]), at
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("its %s could not be looked for in the recycle bin: %w", other.Title, err)
	}
	if id == "" {
		return nil
	}
	err = w.takeBack(ctx, other, id, []string{appID})
	if err != nil && !graph.IsNotFound(err) {
		return fmt.Errorf("its %s %s could not be restored: %w", other.Title, id, err)
	}
	if err == nil && w.note != nil {
		w.note.with = append(w.note.with, companion{other, id})
	}
	w.written(id, appID)
	w.guard.freshen(id)
	w.endLeavers(ctx, id)
	return nil
}
