package managed

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/google/uuid"
)

// Reads of many objects in few requests. Terraform hands over ten ids at a time and does
// not say which come next, so whether a collection is worth listing shows on the way:
// objects are read singly until that has cost half a listing, and the rest is served from
// a listing. That takes at most one and a half times the requests of a listing where most
// of the directory is wanted, and three times the fewest possible where less is.

// bulk is a collection of which this process reads objects. What a row is kept as is T:
// a large directory must not cost the memory of its parsed JSON.
type bulk[T any] struct {
	list  graph.Request
	count *count                            // how many there are; nil: few, see mostBelow
	free  int                               // single reads before anybody asks
	keep  func(kind.Body) (key string, t T) // key "" is a row that nobody asks for
	name  func(kind.Body) string            // what people call an object; nil where nobody asks by that

	mu      sync.Mutex // held while it is listed, so that whoever comes meanwhile waits
	singles int        // objects that were read singly
	pages   int        // that a listing takes; 0 before it was asked
	never   bool       // it cannot be counted or listed: singly is all there is
	rows    map[string]T
	names   map[string][]string // keys, by name in lower case
}

const (
	pageSize  = 999 // the most that the directory takes
	mostBelow = 5   // pages of what belongs to one object; of more, single objects are read
)

// get returns the row of one object. Where there is none, it is to be read singly: because that
// is cheaper, which is unseen, or because the listing, which may lag, does not have it, which is lost.
func (b *bulk[T]) get(ctx context.Context, c *graph.Client, key string) (row T, where presence) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.ready(ctx, c) {
		return row, unseen
	}
	row, found := b.rows[key]
	if !found {
		return row, lost
	}
	return row, live
}

// called returns the rows of that name, whatever its case; false where Graph is to be asked.
func (b *bulk[T]) called(ctx context.Context, c *graph.Client, name string) (rows []T, listed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.name == nil || !b.ready(ctx, c) {
		return nil, false
	}
	for _, key := range b.names[strings.ToLower(name)] {
		rows = append(rows, b.rows[key])
	}
	return rows, true
}

// ready tells whether there is a listing, and makes it when that is worth it. The lock is held.
func (b *bulk[T]) ready(ctx context.Context, c *graph.Client) bool {
	switch {
	case b.rows != nil:
		return true
	case b.worth(ctx, c):
		return b.read(ctx, c)
	}
	b.singles++
	return false
}

// worth tells whether a listing costs less than what is likely to be asked yet.
func (b *bulk[T]) worth(ctx context.Context, c *graph.Client) bool {
	if b.never || b.singles < b.free {
		return false
	}
	if b.pages == 0 {
		if b.pages = 1; b.count != nil {
			n, err := b.count.ask(ctx, c)
			if err != nil {
				b.never, b.pages = ctx.Err() == nil, 0
				return false
			}
			b.pages = n/pageSize + 1
		}
	}
	return !b.never && 2*b.singles >= b.pages
}

// read lists all of it. Where that fails, single reads say why.
func (b *bulk[T]) read(ctx context.Context, c *graph.Client) bool {
	all, names, pages := map[string]T{}, map[string][]string{}, c.Pages(b.list)
	for read, more := 0, true; more; read++ {
		var rows []kind.Body
		var err error
		if b.count == nil && read == mostBelow {
			b.never = true
			return false
		}
		if rows, more, err = pages.Next(ctx); err != nil {
			b.never = ctx.Err() == nil
			return false
		}
		for _, body := range rows {
			key, row := b.keep(body)
			if key == "" {
				continue
			}
			if all[key] = row; b.name != nil {
				name := strings.ToLower(b.name(body))
				names[name] = append(names[name], key)
			}
		}
	}
	b.rows, b.names = all, names
	return true
}

// count is how many objects a collection of the directory has, for all that list it.
type count struct {
	mu sync.Mutex
	at graph.Request
	n  int // 0 before it was asked: one more is asked then, and that is all
}

