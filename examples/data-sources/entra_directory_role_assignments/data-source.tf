data "entra_directory_role_template" "global_administrator" {
  display_name = "Global Administrator"
}

# Who can do everything.
data "entra_directory_role_assignments" "global_administrators" {
  filter = "roleDefinitionId eq '${data.entra_directory_role_template.global_administrator.id}'"
}

output "global_administrators" {
  value = [for a in data.entra_directory_role_assignments.global_administrators.objects : a.principal_id]
}
