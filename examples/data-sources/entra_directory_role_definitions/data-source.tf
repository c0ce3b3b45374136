# The tenant's own roles.
data "entra_directory_role_definitions" "custom" {
  filter = "isBuiltIn eq false"
}

output "custom_roles" {
  value = { for r in data.entra_directory_role_definitions.custom.objects : r.id => r.display_name }
}
