package managed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Tenant is what all resources and data sources of one provider share: the
// client, what was listed, and what this process wrote.
type Tenant struct {
	client   *graph.Client
	expected string          // tenant id of the provider block, "" when not given
	dead     map[string]bool // ids that the user knows to be dead
	recreate bool            // on_hard_delete of the provider block
	kinds    map[string]*kind.Kind
	survey   survey
	pim      activations
	removals int // how many ends of one relation an apply may remove from one object
	shelves  shelves
	deletes  deletions
	guard    guarding
	trail    trail
	busy     business
	told     int // objects of which warnings have said that they are not as they were left

	mu        sync.Mutex
	listings  map[string]*listing
	bulks     bulks
	questions questions
	wrote     map[string]time.Time // ids that this process created, changed or restored
	seen      map[string]bool      // addresses' ids read in this process, that is: while planning
	exists    map[string]bool      // ids that the reference check found
	made      map[string]bool      // kinds and names of what this process created
	renewed   map[string]renewal   // by the id that is no more
	rivals    rivals
}

// NewTenant returns the tenant behind client. expected is the tenant id that
// the user named, "" for any; dead are ids that code refers to although they
// are known not to exist.
func NewTenant(client *graph.Client, expected string, dead []string, kinds []*kind.Kind) *Tenant {
	t := &Tenant{
		client: client, expected: expected, removals: DefaultRemovals, deletes: deletions{limit: NoLimit},
		pim: activations{by: map[string]graph.Activated{}, failed: map[string]error{}}, dead: map[string]bool{}, kinds: map[string]*kind.Kind{},
		listings: map[string]*listing{}, wrote: map[string]time.Time{}, seen: map[string]bool{}, exists: map[string]bool{},
		made: map[string]bool{}, renewed: map[string]renewal{}, rivals: newRivals(),
	}
	for _, id := range dead {
		t.dead[strings.ToLower(id)] = true
	}
	for _, k := range kinds {
		t.kinds[k.Name] = k
	}
	return t
}

// listing is one list request, made once, whose answer serves many reads.
type listing struct {
	once sync.Once
	at   time.Time // when it was asked for
	byID map[string]kind.Body
	err  error
}

// check refuses to work on a tenant other than the one that the provider block
// names or that the state was written for.
func (t *Tenant) check(ctx context.Context, recorded string) (string, error) {
	id, err := t.client.TenantID(ctx)
	if err != nil {
		return "", fmt.Errorf("could not find out which tenant the credentials belong to: %w", err)
	}
	if kind.IsGUID(t.expected) && !strings.EqualFold(t.expected, id) { // a domain name is for the client to check
		return "", fmt.Errorf("the credentials belong to tenant %s, but the provider block says tenant_id = %q. Sign in to that tenant, or correct tenant_id; nothing was read or written", id, t.expected)
	}
	if recorded != "" && !strings.EqualFold(recorded, id) {
		return "", fmt.Errorf("the state was written for tenant %s, but the credentials belong to tenant %s. Use the state of this tenant, or sign in to the other; nothing was read or written", recorded, id)
	}
	return id, nil
}

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
	if b, ok := t.listed(ctx, k, v); ok {
		return b, live, nil
	}
	b, where, err := t.onPage(ctx, k, text(v["id"]), time.Time{})
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

// deletedForGood tells whether the audit log says that an object was deleted, since an apply
// wrote it last, that neither the listing of the live ones has nor that of the recycle bin: no
// listing that lags looks like that. Conditional Access takes one request a second, so a
// hundred lost policies are not asked for one by one.
func (t *Tenant) deletedForGood(ctx context.Context, k *kind.Kind, v kind.Values, written time.Time) bool {
	if k.Life.BinList == "" || k.KeepsID() || k.Attr(deletedBy) == nil {
		return false
	}
	all := t.records(ctx, ofDeletions, text(v["id"]), written, (*graph.AuditRecord).IsDeletion)
	// A single deletion may have been undone a moment ago. A purge is a second one, whatever Graph calls it.
	return len(all) > 1 || len(all) == 1 && all[0].IsPurge()
}

// findRecent is findFresh while something is written; where one request lists all of a
// kind, the listing is a minute old at most.
func (t *Tenant) findRecent(ctx context.Context, k *kind.Kind, v kind.Values) (kind.Body, presence, error) {
	if b, where, err := t.onPage(ctx, k, text(v["id"]), time.Now().Add(-recent)); err == nil && where != unseen {
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

func (t *Tenant) isWritten(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.wrote[strings.ToLower(id)].IsZero()
}

// writtenAt is when this process wrote the object last; zero where it did not.
func (t *Tenant) writtenAt(id string) time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wrote[strings.ToLower(id)]
}

// wroteAny tells whether this process wrote anything, so that a listing may be out of date.
func (t *Tenant) wroteAny() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.wrote) > 0
}

