package managed

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Read refreshes an address and never removes it.
func (r *object) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	if p := past(ctx); p != nil {
		req.State.Raw, resp.State.Raw = p.State, p.State
		defer p.leave(&resp.State.Raw)
	}
	prior := r.values(req.State.Raw, &resp.Diagnostics)
	recorded, diags := req.Private.GetKey(ctx, markKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	m := readMark(recorded)
	if m.Lost {
		m.Imported = false // the import was accepted, and its object has been in the state since
	}
	tenant, err := r.tenant.check(ctx, m.Tenant)
	if err != nil {
		resp.Diagnostics.AddError("Could not read "+r.name(prior), err.Error())
		return
	}
	m.Tenant = tenant
	r.tenant.sawWhilePlanning(r.kind, text(prior["id"]))
	if r.kind.Life.Form == kind.Edge {
		r.readEdge(ctx, prior, m, resp)
		return
	}
	var body kind.Body
	where := lost
	if !m.Purged {
		body, where, err = r.tenant.findLeft(ctx, r.kind, prior, m.Written)
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not read "+r.name(prior), explain(r.kind, false, err))
		return
	}
	// With what it belongs to in the recycle bin an object comes back; a link that
	// is being imported is made again then, since it may have ended before.
	before := m
	m.Lost, m.Stuck = where == lost || where == away && m.Imported && r.kind.Life.Link, false
	m.Away, m.Shut = where == away && !m.Lost, ""
	m.Returns = m.Away && r.returns(ctx, prior)
	if where == binned {
		if m.Stuck, err = r.tenant.stuck(ctx, r.kind, body); err == nil && !m.Stuck {
			m.Stuck, err = r.tenant.superseded(ctx, r.kind, body)
		}
		if err != nil {
			resp.Diagnostics.AddError("Could not read what "+r.name(prior)+" refers to", explain(r.kind, false, err))
			return
		}
		if !m.Stuck {
			was, _ := r.kind.Decode(body)
			m.Shut = r.tenant.shutAgain(ctx, r.kind, was)
			m.Stuck = m.Shut != ""
		}
	}
	switch {
	case where == live || where == binned:
		r.readObject(ctx, req.State.Raw, prior, body, where, before.whole(), &m, resp)
	case where == lost && r.kind.Life.Form == kind.Keyed:
		// Its id stays when it is made anew, so the plan shows the rest.
		resp.State.Raw = r.only(req.State.Raw, r.kind.Identity(), &resp.Diagnostics)
	}
	if m.Lost {
		m.Purged = m.Purged || r.tenant.purged(ctx, r.kind, prior, m.Written)
		resp.State.Raw = r.logged(resp.State.Raw, deletedBy, r.tenant.lostBy(ctx, r.kind, prior, before.Lost, m.Written), &resp.Diagnostics)
	}
	r.noteRenewal(text(prior["id"]), m)
	r.noteRelinks(prior, resp.State.Raw, before.Imported, &m, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, m.bytes())...)
	r.identify(ctx, resp.Identity, resp.State, &resp.Diagnostics)
}

