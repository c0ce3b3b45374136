package kindtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// answer is what a data source that finds several objects came back with.
type answer struct {
	ids, labels []string
	objects     []tftypes.Value
	errors      string
}

// search reads the plural data source of a kind, in the given process.
func (h *host) search(server tfprotov6.ProviderServer, k *kind.Kind, with map[string]string) answer {
	h.t.Helper()
	schema, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		h.t.Fatal(err)
	}
	block := schema.DataSourceSchemas[k.PluralTypeName()]
	if block == nil {
		h.t.Fatalf("there is no data source %s", k.PluralTypeName())
	}
	typ := block.ValueType().(tftypes.Object)
	fields := map[string]tftypes.Value{}
	for name, at := range typ.AttributeTypes {
		fields[name] = tftypes.NewValue(at, nil)
	}
	for name, value := range with {
		if fields[name].Type() == nil {
			h.t.Fatalf("%s has no %s", k.PluralTypeName(), name)
		}
		fields[name] = tftypes.NewValue(tftypes.String, value)
	}
	resp, err := server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{
		TypeName: k.PluralTypeName(), Config: dynamic(h.t, tftypes.NewValue(typ, fields)),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	out := answer{errors: failed(resp.Diagnostics)}
	if out.errors != "" {
		return out
	}
	state, err := resp.State.Unmarshal(typ)
	if err != nil {
		h.t.Fatal(err)
	}
	got, err := wire.Fields(state)
	if err != nil {
		h.t.Fatal(err)
	}
	for name, value := range with {
		if !got[name].Equal(tftypes.NewValue(tftypes.String, value)) {
			h.t.Errorf("%s is configured as %q and came back as %s", name, value, got[name])
		}
	}
	out.ids = texts(h.t, got["ids"])
	if out.labels = out.ids; k.Label != "" {
		out.labels = texts(h.t, got[kind.PluralOf(k.Label)])
	}
	if err := got["objects"].As(&out.objects); err != nil {
		h.t.Fatal(err)
	}
	if len(out.ids) != len(out.objects) || len(out.labels) != len(out.objects) {
		h.t.Errorf("%d ids, %d labels, %d objects", len(out.ids), len(out.labels), len(out.objects))
	}
	return out
}

