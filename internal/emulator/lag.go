package emulator

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Eventual consistency: what was written is not seen at once by everybody. The tenant's
// own shelves are the truth, on which every write works. Beside them stand replicas,
// each of which is a copy of the tenant as it was some time ago; every request is answered
// by one of them, by chance.

// WithLag makes the tenant eventually consistent: what is written reaches the replicas
// that answer up to d later, and each request is answered by any of them. A new object
// answers 404 here and there, an update reads stale, a deleted object still answers 200.
// Without it every read sees every write.
//
// d is the lag of reading one object. The rest lags a multiple of it, as is reported of
// Graph: lists and relations twice, $filter, $orderby, $search, $count and every other
// advanced query three times, listings of recycle bins four times. Conditional Access
// lags at least twice d, 5 to 10 seconds at a d of 5 seconds.
//
// A write works on the tenant as it is, so that nothing is lost. But the replica that
// takes it must have seen what its address and its references name; what it has not,
// does not exist for it: 404, or the refusal of a reference.
func WithLag(d time.Duration) Option { return func(t *Tenant) { t.lag = d } }

// WithSeed sets what decides about everything that is left to chance: which replica
// answers. Two tenants with the same seed, clock and requests give the same answers.
func WithSeed(seed uint64) Option { return func(t *Tenant) { t.seedOfChance = seed } }

// The lag of each kind of read, in multiples of the tenant's.
const (
	lagOne    = 1 // one object by its id; writes
	lagCA     = 2 // the same of Conditional Access
	lagList   = 2 // collections and relations
	lagFilter = 3 // what is answered out of an index
	lagBin    = 4 // listings of recycle bins
)

// spread is how far behind the replicas are that can answer: one is up to date, one lags
// half the time, one all of it. In halves.
var spread = []int{0, 1, 2}

// replication keeps the replicas of a tenant. It is used under the tenant's lock.
type replication struct {
	lag      time.Duration
	random   *rand.Rand
	current  *copied // the tenant as of the latest write; its objects are the tracker's
	replicas map[time.Duration]*replica
	changes  []alteration
	dropped  int // changes that every replica has seen and that are gone from the list
}

// copied is a copy of the tenant's objects, which nobody changes, and of its links.
type copied struct {
	shelves map[string]*shelf
	edges   *edges
}

// replica is the tenant as it was some time ago.
type replica struct {
	copied
	seen int // how many changes it has taken over
}

// run answers a request under the tenant's lock, and ends what it changed.
func (t *Tenant) run(c *call) (*reply, *graphError) {
	rep, gerr := t.answered(c)
	if err := t.conclude(!c.reads()); err != nil {
		return nil, notKept(c, err)
	}
	return rep, gerr
}

// answered runs the handler of a request: on what the tenant holds, or on what one of
// its replicas knows of it.
func (t *Tenant) answered(c *call) (*reply, *graphError) {
	if t.lag <= 0 {
		return t.audited(c)
	}
	if t.replication == nil {
		t.replication = t.newReplication()
	}
	r := t.replication.answering(t.now(), c)
	if c.reads() {
		shelves, edges := t.shelves, t.edges
		t.shelves, t.edges = r.shelves, r.edges
		defer func() { t.shelves, t.edges = shelves, edges }()
		return t.audited(c)
	}
	if !c.prefers("create-if-missing") { // which asks for one answer wherever it is asked
		for typ, s := range t.shelves {
			s.seen, s.before = r.shelves[typ], t.tracker.known[typ]
		}
	}
	defer func() {
		for _, s := range t.shelves {
			s.seen, s.before = nil, nil
		}
	}()
	return t.audited(c)
}

// consistent makes every replica know what the tenant holds now: after it was loaded,
// it is as if it had been so for a long time.
func (t *Tenant) consistent() {
	t.used, t.replication = true, nil
	if t.tracker != nil && t.tracker.storage == nil {
		t.tracker, t.edges.log = nil, nil
	}
}

