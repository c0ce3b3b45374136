package kindtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What is made anew is put back into the relations that code uses only when their
// object is made (on_create), and nothing else of them changes.

// nest is a member, and a holder in whose code it stands beside adele and diego;
// diego was taken out by hand, and grady joined by himself.
type nest struct {
	*estate
	member, holder      *item
	rel                 *kind.Attr
	adele, diego, grady string
}

// nests are what can be a member of what.
var nests = map[string]struct{ member, holder, relation string }{
	"group in a group":                      {"group", "group", "members"},
	"user in a group":                       {"user", "group", "members"},
	"service principal in a group":          {"service_principal", "group", "members"},
	"group in a unit":                       {"group", "administrative_unit", "members"},
	"user in a unit":                        {"user", "administrative_unit", "members"},
	"user as owner of a group":              {"user", "group", "owners"},
	"service principal as owner of an app":  {"service_principal", "application", "owners"},
	"user as owner of a service principal":  {"user", "service_principal", "owners"},
	"service principal as owner of a group": {"service_principal", "group", "owners"},
}

func newNest(t *testing.T, member, holder, relation string) *nest {
	t.Helper()
	e := newEstate(t, rand.New(rand.NewPCG(1, 1)))
	n := &nest{estate: e, adele: e.user("adele"), diego: e.user("diego"), grady: e.user("grady")}
	n.member = n.principal("Member", member)
	v := kind.Values{relation: []string{n.member.is(kind.ObjectID), n.adele, n.diego}, relation + "_mode": kind.OnCreate}
	n.holder = n.principal("Holder", holder, v)
	n.rel = n.holder.kind.Attr(relation)
	e.begin(1)
	n.is("made,", n.adele, n.diego, now(n.member, kind.ObjectID))
	n.do("DELETE", "/"+n.diego+"/$ref", nil)
	n.do("POST", "/$ref", graph.Body{"@odata.id": e.url + "/v1.0/directoryObjects/" + n.grady})
	return n
}

// principal adds an object of that kind and name, and says more of it.
func (n *nest) principal(name, kindName string, more ...kind.Values) *item {
	v := kind.Values{"display_name": name}
	switch kindName {
	case "user":
		v["mail_nickname"], v["user_principal_name"] = strings.ToLower(name), strings.ToLower(name)+"@contoso.onmicrosoft.com"
	case "group":
		v["mail_nickname"] = strings.ToLower(name)
	case "service_principal":
		app := n.put("application", v)
		v = kind.Values{"app_id": app.is(kind.AppID)}
	}
	for _, m := range more {
		for attr, value := range m {
			v[attr] = value
		}
	}
	return n.put(kindName, v)
}

func (n *nest) do(method, below string, body any) {
	n.t.Helper()
	if !n.try(method, n.holder.path()+"/"+n.rel.Property+below, body) {
		n.t.Fatal(n.refusal)
	}
}

// is checks who belongs to the holder.
func (n *nest) is(when string, want ...string) {
	n.t.Helper()
	var got []string
	err := n.client.List(context.Background(), graph.V1, n.holder.path()+"/"+n.rel.Property, nil, func(b graph.Body) error {
		got = append(got, text(b["id"]))
		return nil
	})
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		n.t.Errorf("%s %s are %v, not %v (%v)", when, n.rel.Name, got, want, err)
	}
}

// lose deletes the member for good: a service principal goes with its application.
func (n *nest) lose(x *item) {
	n.t.Helper()
	for _, one := range append(slices.Clone(x.needs), x) {
		if x.kind.Name == "service_principal" || one == x {
			n.remove(one)
			n.purge(one)
		}
	}
	if x.kind.Name == "administrative_unit" {
		n.control("clock", `{"advance":"745h"}`)
	}
	if n.there(x) != nil {
		n.t.Fatal(x.address(), " is still there: ", n.refusal)
	}
}

// recover plans and applies, and expects the next plan to be empty.
func (n *nest) recover() {
	n.t.Helper()
	n.plan(1)
	for _, s := range n.apply(1) {
		n.t.Error("apply: ", s)
	}
	n.calmPlan()
}

func (n *nest) calmPlan() {
	n.t.Helper()
	for _, x := range n.plan(1) {
		diffs, _ := x.state.Diff(x.planned.planned)
		n.t.Errorf("%s: the plan after the recovery is not empty: %v", x.address(), diffs)
	}
}

