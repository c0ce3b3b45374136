# The id of the context.
terraform import entra_authentication_context.step_up c1
