resource "entra_group" "break_glass" {
  display_name          = "CA-BreakGlass"
  mail_nickname         = "ca-breakglass"
  is_assignable_to_role = true
}

resource "entra_named_location" "headquarters" {
  display_name = "Headquarters"

  ip = {
    ip_ranges  = ["203.0.113.0/24"]
    is_trusted = true
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Multifactor authentication for everyone, except from trusted networks.
resource "entra_conditional_access_policy" "require_mfa" {
  display_name = "CA100-Global-RequireMFA"
  state        = "enabledForReportingButNotEnforced"

  conditions = {
    client_app_types = ["all"]
    applications = {
      include_applications = ["All"]
    }
    users = {
      include_users  = ["All"]
      exclude_groups = [entra_group.break_glass.id]
    }
    locations = {
      include_locations = ["All"]
      exclude_locations = [entra_named_location.headquarters.id]
    }
  }

  grant_controls = {
    operator          = "OR"
    built_in_controls = ["mfa"]
  }
}

# A built-in authentication strength for the holders of a role.
data "entra_directory_role_template" "global_administrator" {
  display_name = "Global Administrator"
}

data "entra_authentication_strength_policy" "phishing_resistant" {
  display_name = "Phishing-resistant MFA"
}

resource "entra_conditional_access_policy" "admins_phishing_resistant" {
  display_name = "CA200-Admins-PhishingResistant"
  state        = "enabledForReportingButNotEnforced"

  conditions = {
    client_app_types = ["all"]
    applications = {
      include_applications = ["All"]
    }
    users = {
      include_roles  = [data.entra_directory_role_template.global_administrator.id]
      exclude_groups = [entra_group.break_glass.id]
    }
  }

  grant_controls = {
    operator                   = "OR"
    authentication_strength_id = data.entra_authentication_strength_policy.phishing_resistant.id
  }

  session_controls = {
    sign_in_frequency = {
      is_enabled          = true
      frequency_interval  = "timeBased"
      authentication_type = "primaryAndSecondaryAuthentication"
      type                = "hours"
      value               = 4
    }
  }
}
