package export

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// reading is what was read of one kind.
type reading struct {
	kind    *kind.Kind
	ids     []string                  // of all, the skipped ones included
	objects map[string]*hclgen.Object // by id; by file order where an archive says no id
	byApp   map[string]*hclgen.Object
	total   int
	skipped []Skipped
	unsaid  []kind.Values     // of the skipped ones: what they refer to still matters
	labels  map[string]string // of the skipped ones
	named   map[string]string // of ids that only an object knows, such as roles, by object and id
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
	refused  []Refused        // of the archive
	hidden   int              // objects with values that Graph did not tell
	base     *base            // the code to add to; nil for a new export
	critical []*criticalEntry // what Options.Critical names
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
	e.settleMembers(ctx)
	e.dropInherited()
	objects := e.selected()
	if err := e.dropActivated(ctx, objects); err != nil {
		return nil, err
	}
	e.warnOfInputs(objects)
	e.markCritical(objects)
	external, err := e.externals(ctx, objects)
	if err != nil {
		return nil, err
	}
	in := hclgen.Input{TenantID: e.tenant, Objects: objects, External: external}
	for _, k := range catalog.All() {
		if k.Breaks != "" {
			in.Breakers = append(in.Breakers, k)
		}
	}
	if e.base != nil {
		in = e.base.input(in)
	}
	return hclgen.Generate(in)
}

func (e *exporter) readKind(ctx context.Context, k *kind.Kind) error {
	if e.options.Progress != nil {
		e.options.Progress.Reading(k.Plural)
	}
	bodies, err := e.bodies(ctx, k)
	if graph.IsForbidden(err) && k.Managed() {
		return fmt.Errorf("%w, or leave the kind out with --exclude %s", err, k.Name)
	}
	if err != nil {
		return err
	}
	dynamic, err := e.judge(ctx, k, bodies)
	if err != nil {
		return err
	}
	if e.options.Progress != nil {
		e.options.Progress.Read(len(bodies))
	}
	r := e.read[k.Name]
	if err := e.readAlone(ctx, r); err != nil {
		return err
	}
	return e.readRelations(ctx, r, dynamic)
}

// judge notes the objects of a kind: which of them code can hold, and why not the
// others. It returns those of which Graph works out the members itself.
func (e *exporter) judge(ctx context.Context, k *kind.Kind, bodies []kind.Body) (dynamic map[string]bool, err error) {
	r := &reading{kind: k, objects: map[string]*hclgen.Object{}, byApp: map[string]*hclgen.Object{}, total: len(bodies), labels: map[string]string{}, unknown: map[string]bool{}}
	e.read[k.Name] = r
	fleeting, err := e.fleeting(ctx, k)
	if err != nil {
		return nil, err
	}
	spared, err := e.spared(ctx, k)
	if err != nil {
		return nil, err
	}
	dynamic = map[string]bool{}
	for i, b := range bodies {
		id := k.Life.ID(str(b["id"]))
		r.ids = append(r.ids, id)
		e.learnNames(r, id, b)
		key := id
		if id == "" {
			key = fmt.Sprintf("no id %d", i)
		}
		values, unknown := k.Decode(b)
		for name, of := range owner(b) {
			values[name] = of
		}
		if k.Life.Form == kind.Keyed {
			values["id"] = id
		}
		reason := skip(k, b)
		if reason == "" {
			reason = fleeting[id]
		}
		if reason == "" {
			reason = spared[id]
		}
		if reason == "" {
			reason = e.unsayable(k, b, values)
		}
		if reason != "" {
			r.skipped = append(r.skipped, Skipped{ID: id, Reason: reason})
			r.unsaid = append(r.unsaid, values)
			r.labels[id] = called(k, b)
			continue
		}
		for _, u := range unknown {
			r.unknown[u] = true
		}
		r.objects[key] = &hclgen.Object{Kind: k, ID: id, AppID: strings.ToLower(str(b["appId"])), Label: called(k, b), Values: values}
		r.objects[key].Said = e.said(k, values)
		if app := r.objects[key].AppID; app != "" {
			r.byApp[app] = r.objects[key]
		}
		dynamic[id] = k.Dynamic != nil && k.Dynamic(b)
	}
	return dynamic, nil
}

// readAlone adds the properties that Graph returns only when they are asked for.
func (e *exporter) readAlone(ctx context.Context, r *reading) error {
	var attrs []*kind.Attr
	var names []string
	for i := range r.kind.Attrs {
		if a := &r.kind.Attrs[i]; a.Channel == kind.Alone {
			attrs, names = append(attrs, a), append(names, a.Property)
		}
	}
	var ids []string
	for id, o := range r.objects {
		if o.ID != "" && r.kind.HasAlone(o.Values) {
			ids = append(ids, id)
		}
	}
	if len(attrs) == 0 || len(ids) == 0 {
		return nil
	}
	sort.Strings(ids)
	bodies, err := e.source.selected(ctx, r.kind, ids, names)
	if err != nil {
		return err
	}
	for id, b := range bodies {
		if r.objects[id] == nil {
			continue
		}
		_, unknown := r.kind.Decode(b)
		for _, u := range unknown {
			r.unknown[u] = true
		}
		for _, a := range attrs {
			value, ok := a.Decode(b[a.Property])
			if set, isSet := value.([]kind.Values); ok && (!isSet || len(set) > 0) {
				r.objects[id].Values[a.Name] = value
			}
		}
	}
	return nil
}

