data "entra_directory_role" "global_administrator" {
  role_template_id = "62e90394-69f5-4237-9190-012177145e10"
}

output "global_administrator_role_id" {
  value = data.entra_directory_role.global_administrator.id
}
