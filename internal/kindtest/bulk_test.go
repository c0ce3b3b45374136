package kindtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// Refreshes of many objects: in how few requests, and that a listing, which may be old,
// or lag, or show only twenty members, is never taken for what is in the tenant.

// crowd is a tenant of many groups, and those of them that a state has.
func crowd(t *testing.T, all, in int) (h *host, state []*instance) {
	t.Helper()
	h = newHost(t)
	h.control("generate", fmt.Sprintf(`{"users":60,"groups":%d,"membersPerGroup":10}`, all))
	h.one = h.process()
	group := kindNamed(t, "group")
	err := h.client.List(t.Context(), graph.V1, "/groups", map[string]string{"$top": "999", "$select": "id,displayName"}, func(b graph.Body) error {
		if name, _ := b["displayName"].(string); len(state) < in && strings.HasPrefix(name, "Group ") {
			i := h.instance(group)
			i.importID(b["id"].(string))
			state = append(state, i)
		}
		return nil
	})
	if err != nil || len(state) != in {
		t.Fatal(len(state), err)
	}
	h.refresh(state) // as an import
	return h, state
}

// refresh reads all of them in one new process, ten at a time, and returns the requests it took.
func (h *host) refresh(state []*instance) int64 {
	h.t.Helper()
	h.one = nil
	h.one = h.process()
	before := h.watch.Stats()["total"].(int)
	next := make(chan *instance)
	var readers sync.WaitGroup
	for range 10 {
		readers.Go(func() {
			for i := range next {
				if s := i.tryRead(); s != "" {
					h.t.Error("read: ", s)
				}
			}
		})
	}
	for _, i := range state {
		next <- i
	}
	close(next)
	readers.Wait()
	return int64(h.watch.Stats()["total"].(int) - before)
}

// Where most of the directory is in the state, a refresh takes at most one and a half times
// the fewest requests, and three times where a tenth is; ten more are free.
func TestRequestsOfARefresh(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		all, in int
		most    int64
	}{
		{1100, 1000, 2*3*3/2 + 10}, // two pages of groups, of members and of owners
		{2900, 150, 3*3*3 + 10},
		{1100, 3, 9},
	} {
		t.Run(fmt.Sprintf("%d of %d", c.in, c.all), func(t *testing.T) {
			t.Parallel()
			h, state := crowd(t, c.all, c.in)
			before := make([]kind.Values, len(state))
			for n, i := range state {
				before[n] = i.all()
			}
			n := h.refresh(state)
			t.Logf("%d of %d groups: %d requests", c.in, c.all, n)
			if n > c.most {
				t.Errorf("%d of %d groups took %d requests, want %d at most", c.in, c.all, n, c.most)
			}
			for n, i := range state {
				if !kind.Equal(before[n], i.all()) {
					t.Fatalf("a refresh of what nobody changed shows %v instead of %v", i.all(), before[n])
				}
			}
		})
	}
}

// Objects of which the audit log says that they were purged are not looked for one by one,
// neither by a refresh nor by the apply that makes them anew; the others are.
func TestRequestsOfALoss(t *testing.T) {
	t.Parallel()
	h, state := crowd(t, 150, 100)
	for _, i := range state {
		h.tryBehind("DELETE", i.path(), nil)
		h.tryBehind("DELETE", "/directory/deletedItems/"+i.get("id"), nil)
	}
	singly := func() int {
		all := h.watch.Stats()["byRoute"].(map[string]int)
		return all["GET /v1.0/groups/{id}"] + all["GET /v1.0/directory/deletedItems/{id}"]
	}
	before := singly()
	if n := h.refresh(state); n > 30 {
		t.Errorf("a refresh of 100 groups that were purged took %d requests", n)
	}
	if n := singly() - before; n > 12 { // three before a listing is worth it, or as many as are read at a time
		t.Errorf("%d of them were looked for", n)
	}
	if i := slices.IndexFunc(state, func(i *instance) bool { return !i.isLost() }); i >= 0 {
		t.Fatalf("%s is not lost", state[i].get("display_name"))
	}
	i := state[0]
	code := i.all()
	maps.DeleteFunc(code, func(name string, _ any) bool { a := i.kind.Attr(name); return a == nil || a.Mode == kind.Computed })
	h.one = h.process()
	before = singly()
	id := i.get("id")
	i.apply(code)
	if n := singly() - before; n > 0 {
		t.Errorf("the apply that made it anew looked for it %d times", n)
	}
	if i.get("id") == id {
		t.Error("it was not made anew")
	}
	h.refresh(state[:1])
	if i.isLost() {
		t.Error("it is still lost")
	}
}

