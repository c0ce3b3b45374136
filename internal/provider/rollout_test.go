package provider_test

import (
	"fmt"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// A policy that What If says would lock out an account for emergencies is not enforced, and
// nothing of it is tainted: once its exclusion is repaired the next apply enforces it, in
// place where it was there, and else by making it, with no replacement.
func TestAccRolloutRefused(t *testing.T) {
	x := newTenant(t, emulator.WithUnjudgedPolicies())
	var accounts []any
	for _, name := range []string{"bg1", "bg2"} {
		accounts = append(accounts, x.call("POST", "/v1.0/users", map[string]any{"accountEnabled": true, "displayName": name, "mailNickname": name,
			"userPrincipalName": name + "@contoso.onmicrosoft.com", "passwordProfile": map[string]any{"password": "Pa55-w0rd-Pa55"}})["id"])
	}
	config := func(state string, members ...any) string {
		return fmt.Sprintf(`provider "entra" {
  graph_endpoint = %q
  break_glass    = [%q, %q]
}

resource "entra_group" "exempt" {
  display_name  = "Exempt"
  mail_nickname = "exempt"
  members       = [%s]
}

resource "entra_conditional_access_policy" "block" {
  display_name = "Block"
  state        = %q
  conditions = {
    client_app_types = ["all"]
    applications     = { include_applications = ["All"] }
    users            = { include_users = ["All"], exclude_groups = [entra_group.exempt.id] }
  }
  grant_controls = { operator = "OR", built_in_controls = ["block"] }
}
`, x.url, accounts[0], accounts[1], quoted(members), state)
	}
	const address = "entra_conditional_access_policy.block"
	does := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}}
	}
	refused := pattern("it was written with state = \"enabledForReportingButNotEnforced\", and so keeps nobody out, because Microsoft Graph says")
	enabled := func() resource.TestCheckFunc {
		return resource.TestCheckResourceAttr(address, "state", "enabled")
	}
	var id string
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), CheckDestroy: x.gone, Steps: []resource.TestStep{
		{Config: config("enabled", accounts[0]), ExpectError: refused},
		{Config: config("enabled", accounts...), ConfigPlanChecks: does(plancheck.ResourceActionCreate), Check: resource.ComposeTestCheckFunc(keep(address, &id), enabled())},
		{Config: config("disabled", accounts[0])},
		{Config: config("enabled", accounts[1]), ExpectError: refused},
		{Config: config("enabled", accounts...), ConfigPlanChecks: does(plancheck.ResourceActionUpdate), Check: resource.ComposeTestCheckFunc(same(address, &id), enabled())},
	}})
}

// quoted is a list of texts as HCL.
func quoted(list []any) string {
	s := ""
	for _, v := range list {
		s += fmt.Sprintf("%q, ", v)
	}
	return s
}
