# What the admin center lists as enterprise applications.
data "entra_service_principals" "enterprise_applications" {
  filter = "tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp')"
}

output "enterprise_applications" {
  value = data.entra_service_principals.enterprise_applications.display_names
}
