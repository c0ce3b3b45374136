resource "entra_application" "deploy" {
  display_name = "Deployment"
}

# Microsoft Graph makes the secret. It stands in the state encrypted, and whoever
# holds the private key of the recipient can read it:
#
#   terraform output -raw deploy_secret | age --decrypt --identity key.txt
resource "entra_application_password" "deploy" {
  application_id      = entra_application.deploy.id
  display_name        = "pipeline"
  end_date_time       = "2099-01-01T00:00:00Z"
  store               = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
  rotate_when_changed = "2026-01"
}

output "deploy_secret" {
  value = entra_application_password.deploy.secret_encrypted
}
