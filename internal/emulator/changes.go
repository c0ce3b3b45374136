package emulator

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// What changed in the directory, for delta queries. Nothing is noted before the first of
// them, and then not more than maxChanges of the last seven days.

const (
	maxChanges = 50_000
	deltaLife  = 7 * 24 * time.Hour
)

// change is one entry: an object that came, changed or went, or a link of it.
type change struct {
	seq      int64
	at       time.Time
	typ, id  string
	made     bool
	names    []string // the properties that changed; none for the object as a whole
	relation string   // of a link
	target   string
}

type changeLog struct {
	on      bool
	seq     int64
	floor   int64 // up to here changes are forgotten
	entries []change
}

// note adds an entry. What is older than the life of a token goes, and the older half
// where there are too many: a token from before then asks for a new start.
func (l *changeLog) note(at time.Time, c change) {
	if !l.on || !slices.Contains(deltaTypes, c.typ) {
		return
	}
	l.seq++
	c.seq, c.at, c.id = l.seq, at, strings.ToLower(c.id)
	l.entries = append(l.entries, c)
	stale := 0
	for stale < len(l.entries) && at.Sub(l.entries[stale].at) > deltaLife {
		stale++
	}
	if len(l.entries) > maxChanges {
		stale = max(stale, maxChanges/2)
	}
	if stale > 0 {
		l.floor = l.entries[stale-1].seq
		l.entries = slices.Clone(l.entries[stale:])
	}
}

// forget takes back what was noted since.
func (l *changeLog) forget(since int64) {
	l.entries = slices.DeleteFunc(l.entries, func(c change) bool { return c.seq > since })
	l.seq = since
}

// watch has the store tell of objects that come and go and of links.
func (t *Tenant) watch() {
	for _, s := range t.shelves {
		s.changed = func(o *object, made bool) {
			t.stir()
			t.changes.note(t.now(), change{typ: o.typ, id: o.id, made: made})
		}
	}
	t.edges.changed = t.followLink
}

// followLink follows up on a link that came or went.
func (t *Tenant) followLink(source, relation, target string) {
	t.noteLink(source, relation, target)
	t.licensed(source, relation, target)
}

func (t *Tenant) noteLink(source, relation, target string) {
	if !t.changes.on {
		return
	}
	o := t.directoryObject(source, false)
	if o == nil {
		o = t.directoryObject(source, true)
	}
	if o != nil {
		t.changes.note(t.now(), change{typ: o.typ, id: o.id, relation: relation, target: strings.ToLower(target)})
	}
}

// touched notes that properties of an object changed; without names, that it moved to the
// recycle bin or back, which its groups and units notice too.
func (t *Tenant) touched(o *object, names ...string) {
	if !t.changes.on {
		return
	}
	t.changes.note(t.now(), change{typ: o.typ, id: o.id, names: names})
	if len(names) > 0 {
		return
	}
	for _, relation := range []string{"members", "owners"} {
		for _, source := range t.edges.from[edge{strings.ToLower(o.id), relation}] {
			t.noteLink(source, relation, o.id)
		}
	}
}

// differing lists the properties in which two bodies differ.
func differing(old, next body) []string {
	var out []string
	for name, v := range next {
		if was, had := old[name]; !had || !reflect.DeepEqual(was, v) {
			out = append(out, name)
		}
	}
	return out
}

// trace is what happened to one object between two points of the log.
type trace struct {
	typ, id string
	whole   bool
	made    bool
	names   []string
	links   map[string][]string // relation → targets
}

// between gathers the entries behind since, up to until, by object.
func (l *changeLog) between(since, until int64, types []string) map[string]*trace {
	out := map[string]*trace{}
	for _, c := range l.entries {
		if c.seq <= since || c.seq > until || !slices.Contains(types, c.typ) {
			continue
		}
		tr := out[c.id]
		if tr == nil {
			tr = &trace{typ: c.typ, id: c.id, links: map[string][]string{}}
			out[c.id] = tr
		}
		switch {
		case c.relation != "":
			if !slices.Contains(tr.links[c.relation], c.target) {
				tr.links[c.relation] = append(tr.links[c.relation], c.target)
			}
		case len(c.names) > 0:
			tr.names = append(tr.names, c.names...)
		default:
			tr.whole, tr.made = true, tr.made || c.made
		}
	}
	return out
}
