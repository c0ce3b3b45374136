package export

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/backup"
	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// source is where objects come from: a tenant or an archive.
type source interface {
	tenantID(ctx context.Context) (string, error)
	// list hands over the objects of a kind, one after the other; each may keep a body
	// or change it. fresh is called before the first one, and again where all begins anew.
	list(ctx context.Context, k *kind.Kind, fresh func(), each func(kind.Body) error) error
	// related returns the ids at the other end of a relation for each of ids;
	// a missing entry means that nothing is known. called names an object.
	related(ctx context.Context, k *kind.Kind, ids []string, a *kind.Attr, called func(id string) string) (map[string][]string, error)
	// below returns the objects of a kind that belong to each of owners.
	below(ctx context.Context, k *kind.Kind, owners []string) (map[string][]kind.Body, error)
	// selected hands over objects with the properties named, which a listing leaves out;
	// there may be others than those of ids among them.
	selected(ctx context.Context, k *kind.Kind, ids, properties []string, each func(id string, b kind.Body)) error
	// activated returns for each of ids who is there only because an activation
	// is running; a missing entry means that Graph does not say.
	activated(ctx context.Context, x *kind.Activation, ids []string) (map[string]graph.Activated, error)
	// byID returns directory objects with their @odata.type, by id.
	byID(ctx context.Context, ids []string) (map[string]kind.Body, error)
	// byAppID returns service principals by client id.
	byAppID(ctx context.Context, ids []string) (map[string]kind.Body, error)
	// binned returns those of ids that are in the directory's recycle bin.
	binned(ctx context.Context, ids []string) (map[string]kind.Body, error)
}

// live is a tenant.
type live struct {
	client  *graph.Client
	answers *Answers // of an earlier run, too; nil where none are written down
}

func (s live) tenantID(ctx context.Context) (string, error) { return s.client.TenantID(ctx) }

// all returns the objects of a kind of which there are few.
func all(ctx context.Context, s source, k *kind.Kind) (out []kind.Body, err error) {
	err = s.list(ctx, k, func() { out = nil }, func(b kind.Body) error {
		out = append(out, b)
		return nil
	})
	return out, err
}

// pages lists a collection. Where it broke off in an earlier run and the link to its next
// page has expired, it is read anew.
func (s live) pages(ctx context.Context, v graph.Version, path string, query map[string]string, fresh func(), each func(kind.Body) error) error {
	for {
		fresh()
		err := s.client.List(ctx, v, path, query, each)
		if !graph.HasCode(err, expiredPage) || !s.answers.forget(string(v), path) {
			return err
		}
	}
}

// lists is pages for many collections.
func (s live) lists(ctx context.Context, v graph.Version, parts []graph.Request) ([]graph.Listed, error) {
	out, err := s.client.Lists(ctx, v, parts)
	for i := range out {
		if graph.HasCode(out[i].Err, expiredPage) && s.answers.forget(string(v), parts[i].Path) {
			again, err := s.client.Lists(ctx, v, parts[i:i+1])
			if err != nil {
				return nil, err
			}
			out[i] = again[0]
		}
	}
	return out, err
}

// expiredPage is what Graph answers where too much time passed between two pages.
const expiredPage = "Directory_ExpiredPageToken"

func (s live) list(ctx context.Context, k *kind.Kind, fresh func(), each func(kind.Body) error) error {
	query := map[string]string{"$top": "999"}
	if k.Life.OnePage {
		query = nil
	} else if link := k.Expand(); link != "" {
		query["$expand"] = link
	}
	unlisted, err := s.unlisted(ctx, k, query)
	refused := error(nil) // by who asked
	if err == nil {
		err = s.pages(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path, query, fresh, func(b kind.Body) error {
			maps.Copy(b, unlisted[str(b["id"])])
			refused = each(b)
			return refused
		})
	}
	if err != nil && refused == nil {
		return granting(fmt.Errorf("could not list %s: %w", k.Plural, err), k.Read...)
	}
	return err
}

