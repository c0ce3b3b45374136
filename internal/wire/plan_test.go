package wire_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

func unknown(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, tftypes.UnknownValue) }
func null(t tftypes.Type) tftypes.Value    { return tftypes.NewValue(t, nil) }

// TestPlan: what each attribute is planned as, from configuration, prior state
// and whether the object is lost.
func TestPlan(t *testing.T) {
	t.Parallel()
	live := fields{"id": text("1"), "name": text("n"), "level": text("low"), "visibility": text("Public")}
	binned := fields{"id": text("1"), "name": text("n"), "deleted_date_time": text("2026-01-01T00:00:00Z")}
	owning := fields{"id": text("1"), "name": text("n"), "members": set("x")}
	setType := tftypes.Set{ElementType: tftypes.String}
	webType := wire.Type(&sample).AttributeTypes["web"]
	for name, c := range map[string]struct {
		config, prior fields // prior nil: a new object
		lost          bool
		attr          string
		want          tftypes.Value
	}{
		"id of a new object":           {config: fields{"name": text("n")}, attr: "id", want: unknown(tftypes.String)},
		"id of a live object":          {config: fields{"name": text("m")}, prior: live, attr: "id", want: text("1")},
		"id of a lost object":          {config: fields{"name": text("n")}, prior: live, lost: true, attr: "id", want: unknown(tftypes.String)},
		"id of a binned object":        {config: fields{"name": text("n")}, prior: binned, attr: "id", want: text("1")},
		"mark of a binned object":      {config: fields{"name": text("n")}, prior: binned, attr: "deleted_date_time", want: null(tftypes.String)},
		"mark of a new object":         {config: fields{"name": text("n")}, attr: "deleted_date_time", want: null(tftypes.String)},
		"a default left out":           {config: fields{"name": text("n")}, attr: "level", want: text("low")},
		"a default left out of a lost": {config: fields{"name": text("n")}, prior: live, lost: true, attr: "level", want: text("low")},
		"a default changed":            {config: fields{"level": text("high")}, prior: live, attr: "level", want: text("high")},
		"what Graph fills, new":        {config: fields{"name": text("n")}, attr: "visibility", want: unknown(tftypes.String)},
		"what Graph fills, live":       {config: fields{"name": text("n")}, prior: live, attr: "visibility", want: text("Public")},
		"what Graph fills, lost":       {config: fields{"name": text("n")}, prior: live, lost: true, attr: "visibility", want: unknown(tftypes.String)},
		"what Graph fills, said":       {config: fields{"visibility": text("Private")}, prior: live, attr: "visibility", want: text("Private")},
		"an optional left out":         {config: fields{}, prior: fields{"note": text("x")}, attr: "note", want: null(tftypes.String)},
		"an explicit empty set":        {config: fields{"tags": set()}, prior: live, attr: "tags", want: set()},
		"an unknown":                   {config: fields{"note": unknown(tftypes.String)}, prior: live, attr: "note", want: unknown(tftypes.String)},
		"a relation no longer owned":   {config: fields{}, prior: owning, attr: "members", want: set("x")},
		"a relation owned as empty":    {config: fields{"members": set()}, prior: owning, attr: "members", want: set()},
		"a relation never owned":       {config: fields{}, prior: live, attr: "members", want: null(setType)},
		"a relation not owned, lost":   {config: fields{}, prior: owning, lost: true, attr: "members", want: null(setType)},
		"a block left out":             {config: fields{}, prior: fields{"web": block("web", fields{"on": flag(true)})}, attr: "web", want: null(webType)},
		"a default inside a block":     {config: fields{"web": block("web", nil)}, attr: "web", want: block("web", fields{"on": flag(true)})},
		"a set with an unknown": {config: fields{"tags": tftypes.NewValue(setType, []tftypes.Value{unknown(tftypes.String)})}, prior: live, attr: "tags",
			want: tftypes.NewValue(setType, []tftypes.Value{unknown(tftypes.String)})},
		"a local instruction": {config: fields{"allow_replacement": flag(true)}, prior: live, attr: "allow_replacement", want: flag(true)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			prior := null(wire.Type(&sample))
			if c.prior != nil {
				prior = sampleOf(c.prior)
			}
			planned, err := wire.Plan(&sample, sampleOf(c.config), prior, c.lost)
			if err != nil {
				t.Fatal(err)
			}
			if got := field(t, planned, c.attr); !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestPlanDefaultsInAMap: each element of a map has its defaults, new ones too.
func TestPlanDefaultsInAMap(t *testing.T) {
	t.Parallel()
	roles := wire.Type(&sample).AttributeTypes["roles"].(tftypes.Map)
	role := func(f fields) tftypes.Value { return object(roles.ElementType, f) }
	config := sampleOf(fields{"roles": tftypes.NewValue(roles, map[string]tftypes.Value{"a": role(fields{"value": text("x")}), "b": role(fields{"is_enabled": flag(false)})})})
	prior := sampleOf(fields{"roles": tftypes.NewValue(roles, map[string]tftypes.Value{"b": role(fields{"is_enabled": flag(true)})})})
	planned, err := wire.Plan(&sample, config, prior, false)
	if err != nil {
		t.Fatal(err)
	}
	want := tftypes.NewValue(roles, map[string]tftypes.Value{
		"a": role(fields{"value": text("x"), "is_enabled": flag(true)}), "b": role(fields{"is_enabled": flag(false)})})
	if got := field(t, planned, "roles"); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestPlanOfAnEdge: an edge between other objects is another edge.
func TestPlanOfAnEdge(t *testing.T) {
	t.Parallel()
	k := catalog.ByName("group_member")
	edge := func(f fields) tftypes.Value { return object(wire.Type(k), f) }
	prior := edge(fields{"id": text("g/m"), "group_id": text("g"), "member_id": text("m")})
	for name, c := range map[string]struct {
		member string
		want   tftypes.Value
	}{
		"the same":  {"m", text("g/m")},
		"moved":     {"n", unknown(tftypes.String)},
		"other way": {"g", unknown(tftypes.String)},
	} {
		planned, err := wire.Plan(k, edge(fields{"group_id": text("g"), "member_id": text(c.member)}), prior, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := field(t, planned, "id"); !got.Equal(c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}
