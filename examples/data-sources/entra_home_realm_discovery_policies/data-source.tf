# All of them; most tenants have few.
data "entra_home_realm_discovery_policies" "all" {}

output "discovery_policies" {
  value = { for p in data.entra_home_realm_discovery_policies.all.objects : p.display_name => p.applies_to }
}
