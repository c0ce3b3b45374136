package provider_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// consented is an application with all that is granted to its service principal and by
// it: permissions on Microsoft Graph, access of a group, a policy about its tokens, and
// a Conditional Access policy about it as a workload.
const consented = `
data "entra_service_principal" "graph" {
  app_id = "00000003-0000-0000-c000-000000000000"
}
resource "entra_application" "app" {
  display_name   = "Consented"
  on_hard_delete = "recreate"
  tags         = ["from-the-application"]
}
resource "entra_service_principal" "sp" {
  app_id = entra_application.app.app_id
  notes  = "n"
}
resource "entra_app_role_assignment" "permission" {
  resource_id  = data.entra_service_principal.graph.id
  principal_id = entra_service_principal.sp.id
  app_role_id  = "98830695-27a2-44f7-8c18-0c3ebc9698f6" # GroupMember.Read.All
}
resource "entra_oauth2_permission_grant" "consent" {
  client_id    = entra_service_principal.sp.id
  resource_id  = data.entra_service_principal.graph.id
  consent_type = "AllPrincipals"
  scope        = ["openid", "User.Read"]
}
resource "entra_group" "users" {
  display_name  = "Users"
  mail_nickname = "users"
}
resource "entra_app_role_assignment" "access" {
  resource_id  = entra_service_principal.sp.id
  principal_id = entra_group.users.id
  app_role_id  = "00000000-0000-0000-0000-000000000000"
}
resource "entra_claims_mapping_policy" "claims" {
  display_name        = "Claims"
  deletion_protection = false
  definition   = jsonencode({ ClaimsMappingPolicy = { Version = 1 } })
  applies_to   = [entra_service_principal.sp.id]
}
resource "entra_conditional_access_policy" "workload" {
  display_name = "Workload"
  state        = "disabled"
  conditions = {
    applications        = { include_applications = ["All"] }
    client_applications = { include_service_principals = [entra_service_principal.sp.id] }
  }
  grant_controls = { operator = "OR", built_in_controls = ["block"] }
}`

const (
	theApp = "entra_application.app"
	theSP  = "entra_service_principal.sp"
)

// granted checks over HTTP that the service principal has all that consented says.
func (x *tenant) granted(sp *string) resource.TestCheckFunc {
	return func(s *terraform.State) error {
		at := "/v1.0/servicePrincipals/" + *sp
		for path, want := range map[string]string{
			at + "/appRoleAssignments":     "98830695-27a2-44f7-8c18-0c3ebc9698f6",
			at + "/oauth2PermissionGrants": "User.Read openid",
			at + "/appRoleAssignedTo":      "Users",
			at + "/claimsMappingPolicies":  "Claims",
			"/beta/identity/conditionalAccess/policies/" + s.RootModule().Resources["entra_conditional_access_policy.workload"].Primary.ID: *sp,
		} {
			answer := x.call("GET", path, nil)
			if list, is := answer["value"].([]any); is && len(list) != 1 {
				return fmt.Errorf("%s has %d", path, len(list))
			}
			if !strings.Contains(fmt.Sprint(answer), want) {
				return fmt.Errorf("%s lacks %s: %v", path, want, answer)
			}
		}
		if tags, _ := x.call("GET", at, nil)["tags"].([]any); len(tags) > 0 {
			return errors.New("SP4: it has its application's tags")
		}
		return nil
	}
}

// SP3, SP5: what the service principal of a binned application had comes back in one
// apply with the same ids, its policy included, which Graph leaves out. That of a purged
// application is another, and in one apply gets all that the old one had.
func TestAccServicePrincipalComesBack(t *testing.T) {
	x := newTenant(t, emulator.WithoutReferencesFromBin())
	var app, sp string
	x.test(
		resource.TestStep{Config: consented, Check: resource.ComposeTestCheckFunc(keep(theApp, &app), keep(theSP, &sp), x.granted(&sp))},
		resource.TestStep{
			PreConfig: func() { x.call("DELETE", "/v1.0/applications/"+app, nil) },
			Config:    consented, Check: resource.ComposeTestCheckFunc(same(theApp, &app), same(theSP, &sp), x.granted(&sp)),
		},
		resource.TestStep{
			PreConfig: func() { x.call("DELETE", "/v1.0/servicePrincipals/"+sp, nil) },
			Config:    consented, Check: resource.ComposeTestCheckFunc(same(theApp, &app), same(theSP, &sp), x.granted(&sp)),
		},
		resource.TestStep{
			PreConfig: func() {
				x.call("DELETE", "/v1.0/servicePrincipals/"+sp, nil)
				x.call("DELETE", "/v1.0/directory/deletedItems/"+sp, nil)
			},
			Config: consented, Check: resource.ComposeTestCheckFunc(same(theApp, &app), another(theSP, &sp), x.granted(&sp)),
		},
		resource.TestStep{
			PreConfig: func() { x.purge("entra_application", app) },
			Config:    consented, Check: resource.ComposeTestCheckFunc(another(theApp, &app), another(theSP, &sp), x.granted(&sp)),
		},
	)
}

// SP1: replicas that have not heard of the application, or of its service principal,
// refuse with errors that read as if they never would; one apply waits for them.
func TestAccServicePrincipalUnderLag(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { underLag(t, seed) })
	}
}

func underLag(t *testing.T, seed uint64) {
	x := newTenant(t, emulator.WithLag(2*time.Second), emulator.WithSpeed(4), emulator.WithSeed(seed), emulator.WithoutReferencesFromBin())
	var sp string
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: factories(), Steps: []resource.TestStep{{
		Config: x.with(consented),
		Check: resource.ComposeTestCheckFunc(keep(theSP, &sp), func(s *terraform.State) error {
			x.call("POST", "/_emulator/clock", map[string]any{"advance": "10s"}) // every replica has it all
			return x.granted(&sp)(s)
		}),
	}}})
}
