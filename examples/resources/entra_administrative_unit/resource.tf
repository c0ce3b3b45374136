resource "entra_group" "emea_staff" {
  display_name  = "EMEA staff"
  mail_nickname = "emea-staff"
}

resource "entra_administrative_unit" "emea" {
  display_name = "EMEA"
  description  = "Administered by the regional help desk"
  members      = [entra_group.emea_staff.id]
}

# Only administrators with a role scoped to this unit may change its members.
resource "entra_administrative_unit" "executives" {
  display_name                    = "Executives"
  is_member_management_restricted = true
  visibility                      = "HiddenMembership"
}