// adopt takes the state away, and imports all.
func (n *nest) adopt() {
	n.t.Helper()
	for _, x := range n.items {
		id := x.importable()
		x.instance = n.host.instance(x.kind)
		x.brief = true
		x.importID(id)
	}
}

func eachNest(t *testing.T, run func(n *nest)) {
	t.Parallel()
	for name, c := range nests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newNest(t, c.member, c.holder, c.relation))
		})
	}
}

// TestRenewed: a member that is made anew is back in its holder after the one apply.
func TestRenewed(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.calmPlan()
		old := now(n.member, kind.ObjectID)
		n.lose(n.member)
		n.recover()
		is := now(n.member, kind.ObjectID)
		if is == old {
			n.t.Fatal("it has its old id")
		}
		n.is("recovered,", n.adele, n.grady, is)
		n.do("DELETE", "/"+is+"/$ref", nil) // whoever takes it out now, has it out
		n.recover()
		n.is("taken out,", n.adele, n.grady)
	})
}

// TestRenewedAdopted: the same where the state comes from an import, which has the
// relation as it is and knows nothing of the code's mode.
func TestRenewedAdopted(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.adopt()
		n.calmPlan()
		n.lose(n.member)
		n.recover()
		n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
	})
}

// TestRenewedStateLost: the same where the state is lost with the member.
func TestRenewedStateLost(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.lose(n.member)
		n.adopt()
		n.recover()
		n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
	})
}

// TestRenewedBothLost: with its holder lost, too, the new one has all that the code
// names; in the recycle bin, it comes back as it was, with the new member.
func TestRenewedBothLost(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.lose(n.member)
		if !n.remove(n.holder) {
			n.t.Fatal(n.refusal)
		}
		id := now(n.holder, kind.ObjectID)
		if n.holder.kind.Name == "service_principal" {
			n.recover()
		} else {
			n.adopt()
			n.recover()
		}
		if now(n.holder, kind.ObjectID) != id {
			n.t.Error("the holder was made anew")
		}
		n.is("restored,", n.adele, n.grady, now(n.member, kind.ObjectID))
		n.lose(n.member)
		n.lose(n.holder)
		n.recover()
		n.is("made anew,", n.adele, n.diego, now(n.member, kind.ObjectID))
	})
}

// TestRenewedElsewhere: a service principal of another application is another object, which
// takes the place of the old one in its holder.
func TestRenewedElsewhere(t *testing.T) {
	t.Parallel()
	n := newNest(t, "service_principal", "group", "members")
	other := n.put("application", kind.Values{"display_name": "Other"})
	n.items = slices.Insert(n.items[:len(n.items)-1], 0, other)
	for i, x := range slices.Backward(n.items) {
		n.renumber(x, i)
	}
	old := now(n.member, kind.ObjectID)
	n.member.code["app_id"], n.member.code["allow_replacement"] = other.is(kind.AppID), true
	n.member.needs = []*item{other}
	n.recover()
	is := now(n.member, kind.ObjectID)
	if is == old {
		t.Fatal("it has its old id")
	}
	n.is("replaced,", n.adele, n.grady, is)
}

// TestRestoredMember: with its id kept, nothing of the holder is planned or written.
func TestRestoredMember(t *testing.T) {
	eachNest(t, func(n *nest) {
		id := now(n.member, kind.ObjectID)
		if !n.remove(n.member) {
			n.t.Fatal(n.refusal)
		}
		if changed := n.plan(1); slices.Contains(changed, n.holder) {
			n.t.Error("the plan changes the holder")
		}
		n.recover()
		n.is("restored,", n.adele, n.grady, id)
	})
}

// TestRenewedInTwoApplies: the holder's update fails, and the next apply puts the
// member back; with the state of an import, too.
func TestRenewedInTwoApplies(t *testing.T) {
	for _, adopted := range []string{"made", "adopted", "state lost"} {
		t.Run(adopted, func(t *testing.T) {
			eachNest(t, func(n *nest) {
				if adopted == "adopted" {
					n.adopt()
					n.calmPlan()
				}
				n.lose(n.member)
				if adopted == "state lost" {
					n.adopt()
				}
				n.plan(1)
				n.control("faults", `{"status":403,"times":1,"match":"POST /v1.0`+n.holder.kind.Life.Path+`/{id}/`+n.rel.Property+`"}`)
				if failed := n.apply(1); len(failed) != 1 || !strings.Contains(failed[0], n.holder.address()) {
					n.t.Fatal("the refusal is not told: ", failed)
				}
				n.is("refused,", n.adele, n.grady)
				n.recover()
				n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
			})
		})
	}
}

