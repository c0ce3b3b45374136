# Found by its id, here that of a policy of the same configuration.
resource "entra_token_lifetime_policy" "two_hours" {
  display_name = "Two hours"
  definition   = jsonencode({ TokenLifetimePolicy = { Version = 1, AccessTokenLifetime = "02:00:00" } })
}

data "entra_token_lifetime_policy" "two_hours" {
  id = entra_token_lifetime_policy.two_hours.id
}

output "two_hours_applies_to" {
  value = data.entra_token_lifetime_policy.two_hours.applies_to
}
