package emulator

import (
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// body is a JSON object; its numbers are json.Number.
type body = map[string]any

// object is one object of the tenant, live or in a recycle bin.
type object struct {
	typ     string // OData type: the exact one, "ipNamedLocation"
	id      string
	body    body // never holds id or deletedDateTime
	deleted time.Time
	parent  string            // the id of the object that it stands below
	seeded  bool              // made with the tenant
	told    map[string]string // secrets that the answer to their POST is about to tell, by keyId
	granted bool              // an instance of a schedule that gave what it stands for
	preview bool              // a policy with preview features: v1.0 does not show it, for good
}

func (o *object) live() bool { return o.deleted.IsZero() }

// text returns a string property, "" where it is unset.
func (o *object) text(property string) string {
	s, _ := o.body[property].(string)
	return s
}

// shelf holds the objects of one resource, in the order of their ids: to a client that
// is no order at all, and a page can start behind an id that is gone by then.
type shelf struct {
	res     *resource
	objects map[string]*object // by lower-case id
	order   []string
	changed func(o *object, made bool) // told of what came and what went for good
}

func newShelf(r *resource) *shelf { return &shelf{res: r, objects: map[string]*object{}} }

func (s *shelf) put(o *object) {
	key := strings.ToLower(o.id)
	if _, there := s.objects[key]; !there {
		at, _ := slices.BinarySearch(s.order, key)
		s.order = slices.Insert(s.order, at, key)
	}
	s.objects[key] = o
	if s.changed != nil {
		s.changed(o, true)
	}
}

func (s *shelf) drop(id string) {
	key := strings.ToLower(id)
	o, there := s.objects[key]
	if !there {
		return
	}
	delete(s.objects, key)
	if s.changed != nil {
		defer s.changed(o, false)
	}
	if at, found := slices.BinarySearch(s.order, key); found {
		s.order = slices.Delete(s.order, at, at+1)
	}
}

// live returns the object with the id unless it is missing or in the bin.
func (s *shelf) live(id string) *object {
	if o := s.objects[strings.ToLower(id)]; o != nil && o.live() {
		return o
	}
	return nil
}

func (s *shelf) inBin(id string) *object {
	if o := s.objects[strings.ToLower(id)]; o != nil && !o.live() {
		return o
	}
	return nil
}

// each calls f for the live objects, in order, until it returns false.
func (s *shelf) each(f func(*object) bool) {
	for _, key := range s.order {
		if o := s.objects[key]; o.live() && !f(o) {
			return
		}
	}
}

func (s *shelf) all(binned bool) []*object {
	var out []*object
	for _, key := range s.order {
		if o := s.objects[key]; o.live() != binned {
			out = append(out, o)
		}
	}
	return out
}

// edges are the links between directory objects. A link stays while one of its ends is
// in the bin and goes when one of them is purged, so that a restore brings it back.
type edges struct {
	to   map[edge][]string // source and relation → targets, in the order of their ids
	from map[edge][]string // target and relation → sources

	changed func(source, relation, target string)
}

type edge struct{ id, relation string }

func newEdges() *edges { return &edges{to: map[edge][]string{}, from: map[edge][]string{}} }

func (e *edges) has(source, relation, target string) bool {
	_, found := slices.BinarySearch(e.to[edge{strings.ToLower(source), relation}], strings.ToLower(target))
	return found
}

func (e *edges) add(source, relation, target string) {
	source, target = strings.ToLower(source), strings.ToLower(target)
	insertSorted(e.to, edge{source, relation}, target)
	insertSorted(e.from, edge{target, relation}, source)
	if e.changed != nil {
		e.changed(source, relation, target)
	}
}

func (e *edges) remove(source, relation, target string) {
	source, target = strings.ToLower(source), strings.ToLower(target)
	removeSorted(e.to, edge{source, relation}, target)
	removeSorted(e.from, edge{target, relation}, source)
	if e.changed != nil {
		e.changed(source, relation, target)
	}
}

// forget drops all links of an object that was purged.
func (e *edges) forget(id string) {
	id = strings.ToLower(id)
	for _, relation := range linkRelations {
		for _, target := range slices.Clone(e.to[edge{id, relation}]) {
			e.remove(id, relation, target)
		}
		for _, source := range slices.Clone(e.from[edge{id, relation}]) {
			e.remove(source, relation, id)
		}
	}
}

func insertSorted(m map[edge][]string, key edge, id string) {
	if at, found := slices.BinarySearch(m[key], id); !found {
		m[key] = slices.Insert(m[key], at, id)
	}
}

func removeSorted(m map[edge][]string, key edge, id string) {
	at, found := slices.BinarySearch(m[key], id)
	if !found {
		return
	}
	if m[key] = slices.Delete(m[key], at, at+1); len(m[key]) == 0 {
		delete(m, key)
	}
}

// directoryObject finds an object among all directory types.
func (t *Tenant) directoryObject(id string, binned bool) *object {
	for _, r := range t.resources {
		if !r.directory {
			continue
		}
		if o := t.shelves[r.typ].objects[strings.ToLower(id)]; o != nil && o.live() != binned {
			return o
		}
	}
	return nil
}

// resource finds the table entry of a type, a derived one included.
func (t *Tenant) resource(typ string) *resource {
	for _, r := range t.resources {
		if metadata.IsA(typ, r.typ) {
			return r
		}
	}
	return nil
}

func (t *Tenant) shelf(typ string) *shelf { return t.shelves[t.resource(typ).typ] }
