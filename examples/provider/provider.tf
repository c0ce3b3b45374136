terraform {
  required_version = ">= 1.8"

  required_providers {
    entra = {
      source = "entrarecovery/entra"
    }
  }
}

# Credentials come from the environment: ARM_CLIENT_ID with ARM_CLIENT_SECRET,
# with a certificate, or with a federated token. The tenant belongs in the code:
# credentials of another tenant are then refused.
provider "entra" {
  tenant_id = "72f988bf-0000-4000-8000-2d7cd011db47"
}
