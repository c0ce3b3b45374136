# The id of the assignment, as Microsoft Graph spells it.
terraform import entra_directory_role_assignment.helpdesk lAPpYvVpN0KRkAEhdxReEMmO4KwRqtJGkeWDZ2ESg8o-1
