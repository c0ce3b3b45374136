# An API with an app role and a delegated permission. The keys of the two maps are
# GUIDs of your choice; they stay the same when the application is created anew.
resource "entra_application" "orders_api" {
  display_name    = "Orders API"
  identifier_uris = ["api://{app_id}"]

  app_roles = {
    "6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a01" = {
      allowed_member_types = ["Application"]
      display_name         = "Read every order"
      description          = "Reads the orders of all customers."
      value                = "Orders.Read.All"
    }
  }

  api = {
    requested_access_token_version = 2

    oauth2_permission_scopes = {
      "6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a02" = {
        type                       = "User"
        value                      = "Orders.Read"
        admin_consent_display_name = "Read orders"
        admin_consent_description  = "Reads the orders of the signed-in user."
        user_consent_display_name  = "Read your orders"
        user_consent_description   = "Reads your orders."
      }
    }
  }
}

# A web site that calls the API: it is referred to by its client id.
resource "entra_application" "shop" {
  display_name = "Shop"

  web = {
    home_page_url = "https://shop.example.com"
    redirect_uris = ["https://shop.example.com/signin-oidc"]
  }

  required_resource_access = [
    {
      resource_app_id = entra_application.orders_api.app_id
      resource_access = [
        { id = "6f1c8f0e-3b8f-4a43-8f0a-1f5b6c6b0a02", type = "Scope" },
      ]
    },
  ]
}
