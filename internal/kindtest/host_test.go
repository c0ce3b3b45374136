// Package kindtest is the conformance suite that every kind of object must
// pass, over the plugin protocol in process, against the emulated tenant. It
// goes through the kinds of the catalog by itself: a new table fails until it
// has a sample here, and is then tested by all that stands here.
package kindtest

import (
	"cmp"
	"context"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const token = "kindtest"

func TestMain(m *testing.M) {
	inMemory()
	debug.SetGCPercent(800) // many short-lived values: a third of the time otherwise
	os.Exit(m.Run())
}

// host is a tenant and Terraform's place: it starts providers and carries
// state between them as Terraform does.
type host struct {
	t      *testing.T
	url    string
	client *graph.Client
	tenant string                   // tenant_id of the provider block, "" where it has none
	block  map[string]any           // more of the provider block
	limit  *int64                   // max_member_removals of the provider block, nil where it has none
	one    tfprotov6.ProviderServer // where set, all goes through this one start of the provider
	ctx    context.Context          // of the provider's calls, for a test that reads the log; nil for any

	watch *watcher // of the writes, see watch_test.go
	token string   // that the provider sends, "" for the tenant's own

	// hardDelete is on_hard_delete of the provider block, as export writes it; ""
	// where it says nothing.
	hardDelete string
}

func (h *host) context() context.Context {
	if h.ctx != nil {
		return h.ctx
	}
	return context.Background()
}

func newHost(t *testing.T, opts ...emulator.Option) *host {
	t.Helper()
	em := emulator.New(append(opts, emulator.WithToken(token), emulator.WithPerson(alice, alice), emulator.WithPerson(mallory, mallory))...)
	if report := em.Load(beginning()); report.Unkept != nil {
		t.Fatal(report.Unkept)
	}
	watch := &watcher{t: t, Tenant: em}
	url := serve(t, watch)
	client, err := graph.New(context.Background(), graph.Config{Endpoint: url, AccessToken: token})
	if err != nil {
		t.Fatal(err)
	}
	return &host{t: t, url: url, client: client, hardDelete: "recreate", watch: watch}
}

// beginning is what every tenant has: that of the demo, and what policies refer to
// that no sample makes, authentication contexts and terms of use.
var beginning = sync.OnceValue(func() *archive.Archive {
	a, err := archive.Read("../cli/tenant")
	if err != nil {
		panic(err)
	}
	add := func(collection string, body graph.Body) {
		a.Objects = append(a.Objects, archive.Object{Collection: collection, Body: body, File: "host_test.go"})
	}
	add("/identity/conditionalAccess/namedLocations", graph.Body{"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "id": compliantNetwork,
		"displayName": "All Compliant Network locations", "isTrusted": true, "compliantNetworkType": "allTenantCompliantNetworks"})
	for _, id := range []string{"c1", "c2"} {
		add("/identity/conditionalAccess/authenticationContextClassReferences", graph.Body{"id": id, "displayName": id})
	}
	for _, id := range []string{termsA, termsB} {
		add("/identityGovernance/termsOfUse/agreements", graph.Body{"id": id, "displayName": id})
	}
	return a
})

// id returns the id of the object of that name.
func (h *host) id(path, property, name string) string {
	h.t.Helper()
	id := ""
	err := h.client.List(context.Background(), graph.Beta, path, nil, func(b graph.Body) error {
		if b[property] == name {
			id = b["id"].(string)
		}
		return nil
	})
	if err != nil || id == "" {
		h.t.Fatalf("no %s %q: %v", path, name, err)
	}
	return id
}

// process is one start of the provider; Terraform plans in one and applies in another.
func (h *host) process() tfprotov6.ProviderServer {
	h.t.Helper()
	if h.one != nil {
		return h.one
	}
	ctx := h.context()
	server := provider.NewServer("test")()
	t := providerBlock()
	fields := map[string]tftypes.Value{}
	for name, at := range t.AttributeTypes {
		fields[name] = tftypes.NewValue(at, nil)
	}
	fields["graph_endpoint"] = tftypes.NewValue(tftypes.String, h.url)
	if h.tenant != "" {
		fields["tenant_id"] = tftypes.NewValue(tftypes.String, h.tenant)
	}
	if h.limit != nil {
		fields["max_member_removals"] = tftypes.NewValue(tftypes.Number, *h.limit)
	}
	for name, value := range h.block {
		fields[name] = tftypes.NewValue(t.AttributeTypes[name], value)
	}
	if h.hardDelete != "" {
		fields["on_hard_delete"] = tftypes.NewValue(tftypes.String, h.hardDelete)
	}
	resp, err := h.configure(ctx, server, dynamic(h.t, tftypes.NewValue(t, fields)))
	if err != nil || failed(resp.Diagnostics) != "" {
		h.t.Fatal(err, failed(resp.Diagnostics))
	}
	return server
}

// environment is held while a provider is configured: the environment says with which token,
// and the tests that run beside each other want different ones.
var environment sync.Mutex

func (h *host) configure(ctx context.Context, server tfprotov6.ProviderServer, block *tfprotov6.DynamicValue) (*tfprotov6.ConfigureProviderResponse, error) {
	environment.Lock()
	defer environment.Unlock()
	if err := os.Setenv("ENTRA_ACCESS_TOKEN", cmp.Or(h.token, token)); err != nil {
		return nil, err
	}
	return server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: block})
}

