# The same as an entra_directory_role_assignment with the unit as its scope, in the older form.
resource "entra_group" "helpdesk" {
  display_name          = "Helpdesk Ticino"
  mail_nickname         = "helpdesk-ti"
  is_assignable_to_role = true
}

resource "entra_administrative_unit" "ticino" {
  display_name = "Staff in Ticino"
}

data "entra_directory_role" "administrator" {
  display_name = "Global Administrator" # or any other that is activated in the tenant
}

resource "entra_administrative_unit_role_member" "helpdesk" {
  administrative_unit_id = entra_administrative_unit.ticino.id
  role_id                = data.entra_directory_role.administrator.id
  member_id              = entra_group.helpdesk.id
}
