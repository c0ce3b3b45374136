# A group that resets passwords, in one administrative unit.
resource "entra_group" "helpdesk" {
  display_name          = "Helpdesk Switzerland"
  mail_nickname         = "helpdesk-ch"
  is_assignable_to_role = true
}

resource "entra_administrative_unit" "switzerland" {
  display_name = "Staff in Switzerland"
}

data "entra_directory_role_template" "helpdesk" {
  display_name = "Helpdesk Administrator"
}

resource "entra_directory_role_assignment" "helpdesk" {
  role_definition_id = data.entra_directory_role_template.helpdesk.id
  principal_id       = entra_group.helpdesk.id
  directory_scope_id = "/administrativeUnits/${entra_administrative_unit.switzerland.id}"
}
