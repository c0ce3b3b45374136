package managed

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// max_deletes and allow_destroy of the provider block: code that lost half of its
// resources, or that is older than the state, must not empty a tenant. A plan is
// refused where Terraform shows the deletion to the provider; what it hides
// (-replace, taint, replace_triggered_by) is refused by the deletion itself.

// deletions are those that one process was asked for: planned, or carried out.
type deletions struct {
	limit     int  // how many there may be; NoLimit: any number
	forbidden bool // allow_destroy = false

	mu      sync.Mutex
	counted map[string]string // what people call it, by kind and import id
}

// LimitDeletes sets how many objects one plan, and one apply, may delete; NoLimit:
// any number.
func (t *Tenant) LimitDeletes(n int) { t.deletes.limit = n }

// ForbidDestroy makes every deletion an error.
func (t *Tenant) ForbidDestroy() { t.deletes.forbidden = true }

// count notes a deletion and returns how many there are by now. An object counts
// once in a process, however often it is asked for.
func (d *deletions) count(k *kind.Kind, state kind.Values, name string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.counted == nil {
		d.counted = map[string]string{}
	}
	d.counted[k.Name+" "+k.ImportID(state)] = name
	return len(d.counted)
}

// names returns what was counted, one a line.
func (d *deletions) names() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var lines []string
	for _, name := range d.counted {
		lines = append(lines, "  "+name)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// deletes tells whether the end of an address, or its move, deletes an object.
func (r *object) deletes(state kind.Values, m mark) bool {
	return !gone(state, m) && r.kind.MadeByGraph(state) == nil && r.keeps(state, m) == ""
}

// brakeDeletion stops a plan that deletes although nothing may be deleted, or more
// than may. The error comes once, with the first that is too much; the warnings
// that follow have one summary, which Terraform shows once with their number.
func (r *object) brakeDeletion(state kind.Values, m mark, diags *diag.Diagnostics) {
	if r.tenant == nil || !r.deletes(state, m) {
		return
	}
	d := &r.tenant.deletes
	if d.forbidden {
		diags.AddError(r.title(state)+" would be deleted, and allow_destroy is false", fmt.Sprintf("The plan deletes it (id %s). %s", r.kind.ImportID(state), destroyAllowed))
		return
	}
	n := d.count(r.kind, state, r.title(state))
	switch {
	case d.limit == NoLimit || n <= d.limit:
	case n == d.limit+1:
		diags.AddError(fmt.Sprintf("The plan deletes more than max_deletes = %d allows", d.limit),
			fmt.Sprintf("It deletes these at least; a replacement counts, too:\n%s\nNothing was changed. %s", d.names(), deletesRaised))
	default:
		diags.AddWarning("The plan deletes more than was named", r.title(state)+" would be deleted, too.")
	}
}

const (
	destroyAllowed = "Code that is older than the state lacks what was made since: take the newer code. To apply the rest, name it with -target=ADDRESS; " +
		"to forget the object here and leave it in the tenant, use a removed block with destroy = false, or terraform state rm. " +
		"If it is really to go, take allow_destroy = false out of the provider block, or ENTRA_ALLOW_DESTROY out of the environment."
	deletesRaised = "Is the code complete, and not older than the state? If all of them are really to go, raise max_deletes in the provider block for this apply, or set it to -1 for no limit. " +
		"To forget an object here and leave it in the tenant, use a removed block with destroy = false, or terraform state rm."
)

// refuseDestroy is the last look before a deletion, for what no plan showed.
func (r *object) refuseDestroy(state kind.Values) error {
	why := r.braked(state)
	if why == "" {
		return nil
	}
	then := deletesRaised
	if r.tenant.deletes.forbidden {
		then = destroyAllowed
	}
	return errors.New(why + ". It was not deleted. A deletion that no plan refused comes from -replace, taint or replace_triggered_by: for a tainted object run terraform untaint. " + then)
}

// braked tells why a deletion, which it counts, is one too many; "" where it is not.
func (r *object) braked(state kind.Values) string {
	d := &r.tenant.deletes
	if d.forbidden {
		return "allow_destroy is false"
	}
	if n := d.count(r.kind, state, r.title(state)); d.limit != NoLimit && n > d.limit {
		return fmt.Sprintf("max_deletes is %d, and this apply has deleted as many", d.limit)
	}
	return ""
}
