package export_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestCombinationConfigurations: what restricts a strength is written with it, by reference.
func TestCombinationConfigurations(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	strength := post(t, client, "/policies/authenticationStrengthPolicies", graph.Body{"displayName": "Keys", "allowedCombinations": []any{"fido2"},
		"combinationConfigurations": []any{graph.Body{"@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "appliesToCombinations": []any{"fido2"},
			"allowedAAGUIDs": []any{"de1e552d-db1d-4423-a619-566b625cdc84"}}}})
	dir, r := exported(t, client)
	has(t, read(t, dir, "authentication_strength_combination_configurations.tf"), `"entra_authentication_strength_combination_configuration" "keys"`,
		"authentication_strength_policy_id = entra_authentication_strength_policy.keys.id", `allowed_aaguids = ["de1e552d-db1d-4423-a619-566b625cdc84"]`)
	has(t, read(t, dir, "imports.tf"), `id = "`+strength+"/")
	for _, k := range r.Manifest.Kinds {
		if len(k.UnknownProperties) > 0 {
			t.Errorf("%+v", k)
		}
	}
}
