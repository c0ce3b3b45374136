# The object id of the application and the key id of the secret, with a slash between. The secret itself cannot be had again.
terraform import entra_application_password.deploy 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11/8b4dd4e0-52c8-4c0c-9a1d-0e2d7c3a9b22
