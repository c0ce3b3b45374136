data "entra_authentication_contexts" "all" {}

output "published_contexts" {
  value = { for c in data.entra_authentication_contexts.all.objects : c.id => c.display_name if c.is_available }
}
