# The object id of the unit and the id of the scoped role member, with a slash between.
terraform import entra_administrative_unit_role_member.helpdesk 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11/lAPpYvVpN0KRkAEhdxReEMmO4KwRqtJGkeWDZ2ESg8o-2
