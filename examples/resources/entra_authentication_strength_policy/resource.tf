resource "entra_authentication_strength_policy" "passkeys" {
  display_name         = "Passkeys"
  description          = "For administrators"
  allowed_combinations = ["fido2", "windowsHelloForBusiness"]
}
