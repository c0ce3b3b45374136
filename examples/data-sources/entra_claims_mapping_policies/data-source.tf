# All of them; most tenants have few.
data "entra_claims_mapping_policies" "all" {}

output "claims_policies" {
  value = { for p in data.entra_claims_mapping_policies.all.objects : p.display_name => p.applies_to }
}