// unlisted returns by id what Graph leaves out of an answer unless $select names it. It is
// a listing of its own, because one with $select leaves out what the table does not know,
// and an export names that.
func (s live) unlisted(ctx context.Context, k *kind.Kind, query map[string]string) (map[string]kind.Body, error) {
	properties := k.Unlisted()
	if len(properties) == 0 {
		return nil, nil
	}
	query = maps.Clone(query)
	if query == nil {
		query = map[string]string{}
	}
	delete(query, "$expand")
	query["$select"] = "id," + strings.Join(properties, ",")
	out := map[string]kind.Body{}
	return out, s.pages(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path, query, func() {}, func(b kind.Body) error {
		said := kind.Body{}
		for _, property := range properties {
			if b[property] != nil {
				said[property] = b[property]
			}
		}
		if len(said) > 0 {
			out[str(b["id"])] = said
		}
		return nil
	})
}

// granting says which permissions an answer of 403 asks for.
func granting(err error, permissions ...string) error {
	if !graph.IsForbidden(err) {
		return err
	}
	return fmt.Errorf("%w. Grant the application %s with admin consent", err, strings.Join(permissions, ", "))
}

func (s live) below(ctx context.Context, k *kind.Kind, owners []string) (map[string][]kind.Body, error) {
	name := k.Life.Placeholders()[0]
	parts := make([]graph.Request, 0, len(owners))
	for _, id := range owners {
		parts = append(parts, graph.Request{Method: "GET", Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Expand(kind.Values{name: id})})
	}
	lists, err := s.lists(ctx, graph.Version(k.Life.ReadFrom), parts)
	if err != nil {
		return nil, fmt.Errorf("could not list %s: %w", k.Plural, err)
	}
	out := map[string][]kind.Body{}
	for i, l := range lists {
		switch {
		case graph.IsNotFound(l.Err):
			continue // its owner went since it was listed
		case l.Err != nil:
			return nil, granting(fmt.Errorf("could not list %s of %s: %w", k.Plural, owners[i], l.Err), k.Read...)
		}
		out[owners[i]] = l.Rows
	}
	return out, nil
}

// listed is how many objects are read one by one at most.
const listed = 40

func (s live) selected(ctx context.Context, k *kind.Kind, ids, properties []string, each func(id string, b kind.Body)) error {
	query := map[string]string{"$select": strings.Join(properties, ",")}
	if len(ids) > listed && !k.Life.Below() { // a listing is cheaper
		query["$select"], query["$top"] = "id,"+query["$select"], "999"
		err := s.pages(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path, query, func() {}, func(b kind.Body) error {
			each(k.Life.ID(str(b["id"])), b)
			return nil
		})
		if err != nil {
			return granting(fmt.Errorf("could not read %s of %s: %w", strings.Join(properties, ", "), k.Plural, err), k.Read...)
		}
		return nil
	}
	parts := make([]graph.Request, 0, len(ids))
	for _, id := range ids {
		parts = append(parts, graph.Request{Method: "GET", Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Path + graph.Path(id), Query: query})
	}
	results, err := s.client.Batch(ctx, graph.Version(k.Life.ReadFrom), parts)
	if err != nil {
		return fmt.Errorf("could not read %s: %w", k.Plural, err)
	}
	for i, r := range results {
		switch {
		case graph.IsNotFound(r.Err):
		case r.Err != nil:
			return granting(fmt.Errorf("could not read %s of the %s %s: %w", strings.Join(properties, ", "), k.Title, ids[i], r.Err), k.Read...)
		default:
			each(ids[i], r.Response.Body)
		}
	}
	return nil
}

