import {
  to = entra_directory_role_assignment.helpdesk
  id = "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtJGkeWDZ2ESg8o-1"
}
