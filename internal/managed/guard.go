package managed

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// What stops a plan that would cost more than it shows: the deletion of an
// object that no recycle bin keeps, and the recreation of one whose id is known
// to what Terraform cannot see.

// The attributes that say otherwise; see catalog.protection and catalog.onHardDelete.
const (
	deletionProtection = "deletion_protection"
	onHardDelete       = "on_hard_delete"
)

// Recreate is the value of on_hard_delete that permits a new id, Refuse the one
// that does not.
const (
	Recreate = "recreate"
	Refuse   = "refuse"
)

// protected tells whether a state forbids to delete its object. It is the state
// that decides, so that taking a resource out of the code does not take its
// protection out with it.
func (r *object) protected(state kind.Values) bool {
	if said, ok := state[deletionProtection].(bool); ok {
		return said
	}
	return r.kind.Guarded()
}

// gone tells whether there is nothing left to delete: what is lost or in the
// recycle bin, itself or with what it belongs to, stays as it is when its
// address goes.
func gone(state kind.Values, m mark) bool {
	return m.Lost || m.Away || text(state["deleted_date_time"]) != ""
}

// checkDeletion stops a plan that deletes a protected object.
func (r *object) checkDeletion(state kind.Values, m mark, diags *diag.Diagnostics) {
	if r.protected(state) && !gone(state, m) {
		diags.AddError(r.title(state)+" is protected from deletion", fmt.Sprintf("The plan deletes it (id %s), and %s. ", text(state["id"]), r.whyProtected(state))+unprotect+
			" To keep the object and only forget it here, use a removed block with destroy = false, or terraform state rm. "+
			"To apply other changes without this one, name them with -target=ADDRESS.")
	}
}

// unprotect is what to do about a protection.
const unprotect = "If it is really to go: put it back into the code with deletion_protection = false, apply, then remove it and apply again."

func (r *object) whyProtected(state kind.Values) string {
	if _, said := state[deletionProtection]; said {
		return deletionProtection + " is true in the state"
	}
	return deletionProtection + " is true unless the code says otherwise, because there is no recycle bin for a " + r.kind.Title + " and a deletion is final"
}

// checkReplacement stops a plan that deletes a protected object to make another.
func (r *object) checkReplacement(a *kind.Attr, state kind.Values, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(a.Name), r.title(state)+" is protected from deletion",
		fmt.Sprintf("A change of %s replaces the %s, which deletes it (id %s), and %s. If it is really to be replaced: set deletion_protection = false, "+
			"apply that alone, then change %s and apply again. Otherwise put %s back.",
			a.Name, r.kind.Title, text(state["id"]), r.whyProtected(state), a.Name, a.Name))
}

// checkMove stops a plan that makes another object elsewhere and deletes a
// protected one.
func (r *object) checkMove(state kind.Values, m mark, diags *diag.Diagnostics) {
	if r.protected(state) && !gone(state, m) {
		diags.AddError(r.title(state)+" is protected from deletion", r.whyNotMoved(state))
	}
}

func (r *object) whyNotMoved(state kind.Values) string {
	ends := strings.Join(r.kind.Ends(), " or ")
	return fmt.Sprintf("Another %s makes another %s and deletes this one (id %s), and %s. If it is really to go: set deletion_protection = false, "+
		"apply that alone, then change %s and apply again.", ends, r.kind.Title, text(state["id"]), r.whyProtected(state), ends)
}

// refuseMove is the last look before a move: a plan without a refresh does not
// know whether the old one is still there.
func (r *object) refuseMove(ctx context.Context, state kind.Values) error {
	if !r.protected(state) {
		return nil
	}
	_, where, err := r.tenant.findFresh(ctx, r.kind, state)
	if err == nil && where == live {
		err = errors.New("it is protected from deletion. " + r.whyNotMoved(state) + " Nothing was changed")
	}
	return err
}

// refuseDeletion is the last look before a deletion. Terraform does not show the
// provider every plan that deletes: of -replace, taint and replace_triggered_by
// it shows the creation alone. A creation that failed halfway is to be deleted,
// and where the other one has been created already, create_before_destroy, a
// refusal would come too late and leave an object that no code can reach.
func (r *object) refuseDeletion(state kind.Values, m mark) error {
	if !r.protected(state) || m.Incomplete || r.tenant.madeOne(r.kind, text(state[r.kind.Label])) {
		return nil
	}
	return fmt.Errorf("%s, and this deletion comes from -replace, taint or replace_triggered_by, which Terraform shows the provider in the apply alone. "+
		"Nothing was deleted. If it is really to be replaced: set deletion_protection = false, apply, then run again; a tainted object needs terraform untaint first", r.whyProtected(state))
}

// madeOne and making: whether this process created an object of that kind and name.
func (t *Tenant) madeOne(k *kind.Kind, name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return name != "" && t.made[k.Name+"/"+name]
}

func (t *Tenant) making(k *kind.Kind, name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made[k.Name+"/"+name] = true
}

// RecreateLost makes on_hard_delete "recreate" for every resource that does not
// say otherwise.
func (t *Tenant) RecreateLost(yes bool) { t.recreate = yes }

// recreates tells whether a lost object may be made anew: always where its new
// id reaches whatever holds the old one, else if the user says so.
func (r *object) recreates(want kind.Values) bool {
	if r.kind.BreaksFor != nil && !r.kind.BreaksFor(want) {
		return true
	}
	if said := text(want[onHardDelete]); said != "" && r.kind.NewIDBreaks != "" {
		return said == Recreate
	}
	return r.kind.NewIDBreaks == "" || r.tenant.recreate
}

// checkRecreation stops a plan that makes an object anew although that breaks
// what Terraform cannot see. An error stops the plan of everything else, too, so
// it says how to go on without this one.
func (r *object) checkRecreation(want, prior kind.Values, m mark, diags *diag.Diagnostics) {
	if !m.Lost || r.recreates(want) {
		return
	}
	what := "It was deleted permanently"
	if m.Imported {
		what = "The import block names an object that does not exist"
	}
	ids := "id " + text(prior["id"])
	if app := text(prior["app_id"]); app != "" {
		ids += ", client id " + app
	}
	diags.AddError(r.title(want)+" was permanently deleted, and a new one would not take its place",
		fmt.Sprintf("%s: %s is neither live nor in the recycle bin, so it cannot be restored. %s "+
			"Set on_hard_delete = \"recreate\" in this resource, or in the provider block for all, to create it anew all the same. "+
			"Or take it out of the code, its import block too. "+
			"Until then a plan of everything stops here; to plan and apply other resources without this one, name them with -target=ADDRESS, or with OpenTofu leave it out with -exclude=ADDRESS.",
			what, ids, r.newIDBreaks(want)))
}

// newIDBreaks says what a new id of an object breaks, "" where nothing is known of it.
func (r *object) newIDBreaks(v kind.Values) string {
	if r.kind.NewIDBreaks == "" || r.kind.BreaksFor != nil && !r.kind.BreaksFor(v) {
		return ""
	}
	return "A new id breaks what this configuration does not hold: " + r.kind.NewIDBreaks + "."
}
