package kindtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Losses that leave more behind than a missing object.

// TestRefusedDeletion: a trusted location that a policy uses stays as it was,
// trusted, when it cannot be deleted, and the error says what to do.
func TestRefusedDeletion(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	location, referrer := h.instance(kindNamed(t, "named_location")), h.instance(kindNamed(t, "conditional_access_policy"))
	location.apply(kind.Values{"display_name": "In use", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}, "is_trusted": true}})
	referrer.apply(policy(kind.Values{"applications": allApps(), "users": allUsers(), "locations": kind.Values{
		"include_locations": []string{"All"}, "exclude_locations": []string{location.get("id")}}}, nil))
	before := location.body()
	s := location.destroy()
	for _, part := range []string{referrer.get("display_name"), "still used by", "-target"} {
		if !strings.Contains(s, part) {
			t.Errorf("%q is not in: %s", part, s)
		}
	}
	if after := location.body(); !kind.Equal(before, after) {
		t.Errorf("a refused deletion changed the location:\n%v\n%v", before, after)
	}
}

// TestReferrerInBin: a strength that a policy in the recycle bin names cannot be
// deleted while that can be restored, and the error says which and until when.
func TestReferrerInBin(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	strength, referrer := h.instance(kindNamed(t, "authentication_strength_policy")), h.instance(kindNamed(t, "conditional_access_policy"))
	strength.apply(samples["authentication_strength_policy"](h).full)
	v := policy(kind.Values{"applications": allApps(), "users": allUsers()}, nil)
	v["grant_controls"] = kind.Values{"operator": "OR", "authentication_strength_id": strength.get("id")}
	referrer.apply(v)
	name := referrer.get("display_name")
	if s := referrer.destroy(); s != "" {
		t.Fatal(s)
	}
	if s := strength.destroy(); !strings.Contains(s, name) || !strings.Contains(s, "in the recycle bin") || !strings.Contains(s, "30 days") {
		t.Errorf("the refusal does not say what to do: %s", s)
	}
}

// TestDeletionUndone: when the deletion fails after the location was made
// untrusted for it, it is made trusted again.
func TestDeletionUndone(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "named_location"))
	i.apply(kind.Values{"display_name": "Stays", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}, "is_trusted": true}})
	i.control("faults", `{"status":403,"times":1,"match":"DELETE /v1.0/identity/conditionalAccess/namedLocations"}`)
	if s := i.destroy(); !strings.Contains(s, "403") {
		t.Fatal(s)
	}
	if i.body()["isTrusted"] != true {
		t.Error("the location that stays is not trusted any more")
	}
}

// TestEdgeImportedWhileBinned: a membership that ended before its group was
// deleted comes back with the group in one apply.
func TestEdgeImportedWhileBinned(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	group, edge := h.instance(kindNamed(t, "group")), h.instance(kindNamed(t, "group_member"))
	values := kind.Values{"display_name": "Parent", "mail_nickname": "parent"}
	group.apply(values)
	link := kind.Values{"group_id": group.get("id"), "member_id": h.user("adele")}
	edge.apply(link)
	id := edge.get("id")
	edge.lose()
	group.gone(false)
	anew := h.instance(edge.kind)
	anew.importID(id)
	anew.read()
	group.read()
	group.apply(values)
	if anew.empty(anew.plan(link)) {
		t.Fatal("the plan does not make the membership again")
	}
	anew.apply(link)
	anew.settled(link, "after both came back")
	if n := group.count("members"); n != 1 {
		t.Errorf("the group has %d members", n)
	}
}

// TestHalfRestored: an application whose service principal could not be
// restored with it is restored once more by the next apply.
func TestHalfRestored(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	values := kind.Values{"display_name": "With a service principal"}
	i.apply(values)
	made, err := i.client.Post(context.Background(), graph.V1, "/servicePrincipals", graph.Body{"appId": i.get("app_id")})
	if err != nil {
		t.Fatal(err)
	}
	principal := made["id"].(string)
	i.gone(false)
	i.read()
	i.control("faults", `{"status":403,"times":1,"match":"POST /v1.0/directory/deletedItems/`+principal+`"}`)
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, principal) || !strings.Contains(s, "Could not restore") {
		t.Fatal("the error does not name what is missing: ", s)
	}
	i.read()
	if i.empty(i.plan(values)) {
		t.Fatal("the next plan sees nothing to do")
	}
	i.apply(values)
	i.settled(values, "after the second restore")
	if _, err := i.client.Get(context.Background(), graph.V1, "/servicePrincipals/"+principal, nil); err != nil {
		t.Error("the service principal is still gone: ", err)
	}
}

