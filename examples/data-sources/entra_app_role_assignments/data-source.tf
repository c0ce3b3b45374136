data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

# Every application permission on Microsoft Graph that was consented to.
data "entra_app_role_assignments" "graph" {
  resource_id = data.entra_service_principal.graph.id
}

output "permissions" {
  value = [for a in data.entra_app_role_assignments.graph.objects : "${a.principal_id} has ${a.app_role_id}"]
}
