data "entra_authentication_strength_policies" "custom" {
  filter = "policyType eq 'custom'"
}

output "custom_strengths" {
  value = data.entra_authentication_strength_policies.custom.display_names
}
