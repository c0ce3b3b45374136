package kindtest

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// importByIdentity: the identity that an address has imports the same object.
func importByIdentity(i *instance, s sample) {
	other := i.instance(i.kind)
	resp, err := i.process().ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{
		TypeName: i.kind.TypeName(), Identity: i.identity,
	})
	if err != nil || failed(resp.Diagnostics) != "" {
		i.t.Fatal(err, failed(resp.Diagnostics))
	}
	one := resp.ImportedResources[0]
	other.state, other.private, other.identity = other.value(one.State), one.Private, one.Identity
	other.tellInputs(s.full)
	other.settled(s.full, "after import by identity")
	if other.get("id") != i.get("id") {
		i.t.Errorf("the identity of %s imports %s", i.get("id"), other.get("id"))
	}
}

// invalidImport: an id of another form is refused, and says which form is right.
func invalidImport(i *instance, _ sample) {
	if i.kind.Life.Opaque && len(i.kind.Identity()) == 1 {
		return // whatever it is, Graph alone can tell
	}
	for _, id := range []string{"nonsense", i.importable() + "/extra", "/"} {
		if i.kind.Life.Opaque && strings.HasSuffix(id, "/extra") {
			continue
		}
		resp, err := i.process().ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: i.kind.TypeName(), ID: id})
		if err != nil {
			i.t.Fatal(err)
		}
		if s := failed(resp.Diagnostics); !strings.Contains(s, "it must be") {
			i.t.Errorf("import of %q: %q", id, s)
		}
	}
}

// destroy deletes the object by Terraform, its protection taken off before, and
// returns the error.
func (i *instance) destroy() string {
	i.t.Helper()
	i.unprotect()
	gone := tftypes.NewValue(wire.Type(i.kind), nil)
	return i.tryApply(&plan{config: gone, planned: gone, private: i.private, identity: i.identity})
}

// deleteBinned: what is in the recycle bin stays there when its address goes.
func deleteBinned(i *instance, _ sample) {
	if i.kind.Life.Bin == "" {
		return
	}
	path := i.kind.Life.Bin + "/" + i.get("id")
	i.gone(false)
	i.read()
	if s := i.destroy(); s != "" {
		i.t.Fatal(s)
	}
	if _, err := i.client.Get(context.Background(), graph.Beta, path, nil); err != nil {
		i.t.Error("it left the recycle bin: ", err)
	}
}

// deleteLost: there is nothing to delete, known or not.
func deleteLost(i *instance, _ sample) {
	unaware := *i
	i.lose()
	i.read()
	if s := i.destroy(); s != "" {
		i.t.Error("a lost object: ", s)
	}
	if s := unaware.destroy(); s != "" {
		i.t.Error("an object lost since the refresh: ", s)
	}
}

// forbiddenBin: not allowed is not lost.
func forbiddenBin(i *instance, s sample) {
	if i.kind.Life.Bin == "" {
		return
	}
	id, before := i.get("id"), i.state
	i.gone(false)
	i.control("faults", `{"status":403,"times":100,"match":"GET /`+string(i.kind.Life.BinVersion)+i.kind.Life.Bin+`"}`)
	if f := i.tryRead(); !strings.Contains(f, "the recycle bin could not be read") {
		i.t.Fatal("a 403 on the recycle bin must be an error: ", f)
	}
	i.noFaults()
	if !i.state.Equal(before) {
		i.t.Error("a read that failed changed the state")
	}
	i.read()
	i.apply(s.full)
	i.settled(s.full, "after the restore")
	if i.get("id") != id {
		i.t.Error("the object was made anew, though it could be restored")
	}
}

// refusedCreate: a create that fails leaves nothing, and the next one works.
func refusedCreate(i *instance, s sample) {
	i.lose()
	other := i.instance(i.kind)
	i.control("faults", `{"status":403,"times":1,"match":"`+i.making()+`"}`)
	if f := other.tryApply(other.plan(s.full)); !strings.Contains(f, "403") {
		i.t.Fatal("the 403 is not told: ", f)
	}
	if !other.state.IsNull() {
		i.t.Fatal("an object that was not made is in the state")
	}
	other.apply(s.full)
	other.settled(s.full, "after the second create")
}

