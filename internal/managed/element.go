package managed

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// Items of a collection that their parent holds as a property: a PATCH replaces
// the whole collection, so each is read and written back with one item changed,
// under a lock for each parent. A replica that has not heard of what this
// process wrote a moment ago must not undo it, so that is remembered.

// shelves are the parents whose items this process reads and writes.
type shelves struct {
	mu    sync.Mutex
	locks map[string]*sync.Mutex
	read  map[string]*parentRead
	wrote map[string]map[string]kind.Body // by collection and key; nil: taken away
}

// parentRead is one GET of a parent that serves all of its items in a refresh.
type parentRead struct {
	once sync.Once
	body kind.Body
	err  error
}

// lock keeps others of this process from changing the same parent.
func (s *shelves) lock(path string) (unlock func()) {
	s.mu.Lock()
	if s.locks == nil {
		s.locks = map[string]*sync.Mutex{}
	}
	l := s.locks[path]
	if l == nil {
		l = &sync.Mutex{}
		s.locks[path] = l
	}
	s.mu.Unlock()
	l.Lock()
	return l.Unlock
}

// remember notes an item as this process wrote it; nil where it took it away.
func (s *shelves) remember(collection, key string, item kind.Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wrote == nil {
		s.wrote = map[string]map[string]kind.Body{}
	}
	if s.wrote[collection] == nil {
		s.wrote[collection] = map[string]kind.Body{}
	}
	s.wrote[collection][key] = item
}

// current returns items as they are with what this process wrote to them.
func (s *shelves) current(k *kind.Kind, collection string, items []kind.Body) []kind.Body {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := maps.Clone(s.wrote[collection])
	var out []kind.Body
	for _, b := range items {
		key := k.KeyOf(b)
		if item, written := mine[key]; written {
			if delete(mine, key); item != nil {
				out = append(out, item)
			}
			continue
		}
		out = append(out, plain(b))
	}
	for _, item := range mine {
		if item != nil {
			out = append(out, item)
		}
	}
	return out
}

// plain is an item without what Graph says beside it and takes back from nobody.
func plain(b kind.Body) kind.Body {
	out := kind.Body{}
	for property, value := range b {
		if !strings.Contains(property, "@odata.") {
			out[property] = value
		}
	}
	return out
}

// readParent reads the object that holds the items: once for all of them while
// Terraform plans, and anew where this process has written it or fresh is set.
func (t *Tenant) readParent(ctx context.Context, k *kind.Kind, v kind.Values, fresh bool) (kind.Body, error) {
	path := k.Life.Expand(v)
	get := func() (kind.Body, error) { return t.get(ctx, k.Life.ReadFrom, path, nil) }
	if fresh || t.isWritten(parentID(k, v)) {
		return get()
	}
	t.shelves.mu.Lock()
	if t.shelves.read == nil {
		t.shelves.read = map[string]*parentRead{}
	}
	r := t.shelves.read[path]
	if r == nil {
		r = &parentRead{}
		t.shelves.read[path] = r
	}
	t.shelves.mu.Unlock()
	r.once.Do(func() { r.body, r.err = get() })
	if r.err != nil {
		t.shelves.mu.Lock()
		delete(t.shelves.read, path) // the next read asks again
		t.shelves.mu.Unlock()
	}
	return r.body, r.err
}

func parentID(k *kind.Kind, v kind.Values) string { return text(v[k.Life.Placeholders()[0]]) }

func collection(k *kind.Kind, v kind.Values) string { return k.Life.Expand(v) + " " + k.Life.Property }

// item finds one item: live, lost, or away with its parent.
func (t *Tenant) item(ctx context.Context, k *kind.Kind, v kind.Values, fresh bool) (kind.Body, presence, error) {
	parent, err := t.readParent(ctx, k, v, fresh)
	if graph.IsNotFound(err) {
		where, findErr := t.parent(ctx, k, v)
		switch {
		case findErr != nil:
			return nil, lost, findErr
		case where == binned:
			return nil, away, nil
		case where == live:
			return nil, lost, err // not there for one replica, and there for another
		}
		return nil, lost, nil
	}
	if err != nil {
		return nil, lost, err
	}
	key := strings.ToLower(text(v[k.Life.Key]))
	for _, b := range t.shelves.current(k, collection(k, v), k.Life.Items(parent)) {
		if k.KeyOf(b) == key {
			return b, live, nil
		}
	}
	return nil, lost, nil
}

