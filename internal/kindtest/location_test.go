package kindtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Named locations: what their quirks ask for.

func network(ranges ...string) kind.Values {
	return kind.Values{"display_name": "Net", "ip": kind.Values{"ip_ranges": ranges, "is_trusted": true}}
}

// TestRangeSpelling: N5, however a network is written, and whether Graph keeps
// the spelling or not, it is the same network.
func TestRangeSpelling(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]emulator.Option{"kept": nil, "normalized": {emulator.WithNormalizedRanges()}} {
		i := newHost(t, opts...).instance(kindNamed(t, "named_location"))
		code := network("192.0.2.7/24", "2001:0DB8:0:0::1/32", "198.51.100.0/24")
		i.apply(code)
		i.settled(code, "as it was written, "+name)
		same := network("192.0.2.0/24", "2001:db8::/32", "198.51.100.255/24")
		i.read()
		if p := i.plan(same); len(i.kind.Canonical(same)["ip"].(kind.Values)["ip_ranges"].([]string)) != 3 {
			t.Error(name, ": networks got lost", p.planned)
		}
		before := i.requests()
		i.apply(same)
		if n := i.requests() - before; n > 4 {
			t.Errorf("%s: another spelling took %d requests", name, n)
		}
		i.settled(same, "spelled another way, "+name)
		// Written by somebody else, in an order and spelling of his own.
		i.behind("PATCH", i.path(), graph.Body{"@odata.type": "#microsoft.graph.ipNamedLocation", "ipRanges": []any{
			graph.Body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.9/24"},
			graph.Body{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:DB8:0000::/32"},
			graph.Body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}}})
		i.settled(same, "after somebody wrote the same networks, "+name)
	}
}

// manyRanges returns n networks.
func manyRanges(n int) []string {
	out := make([]string, 0, n)
	for i := range n {
		out = append(out, fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))
	}
	return out
}

// TestTooManyRanges: 2000 networks pass, one more is refused at plan. One that a
// tenant holds all the same can be read, imported and changed elsewhere.
func TestTooManyRanges(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithLimits(240, 195, 3000)) // an older tenant
	i := h.instance(kindNamed(t, "named_location"))
	if _, s := i.tryPlan(i.config(network(manyRanges(2000)...))); s != "" {
		t.Errorf("2000 networks must pass: %q", s)
	}
	if _, s := i.tryPlan(i.config(network(manyRanges(2001)...))); !strings.Contains(s, "ip.ip_ranges") || !strings.Contains(s, "at most 2000 elements, and holds 2001") {
		t.Errorf("2001 networks must be refused at plan: %q", s)
	}
	i.apply(network("192.0.2.0/24"))
	legacy := i.kind.Canonical(network(manyRanges(2001)...))
	i.behind("PATCH", i.path(), i.kind.Encode(legacy, ""))
	imported := h.instance(i.kind)
	imported.importID(i.get("id"))
	imported.settled(legacy, "after the import of more than Graph takes today")
	legacy["display_name"] = "Renamed"
	if _, s := imported.tryPlan(imported.config(legacy)); s != "" {
		t.Errorf("a change of another attribute must pass: %q", s)
	}
}

// TestRangesMustBeNetworks: N7, a prefix below /8 and what is no network are
// refused at plan, and say why.
func TestRangesMustBeNetworks(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "named_location"))
	for _, r := range []string{"10.0.0.0/7", "10.0.0.0", "::/0", "office"} {
		if _, s := i.tryPlan(i.config(network("192.0.2.0/24", r))); !strings.Contains(s, `"`+r+`" must be a network in CIDR notation`) {
			t.Errorf("%s: %q", r, s)
		}
	}
	if _, s := i.tryPlan(i.config(kind.Values{"display_name": "x", "country": kind.Values{"countries_and_regions": []string{"Switzerland"}}})); !strings.Contains(s, "two-letter code") {
		t.Errorf("a country by name: %q", s)
	}
}

