package emulator

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// What licences a user has in the end: licenseAssignmentStates tell of each assignment,
// direct or by a group, and assignedLicenses are the sum of those that are active.
// https://learn.microsoft.com/graph/api/resources/licenseassignmentstate

// assignedStates are the states of a user, those of its own and those of its groups. An
// archive may tell of the licences alone; they are the user's own then.
func assignedStates(u *object) (direct, inherited []any) {
	states := list(u.body["licenseAssignmentStates"])
	if states == nil {
		states = list(u.body["assignedLicenses"])
	}
	for _, s := range states {
		if b, _ := s.(body); b["assignedByGroup"] != nil {
			inherited = append(inherited, s)
			continue
		}
		direct = append(direct, s)
	}
	return direct, inherited
}

// licensingGroups are the live groups that a user is a direct member of and that pass a
// licence on.
func (t *Tenant) licensingGroups(u *object) []*object {
	return slices.DeleteFunc(t.ends("group", t.edges.from[edge{strings.ToLower(u.id), "members"}]),
		func(g *object) bool { return len(list(g.body["assignedLicenses"])) == 0 })
}

// ends are the live objects of a type among ids. No replica of the tenant is asked:
// licences are the work of the service, behind its back.
func (t *Tenant) ends(typ string, ids []string) []*object {
	var out []*object
	for _, id := range ids {
		if o := t.shelf(typ).objects[id]; o != nil && o.live() {
			out = append(out, o)
		}
	}
	return out
}

func (t *Tenant) usersIn(g *object) []*object {
	return t.ends("user", t.edges.to[edge{strings.ToLower(g.id), "members"}])
}

// relicense brings a user's states up to date with its groups, and its licences with its
// states. An assignment for which there is no licence left is an error; one of the user's
// own is lost then, which only a restore can come to. taken counts the licences in use.
func (t *Tenant) relicense(u *object, taken map[string]int) {
	for _, l := range list(u.body["assignedLicenses"]) {
		taken[skuOf(l)]--
	}
	direct, inherited := assignedStates(u)
	had := map[string]bool{}
	var states, sum []any
	assign := func(license any, group any, known []any) {
		b := license.(body)
		sku := skuOf(b)
		s := body{"skuId": sku, "disabledPlans": append([]any{}, list(b["disabledPlans"])...), "assignedByGroup": group, "state": "Active", "error": "None",
			"lastUpdatedDateTime": timestamp(t.now())}
		if !had[sku] && !t.freeSeat(sku, taken) {
			if group == nil {
				return
			}
			s["state"], s["error"] = "Error", "CountViolation"
		} else {
			had[sku] = true
			sum = summed(sum, s)
		}
		for _, k := range known {
			old := k.(body)
			if same(old["assignedByGroup"], group) && skuOf(old) == sku && old["state"] == s["state"] && reflect.DeepEqual(old["disabledPlans"], s["disabledPlans"]) && old["lastUpdatedDateTime"] != nil {
				s["lastUpdatedDateTime"] = old["lastUpdatedDateTime"]
			}
		}
		states = append(states, s)
	}
	for _, l := range direct {
		assign(l, nil, direct)
	}
	for _, g := range t.licensingGroups(u) {
		for _, l := range list(g.body["assignedLicenses"]) {
			assign(l, g.id, inherited)
		}
	}
	for sku := range had {
		taken[sku]++
	}
	if !reflect.DeepEqual(list(u.body["licenseAssignmentStates"]), states) {
		u.body["licenseAssignmentStates"], u.body["assignedLicenses"] = states, sum
		t.touched(u, "licenseAssignmentStates", "assignedLicenses")
	}
}

// summed adds an assignment to a user's licences: of a licence that comes in two ways, a
// service plan is off where it is off in both.
func summed(sum []any, state body) []any {
	at := indexOfSku(sum, skuOf(state))
	if at < 0 {
		return append(sum, body{"skuId": state["skuId"], "disabledPlans": slices.Clone(list(state["disabledPlans"]))})
	}
	have := sum[at].(body)
	have["disabledPlans"] = slices.DeleteFunc(list(have["disabledPlans"]), func(p any) bool { return !containsFold(state["disabledPlans"], textOf(p)) })
	return sum
}

// relicenseMembers does so for everybody in a group.
func (t *Tenant) relicenseMembers(g *object) {
	taken := t.seatsTaken()
	for _, u := range t.usersIn(g) {
		t.relicense(u, taken)
	}
	t.noteLicenseErrors(g)
}

func (t *Tenant) noteLicenseErrors(g *object) {
	failed := slices.ContainsFunc(t.usersIn(g), func(m *object) bool {
		return slices.ContainsFunc(list(m.body["licenseAssignmentStates"]), func(s any) bool {
			b := s.(body)
			return b["state"] == "Error" && same(b["assignedByGroup"], g.id)
		})
	})
	if g.body["hasMembersWithLicenseErrors"] != failed {
		g.body["hasMembersWithLicenseErrors"] = failed
		t.touched(g, "hasMembersWithLicenseErrors")
	}
}

// relicenseRestored gives a user back what there is still a licence for. A group with
// licences cannot be deleted, but an archive may have one in the recycle bin.
func (t *Tenant) relicenseRestored(o *object) {
	if o.typ == "group" && len(list(o.body["assignedLicenses"])) > 0 {
		t.relicenseMembers(o)
		return
	}
	if o.typ != "user" || len(list(o.body["assignedLicenses"])) == 0 && len(t.licensingGroups(o)) == 0 {
		return
	}
	t.relicense(o, t.seatsTaken())
	for _, g := range t.licensingGroups(o) {
		t.noteLicenseErrors(g)
	}
}

// loadLicenses has the members of loaded groups get what these pass on. There were enough
// licences, whatever number the tenant began with.
func (t *Tenant) loadLicenses() {
	t.edges.changed = t.followLink
	skus, bought := t.shelf("subscribedSku").all(false), map[string]int{}
	for _, o := range skus {
		bought[skuOf(o.body)] = seats(o)
		nested(o.body, "prepaidUnits")["enabled"] = number(strconv.Itoa(len(t.shelf("user").objects)))
	}
	for _, g := range t.shelf("group").all(false) {
		if len(list(g.body["assignedLicenses"])) > 0 {
			t.relicenseMembers(g)
		}
	}
	taken := t.seatsTaken()
	for _, o := range skus {
		nested(o.body, "prepaidUnits")["enabled"] = number(strconv.Itoa(max(bought[skuOf(o.body)], taken[skuOf(o.body)])))
	}
}

// licensed follows a member that came or went: it gets or loses what the group passes on.
func (t *Tenant) licensed(source, relation, target string) {
	if relation != "members" {
		return
	}
	g, u := t.shelf("group").objects[strings.ToLower(source)], t.shelf("user").objects[strings.ToLower(target)]
	if g == nil || u == nil || !u.live() || len(list(g.body["assignedLicenses"])) == 0 {
		return
	}
	t.relicense(u, t.seatsTaken())
	t.noteLicenseErrors(g)
}
