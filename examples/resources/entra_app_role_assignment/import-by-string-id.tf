import {
  to = entra_app_role_assignment.reporting_reads_groups
  id = "1f0c3a52-6d0b-4a37-9b0e-3c8f6f5f1a11/0xySAtdFxkWpz9N7VYyPFwhDiCLaNKhKpRcSpyXQOwY"
}
