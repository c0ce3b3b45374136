# By client id, which for Microsoft's own applications is the same in every tenant.
data "entra_service_principal" "microsoft_graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}

output "microsoft_graph_object_id" {
  value = data.entra_service_principal.microsoft_graph.id
}
