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
// known of them, see links; bound was made with the object, nil when that
// exists already.
func (w writer) relate(ctx context.Context, want kind.Values, id string, had kind.Values, bound map[string][]string) error {
	for _, a := range w.kind.Relations() {
		ids, owned := want[a.Name].([]string)
		mode := w.mode(&a, want)
		if !owned || mode == kind.OnCreate && bound == nil {
			continue
		}
		before, _ := had[a.Name].([]string)
		if bound != nil {
			before = bound[a.Name]
		}
		for _, other := range ids {
			if !slices.Contains(before, other) {
				err := w.add(ctx, want, id, &a, other)
				if err != nil && notYet(err) {
					if dead, findErr := w.absent(ctx, []string{other}); findErr == nil && len(dead) > 0 {
						w.leave(&a, other)
						continue
					}
				}
				if err != nil {
					return fmt.Errorf("could not add %s to its %s: %w", other, a.Name, err)
				}
				w.noteMember(&a, id, other, true)
			}
		}
		for _, other := range before {
			if mode == kind.Exact && !slices.Contains(ids, other) {
				if err := w.drop(ctx, want, id, &a, other); err != nil {
					return fmt.Errorf("could not remove %s from its %s: %w", other, a.Name, err)
				}
				w.noteMember(&a, id, other, false)
			}
		}
	}
	return nil
}

// absent returns those of ids, object or client ids, that nothing in the directory
// has. What this process wrote is not asked for: a lagging replica would deny it.
func (t *Tenant) absent(ctx context.Context, ids []string) ([]string, error) {
	var open []string
	for _, id := range ids {
		if kind.IsGUID(id) && !t.found(strings.ToLower(id)) && !t.isWritten(id) {
			open = append(open, strings.ToLower(id))
		}
	}
	open = unique(open)
	if err := t.findDirectory(ctx, open); err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, t.found)
	if len(open) == 0 {
		return nil, nil
	}
	if err := t.findApps(ctx, open); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(open, t.found), nil
}

// dropDead takes out of a POST the ends of relations that do not exist, after
// Graph refused it with refusal. One member that left must not keep a whole
// group, and all that refers to it, from coming back.
func (w writer) dropDead(ctx context.Context, body kind.Body, bound map[string][]string, refusal error) (bool, error) {
	dropped := false
	for _, a := range w.kind.Relations() {
		dead, err := w.absent(ctx, bound[a.Name])
		if err != nil {
			return false, fmt.Errorf("%w. Which of its %s do not exist could not be found out: %w", refusal, a.Name, err)
		}
		var urls []any
		for _, id := range bound[a.Name] {
			if slices.Contains(dead, id) {
				w.leave(&a, id)
				dropped = true
				continue
			}
			urls = append(urls, w.link(id))
		}
		if delete(body, a.Property+"@odata.bind"); len(urls) > 0 {
			body[a.Property+"@odata.bind"] = urls
		}
	}
	return dropped, refusal
}

// leave notes the end of a relation that does not exist.
func (w writer) leave(a *kind.Attr, id string) {
	if w.left != nil {
		*w.left = append(*w.left, reference{a.Name, a.Ref, id})
	}
}

// addRef adds one relation of the object id; one that exists already is as good.
func (w writer) addRef(ctx context.Context, path, id, other string) error {
	_, err := w.send(ctx, []string{id, other}, graph.Request{
		Method: "POST", Path: path + "/$ref", Body: graph.Body{"@odata.id": w.link(other)}, Idempotent: true,
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
	keys := w.kind.Identity()
	ids := make([]string, 0, len(keys))
	for _, name := range keys {
		ids = append(ids, text(want[name]))
	}
	if err := w.addRef(ctx, w.kind.Life.Expand(want), ids[0], ids[len(ids)-1]); err != nil {
		return nil, err
	}
	w.guard.join(ids[0], ids[len(ids)-1], true)
	return kind.Values{"id": strings.Join(ids, "/")}, nil
}

// disconnect ends an edge; with its parent gone there is nothing to end.
func (w writer) disconnect(ctx context.Context, had kind.Values) error {
	keys := w.kind.Identity()
	err := w.removeRef(ctx, w.kind.Life.Expand(had), text(had[keys[len(keys)-1]]))
	if err == nil {
		w.guard.join(text(had[keys[0]]), text(had[keys[len(keys)-1]]), false)
	}
	return err
}
