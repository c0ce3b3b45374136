data "entra_applications" "multi_tenant" {
  filter = "signInAudience eq 'AzureADMultipleOrgs'"
}

output "multi_tenant_client_ids" {
  value = [for a in data.entra_applications.multi_tenant.objects : a.app_id]
}
