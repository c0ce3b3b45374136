data "entra_users" "break_glass" {
  user_principal_name_prefix = "breakglass"
}

data "entra_users" "guests" {
  filter = "userType eq 'Guest'"
}

output "break_glass_ids" {
  value = data.entra_users.break_glass.ids
}