func (r *object) readObject(ctx context.Context, state tftypes.Value, prior kind.Values, body kind.Body, where presence, whole bool, m *mark, resp *resource.ReadResponse) {
	now, _ := r.kind.Decode(body)
	if !m.Imported {
		now = r.kind.Owned(now, prior)
	}
	for _, name := range append(r.kind.Identity(), "id") {
		now[name] = prior[name]
	}
	if where == binned {
		now["deleted_date_time"] = text(body["deletedDateTime"])
		if now["deleted_date_time"] == "" {
			now["deleted_date_time"] = "unknown"
		}
		if by := r.tenant.binnedBy(ctx, r.kind, prior, text(now["deleted_date_time"])); by != "" {
			now[deletedBy] = by
		}
		for i := range r.kind.Attrs { // the recycle bin does not tell them
			if a := &r.kind.Attrs[i]; (a.Unlisted || a.Channel == kind.Link) && now[a.Name] == nil && prior[a.Name] != nil {
				now[a.Name] = prior[a.Name]
			}
		}
	} else {
		if delete(now, "deleted_date_time"); m.Unfinished {
			now["deleted_date_time"] = prior["deleted_date_time"] // so that the plan restores once more
		}
		r.readRelations(ctx, prior, now, *m, &resp.Diagnostics)
		if err := r.tenant.readAlone(ctx, r.kind, prior, now, m.Imported); err != nil {
			resp.Diagnostics.AddError("Could not read all of "+r.name(now), explain(r.kind, false, err))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	value, err := wire.State(r.kind, now, state)
	if err != nil {
		resp.Diagnostics.AddError("Could not read "+r.name(prior), err.Error())
		return
	}
	if where == live {
		if m.Imported = false; whole {
			value = r.noteDrift(ctx, prior, value, m, &resp.Diagnostics)
		}
	}
	resp.State.Raw = value
}

// readRelations adds the relations that the state owns; all of them when the
// object is being imported, because then the state does not say yet.
func (r *object) readRelations(ctx context.Context, prior, now kind.Values, m mark, diags *diag.Diagnostics) {
	for _, a := range r.kind.Relations() {
		before, owned := prior[a.Name].([]string)
		mode := a.ModeIn(prior)
		if !owned && !m.Imported || mode == kind.OnCreate { // what the state has stays
			continue
		}
		ids, listed := r.tenant.relatedListed(ctx, r.kind, text(now["id"]), &a)
		var err error
		if !listed || owned && !as(mode, before, ids) { // a difference is not believed before it is seen at the object itself
			ids, err = r.tenant.related(ctx, r.kind, now, &a)
		}
		if err == nil {
			ids, err = r.tenant.ours(ctx, r.kind, text(now["id"]), &a, mode, before, ids)
		}
		if err != nil {
			diags.AddError("Could not read "+a.Name+" of "+r.name(now), explain(r.kind, false, err))
			return
		}
		now[a.Name] = ids
	}
}

// as tells whether a live relation is as the state has it.
func as(mode string, before, ids []string) bool {
	return len(without(before, ids)) == 0 && (mode == kind.AtLeast || len(ids) == len(before))
}

// related returns the ids at the other end of a relation, sorted.
func (t *Tenant) related(ctx context.Context, k *kind.Kind, v kind.Values, a *kind.Attr) ([]string, error) {
	ids := []string{}
	err := t.client.GatherList(ctx, endsOf(k.Life.Item(v)+"/"+a.Property), func(b kind.Body) error {
		ids = append(ids, strings.ToLower(text(b["id"])))
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, _ := a.Canonical(ids).([]string)
	return out, nil
}

// endsOf is the request for the ids at the other end of a relation.
func endsOf(path string) graph.Request {
	return graph.Request{Path: path, Query: map[string]string{"$select": "id", "$top": "999"}}
}

// readEdge refreshes a relation between two objects. While its parent is in
// the recycle bin it cannot be read and comes back with it, unless somebody ended
// it before: the state stays, and the apply that brings back the parent looks.
// One that is being imported then may have ended before its parent was deleted,
// as Terraform does it, so it is made again.
func (r *object) readEdge(ctx context.Context, prior kind.Values, m mark, resp *resource.ReadResponse) {
	keys, isAway := r.kind.Identity(), false
	there, err := r.tenant.edge(ctx, r.kind, prior, text(prior[keys[len(keys)-1]]))
	if graph.IsNotFound(err) {
		var where presence
		if where, err = r.tenant.parent(ctx, r.kind, prior); err == nil {
			isAway = where == binned && !m.Imported
			there = isAway
		}
	}
	if err != nil {
		resp.Diagnostics.AddError("Could not read "+r.name(prior), explain(r.kind, false, err))
		return
	}
	known := m.Lost
	m.Lost, m.Away, m.Imported, m.Returns = !there, isAway, false, isAway && r.returns(ctx, prior)
	by := ""
	if m.Lost {
		by = r.tenant.lostBy(ctx, r.kind, prior, known, m.Written)
	}
	resp.State.Raw = r.logged(resp.State.Raw, deletedBy, by, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, m.bytes())...)
	r.identify(ctx, resp.Identity, resp.State, &resp.Diagnostics)
}

// returns tells whether this configuration brings back what an object is away with:
// a plan reads that before. Where it does not, the object waits and nothing is planned.
func (r *object) returns(ctx context.Context, v kind.Values) bool {
	back := false
	for _, name := range append(r.kind.Life.Placeholders(), r.kind.Ends()...) {
		a := r.kind.Attr(name)
		if a.Ref == nil || text(v[name]) == "" {
			continue
		}
		where, err := r.tenant.end(ctx, r.kind, name, v)
		if err != nil || where != binned {
			continue
		}
		if !r.tenant.plansAny(a.Ref, text(v[name])) {
			return false
		}
		back = true
	}
	return back
}

// edge tells whether a relation holds; 404 when its parent is not live. All links of one
// object come in the same listing.
func (t *Tenant) edge(ctx context.Context, k *kind.Kind, v kind.Values, child string) (bool, error) {
	all, err := t.listSince(ctx, k, k.Life.ReadFrom, k.Life.Expand(v), endsOf("").Query, time.Time{})
	_, found := all[strings.ToLower(child)]
	return found, err
}

// only returns the state with nothing but the attributes named.
func (r *object) only(state tftypes.Value, names []string, diags *diag.Diagnostics) tftypes.Value {
	fields, err := wire.Fields(state)
	if err != nil {
		diags.AddError("State cannot be read", err.Error())
		return state
	}
	for name, v := range fields {
		if a := r.kind.Attr(name); a != nil && a.Channel != kind.Local && !slices.Contains(names, name) {
			fields[name] = tftypes.NewValue(v.Type(), nil)
		}
	}
	return tftypes.NewValue(state.Type(), fields)
}
