package managed

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What a plan says of objects that are not as they were left: one warning for each,
// in the process that plans.

// maxWarned is how many objects a plan warns of one by one. The command line folds
// warnings of the same summary into one, "(and 4 more similar warnings elsewhere)",
// so further ones share a summary with the others of their kind.
const maxWarned = 20

// loss is a warning in the making.
type loss struct {
	title string // the object
	what  string // became of it: "was permanently deleted"
	by    string // who did it, as the state has it; "" where nobody knows
	then  string // how it came, and what an apply does
}

// warn says it, and once in a process that nobody may read who it was.
func (t *Tenant) warn(k *kind.Kind, x loss, diags *diag.Diagnostics) {
	if by := actorOf(x.by); by != "" {
		x.what = strings.Replace(x.what, "deleted", "deleted by "+by, 1)
		x.what = strings.Replace(x.what, "removed", "removed by "+by, 1)
		x.what = strings.Replace(x.what, "changed", "changed by "+by, 1)
	}
	summary, detail := x.title+" "+x.what, x.then
	if t.another() {
		summary, detail = "More "+k.Plural+" were deleted or changed", summary+". "+detail
	}
	diags.AddWarning(summary, detail)
	if err := t.unreadable(); err != nil && k.Attr(deletedBy) != nil {
		diags.AddWarning("Who deleted or changed objects is not known",
			"The audit log could not be read: "+strings.TrimSuffix(err.Error(), ".")+". To see it in the plan, grant the application AuditLog.Read.All and Directory.Read.All with admin consent. Recovery does not need it.")
	}
}

// another counts the objects, and tells whether one more has no warning of its own.
func (t *Tenant) another() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told++
	return t.told > maxWarned
}

// unreadable returns why the audit log cannot be read, the first time.
func (t *Tenant) unreadable() error {
	t.trail.mu.Lock()
	defer t.trail.mu.Unlock()
	if t.trail.said {
		return nil
	}
	t.trail.said = t.trail.err != nil
	return t.trail.err
}

// warnings says what was lost or changed, once, in the process that plans.
func (r *object) warnings(ctx context.Context, planned, prior kind.Values, raw tftypes.Value, m mark, diags *diag.Diagnostics) {
	if !r.tenant.plans(r.kind, text(prior["id"])) {
		return
	}
	// There may be very many memberships, and the plan shows that one is missing.
	if r.kind.Life.Paired() && (!m.Lost || text(prior[deletedBy]) == "") {
		return
	}
	title := r.title(planned)
	if text(planned[r.kind.Label]) == "" { // Graph makes it
		title = r.title(prior)
	}
	x := loss{title: title, by: text(prior[deletedBy])}
	switch deleted := text(prior["deleted_date_time"]); {
	case m.Lost:
		if r.kind.MadeByGraph(planned) == nil && !r.recreates(planned) {
			return // an error says it
		}
		r.warnLost(ctx, x, planned, prior, m, diags)
	case m.Stuck:
		why := "it refers to an object that was deleted permanently, and Microsoft Graph restores no such " + r.kind.Title
		if r.kind.Life.OneFor != "" {
			why = "its application was deleted permanently, or has another one by now"
		}
		if m.Shut != "" {
			why = "as it was deleted it would keep out " + m.Shut + ", and Microsoft Graph restores it like that, in force at once"
		}
		x.what = "cannot be restored"
		x.then = "It was deleted" + r.whoAndWhen(x, deleted) + " and is in the recycle bin, but " + why + ". Apply creates it anew, with a new id." + thenImports
		r.tenant.warn(r.kind, x, diags)
	case deleted != "":
		x.what = "was deleted and is in the recycle bin"
		x.then = "It was deleted" + r.whoAndWhen(x, deleted) + remaining(deleted) + ". Apply restores it with its id." + r.unnamed(x, ofDeletions)
		r.tenant.warn(r.kind, x, diags)
	default:
		back := m.putBack(prior, planned, open(raw))
		if len(back) == 0 {
			return
		}
		x.what, x.by, x.then = "was changed", text(prior[lastChangedBy]), "It was changed outside of this configuration. "
		if x.by != "" {
			x.then = "It was changed by " + spoken(x.by) + ". "
		}
		x.then += "Apply puts it back: " + strings.Join(back, ", ") + "." + r.unnamed(x, ofChanges)
		r.tenant.warn(r.kind, x, diags)
	}
}

// thenImports is what to do after an object got a new id.
const thenImports = " After the apply run \"terraform-provider-entra imports\" so that the import blocks hold the new id."

func (r *object) warnLost(ctx context.Context, x loss, planned, prior kind.Values, m mark, diags *diag.Diagnostics) {
	x.what = "was permanently deleted"
	gone := "It is neither live nor in the recycle bin: it was deleted permanently."
	switch {
	case m.Imported:
		gone = fmt.Sprintf("No object with the id %s is live or in the recycle bin.", text(prior["id"]))
		if x.by != "" {
			gone += " It was deleted by " + spoken(x.by) + "."
		}
	case x.by != "":
		gone = "It was deleted by " + spoken(x.by) + ", and is neither live nor in the recycle bin."
	}
	if r.kind.Removal != nil {
		x.what, gone = r.removal(x)
	}
	made := r.kind.MadeByGraph(planned)
	switch {
	case made != nil:
		x.then = gone + " Apply cannot create it. " + cannotBeMade(r.kind, made)
	case r.kind.Secret():
		x.then = gone + " Apply makes another: whoever uses the old one must be given the new." + thenImports
	case r.kind.KeepsID() || r.kind.Life.Link || r.kind.Life.Paired():
		x.then = gone + " Apply makes it anew, the same as it was."
	default:
		x.then = gone + " Apply creates it anew, with a new id, and changes whatever refers to it in this configuration." + r.tenant.pointing(ctx, prior)
		if breaks := r.newIDBreaks(planned); breaks != "" {
			x.then += " " + breaks
		}
		x.then += thenImports
	}
	x.then += r.unnamed(x, viewOf(r.kind))
	r.tenant.warn(r.kind, x, diags)
}

// removal says what became of a lost link or part, which goes with what it connects or
// belongs to, too.
func (r *object) removal(x loss) (what, gone string) {
	switch {
	case x.by != "":
		return "was removed", "It was removed by " + spoken(x.by) + "."
	case r.kind.Life.Link:
		return "is not there any more", "It was removed, or what it connects was deleted permanently."
	}
	return "is not there any more", "It was removed, or what it belongs to was deleted permanently."
}

// whoAndWhen says it of a deletion: with the name and the record, else by the time alone.
func (r *object) whoAndWhen(x loss, deleted string) string {
	if x.by != "" {
		return " by " + spoken(x.by)
	}
	return " at " + deleted
}

// unnamed says why a warning names nobody.
func (r *object) unnamed(x loss, of view) string {
	if x.by != "" || r.kind.Attr(deletedBy) == nil {
		return ""
	}
	return r.tenant.silence(of)
}

func remaining(deleted string) string {
	at, err := time.Parse(time.RFC3339, deleted)
	if err != nil {
		return ""
	}
	days := int(time.Until(at.Add(kind.Retention)).Hours() / 24)
	if days < 0 {
		return ""
	}
	return fmt.Sprintf(", and stays in the recycle bin for %d more days", days)
}
