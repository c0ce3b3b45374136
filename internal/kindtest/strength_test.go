package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// strength makes an authentication strength and returns its id.
func (h *host) strength() string {
	h.t.Helper()
	made, err := h.client.Post(context.Background(), graph.V1, "/policies/authenticationStrengthPolicies", graph.Body{"displayName": "Configured",
		"allowedCombinations": []any{"fido2", "x509CertificateMultiFactor", "x509CertificateSingleFactor", "windowsHelloForBusiness"}})
	if err != nil {
		h.t.Fatal(err)
	}
	return made["id"].(string)
}

// TestConfiguredStrength: what restricts a strength goes with it and is made again with
// it, and a combination that is restricted is not taken away behind its back.
func TestConfiguredStrength(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	strength, config := h.instance(kindNamed(t, "authentication_strength_policy")), h.instance(kindNamed(t, "authentication_strength_combination_configuration"))
	values := kind.Values{"display_name": "Keys", "allowed_combinations": []string{"fido2", "windowsHelloForBusiness"}}
	strength.apply(values)
	below := kind.Values{"authentication_strength_policy_id": strength.get("id"), "applies_to_combinations": []string{"fido2"},
		"fido2": kind.Values{"allowed_aaguids": []string{"DE1E552D-DB1D-4423-A619-566B625CDC84"}}}
	config.apply(below)
	config.settled(below, "after create")
	strength.settled(values, "with a configuration")
	less := kind.Values{"display_name": "Keys", "allowed_combinations": []string{"windowsHelloForBusiness"}}
	if s := strength.tryApply(strength.plan(less)); !strings.Contains(s, "combination configuration") {
		t.Error("the refusal does not say why: ", s)
	}
	strength.read()
	strength.lose()
	strength.read()
	strength.apply(values)
	below["authentication_strength_policy_id"] = strength.get("id")
	config.read()
	config.apply(below)
	config.settled(below, "below the strength that was made anew")
}
