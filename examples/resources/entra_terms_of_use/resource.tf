# The document lies beside the code: Microsoft Graph takes it once and never returns it.
resource "entra_terms_of_use" "guests" {
  display_name                          = "Terms for guests"
  is_viewing_before_acceptance_required = true
  user_reaccept_required_frequency      = "P90D"

  files = [
    {
      file_name  = "terms.pdf"
      language   = "en"
      is_default = true
      source     = "${path.module}/terms.pdf"
    },
  ]
}

resource "entra_conditional_access_policy" "guests" {
  display_name = "Guests accept the terms"
  state        = "disabled"

  conditions = {
    applications = {
      include_applications = ["All"]
    }
    users = {
      include_guests_or_external_users = {
        guest_or_external_user_types = ["b2bCollaborationGuest"]
      }
    }
  }

  grant_controls = {
    operator     = "OR"
    terms_of_use = [entra_terms_of_use.guests.id]
  }
}