// TestCompliantNetwork: it is adopted and updated; it is not created, not
// replaced into being, and its destruction leaves it where it is.
func TestCompliantNetwork(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "named_location"))
	code := func(trusted bool) kind.Values {
		return kind.Values{"display_name": "All Compliant Network locations", "compliant_network": kind.Values{"is_trusted": trusted}}
	}
	if _, s := i.tryPlan(i.config(code(true))); !strings.Contains(s, "cannot be created") || !strings.Contains(s, "Global Secure Access") || !strings.Contains(s, "import block") {
		t.Errorf("creation must be refused at plan, with what to do: %q", s)
	}
	i.begin(code(false))
	i.settled(code(false), "after it was adopted and made untrusted")
	if wrong := i.held(code(false)); len(wrong) > 0 {
		t.Error(wrong)
	}
	if _, s := i.tryPlan(i.permitting(network("192.0.2.0/24"))); s != "" {
		t.Errorf("a user may replace it by networks: %q", s)
	}
	other := h.instance(i.kind)
	other.apply(network("192.0.2.0/24"))
	if _, s := other.tryPlan(other.permitting(code(true))); !strings.Contains(s, "cannot become one with compliant_network") {
		t.Errorf("a replacement would delete networks and create nothing: %q", s)
	}
	if w := i.plannedDestruction(); !strings.Contains(w, "will only be forgotten") {
		t.Errorf("the plan of a destruction must say that it is none: %q", w)
	}
	if s := i.destroy(); s != "" {
		t.Fatal(s)
	}
	if _, err := h.client.Get(t.Context(), graph.Beta, i.kind.Life.Path+"/"+compliantNetwork, nil); err != nil {
		t.Error("it is gone: ", err)
	}
}

// TestCompliantNetworkLost: where Graph has none any more, the plan warns, the
// apply of this one fails with what to do, and the address stays.
func TestCompliantNetworkLost(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "named_location"))
	code := kind.Values{"display_name": "All Compliant Network locations", "compliant_network": kind.Values{"is_trusted": true}}
	i.importID("0fffffff-0000-4000-8000-000000000009")
	warned, failed := i.told(kind.Values{"display_name": "Elsewhere", "compliant_network": code["compliant_network"]})
	if !strings.Contains(warned, "Apply cannot create it") || failed != "" {
		t.Errorf("the plan must go on, and warn: %q %q", warned, failed)
	}
	i.read()
	if s := i.tryApply(i.plan(kind.Values{"display_name": "Elsewhere", "compliant_network": code["compliant_network"]})); !strings.Contains(s, "switch it on") {
		t.Errorf("the apply must say what to do: %q", s)
	}
	if i.state.IsNull() {
		t.Error("the address is gone")
	}
	i = i.instance(i.kind)
	i.importID("0fffffff-0000-4000-8000-000000000009")
	if _, failed := i.told(code); !strings.Contains(failed, compliantNetwork) {
		t.Errorf("with another of the same name the plan must name that one: %q", failed)
	}
}

// TestUnknownLocation: N6, a subtype that nobody knows is skipped with a reason,
// and never read as an empty object.
func TestUnknownLocation(t *testing.T) {
	t.Parallel()
	k := kindNamed(t, "named_location")
	if k.Skip(graph.Body{"@odata.type": "#microsoft.graph.serviceNamedLocation"}) == "" {
		t.Error("an unknown subtype is not skipped")
	}
	for _, v := range k.Variants() {
		if why := k.Skip(graph.Body{"@odata.type": v.Type}); why != "" {
			t.Errorf("%s is skipped: %s", v.Name, why)
		}
	}
	_, unknown := k.Decode(graph.Body{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x", "isTrusted": true, "ipRanges": []any{
		graph.Body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}, graph.Body{"@odata.type": "#microsoft.graph.domainRange", "domain": "x"}}})
	if !slices.Equal(unknown, []string{"ipRanges"}) {
		t.Errorf("a range of an unknown form must be named: %v", unknown)
	}
}

// TestTrustedComesBackTrusted: N3, the recycle bin holds a location untrusted;
// an apply brings it back trusted, with its name and networks.
func TestTrustedComesBackTrusted(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "named_location"))
	code := network("192.0.2.0/24", "2001:db8::/32")
	i.apply(code)
	id := i.get("id")
	if s := i.destroy(); s != "" {
		t.Fatal(s)
	}
	i.importID(id)
	i.read()
	if binned := i.get("deleted_date_time"); binned == "" {
		t.Fatal("Terraform's own deletion did not go through the recycle bin")
	}
	i.apply(code)
	i.settled(code, "after the restore")
	if wrong := i.held(code); len(wrong) > 0 || i.get("id") != id {
		t.Error("it did not come back as it was: ", wrong)
	}
}
