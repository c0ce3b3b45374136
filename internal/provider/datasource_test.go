package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// Data sources find what every tenant has, and what the same code makes, by
// each of their keys.
func TestAccDataSources(t *testing.T) {
	x := newTenant(t)
	name := x.addUser("breakglass1")
	x.test(resource.TestStep{
		Config: `
data "entra_user" "by_name" {
  user_principal_name = "` + name + `"
}
data "entra_user" "by_id" {
  id = data.entra_user.by_name.id
}
data "entra_service_principal" "by_app_id" {
  app_id = "00000003-0000-0000-c000-000000000000"
}
data "entra_service_principal" "by_name" {
  display_name = data.entra_service_principal.by_app_id.display_name
}
data "entra_directory_role_template" "global_administrator" {
  display_name = "Global Administrator"
}
data "entra_authentication_strength_policy" "phishing_resistant" {
  display_name = "Phishing-resistant MFA"
}
resource "entra_group" "g" {
  display_name  = "O'Brien's \"group\""
  mail_nickname = "g"
}
data "entra_group" "g" {
  display_name = entra_group.g.display_name
  depends_on   = [entra_group.g]
}
resource "entra_application" "a" {
  display_name = "A"
}
data "entra_application" "a" {
  app_id = entra_application.a.app_id
}`,
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttrPair("data.entra_user.by_name", "user_principal_name", "data.entra_user.by_id", "user_principal_name"),
			resource.TestCheckResourceAttrPair("data.entra_service_principal.by_app_id", "id", "data.entra_service_principal.by_name", "id"),
			resource.TestCheckResourceAttr("data.entra_service_principal.by_app_id", "display_name", "Microsoft Graph"),
			// The same in every tenant: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
			resource.TestCheckResourceAttr("data.entra_directory_role_template.global_administrator", "id", "62e90394-69f5-4237-9190-012177145e10"),
			// https://learn.microsoft.com/entra/identity/authentication/concept-authentication-strengths
			resource.TestCheckResourceAttr("data.entra_authentication_strength_policy.phishing_resistant", "id", "00000000-0000-0000-0000-000000000004"),
			resource.TestCheckResourceAttr("data.entra_authentication_strength_policy.phishing_resistant", "policy_type", "builtIn"),
			resource.TestCheckResourceAttrPair("data.entra_group.g", "id", "entra_group.g", "id"),
			resource.TestCheckResourceAttrPair("data.entra_application.a", "id", "entra_application.a", "id"),
		),
	})
}

// A name that two objects have finds neither, and a name that none has is an
// error as well.
func TestAccDataSourceNeedsExactlyOne(t *testing.T) {
	x := newTenant(t)
	x.test(
		resource.TestStep{
			Config: `data "entra_group" "none" {
  display_name = "Nobody's"
}`,
			ExpectError: pattern("no live group has the display_name"),
		},
		resource.TestStep{
			PreConfig: func() {
				for _, nickname := range []string{"one", "two"} {
					x.call("POST", "/v1.0/groups", map[string]any{
						"displayName": "Twins", "mailNickname": nickname, "mailEnabled": false, "securityEnabled": true,
					})
				}
			},
			Config: `data "entra_group" "both" {
  display_name = "Twins"
}`,
			ExpectError: pattern(`2 groups have the display_name "Twins"`),
		},
		resource.TestStep{Config: `data "entra_group" "unnamed" {}`, ExpectError: pattern("Nothing to look for")},
	)
}

// addUser makes a user in the tenant's own domain and returns its user
// principal name.
func (x *tenant) addUser(alias string) string {
	x.t.Helper()
	organizations, _ := x.call("GET", "/v1.0/organization", nil)["value"].([]any)
	if len(organizations) != 1 {
		x.t.Fatalf("a tenant has one organization, not %d", len(organizations))
	}
	organization, _ := organizations[0].(map[string]any)
	domains, _ := organization["verifiedDomains"].([]any)
	domain, _ := domains[0].(map[string]any)
	name, _ := domain["name"].(string)
	name = alias + "@" + name
	x.call("POST", "/v1.0/users", map[string]any{
		"accountEnabled": true, "displayName": alias, "mailNickname": alias, "userPrincipalName": name,
		"passwordProfile": map[string]any{"password": "Correct-Horse-7", "forceChangePasswordNextSignIn": false},
	})
	return name
}

// Several objects are found by the start of their name and by a filter, none is
// an empty list, and a filter that Graph refuses says so.
func TestAccPluralDataSources(t *testing.T) {
	x := newTenant(t)
	x.addUser("breakglass1")
	x.addUser("breakglass2")
	x.test(
		resource.TestStep{
			Config: `
resource "entra_group" "a" {
  display_name  = "Plural A"
  mail_nickname = "plural-a"
}
resource "entra_group" "b" {
  display_name  = "Plural B"
  mail_nickname = "plural-b"
}
resource "entra_group" "o" {
  display_name  = "Plural O'Brien's"
  mail_nickname = "plural-o"
}
data "entra_groups" "plural" {
  display_name_prefix = "plural "
  depends_on          = [entra_group.a, entra_group.b, entra_group.o]
}
data "entra_groups" "not_a" {
  filter              = "displayName ne 'Plural A'"
  display_name_prefix = "Plural "
  depends_on          = [entra_group.a, entra_group.b, entra_group.o]
}
data "entra_groups" "none" {
  display_name_prefix = "Nobody's "
}
data "entra_users" "break_glass" {
  filter                     = "accountEnabled eq true"
  user_principal_name_prefix = "breakglass"
}
data "entra_conditional_access_policies" "all" {}
output "by_id" {
  value = join(", ", values({ for g in data.entra_groups.plural.objects : g.display_name => g.mail_nickname }))
}`,
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr("data.entra_groups.plural", "display_names.#", "3"),
				resource.TestCheckResourceAttr("data.entra_groups.plural", "display_names.2", "Plural O'Brien's"),
				resource.TestCheckResourceAttrPair("data.entra_groups.plural", "ids.0", "entra_group.a", "id"),
				resource.TestCheckResourceAttrPair("data.entra_groups.plural", "objects.1.id", "entra_group.b", "id"),
				resource.TestCheckResourceAttr("data.entra_groups.not_a", "ids.#", "2"),
				resource.TestCheckResourceAttr("data.entra_groups.none", "ids.#", "0"),
				resource.TestCheckResourceAttr("data.entra_users.break_glass", "user_principal_names.#", "2"),
				resource.TestCheckResourceAttr("data.entra_conditional_access_policies.all", "objects.#", "0"),
				resource.TestCheckOutput("by_id", "plural-a, plural-b, plural-o"),
			),
		},
		resource.TestStep{
			Config: `data "entra_conditional_access_policies" "bad" {
  filter = "conditions/locations eq null"
}`,
			ExpectError: pattern("Could not list Conditional Access policies with the filter"),
		},
	)
}
