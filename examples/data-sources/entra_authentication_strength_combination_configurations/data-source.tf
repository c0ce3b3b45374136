resource "entra_authentication_strength_policy" "passkeys" {
  display_name         = "Passkeys"
  allowed_combinations = ["fido2"]
}

data "entra_authentication_strength_combination_configurations" "passkeys" {
  authentication_strength_policy_id = entra_authentication_strength_policy.passkeys.id
}

output "restrictions" {
  value = [for c in data.entra_authentication_strength_combination_configurations.passkeys.objects : c.applies_to_combinations]
}
