# The id of the role, which is its template id.
terraform import entra_directory_role_definition.support 8b4dd4e0-52c8-4c0c-9a1d-0e2d7c3a9b22
