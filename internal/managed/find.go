package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Where an object is: live, in the recycle bin, away with what it belongs to, or lost. What
// may not be read, or cannot be read now, is none of these, and a listing that lags makes
// nothing lost.

// presence tells where an object is.
type presence int

const (
	unseen presence = iota - 1 // not looked for, or not to be told
	live
	binned
	lost
	away // with what it belongs to, which is in the recycle bin and brings it back
)

// byID are the values that find an object of a kind that belongs to no other.
func byID(id string) kind.Values { return kind.Values{"id": id} }

// find looks an object up, by its id and by what it belongs to: live, else in
// the recycle bin, else lost. An error is neither: what may not be read, or
// cannot be read now, is not lost.
func (t *Tenant) find(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence, error) {
	return t.findLeft(ctx, k, v, time.Time{})
}

// findLeft is find for an object that an apply wrote last at that time.
func (t *Tenant) findLeft(ctx context.Context, k *kind.Kind, v kind.Values, written time.Time) (kind.Body, presence, error) {
	if k.Life.Form == kind.Element {
		return t.item(ctx, k, v, false)
	}
	var err error
	b, where := t.listed(ctx, k, v)
	if where == unseen {
		b, where, err = t.onPage(ctx, k, text(v["id"]), time.Time{})
	}
	if err != nil || where == live || where == binned || where == lost && t.deletedForGood(ctx, k, v, written) {
		return b, where, err
	}
	return t.findFresh(ctx, k, v)
}

// onPage looks an object up in the listings of a kind that comes in one page, and of its
// recycle bin, which are not older than since. Listings lag: lost means no more than that
// neither has it.
func (t *Tenant) onPage(ctx context.Context, k *kind.Kind, id string, since time.Time) (kind.Body, presence, error) {
	if !k.Life.OnePage || t.isWritten(id) {
		return nil, unseen, nil
	}
	all, err := t.listSince(ctx, k, k.Life.ReadFrom, k.Life.Path, selected(k), since)
	if err != nil {
		return nil, unseen, err
	}
	if b, ok := all[strings.ToLower(id)]; ok {
		return b, live, nil
	}
	if k.Life.BinList == "" {
		return nil, lost, nil
	}
	where := lost
	if all, err = t.listSince(ctx, k, k.Life.BinVersion, k.Life.BinList, nil, since); err != nil {
		where = unseen // a single read tells whether that matters
	}
	if b, ok := all[strings.ToLower(id)]; ok {
		return b, binned, nil
	}
	return nil, where, nil
}

// deletedForGood tells whether the audit log says that an object is gone for good, since an
// apply wrote it last, that a listing of the live ones does not have. Conditional Access takes
// one request a second, and a lost directory is thousands of objects, so they are not asked for
// one by one.
func (t *Tenant) deletedForGood(ctx context.Context, k *kind.Kind, v kind.Values, written time.Time) bool {
	all := t.deletions(ctx, k, v, written)
	if slices.ContainsFunc(all, (*graph.AuditRecord).IsPurge) {
		return true
	}
	// The listing of the recycle bin does not have it either. A single deletion may have been undone a
	// moment ago. A purge is a second one, whatever Graph calls it.
	return k.Life.OnePage && requests(all) > 1
}

// requests counts the requests that records tell of: of one deletion two services may each write one.
func requests(all []*graph.AuditRecord) int {
	of := map[string]bool{}
	for _, r := range all {
		of[r.Correlation] = true
	}
	return len(of)
}

// purged tells whether the audit log says that an object was deleted out of the recycle bin:
// nothing brings that back, and nothing else gets its id, so that nobody need look again.
func (t *Tenant) purged(ctx context.Context, k *kind.Kind, v kind.Values, written time.Time) bool {
	return slices.ContainsFunc(t.deletions(ctx, k, v, written), (*graph.AuditRecord).IsPurge)
}

// deletions are the records of the audit log about the end of an object whose id ends with it.
func (t *Tenant) deletions(ctx context.Context, k *kind.Kind, v kind.Values, written time.Time) []*graph.AuditRecord {
	if k.Life.BinList == "" || k.KeepsID() || k.Attr(deletedBy) == nil {
		return nil
	}
	return t.records(ctx, ofDeletions, text(v["id"]), written, (*graph.AuditRecord).IsDeletion)
}

