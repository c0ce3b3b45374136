# A role for those who look after app registrations.
resource "entra_directory_role_definition" "support" {
  display_name = "Application support"
  description  = "Changes names and links of app registrations"
  template_id  = "8b4dd4e0-52c8-4c0c-9a1d-0e2d7c3a9b22" # becomes the role's id, in every tenant

  role_permissions = [
    {
      allowed_resource_actions = [
        "microsoft.directory/applications/basic/update",
        "microsoft.directory/applications/standard/read",
      ]
    },
  ]
}
