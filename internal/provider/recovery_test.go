package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// referring is a policy that excludes a group and a trusted location.
const referring = `
resource "entra_group" "excluded" {
  display_name  = "Excluded"
  mail_nickname = "excluded"
  members       = [entra_group.inner.id]
}
resource "entra_group" "inner" {
  display_name  = "Inner"
  mail_nickname = "inner"
}
resource "entra_named_location" "hq" {
  display_name = "HQ"
  ip           = { ip_ranges = ["203.0.113.0/24"], is_trusted = true }
}
resource "entra_conditional_access_policy" "p" {
  display_name = "P"
  state        = "enabled"
  conditions = {
    applications = { include_applications = ["All"] }
    users        = { include_users = ["All"], exclude_groups = [entra_group.excluded.id] }
    locations    = { include_locations = ["All"], exclude_locations = [entra_named_location.hq.id] }
  }
  grant_controls = { operator = "OR", built_in_controls = ["mfa"] }
}`

const (
	excluded = "entra_group.excluded"
	inner    = "entra_group.inner"
	hq       = "entra_named_location.hq"
	thePol   = "entra_conditional_access_policy.p"
)

// lives are the ids of the objects of referring.
type lives struct{ excluded, inner, hq, policy string }

func (l *lives) each(check func(string, *string) resource.TestCheckFunc) resource.TestCheckFunc {
	return resource.ComposeAggregateTestCheckFunc(
		check(excluded, &l.excluded), check(inner, &l.inner), check(hq, &l.hq), check(thePol, &l.policy))
}

// linked checks over HTTP that the policy refers to the group and the location
// that live, that the location is trusted and that the member is there.
func (x *tenant) linked(l *lives) resource.TestCheckFunc {
	return func(*terraform.State) error {
		p := x.call("GET", "/v1.0/identity/conditionalAccess/policies/"+l.policy, nil)
		conditions, _ := p["conditions"].(map[string]any)
		users, _ := conditions["users"].(map[string]any)
		locations, _ := conditions["locations"].(map[string]any)
		if got, want := fmt.Sprintf("%v %v %v", users["excludeGroups"], locations["excludeLocations"], p["state"]), fmt.Sprintf("[%s] [%s] enabled", l.excluded, l.hq); got != want {
			return fmt.Errorf("the policy has %s, not %s", got, want)
		}
		if location := x.call("GET", "/v1.0/identity/conditionalAccess/namedLocations/"+l.hq, nil); location["isTrusted"] != true {
			return fmt.Errorf("the location came back untrusted: %v", location)
		}
		return x.hasMembers(l.excluded, l.inner)
	}
}

func actions(action plancheck.ResourceActionType, addresses ...string) resource.ConfigPlanChecks {
	var out []plancheck.PlanCheck
	for _, address := range addresses {
		out = append(out, plancheck.ExpectResourceAction(address, action))
	}
	return resource.ConfigPlanChecks{PreApply: out}
}

// What was changed by hand is put back.
func TestAccPutsBackWhatWasChanged(t *testing.T) {
	x := newTenant(t)
	var l lives
	x.test(
		resource.TestStep{Config: referring, Check: resource.ComposeAggregateTestCheckFunc(l.each(keep))},
		resource.TestStep{
			PreConfig: func() {
				x.call("PATCH", "/v1.0/identity/conditionalAccess/policies/"+l.policy, map[string]any{"state": "disabled"})
				x.call("DELETE", "/v1.0/groups/"+l.excluded+"/members/"+l.inner+"/$ref", nil)
			},
			Config:           referring,
			ConfigPlanChecks: actions(plancheck.ResourceActionUpdate, thePol, excluded),
			Check:            resource.ComposeTestCheckFunc(l.each(same), x.linked(&l)),
		},
	)
}

// What is in a recycle bin is restored with its id, its members and its links,
// and what a restore does not bring back (a location's trust) is repaired.
func TestAccRestoresFromTheRecycleBin(t *testing.T) {
	x := newTenant(t)
	var l lives
	x.test(
		resource.TestStep{Config: referring, Check: l.each(keep)},
		resource.TestStep{
			PreConfig: func() {
				x.call("DELETE", "/v1.0/groups/"+l.excluded, nil)
				x.call("DELETE", "/v1.0/identity/conditionalAccess/policies/"+l.policy, nil)
				x.untrust(l.hq)
				x.call("DELETE", "/v1.0/identity/conditionalAccess/namedLocations/"+l.hq, nil)
			},
			Config:           referring,
			ConfigPlanChecks: actions(plancheck.ResourceActionUpdate, thePol, excluded, hq),
			Check:            resource.ComposeTestCheckFunc(l.each(same), x.linked(&l)),
		},
	)
}

// untrust takes the trust off a location, which Graph wants before a deletion.
func (x *tenant) untrust(id string) {
	x.call("PATCH", "/v1.0/identity/conditionalAccess/namedLocations/"+id,
		map[string]any{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false})
}

// A group that was deleted permanently is created anew, and the policy that
// refers to it, which still lives, is linked to the new one in the same apply.
func TestAccRecreatesAndRelinks(t *testing.T) {
	x := newTenant(t)
	var l lives
	checks := actions(plancheck.ResourceActionUpdate, excluded, thePol)
	checks.PreApply = append(checks.PreApply,
		plancheck.ExpectUnknownValue(excluded, tfjsonpath.New("id")),
		plancheck.ExpectResourceAction(hq, plancheck.ResourceActionNoop))
	x.test(
		resource.TestStep{Config: referring, Check: l.each(keep)},
		resource.TestStep{
			PreConfig:        func() { x.purge("entra_group", l.excluded) },
			Config:           referring,
			ConfigPlanChecks: checks,
			Check: resource.ComposeTestCheckFunc(another(excluded, &l.excluded),
				same(thePol, &l.policy), same(hq, &l.hq), x.linked(&l)),
		},
	)
}