func (s live) related(ctx context.Context, k *kind.Kind, ids []string, a *kind.Attr, called func(id string) string) (map[string][]string, error) {
	parts := make([]graph.Request, 0, len(ids))
	for _, id := range ids {
		parts = append(parts, graph.Request{Method: "GET", Path: k.Life.Path + graph.Path(id) + "/" + a.Property, Query: map[string]string{"$select": "id", "$top": "999"}})
	}
	lists, err := s.lists(ctx, graph.V1, parts)
	if err != nil {
		return nil, fmt.Errorf("could not read %s of %s: %w", a.Name, k.Plural, err)
	}
	out := map[string][]string{}
	for i, l := range lists {
		if l.Err != nil {
			return nil, granting(fmt.Errorf("could not read %s of the %s %s: %w", a.Name, k.Title, called(ids[i]), l.Err), k.Read...)
		}
		out[ids[i]] = []string{}
		for _, b := range l.Rows {
			out[ids[i]] = append(out[ids[i]], str(b["id"]))
		}
	}
	return out, nil
}

func (s live) activated(ctx context.Context, x *kind.Activation, ids []string) (map[string]graph.Activated, error) {
	out := map[string]graph.Activated{}
	if len(ids) == 1 {
		one, err := s.client.Activated(ctx, x.Path, x.Of, ids[0])
		switch {
		case err == nil:
			out[ids[0]] = one
		case graph.IsUnavailable(err) || !graph.IsBadRequest(err):
			return nil, fmt.Errorf("could not ask for running activations: %w", err)
		}
		return out, nil
	}
	parts := make([]graph.Request, 0, len(ids))
	for _, id := range ids {
		parts = append(parts, graph.Request{Method: "GET", Path: x.Path, Query: graph.ActivatedQuery(x.Of, id)})
	}
	results, err := s.client.Batch(ctx, graph.V1, parts)
	if err != nil {
		return nil, fmt.Errorf("could not ask for running activations: %w", err)
	}
	for i, r := range results {
		id := ids[i]
		if graph.IsBadRequest(r.Err) {
			continue // of this one object
		}
		if r.Err != nil {
			return nil, fmt.Errorf("could not ask for running activations in %s: %w", id, r.Err)
		}
		if _, more := r.Response.Body["@odata.nextLink"]; more {
			if out[id], err = s.client.Activated(ctx, x.Path, x.Of, id); err != nil {
				return nil, fmt.Errorf("could not ask for running activations in %s: %w", id, err)
			}
			continue
		}
		out[id] = graph.Activated{}
		items, _ := r.Response.Body["value"].([]any)
		for _, item := range items {
			if b, ok := item.(kind.Body); ok {
				out[id].Note(b)
			}
		}
	}
	return out, nil
}

func (s live) byID(ctx context.Context, ids []string) (map[string]kind.Body, error) {
	out := map[string]kind.Body{}
	for len(ids) > 0 {
		n := min(len(ids), 1000)
		answer, err := s.client.Do(ctx, graph.Request{Method: "POST", Path: "/directoryObjects/getByIds", Body: graph.Body{"ids": ids[:n]}, Idempotent: true})
		if err != nil {
			return nil, granting(fmt.Errorf("could not look up the objects that are referred to: %w", err), "Directory.Read.All")
		}
		items, _ := answer.Body["value"].([]any)
		for _, item := range items {
			if b, ok := item.(kind.Body); ok { // there may be very many, of which no more than the name matters
				out[strings.ToLower(str(b["id"]))] = kind.Body{"@odata.type": b["@odata.type"], "id": b["id"], "displayName": label(b)}
			}
		}
		ids = ids[n:]
	}
	return out, nil
}

// byAppID looks among service principals first: an application that other
// tenants own has no more than that here.
func (s live) byAppID(ctx context.Context, ids []string) (map[string]kind.Body, error) {
	out := map[string]kind.Body{}
	for _, path := range []string{"/servicePrincipals", "/applications"} {
		var parts []graph.Request
		for _, id := range ids {
			parts = append(parts, graph.Request{Method: "GET", Path: path, Query: map[string]string{"$filter": "appId eq '" + id + "'", "$select": "id,appId,displayName"}})
		}
		results, err := s.client.Batch(ctx, graph.V1, parts)
		if err != nil {
			return nil, fmt.Errorf("could not look up the applications that are referred to: %w", err)
		}
		var rest []string
		for i, r := range results {
			if r.Err != nil {
				return nil, granting(fmt.Errorf("could not look up the application %s: %w", ids[i], r.Err), "Application.Read.All")
			}
			if items, _ := r.Response.Body["value"].([]any); len(items) > 0 {
				out[ids[i]], _ = items[0].(kind.Body)
			} else {
				rest = append(rest, ids[i])
			}
		}
		ids = rest
	}
	return out, nil
}

