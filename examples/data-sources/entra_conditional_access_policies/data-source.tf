# All of them come in one request, so that sorting them out in the code costs nothing.
data "entra_conditional_access_policies" "all" {}

output "report_only_policies" {
  value = [for p in data.entra_conditional_access_policies.all.objects : p.display_name if p.state == "enabledForReportingButNotEnforced"]
}
