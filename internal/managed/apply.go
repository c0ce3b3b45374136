package managed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Create makes an object that the state does not know.
func (r *object) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	if p := past(ctx); p != nil {
		req.Config.Raw, req.Plan.Raw = p.Config, p.Plan
		defer p.leave(&resp.State.Raw)
	}
	turn := r.tenant.busy.enter()
	defer turn.leave()
	want := r.values(req.Plan.Raw, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	tenant, err := r.tenant.check(ctx, "")
	if err == nil {
		err = r.stopOnDangling(ctx, want)
	}
	if err == nil {
		err = r.stopOnGuards(ctx, nil, want, mark{}, false)
	}
	if err == nil {
		err = r.takeTurn(ctx, turn, nil, want, mark{}, false)
	}
	var made kind.Values
	var take taking
	if err == nil {
		var note aftermath
		w := writer{Tenant: r.tenant, kind: r.kind, note: &note, take: &take, warn: resp.Diagnostics.AddWarning}
		if made, err = w.create(ctx, want); w.unmake(ctx, want, text(made["id"]), err) {
			made = nil
		}
		r.tell(ctx, want, note, &resp.Diagnostics)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not create "+r.name(want), explain(r.kind, true, err))
	}
	if made == nil {
		return
	}
	r.tenant.making(r.kind, text(want[r.kind.Label]))
	r.wroteRule(want, text(made["id"]), err)
	resp.State.Raw = r.held(r.filled(req.Plan.Raw, made, &resp.Diagnostics), err)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, mark{Tenant: tenant, Incomplete: err != nil, Taken: take.over, Written: time.Now()}.bytes())...)
	r.identify(ctx, resp.Identity, resp.State, &resp.Diagnostics)
}

// Update patches, restores or creates, as the object needs.
func (r *object) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	if p := past(ctx); p != nil {
		req.Config.Raw, req.Plan.Raw, req.State.Raw, resp.State.Raw = p.Config, p.Plan, p.State, p.State
		defer p.leave(&resp.State.Raw)
	}
	turn := r.tenant.busy.enter()
	defer turn.leave()
	want := r.values(req.Plan.Raw, &resp.Diagnostics)
	had := r.values(req.State.Raw, &resp.Diagnostics)
	recorded, diags := req.Private.GetKey(ctx, markKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.disown(req.Config.Raw, want, &resp.Diagnostics)
	m := readMark(recorded)
	moved := wire.Moved(r.kind, req.Config.Raw, req.State.Raw)
	tenant, err := r.tenant.check(ctx, m.Tenant)
	if err == nil {
		err = r.stopOnDangling(ctx, want)
	}
	if err == nil {
		err = r.stopOnGuards(ctx, had, want, m, moved && !m.anew())
	}
	if err == nil {
		err = r.takeTurn(ctx, turn, had, want, m, moved && !m.anew())
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not "+m.verb(had)+" "+r.name(want), explain(r.kind, true, err))
		return
	}
	var note aftermath
	var take taking
	w := writer{Tenant: r.tenant, kind: r.kind, note: &note, take: &take, warn: resp.Diagnostics.AddWarning, halfway: m.Halfway, relinks: m.Relink}
	var made kind.Values
	if moved && r.kind.Life.Form != kind.Edge {
		made, err = r.move(ctx, w, had, want, m)
	} else {
		made, err = r.apply(ctx, w, had, want, m)
	}
	if made != nil && err == nil && !moved && r.kind.Secret() && text(made["id"]) == text(had["id"]) {
		err = sealLater(r.kind, req.Plan.Raw, had, want, made)
	}
	r.tell(ctx, want, note, &resp.Diagnostics)
	verb := m.verb(had)
	if verb == "restore" && !errors.Is(err, errPurged) && !unrestorable(err) {
		r.cameWith(ctx, w, want, text(had["id"]), &resp.Diagnostics)
	}
	m.Tenant, m.Self = tenant, ""
	m.Imported = m.Imported && err != nil && made == nil // its relations are still not in the state
	m.Taken = m.Taken && !moved || take.over
	m.Unfinished = errors.Is(err, errUnfinished) || m.Unfinished && err != nil
	if id := text(made["id"]); id != "" && id != text(had["id"]) {
		m.Was = append(m.Was, text(had["id"]))
		r.tenant.renew(r.kind, id, m.Was...)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not "+verb+" "+r.name(want), explain(r.kind, true, err))
		m.Halfway = m.Halfway || (m.anew() || moved) && made != nil
		m.Lost = m.Lost && made == nil || errors.Is(err, errPurged)
		m.Purged = m.Purged && m.Lost
		m.Away, m.Returns = m.Away && made == nil, m.Returns && made == nil
		m.Stuck = m.Stuck && made == nil || unrestorable(err)
		for name := range m.Relink {
			m.owe(name, w.again(r.kind.Attr(name), strs(want[name])))
		}
	} else {
		m.Lost, m.Purged, m.Stuck, m.Adopted, m.Incomplete, m.Halfway, m.Away, m.Returns = false, false, false, false, false, false, false, false
		m.Drift, m.Past, m.Relink, m.Shut, m.Written = nil, nil, nil, "", time.Now()
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, m.bytes())...)
	if made == nil {
		return
	}
	id := text(made["id"])
	if id == "" {
		id = text(had["id"])
	}
	r.wroteRule(want, id, err)
	var held *heldBack
	switch {
	case err == nil || errors.As(err, &held):
		resp.State.Raw = r.held(r.filled(req.Plan.Raw, made, &resp.Diagnostics), err)
	case moved:
		// Another was made as planned; the old one is still there.
		resp.State.Raw = r.unread(r.filled(req.Plan.Raw, made, &resp.Diagnostics), &resp.Diagnostics)
	default:
		// Only the id is certain; the next refresh tells the rest.
		resp.State.Raw = r.unread(r.filled(req.State.Raw, made, &resp.Diagnostics), &resp.Diagnostics)
	}
	r.identify(ctx, resp.Identity, resp.State, &resp.Diagnostics)
}

