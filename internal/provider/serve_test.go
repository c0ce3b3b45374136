package provider_test

import (
	"context"
	"runtime"
	"testing"
	"weak"

	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

type key struct{}

// TestCallsAreForgotten: nothing of a call's context is held once the call is over, however
// long the provider lives; while the call goes on it is the caller's.
func TestCallsAreForgotten(t *testing.T) {
	t.Parallel()
	server := provider.NewServer("test")()
	held := make([]weak.Pointer[[1 << 16]byte], 3)
	for i, do := range []func(context.Context) error{
		func(ctx context.Context) error {
			_, err := server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: "entra_none"})
			return err
		},
		func(ctx context.Context) error {
			_, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "entra_none"})
			return err
		},
		func(ctx context.Context) error {
			_, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{TypeName: "entra_none"})
			return err
		},
	} {
		value := new([1 << 16]byte)
		held[i] = weak.Make(value)
		if err := do(context.WithValue(t.Context(), key{}, value)); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	runtime.GC()
	for i, p := range held {
		if p.Value() != nil {
			t.Errorf("call %d: what its context held is still in memory", i)
		}
	}
	runtime.KeepAlive(server)
}

// TestMalformed: a value that is none of the resource's type is refused and told.
func TestMalformed(t *testing.T) {
	t.Parallel()
	server, odd := provider.NewServer("test")(), &tfprotov6.DynamicValue{JSON: []byte(`{"display_name":["no text"]}`)}
	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: "entra_group", CurrentState: odd})
	if err != nil || len(read.Diagnostics) == 0 {
		t.Errorf("read: %v", err)
	}
	plan, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{TypeName: "entra_group", Config: odd, PriorState: odd, ProposedNewState: odd})
	if err != nil || len(plan.Diagnostics) == 0 {
		t.Errorf("plan: %v", err)
	}
	apply, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{TypeName: "entra_group", Config: odd, PriorState: odd, PlannedState: odd})
	if err != nil || len(apply.Diagnostics) == 0 {
		t.Errorf("apply: %v", err)
	}
}
