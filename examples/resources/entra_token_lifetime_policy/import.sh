# The object id of the policy.
terraform import entra_token_lifetime_policy.two_hours 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11
