package provider

import (
	"context"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/managed"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The calls whose values go past the framework; why, package managed says at Past.

// bare is the provider for these calls: it is configured as the other one is.
type bare struct{ *entra }

func (b bare) Configure(_ context.Context, _ provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	resp.ResourceData = b.tenant
}

func (bare) Resources(context.Context) []func() resource.Resource {
	var out []func() resource.Resource
	for _, k := range catalog.All() {
		if k.Managed() {
			out = append(out, managed.NewBareResource(k))
		}
	}
	return out
}

// typesOf are the types of the resources' values.
var typesOf = sync.OnceValue(func() map[string]tftypes.Type {
	out := map[string]tftypes.Type{}
	for _, k := range catalog.All() {
		if k.Managed() {
			out[k.TypeName()] = managed.Type(k)
		}
	}
	return out
})

// nothing is managed.Nothing as the protocol has it.
var nothing = sync.OnceValue(func() *tfprotov6.DynamicValue {
	out, err := tfprotov6.NewDynamicValue(managed.Nothing.Type(), managed.Nothing)
	if err != nil {
		panic(err) // it is no value that could fail
	}
	return &out
})

// draw takes a value out of a request, and tells whether it could be read.
func draw(t tftypes.Type, from **tfprotov6.DynamicValue, to *tftypes.Value) bool {
	if t == nil || *from == nil {
		return false
	}
	var err error
	if *to, err = (*from).Unmarshal(t); err != nil {
		return false
	}
	return hide(from)
}

// hide hides a value of a request, and tells whether it could be read.
func hide(value **tfprotov6.DynamicValue) bool {
	if *value == nil {
		return false
	}
	null, err := (*value).IsNull()
	if err == nil && !null {
		*value = nothing()
	}
	return err == nil
}

// lift puts what the handler left into an answer of the framework, unless that is null; where
// the handler has left nothing it is another value.
func lift(t tftypes.Type, answer **tfprotov6.DynamicValue, left tftypes.Value, otherwise *tfprotov6.DynamicValue) error {
	if *answer == nil {
		return nil
	}
	if null, err := (*answer).IsNull(); err != nil || null {
		return err
	}
	if *answer = otherwise; left.Type() == nil {
		return nil
	}
	value, err := tfprotov6.NewDynamicValue(t, left)
	*answer = &value
	return err
}

// ReadResource is a call for every object. One that cannot be read here is for the framework to
// refuse, as in the others.
func (s server) ReadResource(ctx context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	t, seen, p := typesOf()[r.TypeName], *r, &managed.Past{}
	if !draw(t, &seen.CurrentState, &p.State) {
		return during(ctx, r, s.ProviderServer.ReadResource)
	}
	resp, err := during(p.Context(ctx), &seen, s.bare.ReadResource)
	if err == nil {
		err = lift(t, &resp.NewState, p.Left, r.CurrentState)
	}
	return resp, err
}

// PlanResourceChange is a call for every object. Nobody reads what the engine proposes: a plan is
// made of configuration and state.
func (s server) PlanResourceChange(ctx context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	t, seen, p := typesOf()[r.TypeName], *r, &managed.Past{}
	if !draw(t, &seen.Config, &p.Config) || !draw(t, &seen.PriorState, &p.State) || !hide(&seen.ProposedNewState) {
		return during(ctx, r, s.ProviderServer.PlanResourceChange)
	}
	resp, err := during(p.Context(ctx), &seen, s.bare.PlanResourceChange)
	if err == nil {
		err = lift(t, &resp.PlannedState, p.Left, r.ProposedNewState)
	}
	return resp, err
}

// ApplyResourceChange is a call for every object that changes.
func (s server) ApplyResourceChange(ctx context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	t, seen, p := typesOf()[r.TypeName], *r, &managed.Past{}
	if !draw(t, &seen.Config, &p.Config) || !draw(t, &seen.PriorState, &p.State) || !draw(t, &seen.PlannedState, &p.Plan) {
		return during(ctx, r, s.ProviderServer.ApplyResourceChange)
	}
	resp, err := during(p.Context(ctx), &seen, s.bare.ApplyResourceChange)
	if err == nil {
		err = lift(t, &resp.NewState, p.Left, r.PriorState)
	}
	return resp, err
}
