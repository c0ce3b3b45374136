resource "entra_application" "kiosk" {
  display_name = "Kiosk"
}

resource "entra_token_lifetime_policy" "two_hours" {
  display_name = "Two hours"
  applies_to   = [entra_application.kiosk.id]

  definition = jsonencode({
    TokenLifetimePolicy = {
      Version             = 1
      AccessTokenLifetime = "02:00:00"
    }
  })
}
