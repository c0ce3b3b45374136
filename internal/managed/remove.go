package managed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// How an object is deleted: what Graph demands first, and who still refers to it.

// errBack says of what a plan took for gone that somebody has restored it since. No brake has
// counted its deletion, and the next plan shows it.
var errBack = errors.New("it is live again since the plan")

// lookAgain looks once more for what a plan took for gone. A replica that had not heard of it
// yet must not leave it in the tenant, where nobody knows it: the mark is corrected, and it is
// deleted. What was in the recycle bin, itself or with what it belongs to, and was restored by
// others, is left to the next plan.
func (r *object) lookAgain(ctx context.Context, had kind.Values, m *mark) error {
	inBin := text(had["deleted_date_time"]) != ""
	w := writer{Tenant: r.tenant, kind: r.kind}
	switch {
	case !gone(had, *m) || m.Purged:
		return nil
	case inBin && w.isWritten(text(had["id"])), m.Away && w.cameBack(had) != "":
		return nil // it came back with what this process restored
	}
	if _, err := r.tenant.check(ctx, m.Tenant); err != nil {
		return err
	}
	where, err := r.lookFor(ctx, had, *m)
	switch {
	case err != nil || where != live:
		return err
	case (inBin || m.Away) && r.keeps(had, *m) != "":
		return nil // it is not deleted with its address, wherever it is
	case inBin || m.Away:
		return errBack
	}
	m.Lost = false
	return nil
}

// backAgain keeps the address of what is live again. Terraform plans the end of an address before
// it reads it, so the state has to say what was found, or each further plan would begin the same.
func (r *object) backAgain(ctx context.Context, had kind.Values, m mark, resp *resource.DeleteResponse) {
	for _, name := range []string{"deleted_date_time", deletedBy} {
		resp.State.Raw = r.logged(resp.State.Raw, name, "", &resp.Diagnostics)
	}
	m.Lost, m.Away, m.Returns, m.Stuck, m.Shut = false, false, false, false, ""
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, m.bytes())...)
	resp.Diagnostics.AddError(r.title(had)+" was not deleted, because it is live again", fmt.Sprintf("When the plan was made it was in the recycle bin, itself or with what it belongs to, so that there was nothing to delete, and neither max_deletes nor allow_destroy nor deletion_protection was asked. "+
		"Somebody has restored it since (id %s). Nothing was changed. Plan again: the next plan deletes it, and says so. To leave it in the tenant and only forget it here, use a removed block with destroy = false, or terraform state rm.", r.kind.ImportID(had)))
}

// lookFor tells where an object is by now that a plan took for gone: first, where it was.
func (r *object) lookFor(ctx context.Context, had kind.Values, m mark) (presence, error) {
	k, t := r.kind, r.tenant
	switch {
	case k.Life.Form == kind.Edge:
		if where, err := t.parent(ctx, k, had); err != nil || where == binned {
			return where, err
		}
		keys := k.Identity()
		there, err := t.edge(ctx, k, had, text(had[keys[len(keys)-1]]))
		if there {
			return live, nil
		}
		if graph.IsNotFound(err) {
			err = nil // with the object that it belongs to
		}
		return lost, err
	case m.Lost:
	case k.Life.OnePage:
		_, where, err := t.findGone(ctx, k, had)
		return where, err
	case k.Life.Bin != "":
		if _, listed := t.listedBin(ctx, k, text(had["id"])); listed {
			return binned, nil
		}
		if _, err := t.get(ctx, k.Life.BinVersion, k.Life.Bin+graph.Path(text(had["id"])), nil); err == nil {
			return binned, nil
		}
	}
	_, where, err := t.findFresh(ctx, k, had)
	return where, err
}

