# An API and its client that refer to each other. Neither lists the other in its
# own attributes: between those this would be a cycle, which Terraform does not allow.
resource "entra_application" "orders_api" {
  display_name    = "Orders API"
  identifier_uris = ["api://{app_id}"]

  api = {
    oauth2_permission_scopes = {
      "6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a02" = {
        type                       = "User"
        value                      = "Orders.Read"
        admin_consent_display_name = "Read orders"
        admin_consent_description  = "Reads the orders of the signed-in user."
      }
    }
  }
}

resource "entra_application" "shop" {
  display_name = "Shop"
}

# The shop asks for the permission,
resource "entra_application_api_access" "orders" {
  application_id  = entra_application.shop.id
  resource_app_id = entra_application.orders_api.app_id
  resource_access = [
    { id = "6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a02", type = "Scope" },
  ]
}

# and needs no consent for it.
resource "entra_application_pre_authorized" "shop" {
  application_id           = entra_application.orders_api.id
  app_id                   = entra_application.shop.app_id
  delegated_permission_ids = ["6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a02"]
}