// binned takes a 403 for "not known": the bin asks for a permission by type,
// the type of such an id is not known, and only a comment depends on it.
func (s live) binned(ctx context.Context, ids []string) (map[string]kind.Body, error) {
	var parts []graph.Request
	for _, id := range ids {
		parts = append(parts, graph.Request{Method: "GET", Path: "/directory/deletedItems" + graph.Path(id)})
	}
	results, err := s.client.Batch(ctx, graph.V1, parts)
	if err != nil {
		return nil, fmt.Errorf("could not look into the recycle bin: %w", err)
	}
	out := map[string]kind.Body{}
	for i, r := range results {
		switch {
		case r.Err == nil:
			out[ids[i]] = r.Response.Body
		case !graph.IsNotFound(r.Err) && !graph.IsForbidden(r.Err):
			return nil, fmt.Errorf("could not look for %s in the recycle bin: %w", ids[i], r.Err)
		}
	}
	return out, nil
}

// archived is an archive. What it does not hold may exist all the same, so
// nothing in it is dead: such an id is its own label.
type archived struct{ backup *backup.Backup }

// tenantID is "" where the archive does not hold the organization.
func (s archived) tenantID(context.Context) (string, error) { return s.backup.TenantID(), nil }

// activated: an archive does not tell.
func (s archived) activated(_ context.Context, _ *kind.Activation, ids []string) (map[string]graph.Activated, error) {
	out := map[string]graph.Activated{}
	for _, id := range ids {
		out[id] = graph.Activated{}
	}
	return out, nil
}

func (s archived) binned(context.Context, []string) (map[string]kind.Body, error) { return nil, nil }

func (s archived) list(_ context.Context, k *kind.Kind, fresh func(), each func(kind.Body) error) error {
	fresh()
	for _, b := range s.backup.Objects(k) {
		if err := each(b); err != nil {
			return err
		}
	}
	return nil
}

func (s archived) below(_ context.Context, k *kind.Kind, owners []string) (map[string][]kind.Body, error) {
	name := k.Life.Placeholders()[0]
	out := map[string][]kind.Body{}
	for _, id := range owners {
		out[id] = s.backup.Below(k.Life.Expand(kind.Values{name: id}))
	}
	return out, nil
}

func (s archived) selected(context.Context, *kind.Kind, []string, []string, func(string, kind.Body)) error {
	return nil
}

func (s archived) related(_ context.Context, k *kind.Kind, ids []string, a *kind.Attr, _ func(id string) string) (map[string][]string, error) {
	out := map[string][]string{}
	for _, id := range ids {
		if list := s.backup.Related(k, id, a); list != nil {
			out[id] = list
		}
	}
	return out, nil
}

func (s archived) byID(_ context.Context, ids []string) (map[string]kind.Body, error) {
	out := map[string]kind.Body{}
	for _, k := range catalog.All() {
		for _, b := range s.backup.Objects(k) {
			b["@odata.type"] = "#microsoft.graph." + k.Type
			out[strings.ToLower(str(b["id"]))] = b
		}
	}
	for _, id := range ids {
		if out[id] == nil {
			out[id] = kind.Body{"id": id, "displayName": id}
		}
	}
	return out, nil
}

func (s archived) byAppID(_ context.Context, ids []string) (map[string]kind.Body, error) {
	out := map[string]kind.Body{}
	for _, id := range ids {
		out[id] = kind.Body{"appId": id, "displayName": id}
	}
	for _, b := range s.backup.Objects(catalog.ByName("service_principal")) {
		out[strings.ToLower(str(b["appId"]))] = b
	}
	return out, nil
}

func str(v any) string {
	s, _ := v.(string)
	return s
}
