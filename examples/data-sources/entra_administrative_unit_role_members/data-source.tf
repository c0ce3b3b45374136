resource "entra_administrative_unit" "staff" {
  display_name = "Staff"
}

data "entra_administrative_unit_role_members" "staff" {
  administrative_unit_id = entra_administrative_unit.staff.id
}

output "administrators_of_staff" {
  value = [for m in data.entra_administrative_unit_role_members.staff.objects : m.member_id]
}
