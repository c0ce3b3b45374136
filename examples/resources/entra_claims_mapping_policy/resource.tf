resource "entra_application" "payroll" {
  display_name = "Payroll"
}

resource "entra_service_principal" "payroll" {
  app_id = entra_application.payroll.app_id
}

resource "entra_claims_mapping_policy" "employee_id" {
  display_name = "Employee id"
  applies_to   = [entra_service_principal.payroll.id]

  definition = jsonencode({
    ClaimsMappingPolicy = {
      Version              = 1
      IncludeBasicClaimSet = "true"
      ClaimsSchema = [
        { Source = "user", ID = "employeeid", JwtClaimType = "employee_id" },
      ]
    }
  })
}
