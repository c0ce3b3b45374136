# A group that has access to an application.
resource "entra_group" "readers" {
  display_name  = "Directory readers"
  mail_nickname = "directory-readers"
}

data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

resource "entra_app_role_assignment" "readers" {
  resource_id  = data.entra_service_principal.graph.id
  principal_id = entra_group.readers.id
  app_role_id  = "00000000-0000-0000-0000-000000000000" # access without a role
}
