data "entra_user" "break_glass" {
  user_principal_name = "breakglass1@contoso.com"
}

output "break_glass_id" {
  value = data.entra_user.break_glass.id
}
