# The groups that policies exclude, by the tenant's convention for names.
data "entra_groups" "exclusions" {
  display_name_prefix = "CA-Exclude-"
}

# Operators that need an advanced query, such as ne, get one.
data "entra_groups" "not_synchronized" {
  filter = "onPremisesSyncEnabled ne true"
}

output "exclusion_groups" {
  value = { for g in data.entra_groups.exclusions.objects : g.id => g.display_name }
}
