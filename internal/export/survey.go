package export

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A survey is what an export would read, judged as an export judges it, and written
// nowhere. What the identity may not read is named, and the rest goes on.

// Survey is what a tenant holds.
type Survey struct {
	TenantID string
	Kinds    []*Surveyed // those that an export can write, in the order of the catalog
}

// Surveyed is what a tenant holds of one kind.
type Surveyed struct {
	Kind    *kind.Kind
	Objects []*Found    // those that code can hold, by name
	Skipped []Skipped   // those that it cannot
	Bodies  []kind.Body // of all
	Binned  []*Found    // those in the recycle bin that code can hold
	Err     error       // why the objects could not be read; nil where they were
	BinErr  error       // why the recycle bin could not be read
}

// Read tells whether the objects could be read.
func (s *Surveyed) Read() bool { return s.Err == nil }

// Found is one object that code can hold. ImportID is what an import block names it by.
type Found struct {
	ImportID string
	ID       string
	AppID    string
	Label    string
	Values   kind.Values // without relations and what Graph tells only of single objects
	Body     kind.Body
}

// Of returns what was read of a kind; nothing where it is no kind that an export writes.
func (s *Survey) Of(name string) *Surveyed {
	for _, k := range s.Kinds {
		if k.Kind.Name == name {
			return k
		}
	}
	return &Surveyed{Kind: catalog.ByName(name)}
}

// NewSurvey reads the objects of every kind, each kind once, and the recycle bins.
func NewSurvey(ctx context.Context, client *graph.Client, progress Progress) (*Survey, error) {
	e := &exporter{source: &remembering{live: live{client: client}, lists: map[string][]kind.Body{}}, options: Options{Progress: progress}, read: map[string]*reading{}}
	for _, k := range catalog.All() {
		if k.Managed() && k.Listable() {
			e.kinds = append(e.kinds, k)
		}
	}
	var err error
	if e.tenant, err = e.source.tenantID(ctx); err != nil {
		return nil, fmt.Errorf("could not find out which tenant this is: %w", err)
	}
	s := &Survey{TenantID: e.tenant}
	for _, k := range e.kinds {
		of, err := e.survey(ctx, client, k)
		if err != nil {
			return nil, err
		}
		s.Kinds = append(s.Kinds, of)
	}
	return s, nil
}

// survey reads one kind. An error that only says that the identity may not, or that the
// tenant has no such thing, is kept.
func (e *exporter) survey(ctx context.Context, client *graph.Client, k *kind.Kind) (*Surveyed, error) {
	out := &Surveyed{Kind: k}
	if e.options.Progress != nil {
		e.options.Progress.Reading(k.Plural)
	}
	var bodies []kind.Body
	err := e.unlessUnread(ctx, k)
	if err == nil {
		err = e.judge(ctx, k, func(b kind.Body) { bodies = append(bodies, b) })
	}
	switch {
	case denied(err):
		out.Err = err
		delete(e.read, k.Name)
	case err != nil:
		return nil, err
	default:
		out.Bodies, out.Skipped = bodies, e.read[k.Name].skipped
		out.Objects = found(e.read[k.Name], bodies)
		if e.options.Progress != nil {
			e.options.Progress.Read(len(bodies))
		}
	}
	out.Binned, err = e.bin(ctx, client, k)
	if out.BinErr = err; err != nil && !denied(err) {
		return nil, err
	}
	return out, nil
}

// denied tells whether an error says no more than that this cannot be read here: a
// permission, a licence, or a cloud without the address.
func denied(err error) bool {
	return graph.IsUnavailable(err) || graph.IsNoSegment(err)
}

// unlessUnread is an error where what the objects belong to was not read: there are none
// of them for that reason alone.
func (e *exporter) unlessUnread(ctx context.Context, k *kind.Kind) error {
	for _, name := range k.Life.Placeholders() {
		for _, of := range k.Attr(name).Ref.Kinds {
			if e.read[of] != nil {
				continue
			}
			// The same question again, for the same answer.
			if _, err := all(ctx, e.source, catalog.ByName(of)); err != nil {
				return fmt.Errorf("could not list %s, because they belong to %s: %w", k.Plural, catalog.ByName(of).Plural, err)
			}
		}
	}
	return nil
}

// found returns the objects that were read, by name.
func found(r *reading, bodies []kind.Body) []*Found {
	byID := map[string]kind.Body{}
	for _, b := range bodies {
		byID[r.kind.Life.ID(str(b["id"]))] = b
	}
	var out []*Found
	for _, key := range slices.Sorted(maps.Keys(r.objects)) {
		o := r.objects[key]
		label := o.Label
		if label == "" {
			label = keyOf(o)
		}
		out = append(out, &Found{ImportID: o.Import(), ID: o.ID, AppID: o.AppID, Label: label, Values: o.Load(), Body: byID[o.ID]})
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Label < out[j].Label })
	return out
}

// bin lists the recycle bin of a kind.
func (e *exporter) bin(ctx context.Context, client *graph.Client, k *kind.Kind) ([]*Found, error) {
	if k.Life.BinList == "" {
		return nil, nil
	}
	var out []*Found
	var query map[string]string
	if !k.Life.OnePage {
		query = map[string]string{"$top": "999"}
	}
	err := client.List(ctx, graph.Version(k.Life.BinVersion), k.Life.BinList, query, func(b kind.Body) error {
		if skip(k, b) == "" {
			values, _ := k.Decode(b)
			o := &hclgen.Object{Kind: k, ID: k.Life.ID(str(b["id"])), Values: values}
			out = append(out, &Found{ImportID: o.Import(), ID: o.ID, AppID: strings.ToLower(str(b["appId"])), Label: called(k, b), Values: values, Body: b})
		}
		return nil
	})
	if k.Life.BinMayLack && graph.IsNoSegment(err) {
		return nil, nil
	}
	if err != nil {
		return nil, granting(fmt.Errorf("could not list the recycle bin of %s: %w", k.Plural, err), k.Read...)
	}
	return out, nil
}

// remembering is a tenant of which each collection is listed once.
type remembering struct {
	live
	lists map[string][]kind.Body
}

func (s *remembering) list(ctx context.Context, k *kind.Kind, fresh func(), each func(kind.Body) error) error {
	bodies, known := s.lists[k.Life.Path]
	if !known {
		var err error
		if bodies, err = all(ctx, s.live, k); err != nil {
			return err
		}
		s.lists[k.Life.Path] = bodies
	}
	fresh()
	for _, b := range bodies {
		if err := each(b); err != nil {
			return err
		}
	}
	return nil
}