// insert makes an item. One that exists is as good when it is the same; another
// one may be somebody else's, so that is refused.
func (w writer) insert(ctx context.Context, want kind.Values) (kind.Values, error) {
	if w.kind.Life.Actions != nil {
		return w.issue(ctx, want)
	}
	err := w.modify(ctx, want, func(old kind.Body) (kind.Body, error) {
		if old != nil && !w.same(old, want) {
			return nil, fmt.Errorf("the %s has one for %s already, with other content, and it would be overwritten. Nothing was written. Take it over with an import block: to = the address of this resource, id = %q",
				w.parentTitle(), text(want[w.kind.Life.Key]), w.kind.ImportID(want))
		}
		return w.filled(old, want), nil
	})
	if err != nil {
		return nil, err
	}
	return kind.Values{"id": w.kind.ImportID(want)}, nil
}

// put makes an item what is wanted, whatever it was.
func (w writer) put(ctx context.Context, want kind.Values) error {
	if w.kind.Life.Actions != nil {
		return nil // what is fixed made another one; the rest is the provider's own
	}
	return w.modify(ctx, want, func(old kind.Body) (kind.Body, error) { return w.filled(old, want), nil })
}

// uninsert removes an item; one that is gone, alone or with its parent, is as good.
func (w writer) uninsert(ctx context.Context, had kind.Values) error {
	if w.kind.Life.Actions != nil {
		return w.withdraw(ctx, had)
	}
	_, where, err := w.item(ctx, w.kind, had, true)
	if err != nil || where != live {
		return err
	}
	err = w.modify(ctx, had, func(kind.Body) (kind.Body, error) { return nil, nil })
	if graph.IsNotFound(err) {
		return nil
	}
	return err
}

// modify reads the collection and writes it back with one item changed; change
// gets nil for an item that is not there, and returns nil to have none.
func (w writer) modify(ctx context.Context, v kind.Values, change func(old kind.Body) (kind.Body, error)) error {
	path, id := w.kind.Life.Expand(v), parentID(w.kind, v)
	defer w.shelves.lock(path)()
	var parent kind.Body
	err := w.untilThere(ctx, id, func() (err error) {
		parent, err = w.readParent(ctx, w.kind, v, true)
		return err
	})
	if graph.IsNotFound(err) {
		if where, findErr := w.parent(ctx, w.kind, v); findErr == nil && where == binned {
			return errAway
		}
	}
	if err != nil {
		return err
	}
	key := strings.ToLower(text(v[w.kind.Life.Key]))
	var items []kind.Body
	var old kind.Body
	for _, b := range w.shelves.current(w.kind, collection(w.kind, v), w.kind.Life.Items(parent)) {
		if w.kind.KeyOf(b) == key {
			old = b
		} else {
			items = append(items, b)
		}
	}
	item, err := change(old)
	if err != nil {
		return err
	}
	if item != nil {
		items = append(items, item)
	}
	if kind.Equal(old, item) {
		return nil
	}
	request := graph.Request{Method: "PATCH", Version: graph.Version(w.kind.Life.ReadFrom), Path: path, Body: w.kind.Life.With(items)}
	if _, err := w.send(ctx, []string{id}, request); err != nil {
		return err
	}
	w.shelves.remember(collection(w.kind, v), key, item)
	w.written(id)
	return nil
}

// filled is the item as it is to be, with what no table knows of the old one.
func (w writer) filled(old kind.Body, want kind.Values) kind.Body {
	item := kind.Body{}
	maps.Copy(item, old)
	now := w.kind.Encode(want, "")
	for i := range w.kind.Attrs {
		if a := &w.kind.Attrs[i]; a.Channel == kind.InBody && a.Mode != kind.Computed {
			wire.Keep(w.kind, a, now[a.Property], old[a.Property])
			delete(item, a.Property)
		}
	}
	maps.Copy(item, now)
	return item
}

// same tells whether an item is what is wanted.
func (w writer) same(item kind.Body, want kind.Values) bool {
	had, _ := w.kind.Decode(item)
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		if a.Channel == kind.InBody && a.Mode != kind.Computed && !kind.Equal(had[a.Name], want[a.Name]) {
			return false
		}
	}
	return true
}

// parentTitle is what the parent is called.
func (w writer) parentTitle() string {
	for _, name := range w.kind.Attr(w.kind.Life.Placeholders()[0]).Ref.Kinds {
		if k := w.kinds[name]; k != nil {
			return k.Title
		}
	}
	return "parent"
}
