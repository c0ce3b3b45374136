// Package noop is our provider without what it does: the same schemas and checks, and no
// object anywhere. What a run takes with it is what the engine itself takes.
package noop

import (
	"context"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Serve answers the engine that started this process.
func Serve() error {
	s, err := New()
	if err != nil {
		return err
	}
	return tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return s })
}

// New returns the provider.
func New() (tfprotov6.ProviderServer, error) {
	full := provider.NewServer("0.0.0")()
	schemas, err := full.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	return server{full, schemas.ResourceSchemas}, nil
}

// server is the real one but for what asks or changes the tenant.
type server struct {
	tfprotov6.ProviderServer
	schemas map[string]*tfprotov6.Schema
}

// ConfigureProvider signs in nowhere.
func (server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

// GetResourceIdentitySchemas has none: identities would have to be made up.
func (server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

// ReadResource finds everything as the state has it.
func (server) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
}

// ImportResourceState knows the id alone, so that the plan writes the rest, and makes up what
// only the provider could know and others may need, such as the app_id of an application.
func (s server) ImportResourceState(_ context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	t, err := s.typeOf(r.TypeName)
	if err != nil {
		return nil, err
	}
	values := map[string]tftypes.Value{}
	for name, of := range t.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
	}
	for _, a := range s.schemas[r.TypeName].Block.Attributes {
		if a.Computed && !a.Optional && strings.HasSuffix(a.Name, "_id") {
			values[a.Name] = tftypes.NewValue(tftypes.String, uuid.NewString())
		}
	}
	values["id"] = tftypes.NewValue(tftypes.String, r.ID)
	state, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, values))
	return &tfprotov6.ImportResourceStateResponse{ImportedResources: []*tfprotov6.ImportedResource{{TypeName: r.TypeName, State: &state}}}, err
}

// PlanResourceChange plans what is proposed. Of what is to be made it does not know what the
// provider is to set.
func (s server) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	t, err := s.typeOf(r.TypeName)
	if err != nil {
		return nil, err
	}
	prior, err := r.PriorState.Unmarshal(t)
	if err != nil || !prior.IsNull() {
		return &tfprotov6.PlanResourceChangeResponse{PlannedState: r.ProposedNewState, PlannedPrivate: r.PriorPrivate}, err
	}
	computed := map[string]bool{}
	for _, a := range s.schemas[r.TypeName].Block.Attributes {
		computed[a.Name] = a.Computed
	}
	planned, err := s.change(r.TypeName, r.ProposedNewState, func(name string, v tftypes.Value) tftypes.Value {
		if computed[name] && v.IsKnown() && v.IsNull() {
			return tftypes.NewValue(v.Type(), tftypes.UnknownValue)
		}
		return v
	})
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: planned, PlannedPrivate: r.PriorPrivate}, err
}

// ApplyResourceChange makes up the ids that the plan did not know, for others to refer to.
func (s server) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	state, err := s.change(r.TypeName, r.PlannedState, func(name string, v tftypes.Value) tftypes.Value {
		switch {
		case v.IsKnown():
			return v
		case name == "id" || strings.HasSuffix(name, "_id"):
			return tftypes.NewValue(tftypes.String, uuid.NewString())
		}
		return tftypes.NewValue(v.Type(), nil)
	})
	return &tfprotov6.ApplyResourceChangeResponse{NewState: state, Private: r.PlannedPrivate}, err
}

func (s server) typeOf(name string) (tftypes.Object, error) {
	schema := s.schemas[name]
	if schema == nil {
		return tftypes.Object{}, fmt.Errorf("no resource is called %s", name)
	}
	t, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		return t, fmt.Errorf("%s is no object", name)
	}
	return t, nil
}

// change passes every attribute of an object through a function; null, the object of a
// deletion, stays.
func (s server) change(name string, value *tfprotov6.DynamicValue, by func(string, tftypes.Value) tftypes.Value) (*tfprotov6.DynamicValue, error) {
	t, err := s.typeOf(name)
	if err != nil {
		return nil, err
	}
	object, err := value.Unmarshal(t)
	if err != nil || object.IsNull() {
		return value, err
	}
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		return nil, err
	}
	for attribute, v := range attributes {
		attributes[attribute] = by(attribute, v)
	}
	changed, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, attributes))
	return &changed, err
}
