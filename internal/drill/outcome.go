package drill

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	tfjson "github.com/hashicorp/terraform-json"
)

// What a recovery did with each object: what the plan announced, held against
// the state before and after.

// The outcomes of one object.
const (
	Untouched = "untouched"     // nothing happened to it
	Repaired  = "repaired"      // it was changed, and is as it was
	Relinked  = "re-linked"     // it refers to the new ids of others
	Restored  = "restored"      // out of the recycle bin, with its id
	Recreated = "recreated"     // made anew, with another id where Graph makes it
	Refused   = "refused"       // made anew only because the drill lifted on_hard_delete
	Failed    = "not come back" // it is missing or not as it was
)

// Object is one object of the code in the report.
type Object struct {
	Address  string `json:"address"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Happened string `json:"happened,omitempty"` // "" where nothing did
	Outcome  string `json:"outcome"`
	Relinked int    `json:"relinked"` // references that lead to another id than before
	Reason   string `json:"reason,omitempty"`
}

// outcomes compares the objects before and after. first is the plan of the recovery.
func outcomes(before, after []*thing, first *tfjson.Plan, d *damage, refused []string) []Object {
	planned := map[string]*tfjson.ResourceChange{}
	for _, c := range first.ResourceChanges {
		planned[c.Address] = c
	}
	now := map[string]*thing{}
	for _, t := range after {
		now[t.address] = t
	}
	targets := byID(before)
	var out []Object
	for _, t := range before {
		o := Object{Address: t.address, Kind: t.kind, Name: t.name, Happened: d.fates[t.address], Outcome: announced(planned[t.address], d.fates[t.address])}
		is := now[t.address]
		switch {
		case is == nil:
			o.Outcome, o.Reason = Failed, "the state does not have it after the recovery"
		case o.Outcome != Recreated && is.id != t.id:
			o.Outcome, o.Reason = Failed, "it could have kept its id, and has another"
		default:
			o.Relinked = relinks(t, is, targets)
			if o.Outcome == Recreated && slices.Contains(refused, t.address) {
				o.Outcome, o.Reason = Refused, "on_hard_delete refuses to make it anew: in an emergency somebody has to decide. With recreate it came back"
			}
			if o.Happened == "" && o.Outcome == Recreated {
				o.Happened = "lost with what it belongs to"
			}
		}
		out = append(out, o)
	}
	return out
}

// announced is what a plan says that happens to an object.
func announced(c *tfjson.ResourceChange, fate string) string {
	if c == nil || c.Change.Actions.NoOp() {
		return Untouched
	}
	unknown, _ := c.Change.AfterUnknown.(map[string]any)
	was, _ := c.Change.Before.(map[string]any)
	switch {
	case c.Change.Actions.Create(), c.Change.Actions.Replace(), unknown["id"] == true, fate == purged:
		return Recreated
	case was["deleted_date_time"] != nil, fate == binned:
		return Restored
	case fate != "" && fate != held:
		return Repaired
	}
	return Relinked
}

// relinks counts the references to objects of the code that lead to another id
// than before.
func relinks(before, after *thing, targets map[string]*thing) int {
	n := 0
	for path, ids := range byPath(after) {
		was := byPath(before)[path]
		for _, id := range ids {
			if !slices.Contains(was, id) && leads(was, targets) {
				n++
			}
		}
	}
	return n
}

func byPath(t *thing) map[string][]string {
	out := map[string][]string{}
	for _, r := range t.refs {
		out[r.path] = append(out[r.path], r.id)
	}
	return out
}

func leads(ids []string, targets map[string]*thing) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return targets[id] != nil })
}

// refusedIn returns the addresses that a refused plan names because their
// on_hard_delete does not permit to make them anew.
func refusedIn(plan error) []string {
	var out []string
	for _, block := range strings.Split(plan.Error(), "Error: ")[1:] {
		if m := withAddress.FindStringSubmatch(block); m != nil && strings.Contains(strings.Join(strings.Fields(block), " "), "would not take its place") {
			out = append(out, m[1])
		}
	}
	return out
}

var withAddress = regexp.MustCompile(`(?m)^\W*with (\S+),\s*$`)

// Lost is what no apply brings back, of the objects of one kind.
type Lost struct {
	Kind    string   `json:"kind"`
	Why     string   `json:"why"`
	Objects []string `json:"objects"` // addresses
}

// losses says what does not come back with objects that were made anew.
func losses(objects []Object, all []*thing) []Lost {
	values := map[string]*thing{}
	for _, t := range all {
		values[t.address] = t
	}
	at := map[string]int{}
	var out []Lost
	add := func(o Object, why string) {
		key := o.Kind + why
		if _, known := at[key]; !known {
			at[key], out = len(out), append(out, Lost{Kind: o.Kind, Why: why})
		}
		out[at[key]].Objects = append(out[at[key]].Objects, o.Address)
	}
	for _, o := range objects {
		k := catalog.ByName(o.Kind)
		if o.Outcome != Recreated && o.Outcome != Refused {
			continue
		}
		switch {
		case k.Secret():
			add(o, "Graph tells a secret once, so it is a new one: hand it to whoever has the old one.")
		case k.NewIDBreaks != "" && (k.BreaksFor == nil || k.BreaksFor(values[o.Address].values)):
			add(o, "The new id breaks "+k.NewIDBreaks+".")
		}
	}
	return out
}

// KindRow is what became of the objects of one kind.
type KindRow struct {
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	Objects   int    `json:"objects"`
	Untouched int    `json:"untouched"` // re-linked ones included
	Repaired  int    `json:"repaired"`
	Restored  int    `json:"restored"`
	Recreated int    `json:"recreated"`
	Refused   int    `json:"refused"`
	Failed    int    `json:"failed"`
	Relinked  int    `json:"relinkedReferences"`
}

// rows sums objects up by kind, in the order of the catalog.
func rows(objects []Object) []KindRow {
	var out []KindRow
	for _, k := range catalog.All() {
		row := KindRow{Kind: k.Name, Title: k.Plural}
		for _, o := range objects {
			if o.Kind == k.Name {
				row.add(o)
			}
		}
		if row.Objects > 0 {
			out = append(out, row)
		}
	}
	return out
}

func (r *KindRow) add(o Object) {
	r.Objects++
	r.Relinked += o.Relinked
	switch o.Outcome {
	case Repaired:
		r.Repaired++
	case Restored:
		r.Restored++
	case Recreated:
		r.Recreated++
	case Refused:
		r.Refused++
	case Failed:
		r.Failed++
	default:
		r.Untouched++
	}
}

// sum adds rows up.
func sum(all []KindRow) KindRow {
	s := KindRow{Title: "all"}
	for _, r := range all {
		s.Objects, s.Untouched, s.Repaired, s.Restored = s.Objects+r.Objects, s.Untouched+r.Untouched, s.Repaired+r.Repaired, s.Restored+r.Restored
		s.Recreated, s.Refused, s.Failed, s.Relinked = s.Recreated+r.Recreated, s.Refused+r.Refused, s.Failed+r.Failed, s.Relinked+r.Relinked
	}
	return s
}

// changedIn names what a plan that should be empty would do.
func changedIn(p *tfjson.Plan) map[string]string {
	out := map[string]string{}
	for _, c := range p.ResourceChanges {
		if c.Mode == tfjson.ManagedResourceMode && !c.Change.Actions.NoOp() {
			out[c.Address] = fmt.Sprintf("the next plan is not empty: it would %v it", c.Change.Actions)
		}
	}
	return out
}