// remove deletes an object. One that is lost or in the recycle bin is gone
// already.
func (w writer) remove(ctx context.Context, had kind.Values) error {
	switch w.kind.Life.Form {
	case kind.Edge:
		return w.disconnect(ctx, had)
	case kind.Element:
		return w.uninsert(ctx, had)
	}
	id := text(had["id"])
	var undo func() error
	if w.kind.Steps != nil {
		body, where, err := w.findFresh(ctx, w.kind, had)
		if err != nil || where != live {
			return err
		}
		if undo, err = w.prepare(ctx, had, body); err != nil {
			return err
		}
	}
	giveBack, err := w.emptied(ctx, had)
	if err != nil {
		if graph.IsNotFound(err) {
			return nil
		}
		return err
	}
	if giveBack != nil {
		undo = giveBack
	}
	err = w.orBeta(w.version(had, nil), func(v graph.Version) error {
		return w.client.Delete(ctx, v, w.at(had, id))
	})
	if graph.IsForbidden(err) { // SP3: said of a service principal that went with its application, too
		if _, where, findErr := w.findFresh(ctx, w.kind, had); findErr == nil && where != live {
			err = nil
		}
	}
	if err == nil || graph.IsNotFound(err) {
		w.deleted(id, text(had["app_id"]))
		return nil
	}
	if undo != nil {
		if undoErr := undo(); undoErr != nil {
			err = fmt.Errorf("%w. Before that it was changed so that it could be deleted, and it could not be changed back: %w", err, undoErr)
		}
	}
	if by := w.referrers(ctx, id, false); by != "" {
		return fmt.Errorf("%w. %s", err, stillUsed(by))
	}
	if by := w.referrers(ctx, id, true); by != "" {
		return fmt.Errorf("%w. %s in the recycle bin can be restored only while it exists. Delete that permanently in the admin center, or wait until it has left the recycle bin after 30 days", err, by)
	}
	return err
}

// prepare changes what Graph demands before a deletion, and returns how to take
// that back. What is still referred to is not touched: its deletion would be
// refused.
func (w writer) prepare(ctx context.Context, had kind.Values, body kind.Body) (undo func() error, err error) {
	id := text(had["id"])
	steps := w.kind.Steps(body, nil)
	if len(steps) == 0 {
		return nil, nil
	}
	if w.kind.Life.Referred {
		if by := w.referrers(ctx, id, false); by != "" {
			return nil, errors.New(stillUsed(by) + ". Nothing was changed")
		}
	}
	values, _ := w.kind.Decode(body)
	version, was := w.version(values, nil), kind.Body{}
	for _, step := range steps {
		if err := w.patch(ctx, values, id, version, step); err != nil {
			return nil, fmt.Errorf("could not prepare the deletion: %w", err)
		}
		for property := range step {
			was[property] = body[property]
		}
	}
	return func() error { return w.patch(ctx, values, id, version, was) }, nil
}

// stillUsed explains a deletion that Graph refuses. Terraform deletes before it
// updates what refers to the object, unless the state says
// create_before_destroy, which an apply that only imports does not write.
func stillUsed(by string) string {
	return "It is still used by " + by + ": change those first. If this configuration takes the reference out as well, " +
		"Terraform came here too early, because its state does not know create_before_destroy yet: " +
		"apply what refers to it first (terraform apply -target=ADDRESS), then the rest"
}

// referrers names the listed objects that refer to id, live or in the recycle
// bin, for the message of a refused deletion; "" when none is found.
func (w writer) referrers(ctx context.Context, id string, inBin bool) string {
	var names []string
	for _, k := range w.kinds {
		version, path := k.Life.ReadFrom, k.Life.Path
		if inBin {
			version, path = k.Life.BinVersion, k.Life.BinList
		}
		if !k.Life.OnePage || !k.Managed() || path == "" {
			continue
		}
		err := w.client.List(ctx, graph.Version(version), path, nil, func(b kind.Body) error {
			v, _ := k.Decode(b)
			k.References(v, func(_ string, _ *kind.Attr, _ *kind.Ref, to string) {
				if strings.EqualFold(to, id) {
					names = append(names, fmt.Sprintf("%s %q", k.Title, text(v[k.Label])))
				}
			})
			return nil
		})
		if err != nil {
			return ""
		}
	}
	return strings.Join(names, ", ")
}
