package managed

import (
	"context"
	"errors"
	"fmt"
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
	ended     map[string]bool      // ids of what this process deleted
	leavers   map[string][]*leaver // by the id of what they belong to, or connect
	made      map[string]bool      // kinds and names of what this process created
	renewed   map[string]renewal   // by the id that is no more
	replaced  map[string]bool      // ids of what this plan deletes to make another in its place
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
		ended: map[string]bool{}, leavers: map[string][]*leaver{},
		made: map[string]bool{}, renewed: map[string]renewal{}, replaced: map[string]bool{}, rivals: newRivals(),
	}
	for _, id := range dead {
		t.dead[strings.ToLower(id)] = true
	}
	for _, k := range kinds {
		t.kinds[k.Name] = k
	}
	return t
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
		id = strings.ToLower(id)
		t.wrote[id] = time.Now()
		delete(t.ended, id)
	}
}

// deleted is written for what this process deleted: it exists no more, whatever a replica answers
// that has not heard of it. Of a client id Graph is asked again: the application may go on without
// its service principal.
func (t *Tenant) deleted(id, appID string) {
	t.written(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended[strings.ToLower(id)] = true
	delete(t.exists, strings.ToLower(appID))
	delete(t.wrote, strings.ToLower(appID))
}

// isThere tells whether this process knows that an object exists, because it found or wrote it.
func (t *Tenant) isThere(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	id = strings.ToLower(id)
	return !t.ended[id] && (t.exists[id] || !t.wrote[id].IsZero())
}

func (t *Tenant) isEnded(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended[strings.ToLower(id)]
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
