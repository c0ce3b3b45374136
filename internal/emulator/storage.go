package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
)

// Storage keeps a tenant beyond the end of the process: records by their keys, and no
// more. The package disk has one for a folder; without any, a tenant is in memory alone.
//
// The tenant calls it under its own lock, one call at a time.
type Storage interface {
	// Load calls add for every record that was saved and not removed since, in any order,
	// and returns the error of add if there is one.
	Load(add func(Record) error) error
	// Save keeps the records, in their order: a later one of the same key replaces an
	// earlier one. It keeps all of them, or none and returns an error. What it kept must
	// not get lost when the process ends the next moment.
	Save(records []Record) error
}

// Record is a part of a tenant, such as an object or a link.
type Record struct {
	Key   string // not empty; ASCII but for what the names of a tenant bring in
	Value []byte // JSON; nil removes the record
}

// KeepIn makes a tenant live in a storage. If that holds a tenant, this one goes on from
// it: objects and what lies in the recycle bins, links, secrets, logos, the audit log, the
// id, the token, and the clock, as far as it was moved ahead. Options say anew how the tenant
// behaves. If it holds nothing, it takes this tenant, as it is.
//
// From then on a request is answered when the storage has kept what it changed. Where that
// fails, the answer is 503, and the tenant is as it was before the request; a request that
// only reads passes, unless something fell due meanwhile, such as the end of a retention.
//
// Call it before the tenant is served, and do not use the tenant if it fails: because the
// storage does, because it holds another tenant than [WithTenantID] names, or because it
// holds one while this tenant was loaded or used already.
func (t *Tenant) KeepIn(s Storage) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tracker != nil && t.tracker.storage != nil {
		return errors.New("the tenant has a storage already")
	}
	kept := newKept()
	if err := s.Load(kept.add); err != nil {
		return fmt.Errorf("could not load the tenant: %w", err)
	}
	if !kept.empty() {
		if err := t.goOn(kept); err != nil {
			return err
		}
	}
	return t.begin(s, kept)
}

// goOn makes the tenant the one that was kept.
func (t *Tenant) goOn(kept *kept) error {
	switch {
	case t.used || t.audits.seq > 0:
		return errors.New("the storage holds a tenant already, and this one holds more than every tenant does: one of them would be lost")
	case t.chosen.id && t.id != kept.tenant.ID:
		return fmt.Errorf("the storage holds the tenant %s, not %s", kept.tenant.ID, t.id)
	}
	if err := kept.check(t); err != nil {
		return fmt.Errorf("could not load the tenant: %w", err)
	}
	t.id, t.ahead, t.starts = kept.tenant.ID, kept.tenant.Ahead, kept.tenant.Starts+1
	t.secret = []byte(kept.tenant.Secret)
	if !t.chosen.token {
		t.token = kept.tenant.Token
	}
	// A delta token from before tells of changes that nobody knows any more.
	t.changes.seq = int64(t.starts) << 40
	t.changes.floor = t.changes.seq
	t.restock(kept)
	return nil
}

// restock puts what was kept on the shelves. Types of objects that the tenant did not know
// when it was kept have what every tenant has of them.
func (t *Tenant) restock(kept *kept) {
	empty := func() {
		t.edges = newEdges()
		for _, r := range t.resources {
			t.shelves[r.typ] = newShelf(r)
		}
	}
	empty()
	t.seed() // anew: ids come from the tenant's
	seeded := map[string]*shelf{}
	for typ, s := range t.shelves {
		seeded[typ] = s
	}
	empty()
	for _, o := range kept.objects {
		t.shelf(o.typ).put(o)
	}
	for typ, s := range seeded {
		if !kept.knows(typ) {
			for _, o := range s.sorted() {
				t.shelves[typ].put(o)
			}
		}
	}
	for _, l := range kept.links {
		t.edges.add(l.source, l.relation, l.target)
	}
	t.audits = auditLog{}
	for _, r := range kept.sortedAudits() {
		t.audits.seq = r.seq - 1
		t.audits.add(r)
	}
	t.restoreBeside(kept.beside)
	t.replication = nil
	t.watch()
}

// begin follows the tenant's changes and hands them to the storage: all that it has not
// got yet to begin with.
func (t *Tenant) begin(s Storage, kept *kept) error {
	t.track()
	k := t.tracker
	k.storage, k.beside = s, kept.beside
	k.audits.from, k.audits.to = 1, 1
	if n := len(t.audits.records); n > 0 && !kept.empty() {
		k.audits.from, k.audits.to = t.audits.records[0].seq, t.audits.seq+1
	}
	if !kept.empty() {
		for typ, known := range k.known {
			for _, o := range t.shelves[typ].sorted() {
				if kept.knows(typ) {
					known.put(o.copy())
				}
			}
		}
	} else {
		for key, targets := range t.edges.to {
			for _, target := range targets {
				k.links = append(k.links, alteration{link: key, target: target})
			}
		}
	}
	if err := t.save(k, append(k.links, t.compare(k)...)); err != nil {
		t.tracker, t.edges.log = nil, nil
		return err
	}
	k.absorb(t.compare(k))
	k.links, k.stirred = nil, false
	return nil
}

// save hands what changed to the storage.
func (t *Tenant) save(k *tracker, changes []alteration) error {
	var records []Record
	for _, ch := range changes {
		records = append(records, ch.record())
	}
	from, to := k.audits.from, t.audits.seq+1
	fresh, _ := slices.BinarySearchFunc(t.audits.records, k.audits.to, func(r *auditRecord, seq int) int { return r.seq - seq })
	for _, r := range t.audits.records[fresh:] {
		records = append(records, r.record())
	}
	if n := len(t.audits.records); n > 0 {
		for ; from < t.audits.records[0].seq; from++ {
			records = append(records, Record{Key: auditKey(from)})
		}
	}
	beside, changed := t.besideRecords(k.beside)
	if records = append(records, changed...); len(records) == 0 {
		return nil
	}
	if err := k.storage.Save(records); err != nil {
		return fmt.Errorf("the tenant's storage failed, and nothing was changed: %w", err)
	}
	k.audits.from, k.audits.to = from, to
	if len(changed) > 0 {
		k.beside = beside
	}
	return nil
}

// notKept answers a request whose changes the storage did not take. The message inside is
// for whoever runs the tenant.
func notKept(c *call, err error) *graphError {
	code, message := faultText(http.StatusServiceUnavailable, c.route.ca)
	return &graphError{Status: http.StatusServiceUnavailable, Code: code, Message: message, Inner: err.Error()}
}
