# A security group to which directory roles can be assigned. Only a role-assignable
# group is safe from administrators of ordinary groups.
resource "entra_group" "break_glass" {
  display_name          = "CA-BreakGlass"
  description           = "Emergency accounts, excluded from every Conditional Access policy"
  mail_nickname         = "ca-breakglass"
  is_assignable_to_role = true
}

# A group with members. Left out, members would not be managed.
resource "entra_group" "engineering" {
  display_name  = "Engineering"
  mail_nickname = "engineering"
  members       = [entra_group.platform.id]
}

resource "entra_group" "platform" {
  display_name  = "Engineering: Platform"
  mail_nickname = "engineering-platform"
}

# A group whose members follow a rule.
resource "entra_group" "contractors" {
  display_name                     = "Contractors"
  mail_nickname                    = "contractors"
  group_types                      = ["DynamicMembership"]
  membership_rule                  = "user.employeeType -eq \"Contractor\""
  membership_rule_processing_state = "On"
}

# A Microsoft 365 group.
resource "entra_group" "all_hands" {
  display_name     = "All hands"
  mail_nickname    = "all-hands"
  group_types      = ["Unified"]
  mail_enabled     = true
  security_enabled = false
  visibility       = "Private"
}

# HR fills this group; the code says only who is in it when it is made anew.
resource "entra_group" "sales" {
  display_name  = "Sales"
  mail_nickname = "sales"
  members       = [entra_group.platform.id]
  members_mode  = "on_create"
}
