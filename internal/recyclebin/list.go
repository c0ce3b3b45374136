package recyclebin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// Query is what List reads.
type Query struct {
	Selection
	// Who asks the audit log who deleted what. A selection by that does so in any case.
	Who bool
	// Companions reads the bin of applications beside that of service principals, and the
	// reverse, because a restore of the one depends on the other.
	Companions bool
	Progress   Progress         // nil: none
	Now        func() time.Time // nil: the clock
}

// Progress is told how a listing or a restore goes on.
type Progress interface {
	// Reading says that the bin of some kind is being read, or the audit log.
	Reading(what string)
	// Read says how many there were.
	Read(n int)
	// Restoring says that the restore of a kind begins, how many objects there are of it.
	Restoring(plural string, of int)
	// Tried says that n more were tried.
	Tried(n int)
}

// Listing is what the recycle bins hold.
type Listing struct {
	// Items are those that are meant: by kind in the order of a restore, the latest first.
	Items []Item
	// Lacking are the kinds, in the plural, for which this cloud has no recycle bin.
	Lacking []string
	// Unread says which bins could not be read, and why.
	Unread []Unread
	// Unknown counts the objects of which nobody knows who deleted them, and Why says why:
	// "" where the audit log has no record. A selection by that leaves them out.
	Unknown int
	Why     string

	read map[string][]Item // all of each bin that was read, meant or not
}

// Unread is a recycle bin that could not be read.
type Unread struct {
	Kind  string `json:"kind"`
	Error string `json:"error"`
}

// List reads the recycle bins. One that cannot be read does not keep the others from
// being read; that the audit log cannot be read is an error where the selection needs it.
func List(ctx context.Context, client *graph.Client, q Query) (*Listing, error) {
	for _, name := range q.Kinds {
		if !slices.Contains(order, name) {
			return nil, fmt.Errorf("no recycle bin is known for %q: it must be one of %s", name, strings.Join(order, ", "))
		}
	}
	if q.Now == nil {
		q.Now = time.Now
	}
	if q.Progress == nil {
		q.Progress = silent{}
	}
	l := &Listing{read: map[string][]Item{}}
	for _, b := range bins() {
		meant := q.reads(b.Name)
		beside := q.Companions && (b.Name == application && q.reads(servicePrincipal) || b.Name == servicePrincipal && q.reads(application))
		if !meant && !beside {
			continue
		}
		q.Progress.Reading("deleted " + b.Plural)
		items, err := b.list(ctx, client, q.Now())
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case lacks(err):
			if meant {
				l.Lacking = append(l.Lacking, b.Plural)
			}
			continue
		case err != nil:
			if meant {
				l.Unread = append(l.Unread, Unread{b.Name, explain(b, b.Read, err)})
			}
			continue
		}
		q.Progress.Read(len(items))
		l.read[b.Name] = items
		for i := range items {
			if q.means(&items[i]) {
				l.Items = append(l.Items, items[i])
			}
		}
	}
	if q.Who || q.DeletedBy != "" {
		if err := l.blame(ctx, client, q); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (b bin) list(ctx context.Context, client *graph.Client, now time.Time) (items []Item, err error) {
	query := map[string]string{}
	if b.shared() {
		query = map[string]string{"$top": "999", "$select": strings.Join(b.properties, ",")}
	}
	err = client.List(ctx, graph.Version(b.Life.BinVersion), b.Life.BinList, query, func(row graph.Body) error {
		if it := newItem(b, row, now); it.ID != "" {
			items = append(items, it)
		}
		return nil
	})
	slices.SortFunc(items, func(x, y Item) int {
		return cmp.Or(y.DeletedAt.Compare(x.DeletedAt), cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	return items, err
}

// lacks tells whether an answer to a listing means that the address does not exist, as
// in national clouds: a 400 for the segment, or a 404 that Graph itself worded. A page of
// a proxy says nothing about Graph.
func lacks(err error) bool {
	var e *graph.Error
	return graph.IsNoSegment(err) || errors.As(err, &e) && e.Status == 404 && e.Code != ""
}

// slack is how far the time in the audit log may be from that on the object.
const slack = 5 * time.Minute

// maxAuditPages bounds a look into the audit log: at five requests in ten seconds, two
// minutes, and sixty thousand records.
const maxAuditPages = 60

// blame finds out who deleted what, from one query over the time in which it happened,
// and leaves what others deleted out of the selection.
func (l *Listing) blame(ctx context.Context, client *graph.Client, q Query) error {
	open := map[string]*Item{}
	var since, until time.Time
	for i := range l.Items {
		it := &l.Items[i]
		open[it.ID] = it
		if since.IsZero() || it.DeletedAt.Before(since) {
			since = it.DeletedAt
		}
		if it.DeletedAt.After(until) {
			until = it.DeletedAt
		}
	}
	log := client.Audits(graph.AuditQuery{Since: since.Add(-slack), Until: until.Add(slack), Activities: graph.DeletionActivities})
	more := true
	for page := 0; more && len(open) > 0; page++ {
		if page == maxAuditPages {
			l.Why = fmt.Sprintf("the audit log has more than %d records of that time: narrow it with --since", page*graph.AuditPage)
			break
		}
		var records []graph.AuditRecord
		var err error
		if page == 0 {
			q.Progress.Reading("the audit log")
		}
		if records, more, err = log.Next(ctx); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			l.Why = explainAudit(err)
			if q.DeletedBy != "" {
				return fmt.Errorf("could not find out who deleted what: %s", l.Why)
			}
			break
		}
		for _, r := range records {
			if !r.IsDeletion() {
				continue
			}
			for _, target := range r.Targets {
				id := strings.ToLower(target.ID)
				// Another time is another deletion: it was restored in between, and the
				// record of the latest has not arrived.
				if it := open[id]; it != nil && r.At.Sub(it.DeletedAt).Abs() <= slack {
					it.DeletedBy, it.actor = r.Actor, r.ActorIs
					delete(open, id)
				}
			}
		}
	}
	l.Unknown = len(open)
	l.Items = slices.DeleteFunc(l.Items, func(it Item) bool { return !q.blames(&it) })
	return nil
}

type silent struct{}

func (silent) Reading(string)        {}
func (silent) Read(int)              {}
func (silent) Restoring(string, int) {}
func (silent) Tried(int)             {}
