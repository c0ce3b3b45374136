data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

# An application that reads the members of groups, with admin consent: the permission
# that the app registration asks for, and its assignment on Microsoft Graph.
resource "entra_application" "reporting" {
  display_name = "Reporting"

  required_resource_access = [
    {
      resource_app_id = data.entra_service_principal.graph.app_id
      resource_access = [
        { id = "98830695-27a2-44f7-8c18-0c3ebc9698f6", type = "Role" }, # GroupMember.Read.All
      ]
    },
  ]
}

resource "entra_service_principal" "reporting" {
  app_id = entra_application.reporting.app_id
}

resource "entra_app_role_assignment" "reporting_reads_groups" {
  resource_id  = data.entra_service_principal.graph.id
  principal_id = entra_service_principal.reporting.id
  app_role_id  = "98830695-27a2-44f7-8c18-0c3ebc9698f6" # GroupMember.Read.All
}

# A group that has access to the application.
resource "entra_group" "analysts" {
  display_name  = "Analysts"
  mail_nickname = "analysts"
}

resource "entra_app_role_assignment" "analysts" {
  resource_id  = entra_service_principal.reporting.id
  principal_id = entra_group.analysts.id
  app_role_id  = "00000000-0000-0000-0000-000000000000" # access without a role
}