// written notes that this process wrote the object, so that no listing made
// before speaks of it any more.
func (t *Tenant) written(ids ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		t.wrote[strings.ToLower(id)] = time.Now()
	}
}

// sawWhilePlanning and plans: Terraform reads objects while it plans, and asks
// for the plan once more, without a read, in the process that applies. What
// needs the network is said in the first of the two only.
func (t *Tenant) sawWhilePlanning(k *kind.Kind, id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen[k.Name+"/"+id] = true
}

func (t *Tenant) plans(k *kind.Kind, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen[k.Name+"/"+id]
}

// forget drops a listing that this process has made out of date.
func (t *Tenant) forget(path string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listings, path)
}

// list returns a collection by id, asked for once in a process.
func (t *Tenant) list(ctx context.Context, k *kind.Kind, v kind.Version, path string) (map[string]kind.Body, error) {
	return t.listSince(ctx, k, v, path, selected(k), time.Time{})
}

// listSince is list, asked for anew where the answer at hand is older.
func (t *Tenant) listSince(ctx context.Context, k *kind.Kind, v kind.Version, path string, query map[string]string, since time.Time) (map[string]kind.Body, error) {
	t.mu.Lock()
	l := t.listings[path]
	if l == nil || l.at.Before(since) {
		l = &listing{at: time.Now()}
		t.listings[path] = l
	}
	t.mu.Unlock()
	l.once.Do(func() {
		l.byID = map[string]kind.Body{}
		l.err = t.client.List(ctx, graph.Version(v), path, query, func(b kind.Body) error {
			if id, ok := b["id"].(string); ok {
				l.byID[strings.ToLower(id)] = b
			}
			return nil
		})
	})
	if l.err != nil {
		t.mu.Lock()
		if t.listings[path] == l {
			delete(t.listings, path) // the next read asks again
		}
		t.mu.Unlock()
		return nil, fmt.Errorf("could not list %s: %w", k.Plural, l.err)
	}
	return l.byID, nil
}

// named returns the live objects whose label is name; those that belong to the
// same object as v, where they belong to any.
func (t *Tenant) named(ctx context.Context, k *kind.Kind, v kind.Values, attr *kind.Attr, name string) ([]kind.Body, error) {
	var out []kind.Body
	keep := func(b kind.Body) error {
		if s := attr.Shown(b[attr.Property]); s == name || attr.Folded && strings.EqualFold(s, name) {
			out = append(out, b)
		}
		return nil
	}
	if k.Life.OnePage {
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		for _, b := range all {
			_ = keep(b)
		}
		return out, err
	}
	if k.Life.InDirectory() && attr.Name == k.Label && !t.wroteAny() {
		if rows, ok := t.listedAs(ctx, t.objects(k, k.Life.Path, k.Life.ReadFrom, selected(k), false), name); ok {
			for _, b := range rows {
				_ = keep(b)
			}
			return out, nil
		}
	}
	query := map[string]string{"$filter": equals(attr.Property, name)}
	if k.Life.Below() {
		query = map[string]string{} // few, and not all of such collections can be filtered
	}
	maps.Copy(query, selected(k))
	err := t.client.GatherList(ctx, graph.Request{Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Expand(v), Query: query}, keep)
	if k.Life.Below() && graph.IsNotFound(err) {
		return nil, nil
	}
	return out, err
}

// namedInBin returns the objects in the recycle bin whose label is name.
func (t *Tenant) namedInBin(ctx context.Context, k *kind.Kind, attr *kind.Attr, name string) ([]kind.Body, error) {
	if k.Life.BinList == "" {
		return nil, nil
	}
	var out []kind.Body
	keep := func(b kind.Body) error {
		if text(b[attr.Property]) == name {
			out = append(out, b)
		}
		return nil
	}
	var err error
	if k.Life.OnePage {
		var all map[string]kind.Body
		all, err = t.listSince(ctx, k, k.Life.BinVersion, k.Life.BinList, nil, time.Time{})
		for _, b := range all {
			_ = keep(b)
		}
	} else {
		if !t.wroteAny() {
			if rows, ok := t.listedAs(ctx, t.objects(k, k.Life.BinList, k.Life.BinVersion, nil, false), name); ok {
				for _, b := range rows {
					_ = keep(b)
				}
				return out, nil
			}
		}
		query := map[string]string{"$filter": equals(attr.Property, name)}
		err = t.client.GatherList(ctx, graph.Request{Version: graph.Version(k.Life.BinVersion), Path: k.Life.BinList, Query: query}, keep)
	}
	if k.Life.BinMayLack && graph.IsNoSegment(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the recycle bin of %s could not be listed: %w", k.Plural, err)
	}
	return out, nil
}

// equals is a filter for a text property.
func equals(property, value string) string {
	return property + " eq " + quoted(value)
}

