package provider_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// told checks in the plan's JSON, where warnings are not, who deleted or changed what:
// by address, the attribute and nothing planned for it.
type told map[string]string

func (want told) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	got := map[string]string{}
	for _, c := range req.Plan.ResourceChanges {
		before, _ := c.Change.Before.(map[string]any)
		after, _ := c.Change.After.(map[string]any)
		for _, name := range []string{"deleted_by", "last_changed_by"} {
			if s, _ := before[name].(string); s != "" {
				who, record, _ := strings.Cut(s, " at ")
				got[c.Address] = name + ": " + who
				if !strings.Contains(record, "(audit ") {
					resp.Error = fmt.Errorf("%s of %s names no record: %q", name, c.Address, s)
					return
				}
			}
			if after[name] != nil {
				resp.Error = fmt.Errorf("%s of %s is to be %v after the apply", name, c.Address, after[name])
				return
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(map[string]string(want)) {
		resp.Error = fmt.Errorf("the plan's JSON has %v instead of %v", got, want)
	}
}

// Whoever reads a plan as JSON finds who deleted and who changed what; after the apply
// nothing of that is left, and the plan is empty.
func TestAccAttributedInJSON(t *testing.T) {
	x := newTenant(t)
	var l lives
	x.test(
		resource.TestStep{Config: referring, Check: l.each(keep)},
		resource.TestStep{
			PreConfig: func() {
				x.call("PATCH", "/v1.0/identity/conditionalAccess/policies/"+l.policy, map[string]any{"state": "disabled"})
				x.call("DELETE", "/v1.0/groups/"+l.inner, nil)
				x.call("DELETE", "/v1.0/groups/"+l.excluded, nil)
				x.call("DELETE", "/v1.0/directory/deletedItems/"+l.excluded, nil)
			},
			Config: referring,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{told{thePol: "last_changed_by: Emulator static token",
					inner: "deleted_by: Emulator static token", excluded: "deleted_by: Emulator static token"}},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan(), told{}},
			},
			Check: l.each(keep),
		},
	)
}

// The same of what is no object to the audit log: a role that somebody lost, a membership and
// a federated credential.
func TestAccRemovedInJSON(t *testing.T) {
	const config = `
resource "entra_group" "admins" {
  display_name          = "Admins"
  mail_nickname         = "admins"
  is_assignable_to_role = true
  visibility            = "Private"
  deletion_protection   = false
}
resource "entra_group" "team" {
  display_name  = "Team"
  mail_nickname = "team"
}
resource "entra_group_member" "e" {
  group_id  = entra_group.team.id
  member_id = entra_group.inner.id
}
resource "entra_group" "inner" {
  display_name  = "Inner"
  mail_nickname = "inner"
}
resource "entra_directory_role_assignment" "reader" {
  role_definition_id = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
  principal_id       = entra_group.admins.id
}
resource "entra_application" "a" {
  display_name = "A"
}
resource "entra_application_federated_identity_credential" "c" {
  application_id      = entra_application.a.id
  name                = "pipeline"
  issuer              = "https://issuer.example.org"
  subject             = "s"
  audiences           = ["api://AzureADTokenExchange"]
  deletion_protection = false
}`
	x := newTenant(t)
	var inner, team, role, app, credential string
	const by = "deleted_by: Emulator static token"
	x.test(
		resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(keep("entra_group.inner", &inner), keep("entra_group.team", &team),
			keep("entra_directory_role_assignment.reader", &role), keep("entra_application.a", &app), keep("entra_application_federated_identity_credential.c", &credential))},
		resource.TestStep{
			PreConfig: func() {
				x.call("DELETE", "/v1.0/groups/"+team+"/members/"+inner+"/$ref", nil)
				x.call("DELETE", "/v1.0/roleManagement/directory/roleAssignments/"+role, nil)
				x.call("DELETE", "/v1.0/applications/"+app+"/federatedIdentityCredentials/"+credential, nil)
			},
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply:             []plancheck.PlanCheck{told{"entra_group_member.e": by, "entra_directory_role_assignment.reader": by, "entra_application_federated_identity_credential.c": by}},
				PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan(), told{}},
			},
		},
	)
}
