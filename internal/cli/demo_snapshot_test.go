package cli

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

const (
	group1, group2   = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	policy1, policy2 = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
	template         = "cccccccc-0000-4000-8000-000000000001" // of a role, say: no object has this id
)

// taken is a tenant of one group and one policy that excludes it.
func taken(groupID, policyID string, change func(policy graph.Body)) *snapshot {
	s := &snapshot{ids: map[string]bool{}, names: map[string]string{}, bodies: map[string]object{}, refs: map[string][]string{}, isValid: map[string]bool{}}
	for id, name := range map[string]string{groupID: "group:Exclude", policyID: "policy:Block"} {
		s.ids[id], s.isValid[id], s.names[id] = true, true, name
	}
	policy := graph.Body{"id": policyID, "displayName": "Block", "state": "enabled", "conditions": graph.Body{
		"users": graph.Body{"excludeGroups": []any{groupID}, "excludeUsers": []any{}, "excludeRoles": []any{template}},
		"other": []any{"b", "a"},
	}}
	if change != nil {
		change(policy)
	}
	s.add("group", []graph.Body{{"id": groupID, "displayName": "Exclude", "description": nil}})
	s.add("policy", []graph.Body{policy})
	return s
}

func users(policy graph.Body) graph.Body {
	return policy["conditions"].(graph.Body)["users"].(graph.Body)
}

func TestDifference(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	for name, c := range map[string]struct {
		after *snapshot
		want  string // "" where the two are the same
	}{
		"the same":          {taken(group1, policy1, nil), ""},
		"other ids":         {taken(group2, policy2, nil), ""},
		"another order":     {taken(group1, policy1, func(p graph.Body) { p["conditions"].(graph.Body)["other"] = []any{"a", "b"} }), ""},
		"null for []":       {taken(group1, policy1, func(p graph.Body) { users(p)["excludeUsers"] = nil }), ""},
		"an id in capitals": {taken(group1, policy1, func(p graph.Body) { users(p)["excludeGroups"] = []any{strings.ToUpper(group1)} }), ""},
		"a state":           {taken(group1, policy1, func(p graph.Body) { p["state"] = "disabled" }), "policy Block differs in\n  state\n    before: \"enabled\"\n    after:  \"disabled\""},
		"only the case":     {taken(group1, policy1, func(p graph.Body) { p["state"] = "Enabled" }), "policy Block differs in\n  state"},
		"a lost exclusion":  {taken(group1, policy1, func(p graph.Body) { users(p)["excludeGroups"] = nil }), "policy Block differs in\n  conditions"},
		"an old id":         {taken(group2, policy2, func(p graph.Body) { users(p)["excludeGroups"] = []any{group1} }), "policy Block differs in\n  conditions"},
		"an addition":       {taken(group1, policy1, func(p graph.Body) { p["description"] = "x" }), "before: nothing"},
		"another name":      {taken(group1, policy1, func(p graph.Body) { p["displayName"] = "Allow" }), "policy Allow was not there before"},
		"a second object":   {second(), "policy Block 1 was not there before"},
	} {
		got := before.difference(c.after)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := second().difference(before); got != "policy Block 1 is missing" {
		t.Error(got)
	}
}

// second is the tenant with a second policy of the same name.
func second() *snapshot {
	s := taken(group1, policy1, nil)
	list := []graph.Body{{"id": policy1, "displayName": "Block"}, {"id": policy2, "displayName": "Block", "state": "disabled"}}
	doubled := &snapshot{bodies: map[string]object{}, refs: map[string][]string{}}
	doubled.add("policy", list)
	s.bodies["policy Block 1"] = doubled.bodies["policy Block 1"]
	return s
}

func TestDangling(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	if got := taken(group2, policy2, nil).dangling(before); got != "" {
		t.Error("every reference leads to an object, or led nowhere before: ", got)
	}
	old := taken(group2, policy2, func(p graph.Body) { users(p)["excludeGroups"] = []any{group1} })
	if got := old.dangling(before); got != "policy Block → "+group1 {
		t.Errorf("a reference to the lost group: %q", got)
	}
	unknown := "dddddddd-0000-4000-8000-000000000001"
	other := taken(group1, policy1, func(p graph.Body) { users(p)["excludeUsers"] = []any{unknown} })
	if got := other.dangling(before); got != "policy Block → "+unknown {
		t.Errorf("a reference that never was: %q", got)
	}
}

func TestRelinked(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	for name, c := range map[string]struct {
		after *snapshot
		want  int
	}{
		"nothing happened":               {taken(group1, policy1, nil), 0},
		"the policy alone is new":        {taken(group1, policy2, nil), 0},
		"the group is new":               {taken(group2, policy1, nil), 1},
		"both are new":                   {taken(group2, policy2, nil), 1},
		"the reference leads to nothing": {taken(group1, policy1, func(p graph.Body) { users(p)["excludeGroups"] = []any{group2} }), 0},
	} {
		if got := before.relinked(c.after); got != c.want {
			t.Errorf("%s: %d re-linked, want %d", name, got, c.want)
		}
	}
}
