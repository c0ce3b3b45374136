# What applications ask for before something sensitive, and a policy that says
# what it takes.
resource "entra_authentication_context" "step_up" {
  id           = "c1"
  display_name = "Step up"
  description  = "Phishing-resistant methods for payments"
}

resource "entra_conditional_access_policy" "step_up" {
  display_name = "Step up"
  state        = "enabledForReportingButNotEnforced"

  conditions = {
    client_app_types = ["all"]
    applications = {
      include_authentication_context_class_references = [entra_authentication_context.step_up.id]
    }
    users = {
      include_users = ["All"]
    }
  }

  grant_controls = {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }
}
