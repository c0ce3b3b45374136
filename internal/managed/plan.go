package managed

import (
	"context"
	"fmt"
	"maps"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ModifyPlan plans the whole object. The planned values depend on
// configuration, state and private state alone; only messages ask the network.
func (r *object) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if p := past(ctx); p != nil {
		req.Config.Raw, req.State.Raw = p.Config, p.State
		defer p.leave(&resp.Plan.Raw)
	}
	prior := r.values(req.State.Raw, &resp.Diagnostics)
	m := mark{}
	if req.Private != nil {
		recorded, diags := req.Private.GetKey(ctx, markKey)
		resp.Diagnostics.Append(diags...)
		m = readMark(recorded)
	}
	if req.Plan.Raw.IsNull() {
		r.warnForgotten(req.State.Raw, &resp.Diagnostics)
		r.checkDeletion(prior, m, &resp.Diagnostics)
		r.promise(prior, nil, &resp.Diagnostics)
		r.brakeDeletion(prior, m, &resp.Diagnostics)
		r.warnAway(ctx, prior, m, &resp.Diagnostics)
		r.checkGuards(ctx, prior, nil, req.Plan.Raw, m, true, &resp.Diagnostics)
		return
	}
	planned, err := wire.Plan(r.kind, req.Config.Raw, req.State.Raw, m.anew() || m.Returns, m.relinking(r.kind)...)
	if err == nil && m.Adopted {
		planned, err = wire.KeepModes(r.kind, planned, req.State.Raw)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not plan", err.Error())
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Plan.Raw = planned
	want := r.values(planned, &resp.Diagnostics)
	said := maps.Clone(want)
	r.disown(req.Config.Raw, said, &resp.Diagnostics)
	r.checkRules(prior, said, planned, req.State.Raw.IsNull(), m, &resp.Diagnostics)
	if r.tenant == nil {
		return // configuration of the provider is not known yet
	}
	r.planSuccession(ctx, req.State.Raw.IsNull(), text(prior["id"]), m, resp)
	r.checkOneFor(ctx, prior, want, m, resp)
	r.promise(prior, said, &resp.Diagnostics)
	if req.State.Raw.IsNull() {
		if r.kind.Life.Form == kind.Keyed { // its id is known before it exists: what refers to it waits for it
			r.tenant.sawWhilePlanning(r.kind, text(want["id"]))
		}
		r.checkReferences(ctx, want, &resp.Diagnostics)
		r.checkRelations(ctx, nil, want, &resp.Diagnostics)
		r.checkRivals(ctx, nil, said, &resp.Diagnostics)
		r.warnNamesake(ctx, want, &resp.Diagnostics)
		r.checkGuards(ctx, nil, want, planned, m, false, &resp.Diagnostics)
		return
	}
	r.planRenewal(req.Config.Raw, req.State.Raw, text(prior["id"]), m)
	r.warnings(ctx, want, prior, planned, m, &resp.Diagnostics)
	r.warnReplaced(prior, want, &resp.Diagnostics)
	anew := m.anew() || wire.Moved(r.kind, req.Config.Raw, req.State.Raw)
	if !anew && !m.unread() && text(prior["id"]) != "" {
		r.checkFixed(prior, want, planned, m, resp)
	}
	planning := r.tenant.plans(r.kind, text(prior["id"])) // else in the process that applies, and said before
	if planning && anew && !m.anew() {
		r.checkMove(prior, m, &resp.Diagnostics)
		r.brakeDeletion(prior, m, &resp.Diagnostics)
	}
	r.checkGuards(ctx, prior, want, planned, m, anew && !m.anew() || len(resp.RequiresReplace) > 0, &resp.Diagnostics)
	if planning && m.Lost && !r.kind.Life.Link && r.kind.Life.OneFor == "" && r.kind.Life.Form != kind.Element {
		r.checkSecond(ctx, want, text(prior["id"]), m.Imported, &resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		r.checkRecreation(want, prior, m, &resp.Diagnostics)
	}
	if !planning || resp.Diagnostics.HasError() {
		return
	}
	r.checkReferences(ctx, want, &resp.Diagnostics)
	if anew {
		prior = nil
	} else {
		r.checkRelationPlan(ctx, req.State.Raw, planned, m, &resp.Diagnostics)
	}
	r.checkRelations(ctx, prior, want, &resp.Diagnostics)
	r.checkRivals(ctx, prior, said, &resp.Diagnostics)
}

// checkFixed stops a change of what Graph fixes at creation, unless the user
// accepts another object with another id.
func (r *object) checkFixed(prior, want kind.Values, planned tftypes.Value, m mark, resp *resource.ModifyPlanResponse) {
	fields, err := wire.Fields(planned)
	if err != nil {
		resp.Diagnostics.AddError("Could not plan", err.Error())
		return
	}
	fixed := func(a *kind.Attr) bool { return a.Fixed && a.Channel != kind.Local || a.Shape == kind.Variant }
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		before, after := prior[a.Name], want[a.Name]
		if a.Shape == kind.Variant { // which one is fixed, not what it holds
			before, after = before != nil, after != nil
		}
		if a.Channel == kind.Input && before == nil { // it was imported: nobody knows what it was made with
			continue
		}
		if !fixed(a) || !fields[a.Name].IsKnown() || kind.Equal(before, after) {
			continue
		}
		if v := r.kind.MadeByGraph(want); a.Shape == kind.Variant && v != nil {
			resp.Diagnostics.AddAttributeError(path.Root(a.Name), r.name(prior)+" cannot become one with "+v.Name, cannotBeMade(r.kind, v))
			continue
		}
		switch {
		case want["allow_replacement"] == true && r.protected(prior):
			r.checkReplacement(a, prior, &resp.Diagnostics)
			continue
		case want["allow_replacement"] == true:
			r.brakeDeletion(prior, m, &resp.Diagnostics)
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(a.Name))
			continue
		}
		resp.Diagnostics.AddAttributeError(path.Root(a.Name), fmt.Sprintf("%s cannot be changed in %s", a.Name, r.name(prior)),
			fmt.Sprintf("Microsoft Graph fixes %s when the %s is created. Changing it means another %s with a new id: what refers to %s outside this configuration would break. Set allow_replacement = true to accept that, or put %s back.",
				a.Name, r.kind.Title, r.kind.Title, text(prior["id"]), a.Name))
	}
}
