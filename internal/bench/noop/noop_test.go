package noop_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/bench/noop"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestLife: what is made gets an id, and what has one is left as it is.
func TestLife(t *testing.T) {
	t.Parallel()
	server, err := noop.New()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ := schemas.ResourceSchemas["entra_group"].ValueType().(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, of := range typ.AttributeTypes {
		values[name] = tftypes.NewValue(of, nil)
	}
	dynamic := func(v tftypes.Value) *tfprotov6.DynamicValue {
		d, err := tfprotov6.NewDynamicValue(typ, v)
		if err != nil {
			t.Fatal(err)
		}
		return &d
	}
	value := func(d *tfprotov6.DynamicValue, name string) tftypes.Value {
		v, err := d.Unmarshal(typ)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]tftypes.Value
		if err := v.As(&fields); err != nil {
			t.Fatal(err)
		}
		return fields[name]
	}
	wanted, nothing := dynamic(tftypes.NewValue(typ, values)), dynamic(tftypes.NewValue(typ, nil))
	plan, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: "entra_group", PriorState: nothing, ProposedNewState: wanted})
	if err != nil || value(plan.PlannedState, "id").IsKnown() || !value(plan.PlannedState, "description").IsNull() {
		t.Fatal(plan, err)
	}
	made, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: "entra_group", PriorState: nothing, PlannedState: plan.PlannedState})
	if err != nil || value(made.NewState, "id").IsNull() {
		t.Fatal(made, err)
	}
	plan, err = server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: "entra_group", PriorState: made.NewState, ProposedNewState: made.NewState})
	if err != nil || !value(plan.PlannedState, "id").Equal(value(made.NewState, "id")) || !value(plan.PlannedState, "deleted_date_time").IsNull() {
		t.Error("what is there is planned to change", err)
	}
}