func texts(t *testing.T, v tftypes.Value) []string {
	t.Helper()
	var items []tftypes.Value
	if err := v.As(&items); err != nil || v.IsNull() {
		t.Fatal("no list: ", err, v)
	}
	var out []string
	for _, item := range items {
		var s string
		if err := item.As(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// TestPluralDataSources: of every kind that can be listed, those are found that
// a filter fits, as they are; and none is an empty list and no error.
func TestPluralDataSources(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Listable() || samples[k.Name] == nil {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i := h.instance(k)
			i.apply(k.Canonical(samples[k.Name](h).full))
			i.read()
			all := h.search(h.process(), k, i.within(nil))
			if !slices.Contains(all.ids, i.get("id")) {
				t.Fatalf("%s is not among all: %v %s", i.get("id"), all.ids, all.errors)
			}
			i.listedAs("all", all.objects[slices.Index(all.ids, i.get("id"))])
			if k.Life.NoFilter {
				return
			}
			name, _ := i.body()["principalDisplayName"].(string) // what Graph filters links by
			filter := "principalDisplayName eq '" + name + "'"
			if len(k.Filter) > 0 { // but grants, by their client
				id, _ := i.body()[k.Filter[0]].(string)
				filter = k.Filter[0] + " eq '" + id + "'"
			}
			if k.Label != "" {
				property := k.Attr(k.Label).Property
				raw, _ := i.body()[property].(string) // as Graph has it
				filter = property + " eq '" + raw + "'"
				i.searchByLabel(all, filter)
			}
			if got := h.search(h.process(), k, i.within(map[string]string{"filter": filter})); !slices.Equal(got.ids, []string{i.get("id")}) {
				t.Errorf("%s: %v %s", filter, got.ids, got.errors)
			}
			none := strings.Replace(filter, "eq '", "eq '0fffffff-0000-4000-8000-000000000001", 1)
			none = none[:strings.Index(none, "0001")+4] + "'"
			if got := h.search(h.process(), k, i.within(map[string]string{"filter": none})); got.errors != "" || len(got.ids) != 0 {
				t.Errorf("%s: %v %s", none, got.ids, got.errors)
			}
			bad := h.search(h.process(), k, i.within(map[string]string{"filter": "displayName is '"})).errors
			for _, part := range []string{"Graph answered 400", "Correct the filter", k.Plural + " with the filter", k.FilterDoc} {
				if !strings.Contains(bad, part) {
					t.Errorf("of a filter that Graph refuses, %q is not in: %s", part, bad)
				}
			}
		})
	}
}

// within adds to a search what the object belongs to.
func (i *instance) within(with map[string]string) map[string]string {
	out := map[string]string{}
	for name, value := range with {
		out[name] = value
	}
	for _, name := range i.kind.Life.Placeholders() {
		out[name] = i.get(name)
	}
	return out
}

// searchByLabel finds the object by its label, alone and with a filter.
func (i *instance) searchByLabel(all answer, filter string) {
	i.t.Helper()
	label, prefix := i.get(i.kind.Label), i.kind.Label+"_prefix"
	if all.labels[slices.Index(all.ids, i.get("id"))] != label || !slices.IsSorted(all.labels) {
		i.t.Errorf("labels: %v", all.labels)
	}
	for what, with := range map[string]map[string]string{
		"prefix, whatever the case": {prefix: strings.ToUpper(label)},
		"both":                      {"filter": filter, prefix: label[:1]},
	} {
		got := i.search(i.process(), i.kind, i.within(with))
		if !slices.Equal(got.ids, []string{i.get("id")}) {
			i.t.Errorf("%s: %v %s", what, got.ids, got.errors)
			continue
		}
		i.listedAs(what, got.objects[0])
	}
	for what, with := range map[string]map[string]string{
		"prefix": {prefix: "Nobody's"}, "quote": {prefix: "O'Nobody"}, "both": {"filter": filter, prefix: "Nobody's"},
	} {
		if got := i.search(i.process(), i.kind, i.within(with)); got.errors != "" || len(got.ids) != 0 {
			i.t.Errorf("%s that none has: %v %s", what, got.ids, got.errors)
		}
	}
}

// TestPluralWithoutOwner: of an object that is not there, nothing belongs to it:
// an empty list, so that the plan that brings the object back goes on.
func TestPluralWithoutOwner(t *testing.T) {
	t.Parallel()
	app, credential, _ := credentialOf(t)
	with := map[string]string{"application_id": app.get("id")}
	if got := app.search(app.process(), credential.kind, with); len(got.ids) != 1 {
		t.Fatal(got.ids, got.errors)
	}
	app.gone(false)
	if got := app.search(app.process(), credential.kind, with); got.errors != "" || len(got.ids) != 0 {
		t.Error(got.ids, got.errors)
	}
}

// listedAs holds an object of a listing to the resource's state, relations apart.
func (i *instance) listedAs(what string, object tftypes.Value) {
	i.t.Helper()
	got, err := wire.Fields(object)
	if err != nil {
		i.t.Fatal(err)
	}
	mine, err := wire.Fields(i.state)
	if err != nil {
		i.t.Fatal(err)
	}
	for n := range i.kind.Attrs {
		a := &i.kind.Attrs[n]
		_, listed := got[a.Name]
		if out := a.Open() || a.Channel == kind.Local || a.Channel == kind.Input || a.Channel == kind.Logged || a.Channel == kind.Link; out == listed {
			i.t.Errorf("%s: %s in the listing: %v", what, a.Name, listed)
		}
		if listed && !got[a.Name].Equal(mine[a.Name]) {
			i.t.Errorf("%s: %s is %s and in the resource %s", what, a.Name, got[a.Name], mine[a.Name])
		}
	}
}

// TestPluralOfLookups: what is only looked up is found by the same means.
func TestPluralOfLookups(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for name, with := range map[string]map[string]string{
		"user":                           {"user_principal_name_prefix": "Adele"},
		"service_principal":              {"filter": "appId eq '00000003-0000-0000-c000-000000000000'"},
		"directory_role_template":        {"display_name_prefix": "global admin"},
		"authentication_strength_policy": {"filter": "policyType eq 'builtIn'", "display_name_prefix": "Phishing"},
	} {
		if got := h.search(h.process(), kindNamed(t, name), with); len(got.ids) != 1 {
			t.Errorf("%s: %v %s", name, got.ids, got.errors)
		}
	}
	templates := kindNamed(t, "directory_role_template")
	schema, err := h.process().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if schema.DataSourceSchemas[templates.PluralTypeName()].ValueType().(tftypes.Object).AttributeTypes["filter"] != nil {
		t.Error("role templates take no $filter, and their data source offers one")
	}
}

// TestPluralAdvanced: what only an advanced query can answer is asked as one,
// and what needs none is not, because the index behind such queries lags.
func TestPluralAdvanced(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	k := kindNamed(t, "group")
	before := h.requests()
	all := h.search(h.process(), k, nil)
	base := h.requests() - before
	for filter, advanced := range map[string]int{
		"displayName ne '" + all.labels[0] + "'":          1,
		"startsWith(displayName,'" + all.labels[0] + "')": 0,
	} {
		before := h.requests()
		got := h.search(h.process(), k, map[string]string{"filter": filter})
		if got.errors != "" || len(got.ids) == 0 || len(got.ids) >= len(all.ids) || slices.Contains(got.labels, all.labels[0]) != (advanced == 0) {
			t.Errorf("%s: %v %s", filter, got.labels, got.errors)
		}
		if n := h.requests() - before; n != base+advanced {
			t.Errorf("%s took %d requests", filter, n)
		}
	}
}

// TestPluralAfterWrite: what the same process has just made is found, although
// the collection was listed before.
func TestPluralAfterWrite(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	k := kindNamed(t, "named_location")
	server := h.process()
	before := h.search(server, k, nil)
	i := h.instance(k)
	p := i.plan(kind.Values{"display_name": "Brand new", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}}})
	resp, err := server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: k.TypeName(), Config: dynamic(t, p.config), PlannedState: dynamic(t, p.planned), PriorState: dynamic(t, i.state), PlannedPrivate: p.private,
	})
	if err != nil || failed(resp.Diagnostics) != "" {
		t.Fatal(err, failed(resp.Diagnostics))
	}
	after := h.search(server, k, nil)
	if len(after.ids) != len(before.ids)+1 || !slices.Contains(after.labels, "Brand new") {
		t.Errorf("before %v, after %v", before.labels, after.labels)
	}
}