// TestRenewedAlone: -target made the member anew, and the next apply puts it back.
func TestRenewedAlone(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.lose(n.member)
		all := n.items
		n.items = slices.DeleteFunc(slices.Clone(all), func(x *item) bool { return x == n.holder })
		for i, x := range n.items {
			x.n = i // nothing refers to what stands behind it
		}
		n.recover()
		n.items = all
		n.is("recovered alone,", n.adele, n.grady)
		n.recover()
		n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
	})
}

// TestRenewedAfterRefresh: what a refresh took out of the state of an imported holder,
// while its member was in the recycle bin, is put back once it is made anew.
func TestRenewedAfterRefresh(t *testing.T) {
	eachNest(t, func(n *nest) {
		n.adopt()
		n.calmPlan()
		if !n.remove(n.member) {
			n.t.Fatal(n.refusal)
		}
		n.plan(1) // nothing of which is applied: the states are as refreshed
		n.purge(n.member)
		n.lose(n.member)
		n.recover()
		n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
	})
}

// TestOnCreateEdited: what a user adds to the code changes nothing, be it there, new
// in the same apply, or beside one that is made anew.
func TestOnCreateEdited(t *testing.T) {
	eachNest(t, func(n *nest) {
		kept := now(n.member, kind.ObjectID)
		other := n.principal("Fresh", n.member.kind.Name)
		n.items = slices.DeleteFunc(n.items, func(x *item) bool { return x == n.holder })
		n.items = append(n.items, n.holder)
		for i, x := range n.items {
			n.renumber(x, i)
		}
		n.holder.needs = append(n.holder.needs, other)
		n.holder.code[n.rel.Name] = []string{n.member.is(kind.ObjectID), other.is(kind.ObjectID), n.adele, n.diego}
		n.plan(1)
		if n.holder.changes {
			n.t.Error("the plan changes the holder")
		}
		n.recover()
		n.is("edited,", n.adele, n.grady, kept)
		n.lose(n.member)
		n.plan(1)
		n.recover()
		n.is("recovered,", n.adele, n.grady, now(n.member, kind.ObjectID))
	})
}

// renumber gives an item another number, and what refers to it the placeholder of that.
func (n *nest) renumber(x *item, to int) {
	if x.n == to {
		return
	}
	was := map[string]string{x.is(kind.ObjectID): "", x.is(kind.AppID): ""}
	object, app := x.is(kind.ObjectID), x.is(kind.AppID)
	x.n = to
	was[object], was[app] = x.is(kind.ObjectID), x.is(kind.AppID)
	for _, y := range n.items {
		if slices.Contains(y.needs, x) {
			y.code, _ = rewritten(y.code, func(s string) string { return strings.NewReplacer(object, was[object], app, was[app]).Replace(s) }).(kind.Values)
		}
	}
}

// TestRenewedInACycle: of two groups that belong to each other the memberships are
// resources of their own, and what else they have is used only when they are made.
func TestRenewedInACycle(t *testing.T) {
	t.Parallel()
	e := newEstate(t, rand.New(rand.NewPCG(1, 1)))
	n := &nest{estate: e, adele: e.user("adele"), diego: e.user("diego"), grady: e.user("grady")}
	third := n.principal("Third", "group")
	a := n.principal("A", "group", kind.Values{"members": []string{third.is(kind.ObjectID), n.adele}, "members_mode": kind.OnCreate})
	b := n.principal("B", "group", kind.Values{"members": []string{third.is(kind.ObjectID), n.diego}, "members_mode": kind.OnCreate})
	n.put("group_member", kind.Values{"group_id": a.is(kind.ObjectID), "member_id": b.is(kind.ObjectID)})
	n.put("group_member", kind.Values{"group_id": b.is(kind.ObjectID), "member_id": a.is(kind.ObjectID)})
	e.begin(1)
	n.calmPlan()
	n.rel = a.kind.Attr("members")
	for _, lost := range [][]*item{{third}, {a}, {b, third}, {a, b}, {a, b, third}} {
		for _, x := range lost {
			n.lose(x)
		}
		n.recover()
		ids := func(all ...*item) (out []string) {
			for _, x := range all {
				out = append(out, now(x, kind.ObjectID))
			}
			return out
		}
		n.holder = a
		n.is("A,", append(ids(b, third), n.adele)...)
		n.holder = b
		n.is("B,", append(ids(a, third), n.diego)...)
	}
}