// selected returns the query of a read: nil where the default properties will do.
func selected(k *kind.Kind) map[string]string {
	var query map[string]string
	if properties := k.Select(); properties != nil {
		query = map[string]string{"$select": strings.Join(properties, ",")}
	}
	if link := k.Expand(); link != "" {
		if query == nil {
			query = map[string]string{}
		}
		query["$expand"] = link
	}
	return query
}

// quoted is a text in a filter.
func quoted(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// mark is what private state says of an object, beside what Terraform shows.
type mark struct {
	Tenant   string `json:"tenant,omitempty"`
	Lost     bool   `json:"lost,omitempty"`
	Imported bool   `json:"imported,omitempty"` // in this plan: relations are not in the state yet

	// Adopted is set from the import until an apply writes the state: the modes
	// in it are not the code's.
	Adopted bool `json:"adopted,omitempty"`

	// Stuck is set for an object in the recycle bin that Graph refuses to
	// restore, because it refers to what was deleted permanently.
	Stuck bool `json:"stuck,omitempty"`

	// Unfinished is set for an object that was restored, while what goes with it,
	// such as the service principal of an application, was not.
	Unfinished bool `json:"unfinished,omitempty"`

	// Away is set for an object that is in the recycle bin with what it belongs to.
	Away bool `json:"away,omitempty"`

	// Returns is set where this configuration brings back what it is away with. Whether it
	// was still there, and as it was, when that was deleted cannot be read: so the plan leaves
	// its id open, and the apply looks, and repairs it or makes it anew.
	Returns bool `json:"returns,omitempty"`

	// Incomplete is set for an object whose creation failed halfway. Terraform
	// calls it tainted: the next apply deletes it and makes another.
	Incomplete bool `json:"incomplete,omitempty"`

	// Halfway is set for an object that was made anew, while what follows its making
	// failed, or may have: what code uses when an object is made is then still to be written.
	Halfway bool `json:"halfway,omitempty"`

	// Written is when an apply wrote the object last: what changed it before that is
	// not what changed it since.
	Written time.Time `json:"written,omitzero"`

	// Drift holds, for each attribute that is no longer as it was left, the digest of
	// what it was, so that a plan can tell whether it puts that back.
	Drift map[string]string `json:"drift,omitempty"`

	// Taken is set for an object that was live when this configuration was to
	// make it, so that it is forgotten and not deleted with its address.
	Taken bool `json:"taken,omitempty"`

	// Was are the ids that the object had before it was made anew.
	Was []string `json:"was,omitempty"`

	// Past are, by relation, ids that are no longer in the state although the code may
	// list them: those that a refresh of what was imported took out, and those that an
	// apply failed to put back.
	Past map[string][]string `json:"past,omitempty"`

	// Relink has the relations in which something stood that was made anew, or is to be,
	// with the new ids of what earlier applies made.
	Relink map[string][]string `json:"relink,omitempty"`
}

// verb is what an update does to the object.
func (m mark) verb(had kind.Values) string {
	switch {
	case m.anew():
		return "recreate"
	case text(had["deleted_date_time"]) != "" || m.Returns:
		return "restore"
	}
	return "update"
}

// anew tells whether the object has to be made anew, with another id.
func (m mark) anew() bool { return m.Lost || m.Stuck }

// unread tells of an object that was imported while it was in the recycle bin
// with what it belongs to: the state has its id, and nothing else of it.
func (m mark) unread() bool { return m.Away && m.Imported }

// whole tells whether the state says all of the object, so that what differs from it
// was changed since.
func (m mark) whole() bool { return !m.Lost && !m.Imported && !m.Halfway && !m.Incomplete }

const markKey = "entra"

func (m mark) bytes() []byte {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return b
}

func readMark(b []byte) mark {
	var m mark
	if len(b) > 0 {
		_ = json.Unmarshal(b, &m) // written by mark.bytes; nothing else can be there
	}
	return m
}

// explain returns the sentence that ends every message about a failed request:
// what Graph answered and what to do.
func explain(k *kind.Kind, write bool, err error) string {
	s := strings.TrimSuffix(err.Error(), ".") + "."
	need := k.Read
	if write {
		need = k.Write
	}
	var unanswered *graph.Unanswered
	switch {
	case graph.IsForbidden(err) && strings.Contains(strings.ToLower(s), "restricted management"): // A10
		return s + " A permission does not help here: assign the application a role that is scoped to that administrative unit, and run again."
	case graph.IsForbidden(err):
		return s + " Grant the application " + strings.Join(need, ", ") + " with admin consent, and run again."
	case graph.IsUnauthorized(err):
		return s + " Sign in again, and run again."
	case errors.As(err, &unanswered) && !unanswered.OutcomeUnknown:
		return s + " Run again when Microsoft Graph answers; what was done so far is in the state."
	}
	return s
}
