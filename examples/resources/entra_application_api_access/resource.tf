# An application that asks to read users in Microsoft Graph. It leaves out
# required_resource_access, so that this and other resources can manage it.
resource "entra_application" "shop" {
  display_name = "Shop"
}

resource "entra_application_api_access" "shop" {
  application_id  = entra_application.shop.id
  resource_app_id = "00000003-0000-0000-c000-000000000000" # Microsoft Graph
  resource_access = [
    { id = "df021288-bdef-4463-88db-98f22de89214", type = "Role" }, # User.Read.All
  ]
}