// What a listing shows is what a single read shows, of every group, with more members than
// a listing shows, too; and what was changed, or is gone, shows.
func TestListingAndSingleRead(t *testing.T) {
	t.Parallel()
	h, state := crowd(t, 120, 100)
	users := h.ids("/users")
	assigned := slices.DeleteFunc(slices.Clone(state), func(i *instance) bool { m, _ := i.all()["members"].([]string); return len(m) < 10 })
	full, one, changed, gone, binned := assigned[30], assigned[35], assigned[40], assigned[45], assigned[50]
	for _, id := range users[:30] {
		h.tryBehind("POST", full.path()+"/members/$ref", graph.Body{"@odata.id": h.url + "/v1.0/directoryObjects/" + id})
	}
	was, _ := one.all()["members"].([]string)
	h.tryBehind("DELETE", one.path()+"/members/"+was[0]+"/$ref", nil)
	h.tryBehind("PATCH", changed.path(), graph.Body{"description": "changed behind the back"})
	h.tryBehind("DELETE", gone.path(), nil)
	h.tryBehind("DELETE", "/directory/deletedItems/"+gone.get("id"), nil)
	h.tryBehind("DELETE", binned.path(), nil)
	h.refresh(state)
	if n := len(full.all()["members"].([]string)); n < 30 {
		t.Errorf("a group of more than 30 shows %d members", n)
	}
	if has, _ := one.all()["members"].([]string); slices.Contains(has, was[0]) {
		t.Error("a member that was taken away is still there")
	}
	if changed.get("description") != "changed behind the back" {
		t.Error("a change does not show")
	}
	if gone.state.IsNull() || !gone.isLost() {
		t.Error("a group that was deleted for good is not lost")
	}
	if binned.get("deleted_date_time") == "" {
		t.Error("a group in the recycle bin does not say so")
	}
	h.one = nil
	for _, i := range assigned[25:55] {
		listed := i.all()
		if i.read(); !kind.Equal(listed, i.all()) {
			t.Fatalf("a listing shows %v\nand a single read %v", listed, i.all())
		}
	}
}

// TestListingOfEveryKind: what is imported from a listing is what a single read imports, with
// everything that the demo's tenant has and that every shape of an object sets.
func TestListingOfEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || !k.Life.InDirectory() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			for _, make := range shapesOf[k.Name] {
				h.instance(k).apply(k.Canonical(make(h)))
			}
			h.one = h.process()
			var singly, listed []*instance
			for _, id := range h.ids(k.Life.Path) {
				one, other := h.instance(k), h.instance(k)
				one.importID(id)
				other.importID(id)
				singly, listed = append(singly, one), append(listed, other)
			}
			h.one = nil
			h.one = h.process()
			for _, i := range append(slices.Clone(listed[:4]), listed...) { // the first ones before a listing is worth it, and again
				if s := i.tryRead(); s != "" {
					t.Fatal(s)
				}
			}
			if h.watch.Stats()["byRoute"].(map[string]int)["GET /v1.0"+k.Life.Path] < 1 {
				t.Fatal("nothing was listed")
			}
			for n, i := range singly {
				h.one = nil
				i.read()
				listed[n].imported(i)
			}
		})
	}
}

// imported holds one import to another of the same object.
func (i *instance) imported(other *instance) {
	i.t.Helper()
	if !i.state.Equal(other.state) {
		diffs, _ := i.state.Diff(other.state)
		i.t.Errorf("from a listing and by itself, %s %s differs: %v", i.kind.Title, i.get("id"), diffs)
	}
}

// A process that has listed the groups and then writes one, or is asked about one that
// was made since, does not answer from the listing.
func TestListingIsOld(t *testing.T) {
	t.Parallel()
	h, state := crowd(t, 60, 50)
	h.refresh(state)
	at := slices.IndexFunc(state, func(i *instance) bool { m, _ := i.all()["members"].([]string); return len(m) == 10 })
	i := state[at]
	v := i.all()
	v["description"], v["members"] = "written by this process", v["members"].([]string)[:9]
	i.apply(v)
	i.read()
	if i.get("description") != "written by this process" || len(i.all()["members"].([]string)) != 9 {
		t.Errorf("what this process wrote reads as %v", i.all())
	}
	made := h.instance(i.kind)
	answer, err := h.client.Post(t.Context(), graph.V1, "/groups", graph.Body{"displayName": "new", "mailNickname": "new", "mailEnabled": false, "securityEnabled": true})
	if err != nil {
		t.Fatal(err)
	}
	made.importID(answer["id"].(string))
	made.read()
	if made.get("display_name") != "new" {
		t.Errorf("a group that is younger than the listing reads as %v", made.all())
	}
}

// all are the values of a state.
func (i *instance) all() kind.Values {
	i.t.Helper()
	v, err := wire.Values(i.kind, i.state)
	if err != nil {
		i.t.Fatal(err)
	}
	return v
}

// isLost tells what the provider noted of the object beside the state.
func (i *instance) isLost() bool {
	i.t.Helper()
	var private map[string][]byte
	if err := json.Unmarshal(i.private, &private); err != nil {
		i.t.Fatal(err)
	}
	return strings.Contains(string(private["entra"]), `"lost":true`)
}

