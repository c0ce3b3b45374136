resource "entra_terms_of_use" "guests" {
  display_name = "Terms for guests"

  files = [
    {
      file_name  = "terms.pdf"
      language   = "en"
      is_default = true
      source     = "${path.module}/terms.pdf"
    },
  ]
}

# More often they belong to another configuration.
data "entra_terms_of_use" "guests" {
  id = entra_terms_of_use.guests.id
}

output "terms_must_be_opened" {
  value = data.entra_terms_of_use.guests.is_viewing_before_acceptance_required
}
