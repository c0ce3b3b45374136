package wire

import (
	"slices"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// owned is a kind with one relation that has a mode.
var owned = func() kind.Kind {
	mode := kind.Text("members_mode", kind.Default, "d").OneOf(kind.Exact, kind.AtLeast, kind.OnCreate).Or(kind.Exact)
	mode.Channel = kind.Local
	return kind.Kind{Name: "owned", Title: "owned", Plural: "owned", Doc: "d", Life: kind.In("/owned"), Attrs: []kind.Attr{
		kind.Text("id", kind.Computed, "d"), kind.Text("name", kind.Required, "d"),
		kind.Links("members", "d", kind.To("user")).ModedBy("members_mode"), mode,
	}}
}()

const (
	ann = "00000000-0000-0000-0000-00000000000a"
	bob = "00000000-0000-0000-0000-00000000000b"
	cyd = "00000000-0000-0000-0000-00000000000c"
)

var anybody = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)

// crew is an object; members and mode may be nil, and a member unknown.
func crew(name string, mode any, members any) tftypes.Value {
	set := tftypes.Set{ElementType: tftypes.String}
	if list, ok := members.([]any); ok {
		items := []tftypes.Value{}
		for _, m := range list {
			if v, ok := m.(tftypes.Value); ok {
				items = append(items, v)
			} else {
				items = append(items, tftypes.NewValue(tftypes.String, m))
			}
		}
		members = items
	}
	return tftypes.NewValue(Type(&owned), map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "1"), "name": tftypes.NewValue(tftypes.String, name),
		"members": tftypes.NewValue(set, members), "members_mode": tftypes.NewValue(tftypes.String, mode)})
}

func list(members ...any) []any { return members }

// TestPlanRelations: what a plan makes of members, by mode.
func TestPlanRelations(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config, prior tftypes.Value
		lost          bool
		want          tftypes.Value
	}{
		"exact":                        {crew("x", nil, list(ann)), crew("x", "exact", list(ann, bob)), false, crew("x", "exact", list(ann))},
		"on_create keeps":              {crew("x", "on_create", list(ann)), crew("x", "on_create", list(bob)), false, crew("x", "on_create", list(bob))},
		"on_create, lost":              {crew("x", "on_create", list(ann)), crew("x", "on_create", list(bob)), true, crew("x", "on_create", list(ann))},
		"on_create, unknown":           {crew("x", "on_create", list(ann, anybody)), crew("x", "on_create", list(bob)), false, crew("x", "on_create", list(bob))},
		"on_create, nothing in state":  {crew("x", "on_create", list(ann)), crew("x", "exact", nil), false, crew("x", "on_create", list(ann))},
		"on_create, nothing in code":   {crew("x", "on_create", nil), crew("x", "exact", list(ann)), false, crew("x", "on_create", list(ann))},
		"at_least, all there":          {crew("x", "at_least", list(ann)), crew("x", "exact", list(ann, bob)), false, crew("x", "at_least", list(ann, bob))},
		"at_least, in capitals":        {crew("x", "at_least", list("00000000-0000-0000-0000-00000000000A")), crew("x", "exact", list(ann, bob)), false, crew("x", "at_least", list(ann, bob))},
		"at_least, one missing":        {crew("x", "at_least", list(ann, cyd)), crew("x", "exact", list(ann, bob)), false, crew("x", "at_least", list(ann, cyd))},
		"at_least, none in code":       {crew("x", "at_least", list()), crew("x", "exact", list(ann)), false, crew("x", "at_least", list(ann))},
		"at_least, unknown":            {crew("x", "at_least", list(ann, anybody)), crew("x", "at_least", list(ann)), false, crew("x", "at_least", list(ann, anybody))},
		"at_least, lost":               {crew("x", "at_least", list(ann)), crew("x", "at_least", list(ann, bob)), true, crew("x", "at_least", list(ann))},
		"from a state without any yet": {crew("x", nil, list(ann)), crew("x", nil, list(ann)), false, crew("x", "exact", list(ann))},
	} {
		got, err := Plan(&owned, c.config, c.prior, c.lost)
		if err != nil {
			t.Fatal(name, err)
		}
		for _, attr := range []string{"members", "members_mode"} {
			g, _ := Fields(got)
			w, _ := Fields(c.want)
			if !g[attr].Equal(w[attr]) {
				t.Errorf("%s: planned %s, not %s", name, g[attr], w[attr])
			}
		}
	}
	if _, err := Plan(&owned, crew("x", tftypes.UnknownValue, list(ann)), crew("x", "exact", list(ann)), false); err == nil {
		t.Error("a mode that is not known decides nothing, and the plan must say so")
	}
}

