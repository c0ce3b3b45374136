# A pipeline that signs in as the application, without a secret.
resource "entra_application" "deploy" {
  display_name = "Deployment"
}

resource "entra_application_federated_identity_credential" "main" {
  application_id = entra_application.deploy.id
  name           = "main-branch"
  issuer         = "https://token.actions.githubusercontent.com"
  subject        = "repo:contoso/platform:ref:refs/heads/main"
  audiences      = ["api://AzureADTokenExchange"]
}
