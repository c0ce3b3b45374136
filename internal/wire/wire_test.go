package wire_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// sample is a table with one attribute of each kind that matters here.
var sample = kind.Kind{
	Name: "sample", Title: "sample", Plural: "samples", Doc: "d", Life: kind.In("/samples"),
	Attrs: []kind.Attr{
		kind.Text("id", kind.Computed, "d"),
		kind.Text("deleted_date_time", kind.Computed, "d"),
		kind.Text("name", kind.Required, "d"),
		kind.Text("note", kind.Optional, "d"),
		kind.Text("level", kind.Default, "d").Or("low"),
		kind.Text("visibility", kind.Server, "d"),
		kind.Flag("hidden", kind.Optional, "d").Unset(false),
		kind.Set("tags", kind.Optional, "d"),
		kind.Joined("claims", kind.Optional, "d").OneOf("b", "a"),
		kind.Block("web", kind.Optional, "d",
			kind.Text("url", kind.Optional, "d"),
			kind.Flag("on", kind.Default, "d").Or(true),
			kind.Set("uris", kind.Optional, "d")),
		kind.Block("rules", kind.Optional, "d",
			kind.Set("include", kind.Optional, "d"),
			kind.Set("exclude", kind.Optional, "d"),
			kind.Block("bare", kind.Optional, "d", kind.Text("rule", kind.Required, "d")).ClearedBare(),
			kind.Block("nullable", kind.Optional, "d", kind.Text("rule", kind.Required, "d"))).ReplacedWhole(),
		kind.MapBy("id", "roles", kind.Optional, "d",
			kind.Text("value", kind.Optional, "d"),
			kind.Flag("is_enabled", kind.Default, "d").Or(true)),
		kind.Links("members", "d", kind.To("user")),
		func() kind.Attr {
			a := kind.Flag("allow_replacement", kind.Optional, "d")
			a.Channel = kind.Local
			return a
		}(),
	},
}

func text(s string) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }
func flag(b bool) tftypes.Value   { return tftypes.NewValue(tftypes.Bool, b) }

func set(items ...string) tftypes.Value {
	values := []tftypes.Value{}
	for _, s := range items {
		values = append(values, text(s))
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, values)
}

// object is a value of the table's type with these attributes and null elsewhere.
func object(t tftypes.Type, fields map[string]tftypes.Value) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, at := range t.(tftypes.Object).AttributeTypes {
		all[name] = tftypes.NewValue(at, nil)
		if v, ok := fields[name]; ok {
			all[name] = v
		}
	}
	return tftypes.NewValue(t, all)
}

type fields = map[string]tftypes.Value

func sampleOf(f fields) tftypes.Value { return object(wire.Type(&sample), f) }

func block(name string, f fields) tftypes.Value {
	return object(wire.Type(&sample).AttributeTypes[name], f)
}

func field(t *testing.T, v tftypes.Value, name string) tftypes.Value {
	t.Helper()
	f, err := wire.Fields(v)
	if err != nil {
		t.Fatal(err)
	}
	return f[name]
}

// TestStateKeepsTheSpelling: where Graph's answer means what was written, the
// state keeps it as it was written.
func TestStateKeepsTheSpelling(t *testing.T) {
	t.Parallel()
	null := tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, nil)
	for name, c := range map[string]struct {
		attr       string
		prior      tftypes.Value
		now        any
		want       tftypes.Value
		unwritable bool
	}{
		"an explicit empty set":    {attr: "tags", prior: set(), now: nil, want: set()},
		"null":                     {attr: "tags", prior: null, now: nil, want: null},
		"a set that was emptied":   {attr: "tags", prior: set("a"), now: nil, want: null},
		"a set that was filled":    {attr: "tags", prior: set(), now: []string{"a"}, want: set("a")},
		"an explicit false":        {attr: "hidden", prior: flag(false), now: nil, want: flag(false)},
		"a false that became true": {attr: "hidden", prior: flag(false), now: true, want: flag(true)},
		"a default":                {attr: "level", prior: text("low"), now: nil, want: text("low")},
		"a default after another":  {attr: "level", prior: text("high"), now: nil, want: text("low")},
		"an empty owned relation":  {attr: "members", prior: set(), now: []string{}, want: set()},
		"a relation not read":      {attr: "members", prior: set("x"), now: nil, want: set("x")},
		"a relation not owned":     {attr: "members", prior: null, now: nil, want: null},
		"a local instruction":      {attr: "allow_replacement", prior: flag(true), now: nil, want: flag(true)},
		"a block of defaults": {attr: "web", prior: block("web", fields{"on": flag(true), "uris": set()}), now: nil,
			want: block("web", fields{"on": flag(true), "uris": set()})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := kind.Values{}
			if c.now != nil {
				now[c.attr] = c.now
			}
			state, err := wire.State(&sample, now, sampleOf(fields{c.attr: c.prior}))
			if err != nil {
				t.Fatal(err)
			}
			if got := field(t, state, c.attr); !got.Equal(c.want) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestStateKeepsTheNetwork: two spellings of one IPv6 network are no change.
func TestStateKeepsTheNetwork(t *testing.T) {
	t.Parallel()
	k := catalog.ByName("named_location")
	ip := wire.Type(k).AttributeTypes["ip"]
	prior := object(wire.Type(k), fields{"ip": object(ip, fields{"ip_ranges": set("2001:0DB8:0:0::/32", "192.0.2.0/24"), "is_trusted": flag(false)})})
	answer := func(cidr string) kind.Values {
		v, unknown := k.Decode(kind.Body{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false, "ipRanges": []any{
			kind.Body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"},
			kind.Body{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": cidr},
		}})
		if len(unknown) > 0 {
			t.Fatal(unknown)
		}
		return v
	}
	same, err := wire.State(k, answer("2001:db8::/32"), prior)
	if err != nil {
		t.Fatal(err)
	}
	if !field(t, same, "ip").Equal(field(t, prior, "ip")) {
		t.Errorf("the spelling changed: %s", same)
	}
	other, err := wire.State(k, answer("2001:db9::/32"), prior)
	if err != nil {
		t.Fatal(err)
	}
	if field(t, other, "ip").Equal(field(t, prior, "ip")) {
		t.Error("another network was not seen")
	}
}

// TestValuesAreCanonical: null, empty and default all come out as nothing.
func TestValuesAreCanonical(t *testing.T) {
	t.Parallel()
	got, err := wire.Values(&sample, sampleOf(fields{
		"name": text("n"), "level": text("low"), "hidden": flag(false), "tags": set(), "claims": set("b", "a"),
		"web": block("web", fields{"on": flag(true)}), "members": set(),
		"note": tftypes.NewValue(tftypes.String, tftypes.UnknownValue),
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := kind.Values{"name": "n", "claims": []string{"a", "b"}, "members": []string{}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
