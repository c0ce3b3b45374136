# The object id of the resource's service principal and the id of the assignment, with a slash between.
terraform import entra_app_role_assignment.reporting_reads_groups 1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11/0xySAtdFxkWpz9N7VYyPFwhDiCLaNKhKpRcSpyXQOwY
