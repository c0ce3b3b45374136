data "entra_directory_roles" "activated" {}

output "activated_roles" {
  value = { for r in data.entra_directory_roles.activated.objects : r.role_template_id => r.display_name }
}
