# A second account for an administrator. Its first password is random and known to nobody.
resource "entra_user" "admin" {
  user_principal_name = "admin-ann@contoso.onmicrosoft.com"
  display_name        = "Ann (administrator)"
  mail_nickname       = "admin-ann"
  department          = "IT"
  usage_location      = "CH"
  employee_type       = "Administrator"
}
