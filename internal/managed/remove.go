package managed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// How an object is deleted: what Graph demands first, and who still refers to it.

// lookAgain corrects the mark of an object that a refresh did not find: a replica that had not
// heard of it yet must not leave it in the tenant, where nobody knows it.
func (r *object) lookAgain(ctx context.Context, had kind.Values, m *mark) error {
	if !m.Lost || m.Purged {
		return nil
	}
	if _, err := r.tenant.check(ctx, m.Tenant); err != nil {
		return err
	}
	if r.kind.Life.Form == kind.Edge {
		keys := r.kind.Identity()
		there, err := r.tenant.edge(ctx, r.kind, had, text(had[keys[len(keys)-1]]))
		if m.Lost = !there; graph.IsNotFound(err) {
			err = nil // with the object that it belongs to
		}
		return err
	}
	_, where, err := r.tenant.findFresh(ctx, r.kind, had)
	m.Lost = where != live
	return err
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
