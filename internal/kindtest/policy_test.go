package kindtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// excluding is a policy that leaves out one group.
func excluding(group string) kind.Values {
	v := policy(kind.Values{"applications": allApps(),
		"users": kind.Values{"include_users": []string{"All"}, "exclude_groups": []string{group}}}, nil)
	return v
}

// pair is a group and a policy that excludes it.
func pair(t *testing.T) (group, referrer *instance, groupValues kind.Values) {
	t.Helper()
	h := newHost(t)
	group, referrer = h.instance(kindNamed(t, "group")), h.instance(kindNamed(t, "conditional_access_policy"))
	groupValues = kind.Values{"display_name": "Left out", "mail_nickname": "out"}
	group.apply(groupValues)
	referrer.apply(excluding(group.get("id")))
	return group, referrer, groupValues
}

// TestRelink: a group that is made anew has another id, and the policy that
// excludes it changes with it.
func TestRelink(t *testing.T) {
	t.Parallel()
	group, referrer, values := pair(t)
	group.lose()
	group.read()
	if p := group.plan(values); !unknownID(group, p) {
		t.Fatal("the group's new id must be unknown, or the policy is not planned")
	}
	group.apply(values)
	p := referrer.plan(excluding(group.get("id")))
	if referrer.empty(p) {
		t.Fatal("the policy keeps the dead id")
	}
	if s := referrer.tryApply(p); s != "" {
		t.Fatal(s)
	}
	referrer.settled(excluding(group.get("id")), "after the new link")
}

// TestGoneTogether: a policy in the recycle bin whose group was deleted
// permanently cannot be restored; with a new group it is made anew.
func TestGoneTogether(t *testing.T) {
	t.Parallel()
	group, referrer, values := pair(t)
	old := referrer.get("id")
	referrer.gone(false)
	group.lose()
	group.read()
	referrer.read()
	group.apply(values)
	code := excluding(group.get("id"))
	p := referrer.plan(code)
	if s := referrer.tryApply(p); s != "" {
		t.Fatal(s)
	}
	referrer.settled(code, "after both came back")
	if !unknownID(referrer, p) && referrer.get("id") != old {
		t.Error("the policy got an id that was not planned")
	}
}

// TestGoneTogetherRestored: while both are in the recycle bin, both keep their ids.
func TestGoneTogetherRestored(t *testing.T) {
	t.Parallel()
	group, referrer, values := pair(t)
	g, r := group.get("id"), referrer.get("id")
	referrer.gone(false)
	group.gone(false)
	group.read()
	referrer.read()
	group.apply(values)
	referrer.apply(excluding(g))
	if group.get("id") != g || referrer.get("id") != r {
		t.Error("something that could be restored was made anew")
	}
	referrer.settled(excluding(g), "after both were restored")
}

// TestDanglingReference: an id that leads nowhere stops the write of the one
// policy, and names itself.
func TestDanglingReference(t *testing.T) {
	t.Parallel()
	group, referrer, _ := pair(t)
	before := referrer.body()
	const dead = "0fffffff-0000-4000-8000-000000000002"
	p := referrer.plan(excluding(dead))
	if s := referrer.tryApply(p); !strings.Contains(s, dead) || !strings.Contains(s, "Nothing was written") {
		t.Fatal("a dangling exclusion was not refused: ", s)
	}
	after := referrer.body()
	if !kind.Equal(before, after) {
		t.Errorf("the policy was written:\n%v\n%v", before, after)
	}
	fresh := referrer.instance(referrer.kind)
	if s := fresh.tryApply(fresh.plan(excluding(dead))); !strings.Contains(s, dead) || !fresh.state.IsNull() {
		t.Error("a policy with a dangling exclusion was created: ", s)
	}
	referrer.settled(excluding(group.get("id")), "after the refusal")
}

// TestOwnDeletionDangles: what this apply has deleted, a policy that names it by its id must
// not be written with.
func TestOwnDeletionDangles(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	group, referrer, other := h.instance(kindNamed(t, "group")), h.instance(kindNamed(t, "conditional_access_policy")), h.instance(kindNamed(t, "conditional_access_policy"))
	group.apply(kind.Values{"display_name": "Left out", "mail_nickname": "out"})
	code := excluding(group.get("id"))
	other.apply(code)
	changed := excluding(group.get("id"))
	changed["state"] = "disabled"
	h.together(nil, func() {
		group.one, referrer.one, other.one = h.one, h.one, h.one
		if s := other.tryApply(other.plan(changed)); s != "" { // it has been seen in this process
			t.Fatal(s)
		}
		id := group.get("id")
		if s := group.destroyAnyhow(); s != "" {
			t.Fatal(s)
		}
		if s := referrer.tryApply(referrer.plan(code)); !strings.Contains(s, id) || !strings.Contains(s, "Nothing was written") {
			t.Errorf("a policy was written that leaves out what the same apply deleted: %q", s)
		}
	})
}

