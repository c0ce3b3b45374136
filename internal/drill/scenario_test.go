package drill

import (
	"errors"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	tfjson "github.com/hashicorp/terraform-json"
)

// TestScenarios: what is named is understood or refused with a reason.
func TestScenarios(t *testing.T) {
	t.Parallel()
	for named, want := range map[string]string{
		"": "purge-all", "all": "purge-all soft-delete-all random:1 failing-apply", "kinds:group,named_location": "kinds:group,named_location", "random:7": "random:7",
	} {
		var in []string
		if named != "" {
			in = []string{named}
		}
		all, err := parseScenarios(in)
		var names []string
		for _, s := range all {
			names = append(names, s.name)
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s: %v, %v", named, names, err)
		}
	}
	for named, want := range map[string]string{
		"purge": "there is no scenario", "random": "there is no scenario", "random:x": "whole number", "kinds:group,thing": `"thing", which is no kind`,
		"kinds:application_password": "name that", "purge-all:1": "there is no scenario",
	} {
		if err := (Options{Scenarios: []string{named}}).Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", named, err)
		}
	}
}

// TestAnnounced: what a plan shows is what it is called.
func TestAnnounced(t *testing.T) {
	t.Parallel()
	change := func(before, unknown map[string]any, actions ...tfjson.Action) *tfjson.ResourceChange {
		return &tfjson.ResourceChange{Change: &tfjson.Change{Actions: actions, Before: before, AfterUnknown: unknown}}
	}
	id, bin := map[string]any{"id": true}, map[string]any{"deleted_date_time": "2026-11-20T14:03:00Z"}
	for name, c := range map[string]struct {
		change *tfjson.ResourceChange
		fate   string
		want   string
	}{
		"nothing":     {change(nil, nil, tfjson.ActionNoop), "", Untouched},
		"not planned": {nil, "", Untouched},
		"another id":  {change(nil, id, tfjson.ActionUpdate), purged, Recreated},
		"its own id":  {change(nil, nil, tfjson.ActionUpdate), purged, Recreated},
		"with parent": {change(nil, id, tfjson.ActionUpdate), "", Recreated},
		"binned":      {change(bin, nil, tfjson.ActionUpdate), binned, Restored},
		"edited":      {change(nil, nil, tfjson.ActionUpdate), edited, Repaired},
		"linked":      {change(nil, map[string]any{"members": []any{true}}, tfjson.ActionUpdate), "", Relinked},
	} {
		if got := announced(c.change, c.fate); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// TestRefusedIn: of the errors of a plan, those of on_hard_delete are found,
// however the engine breaks the lines.
func TestRefusedIn(t *testing.T) {
	t.Parallel()
	got := refusedIn(errors.New(`terraform plan: exit status 1
Error: Application "A" was permanently deleted, and a new one would not take
its place

  with module.x.entra_application.a["k"],
  on apps.tf line 1, in resource "entra_application" "a":

Error: Something else

  with entra_group.b,
`))
	if len(got) != 1 || got[0] != `module.x.entra_application.a["k"]` {
		t.Error(got)
	}
}

// TestOutcomes: an object that could have kept its id, or is missing, has not
// come back, whatever the plan said.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	make := func(address, id string, refs ...string) *thing {
		out := &thing{address: address, kind: "group", id: id, name: address, values: map[string]any{"id": id}}
		for _, r := range refs {
			out.refs = append(out.refs, reference{path: "members", id: r, kinds: []string{"group"}})
		}
		return out
	}
	planned := func(address string, unknown bool) *tfjson.ResourceChange {
		return &tfjson.ResourceChange{Address: address, Change: &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionUpdate}, AfterUnknown: map[string]any{"id": unknown}}}
	}
	before := []*thing{make("a", "1"), make("b", "2", "1"), make("c", "3"), make("d", "4"), make("e", "5")}
	after := []*thing{make("a", "9"), make("b", "2", "9"), make("c", "8"), make("e", "7")}
	plan := &tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{planned("a", true), planned("b", false), planned("c", false), planned("d", true), planned("e", true)}}
	got := map[string]Object{}
	for _, o := range outcomes(before, after, plan, &damage{fates: map[string]string{"a": purged, "c": binned, "d": purged, "e": purged}}, []string{"e"}) {
		got[o.Address] = o
	}
	for address, want := range map[string]string{"a": Recreated, "b": Relinked, "c": Failed, "d": Failed, "e": Refused} {
		if got[address].Outcome != want {
			t.Errorf("%s: %+v, want %s", address, got[address], want)
		}
	}
	if got["b"].Relinked != 1 || got["a"].Relinked != 0 {
		t.Errorf("%+v", got)
	}
}

// TestDamage: a named location that a policy uses is lost with the policy, since
// Graph deletes it in no other way; and what lies in a bin is told from what is gone.
func TestDamage(t *testing.T) {
	t.Parallel()
	s := NewStage(emulator.New())
	defer s.Close()
	post := func(path string, b Body) string {
		made, err := s.Do("POST", path, b)
		if err != nil {
			t.Fatal(err)
		}
		return str(made["id"])
	}
	location := post("/v1.0/identity/conditionalAccess/namedLocations", Body{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "HQ", "isTrusted": true,
		"ipRanges": []any{Body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}}})
	policy := post("/v1.0/identity/conditionalAccess/policies", Body{"displayName": "Block", "state": "disabled", "grantControls": Body{"operator": "OR", "builtInControls": []any{"block"}},
		"conditions": Body{"clientAppTypes": []any{"all"}, "users": Body{"includeUsers": []any{"All"}}, "applications": Body{"includeApplications": []any{"All"}}, "locations": Body{"includeLocations": []any{location}}}})
	group := post("/v1.0/groups", Body{"displayName": "A", "mailNickname": "a", "mailEnabled": false, "securityEnabled": true})
	all := []*thing{
		{address: "entra_named_location.a", kind: "named_location", values: map[string]any{"id": location}},
		{address: "entra_conditional_access_policy.a", kind: "conditional_access_policy", values: map[string]any{"id": policy}, refs: []reference{{path: "x", id: location, kinds: []string{"named_location"}}}},
		{address: "entra_group.a", kind: "group", values: map[string]any{"id": group}},
	}
	d, err := scenario{way: ofKinds, kinds: []string{"named_location"}}.inflict(s, all)
	if err != nil || d.fates[all[0].address] != purged || d.fates[all[1].address] != purged || d.fates[all[2].address] != "" || len(d.notes) != 1 {
		t.Fatalf("%v, %v, %v", d.fates, d.notes, err)
	}
	if d, err = (scenario{way: softDeleteAll}).inflict(s, all[2:]); err != nil || d.fates[all[2].address] != binned {
		t.Errorf("%v, %v", d.fates, err)
	}
	if d, err = (scenario{way: purgeAll}).inflict(s, all[2:]); err != nil || d.fates[all[2].address] != purged {
		t.Errorf("what lay in the bin is not purged: %v, %v", d.fates, err)
	}
}
