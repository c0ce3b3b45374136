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
	key     string // the id in lower case, once it stands on a shelf
	body    body   // never holds id or deletedDateTime
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
	objects map[string]*object         // by lower-case id
	order   []*object                  // by lower-case id, but for the latest ones
	latest  []*object                  // put since the order was last needed
	changed func(o *object, made bool) // told of what came and what went for good

	// While a tenant with a lag takes a write: what the replica knows that takes it, and
	// what there was before. Both are nil else.
	seen, before *shelf
}

func newShelf(r *resource) *shelf { return &shelf{res: r, objects: map[string]*object{}} }

func (s *shelf) put(o *object) {
	o.key = strings.ToLower(o.id)
	if _, there := s.objects[o.key]; there {
		s.drop(o.key)
	}
	s.objects[o.key] = o
	s.latest = append(s.latest, o)
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
	if s.changed != nil {
		defer s.changed(o, false)
	}
	if at, found := s.from(key); found {
		s.order = slices.Delete(s.order, at, at+1)
	}
	delete(s.objects, key)
}

// from tells where in the order the first object stands whose key is not before the one
// given, and whether it is that very one.
func (s *shelf) from(key string) (int, bool) {
	return slices.BinarySearchFunc(s.sorted(), key, func(o *object, key string) int { return strings.Compare(o.key, key) })
}

// sorted brings the latest objects into the order: all at once, because to find the
// place of each when it comes would make the loading of 100,000 objects quadratic.
func (s *shelf) sorted() []*object {
	if len(s.latest) == 0 {
		return s.order
	}
	byKey := func(a, b *object) int { return strings.Compare(a.key, b.key) }
	if len(s.latest) == 1 {
		o := s.latest[0]
		at, _ := slices.BinarySearchFunc(s.order, o, byKey)
		s.order = slices.Insert(s.order, at, o)
	} else {
		s.order = append(s.order, s.latest...)
		slices.SortFunc(s.order, byKey)
	}
	s.latest = nil
	return s.order
}

// live returns the object with the id unless it is missing or in the bin.
func (s *shelf) live(id string) *object {
	if o := s.objects[strings.ToLower(id)]; o != nil && o.live() && s.sees(o) {
		return o
	}
	return nil
}

func (s *shelf) inBin(id string) *object {
	if o := s.objects[strings.ToLower(id)]; o != nil && !o.live() && s.sees(o) {
		return o
	}
	return nil
}

// sees tells whether the replica that takes a write knows that the object is there, or
// in the bin. What the write itself has made or moved, it knows.
func (s *shelf) sees(o *object) bool {
	if s.seen == nil {
		return true
	}
	if was := s.before.objects[o.key]; was == nil || was.live() != o.live() {
		return true
	}
	known := s.seen.objects[o.key]
	return known != nil && known.live() == o.live()
}

// each calls f for the live objects, in order, until it returns false.
func (s *shelf) each(f func(*object) bool) {
	for _, o := range s.sorted() {
		if o.live() && !f(o) {
			return
		}
	}
}

func (s *shelf) all(binned bool) []*object {
	var out []*object
	for _, o := range s.sorted() {
		if o.live() != binned {
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
	log     func(link edge, target string, removed bool) // told of what came and went, unless nil
}

type edge struct{ id, relation string }

func newEdges() *edges { return &edges{to: map[edge][]string{}, from: map[edge][]string{}} }

func (e *edges) has(source, relation, target string) bool {
	_, found := slices.BinarySearch(e.to[edge{strings.ToLower(source), relation}], strings.ToLower(target))
	return found
}

func (e *edges) add(source, relation, target string) {
	source, target = strings.ToLower(source), strings.ToLower(target)
	fresh := insertSorted(e.to, edge{source, relation}, target)
	insertSorted(e.from, edge{target, relation}, source)
	if e.changed != nil {
		e.changed(source, relation, target)
	}
	if e.log != nil && fresh {
		e.log(edge{source, relation}, target, false)
	}
}

func (e *edges) remove(source, relation, target string) {
	source, target = strings.ToLower(source), strings.ToLower(target)
	gone := removeSorted(e.to, edge{source, relation}, target)
	removeSorted(e.from, edge{target, relation}, source)
	if e.changed != nil {
		e.changed(source, relation, target)
	}
	if e.log != nil && gone {
		e.log(edge{source, relation}, target, true)
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

// insertSorted tells whether the id was not there.
func insertSorted(m map[edge][]string, key edge, id string) bool {
	at, found := slices.BinarySearch(m[key], id)
	if !found {
		m[key] = slices.Insert(m[key], at, id)
	}
	return !found
}

// removeSorted tells whether the id was there.
func removeSorted(m map[edge][]string, key edge, id string) bool {
	at, found := slices.BinarySearch(m[key], id)
	if !found {
		return false
	}
	if m[key] = slices.Delete(m[key], at, at+1); len(m[key]) == 0 {
		delete(m, key)
	}
	return true
}

// directoryObject finds an object among all directory types.
func (t *Tenant) directoryObject(id string, binned bool) *object {
	for _, r := range t.resources {
		if !r.directory {
			continue
		}
		find := t.shelves[r.typ].live
		if binned {
			find = t.shelves[r.typ].inBin
		}
		if o := find(id); o != nil {
			return o
		}
	}
	return nil
}

// resource finds the table entry of a type, a derived one included.
func (t *Tenant) resource(typ string) *resource {
	if r, found := t.byType[typ]; found {
		return r
	}
	for _, r := range t.resources {
		if metadata.IsA(typ, r.typ) {
			t.byType[typ] = r
			return r
		}
	}
	return nil
}

func (t *Tenant) shelf(typ string) *shelf { return t.shelves[t.resource(typ).typ] }
