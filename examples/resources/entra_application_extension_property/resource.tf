resource "entra_application" "directory" {
  display_name = "Directory extensions"
}

# The number of a user's badge.
resource "entra_application_extension_property" "badge" {
  application_id = entra_application.directory.id
  name           = "badge"
  data_type      = "String"
  target_objects = ["User"]
}

# Everybody who has one.
resource "entra_group" "with_badge" {
  display_name                     = "With a badge"
  mail_nickname                    = "with-badge"
  group_types                      = ["DynamicMembership"]
  membership_rule                  = "user.${entra_application_extension_property.badge.extension_name} -ne null"
  membership_rule_processing_state = "On"
}
