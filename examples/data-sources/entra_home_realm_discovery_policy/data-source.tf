# Found by its id, here that of a policy of the same configuration.
resource "entra_home_realm_discovery_policy" "straight_to_federation" {
  display_name = "Straight to federation"
  definition   = jsonencode({ HomeRealmDiscoveryPolicy = { AccelerateToFederatedDomain = true } })
}

data "entra_home_realm_discovery_policy" "straight_to_federation" {
  id = entra_home_realm_discovery_policy.straight_to_federation.id
}

output "straight_to_federation_applies_to" {
  value = data.entra_home_realm_discovery_policy.straight_to_federation.applies_to
}
