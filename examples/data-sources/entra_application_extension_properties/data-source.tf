resource "entra_application" "directory" {
  display_name = "Directory extensions"
}

resource "entra_application_extension_property" "badge" {
  application_id = entra_application.directory.id
  name           = "badge"
  data_type      = "String"
  target_objects = ["User"]
}

# Every property that the application adds.
data "entra_application_extension_properties" "all" {
  application_id = entra_application.directory.id
  depends_on     = [entra_application_extension_property.badge]
}

output "extension_names" {
  value = [for p in data.entra_application_extension_properties.all.objects : p.extension_name]
}
