resource "entra_group" "contractors" {
  display_name  = "Contractors"
  mail_nickname = "contractors"
}

# More often the group belongs to another configuration.
data "entra_group" "contractors" {
  display_name = entra_group.contractors.display_name
  depends_on   = [entra_group.contractors]
}

output "contractors_id" {
  value = data.entra_group.contractors.id
}
