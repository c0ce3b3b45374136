# The object id of the authentication strength.
terraform import entra_authentication_strength_policy.passkeys 6e301588-db43-4d12-a79b-b2b2cc6cfad5