// findRecent is findFresh while something is written; where one request lists all of a
// kind, the listing is a minute old at most.
func (t *Tenant) findRecent(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence, error) {
	if b, where, err := t.onPage(ctx, k, text(v["id"]), time.Now().Add(-recent)); err == nil && where != unseen {
		return b, where, nil
	}
	return t.findFresh(ctx, k, v)
}

// findGone is findRecent for what a plan did not find live, where to be wrong makes a second one,
// in force. That the listings are a minute old does no harm: nothing brings back what was neither
// live nor in the recycle bin. But they are two, and the recycle bin is listed first, so that what
// somebody restores between them is in one. What is deleted between them is in neither, and made
// anew beside the one in the recycle bin, which is not in force.
//
// Listings that lag are no proof: one of the live ones from before a restore has not what one of
// the recycle bin from after it has no longer. It takes a policy that was deleted, restored and
// deleted since the last apply, so that the audit log spares the plan a look at it alone, and
// restored seconds before the plan and the apply. One more look at each would cost a recovery of a
// hundred policies two hundred seconds.
func (t *Tenant) findGone(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence, error) {
	id, since := text(v["id"]), time.Now().Add(-recent)
	if k.Life.OnePage && k.Life.BinList != "" && !t.isWritten(id) {
		if bin, err := t.listing(ctx, k, k.Life.BinVersion, k.Life.BinList, nil, since); err == nil {
			since = bin.at
		}
	}
	if b, where, err := t.onPage(ctx, k, id, since); err == nil && where != unseen {
		return b, where, nil
	}
	return t.findFresh(ctx, k, v)
}

// binError tells what a recycle bin that cannot be read leaves open; nil where a cloud has none.
func (t *Tenant) binError(k *kind.Kind, err error) error {
	if k.Life.BinMayLack && graph.IsNoSegment(err) {
		return nil
	}
	return fmt.Errorf("the %s is not among the live ones, and the recycle bin could not be read, so whether it can be restored is not known: %w", k.Title, err)
}

// findFresh asks Graph for the one object, whatever was listed before: a
// listing that lags makes nothing lost.
func (t *Tenant) findFresh(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence, error) {
	if k.Life.Form == kind.Element {
		return t.item(ctx, k, v, true)
	}
	b, err := t.get(ctx, k.Life.ReadFrom, k.Life.Item(v), selected(k))
	switch {
	case err == nil:
		return b, live, nil
	case !graph.IsNotFound(err):
		return nil, lost, err
	case k.Life.Below() || k.Life.Link:
		where, err := t.ends(ctx, k, v)
		return nil, where, err
	case k.Life.Bin == "":
		return nil, lost, nil
	}
	if b, ok := t.listedBin(ctx, k, text(v["id"])); ok {
		return b, binned, nil
	}
	b, err = t.get(ctx, k.Life.BinVersion, k.Life.Bin+graph.Path(text(v["id"])), nil)
	switch {
	case err == nil:
		return b, binned, nil
	case graph.IsNotFound(err):
		return nil, lost, nil
	}
	return nil, lost, t.binError(k, err)
}

// get reads one object, together with others that are read at the same time.
func (t *Tenant) get(ctx context.Context, v kind.Version, path string, query map[string]string) (kind.Body, error) {
	answer, err := t.client.Gather(ctx, graph.Request{Version: graph.Version(v), Path: path, Query: query})
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// ends tells whether what is not there is away with what it belongs to or
// connects, or lost.
func (t *Tenant) ends(ctx context.Context, k *kind.Kind, v kind.Values) (presence, error) {
	names := k.Life.Placeholders()
	if k.Life.Link {
		names = k.Ends()
	}
	for _, name := range names {
		if a := k.Attr(name); a.Ref == nil || text(v[name]) == "" {
			continue
		}
		if where, err := t.end(ctx, k, name, v); err != nil || where == binned {
			return away, err
		}
	}
	return lost, nil
}

// parent tells where the object is that one belongs to.
func (t *Tenant) parent(ctx context.Context, k *kind.Kind, v kind.Values) (presence, error) {
	return t.end(ctx, k, k.Life.Placeholders()[0], v)
}

// end tells where the object is to which an attribute refers.
func (t *Tenant) end(ctx context.Context, k *kind.Kind, name string, v kind.Values) (presence, error) {
	for _, kindName := range k.Attr(name).Ref.Kinds {
		if owner := t.kinds[kindName]; owner != nil {
			_, where, err := t.find(ctx, owner, byID(text(v[name])))
			if err != nil || where != lost {
				return where, err
			}
		}
	}
	return lost, nil
}
