package kindtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What leaves the code while it is in the recycle bin, itself or with what it belongs to:
// a restore must not bring back in silence what the code no longer has.

// holding tells, whenever it is asked, whether what an address stands for by now is in the tenant.
func (e *estate) holding(x *item) func() bool {
	was := *x.instance // which keeps the state
	x = &item{instance: &was}
	return func() bool {
		if x.kind.Life.Form != kind.Edge {
			return e.there(x) != nil
		}
		ends := x.kind.Ends()
		return slices.Contains(e.ids(x.kind.Life.Expand(x.values())), x.get(ends[len(ends)-1]))
	}
}

// leaveAndRestore lets addresses leave the code in the apply that restores the rest, in the
// order of Terraform: what is destroyed comes before what it depends on. It plans the end of an
// address before it reads it; in a plan of destroy it reads it first.
func (e *estate) leaveAndRestore(read bool, leaving ...*item) {
	e.t.Helper()
	for _, x := range leaving {
		if read {
			x.read()
		}
		x.unprotect()
		e.items = slices.DeleteFunc(e.items, func(other *item) bool { return other == x })
	}
	e.plan(1)
	e.one = e.process()
	for _, x := range leaving {
		if s := x.applyIn(e.one, x.destroying()); s != "" {
			e.t.Errorf("%s, destroyed: %s", x.address(), s)
		}
	}
	for _, s := range e.apply(1) {
		e.t.Error(s)
	}
}

// TestLeftWhileAway goes through every kind that belongs to another, or connects others: it
// leaves the code while that is in the recycle bin, and the apply that restores that takes it
// away.
func TestLeftWhileAway(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || !k.Life.Below() && !k.Life.Link && k.Life.Form != kind.Edge && k.Life.Form != kind.Element {
			continue
		}
		for _, b := range bondsOf(k) {
			if catalog.ByName(b.target).Life.Bin == "" || !slices.Contains(append(k.Life.Placeholders(), k.Ends()...), b.path) || b.space != kind.ObjectID {
				continue
			}
			run := func(t *testing.T, read bool) {
				t.Parallel()
				e := newEstate(t, rand.New(rand.NewPCG(3, 4)))
				bonds := []bond{b}
				if e.tie(k, bonds); t.Failed() {
					return
				}
				e.begin(1)
				from, to := bonds[0].from, bonds[0].to
				there := e.holding(from)
				if !there() {
					t.Fatal("it is not there")
				}
				if !e.remove(to) {
					t.Skip("Graph does not delete what it connects: ", e.refusal)
				}
				if e.leaveAndRestore(read, from); e.there(to) == nil {
					t.Fatal("what it belongs to did not come back")
				}
				if there() {
					t.Error("it came back and stayed")
				}
				for _, x := range e.plan(1) {
					t.Errorf("%s is not settled by one apply", x.address())
				}
			}
			name := strings.ReplaceAll(b.at, " ", "")
			t.Run(name, func(t *testing.T) { run(t, false) })
			t.Run(name+", read", func(t *testing.T) { run(t, true) })
		}
	}
}

// TestLeftWhileAwayUnderLag: no replica that has not heard of the restore keeps it.
func TestLeftWhileAwayUnderLag(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]func(e *estate) (to, from *item){
		"a membership": func(e *estate) (to, from *item) {
			group := e.put("group", kind.Values{"display_name": "Team", "mail_nickname": "team"})
			return group, e.put("group_member", kind.Values{"group_id": group.is(kind.ObjectID), "member_id": e.user("adele")})
		},
		"a list's item": func(e *estate) (to, from *item) {
			app := e.put("application", apiValues())
			return app, e.put("application_pre_authorized", kind.Values{"application_id": app.is(kind.ObjectID),
				"app_id": e.appID("Orders Portal"), "delegated_permission_ids": []string{scopeID}})
		},
		"a part": func(e *estate) (to, from *item) {
			app := e.put("application", kind.Values{"display_name": "App"})
			return app, e.put("application_federated_identity_credential", kind.Values{"application_id": app.is(kind.ObjectID), "name": "main",
				"issuer": "https://token.contoso.com", "subject": "s", "audiences": []string{"api://AzureADTokenExchange"}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for seed := range uint64(8) {
					e := newEstate(t, rand.New(rand.NewPCG(3, 4)), emulator.WithLag(time.Second), emulator.WithSeed(seed))
					to, from := code(e)
					e.begin(1)
					there := e.holding(from)
					to.gone(false)
					e.settle()
					e.leaveAndRestore(seed%2 == 0, from)
					e.settle()
					if there() {
						t.Errorf("seed %d: it came back and stayed", seed)
					}
				}
			})
		})
	}
}

// TestLeftAndMissing: what had ended before the other was deleted is looked for in vain, and for
// no longer than replicas take, however much there is of it.
func TestLeftAndMissing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := newEstate(t, rand.New(rand.NewPCG(3, 4)), emulator.WithLag(time.Second))
		group := e.put("group", kind.Values{"display_name": "Team", "mail_nickname": "team"})
		var leaving []*item
		for _, name := range []string{"adele", "diego", "grady", "megan"} {
			leaving = append(leaving, e.put("group_member", kind.Values{"group_id": group.is(kind.ObjectID), "member_id": e.user(name)}))
		}
		e.begin(1)
		for _, x := range leaving {
			x.lose()
		}
		e.settle()
		group.gone(false)
		e.settle()
		began := time.Now()
		e.leaveAndRestore(true, leaving...)
		if took := time.Since(began); took > 4*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

