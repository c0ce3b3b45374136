package managed

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// What of a relation is the code's: see the modes of package kind. A state
// holds of a relation what the code owns, so that whatever else is in the
// tenant is no difference.

// ours returns what of a live relation belongs into a state that had before.
func (t *Tenant) ours(ctx context.Context, k *kind.Kind, id string, a *kind.Attr, mode string, before, live []string) ([]string, error) {
	if mode == kind.AtLeast {
		return slices.DeleteFunc(slices.Clone(live), func(other string) bool { return !slices.Contains(before, other) }), nil
	}
	return t.withoutActivated(ctx, k, id, a, before, live)
}

// links returns what Graph has of the relations that want owns, as far as had
// does not say it already; had is nil when Graph must be asked. It is called
// before anything of the object is written, and refuses what would remove too
// many.
func (w writer) links(ctx context.Context, had, want kind.Values, id string) (kind.Values, error) {
	out := kind.Values{}
	for _, a := range w.kind.Relations() {
		ids, owned := want[a.Name].([]string)
		mode := w.mode(&a, want)
		if !owned || mode == kind.OnCreate {
			continue
		}
		before, known := had[a.Name].([]string)
		if !known {
			err := w.untilThere(ctx, id, func() (err error) {
				before, err = w.related(ctx, w.kind, w.self(want, id), &a)
				return err
			})
			if err == nil && mode == kind.Exact {
				before, err = w.withoutActivated(ctx, w.kind, id, &a, ids, before)
			}
			if err != nil {
				return nil, fmt.Errorf("could not read its %s: %w", a.Name, err)
			}
		}
		out[a.Name] = before
		if mode != kind.Exact {
			continue
		}
		if gone := without(before, ids); w.tooMany(len(gone)) {
			return nil, &braked{w.refusal(ctx, w.kind, id, &a, gone)}
		}
	}
	return out, nil
}

// mode is the mode of a relation: until an object that is made anew is complete, what
// its making was to add is still added.
func (w writer) mode(a *kind.Attr, want kind.Values) string {
	if mode := a.ModeIn(want); mode != kind.OnCreate || !w.halfway {
		return mode
	}
	return kind.AtLeast
}

// without returns those of ids that are not among others.
func without(ids, others []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) })
}

// checkRelationPlan says what a plan means for members and owners: too many
// removals are an error, and what a minus sign does not mean is a warning.
func (r *object) checkRelationPlan(ctx context.Context, prior, planned tftypes.Value, m mark, diags *diag.Diagnostics) {
	had, want := r.values(prior, diags), r.values(planned, diags)
	for _, a := range r.kind.Relations() {
		gone, open, err := wire.Removed(&a, prior, planned)
		if err != nil {
			diags.AddError("Could not plan", err.Error())
			return
		}
		_, owned := had[a.Name]
		added := without(strs(want[a.Name]), strs(had[a.Name]))
		switch mode := a.ModeIn(want); {
		case mode == kind.OnCreate && owned && m.Relink[a.Name] != nil:
			r.tellRelink(&a, mode, want, without(added, m.Relink[a.Name]), gone, diags)
		case mode == kind.OnCreate && !owned && len(added) > 0 && !m.Halfway:
			diags.AddWarning(r.title(want)+" keeps the "+a.Name+" that it has",
				fmt.Sprintf("With %s = %q the plan records %s in the state, and changes nothing in the tenant: they are used when the %s is made anew.", a.ModeBy, mode, a.Name, r.kind.Title))
		case mode == kind.AtLeast && len(gone) > 0:
			diags.AddWarning(r.title(want)+" loses none of its "+a.Name,
				fmt.Sprintf("With %s = %q nobody is removed: the plan only takes out of the state those whom the code does not name (%s).", a.ModeBy, mode, strings.Join(gone, ", ")))
		case mode == kind.Exact && !owned && text(had["deleted_date_time"]) == "" && !m.Away:
			r.checkTakenOver(ctx, &a, had, want, open, diags)
		case mode == kind.Exact && len(gone) > 0 && text(had["deleted_date_time"]) == "":
			if r.tenant.tooMany(len(gone) - open) {
				diags.AddAttributeError(path.Root(a.Name), r.title(want)+" would lose too many "+a.Name, r.tenant.refusal(ctx, r.kind, text(had["id"]), &a, gone))
			}
			r.tenant.warnOfActivations(&a, text(had["id"]), r.title(want), gone, diags)
		}
	}
}

// checkTakenOver says whom an apply removes because the code begins to say what a relation is:
// the state does not know them, so that the plan itself cannot show it.
func (r *object) checkTakenOver(ctx context.Context, a *kind.Attr, had, want kind.Values, open int, diags *diag.Diagnostics) {
	ids, said := want[a.Name].([]string)
	if !said {
		return
	}
	live, err := r.tenant.related(ctx, r.kind, had, a)
	if err == nil {
		live, err = r.tenant.withoutActivated(ctx, r.kind, text(had["id"]), a, ids, live)
	}
	gone := without(live, ids)
	switch {
	case err != nil:
		diags.AddWarning("Which "+a.Name+" "+r.name(want)+" loses is not known", explain(r.kind, false, err))
	case r.tenant.tooMany(len(gone) - open):
		diags.AddAttributeError(path.Root(a.Name), r.title(want)+" would lose too many "+a.Name, r.tenant.refusal(ctx, r.kind, text(had["id"]), a, gone))
	case len(gone) > open:
		names := r.tenant.names(ctx, gone)
		var told []string
		for _, id := range gone[:min(len(gone), maxTold)] {
			told = append(told, names[id])
		}
		if more := len(gone) - maxTold; more > 0 {
			told = append(told, fmt.Sprintf("and %d more", more))
		}
		diags.AddWarning(r.title(want)+" loses "+a.Name+" that the plan does not show",
			fmt.Sprintf("The state did not have its %s until now, and the code says all of them, so apply removes whom it does not name: %s. If they are to stay, add them to the code.", a.Name, strings.Join(told, ", ")))
	}
}

// strs are the ids that a relation or a link holds.
func strs(v any) []string {
	if one := text(v); one != "" {
		return []string{one}
	}
	s, _ := v.([]string)
	return s
}

// validateModes refuses a mode that there is none of.
func (r *object) validateModes(fields map[string]tftypes.Value, resp *resource.ValidateConfigResponse) {
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		var s string
		v := fields[a.Name]
		if a.Channel != kind.Local || len(a.Enum) == 0 || !v.IsKnown() || v.IsNull() || v.As(&s) != nil || slices.Contains(a.Enum, s) {
			continue
		}
		resp.Diagnostics.AddAttributeError(path.Root(a.Name), "Invalid "+r.kind.Title, fmt.Sprintf("%s is %q, and must be one of %s.", a.Name, s, strings.Join(a.Enum, ", ")))
	}
}
