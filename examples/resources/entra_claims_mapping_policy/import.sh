# The object id of the policy.
terraform import entra_claims_mapping_policy.employee_id 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11