// otherTenant: the state of one tenant is never refreshed from another.
func otherTenant(i *instance, s sample) {
	before := i.state
	x := *i
	x.host = newHost(i.t)
	if f := x.tryRead(); !strings.Contains(f, "the state was written for tenant") {
		i.t.Error("a state was refreshed from another tenant: ", f)
	}
	if f := x.tryApply(x.plan(s.other)); i.kind.Life.Form != kind.Edge && !strings.Contains(f, "the state was written for tenant") {
		i.t.Error("a state was applied to another tenant: ", f)
	}
	if !x.state.Equal(before) {
		i.t.Error("a refusal changed the state")
	}
	named := *i.host
	named.tenant = "0eeeeeee-0000-4000-8000-000000000001"
	y := *i
	y.host = &named
	if f := y.tryRead(); !strings.Contains(f, "tenant "+named.tenant) {
		i.t.Error("another tenant than the provider block's was read: ", f)
	}
}

// told refreshes and plans in one process, as Terraform does, and returns the
// warnings and the errors.
func (i *instance) told(v kind.Values) (warnings, errors string) {
	i.t.Helper()
	server, config := i.process(), i.config(v)
	read, err := server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: i.kind.TypeName(), CurrentState: dynamic(i.t, i.state), Private: i.private, CurrentIdentity: i.identity,
	})
	if err != nil || failed(read.Diagnostics) != "" {
		i.t.Fatal(err, failed(read.Diagnostics))
	}
	resp, err := server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config), ProposedNewState: dynamic(i.t, config),
		PriorState: read.NewState, PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return warningsIn(resp.Diagnostics), failed(resp.Diagnostics)
}

// warned: a plan says what was lost, by name.
func warned(i *instance, s sample) {
	if i.kind.Life.Paired() || i.kind.Label == "" {
		return
	}
	name := i.get(i.kind.Label)
	if w, _ := i.told(s.full); w != "" {
		i.t.Error("nothing was lost, and a warning says: ", w)
	}
	i.gone(false)
	w, f := i.told(s.full)
	if i.kind.Life.Bin != "" && (!strings.Contains(w, name) || !strings.Contains(w, "is in the recycle bin") || !strings.Contains(w, "29 more days") || f != "") {
		i.t.Errorf("of a binned object the plan says: %q, %q", w, f)
	}
	switch {
	case i.kind.Life.Bin == "": // it is gone already
	case i.kind.Name == "administrative_unit":
		i.control("clock", `{"advance":"745h"}`)
	default:
		i.behind("DELETE", i.kind.Life.Bin+"/"+i.get("id"), nil)
	}
	w, f = i.told(s.full)
	said := "was permanently deleted"
	if i.kind.Removal != nil {
		said = "was removed by "
	}
	if !strings.Contains(w, name) || !strings.Contains(w, said) || !i.kind.KeepsID() && !strings.Contains(w, "imports") || f != "" {
		i.t.Errorf("of a lost object the plan says: %q, %q", w, f)
	}
}

// twin: with the state file gone, a stale import block never makes a second
// object beside a live one of its name.
func twin(i *instance, s sample) {
	if i.kind.Life.Form != kind.Collection || i.kind.Life.Link || i.kind.Label == "" || i.kind.Life.OneFor != "" {
		return // what there is one of is taken over, see TestTakenOver
	}
	stale := i.instance(i.kind)
	v := i.values()
	v["id"] = "0fffffff-0000-4000-8000-000000000001"
	stale.importID(i.kind.ImportID(v))
	if _, f := stale.told(s.full); !strings.Contains(f, "may exist under another id") || !strings.Contains(f, i.get("id")) {
		i.t.Error("a second object would be made: ", f)
	}
}

