# Found by its id, here that of a policy of the same configuration.
resource "entra_claims_mapping_policy" "employee_id" {
  display_name = "Employee id"
  definition   = jsonencode({ ClaimsMappingPolicy = { Version = 1 } })
}

data "entra_claims_mapping_policy" "employee_id" {
  id = entra_claims_mapping_policy.employee_id.id
}

output "employee_id_applies_to" {
  value = data.entra_claims_mapping_policy.employee_id.applies_to
}
