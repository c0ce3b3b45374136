data "entra_authentication_strength_policy" "phishing_resistant" {
  display_name = "Phishing-resistant MFA"
}

output "phishing_resistant_combinations" {
  value = data.entra_authentication_strength_policy.phishing_resistant.allowed_combinations
}
