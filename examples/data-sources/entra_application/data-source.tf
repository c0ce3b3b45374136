resource "entra_application" "orders_api" {
  display_name = "Orders API"
}

# More often the application belongs to another configuration.
data "entra_application" "orders_api" {
  app_id = entra_application.orders_api.app_id
}

output "orders_api_object_id" {
  value = data.entra_application.orders_api.id
}