// TestRemadeWithoutLogo: when the recreation of an application breaks off before its
// logo, which no refresh reads, the next apply puts it.
func TestRemadeWithoutLogo(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	values := i.kind.Canonical(kind.Values{"display_name": "With a logo", "logo": logoA})
	i.apply(values)
	i.lose()
	i.read()
	i.control("faults", `{"status":403,"times":1,"match":"PUT /v1.0/applications"}`)
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, "could not put its logo") {
		t.Fatal("the refusal is not told: ", s)
	}
	i.read()
	if i.empty(i.plan(values)) {
		t.Fatal("the next plan sees nothing to do")
	}
	i.apply(values)
	i.settled(values, "after the second apply")
}

// TestRestoreUnderLag: replicas that have not heard of the restore yet make
// nothing lost; the one apply waits for them.
func TestRestoreUnderLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(4) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			i := h.instance(kindNamed(t, "group"))
			i.brief = true
			values := i.kind.Canonical(kind.Values{"display_name": "Lagging", "mail_nickname": "lag", "members": []string{h.user("adele")}})
			i.apply(values)
			id := i.get("id")
			i.control("clock", `{"advance":"5s"}`) // every replica has the group
			i.gone(false)
			i.control("clock", `{"advance":"5s"}`) // and every one has it in the recycle bin
			i.read()
			values["description"] = "Back"
			if s := i.tryApply(i.plan(values)); s != "" {
				t.Fatalf("seed %d: %s", seed, s)
			}
			i.control("clock", `{"advance":"5s"}`)
			i.settled(values, "after the restore")
			if i.get("id") != id {
				t.Errorf("seed %d: the group was made anew", seed)
			}
		}
	})
}

// TestDeletedUnderLag: a refresh right after the apply that made a group asks a replica that does
// not have it yet. A destroy looks again, and leaves no group that nobody knows.
func TestDeletedUnderLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		denied := 0
		for seed := range uint64(12) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			i := h.instance(kindNamed(t, "group"))
			i.brief = true
			i.apply(i.kind.Canonical(kind.Values{"display_name": "Lagging", "mail_nickname": "lag"}))
			if i.read(); i.isLost() {
				denied++
			}
			path := i.path()
			h.control("clock", `{"advance":"1m"}`)
			if s := i.tryApply(i.destroying()); s != "" {
				t.Errorf("seed %d: %s", seed, s)
			}
			h.control("clock", `{"advance":"1m"}`)
			if h.isLive(path) {
				t.Errorf("seed %d: the group was forgotten and not deleted", seed)
			}
		}
		if denied == 0 {
			t.Error("no replica lagged")
		}
	})
}

// TestStrangerUnderLag: who was brought into a group before it was deleted is taken out when it
// comes back, whatever a replica answers that does not have the group yet.
func TestStrangerUnderLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(8) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			i := h.instance(kindNamed(t, "group"))
			i.brief = true
			code := i.kind.Canonical(kind.Values{"display_name": "Lagging", "mail_nickname": "lag", "members": []string{h.user("adele")}})
			i.apply(code)
			h.control("clock", `{"advance":"1m"}`)
			i.behind("POST", i.path()+"/members/$ref", graph.Body{"@odata.id": h.url + "/v1.0/directoryObjects/" + h.user("grady")})
			h.control("clock", `{"advance":"1m"}`)
			i.gone(false)
			h.control("clock", `{"advance":"1m"}`)
			i.read()
			if s := i.tryApply(i.plan(code)); s != "" {
				t.Errorf("seed %d: %s", seed, s)
			}
			h.control("clock", `{"advance":"1m"}`)
			if ids := h.ids(i.path() + "/members"); !slices.Equal(ids, []string{h.user("adele")}) {
				t.Errorf("seed %d: the members are %v", seed, ids)
			}
		}
	})
}

// TestImportedHalfRestored: after an import and a restore whose last part failed, the next plan
// shows who is in the group and should not be.
func TestImportedHalfRestored(t *testing.T) {
	t.Parallel()
	x := team(t)
	code, id := x.saying(x.first), x.get("id")
	x.joins(x.stranger)
	x.gone(false)
	x.instance = x.instance.instance(x.kind)
	x.importID(id)
	x.read()
	code["display_name"] = "Renamed"
	x.control("faults", `{"status":403,"times":1,"match":"PATCH /v1.0/groups"}`)
	if s := x.tryApply(x.plan(code)); s == "" {
		t.Fatal("the apply did not fail")
	}
	x.read()
	if has, _ := x.all()["members"].([]string); !slices.Contains(has, x.stranger) {
		t.Errorf("the state does not have the stranger: %v", has)
	}
	x.put(code, "after the second apply")
	x.live("repaired,", x.first)
}

// TestTwins: a lost object of which another has the name is told, whether that
// one is live or in the recycle bin; without a state it is an error.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, kindName := range []string{"group", "conditional_access_policy", "application"} {
		t.Run(kindName, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			k := kindNamed(t, kindName)
			values := samples[kindName](h).full
			i, other := h.instance(k), h.instance(k)
			delete(values, "unique_name")
			delete(values, "identifier_uris")
			i.apply(values)
			other.apply(values)
			i.lose()
			if w, f := i.told(values); !strings.Contains(w, other.get("id")) || f != "" {
				t.Errorf("with a state: %q %q", w, f)
			}
			other.gone(false)
			stale := h.instance(k)
			stale.importID(i.get("id"))
			if _, f := stale.told(values); !strings.Contains(f, other.get("id")+" (in the recycle bin)") {
				t.Errorf("without a state, and with the other in the recycle bin: %q", f)
			}
		})
	}
}