// leaver is a group in the recycle bin with a membership that leaves the code, as it is after a
// refresh and before, and the plan that restores the group.
func leaver(t *testing.T) (group, edge, unread *instance, back *plan) {
	t.Helper()
	h := newHost(t)
	group, edge = h.instance(kindNamed(t, "group")), h.instance(kindNamed(t, "group_member"))
	values := kind.Values{"display_name": "Parent", "mail_nickname": "parent"}
	group.apply(values)
	edge.apply(kind.Values{"group_id": group.get("id"), "member_id": h.user("adele")})
	group.gone(false)
	before := *edge
	edge.read()
	group.read()
	return group, edge, &before, group.plan(values)
}

// TestLeftWhileAwayIsTold: the plan says that it is only forgotten, and the apply what it could not take away.
func TestLeftWhileAwayIsTold(t *testing.T) {
	t.Parallel()
	group, edge, unread, back := leaver(t)
	has(t, unread.plannedDestruction(), "Group membership "+edge.get("id")+" is in the recycle bin with what it belongs to")
	w, s := edge.toldDestroy()
	has(t, w, "Group membership "+edge.get("id")+" is in the recycle bin with what it belongs to", "brings it back", "takes it away again")
	if s != "" {
		t.Error(s)
	}
	group.together(map[string]any{"allow_destroy": false}, func() {
		edge.one = group.one
		w, _ := edge.toldDestroy()
		has(t, w, "allow_destroy is false")
		if s := edge.tryApply(edge.destroying()) + group.tryApplyUnplanned(back); s != "" {
			t.Error(s)
		}
		has(t, group.said, "came back with what it belongs to", "allow_destroy is false", "by hand")
	})
	if n := group.count("members"); n != 1 {
		t.Errorf("allow_destroy is false, and the group has %d members", n)
	}
}

// TestProtectedWhileAway: what is protected from deletion is not deleted because it was away.
func TestProtectedWhileAway(t *testing.T) {
	t.Parallel()
	app, credential, _ := credentialOf(t)
	app.gone(false)
	credential.read()
	app.read()
	w, _ := credential.toldDestroy()
	has(t, w, "is in the recycle bin with what it belongs to", "no recycle bin for a federated identity credential")
	back, there := app.plan(ownApp), credential.path()
	app.together(nil, func() {
		credential.one = app.one
		if s := credential.tryApply(credential.destroying()) + app.tryApply(back); s != "" {
			t.Error(s)
		}
	})
	has(t, app.said, "came back with what it belongs to", "by hand")
	if !app.isLive(there) {
		t.Error("a protected credential was deleted")
	}
}

// TestLeftAfterRestore: where the state does not know what depends on what, the other may
// come back first.
func TestLeftAfterRestore(t *testing.T) {
	t.Parallel()
	group, edge, _, back := leaver(t)
	group.together(nil, func() {
		edge.one = group.one
		if s := group.tryApply(back) + edge.tryApply(edge.destroying()); s != "" {
			t.Error(s)
		}
	})
	if n := group.count("members"); n != 0 {
		t.Errorf("the group has %d members", n)
	}
}

// TestBackSincePlan: what the plan counted as gone, and somebody has restored since, is
// neither deleted nor forgotten.
func TestBackSincePlan(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"group", "conditional_access_policy", "application"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i := h.instance(kindNamed(t, name))
			i.apply(samples[name](h).full)
			i.gone(false)
			i.read()
			if s := i.planDestroy(); s != "" {
				t.Fatal(s)
			}
			p, id, at := i.destroying(), i.get("id"), i.path()
			i.behind("POST", i.kind.Life.Bin+"/"+id+"/restore", nil)
			s := i.tryApply(p)
			for _, part := range []string{"was not deleted", "live again", id, "max_deletes", "next plan", "destroy = false"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			if i.state.IsNull() || !h.isLive(at) {
				t.Fatal("it was forgotten, or deleted")
			}
			h.together(map[string]any{"allow_destroy": false}, func() {
				if s := i.planDestroy(); !strings.Contains(s, "would be deleted") {
					t.Errorf("the next plan, which knows the state as it is, does not count it: %q", s)
				}
			})
			if s := i.destroy(); s != "" || h.isLive(at) {
				t.Error("the next plan deletes it: ", s)
			}
		})
	}
	t.Run("a membership", func(t *testing.T) {
		t.Parallel()
		group, edge, _, _ := leaver(t)
		group.behind("POST", "/directory/deletedItems/"+group.get("id")+"/restore", nil)
		if s := edge.tryApply(edge.destroying()); !strings.Contains(s, "live again") || edge.state.IsNull() {
			t.Errorf("it is told as %q", s)
		}
	})
}