// conditionalAccess counts the requests to Conditional Access so far.
func (h *host) conditionalAccess() (n int) {
	h.t.Helper()
	for route, times := range h.routes() {
		if strings.Contains(route, "/identity/conditionalAccess") {
			n += times
		}
	}
	return n
}

// ids returns those of a collection.
func (h *host) ids(path string) (ids []string) {
	h.t.Helper()
	err := h.client.List(h.t.Context(), graph.V1, path, map[string]string{"$select": "id"}, func(b graph.Body) error {
		ids = append(ids, b["id"].(string))
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

// tryBehind is a request behind Terraform's back; what exists already is as good.
func (h *host) tryBehind(method, path string, body any) {
	h.t.Helper()
	_, err := h.client.Do(h.t.Context(), graph.Request{Method: method, Path: path, Body: body})
	if err != nil && !graph.IsReferenceExists(err) {
		h.t.Fatal(method, path, err)
	}
}

// Conditional Access takes one request a second: a hundred policies that are gone are two
// listings and the audit log. Where that cannot be read, each is asked for alone, because
// a listing that lags is no proof.
func TestRequestsForLostPolicies(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("log unreadable %t", silent), func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			h.control("generate", `{"users":5,"groups":5,"policies":12}`)
			var state []*instance
			err := h.client.List(t.Context(), graph.Beta, "/identity/conditionalAccess/policies", nil, func(b graph.Body) error {
				i := h.instance(kindNamed(t, "conditional_access_policy"))
				i.importID(b["id"].(string))
				state = append(state, i)
				return nil
			})
			if err != nil || len(state) < 12 {
				t.Fatal(len(state), err)
			}
			h.refresh(state)
			for n, i := range state {
				i.gone(n > 0)
			}
			if silent {
				h.control("faults", `{"status":403,"times":99,"match":"GET /v1.0/auditLogs/directoryAudits"}`)
			}
			before := h.conditionalAccess()
			h.refresh(state)
			n := h.conditionalAccess() - before
			if singly := len(state) - 1; silent && n < 2+2*singly || !silent && n > 2 {
				t.Errorf("a refresh of %d lost policies took %d requests to Conditional Access", len(state), n)
			}
			if state[0].get("deleted_date_time") == "" {
				t.Error("a policy in the recycle bin does not say so")
			}
			for _, i := range state[1:] {
				if !i.isLost() {
					t.Errorf("a policy that was deleted for good is not lost: %s", i.private)
				}
			}
		})
	}
}

// What belongs to one object is listed after the first read, and its links are listed once.
func TestRequestsBelowOneObject(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app := h.instance(kindNamed(t, "application"))
	app.apply(kind.Values{"display_name": "App"})
	team := h.instance(kindNamed(t, "group"))
	team.apply(kind.Values{"display_name": "Team", "mail_nickname": "team", "security_enabled": true})
	var state []*instance
	for n := range 8 {
		c := h.instance(kindNamed(t, "application_federated_identity_credential"))
		c.apply(kind.Values{"application_id": app.get("id"), "name": fmt.Sprint("credential", n), "issuer": "https://issuer.example", "subject": fmt.Sprint("s", n), "audiences": []string{"api://AzureADTokenExchange"}})
		m := h.instance(kindNamed(t, "group_member"))
		m.apply(kind.Values{"group_id": team.get("id"), "member_id": h.newUser(fmt.Sprint("member", n))})
		state = append(state, c, m)
	}
	n := h.refresh(state)
	t.Logf("eight credentials and eight members: %d requests", n)
	if n > 6 {
		t.Errorf("eight credentials and eight members took %d requests", n)
	}
	state[0].behind("DELETE", state[0].path(), nil)
	state[1].behind("DELETE", "/groups/"+team.get("id")+"/members/"+state[1].get("member_id")+"/$ref", nil)
	h.refresh(state)
	for n, i := range state {
		if i.isLost() != (n < 2) {
			t.Errorf("%d is lost: %t", n, i.isLost())
		}
	}
}

// Members are written twenty to a request, and those of units, which take one each, twenty
// to a batch.
func TestRequestsForMembers(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.control("generate", `{"users":45}`)
	users := h.ids("/users")
	for name, c := range map[string]struct {
		values kind.Values
		most   int
	}{
		"group":               {kind.Values{"display_name": "Team", "mail_nickname": "team", "security_enabled": true}, 3},
		"administrative_unit": {kind.Values{"display_name": "Unit"}, 4},
	} {
		i := h.instance(kindNamed(t, name))
		c.values["members"] = users[:45]
		before, writes := h.watch.Stats()["total"].(int), h.watch.since()
		i.apply(c.values)
		t.Logf("%s: %d requests; %s", name, h.watch.Stats()["total"].(int)-before, strings.Join(writes(), ", "))
		if n := len(writes()); n > c.most {
			t.Errorf("a %s of 45 members took %d writes: %s", name, n, strings.Join(writes(), ", "))
		}
		i.settled(c.values, "after that")
	}
}
