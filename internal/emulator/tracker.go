package emulator

import (
	"slices"
	"time"
)

// What a request changed: the replicas of a tenant with a lag have to be told, and the
// storage of one that has it. Without either of them there is no tracker, and it costs
// nothing.

// tracker knows the tenant as it was when the latest request was over. It is used under
// the tenant's lock.
type tracker struct {
	known   map[string]*shelf // copies of the objects, which nobody changes
	links   []alteration      // what the request under way did to links, which tell of it
	stirred bool              // something came or went, if only by the tenant's clock
	noted   int64             // where the log of changes stood

	storage Storage                // nil: replicas alone
	beside  beside                 // as the storage has it
	audits  struct{ from, to int } // the records that the storage has, by seq; to is not one of them
}

// alteration is an object or a link that came, changed or went.
type alteration struct {
	at      time.Time
	typ     string  // of the resource, of an object
	object  *object // as it became
	gone    string  // key of an object that is no more
	link    edge
	target  string
	removed bool
}

// track begins to follow the tenant's changes, as if it had held nothing so far.
func (t *Tenant) track() {
	k := &tracker{known: map[string]*shelf{}, noted: t.changes.seq}
	for typ, s := range t.shelves {
		k.known[typ] = newShelf(s.res)
	}
	t.tracker = k
	t.edges.log = func(link edge, target string, removed bool) {
		k.links, k.stirred = append(k.links, alteration{at: t.now(), link: link, target: target, removed: removed}), true
	}
}

// stir says that something changed which a request that only reads would not be asked for.
func (t *Tenant) stir() {
	if t.tracker != nil {
		t.tracker.stirred = true
	}
}

// compare looks for objects that differ from those known. Links tell of their changes
// themselves; objects do not, so all are looked at after each write: that costs a
// millisecond in a tenant of a thousand, and nothing is missed.
func (t *Tenant) compare(k *tracker) (found []alteration) {
	now := t.now()
	for typ, s := range t.shelves {
		known, came := k.known[typ], 0
		for _, o := range s.sorted() {
			old := known.objects[o.key]
			if old == nil {
				came++
			}
			if old == nil || !old.equal(o) {
				found = append(found, alteration{at: now, typ: typ, object: o.copy()})
			}
		}
		if len(known.objects)+came == len(s.objects) {
			continue
		}
		for _, o := range known.sorted() {
			if s.objects[o.key] == nil {
				found = append(found, alteration{at: now, typ: typ, gone: o.key})
			}
		}
	}
	return found
}

// conclude ends what changed the tenant: the storage keeps it, and the replicas will see
// it. A storage that fails leaves the tenant as it was before. written says that anything
// may have changed, not only what stirs.
func (t *Tenant) conclude(written bool) error {
	k := t.tracker
	if k == nil || !written && !k.stirred && (k.storage == nil || t.audits.seq < k.audits.to) {
		return nil
	}
	changes := append(k.links, t.compare(k)...)
	if k.storage != nil {
		if err := t.save(k, changes); err != nil {
			t.revert(k, changes)
			return err
		}
	}
	if t.replication == nil {
		k.absorb(changes)
	} else {
		for _, ch := range changes {
			t.replication.record(ch)
		}
	}
	k.links, k.stirred, k.noted = nil, false, t.changes.seq
	return nil
}

// absorb takes changes over into what is known.
func (k *tracker) absorb(changes []alteration) {
	for _, ch := range changes {
		switch {
		case ch.object != nil:
			k.known[ch.typ].put(ch.object)
		case ch.gone != "":
			k.known[ch.typ].drop(ch.gone)
		}
	}
}

// revert takes changes back.
func (t *Tenant) revert(k *tracker, changes []alteration) {
	log := t.edges.log
	t.edges.log = nil
	for _, ch := range slices.Backward(changes) {
		switch {
		case ch.typ != "":
			t.revertObject(k, ch)
		case ch.removed:
			t.edges.add(ch.link.id, ch.link.relation, ch.target)
		default:
			t.edges.remove(ch.link.id, ch.link.relation, ch.target)
		}
	}
	t.edges.log = log
	t.revertBeside(k)
	t.audits.cut(k.audits.to)
	t.changes.forget(k.noted)
	t.purgedAt = time.Time{} // what is due is due with the next request
	k.links, k.stirred = nil, false
}

func (t *Tenant) revertObject(k *tracker, ch alteration) {
	key := ch.gone
	if ch.object != nil {
		key = ch.object.key
	}
	s, was := t.shelves[ch.typ], k.known[ch.typ].objects[key]
	switch is := s.objects[key]; {
	case was == nil:
		s.drop(key)
	case is == nil:
		s.put(was.copy())
	default:
		*is = *was.copy()
	}
}

func (o *object) copy() *object {
	twin := *o
	twin.body, twin.told = deepCopy(o.body).(body), nil
	return &twin
}

func (o *object) equal(other *object) bool {
	return o.typ == other.typ && o.id == other.id && o.parent == other.parent &&
		o.preview == other.preview && o.granted == other.granted && o.seeded == other.seeded &&
		o.deleted.Equal(other.deleted) && equalValues(o.body, other.body)
}

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case body:
		other, same := b.(body)
		if !same || len(a) != len(other) {
			return false
		}
		for k, v := range a {
			if w, has := other[k]; !has || !equalValues(v, w) {
				return false
			}
		}
		return true
	case []any:
		other, same := b.([]any)
		return same && slices.EqualFunc(a, other, equalValues)
	}
	switch b.(type) {
	case body, []any:
		return false
	}
	return a == b
}
