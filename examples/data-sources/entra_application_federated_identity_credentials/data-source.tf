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

# Who else may sign in as the application?
data "entra_application_federated_identity_credentials" "deploy" {
  application_id = entra_application.deploy.id
  depends_on     = [entra_application_federated_identity_credential.main]
}

output "trusted_subjects" {
  value = [for c in data.entra_application_federated_identity_credentials.deploy.objects : c.subject]
}