// TestPluralRefused: what may not be read is an error and not an empty list.
func TestPluralRefused(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithSpeed(1000))
	for _, name := range []string{"group", "named_location"} {
		k := kindNamed(t, name)
		h.instance(k).control("faults", `{"status":403,"times":1,"match":"GET /`+string(k.Life.ReadFrom)+k.Life.Path+`"}`)
		if got := h.search(h.process(), k, nil); !strings.Contains(got.errors, "403") || !strings.Contains(got.errors, "Grant the application "+k.Read[0]) {
			t.Errorf("%s: %v %s", name, got.ids, got.errors)
		}
	}
}

// TestIDDecides: names are not identities. Given an id and a name that no longer
// fits, a data source finds the object by its id, and warns.
func TestIDDecides(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Findable() || samples[k.Name] == nil {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i := h.instance(k)
			i.apply(k.Canonical(samples[k.Name](h).full))
			for _, key := range k.Keys {
				state, warnings, s := h.lookUp(k, map[string]string{"id": i.get("id"), key: "Formerly"})
				if s != "" || !strings.Contains(warnings, "has another "+key) || !strings.Contains(warnings, `"`+i.get(key)+`" and not "Formerly"`) {
					t.Errorf("by id and %s: %q %q", key, warnings, s)
					continue
				}
				if fields, err := wire.Fields(state); err != nil || !fields["id"].Equal(tftypes.NewValue(tftypes.String, i.get("id"))) {
					t.Errorf("by id and %s another was found: %v %v", key, fields["id"], err)
				}
				if _, warnings, s := h.lookUp(k, map[string]string{"id": i.get("id"), key: i.get(key)}); s != "" || warnings != "" {
					t.Errorf("by id and a %s that fits: %q %q", key, warnings, s)
				}
			}
		})
	}
}

// lookUp reads the singular data source of a kind.
func (h *host) lookUp(k *kind.Kind, with map[string]string) (state tftypes.Value, warnings, errors string) {
	h.t.Helper()
	server := h.process()
	schema, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		h.t.Fatal(err)
	}
	typ := schema.DataSourceSchemas[k.TypeName()].ValueType().(tftypes.Object)
	fields := map[string]tftypes.Value{}
	for name, at := range typ.AttributeTypes {
		fields[name] = tftypes.NewValue(at, nil)
	}
	for name, value := range with {
		fields[name] = tftypes.NewValue(tftypes.String, value)
	}
	resp, err := server.ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{TypeName: k.TypeName(), Config: dynamic(h.t, tftypes.NewValue(typ, fields))})
	if err != nil {
		h.t.Fatal(err)
	}
	if state, err = resp.State.Unmarshal(typ); err != nil {
		h.t.Fatal(err)
	}
	return state, warningsIn(resp.Diagnostics), failed(resp.Diagnostics)
}
