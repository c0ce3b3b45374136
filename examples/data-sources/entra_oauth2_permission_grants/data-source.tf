data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

# Every delegated permission on Microsoft Graph that was consented to.
data "entra_oauth2_permission_grants" "graph" {
  filter = "resourceId eq '${data.entra_service_principal.graph.id}'"
}

output "consents" {
  value = [for g in data.entra_oauth2_permission_grants.graph.objects : "${g.client_id}: ${join(" ", g.scope)}"]
}