// TestTwinAfterAcceptedImport: an import that was applied without its object being
// made, because the apply broke off before it, is no import any more: a
// namesake, which the same apply may have made, is then told and stops nothing.
func TestTwinAfterAcceptedImport(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	k := kindNamed(t, "application")
	values := kind.Values{"display_name": "Shop"}
	i, other := h.instance(k), h.instance(k)
	i.apply(values)
	id := i.get("id")
	i.lose()
	anew := h.instance(k)
	anew.importID(id)
	anew.read() // as the plan does that was applied; the state is written
	other.apply(values)
	if w, f := anew.told(values); f != "" || !strings.Contains(w, other.get("id")) {
		t.Errorf("an address in the state is refused, or its namesake is not told: %q %q", w, f)
	}
	anew.read()
	anew.apply(values)
	anew.settled(values, "after it was made")
}

// TestContextMadeWithItsPolicy: a policy whose context is made in the same apply
// has no dangling reference.
func TestContextMadeWithItsPolicy(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	context, referrer := h.instance(kindNamed(t, "authentication_context")), h.instance(kindNamed(t, "conditional_access_policy"))
	server := h.process()
	if _, s := context.planIn(server, context.config(kind.Values{"id": "c9", "display_name": "New"})); s != "" {
		t.Fatal(s)
	}
	v := policy(kind.Values{"applications": kind.Values{"include_authentication_context_class_references": []string{"c9"}}, "users": allUsers()}, nil)
	config := referrer.config(v)
	resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: referrer.kind.TypeName(), Config: dynamic(t, config), ProposedNewState: dynamic(t, config), PriorState: dynamic(t, referrer.state),
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Errorf("%v %v", err, warningsIn(resp.Diagnostics))
	}
}

// TestGoneAfterPlan: what was deleted between plan and apply is told with where
// it is now, and the next plan knows what to do.
func TestGoneAfterPlan(t *testing.T) {
	t.Parallel()
	for name, purge := range map[string]bool{"moved to the recycle bin": false, "deleted permanently": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newHost(t).instance(kindNamed(t, "group"))
			values := kind.Values{"display_name": "Before", "mail_nickname": "gone"}
			i.apply(values)
			values["display_name"] = "After"
			p := i.plan(values)
			i.gone(purge)
			if s := i.tryApply(p); !strings.Contains(s, name) {
				t.Fatalf("it is not told where the object is: %s", s)
			}
			i.read()
			i.apply(values)
			i.settled(values, "after the next apply")
		})
	}
}

// TestRestoredWhileListed: a policy that a plan took for lost, and that somebody restores
// while the apply lists what is live and what is in the recycle bin, is not made a second
// time. One that somebody deletes meanwhile is made anew beside the one in the recycle bin: so
// no two are in force.
func TestRestoredWhileListed(t *testing.T) {
	t.Parallel()
	for name, restored := range map[string]bool{"restored": true, "deleted": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			k := kindNamed(t, "conditional_access_policy")
			i := h.instance(k)
			code := policy(kind.Values{"applications": allApps(), "users": allUsers()}, nil)
			i.apply(code)
			id := i.get("id")
			i.gone(false)
			i.control("faults", `{"status":404,"times":2,"match":"GET /beta`+k.Life.Bin+`"}`)
			if i.read(); !i.isLost() {
				t.Fatal("the refresh has found it")
			}
			i.noFaults()
			p, restore := i.plan(code), graph.Body{}
			if !restored {
				i.behind("POST", k.Life.Bin+"/"+id+"/restore", restore)
			}
			lists := 0
			h.watch.before(func(route string) {
				if route != "GET /beta"+k.Life.Path && route != "GET /beta"+k.Life.BinList {
					return
				}
				if lists++; lists == 2 && restored {
					i.behind("POST", k.Life.Bin+"/"+id+"/restore", restore)
				} else if lists == 2 {
					i.behind("DELETE", i.path(), nil)
				}
			})
			if s := i.tryApplyUnplanned(p); s != "" {
				t.Fatal(s)
			}
			h.watch.before(nil)
			if lists != 2 {
				t.Errorf("%d listings", lists)
			}
			same := 0
			err := h.client.List(t.Context(), graph.Beta, k.Life.Path, nil, func(b graph.Body) error {
				if b["displayName"] == code["display_name"] {
					same++
				}
				return nil
			})
			if err != nil || same != 1 || (i.get("id") == id) != restored {
				t.Errorf("%d policies of that name are live, and the state has %s; %v", same, i.get("id"), err)
			}
		})
	}
}