// tell warns of what an apply did beside, or other than, what was planned.
func (r *object) tell(ctx context.Context, want kind.Values, note aftermath, diags *diag.Diagnostics) {
	r.leftOut(want, note.left, diags)
	r.ousted(ctx, want, note.out, diags)
	for _, x := range note.with {
		diags.AddWarning(r.title(want)+" was restored with its "+x.kind.Title,
			fmt.Sprintf("Microsoft Graph deletes the two together and restores them one by one, so apply restored the %s %s, too: as it was when it was deleted, with what had been granted and added to it. Where no resource of this configuration stands for it, look through its secrets, permissions and consents.", x.kind.Title, x.id))
	}
	for _, x := range note.kept {
		diags.AddWarning(r.title(want)+" keeps "+x.id+" among its "+x.path,
			fmt.Sprintf("Microsoft Graph added that person, who is signed in, and lets no such %s be without an owner. The next plan shows it. List an owner in %s.", r.kind.Title, x.path))
	}
}

// leftOut tells which ends of relations were left out, because they do not exist.
func (r *object) leftOut(want kind.Values, left []reference, diags *diag.Diagnostics) {
	for _, x := range left {
		then := "every plan will say so"
		if a := r.kind.Attr(x.path); a != nil && a.ModeIn(want) == kind.OnCreate {
			then = "no plan will say so again, because of " + a.ModeBy + ` = "` + kind.OnCreate + `"`
		}
		diags.AddWarning(r.title(want)+" was written without "+x.id,
			x.String()+" exists, so it could not be added, and "+then+". Restore it and add it by hand, or take it out of the code.")
	}
}

// disown takes out of want what is open and the configuration leaves to others.
// The plan carries it on from the state, so that nothing shows, but it is not
// ours to write.
func (r *object) disown(config tftypes.Value, want kind.Values, diags *diag.Diagnostics) {
	said := r.values(config, diags)
	mine := r.kind.Owned(want, said)
	clear(want)
	maps.Copy(want, mine)
}

