resource "entra_group" "project" {
  display_name     = "Project"
  mail_nickname    = "project"
  mail_enabled     = true
  security_enabled = false
  group_types      = ["Unified"]
}

data "entra_group_settings" "project" {
  group_id = entra_group.project.id
}

output "settings_of_the_group" {
  value = [for s in data.entra_group_settings.project.objects : s.display_name]
}