func (n *count) ask(ctx context.Context, c *graph.Client) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.n > 0 {
		return n.n, nil
	}
	answer, err := c.Do(ctx, n.at)
	if err != nil {
		return 0, err
	}
	n.n, err = strconv.Atoi(strings.TrimSpace(string(bytes.TrimPrefix(answer.Raw, []byte("\ufeff")))))
	return n.n, err
}

// compact returns how a listing keeps a body: as JSON, and, of the live ones of a directory
// that may be ten times what the code has, without what no table knows and what is not set.
func compact(k *kind.Kind, whole bool) func(kind.Body) (string, []byte) {
	known := map[string]bool{"id": true, "appId": true, "createdDateTime": true}
	for i := range k.Attrs {
		known[k.Attrs[i].Property] = true
	}
	return func(b kind.Body) (string, []byte) {
		id := text(b["id"])
		if !whole {
			maps.DeleteFunc(b, func(property string, value any) bool { return value == nil || !known[property] })
		}
		raw, err := json.Marshal(b)
		if err != nil {
			return "", nil // what was JSON a moment ago
		}
		return keyed(id), raw
	}
}

// keyed is an id as listings have it: GUIDs in lower case.
func keyed(id string) string {
	if kind.IsGUID(id) {
		return strings.ToLower(id)
	}
	return id
}

// parsed is compact undone.
func parsed(raw []byte) (kind.Body, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var b kind.Body
	return b, d.Decode(&b)
}

// bulks are the collections of one process, by what they list.
type bulks struct {
	mu      sync.Mutex
	objects map[string]*bulk[[]byte]
	ends    map[string]*bulk[string] // as packed has them
	counts  map[string]*count
}

// counted is the count of a collection. The lock is held.
func (b *bulks) counted(path string, v kind.Version) *count {
	if b.counts == nil {
		b.counts = map[string]*count{}
	}
	n := b.counts[path]
	if n == nil {
		n = &count{at: graph.Request{Version: graph.Version(v), Path: path + "/$count", Header: map[string]string{"ConsistencyLevel": "eventual"}}}
		b.counts[path] = n
	}
	return n
}

// objects is a collection of the directory, or its recycle bin, or, where few is set, what
// belongs to one object.
func (t *Tenant) objects(k *kind.Kind, path string, v kind.Version, query map[string]string, few bool) *bulk[[]byte] {
	t.bulks.mu.Lock()
	defer t.bulks.mu.Unlock()
	if t.bulks.objects == nil {
		t.bulks.objects = map[string]*bulk[[]byte]{}
	}
	key := path + " " + query["$select"]
	b := t.bulks.objects[key]
	if b == nil {
		b = &bulk[[]byte]{list: graph.Request{Version: graph.Version(v), Path: path, Query: map[string]string{}}, free: 1, keep: compact(k, few || path == k.Life.BinList)}
		maps.Copy(b.list.Query, query)
		if !few {
			b.list.Query["$top"] = strconv.Itoa(pageSize)
			b.count, b.free = t.bulks.counted(path, v), 3
			if label := k.Attr(k.Label); label != nil {
				b.name = func(body kind.Body) string { return label.Shown(body[label.Property]) }
			}
		}
		t.bulks.objects[key] = b
	}
	return b
}

// listed returns an object from a listing of the directory, or of what else belongs to the
// same object; unseen, or lost for a listing, which may lag, where it is to be read singly.
func (t *Tenant) listed(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence) {
	id, below := text(v["id"]), k.Life.Below() && k.Life.Form == kind.Collection
	if !k.Life.InDirectory() && !below || t.wroteAny() { // a write may change others: what is restored, or goes, with it
		return nil, unseen
	}
	return t.row(ctx, t.objects(k, k.Life.Expand(v), k.Life.ReadFrom, selected(k), below), id)
}

// listedAlone returns an object's properties of those names from a listing.
func (t *Tenant) listedAlone(ctx context.Context, k *kind.Kind, id string, names []string) (kind.Body, bool) {
	if !k.Life.InDirectory() || t.wroteAny() {
		return nil, false
	}
	for i := range k.Attrs {
		if a := &k.Attrs[i]; slices.Contains(names, a.Property) && !a.Listed {
			return nil, false
		}
	}
	b, where := t.row(ctx, t.objects(k, k.Life.Path, k.Life.ReadFrom, map[string]string{"$select": "id," + strings.Join(names, ",")}, false), id)
	return b, where == live
}

