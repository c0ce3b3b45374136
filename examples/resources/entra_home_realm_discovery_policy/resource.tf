resource "entra_application" "intranet" {
  display_name = "Intranet"
}

resource "entra_service_principal" "intranet" {
  app_id = entra_application.intranet.app_id
}

resource "entra_home_realm_discovery_policy" "straight_to_federation" {
  display_name = "Straight to federation"
  applies_to   = [entra_service_principal.intranet.id]

  definition = jsonencode({
    HomeRealmDiscoveryPolicy = {
      AccelerateToFederatedDomain = true
      PreferredDomain             = "example.com"
    }
  })
}
