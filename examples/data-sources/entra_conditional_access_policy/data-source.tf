resource "entra_conditional_access_policy" "block_legacy" {
  display_name = "CA001-Global-BlockLegacyAuthentication"
  state        = "disabled"

  conditions = {
    client_app_types = ["exchangeActiveSync", "other"]
    applications = {
      include_applications = ["All"]
    }
    users = {
      include_users = ["All"]
    }
  }

  grant_controls = {
    operator          = "OR"
    built_in_controls = ["block"]
  }
}

# More often the policy belongs to another configuration.
data "entra_conditional_access_policy" "block_legacy" {
  id = entra_conditional_access_policy.block_legacy.id
}

output "block_legacy_state" {
  value = data.entra_conditional_access_policy.block_legacy.state
}