func (t *Tenant) newReplication() *replication {
	if t.tracker == nil {
		t.track()
		t.tracker.absorb(t.compare(t.tracker))
	}
	r := &replication{
		lag: t.scaled(t.lag), random: rand.New(rand.NewPCG(t.seedOfChance, 1)),
		current: &copied{shelves: t.tracker.known, edges: newEdges()}, replicas: map[time.Duration]*replica{},
	}
	for key, targets := range t.edges.to {
		for _, target := range targets {
			r.current.edges.add(key.id, key.relation, target)
		}
	}
	for _, factor := range []int{lagOne, lagList, lagFilter, lagBin} {
		for _, halves := range spread {
			r.replica(factor, halves)
		}
	}
	return r
}

// replica finds the one that lags so many halves of a multiple of the lag.
func (r *replication) replica(factor, halves int) *replica {
	delay := r.lag * time.Duration(factor*halves) / 2
	if r.replicas[delay] == nil {
		r.replicas[delay] = &replica{copied: r.current.clone()}
	}
	return r.replicas[delay]
}

// answering picks a replica for a request and brings it to where it is by now.
func (r *replication) answering(now time.Time, c *call) *replica {
	factor, halves := c.lagFactor(), spread[r.random.IntN(len(spread))]
	one := r.replica(factor, halves)
	limit := now.Add(-r.lag * time.Duration(factor*halves) / 2)
	for one.seen < r.dropped+len(r.changes) {
		next := r.changes[one.seen-r.dropped]
		if next.at.After(limit) {
			break
		}
		one.apply(next)
		one.seen++
	}
	return one
}

// record takes a change over into the copy that is up to date, and keeps it for the
// replicas. Changes that are older than the longest lag are taken over by all of them
// and dropped.
func (r *replication) record(ch alteration) {
	r.current.apply(ch)
	r.changes = append(r.changes, ch)
	oldest := ch.at.Add(-r.lag * lagBin)
	if len(r.changes) < 1024 || r.changes[len(r.changes)/2].at.After(oldest) {
		return
	}
	old := len(r.changes) / 2
	for _, one := range r.replicas {
		for one.seen < r.dropped+old {
			one.apply(r.changes[one.seen-r.dropped])
			one.seen++
		}
	}
	r.changes = slices.Clone(r.changes[old:])
	r.dropped += old
}

func (c *copied) apply(ch alteration) {
	switch {
	case ch.object != nil:
		c.shelves[ch.typ].put(ch.object)
	case ch.gone != "":
		c.shelves[ch.typ].drop(ch.gone)
	case ch.removed:
		c.edges.remove(ch.link.id, ch.link.relation, ch.target)
	default:
		c.edges.add(ch.link.id, ch.link.relation, ch.target)
	}
}

// clone copies the lists; the objects are shared, since nobody changes them.
func (c *copied) clone() copied {
	out := copied{shelves: map[string]*shelf{}, edges: newEdges()}
	for typ, s := range c.shelves {
		twin := newShelf(s.res)
		for _, o := range s.sorted() {
			twin.objects[o.key] = o
		}
		twin.order = slices.Clone(s.order)
		out.shelves[typ] = twin
	}
	for key, ids := range c.edges.to {
		out.edges.to[key] = slices.Clone(ids)
	}
	for key, ids := range c.edges.from {
		out.edges.from[key] = slices.Clone(ids)
	}
	return out
}

// reads tells whether the request changes nothing. Some questions are asked by POST.
func (c *call) reads() bool {
	if c.method == "GET" {
		return true
	}
	switch last := c.route.parts[len(c.route.parts)-1]; last {
	case "getByIds", "evaluate", "validateProperties":
		return true
	default:
		return c.method == "POST" && (strings.HasPrefix(last, "check") || strings.HasPrefix(last, "getMember"))
	}
}

// lagFactor tells by which multiple of the lag the answer to a request is late.
func (c *call) lagFactor() int {
	factor, last := lagOne, c.route.parts[len(c.route.parts)-1]
	inBin := strings.Contains(c.route.pattern, "/deletedItems")
	list := !strings.HasPrefix(last, "{") || last == "{cast}" && !(inBin && c.params["id"] != "")
	switch {
	case !c.reads() || !list:
	case inBin:
		factor = lagBin
	case last == "$count" || c.eventual() || c.query.Has("$filter") || c.query.Has("$orderby") || c.query.Has("$search"):
		factor = lagFilter
	case c.method == "GET":
		factor = lagList
	}
	if c.route.ca {
		factor = max(factor, lagCA)
	}
	return factor
}
