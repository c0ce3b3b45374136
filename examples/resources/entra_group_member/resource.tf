# Two groups that are members of each other: between attributes this would be a
# cycle, which Terraform does not allow. Neither group lists its members.
resource "entra_group" "red" {
  display_name  = "Red team"
  mail_nickname = "red-team"
}

resource "entra_group" "blue" {
  display_name  = "Blue team"
  mail_nickname = "blue-team"
}

resource "entra_group_member" "red_in_blue" {
  group_id  = entra_group.blue.id
  member_id = entra_group.red.id
}

resource "entra_group_member" "blue_in_red" {
  group_id  = entra_group.red.id
  member_id = entra_group.blue.id
}