// providerBlock is the type of the provider block.
var providerBlock = sync.OnceValue(func() tftypes.Object {
	schema, err := provider.NewServer("test")().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	return schema.Provider.ValueType().(tftypes.Object)
})

func dynamic(t *testing.T, v tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}

// failed returns the errors of an answer as one text.
func failed(diags []*tfprotov6.Diagnostic) string {
	var out []string
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			out = append(out, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(out, "\n")
}

func warningsIn(diags []*tfprotov6.Diagnostic) string {
	var out []string
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityWarning {
			out = append(out, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(out, "\n")
}

// instance is one address and what Terraform keeps of it.
type instance struct {
	*host
	kind     *kind.Kind
	state    tftypes.Value
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	said     string // the warnings of the last apply
	brief    bool   // an apply does not plan again: for the long runs, where others have checked it
}

func (h *host) instance(k *kind.Kind) *instance {
	return &instance{host: h, kind: k, state: tftypes.NewValue(wire.Type(k), nil)}
}

// config returns the configuration that says v.
func (i *instance) config(v kind.Values) tftypes.Value {
	i.t.Helper()
	out, err := wire.State(i.kind, v, tftypes.NewValue(wire.Type(i.kind), nil))
	if err != nil {
		i.t.Fatal(err)
	}
	fields, err := wire.Fields(out)
	if err != nil {
		i.t.Fatal(err)
	}
	for n := range i.kind.Attrs { // instructions to the provider are no part of a state's values
		if a := &i.kind.Attrs[n]; a.Channel == kind.Local {
			fields[a.Name] = tftypes.NewValue(fields[a.Name].Type(), v[a.Name])
		}
	}
	return tftypes.NewValue(out.Type(), fields)
}

func (i *instance) value(d *tfprotov6.DynamicValue) tftypes.Value {
	i.t.Helper()
	v, err := d.Unmarshal(wire.Type(i.kind))
	if err != nil {
		i.t.Fatal(err)
	}
	return v
}

// plan is what Terraform keeps of a plan until it is applied.
type plan struct {
	config, planned tftypes.Value
	private         []byte
	identity        *tfprotov6.ResourceIdentityData
	replace         bool
}

func (i *instance) tryPlan(config tftypes.Value) (*plan, string) {
	i.t.Helper()
	return i.planIn(i.process(), config)
}

func (i *instance) planIn(server tfprotov6.ProviderServer, config tftypes.Value) (*plan, string) {
	i.t.Helper()
	resp, err := server.PlanResourceChange(i.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config), ProposedNewState: dynamic(i.t, config),
		PriorState: dynamic(i.t, i.state), PriorPrivate: i.private, PriorIdentity: i.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if s := failed(resp.Diagnostics); s != "" {
		return nil, s
	}
	i.asConfigured(config, i.state, i.value(resp.PlannedState))
	return &plan{config, i.value(resp.PlannedState), resp.PlannedPrivate, resp.PlannedIdentity, len(resp.RequiresReplace) > 0}, ""
}

func (i *instance) plan(v kind.Values) *plan {
	i.t.Helper()
	p, s := i.tryPlan(i.config(v))
	if s != "" {
		i.t.Fatal("plan: ", s)
	}
	return p
}

// empty tells whether a plan changes nothing.
func (i *instance) empty(p *plan) bool { return p.planned.Equal(i.state) }

// apply applies a plan, in another process, and holds the answer to Terraform's rules.
func (i *instance) tryApply(p *plan) string {
	i.t.Helper()
	return i.applyIn(i.process(), p)
}

func (i *instance) applyIn(server tfprotov6.ProviderServer, p *plan) string {
	i.t.Helper()
	// Terraform plans once more in the process that applies; the plan must be the same.
	if !p.planned.IsNull() && !i.brief {
		if again, s := i.planIn(server, p.config); s != "" || !again.planned.Equal(p.planned) {
			i.t.Fatalf("the plan is another one during apply: %s", s)
		}
	}
	resp, err := server.ApplyResourceChange(i.context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, p.config), PlannedState: dynamic(i.t, p.planned),
		PriorState: dynamic(i.t, i.state), PlannedPrivate: p.private, PlannedIdentity: p.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	next := i.value(resp.NewState)
	s := failed(resp.Diagnostics)
	i.said = warningsIn(resp.Diagnostics)
	if s == "" && !p.planned.IsNull() {
		i.consistent(p.planned, next)
	}
	i.state, i.private, i.identity = next, resp.Private, resp.NewIdentity
	return s
}

// asConfigured holds a plan to the configuration: what it says must be planned,
// or, of a relation with a mode, the prior value kept, which Terraform allows
// where neither is null.
func (i *instance) asConfigured(config, prior, planned tftypes.Value) {
	i.t.Helper()
	says, err := wire.Fields(config)
	if err != nil {
		i.t.Fatal(err)
	}
	plans, err := wire.Fields(planned)
	if err != nil {
		i.t.Fatal(err)
	}
	was, err := wire.Fields(prior)
	if err != nil {
		i.t.Fatal(err)
	}
	for n := range i.kind.Attrs {
		a := &i.kind.Attrs[n]
		switch want, got := says[a.Name], plans[a.Name]; {
		case want.IsNull():
		case a.Shape == kind.Object || a.Shape == kind.Variant || a.Shape == kind.ObjectMap: // defaults are added inside
			if got.IsNull() {
				i.t.Errorf("%s is configured and planned as null", a.Name)
			}
		case !got.Equal(want) && !(keepable(a) && !was[a.Name].IsNull() && got.Equal(was[a.Name])):
			i.t.Errorf("%s is configured as %s and planned as %s", a.Name, want, got)
		}
	}
}

func keepable(a *kind.Attr) bool { return a.ModeBy != "" || a.Channel == kind.Local }

// consistent holds the applied values to the planned ones.
func (i *instance) consistent(planned, applied tftypes.Value) {
	i.t.Helper()
	diffs, err := planned.Diff(applied)
	if err != nil {
		i.t.Fatal(err)
	}
	for _, d := range diffs {
		if d.Value1 != nil && d.Value1.IsFullyKnown() {
			i.t.Errorf("applied is not what was planned: %s", d)
		}
	}
	if !applied.IsFullyKnown() {
		i.t.Error("something is still unknown after apply")
	}
}

// begin makes the object; one that Graph alone can make is there already, and is adopted.
func (i *instance) begin(v kind.Values) {
	i.t.Helper()
	if i.kind.MadeByGraph(v) != nil {
		i.importID(compliantNetwork)
		i.read()
	}
	i.apply(v)
}

func (i *instance) apply(v kind.Values) {
	i.t.Helper()
	if s := i.tryApply(i.plan(v)); s != "" {
		i.t.Fatal("apply: ", s)
	}
}

// read refreshes.
func (i *instance) tryRead() string {
	i.t.Helper()
	resp, err := i.process().ReadResource(i.context(), &tfprotov6.ReadResourceRequest{
		TypeName: i.kind.TypeName(), CurrentState: dynamic(i.t, i.state), Private: i.private, CurrentIdentity: i.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if s := failed(resp.Diagnostics); s != "" {
		return s
	}
	i.state, i.private, i.identity = i.value(resp.NewState), resp.Private, resp.NewIdentity
	if i.state.IsNull() {
		i.t.Fatal("Read removed the address")
	}
	return ""
}

func (i *instance) read() {
	i.t.Helper()
	if s := i.tryRead(); s != "" {
		i.t.Fatal("read: ", s)
	}
}

// settled checks that a refresh and a plan find nothing to do.
func (i *instance) settled(v kind.Values, when string) {
	i.t.Helper()
	i.read()
	i.says("deleted_by", "")
	i.says("last_changed_by", "")
	p := i.quickly(v)
	if !i.empty(p) {
		diffs, _ := i.state.Diff(p.planned)
		i.t.Fatalf("%s the plan is not empty: %v", when, diffs)
	}
}

// quickly plans for an object that is live; where brief, without the protocol,
// of which another test has seen that it makes the same plan.
func (i *instance) quickly(v kind.Values) *plan {
	i.t.Helper()
	if !i.brief {
		return i.plan(v)
	}
	config := i.config(v)
	planned, err := wire.Plan(i.kind, config, i.state, false)
	if err != nil {
		i.t.Fatal(err)
	}
	return &plan{config: config, planned: planned, private: i.private, identity: i.identity}
}

// get returns a string attribute of the state.
func (i *instance) get(name string) string {
	fields, err := wire.Fields(i.state)
	if err != nil {
		i.t.Fatal(err)
	}
	var s string
	if v := fields[name]; v.IsKnown() && !v.IsNull() {
		_ = v.As(&s)
	}
	return s
}

// values are the strings of the state, by attribute.
func (i *instance) values() kind.Values {
	v := kind.Values{}
	for _, name := range append(i.kind.Ends(), i.kind.Identity()...) {
		v[name] = i.get(name)
	}
	return v
}

func (i *instance) path() string { return i.kind.Life.Item(i.values()) }

// importable is the id that an import block has.
func (i *instance) importable() string { return i.kind.ImportID(i.values()) }

// making is the beginning of the requests that make such an object.
func (i *instance) making() string {
	method := "POST"
	if i.kind.Life.Form == kind.Keyed || i.element() && i.kind.Life.Actions == nil {
		method = "PATCH"
	}
	return method + " /v1.0" + strings.Split(i.kind.Life.Path, "/{")[0]
}

// behind does something to the tenant behind Terraform's back.
func (i *instance) behind(method, path string, body any) {
	i.t.Helper()
	_, err := i.client.Do(context.Background(), graph.Request{Method: method, Version: graph.Beta, Path: path, Body: body})
	if err != nil {
		i.t.Fatal(method, path, err)
	}
}

// plannedDestruction returns the warnings of a plan that destroys.
func (i *instance) plannedDestruction() string {
	i.t.Helper()
	gone := dynamic(i.t, tftypes.NewValue(wire.Type(i.kind), nil))
	resp, err := i.process().PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: gone, ProposedNewState: gone,
		PriorState: dynamic(i.t, i.state), PriorPrivate: i.private, PriorIdentity: i.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return warningsIn(resp.Diagnostics)
}
