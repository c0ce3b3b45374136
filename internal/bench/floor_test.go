package main

import (
	"math"
	"testing"
)

// TestFloor: the tenants for which limits are agreed, worked out by hand.
func TestFloor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		got  floor
		want floor
	}{
		// The tenant's id, two listings of policies and locations, two pages of groups, 100 batches.
		{"refresh", census{kinds: map[string]kindCount{"conditional_access_policy": {200, 200}, "named_location": {50, 50}, "group": {1000, 1000}}}.refresh(),
			floor{1 + 2 + 2 + 100, 1}},
		// 10,000 groups are eleven pages, and 1,000 of them fifty batches.
		{"refresh in a large directory", census{kinds: map[string]kindCount{"group": {1000, 10_000}}}.refresh(), floor{1 + 11 + 100, 0}},
		// 100 of 10,000 are read in five batches rather than listed.
		{"a few of many", census{kinds: map[string]kindCount{"group": {100, 10_000}}, dynamic: 20}.refresh(), floor{1 + 5 + 9, 0}},
		{"nothing", census{kinds: map[string]kindCount{"group": {0, 10_000}}}.refresh(), floor{1, 0}},
		// Conditional Access: four listings, 130 objects, 25 of them twice. The directory: a
		// listing, a bin, 300 groups and twelve more writes of members, in fewer seconds.
		{"rebuild", census{kinds: map[string]kindCount{"conditional_access_policy": {100, 0}, "named_location": {30, 0}, "group": {300, 0}}, settling: 25, binds: 12}.rebuild(),
			floor{1 + 4 + 130 + 25 + 1 + 312, 158}},
		{"rebuild of a directory", census{kinds: map[string]kindCount{"group": {400, 0}, "administrative_unit": {10, 0}}}.rebuild(), floor{1 + 1 + 400 + 1 + 20, 21}},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestSettles(t *testing.T) {
	t.Parallel()
	policy := func(state string, users, locations object) object {
		return object{"state": state, "conditions": object{"users": users, "locations": locations}}
	}
	groups, places := object{"excludeGroups": []any{"g"}}, object{"excludeLocations": []any{"l"}}
	for i, c := range []struct {
		policy object
		want   bool
	}{
		{policy("enabled", groups, nil), true},
		{policy("enabled", object{}, places), true},
		{policy("disabled", groups, places), false},
		{policy("enabled", object{"excludeUsers": []any{"u"}}, nil), false},
		{object{"state": "enabled"}, false},
	} {
		if settles(c.policy) != c.want {
			t.Errorf("%d: got %t", i, !c.want)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for _, n := range []int{50, 100, 1000, 5000} {
		if z := mixed(n); z.objects() != n || z.policies > 240 || z.locations > 195 || z.groups < n/2 {
			t.Errorf("%d: %+v", n, z)
		}
	}
	got, err := parseSizes("100,refresh", 0.1)
	if err != nil || len(got) != 2 || got[0].policies != 2 || got[1].groups != 100 {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, wrong := range []string{"", "many", "49"} {
		if _, err := parseSizes(wrong, 1); err == nil {
			t.Errorf("%q is no size", wrong)
		}
	}
}

func TestFit(t *testing.T) {
	t.Parallel()
	x := []float64{1000, 10_000, 100_000}
	a, b, off := fit(x, []float64{52, 502, 5002})
	if math.Abs(a-2) > 1e-6 || math.Abs(b-0.05) > 1e-9 || off > 1e-9 {
		t.Errorf("a line: %g + %g n, off by %g", a, b, off)
	}
	if _, _, off := fit(x, []float64{1, 100, 10_000}); off < 0.5 {
		t.Errorf("a parabola is off by %g only", off)
	}
}