// apply does what an update needs. It returns the server-made values, nil when
// the object could not be made.
func (r *object) apply(ctx context.Context, w writer, had, want kind.Values, m mark) (kind.Values, error) {
	if r.kind.Life.Form == kind.Edge {
		return r.reconnect(ctx, w, had, want, m.Lost || m.Returns)
	}
	same := kind.Values{}
	for _, a := range r.kind.Attrs {
		if v, ok := had[a.Name]; ok && a.Mode == kind.Computed && a.Output == nil && a.Channel != kind.Logged && a.Name != "deleted_date_time" {
			same[a.Name] = v
		}
	}
	restore := text(had["deleted_date_time"]) != ""
	// An item that a PATCH of its parent writes is put there, whatever there was.
	if m.anew() || (m.Returns || m.unread()) && (r.kind.Life.Form != kind.Element || r.kind.Life.Actions != nil) {
		var body kind.Body
		var err error
		where := lost
		if !m.Purged {
			body, where, err = w.findAgain(ctx, had, m.Returns)
		}
		if err != nil {
			return nil, err
		}
		if where == away {
			return nil, errAway
		}
		if where == lost && m.unread() && !m.Returns {
			return nil, errPurged
		}
		if where == lost || where == binned && m.Stuck {
			return w.create(ctx, want)
		}
		// It has turned up since, or come back with what it belongs to: the plan left the id unknown, so
		// the old one is as good, and so is a secret that the state holds.
		if app := text(body["appId"]); app != "" {
			same["app_id"], had["app_id"] = app, app
		}
		restore = true
		if where == live {
			restore = false
			now, _ := r.kind.Decode(body)
			for _, name := range append(r.kind.Identity(), "id") {
				now[name] = had[name]
			}
			for i := range r.kind.Attrs {
				switch a := &r.kind.Attrs[i]; {
				case a.Output != nil && a.Output.Keeps(text(want[a.Output.Keeper])) && had[a.Name] != nil:
					same[a.Name] = had[a.Name]
				case a.Mode == kind.Server && text(now[a.Name]) != "":
					same[a.Name] = now[a.Name]
				}
			}
			had = now
		}
	}
	err := w.update(ctx, had, want, restore)
	var held *heldBack
	if err != nil && !errors.As(err, &held) {
		return nil, err
	}
	return same, err
}

// move makes an object that is to belong to, or connect, others than before,
// and then takes away the old one where it is still there.
func (r *object) move(ctx context.Context, w writer, had, want kind.Values, m mark) (kind.Values, error) {
	if !m.Lost {
		err := r.refuseMove(ctx, had)
		if err == nil && r.deletes(had, m) {
			err = r.refuseDestroy(had)
		}
		if err != nil {
			return nil, err
		}
	}
	made, err := w.create(ctx, want)
	if err != nil || m.Lost || text(made["id"]) == text(had["id"]) || r.keeps(had, m) != "" {
		return made, err
	}
	if err := w.remove(ctx, had); err != nil {
		return made, fmt.Errorf("its successor was made, but the old one, %s, could not be deleted: %w", r.kind.ImportID(had), err)
	}
	return made, nil
}

// reconnect makes an edge anew, and ends the old one when it still holds and
// is another.
func (r *object) reconnect(ctx context.Context, w writer, had, want kind.Values, isLost bool) (kind.Values, error) {
	other := !isLost && slices.ContainsFunc(r.kind.Identity(), func(name string) bool { return had[name] != want[name] })
	if other {
		if err := r.refuseDestroy(had); err != nil {
			return nil, err
		}
	}
	made, err := w.connect(ctx, want)
	if err != nil || !other {
		return made, err
	}
	if err := w.disconnect(ctx, had); err != nil {
		return made, fmt.Errorf("its successor was made, but the old one, %s, is still there: %w", r.kind.ImportID(had), err)
	}
	return made, nil
}

