package managed

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Collections that one cheap request lists, and objects of a name.

// listing is one list request, made once, whose answer serves many reads.
type listing struct {
	once sync.Once
	at   time.Time // when it was asked for
	byID map[string]kind.Body
	err  error
}

// forget drops a listing that this process has made out of date.
func (t *Tenant) forget(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listings, path)
}

// list returns a collection by id, asked for once in a process.
func (t *Tenant) list(ctx context.Context, k *kind.Kind, v kind.Version, path string) (map[string]kind.Body, error) {
	return t.listSince(ctx, k, v, path, selected(k), time.Time{})
}

// listSince is list, asked for anew where the answer at hand is older.
func (t *Tenant) listSince(ctx context.Context, k *kind.Kind, v kind.Version, path string, query map[string]string, since time.Time) (map[string]kind.Body, error) {
	l, err := t.listing(ctx, k, v, path, query, since)
	if err != nil {
		return nil, err
	}
	return l.byID, nil
}

func (t *Tenant) listing(ctx context.Context, k *kind.Kind, v kind.Version, path string, query map[string]string, since time.Time) (*listing, error) {
	t.mu.Lock()
	l := t.listings[path]
	if l == nil || l.at.Before(since) {
		l = &listing{at: time.Now()}
		t.listings[path] = l
	}
	t.mu.Unlock()
	l.once.Do(func() {
		l.byID = map[string]kind.Body{}
		l.err = t.client.List(ctx, graph.Version(v), path, query, func(b kind.Body) error {
			if id, ok := b["id"].(string); ok {
				l.byID[strings.ToLower(id)] = b
			}
			return nil
		})
	})
	if l.err != nil {
		t.mu.Lock()
		if t.listings[path] == l {
			delete(t.listings, path) // the next read asks again
		}
		t.mu.Unlock()
		return nil, fmt.Errorf("could not list %s: %w", k.Plural, l.err)
	}
	return l, nil
}

// named returns the live objects whose label is name; those that belong to the
// same object as v, where they belong to any.
func (t *Tenant) named(ctx context.Context, k *kind.Kind, v kind.Values, attr *kind.Attr, name string) ([]kind.Body, error) {
	var out []kind.Body
	keep := func(b kind.Body) error {
		if s := attr.Shown(b[attr.Property]); s == name || attr.Folded && strings.EqualFold(s, name) {
			out = append(out, b)
		}
		return nil
	}
	if k.Life.OnePage {
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		for _, b := range all {
			_ = keep(b)
		}
		return out, err
	}
	if k.Life.InDirectory() && attr.Name == k.Label && !t.wroteAny() {
		if rows, ok := t.listedAs(ctx, t.objects(k, k.Life.Path, k.Life.ReadFrom, selected(k), false), name); ok {
			for _, b := range rows {
				_ = keep(b)
			}
			return out, nil
		}
	}
	query := map[string]string{"$filter": equals(attr.Property, name)}
	if k.Life.Below() {
		query = map[string]string{} // few, and not all of such collections can be filtered
	}
	maps.Copy(query, selected(k))
	err := t.client.GatherList(ctx, graph.Request{Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Expand(v), Query: query}, keep)
	if k.Life.Below() && graph.IsNotFound(err) {
		return nil, nil
	}
	return out, err
}

// namedInBin returns the objects in the recycle bin whose label is name.
func (t *Tenant) namedInBin(ctx context.Context, k *kind.Kind, attr *kind.Attr, name string) ([]kind.Body, error) {
	if k.Life.BinList == "" {
		return nil, nil
	}
	var out []kind.Body
	keep := func(b kind.Body) error {
		if text(b[attr.Property]) == name {
			out = append(out, b)
		}
		return nil
	}
	var err error
	if k.Life.OnePage {
		var all map[string]kind.Body
		all, err = t.listSince(ctx, k, k.Life.BinVersion, k.Life.BinList, nil, time.Time{})
		for _, b := range all {
			_ = keep(b)
		}
	} else {
		if !t.wroteAny() {
			if rows, ok := t.listedAs(ctx, t.objects(k, k.Life.BinList, k.Life.BinVersion, nil, false), name); ok {
				for _, b := range rows {
					_ = keep(b)
				}
				return out, nil
			}
		}
		query := map[string]string{"$filter": equals(attr.Property, name)}
		err = t.client.GatherList(ctx, graph.Request{Version: graph.Version(k.Life.BinVersion), Path: k.Life.BinList, Query: query}, keep)
	}
	if k.Life.BinMayLack && graph.IsNoSegment(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the recycle bin of %s could not be listed: %w", k.Plural, err)
	}
	return out, nil
}

// equals is a filter for a text property.
func equals(property, value string) string {
	return property + " eq " + quoted(value)
}

// selected returns the query of a read: nil where the default properties will do.
func selected(k *kind.Kind) map[string]string {
	var query map[string]string
	if properties := k.Select(); properties != nil {
		query = map[string]string{"$select": strings.Join(properties, ",")}
	}
	if link := k.Expand(); link != "" {
		if query == nil {
			query = map[string]string{}
		}
		query["$expand"] = link
	}
	return query
}

// quoted is a text in a filter.
func quoted(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