// TestOwnDeletionIsNoMember: the same of members: one that this apply deleted is left out and named.
func TestOwnDeletionIsNoMember(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	team, member := h.instance(kindNamed(t, "group")), h.instance(kindNamed(t, "group"))
	member.apply(kind.Values{"display_name": "Goes", "mail_nickname": "goes"})
	code := kind.Values{"display_name": "Team", "mail_nickname": "team", "members": []string{member.get("id")}}
	p, id := team.plan(code), member.get("id")
	h.together(nil, func() {
		team.one, member.one = h.one, h.one
		team.brief = true
		if s := member.destroyAnyhow() + team.tryApply(p); s != "" {
			t.Error(s)
		}
	})
	has(t, team.said, "was written without "+id)
}

// TestClientIDOfDeletedPrincipal: an application goes on without its service principal, so its
// client id does not dangle; with the application it does.
func TestClientIDOfDeletedPrincipal(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, principal := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
	one, other := h.instance(kindNamed(t, "conditional_access_policy")), h.instance(kindNamed(t, "conditional_access_policy"))
	app.apply(ownApp)
	principal.apply(kind.Values{"app_id": app.get("app_id")})
	code := policy(kind.Values{"applications": kind.Values{"include_applications": []string{app.get("app_id")}}, "users": allUsers()}, nil)
	id := app.get("app_id")
	h.together(nil, func() {
		for _, i := range []*instance{app, principal, one, other} {
			i.one = h.one
		}
		if s := principal.destroyAnyhow() + one.tryApply(one.plan(code)); strings.Contains(s, "does not exist: conditions") {
			t.Errorf("with its application: %q", s)
		}
		if s := app.destroyAnyhow(); s != "" {
			t.Fatal(s)
		}
		if s := other.tryApply(other.plan(code)); !strings.Contains(s, id) || !strings.Contains(s, "Nothing was written") {
			t.Errorf("without: %q", s)
		}
	})
}

// TestDanglingWarned: a policy that stays as it is, and leaves out somebody who
// was deleted, is told at plan; one that somebody acknowledged is not.
func TestDanglingWarned(t *testing.T) {
	t.Parallel()
	group, referrer, _ := pair(t)
	code := excluding(group.get("id"))
	referrer.read()
	if w, f := referrer.told(code); w != "" || f != "" {
		t.Errorf("nothing dangles: %q %q", w, f)
	}
	group.lose()
	w, f := referrer.told(code)
	if !strings.Contains(w, "refers to an object that does not exist") || !strings.Contains(w, group.get("id")) || f != "" {
		t.Errorf("the lost exclusion of an unchanged policy is not told: %q %q", w, f)
	}
	referrer.settled(code, "with a dangling exclusion")
	before := referrer.requests()
	if _, f := referrer.told(code); f != "" {
		t.Fatal(f)
	}
	if n := referrer.requests() - before; n > 10 { // policies, locations, strengths, roles, objects, apps: each once
		t.Errorf("the plan took %d requests", n)
	}
}

// TestMemberGone: a member who does not exist any more does not keep a group
// from coming back. The plan and the apply name him, and the next plan too.
func TestMemberGone(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]int{"bound in the POST": 2, "added later": 24} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			var ids []string
			for n := range bound {
				ids = append(ids, h.newUser(fmt.Sprintf("member%d", n)))
			}
			gone := ids[len(ids)-1]
			i := h.instance(kindNamed(t, "group"))
			values := i.kind.Canonical(kind.Values{"display_name": "Left", "mail_nickname": "left", "members": ids})
			i.apply(values)
			i.behind("DELETE", "/users/"+gone, nil)
			i.behind("DELETE", "/directory/deletedItems/"+gone, nil)
			i.lose()
			if w, f := i.told(values); !strings.Contains(w, gone) || f != "" {
				t.Errorf("the plan does not name the dead member: %q %q", w, f)
			}
			i.read()
			p := i.plan(values)
			if s := i.tryApply(p); s != "" {
				t.Fatal(s)
			}
			if !strings.Contains(i.said, "was written without "+gone) {
				t.Errorf("the apply does not name the dead member: %q", i.said)
			}
			if n := i.count("members"); n != bound-1 {
				t.Errorf("the group has %d members", n)
			}
			i.read()
			if i.empty(i.plan(values)) {
				t.Error("the next plan does not say that a member is missing")
			}
		})
	}
}

