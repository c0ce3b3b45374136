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
	dynamic map[string]bool // of which Graph works out the members itself
	total   int
	skipped []Skipped
	unsaid  []kind.Values      // of the skipped ones that are strict: what they refer to still matters
	left    map[string]leftOut // the skipped ones
	named   map[string]string  // of ids that only an object knows, such as roles, by object and id
	unknown map[string]bool
}

// leftOut is what stays known of an object that is skipped.
type leftOut struct{ label, reason string }

type exporter struct {
	source  source
	shelf   *hclgen.Shelf // where values are kept; nil: in memory
	options Options
	kinds   []*kind.Kind
	read    map[string]*reading
	tenant  string
	// warnings are what to tell of what was read.
	warnings []string
	refused  []Refused               // of the archive
	hidden   int                     // objects with values that Graph did not tell
	base     *base                   // the code to add to; nil for a new export
	critical []*criticalEntry        // what Options.Critical names
	related  map[*hclgen.Object]bool // whose relations were read
	partial  *partial                // what stays if it breaks off; nil for nothing
	left     *estimate               // nil for none
	counts   map[string]int          // how many objects there are, by kind, where that is known
}

// run reads what is to be exported and writes the code into a folder that place makes.
func (e *exporter) run(ctx context.Context, place func() (string, error)) (*hclgen.Output, error) {
	var err error
	if e.tenant, err = e.source.tenantID(ctx); err != nil {
		return nil, fmt.Errorf("could not find out which tenant this is: %w", err)
	}
	if err := e.begin(); err != nil {
		return nil, err
	}
	e.estimate(ctx)
	for _, k := range e.kinds {
		if err := e.readKind(ctx, k); err != nil {
			return nil, err
		}
	}
	objects, err := e.selected(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.readAlone(ctx, objects); err != nil {
		return nil, err
	}
	e.dropInherited(objects)
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
	dir, err := place()
	if err != nil {
		return nil, err
	}
	out, err := hclgen.Generate(in, dir)
	if e.shelf.Err() != nil {
		return nil, e.shelf.Err()
	}
	return out, err
}

// readKind reads the objects of a kind, without relations.
func (e *exporter) readKind(ctx context.Context, k *kind.Kind) error {
	if e.options.Progress != nil {
		e.options.Progress.Reading(k.Plural)
	}
	err := e.judge(ctx, k)
	e.left.finished(k.Plural)
	if graph.IsForbidden(err) && k.Managed() {
		return fmt.Errorf("%w, or leave the kind out with --exclude %s", err, k.Name)
	}
	if err == nil && e.options.Progress != nil {
		e.options.Progress.Read(e.read[k.Name].total)
	}
	return err
}

// judge reads the objects of a kind and notes which of them code can hold, and why not
// the others. Each body is gone when the next one comes; also tells of them.
func (e *exporter) judge(ctx context.Context, k *kind.Kind, also ...func(kind.Body)) error {
	fleeting, err := e.fleeting(ctx, k)
	if err != nil {
		return err
	}
	spared, err := e.spared(ctx, k)
	if err != nil {
		return err
	}
	var r *reading
	hidden := e.hidden
	fresh := func() {
		r = &reading{kind: k, objects: map[string]*hclgen.Object{}, byApp: map[string]*hclgen.Object{}, dynamic: map[string]bool{}, left: map[string]leftOut{}, unknown: map[string]bool{}}
		e.read[k.Name], e.hidden = r, hidden
	}
	return e.bodies(ctx, k, fresh, func(b kind.Body) error {
		reason := fleeting[k.Life.ID(str(b["id"]))]
		if reason == "" {
			reason = spared[k.Life.ID(str(b["id"]))]
		}
		e.note(r, b, reason)
		for _, f := range also {
			f(b)
		}
		if r.total%pageRows == 0 && !k.Life.Below() {
			e.left.of(r.total, e.counts[k.Name])
			e.left.did(k.Plural, 1)
		}
		return nil
	})
}

// note files one object. reason says why code must not hold it, "" where it may.
func (e *exporter) note(r *reading, b kind.Body, reason string) {
	k, id := r.kind, r.kind.Life.ID(str(b["id"]))
	r.ids = append(r.ids, id)
	e.learnNames(r, id, b)
	key := id
	if id == "" {
		key = fmt.Sprintf("no id %d", r.total)
	}
	r.total++
	values, unknown := k.Decode(b)
	for name, of := range owner(b) {
		values[name] = of
	}
	if k.Life.Form == kind.Keyed {
		values["id"] = id
	}
	if why := skip(k, b); why != "" {
		reason = why
	}
	if reason == "" {
		reason = e.unsayable(k, b, values)
	}
	if reason != "" {
		r.skipped = append(r.skipped, Skipped{ID: id, Reason: reason})
		if k.Strict != nil && k.Strict(values) {
			r.unsaid = append(r.unsaid, values)
		}
		r.left[id] = leftOut{called(k, b), reason}
		return
	}
	for _, u := range unknown {
		r.unknown[u] = true
	}
	o := &hclgen.Object{Kind: k, ID: id, AppID: strings.ToLower(str(b["appId"])), Label: called(k, b), Values: values, Said: e.said(k, values)}
	o.Keep(e.shelf)
	if r.objects[key] = o; o.AppID != "" {
		r.byApp[o.AppID] = o
	}
	if k.Dynamic != nil && k.Dynamic(b) {
		r.dynamic[id] = true
	}
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
func (e *exporter) dropInherited(objects []*hclgen.Object) {
	for _, o := range objects {
		one := o.Kind.Attr(o.Kind.Life.OneFor)
		if one == nil || one.Ref == nil {
			continue
		}
		v := o.Load()
		id, _ := v[one.Name].(string)
		from := e.find(one.Ref, id)
		if from == nil || from == o {
			continue
		}
		its := from.Load()
		o.Change(func(v kind.Values) {
			for i := range o.Kind.Attrs {
				if a := &o.Kind.Attrs[i]; a.Inherited != "" && kind.Equal(its.At(a.Inherited), v[a.Name]) {
					delete(v, a.Name)
				}
			}
		})
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

// bodies hands over the objects of a kind: of one that belongs to others, those of
// each object of the other kind, whether that is a resource or not.
func (e *exporter) bodies(ctx context.Context, k *kind.Kind, fresh func(), each func(kind.Body) error) error {
	if !k.Life.Below() {
		return e.source.list(ctx, k, fresh, each)
	}
	fresh()
	name := k.Life.Placeholders()[0]
	var owners []string
	for _, of := range k.Attr(name).Ref.Kinds {
		r := e.read[of]
		if r == nil {
			continue
		}
		for _, id := range r.ids {
			if o := r.objects[id]; k.Of == nil || o != nil && k.Of(o.Load()) {
				owners = append(owners, id)
			}
		}
	}
	sort.Strings(owners)
	e.left.expect(k.Plural, batches, requests(len(owners), batchParts), "")
	for some := range slices.Chunk(owners, together) {
		lists, err := e.source.below(ctx, k, some)
		if err != nil {
			return err
		}
		for _, id := range some {
			for _, b := range lists[id] {
				b[ownerKey] = kind.Values{name: id}
				if err := each(b); err != nil {
					return err
				}
			}
		}
		e.left.did(k.Plural, requests(len(some), batchParts))
	}
	return nil
}

// together is how many objects are asked about at a time: ten full batches.
const together = 200

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
