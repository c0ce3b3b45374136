package provider_test

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestGuardsInTheBlock: a word that the provider does not know, and a name where an id must
// be, are refused; fewer than two accounts are a warning.
func TestGuardsInTheBlock(t *testing.T) {
	const a, b = "0fffffff-0000-4000-8000-00000000000A", "0fffffff-0000-4000-8000-00000000000b"
	t.Setenv("ENTRA_ACCESS_TOKEN", "x")
	ids := func(all ...string) []tftypes.Value {
		out := []tftypes.Value{}
		for _, id := range all {
			out = append(out, tftypes.NewValue(tftypes.String, id))
		}
		return out
	}
	for name, c := range map[string]struct {
		attribute string
		value     any
		refused   bool
		warned    bool
	}{
		"settle":      {"conditional_access_rollout", "settle", false, false},
		"direct":      {"conditional_access_rollout", "direct", false, false},
		"another":     {"conditional_access_rollout", "slowly", true, false},
		"two":         {"break_glass", ids(a, b), false, false},
		"one":         {"break_glass", ids(a), false, true},
		"none":        {"break_glass", ids(), false, true},
		"not known":   {"break_glass", tftypes.UnknownValue, false, false},
		"one unknown": {"break_glass", append(ids(a), tftypes.NewValue(tftypes.String, tftypes.UnknownValue)), false, false},
		"left out":    {"break_glass", nil, false, false},
		"a name":      {"break_glass", ids(a, "bg1@contoso.com"), true, false},
	} {
		server := provider.NewServer("test")()
		ctx := context.Background()
		schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
		if err != nil {
			t.Fatal(err)
		}
		typ := schema.Provider.ValueType().(tftypes.Object)
		fields := map[string]tftypes.Value{}
		for attribute, at := range typ.AttributeTypes {
			fields[attribute] = tftypes.NewValue(at, nil)
		}
		fields["graph_endpoint"] = tftypes.NewValue(tftypes.String, "http://127.0.0.1:1")
		fields[c.attribute] = tftypes.NewValue(typ.AttributeTypes[c.attribute], c.value)
		config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, fields))
		if err != nil {
			t.Fatal(err)
		}
		validated, err := server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: &config})
		if err != nil {
			t.Fatal(err)
		}
		for what, diags := range map[string][]*tfprotov6.Diagnostic{"validate": validated.Diagnostics, "configure": configured.Diagnostics} {
			refused, warned := false, false
			for _, d := range diags {
				refused = refused || d.Severity == tfprotov6.DiagnosticSeverityError
				warned = warned || strings.Contains(d.Summary, "Fewer than two")
			}
			if refused != c.refused || warned != (c.warned && what == "configure") {
				t.Errorf("%s, %s: %v", name, what, diags)
			}
		}
	}
}