// listedBin is listed for the recycle bin.
func (t *Tenant) listedBin(ctx context.Context, k *kind.Kind, id string) (kind.Body, bool) {
	if !k.Life.InDirectory() || t.wroteAny() {
		return nil, false
	}
	b, where := t.row(ctx, t.objects(k, k.Life.BinList, k.Life.BinVersion, nil, false), id)
	return b, where == live
}

// listedAs returns the objects of a directory collection, or of its recycle bin, whose label is
// name, from a listing; false where Graph is to be asked.
func (t *Tenant) listedAs(ctx context.Context, b *bulk[[]byte], name string) (out []kind.Body, listed bool) {
	rows, listed := b.called(ctx, t.client, name)
	for _, raw := range rows {
		if body, err := parsed(raw); err == nil {
			out = append(out, body)
		}
	}
	return out, listed
}

func (t *Tenant) row(ctx context.Context, b *bulk[[]byte], id string) (kind.Body, presence) {
	raw, where := b.get(ctx, t.client, keyed(id))
	if where != live {
		return nil, where
	}
	body, err := parsed(raw)
	if err != nil {
		return nil, unseen
	}
	return body, live
}

// mostExpanded is how many related objects $expand shows, without a word on the rest.
const mostExpanded = 20

// relatedListed returns the ends of a relation from a listing that expands it, sorted; false
// where they are to be read singly, because there may be more than such a listing shows.
func (t *Tenant) relatedListed(ctx context.Context, k *kind.Kind, id string, a *kind.Attr) ([]string, bool) {
	if !a.Listed || !k.Life.InDirectory() || t.wroteAny() {
		return nil, false
	}
	t.bulks.mu.Lock()
	if t.bulks.ends == nil {
		t.bulks.ends = map[string]*bulk[string]{}
	}
	name := k.Life.Path + "/" + a.Property
	b := t.bulks.ends[name]
	if b == nil {
		query := map[string]string{"$select": "id", "$expand": a.Property + "($select=id)", "$top": strconv.Itoa(pageSize)}
		b = &bulk[string]{
			list: graph.Request{Path: k.Life.Path, Query: query}, count: t.bulks.counted(k.Life.Path, k.Life.ReadFrom), free: 3,
			keep: func(row kind.Body) (string, string) {
				ends, shown := row[a.Property].([]any)
				if !shown || len(ends) >= mostExpanded || row[a.Property+"@odata.nextLink"] != nil {
					return "", ""
				}
				all, ok := packed(ends)
				if !ok {
					return "", ""
				}
				return strings.ToLower(text(row["id"])), all
			},
		}
		t.bulks.ends[name] = b
	}
	t.bulks.mu.Unlock()
	all, where := b.get(ctx, t.client, strings.ToLower(id))
	if where != live {
		return nil, false
	}
	out, _ := a.Canonical(unpacked(all)).([]string)
	return out, true
}

// packed holds the ids of objects in sixteen bytes each, a quarter of what their texts take;
// false where one is no GUID.
func packed(objects []any) (string, bool) {
	all := make([]byte, 0, len(objects)*len(uuid.UUID{}))
	for _, object := range objects {
		one, _ := object.(kind.Body)
		id, err := uuid.Parse(text(one["id"]))
		if err != nil || !kind.IsGUID(text(one["id"])) { // uuid takes other forms, too
			return "", false
		}
		all = append(all, id[:]...)
	}
	return string(all), true
}

// unpacked is packed undone; the ids are in lower case.
func unpacked(all string) []string {
	ids := make([]string, 0, len(all)/len(uuid.UUID{}))
	for ; all != ""; all = all[len(uuid.UUID{}):] {
		ids = append(ids, uuid.UUID([]byte(all[:len(uuid.UUID{})])).String())
	}
	return ids
}

// recent is how old a listing may be that stands for reads of single objects while
// something is written: other people work in the tenant, too.
const recent = time.Minute
