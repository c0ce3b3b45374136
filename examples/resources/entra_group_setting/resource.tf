# A Microsoft 365 group to which nobody can add guests.
resource "entra_group" "project" {
  display_name     = "Project"
  mail_nickname    = "project"
  mail_enabled     = true
  security_enabled = false
  group_types      = ["Unified"]
}

resource "entra_group_setting" "project" {
  group_id    = entra_group.project.id
  template_id = "08d542b9-071f-4e16-94b0-74abb372e3d9" # Group.Unified.Guest, in every tenant

  values = [
    { name = "AllowToAddGuests", value = "false" },
  ]
}