// found: the data source finds the object by id and by each of its keys.
func found(i *instance, _ sample) {
	if !i.kind.Findable() {
		return
	}
	server := i.process()
	schema, err := server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		i.t.Fatal(err)
	}
	t := schema.DataSourceSchemas[i.kind.TypeName()].ValueType().(tftypes.Object)
	for _, key := range append([]string{"id"}, i.kind.Keys...) {
		fields := map[string]tftypes.Value{}
		for name, at := range t.AttributeTypes {
			fields[name] = tftypes.NewValue(at, nil)
		}
		fields[key] = tftypes.NewValue(tftypes.String, i.get(key))
		resp, err := i.process().ReadDataSource(context.Background(), &tfprotov6.ReadDataSourceRequest{
			TypeName: i.kind.TypeName(), Config: dynamic(i.t, tftypes.NewValue(t, fields)),
		})
		if err != nil || failed(resp.Diagnostics) != "" {
			i.t.Fatal(key, ": ", err, failed(resp.Diagnostics))
		}
		state, err := resp.State.Unmarshal(t)
		if err != nil {
			i.t.Fatal(err)
		}
		i.sameAs(key, state)
	}
}

// sameAs holds a data source's answer to the resource's state, attribute by
// attribute: nothing may come out otherwise.
func (i *instance) sameAs(key string, data tftypes.Value) {
	i.t.Helper()
	want, err := wire.Values(i.kind, i.state)
	if err != nil {
		i.t.Fatal(err)
	}
	fields, err := wire.Fields(data)
	if err != nil {
		i.t.Fatal(err)
	}
	mine, err := wire.Fields(i.state)
	if err != nil {
		i.t.Fatal(err)
	}
	for name := range want {
		a := i.kind.Attr(name)
		if a.Channel == kind.Local || a.Channel == kind.Input || a.Channel == kind.Logged {
			continue
		}
		if !fields[name].Equal(mine[name]) {
			i.t.Errorf("found by %s, %s is %s and in the resource %s", key, name, fields[name], mine[name])
		}
	}
}

// TestValidate: every shape is valid, and a kind with subtypes wants exactly one.
func TestValidate(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for _, k := range catalog.All() {
		var variants []string
		for _, a := range k.Variants() {
			variants = append(variants, a.Name)
		}
		both := kind.Values{}
		for shape, make := range shapesOf[k.Name] {
			v := k.Canonical(make(h))
			if s := h.instance(k).invalid(v); s != "" {
				t.Errorf("%s/%s: %s", k.Name, shape, s)
			}
			none := kind.Values{}
			for name, value := range v {
				both[name] = value
				if !slices.Contains(variants, name) {
					none[name] = value
				}
			}
			if s := h.instance(k).invalid(none); len(variants) > 0 && !strings.Contains(s, "Exactly one of") {
				t.Errorf("%s without a subtype: %q", k.Name, s)
			}
		}
		if s := h.instance(k).invalid(both); len(variants) > 0 && !strings.Contains(s, "Exactly one of") {
			t.Errorf("%s with two subtypes: %q", k.Name, s)
		}
	}
}

// TestValidateEmpty: what Graph would drop is refused, and what is not known
// yet is not.
func TestValidateEmpty(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "conditional_access_policy"))
	for name, c := range map[string]struct {
		controls kind.Values
		want     string
	}{
		"nothing but the operator": {kind.Values{"operator": "OR"}, "grant_controls must set one of"},
		"an empty set":             {kind.Values{"operator": "OR", "built_in_controls": []string{}}, "grant_controls must set one of"},
		"one control":              {kind.Values{"operator": "OR", "built_in_controls": []string{"mfa"}}, ""},
		"a strength":               {kind.Values{"operator": "OR", "authentication_strength_id": "00000000-0000-0000-0000-000000000002"}, ""},
	} {
		s := i.invalid(policy(kind.Values{"users": allUsers(), "applications": allApps()}, kind.Values{"grant_controls": c.controls}))
		if (s == "") != (c.want == "") || !strings.Contains(s, c.want) {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
}

// invalid returns what validation says against a configuration.
func (i *instance) invalid(v kind.Values) string {
	i.t.Helper()
	if !i.kind.Managed() || len(v) == 0 {
		return ""
	}
	return i.invalidConfig(i.config(v))
}

func (i *instance) invalidConfig(config tftypes.Value) string {
	i.t.Helper()
	resp, err := i.process().ValidateResourceConfig(context.Background(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return failed(resp.Diagnostics)
}