// Delete deletes an object; what is lost or in the recycle bin stays as it is.
func (r *object) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	if p := past(ctx); p != nil {
		req.State.Raw, resp.State.Raw = p.State, p.State
		defer p.leave(&resp.State.Raw)
	}
	turn := r.tenant.busy.enter()
	defer turn.leave()
	had := r.values(req.State.Raw, &resp.Diagnostics)
	recorded, diags := req.Private.GetKey(ctx, markKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	m := readMark(recorded)
	err := r.lookAgain(ctx, had, &m)
	if errors.Is(err, errBack) {
		r.backAgain(ctx, had, m, resp)
		return
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not delete "+r.name(had), "Whether it is there could not be found out: "+explain(r.kind, false, err))
		return
	}
	if gone(had, m) {
		if err = r.leave(ctx, had, m); err != nil {
			resp.Diagnostics.AddError("Could not delete "+r.name(had), explain(r.kind, true, err))
		}
		return
	}
	if r.kind.MadeByGraph(had) != nil {
		return // the plan has said that it stays
	}
	if why := r.keeps(had, m); why != "" {
		resp.Diagnostics.AddWarning(r.title(had)+" was forgotten and not deleted", "It stays as it is in the tenant: "+why+".")
		return
	}
	if _, err = r.tenant.check(ctx, m.Tenant); err == nil {
		err = r.refuseDeletion(had, m)
	}
	if err == nil {
		err = r.refuseDestroy(had)
	}
	if err == nil {
		err = r.stopOnGuards(ctx, had, nil, m, true)
	}
	if err == nil {
		err = r.takeTurn(ctx, turn, had, nil, m, true)
	}
	if err == nil {
		err = writer{Tenant: r.tenant, kind: r.kind}.remove(ctx, had)
	}
	if err == nil { // Terraform plans the end of an address before it reads that it is away
		err = r.leave(ctx, had, m)
	}
	if err == nil && r.kind.Rollout != nil {
		r.tenant.guard.note(r.kind, text(had["id"]), text(had[r.kind.Label]), nil)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not delete "+r.name(had), explain(r.kind, true, err))
	}
}

// filled puts server-made values into the plan's unknowns, which makes it the
// new state: a PATCH answers nothing, and what was planned is what was written.
func (r *object) filled(plan tftypes.Value, made kind.Values, diags *diag.Diagnostics) tftypes.Value {
	fields, err := wire.Fields(plan)
	if err != nil {
		diags.AddError("Plan cannot be read", err.Error())
		return plan
	}
	types := wire.Type(r.kind)
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		if v, ok := made[a.Name]; ok && (a.Mode == kind.Computed || !fields[a.Name].IsKnown()) {
			fields[a.Name] = tftypes.NewValue(types.AttributeTypes[a.Name], v)
		} else if fields[a.Name], err = nulled(fields[a.Name]); err != nil {
			diags.AddError("Plan cannot be read", err.Error())
			return plan
		}
	}
	return tftypes.NewValue(types, fields)
}

// unread takes out of the state of an object that was made anew halfway what no refresh
// reads: whether it was written is not known, and the next plan must write it.
func (r *object) unread(state tftypes.Value, diags *diag.Diagnostics) tftypes.Value {
	fields, err := wire.Fields(state)
	if err != nil || fields == nil {
		return state
	}
	v := r.values(state, diags)
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		if a.Channel == kind.Stream || a.Channel == kind.Relation && a.ModeBy != "" && a.ModeIn(v) != kind.Exact {
			fields[a.Name] = tftypes.NewValue(fields[a.Name].Type(), nil)
		}
	}
	return tftypes.NewValue(state.Type(), fields)
}

// nulled puts null for whatever is unknown in a value: the next refresh tells.
func nulled(v tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(v, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if !v.IsKnown() {
			return tftypes.NewValue(v.Type(), nil), nil
		}
		return v, nil
	})
}