// unsayable tells why code cannot describe an object, "" where it can. One value
// that breaks a rule keeps no other object from being exported.
func (e *exporter) unsayable(k *kind.Kind, b kind.Body, v kind.Values) string {
	if path := sentinel(b, ""); path != "" {
		e.hidden++
		return path + " reads unknownFutureValue, so its real value is not known"
	}
	if path := k.Lacks(v); path != "" {
		return "it has no " + path + ", which Terraform code must say"
	}
	return ""
}

// dropInherited takes out what an object has from the one that it is the only one
// for: the home page of an application is not its service principal's own.
func (e *exporter) dropInherited() {
	for _, r := range e.read {
		one := r.kind.Attr(r.kind.Life.OneFor)
		if one == nil || one.Ref == nil {
			continue
		}
		for i := range r.kind.Attrs {
			a := &r.kind.Attrs[i]
			if a.Inherited == "" {
				continue
			}
			for _, o := range r.objects {
				id, _ := o.Values[one.Name].(string)
				if from := e.find(one.Ref, id); from != nil && from != o && kind.Equal(from.Values.At(a.Inherited), o.Values[a.Name]) {
					delete(o.Values, a.Name)
				}
			}
		}
	}
}

// called is what people know an object by, without what Graph adds to it.
func called(k *kind.Kind, b kind.Body) string {
	a := k.Attr(k.Label)
	if a == nil {
		return ""
	}
	return a.Shown(b[a.Property])
}

// bodies lists the objects of a kind: of one that belongs to others, those of
// each object of the other kind, whether that is a resource or not.
func (e *exporter) bodies(ctx context.Context, k *kind.Kind) ([]kind.Body, error) {
	if !k.Life.Below() {
		return e.source.list(ctx, k)
	}
	name := k.Life.Placeholders()[0]
	var owners []string
	for _, of := range k.Attr(name).Ref.Kinds {
		r := e.read[of]
		if r == nil {
			continue
		}
		for _, id := range r.ids {
			if o := r.objects[id]; k.Of == nil || o != nil && k.Of(o.Values) {
				owners = append(owners, id)
			}
		}
	}
	sort.Strings(owners)
	lists, err := e.source.below(ctx, k, owners)
	if err != nil {
		return nil, err
	}
	var out []kind.Body
	for _, id := range owners {
		for _, b := range lists[id] {
			b[ownerKey] = kind.Values{name: id}
			out = append(out, b)
		}
	}
	return out, nil
}

// ownerKey is where a body says what it was read below. Graph has no such property.
const ownerKey = "@odata.owner"

func owner(b kind.Body) kind.Values {
	v, _ := b[ownerKey].(kind.Values)
	return v
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
			if !a.Belongs || !dynamic[id] {
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
			if e.base != nil && e.base.removed(o.Import()) {
				continue
			}
			if e.options.All || !r.kind.Follows(o.Values) || slices.Contains(e.options.Include, r.kind.Name) {
				add(o)
			}
		}
	}
	for len(queue) > 0 {
		for len(queue) > 0 {
			o := queue[0]
			queue = queue[1:]
			o.Kind.References(o.Values, func(_ string, _ *kind.Attr, ref *kind.Ref, id string) { add(e.find(ref, id)) })
		}
		for _, r := range e.read {
			for _, o := range r.objects {
				if e.follows(o, chosen) {
					add(o)
				}
			}
		}
	}
	var out []*hclgen.Object
	for o := range chosen {
		out = append(out, o)
	}
	sort.Slice(out, func(i, j int) bool { return order(out[i]) < order(out[j]) })
	return out
}

// follows tells whether an object is written because those are that it belongs
// to, or one of those that it links.
func (e *exporter) follows(o *hclgen.Object, chosen map[*hclgen.Object]bool) bool {
	if e.base != nil && e.base.removed(o.Import()) {
		return false
	}
	follows, ends := false, o.Kind.Ends()
	o.Kind.References(o.Values, func(path string, _ *kind.Attr, ref *kind.Ref, id string) {
		follows = follows || slices.Contains(ends, path) && chosen[e.find(ref, id)]
	})
	return follows
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
		if o != nil && (e.base == nil || !e.base.removed(o.Import())) {
			return o
		}
	}
	return nil
}