// TestPlanRelinks: where something of a relation is made anew, the plan is as configured, so
// that the new id finds its place, and the same once that is known.
func TestPlanRelinks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ config, prior, want tftypes.Value }{
		"unknown":             {crew("x", "on_create", list(ann, anybody)), crew("x", "on_create", list(ann, bob)), crew("x", "on_create", list(ann, anybody))},
		"known by now":        {crew("x", "on_create", list(ann, cyd)), crew("x", "on_create", list(ann, bob)), crew("x", "on_create", list(ann, cyd))},
		"all of it unknown":   {crew("x", "on_create", tftypes.UnknownValue), crew("x", "on_create", list(ann, bob)), crew("x", "on_create", tftypes.UnknownValue)},
		"nothing of the code": {crew("x", "on_create", list(ann)), crew("x", "on_create", list(ann, bob)), crew("x", "on_create", list(ann, bob))},
		"another mode":        {crew("x", "exact", list(ann)), crew("x", "exact", list(ann, bob)), crew("x", "exact", list(ann))},
		"nothing in the code": {crew("x", "on_create", nil), crew("x", "on_create", list(ann)), crew("x", "on_create", list(ann))},
	} {
		got, err := Plan(&owned, c.config, c.prior, false, "members")
		if err != nil || !got.Equal(c.want) {
			t.Errorf("%s: planned %s (%v), not %s", name, got, err, c.want)
		}
	}
}

// TestKeepModes: after an import a mode alone is no change, and with another
// change it is written.
func TestKeepModes(t *testing.T) {
	t.Parallel()
	prior := crew("x", "exact", list(ann))
	for name, c := range map[string]struct{ planned, want tftypes.Value }{
		"alone":         {crew("x", "on_create", list(ann)), prior},
		"with a name":   {crew("y", "on_create", list(ann)), crew("y", "on_create", list(ann))},
		"with a member": {crew("x", "at_least", list(ann, bob)), crew("x", "at_least", list(ann, bob))},
	} {
		if got, err := KeepModes(&owned, c.planned, prior); err != nil || !got.Equal(c.want) {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
	empty := crew("x", nil, list(ann))
	if got, err := KeepModes(&owned, prior, empty); err != nil || !got.Equal(prior) {
		t.Errorf("a state from before there were modes: %s %v", got, err)
	}
}

// TestRemoved: who goes for certain, and how many are not known.
func TestRemoved(t *testing.T) {
	t.Parallel()
	prior := crew("x", "exact", list(ann, bob, cyd))
	for name, c := range map[string]struct {
		planned tftypes.Value
		want    []string
		open    int
	}{
		"two go":          {crew("x", "exact", list(bob)), []string{ann, cyd}, 0},
		"all go":          {crew("x", "exact", list()), []string{ann, bob, cyd}, 0},
		"one is unknown":  {crew("x", "exact", list(bob, anybody)), []string{ann, cyd}, 1},
		"all are unknown": {crew("x", "exact", tftypes.UnknownValue), nil, 0},
		"not owned":       {crew("x", "exact", nil), nil, 0},
	} {
		ids, open, err := Removed(owned.Attr("members"), prior, c.planned)
		if err != nil || open != c.open || !slices.Equal(ids, c.want) {
			t.Errorf("%s: %v %d %v", name, ids, open, err)
		}
	}
}
