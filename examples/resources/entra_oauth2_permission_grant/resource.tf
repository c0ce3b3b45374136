data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

resource "entra_application" "shop" {
  display_name = "Shop"
}

resource "entra_service_principal" "shop" {
  app_id = entra_application.shop.app_id
}

# Admin consent: what the application may do in the name of every user.
resource "entra_oauth2_permission_grant" "shop_graph" {
  client_id    = entra_service_principal.shop.id
  resource_id  = data.entra_service_principal.graph.id
  consent_type = "AllPrincipals"
  scope        = ["openid", "profile", "User.Read"]
}
