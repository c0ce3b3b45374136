data "entra_directory_role_definition" "user_administrator" {
  display_name = "User Administrator"
}

output "user_administrator_id" {
  value = data.entra_directory_role_definition.user_administrator.id
}
