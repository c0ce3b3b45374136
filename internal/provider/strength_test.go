package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// A combination and the configuration that applies to it come in one apply and go in one:
// Terraform deletes what depends on an object before it changes that.
func TestAccConfiguredStrength(t *testing.T) {
	x := newTenant(t)
	const configured = `
		resource "entra_authentication_strength_policy" "s" {
			display_name         = "S"
			deletion_protection  = false
			allowed_combinations = ["fido2", "windowsHelloForBusiness"]
		}
		resource "entra_authentication_strength_combination_configuration" "c" {
			authentication_strength_policy_id = entra_authentication_strength_policy.s.id
			applies_to_combinations           = ["fido2"]
			deletion_protection               = false
			fido2 = {
				allowed_aaguids = ["de1e552d-db1d-4423-a619-566b625cdc84"]
			}
		}`
	const plain = `
		resource "entra_authentication_strength_policy" "s" {
			display_name         = "S"
			deletion_protection  = false
			allowed_combinations = ["windowsHelloForBusiness"]
		}`
	x.test(resource.TestStep{Config: plain}, resource.TestStep{Config: configured}, resource.TestStep{Config: plain}, resource.TestStep{Config: configured})
}
