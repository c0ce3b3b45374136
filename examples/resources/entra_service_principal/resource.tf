# The enterprise application of an app registration of your own.
resource "entra_application" "shop" {
  display_name = "Shop"

  web = {
    home_page_url = "https://shop.example.com"
  }
}

resource "entra_service_principal" "shop" {
  app_id                       = entra_application.shop.app_id
  app_role_assignment_required = true
  tags                         = ["WindowsAzureActiveDirectoryIntegratedApp"]
}

# One that is in every tenant, by its client id: it is taken over, and only forgotten
# when it leaves the code.
resource "entra_service_principal" "graph_command_line_tools" {
  app_id                       = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
  app_role_assignment_required = true
  notes                        = "For administrators only."
}
