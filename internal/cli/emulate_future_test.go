package cli

import "testing"

func TestFutureFlags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags   futureFlags
		options int
	}{
		"none":               {futureFlags{}, 0},
		"a text":             {futureFlags{properties: []string{`group.tomorrow="sunny"`}}, 1},
		"an object":          {futureFlags{properties: []string{`conditionalAccessConditionSet.moonPhases={"a": [1]}`}, members: []string{"conditionalAccessGrantControl.dnaSample"}}, 2},
		"no value":           {futureFlags{properties: []string{"group.tomorrow"}}, -1},
		"no JSON":            {futureFlags{properties: []string{"group.tomorrow=sunny"}}, -1},
		"JSON and more":      {futureFlags{properties: []string{"group.tomorrow=1 2"}}, -1},
		"no property":        {futureFlags{properties: []string{"group.=1"}}, -1},
		"no type":            {futureFlags{properties: []string{"tomorrow=1"}}, -1},
		"type of nobody's":   {futureFlags{properties: []string{"grop.tomorrow=1"}}, -1},
		"no member":          {futureFlags{members: []string{"conditionalAccessGrantControl"}}, -1},
		"enum of nobody's":   {futureFlags{members: []string{"controls.dnaSample"}}, -1},
		"the enum, no point": {futureFlags{members: []string{"conditionalAccessGrantControl."}}, -1},
	} {
		got, err := c.flags.options()
		switch {
		case (err != nil) != (c.options < 0):
			t.Errorf("%s: %v", name, err)
		case err == nil && len(got) != c.options:
			t.Errorf("%s: %d options, want %d", name, len(got), c.options)
		}
	}
}
