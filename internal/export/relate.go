package export

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What Graph tells of an object only when it is asked for: who belongs to it and who owns
// it, and properties that no listing holds.

// relate adds members and owners to those objects that have none yet.
func (e *exporter) relate(ctx context.Context, objects []*hclgen.Object) error {
	byKind := map[*kind.Kind][]*hclgen.Object{}
	for _, o := range objects {
		if !e.related[o] && o.ID != "" && len(o.Kind.Relations()) > 0 && e.read[o.Kind.Name] != nil {
			byKind[o.Kind] = append(byKind[o.Kind], o)
			e.related[o] = true
		}
	}
	total := 0
	for _, k := range e.kinds {
		total += len(byKind[k]) * len(k.Relations())
	}
	if total == 0 {
		return nil
	}
	if e.options.Progress != nil {
		e.options.Progress.Reading(relations)
	}
	e.left.expect(relations, batches, requests(total, batchParts), nested(total))
	for _, k := range e.kinds {
		for _, a := range k.Relations() {
			if err := e.relation(ctx, e.read[k.Name], &a, byKind[k]); err != nil {
				return err
			}
		}
	}
	e.left.finished(relations)
	return nil
}

func (e *exporter) relation(ctx context.Context, r *reading, a *kind.Attr, objects []*hclgen.Object) error {
	var ids []string
	for _, o := range objects {
		if !a.Belongs || !r.dynamic[o.ID] {
			ids = append(ids, o.ID)
		}
	}
	sort.Strings(ids)
	for some := range slices.Chunk(ids, together) {
		all, err := e.source.related(ctx, r.kind, some, a, func(id string) string {
			return fmt.Sprintf("%q (%s)", r.objects[id].Label, id)
		})
		if err != nil {
			return err
		}
		for id, list := range all {
			if value, ok := a.Canonical(list).([]string); ok && (len(value) > 0 || a.Empty) {
				r.objects[id].Change(func(v kind.Values) { v[a.Name] = value })
			}
		}
		e.left.did(relations, requests(len(some), batchParts))
	}
	return nil
}

// readAlone adds the properties that Graph returns only when they are asked for.
func (e *exporter) readAlone(ctx context.Context, objects []*hclgen.Object) error {
	for _, k := range e.kinds {
		var attrs []*kind.Attr
		var names []string
		for i := range k.Attrs {
			if a := &k.Attrs[i]; a.Channel == kind.Alone {
				attrs, names = append(attrs, a), append(names, a.Property)
			}
		}
		if len(attrs) == 0 {
			continue
		}
		var ids []string
		wanted := map[string]*hclgen.Object{}
		for _, o := range objects {
			if o.Kind == k && o.ID != "" && k.HasAlone(o.Load()) {
				ids, wanted[o.ID] = append(ids, o.ID), o
			}
		}
		sort.Strings(ids)
		if len(ids) == 0 {
			e.left.finished(apart(k))
			continue
		}
		e.left.expect(apart(k), pages, requests(e.read[k.Name].total, pageRows), "")
		rows := 0
		err := e.source.selected(ctx, k, ids, names, func(id string, b kind.Body) {
			if rows++; rows%pageRows == 0 {
				e.left.did(apart(k), 1)
			}
			if o := wanted[id]; o != nil {
				e.alone(o, attrs, b)
			}
		})
		if e.left.finished(apart(k)); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) alone(o *hclgen.Object, attrs []*kind.Attr, b kind.Body) {
	_, unknown := o.Kind.Decode(b)
	for _, u := range unknown {
		e.read[o.Kind.Name].unknown[u] = true
	}
	found := kind.Values{}
	for _, a := range attrs {
		value, ok := a.Decode(b[a.Property])
		if set, isSet := value.([]kind.Values); ok && (!isSet || len(set) > 0) {
			found[a.Name] = value
		}
	}
	if len(found) > 0 {
		o.Change(func(v kind.Values) {
			for name, value := range found {
				v[name] = value
			}
		})
	}
}
