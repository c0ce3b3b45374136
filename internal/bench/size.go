package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// size is how many objects of each kind a tenant has that code manages.
type size struct {
	name                                             string
	policies, locations, groups, applications, units int
	kept                                             bool // not lost and made anew
}

// named are the tenants for which limits are agreed.
var named = []size{
	{name: "refresh", policies: 200, locations: 50, groups: 1000, kept: true},
	{name: "rebuild", policies: 100, locations: 30, groups: 300},
}

// mixed divides a number of objects over the kinds as tenants of that size have them. Graph
// takes 240 policies and 195 locations; the groups are most of the rest. An application has
// a service principal, which counts.
func mixed(n int) size {
	s := size{name: strconv.Itoa(n), policies: min(n/5, 200), locations: min(n/20, 150), applications: n / 20, units: n / 50}
	s.groups = n - s.policies - s.locations - 2*s.applications - s.units
	return s
}

func (s size) objects() int { return s.policies + s.locations + s.groups + 2*s.applications + s.units }

// scaled is a share of it.
func (s size) scaled(by float64) size {
	if by == 1 {
		return s
	}
	s.name = fmt.Sprintf("%s×%g", s.name, by)
	for _, n := range []*int{&s.policies, &s.locations, &s.groups, &s.applications, &s.units} {
		*n = int(float64(*n) * by)
	}
	return s
}

func parseSizes(text string, scale float64) ([]size, error) {
	var out []size
	for word := range strings.SplitSeq(text, ",") {
		if i := slices.IndexFunc(named, func(s size) bool { return s.name == word }); i >= 0 {
			out = append(out, named[i].scaled(scale))
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil || n < 50 {
			return nil, fmt.Errorf("-objects: %q is neither a number from 50 on nor refresh nor rebuild", word)
		}
		out = append(out, mixed(n).scaled(scale))
	}
	return out, nil
}

func numbers(text string) ([]int, error) {
	var out []int
	for word := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number from 1 on", word)
		}
		out = append(out, n)
	}
	return out, nil
}
