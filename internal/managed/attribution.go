package managed

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Who deleted or changed an object: the audit log is asked while Terraform reads,
// and only about objects that are not as they were left. The answer goes into the
// state, because a plan may ask no network, and warnings are not in its JSON. A log
// that cannot be read costs the name and nothing else.

const (
	deletedBy     = "deleted_by"
	lastChangedBy = "last_changed_by"
)

// trail is what one process has read of the audit log. Terraform reads ten objects
// at a time and does not say which come next, so all share a few windows of the log
// and its quota of five requests in ten seconds.
type trail struct {
	mu      sync.Mutex
	windows map[view]*window
	alone   map[view]map[string][]*graph.AuditRecord // about objects that were asked about alone
	single  int                                      // how many these are
	err     error                                    // that the log cannot be read; the first says it for all
	said    bool                                     // a warning has said it
}

// view is what a window shows.
type view int

const (
	ofDeletions view = iota
	ofChanges
	ofRemovals // of links and parts
	ofFrequent // of those of which there are too many: asked about one by one
)

// window is the log back to its retention, read as far as it took.
type window struct {
	log    *graph.AuditLog
	about  map[string][]*graph.AuditRecord // by id, the newest first
	oldest time.Time
	pages  int // that may still be read
	read   int // records
	more   bool
}

// maxSingle is how many objects are asked about one by one, where a window did not
// reach back far enough.
const maxSingle = 10

// sameMoment is how far the time of a deletion in the recycle bin and that in the
// log may lie apart.
const sameMoment = 5 * time.Minute

// window returns one, which is opened with the first question. In a large tenant a
// month of changes is hundreds of pages, so it has an end.
func (t *Tenant) window(of view) *window {
	if t.trail.windows == nil {
		t.trail.windows = map[view]*window{}
	}
	w := t.trail.windows[of]
	if w == nil {
		pages := map[view]int{ofDeletions: 10, ofChanges: 5, ofRemovals: 10}[of]
		w = &window{pages: pages, more: true, about: map[string][]*graph.AuditRecord{}}
		w.log, t.trail.windows[of] = t.client.Audits(t.question(of)), w
	}
	return w
}

// question is what a window asks the log.
func (t *Tenant) question(of view) graph.AuditQuery {
	q := graph.AuditQuery{Since: time.Now().Add(-kind.Retention)}
	switch of {
	case ofDeletions:
		q.Activities = graph.DeletionActivities
	case ofRemovals, ofFrequent:
		q.Activities, q.Values = t.removalActivities(of), true
	}
	return q
}

// next reads one more page.
func (w *window) next(ctx context.Context) error {
	records, more, err := w.log.Next(ctx)
	if err != nil {
		return err
	}
	w.more, w.pages, w.read = more, w.pages-1, w.read+len(records)
	for i := range records {
		r := &records[i]
		w.oldest = r.At
		for _, target := range r.Targets {
			id := strings.ToLower(target.ID)
			w.about[id] = append(w.about[id], r)
		}
	}
	return nil
}

// records returns those about an object that fit, the newest first, from a window
// that is read on until there is one or the rest is older than since; then, if the
// window ended too soon, from a question about this object alone.
func (t *Tenant) records(ctx context.Context, of view, id string, since time.Time, fits func(*graph.AuditRecord) bool) []*graph.AuditRecord {
	t.trail.mu.Lock()
	defer t.trail.mu.Unlock()
	w, id := t.window(of), strings.ToLower(id)
	if t.trail.alone == nil {
		t.trail.alone = map[view]map[string][]*graph.AuditRecord{}
	}
	if t.trail.alone[of] == nil {
		t.trail.alone[of] = map[string][]*graph.AuditRecord{}
	}
	fitting := func(all []*graph.AuditRecord) (out []*graph.AuditRecord) {
		for _, r := range all {
			if r.Result != "failure" && !r.At.Before(since) && fits(r) {
				out = append(out, r)
			}
		}
		return out
	}
	for t.trail.err == nil {
		if found := fitting(w.about[id]); len(found) > 0 {
			return found
		}
		if !w.more || w.read > 0 && w.oldest.Before(since) {
			return nil
		}
		if w.pages > 0 {
			if !t.trail.read(ctx, w.next(ctx)) {
				return nil
			}
			continue
		}
		if all, asked := t.trail.alone[of][id]; asked {
			return fitting(all)
		}
		if t.trail.single++; t.trail.single > maxSingle {
			return nil
		}
		q := t.question(of)
		if q.Target = id; of == ofDeletions {
			q.Activities = nil
		}
		records, _, err := t.client.Audits(q).Next(ctx)
		if !t.trail.read(ctx, err) {
			return nil
		}
		all := make([]*graph.AuditRecord, 0, len(records))
		for i := range records {
			all = append(all, &records[i])
		}
		t.trail.alone[of][id] = all
	}
	return nil
}

// read tells whether a request was answered, and remembers that the log cannot be
// read. A run that was interrupted is no answer of the log.
func (l *trail) read(ctx context.Context, err error) bool {
	if err != nil && ctx.Err() == nil {
		l.err = err
	}
	return err == nil
}

// deed is a record in the form that attributes have.
func deed(r *graph.AuditRecord) string {
	return fmt.Sprintf("%s at %s (audit %s)", r.Actor, r.At.UTC().Format(time.RFC3339), r.ID)
}

// simple finds the actor in a deed, if there is nothing more in it; instant the time.
var (
	simple  = regexp.MustCompile(`^(.+) at \S+Z \(audit [^()]*\)$`)
	instant = regexp.MustCompile(` at (\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\dZ`)
)

