package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// bindLimit is how many relations one request may bind.
// https://learn.microsoft.com/graph/api/group-post-groups
const bindLimit = 20

// bind puts as many relations into the body of a POST as one request takes,
// and returns what it took, by attribute.
func (w writer) bind(body kind.Body, want kind.Values) map[string][]string {
	bound, left := map[string][]string{}, bindLimit
	for _, a := range w.kind.Relations() {
		ids, _ := want[a.Name].([]string)
		if !a.Bind || len(ids) == 0 {
			continue
		}
		n := min(left, len(ids))
		urls := make([]any, 0, n)
		for _, id := range ids[:n] {
			urls = append(urls, w.link(id))
		}
		if n > 0 {
			body[a.Property+"@odata.bind"] = urls
			bound[a.Name] = ids[:n]
			left -= n
		}
	}
	return bound
}

// link is the address by which a relation names an object.
func (t *Tenant) link(id string) string {
	return t.client.Endpoint() + "/v1.0/directoryObjects" + graph.Path(id)
}

// relate makes the owned relations what is wanted: first added, then removed,
// so that a group never loses its last owner on the way. had holds what is
// known of them, nil when Graph must be asked; bound was made with the object.
func (w writer) relate(ctx context.Context, want kind.Values, id string, had kind.Values, bound map[string][]string) error {
	for _, a := range w.kind.Relations() {
		ids, owned := want[a.Name].([]string)
		if !owned {
			continue
		}
		before, known := had[a.Name].([]string)
		if bound != nil {
			before, known = bound[a.Name], true
		}
		if !known {
			var err error
			if before, err = w.related(ctx, w.kind, id, &a); err != nil {
				return fmt.Errorf("could not read its %s: %w", a.Name, err)
			}
		}
		path := objectPath(w.kind, id) + "/" + a.Property
		for _, other := range ids {
			if !slices.Contains(before, other) {
				if err := w.addRef(ctx, path, other); err != nil {
					return fmt.Errorf("could not add %s to its %s: %w", other, a.Name, err)
				}
			}
		}
		for _, other := range before {
			if !slices.Contains(ids, other) {
				if err := w.removeRef(ctx, path, other); err != nil {
					return fmt.Errorf("could not remove %s from its %s: %w", other, a.Name, err)
				}
			}
		}
	}
	return nil
}

// addRef adds one relation; one that exists already is as good.
func (w writer) addRef(ctx context.Context, path, id string) error {
	_, err := w.send(ctx, kind.Values{}, graph.Request{
		Method: "POST", Path: path + "/$ref", Body: graph.Body{"@odata.id": w.link(id)}, Idempotent: true,
	})
	if graph.IsReferenceExists(err) {
		return nil
	}
	return err
}

// removeRef removes one relation; one that is gone already is as good.
func (w writer) removeRef(ctx context.Context, path, id string) error {
	err := w.client.Delete(ctx, graph.V1, path+graph.Path(id)+"/$ref")
	if graph.IsNotFound(err) || graph.IsReferenceMissing(err) {
		return nil
	}
	return err
}

// connect makes an edge.
func (w writer) connect(ctx context.Context, want kind.Values) (kind.Values, error) {
	keys := edgeKeys(w.kind)
	ids := make([]string, 0, len(keys))
	for _, name := range keys {
		ids = append(ids, text(want[name]))
	}
	if err := w.addRef(ctx, w.kind.Life.Expand(want), ids[len(ids)-1]); err != nil {
		return nil, err
	}
	return kind.Values{"id": strings.Join(ids, "/")}, nil
}

// disconnect ends an edge; with its parent gone there is nothing to end.
func (w writer) disconnect(ctx context.Context, had kind.Values) error {
	keys := edgeKeys(w.kind)
	return w.removeRef(ctx, w.kind.Life.Expand(had), text(had[keys[len(keys)-1]]))
}
