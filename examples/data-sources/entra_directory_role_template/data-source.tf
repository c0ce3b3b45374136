data "entra_directory_role_template" "global_administrator" {
  display_name = "Global Administrator"
}

output "global_administrator_template_id" {
  value = data.entra_directory_role_template.global_administrator.id
}