// spoken is a deed in a sentence.
func spoken(s string) string { return instant.ReplaceAllString(s, " on $1 $2 UTC") }

// actorOf is who did it, "" where that takes more words than a name.
func actorOf(s string) string {
	if m := simple.FindStringSubmatch(s); m != nil && !instant.MatchString(m[1]) {
		return m[1]
	}
	return ""
}

// binnedBy is who put an object into the recycle bin at that time.
func (t *Tenant) binnedBy(ctx context.Context, k *kind.Kind, prior kind.Values, deleted string) string {
	if k.Attr(deletedBy) == nil {
		return ""
	}
	if known := text(prior[deletedBy]); known != "" && text(prior["deleted_date_time"]) == deleted {
		return known
	}
	since := time.Time{}
	if at, err := time.Parse(time.RFC3339, deleted); err == nil {
		since = at.Add(-sameMoment) // another deletion, which a restore has undone, is not this one
	}
	all := t.records(ctx, ofDeletions, text(prior["id"]), since, func(r *graph.AuditRecord) bool {
		return r.IsDeletion() && !r.IsPurge()
	})
	if len(all) == 0 {
		return ""
	}
	return deed(all[0])
}

// lostBy is who deleted an object for good.
func (t *Tenant) lostBy(ctx context.Context, k *kind.Kind, prior kind.Values, known bool, written time.Time) string {
	before := text(prior[deletedBy])
	if k.Attr(deletedBy) == nil || known && before != "" {
		return before
	}
	if k.Removal != nil {
		return t.removedBy(ctx, k, prior, written)
	}
	since := time.Time{}
	if k.KeepsID() { // an earlier object had the same
		since = written
	}
	all := t.records(ctx, ofDeletions, text(prior["id"]), since, (*graph.AuditRecord).IsDeletion)
	first := before
	for _, r := range all {
		if first == "" && !r.IsPurge() {
			first = deed(r)
		}
	}
	var last *graph.AuditRecord
	if len(all) > 0 && !strings.Contains(before, "(audit "+all[0].ID+")") {
		last = all[0]
	}
	switch {
	case last == nil && first == "":
		return ""
	case last == nil && expired(text(prior["deleted_date_time"])):
		return "Microsoft, 30 days after " + first + " deleted it"
	case last == nil:
		return first + ", and then for good by an unknown actor"
	case last.IsPurge() && last.ByService && first != "":
		return "Microsoft" + strings.TrimPrefix(deed(last), last.Actor) + ", 30 days after " + first + " deleted it"
	case last.IsPurge() && last.ByService:
		return "Microsoft" + strings.TrimPrefix(deed(last), last.Actor) + ", 30 days after its deletion"
	case last.IsPurge() || k.Life.Bin == "" || before != "" || len(all) > 1: // how a purge of Conditional Access is called is not documented
		return deed(last)
	}
	return deed(last) + ", and then for good by an unknown actor"
}

// expired tells whether the recycle bin has let go of what was deleted then.
func expired(deleted string) bool {
	at, err := time.Parse(time.RFC3339, deleted)
	return err == nil && time.Since(at) > kind.Retention
}

// changedBy is who was the last to change what differs in an object, since an apply
// wrote it.
func (t *Tenant) changedBy(ctx context.Context, id string, attrs []*kind.Attr, since time.Time) string {
	all := t.records(ctx, ofChanges, id, since, func(r *graph.AuditRecord) bool {
		return slices.ContainsFunc(attrs, func(a *kind.Attr) bool { return tells(r, id, a) })
	})
	if len(all) == 0 {
		return ""
	}
	return deed(all[0])
}

// linking reads a record that an object was linked to another: "Add member to group".
var linking = regexp.MustCompile(`(?i)^(?:add|remove) (.+) (?:to|from) `)

// tells tells whether a record about an object can be of a change of the attribute.
func tells(r *graph.AuditRecord, id string, a *kind.Attr) bool {
	link := linking.FindStringSubmatch(r.Activity)
	if link == nil || a.Channel != kind.Relation {
		return link == nil && a.Channel != kind.Relation && r.Operation != "Add" && !r.IsDeletion()
	}
	// What is linked stands first, and what it is linked to second.
	first := len(r.Targets) > 0 && strings.EqualFold(r.Targets[0].ID, id)
	noun := strings.TrimSuffix(strings.ToLower(a.Property), "s")
	if a.Far != "" { // made at the other end: a policy that applies to an application
		return first && strings.HasSuffix(strings.ToLower(link[1]), "policy")
	}
	return !first && strings.HasSuffix(strings.ToLower(link[1]), noun)
}

// silence says, for a warning, why the log does not name who did something.
func (t *Tenant) silence(of view) string {
	t.trail.mu.Lock()
	defer t.trail.mu.Unlock()
	w := t.trail.windows[of]
	switch {
	case w == nil || t.trail.err != nil: // which is said once
		return ""
	case w.more && w.pages <= 0 && w.read > 0:
		return fmt.Sprintf(" Who did it is not among the last %d records of the audit log, which go back to %s.", w.read, w.oldest.UTC().Format("2006-01-02 15:04 UTC"))
	}
	if of == ofRemovals || of == ofFrequent {
		return " Who removed it does not stand in the audit log: records appear up to 15 minutes late, and what goes with another object has none."
	}
	return " Who did it does not stand in the audit log; records appear up to 15 minutes late."
}