func (h *host) newUser(name string) string {
	h.t.Helper()
	b, err := h.client.Post(context.Background(), graph.V1, "/users", graph.Body{"displayName": name, "userPrincipalName": name + "@contoso.onmicrosoft.com",
		"mailNickname": name, "accountEnabled": true, "passwordProfile": graph.Body{"password": "correct horse 1 Battery"}})
	if err != nil {
		h.t.Fatal(err)
	}
	return b["id"].(string)
}

// body is the live object.
func (i *instance) body() graph.Body {
	i.t.Helper()
	b, err := i.client.Get(context.Background(), graph.Beta, i.path(), nil)
	if err != nil {
		i.t.Fatal(err)
	}
	return b
}

// TestUnknownSurvives: what a newer Graph has inside conditions, and the table
// does not, is written back with a change of the rest.
func TestUnknownSurvives(t *testing.T) {
	t.Parallel()
	const tomorrow = "appearsTomorrow"
	h := newHost(t, emulator.WithFutureProperty("conditionalAccessDevices", tomorrow, "unset"), emulator.WithFutureMember("riskLevel", tomorrow))
	i := h.instance(kindNamed(t, "conditional_access_policy"))
	code := func(rule string) kind.Values {
		return policy(kind.Values{"applications": allApps(), "users": allUsers(),
			"devices": kind.Values{"device_filter": deviceFilter(rule)}}, nil)
	}
	first := code(`device.isCompliant -eq True`)
	i.apply(first)
	conditions := i.kind.Encode(i.kind.Canonical(first), "")["conditions"].(graph.Body)
	conditions["devices"].(graph.Body)[tomorrow] = "new"
	conditions["userRiskLevels"] = []any{tomorrow}
	i.behind("PATCH", i.path(), graph.Body{"conditions": conditions})
	want := []string{"conditions.devices." + tomorrow}
	if values, unknown := i.kind.Decode(i.body()); !slices.Equal(unknown, want) || !slices.Equal(values["conditions"].(kind.Values)["user_risk_levels"].([]string), []string{tomorrow}) {
		t.Fatalf("read are %v, unknown %v", values, unknown)
	}
	second := code(`device.isCompliant -eq False`)
	second["conditions"].(kind.Values)["user_risk_levels"] = []string{tomorrow} // as export writes it
	i.read()
	i.apply(second)
	i.settled(second, "after the change")
	devices := i.body()["conditions"].(graph.Body)["devices"].(graph.Body)
	if devices[tomorrow] != "new" {
		t.Errorf("what the table does not know is gone: %v", devices)
	}
	if s := i.destroy(); s != "" {
		t.Error("it cannot be deleted: ", s)
	}
}

// TestNotOwnedRelations: members that code does not mention are never changed,
// and an empty set means none.
func TestNotOwnedRelations(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	values := kind.Values{"display_name": "Open", "mail_nickname": "open"}
	i.apply(values)
	i.behind("POST", i.path()+"/members/$ref", graph.Body{"@odata.id": h.url + "/v1.0/directoryObjects/" + h.user("adele")})
	i.settled(values, "with a member that code does not own")
	values["display_name"] = "Still open"
	i.apply(values)
	if n := i.count("members"); n != 1 {
		t.Errorf("an update that does not own the members left %d", n)
	}
	values["members"] = []string{}
	i.apply(values)
	i.settled(values, "with no members wanted")
	if n := i.count("members"); n != 0 {
		t.Errorf("with an empty set there are %d members", n)
	}
	fields, err := wire.Fields(i.state)
	if err != nil || fields["members"].IsNull() {
		t.Error("an owned empty set became null: ", err)
	}
}

// requests is how many requests the tenant has answered so far, except to this.
func (h *host) requests() int {
	total, _ := h.stats()
	return total
}

// routes is the same by method and address.
func (h *host) routes() map[string]int {
	_, routes := h.stats()
	return routes
}

func (h *host) stats() (int, map[string]int) {
	h.t.Helper()
	resp, err := http.Get(h.url + "/_emulator/stats")
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	var stats struct {
		Total   int
		ByRoute map[string]int
	}
	if err := json.NewDecoder(resp.Body).Decode(&stats); err != nil {
		h.t.Fatal(err)
	}
	return stats.Total, stats.ByRoute
}

func (i *instance) count(relation string) int {
	i.t.Helper()
	n := 0
	err := i.client.List(context.Background(), graph.V1, i.path()+"/"+relation, nil, func(graph.Body) error { n++; return nil })
	if err != nil {
		i.t.Fatal(err)
	}
	return n
}
