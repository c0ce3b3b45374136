data "entra_terms_of_use_agreements" "all" {}

output "terms_of_use" {
  value = { for t in data.entra_terms_of_use_agreements.all.objects : t.id => t.display_name }
}
