package export

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// reading is what was read of one kind.
type reading struct {
	kind    *kind.Kind
	objects map[string]*hclgen.Object // by id; by file order where an archive says no id
	byApp   map[string]*hclgen.Object
	total   int
	skipped []Skipped
	labels  map[string]string // of the skipped ones
	unknown map[string]bool
}

type exporter struct {
	source  source
	options Options
	kinds   []*kind.Kind
	read    map[string]*reading
	tenant  string
	// warnings are what to tell of what was read.
	warnings []string
	refused  []Refused // of the archive
	base     *base     // the code to add to; nil for a new export
}

func (e *exporter) run(ctx context.Context) (*hclgen.Output, error) {
	var err error
	if e.tenant, err = e.source.tenantID(ctx); err != nil {
		return nil, fmt.Errorf("could not find out which tenant this is: %w", err)
	}
	for _, k := range e.kinds {
		if err := e.readKind(ctx, k); err != nil {
			return nil, err
		}
	}
	objects := e.selected()
	external, err := e.externals(ctx, objects)
	if err != nil {
		return nil, err
	}
	in := hclgen.Input{TenantID: e.tenant, Objects: objects, Edge: catalog.ByName("group_member"), External: external}
	if e.base != nil {
		in = e.base.input(in)
	}
	return hclgen.Generate(in)
}

func (e *exporter) readKind(ctx context.Context, k *kind.Kind) error {
	if e.options.Progress != nil {
		e.options.Progress.Reading(k.Plural)
	}
	bodies, err := e.source.list(ctx, k)
	if err != nil {
		return err
	}
	r := &reading{kind: k, objects: map[string]*hclgen.Object{}, byApp: map[string]*hclgen.Object{}, total: len(bodies), labels: map[string]string{}, unknown: map[string]bool{}}
	e.read[k.Name] = r
	label := k.Attr(k.Label)
	dynamic := map[string]bool{}
	for i, b := range bodies {
		id := strings.ToLower(str(b["id"]))
		key := id
		if id == "" {
			key = fmt.Sprintf("no id %d", i)
		}
		if reason := skip(k, b); reason != "" {
			r.skipped = append(r.skipped, Skipped{ID: id, Reason: reason})
			r.labels[id] = str(b[label.Property])
			continue
		}
		if path := sentinel(b, ""); path != "" {
			return fmt.Errorf("%s %q: %s reads unknownFutureValue, so its real value is not known and cannot be backed up", k.Title, str(b[label.Property]), path)
		}
		values, unknown := k.Decode(b)
		for _, u := range unknown {
			r.unknown[u] = true
		}
		r.objects[key] = &hclgen.Object{Kind: k, ID: id, AppID: strings.ToLower(str(b["appId"])), Label: str(b[label.Property]), Values: values}
		if app := r.objects[key].AppID; app != "" {
			r.byApp[app] = r.objects[key]
		}
		dynamic[id] = k.Dynamic != nil && k.Dynamic(b)
	}
	if e.options.Progress != nil {
		e.options.Progress.Read(len(bodies))
	}
	return e.readRelations(ctx, r, dynamic)
}

func skip(k *kind.Kind, b kind.Body) string {
	if k.Skip == nil {
		return ""
	}
	return k.Skip(b)
}

// readRelations adds members and owners.
func (e *exporter) readRelations(ctx context.Context, r *reading, dynamic map[string]bool) error {
	for _, a := range r.kind.Relations() {
		var ids []string
		for id, o := range r.objects {
			if o.ID == "" {
				continue
			}
			if a.Name != "members" || !dynamic[id] {
				ids = append(ids, id)
			}
		}
		sort.Strings(ids)
		if len(ids) == 0 {
			continue
		}
		all, err := e.source.related(ctx, r.kind, ids, &a, func(id string) string {
			return fmt.Sprintf("%q (%s)", r.objects[id].Label, id)
		})
		if err != nil {
			return err
		}
		for id, list := range all {
			if value, ok := a.Canonical(list).([]string); ok && (len(value) > 0 || a.Empty) {
				r.objects[id].Values[a.Name] = value
			}
		}
	}
	return nil
}

// sentinel returns the path of a value that Graph has hidden, "" when there is none.
func sentinel(v any, path string) string {
	switch v := v.(type) {
	case string:
		if v == "unknownFutureValue" {
			return path
		}
	case []any:
		for _, item := range v {
			if p := sentinel(item, path); p != "" {
				return p
			}
		}
	case kind.Body:
		for property, item := range v {
			if p := sentinel(item, strings.TrimPrefix(path+"."+property, ".")); p != "" {
				return p
			}
		}
	}
	return ""
}

// selected returns the objects to write: all of them, or policies, locations,
// units, applications and role-assignable groups with all that they refer to.
func (e *exporter) selected() []*hclgen.Object {
	chosen := map[*hclgen.Object]bool{}
	var queue []*hclgen.Object
	add := func(o *hclgen.Object) {
		if o != nil && !chosen[o] {
			chosen[o] = true
			queue = append(queue, o)
		}
	}
	for _, r := range e.read {
		for _, o := range r.objects {
			if e.base != nil && e.base.removed(o.ID) {
				continue
			}
			if e.options.All || r.kind.Name != "group" || o.Values["is_assignable_to_role"] == true {
				add(o)
			}
		}
	}
	for len(queue) > 0 {
		o := queue[0]
		queue = queue[1:]
		o.Kind.References(o.Values, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) { add(e.find(ref, id)) })
	}
	var out []*hclgen.Object
	for o := range chosen {
		out = append(out, o)
	}
	sort.Slice(out, func(i, j int) bool { return order(out[i]) < order(out[j]) })
	return out
}

// order sorts objects so that code does not depend on the order of a listing.
func order(o *hclgen.Object) string {
	values := ""
	if o.ID == "" {
		values = fmt.Sprint(o.Values)
	}
	return strings.Join([]string{o.Kind.Name, o.Label, o.ID, values}, "\x00")
}

// find returns the object that was read for a reference, nil when there is none.
func (e *exporter) find(ref *kind.Ref, id string) *hclgen.Object {
	for _, name := range ref.Kinds {
		r := e.read[name]
		if r == nil {
			continue
		}
		o := r.objects[id]
		if ref.Space == kind.AppID {
			o = r.byApp[id]
		}
		if o != nil && (e.base == nil || !e.base.removed(o.ID)) {
			return o
		}
	}
	return nil
}
