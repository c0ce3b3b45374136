# All of them; most tenants have few.
data "entra_token_lifetime_policies" "all" {}

output "lifetimes_policies" {
  value = { for p in data.entra_token_lifetime_policies.all.objects : p.display_name => p.applies_to }
}
