# Only two models of security key.
resource "entra_authentication_strength_policy" "keys" {
  display_name         = "Security keys"
  allowed_combinations = ["fido2"]
}

resource "entra_authentication_strength_combination_configuration" "keys" {
  authentication_strength_policy_id = entra_authentication_strength_policy.keys.id
  applies_to_combinations           = ["fido2"]

  fido2 = {
    allowed_aaguids = [
      "de1e552d-db1d-4423-a619-566b625cdc84",
      "90a3ccdf-635c-4729-a248-9b709135078f",
    ]
  }
}
