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
// and returns what it took, by attribute. The maker, whom Graph may add by itself,
// is not among them: who is named twice is refused (G4).
func (w writer) bind(body kind.Body, want kind.Values, maker string) map[string][]string {
	bound, left := map[string][]string{}, bindLimit
	for _, a := range w.kind.Relations() {
		ids, _ := want[a.Name].([]string)
		if a.Maker {
			ids = without(ids, []string{maker})
		}
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

// maker is the signed-in person whom Graph may make an owner of what is created; "" for
// an application that acts for itself, and where nobody becomes that.
func (w writer) maker(ctx context.Context) (string, error) {
	for _, a := range w.kind.Relations() {
		if !a.Maker {
			continue
		}
		who, err := w.client.Identity(ctx)
		if err != nil || !who.Known || who.Application {
			return "", err
		}
		return strings.ToLower(who.ObjectID), nil
	}
	return "", nil
}

// withMaker adds to what was bound in a POST what Graph has added by itself, where the
// code owns the relation and does not list its maker. Whether Graph adds anybody depends on
// the object and on the maker's roles (G3, P13), so it is asked; others cost no request.
func (w writer) withMaker(ctx context.Context, want kind.Values, id, maker string, bound map[string][]string) error {
	for _, a := range w.kind.Relations() {
		ids, owned := want[a.Name].([]string)
		if !a.Maker || maker == "" || !owned || a.ModeIn(want) != kind.Exact || slices.Contains(ids, maker) {
			continue
		}
		err := w.untilThere(ctx, id, func() error {
			live, err := w.related(ctx, w.kind, w.self(want, id), &a)
			if slices.Contains(live, maker) {
				bound[a.Name] = append(slices.Clone(bound[a.Name]), maker)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("could not read its %s: %w", a.Name, err)
		}
	}
	return nil
}

// link is the address by which a relation names an object.
func (t *Tenant) link(id string) string {
	return t.client.Endpoint() + "/v1.0/directoryObjects" + graph.Path(id)
}

// relate makes the owned relations what is wanted: first added, then removed,
// so that a group never loses its last owner on the way. had holds what is
// known of them, see links; bound was made with the object, nil when that
// exists already; restored tells that it came out of the recycle bin a moment ago.
func (w writer) relate(ctx context.Context, want kind.Values, id string, had kind.Values, bound map[string][]string, restored bool) error {
	for _, a := range w.kind.Relations() {
		ids, owned := want[a.Name].([]string)
		mode := w.mode(&a, want)
		if mode == kind.OnCreate && bound == nil {
			ids = w.again(&a, ids)
		}
		if !owned {
			continue
		}
		before, _ := had[a.Name].([]string)
		if bound != nil {
			before = bound[a.Name]
		}
		fresh := without(ids, before)
		done := w.addTogether(ctx, want, id, &a, fresh)
		for _, other := range done {
			w.noteMember(&a, id, other, true)
		}
		for _, other := range without(fresh, done) {
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
		for _, other := range before {
			if mode == kind.Exact && !slices.Contains(ids, other) {
				end := w.drop
				if bound != nil || restored && a.Far == "" {
					end = w.letGo
				}
				err := end(ctx, want, id, &a, other)
				if bound != nil && graph.IsLastOwner(err) { // as an error it would have the new object made once more
					w.keep(&a, other)
					continue
				}
				if err != nil {
					return fmt.Errorf("could not remove %s from its %s: %w", other, a.Name, err)
				}
				w.noteMember(&a, id, other, false)
			}
		}
	}
	return nil
}

// addTogether makes as many links as it can in few requests, and returns the ends for which
// that worked. What is left, whatever the reason, is added one by one, which tells it.
func (w writer) addTogether(ctx context.Context, want kind.Values, id string, a *kind.Attr, ids []string) (done []string) {
	if len(ids) < 2 || a.Far != "" {
		return nil
	}
	if a.Bind && a.Belongs { // https://learn.microsoft.com/graph/api/group-post-members
		for chunk := range slices.Chunk(ids, bindLimit) {
			urls := make([]any, len(chunk))
			for i, other := range chunk {
				urls[i] = w.link(other)
			}
			bind := graph.Request{Method: "PATCH", Path: w.at(want, id), Body: graph.Body{a.Property + "@odata.bind": urls}}
			_, err := w.send(ctx, append([]string{id}, chunk...), bind)
			if err != nil && !graph.IsBadRequest(err) && !graph.IsNotFound(err) {
				return done // it would be so for the rest
			}
			if err == nil {
				done = append(done, chunk...)
			}
		}
		return done
	}
	parts := make([]graph.Request, len(ids))
	for i, other := range ids {
		parts[i] = graph.Request{Method: "POST", Path: w.at(want, id) + "/" + a.Property + "/$ref", Body: graph.Body{"@odata.id": w.link(other)}, Idempotent: true}
	}
	results, _ := w.client.Batch(ctx, graph.V1, parts)
	for i, r := range results {
		if r.Response != nil || graph.IsReferenceExists(r.Err) {
			done = append(done, ids[i])
		}
	}
	return done
}

// absent returns those of ids, object or client ids, that nothing in the directory
// has. What this process wrote is not asked for: a lagging replica would deny it.
func (t *Tenant) absent(ctx context.Context, ids []string) ([]string, error) {
	var open []string
	for _, id := range ids {
		if kind.IsGUID(id) && !t.isThere(id) {
			open = append(open, strings.ToLower(id))
		}
	}
	open = unique(open)
	if err := t.findDirectory(ctx, open); err != nil {
		return nil, err
	}
	open = slices.DeleteFunc(open, t.isThere)
	if len(open) == 0 {
		return nil, nil
	}
	if err := t.findApps(ctx, open); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(open, t.isThere), nil
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

// linkOne makes the link to one other object what is wanted. To one that does not exist
// there can be none, which must not keep the object from coming back.
func (w writer) linkOne(ctx context.Context, had, want kind.Values, id string) error {
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		before, after := text(had[a.Name]), text(want[a.Name])
		if a.Channel != kind.Link || before == after {
			continue
		}
		at := graph.Request{Method: "DELETE", Path: w.at(want, id) + "/" + a.Property + "/$ref"}
		if after != "" {
			at.Method, at.Body = "PUT", graph.Body{"@odata.id": w.link(after)}
		}
		_, err := w.send(ctx, []string{id, after}, at)
		if err != nil && after != "" && notYet(err) {
			if dead, findErr := w.absent(ctx, []string{after}); findErr == nil && len(dead) > 0 {
				w.leave(a, after)
				continue
			}
		}
		if err != nil && !(after == "" && graph.IsNotFound(err)) {
			return fmt.Errorf("could not change its %s: %w", a.Name, err)
		}
		w.written(id)
	}
	return nil
}

// leave notes the end of a relation that does not exist.
func (w writer) leave(a *kind.Attr, id string) {
	if w.note != nil {
		w.note.left = append(w.note.left, reference{a.Name, a.Ref, id})
	}
}

// keep notes the end of a relation that Graph does not let go.
func (w writer) keep(a *kind.Attr, id string) {
	if w.note != nil {
		w.note.kept = append(w.note.kept, reference{a.Name, a.Ref, id})
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

// letGo removes a relation with which a new object was made, or an old one came back: a
// replica that does not have it yet is waited out, and its 404 is no proof that the relation ended.
func (w writer) letGo(ctx context.Context, want kind.Values, id string, a *kind.Attr, other string) error {
	_, err := w.send(ctx, []string{id, other}, graph.Request{Method: "DELETE", Path: w.at(want, id) + "/" + a.Property + graph.Path(other) + "/$ref"})
	if graph.IsReferenceMissing(err) {
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
	w.forget(w.kind.Life.Expand(want))
	w.guard.join(ids[0], ids[len(ids)-1], true)
	return kind.Values{"id": strings.Join(ids, "/")}, nil
}

// disconnect ends an edge; with its parent gone there is nothing to end.
func (w writer) disconnect(ctx context.Context, had kind.Values) error {
	keys := w.kind.Identity()
	err := w.removeRef(ctx, w.kind.Life.Expand(had), text(had[keys[len(keys)-1]]))
	if err != nil {
		w.forget(w.kind.Life.Expand(had))
		return err
	}
	w.disconnected(had)
	return nil
}

// disconnected notes that an edge has ended.
func (w writer) disconnected(had kind.Values) {
	keys := w.kind.Identity()
	w.forget(w.kind.Life.Expand(had))
	w.guard.join(text(had[keys[0]]), text(had[keys[len(keys)-1]]), false)
}

// edgeAt is the address of an edge.
func (w writer) edgeAt(v kind.Values) string {
	keys := w.kind.Identity()
	return w.kind.Life.Expand(v) + graph.Path(text(v[keys[len(keys)-1]])) + "/$ref"
}
