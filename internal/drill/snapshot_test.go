package drill

import (
	"strings"
	"testing"
)

const (
	group1, group2   = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
	policy1, policy2 = "bbbbbbbb-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
	roleTemplate     = "cccccccc-0000-4000-8000-000000000001" // of a role, say: no object has this id
)

// taken is a tenant of one group and one policy that excludes it.
func taken(groupID, policyID string, change func(policy Body)) *Snapshot {
	s := &Snapshot{IDs: map[string]bool{}, Names: map[string]string{}, bodies: map[string]object{}, refs: map[string][]string{}, isValid: map[string]bool{}, keys: map[string]string{}, bonds: map[string]string{}, kinds: map[string]string{}}
	for id, name := range map[string]string{groupID: "group:Exclude", policyID: "conditional_access_policy:Block"} {
		s.IDs[id], s.isValid[id], s.Names[id] = true, true, name
	}
	policy := Body{"id": policyID, "displayName": "Block", "state": "enabled", "conditions": Body{
		"users": Body{"excludeGroups": []any{groupID}, "excludeUsers": []any{}, "excludeRoles": []any{roleTemplate}},
		"other": []any{"b", "a"},
	}}
	if change != nil {
		change(policy)
	}
	s.add("group", []Body{{"id": groupID, "displayName": "Exclude", "description": nil}})
	s.add("conditional_access_policy", []Body{policy})
	return s
}

func users(policy Body) Body {
	return policy["conditions"].(Body)["users"].(Body)
}

func TestDifference(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	for name, c := range map[string]struct {
		after *Snapshot
		want  string // "" where the two are the same
	}{
		"the same":             {taken(group1, policy1, nil), ""},
		"other ids":            {taken(group2, policy2, nil), ""},
		"another order":        {taken(group1, policy1, func(p Body) { p["conditions"].(Body)["other"] = []any{"a", "b"} }), ""},
		"null for []":          {taken(group1, policy1, func(p Body) { users(p)["excludeUsers"] = nil }), ""},
		"an id in capitals":    {taken(group1, policy1, func(p Body) { users(p)["excludeGroups"] = []any{strings.ToUpper(group1)} }), ""},
		"an id without dashes": {taken(group2, policy2, func(p Body) { p["rule"] = "x_" + strings.ReplaceAll(group2, "-", "") }), "before: nothing\n    after:  \"x_group:Exclude\""},
		"a state":              {taken(group1, policy1, func(p Body) { p["state"] = "disabled" }), "conditional_access_policy Block differs in\n  state\n    before: \"enabled\"\n    after:  \"disabled\""},
		"only the case":        {taken(group1, policy1, func(p Body) { p["state"] = "Enabled" }), "conditional_access_policy Block differs in\n  state"},
		"a lost exclusion":     {taken(group1, policy1, func(p Body) { users(p)["excludeGroups"] = nil }), "conditional_access_policy Block differs in\n  conditions"},
		"an old id":            {taken(group2, policy2, func(p Body) { users(p)["excludeGroups"] = []any{group1} }), "conditional_access_policy Block differs in\n  conditions"},
		"an addition":          {taken(group1, policy1, func(p Body) { p["description"] = "x" }), "before: nothing"},
		"another name":         {taken(group1, policy1, func(p Body) { p["displayName"] = "Allow" }), "conditional_access_policy Allow was not there before"},
		"a second object":      {second(), "conditional_access_policy Block 1 was not there before"},
	} {
		got := before.Difference(c.after)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := second().Difference(before); got != "conditional_access_policy Block 1 is missing" {
		t.Error(got)
	}
}

// second is the tenant with a second policy of the same name.
func second() *Snapshot {
	s := taken(group1, policy1, nil)
	list := []Body{{"id": policy1, "displayName": "Block"}, {"id": policy2, "displayName": "Block", "state": "disabled"}}
	doubled := &Snapshot{bodies: map[string]object{}, refs: map[string][]string{}, keys: map[string]string{}, bonds: map[string]string{}}
	doubled.add("conditional_access_policy", list)
	s.bodies["conditional_access_policy Block 1"] = doubled.bodies["conditional_access_policy Block 1"]
	return s
}

func TestDangling(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	if got := taken(group2, policy2, nil).dangling(before); got != "" {
		t.Error("every reference leads to an object, or led nowhere before: ", got)
	}
	old := taken(group2, policy2, func(p Body) { users(p)["excludeGroups"] = []any{group1} })
	if got := old.dangling(before); got != "conditional_access_policy Block → "+group1 {
		t.Errorf("a reference to the lost group: %q", got)
	}
	unknown := "dddddddd-0000-4000-8000-000000000001"
	other := taken(group1, policy1, func(p Body) { users(p)["excludeUsers"] = []any{unknown} })
	if got := other.dangling(before); got != "conditional_access_policy Block → "+unknown {
		t.Errorf("a reference that never was: %q", got)
	}
}

func TestRelinked(t *testing.T) {
	t.Parallel()
	before := taken(group1, policy1, nil)
	for name, c := range map[string]struct {
		after *Snapshot
		want  int
	}{
		"nothing happened":               {taken(group1, policy1, nil), 0},
		"the policy alone is new":        {taken(group1, policy2, nil), 0},
		"the group is new":               {taken(group2, policy1, nil), 1},
		"both are new":                   {taken(group2, policy2, nil), 1},
		"the reference leads to nothing": {taken(group1, policy1, func(p Body) { users(p)["excludeGroups"] = []any{group2} }), 0},
	} {
		if got := before.relinked(c.after); got != c.want {
			t.Errorf("%s: %d re-linked, want %d", name, got, c.want)
		}
	}
}

// TestCompare: an id that could have been kept must be; one that could not need not.
func TestCompare(t *testing.T) {
	t.Parallel()
	kinds := func(s *Snapshot, group, policy string) *Snapshot {
		s.kinds[group], s.kinds[policy] = "group", "conditional_access_policy"
		return s
	}
	before := kinds(taken(group1, policy1, nil), group1, policy1)
	broken := &Snapshot{IDs: map[string]bool{}}
	for name, c := range map[string]struct {
		after  *Snapshot
		purged map[string]bool
		want   string
	}{
		"both restored":                    {taken(group1, policy1, nil), nil, ""},
		"the group is new for no reason":   {taken(group2, policy1, nil), nil, "group:Exclude"},
		"the policy is new for no reason":  {taken(group1, policy2, nil), nil, "conditional_access_policy:Block"},
		"both were purged":                 {taken(group2, policy2, nil), map[string]bool{group1: true, policy1: true}, ""},
		"the policy refers to what is new": {taken(group2, policy2, nil), map[string]bool{group1: true}, ""},
	} {
		_, err := Compare(before, broken, c.after, c.purged)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want+" (") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