// With everything gone for good, one apply makes it all again.
func TestAccRecreatesEverything(t *testing.T) {
	x := newTenant(t)
	var l lives
	x.test(
		resource.TestStep{Config: referring, Check: l.each(keep)},
		resource.TestStep{
			PreConfig: func() {
				x.purge("entra_conditional_access_policy", l.policy)
				x.untrust(l.hq)
				x.purge("entra_named_location", l.hq)
				x.purge("entra_group", l.excluded)
				x.purge("entra_group", l.inner)
			},
			Config:           referring,
			ConfigPlanChecks: actions(plancheck.ResourceActionUpdate, thePol, excluded, inner, hq),
			Check:            resource.ComposeTestCheckFunc(l.each(another), x.linked(&l)),
		},
	)
}

// What Terraform itself removed comes back by its import block: out of the
// recycle bin with its id, without any state.
func TestAccImportBlockRestores(t *testing.T) {
	x := newTenant(t)
	var l lives
	x.test(resource.TestStep{Config: referring, Check: l.each(keep)}) // and destroys it
	x.test(resource.TestStep{
		Config: referring + importing(excluded, l.excluded) + importing(inner, l.inner) + importing(hq, l.hq) + importing(thePol, l.policy),
		Check:  resource.ComposeTestCheckFunc(l.each(same), x.linked(&l)),
	})
}

func importing(address, id string) string {
	return fmt.Sprintf("\nimport {\n  to = %s\n  id = %q\n}\n", address, id)
}

const nobody = "0f4c6a7e-1111-4222-8333-944455556666"

// An import block whose object is lost makes a new one, unless a live object
// has its name: then the plan stops rather than make a second.
func TestAccStaleImportBlock(t *testing.T) {
	group := `resource "entra_group" "g" {
  display_name  = "Only one"
  mail_nickname = "only-one"
}` + importing("entra_group.g", nobody)
	id := nobody
	newTenant(t).test(resource.TestStep{Config: group, Check: another("entra_group.g", &id)})

	x := startTenant(t)
	x.call("POST", "/v1.0/groups", map[string]any{
		"displayName": "Only one", "mailNickname": "only-one", "mailEnabled": false, "securityEnabled": true,
	})
	x.test(resource.TestStep{Config: group, ExpectError: pattern("may exist under another id")})
}

// A reference that leads nowhere stops the write of the policy.
func TestAccDanglingReferenceStopsTheWrite(t *testing.T) {
	x := newTenant(t)
	x.test(resource.TestStep{
		Config:      strings.Replace(referring, "exclude_groups = [entra_group.excluded.id]", `exclude_groups = ["`+nobody+`"]`, 1),
		ExpectError: pattern("it refers to what does not exist"),
	})
	if list, _ := x.call("GET", "/beta/identity/conditionalAccess/policies", nil)["value"].([]any); len(list) != 0 {
		t.Errorf("the policy was written all the same: %v", list)
	}
}

// An edge that was cut is made again, and one whose group was deleted
// permanently follows the group's new id.
func TestAccGroupMemberComesBack(t *testing.T) {
	config := `
resource "entra_group" "a" {
  display_name  = "A"
  mail_nickname = "a"
}
resource "entra_group" "b" {
  display_name  = "B"
  mail_nickname = "b"
}
resource "entra_group_member" "e" {
  group_id  = entra_group.a.id
  member_id = entra_group.b.id
}`
	x := newTenant(t)
	var a, b string
	holds := func(*terraform.State) error { return x.hasMembers(a, b) }
	x.test(
		resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(keep("entra_group.a", &a), keep("entra_group.b", &b), holds)},
		resource.TestStep{
			PreConfig: func() { x.call("DELETE", "/v1.0/groups/"+a+"/members/"+b+"/$ref", nil) },
			Config:    config, ConfigPlanChecks: actions(plancheck.ResourceActionUpdate, "entra_group_member.e"), Check: holds,
		},
		resource.TestStep{
			PreConfig: func() { x.purge("entra_group", a) },
			Config:    config, Check: resource.ComposeTestCheckFunc(another("entra_group.a", &a), same("entra_group.b", &b), holds),
		},
	)
}

// A recreated application has another client id, and its own URI follows.
func TestAccApplicationKeepsItsURI(t *testing.T) {
	const config = `resource "entra_application" "a" {
  display_name    = "A"
  identifier_uris = ["api://{app_id}"]
  on_hard_delete  = "recreate"
}`
	x := newTenant(t)
	var id string
	follows := func(*terraform.State) error {
		a := x.call("GET", "/v1.0/applications/"+id, nil)
		if got, want := fmt.Sprint(a["identifierUris"]), fmt.Sprintf("[api://%s]", a["appId"]); got != want {
			return fmt.Errorf("identifierUris is %s, not %s", got, want)
		}
		return nil
	}
	x.test(
		resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(keep("entra_application.a", &id), follows)},
		resource.TestStep{
			PreConfig: func() { x.call("DELETE", "/v1.0/applications/"+id, nil) },
			Config:    config, Check: resource.ComposeTestCheckFunc(same("entra_application.a", &id), follows),
		},
		resource.TestStep{
			PreConfig: func() { x.purge("entra_application", id) },
			Config:    config, Check: resource.ComposeTestCheckFunc(another("entra_application.a", &id), follows),
		},
	)
}
