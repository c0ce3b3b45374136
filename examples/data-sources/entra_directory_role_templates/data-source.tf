data "entra_directory_role_templates" "all" {}

output "administrator_roles" {
  value = [for r in data.entra_directory_role_templates.all.objects : r.id if endswith(r.display_name, "Administrator")]
}
