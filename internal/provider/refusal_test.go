package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

const oneGroup = `resource "entra_group" "g" {
  display_name  = "G"
  mail_nickname = "g"
}`

// refuse makes the tenant answer some requests with 403: match is a method and
// the beginning of a path.
func (x *tenant) refuse(match string, times int) {
	x.t.Helper()
	x.call("POST", "/_emulator/faults", map[string]any{
		"status": 403, "times": times, "match": match, "code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation.",
	})
}

// Not allowed is not lost: while the recycle bin refuses to answer, the plan
// is an error, and once it answers the object is restored and not doubled.
func TestAccForbiddenIsNotLost(t *testing.T) {
	x := newTenant(t)
	var id string
	x.test(
		resource.TestStep{Config: oneGroup, Check: keep("entra_group.g", &id)},
		resource.TestStep{
			PreConfig: func() {
				x.call("DELETE", "/v1.0/groups/"+id, nil)
				x.refuse("GET /v1.0/directory/deletedItems", 1)
			},
			Config: oneGroup, PlanOnly: true, ExpectError: pattern("the recycle bin could not be read"),
		},
		resource.TestStep{
			Config: oneGroup, ConfigPlanChecks: actions(plancheck.ResourceActionUpdate, "entra_group.g"), Check: same("entra_group.g", &id),
		},
	)
}

// A create that fails while a lost object is being made again is repeated by
// the next apply, and makes one object.
func TestAccFailedRecreationIsRepeated(t *testing.T) {
	x := newTenant(t)
	var id string
	x.test(
		resource.TestStep{Config: oneGroup, Check: keep("entra_group.g", &id)},
		resource.TestStep{
			PreConfig: func() {
				x.purge("entra_group", id)
				x.refuse("POST /v1.0/groups", 1)
			},
			Config: oneGroup, ExpectError: pattern("Group.ReadWrite.All"),
		},
		resource.TestStep{Config: oneGroup, Check: another("entra_group.g", &id)},
	)
	if list, _ := x.call("GET", "/v1.0/groups", nil)["value"].([]any); len(list) != 0 {
		t.Errorf("after destroy there are still %d groups", len(list))
	}
}

// An administrative unit comes back with its members, with its id while the
// recycle bin has it.
func TestAccAdministrativeUnitComesBack(t *testing.T) {
	config := oneGroup + `
resource "entra_administrative_unit" "u" {
  display_name = "U"
  members      = [entra_group.g.id]
}`
	x := newTenant(t)
	var id string
	member := resource.TestCheckResourceAttr("entra_administrative_unit.u", "members.#", "1")
	x.test(
		resource.TestStep{Config: config, Check: resource.ComposeTestCheckFunc(keep("entra_administrative_unit.u", &id), member)},
		resource.TestStep{
			PreConfig: func() { x.call("DELETE", "/v1.0/directory/administrativeUnits/"+id, nil) },
			Config:    config, Check: resource.ComposeTestCheckFunc(same("entra_administrative_unit.u", &id), member),
		},
		resource.TestStep{
			PreConfig: func() { // nobody can purge a unit: 30 days pass
				x.call("DELETE", "/v1.0/directory/administrativeUnits/"+id, nil)
				x.call("POST", "/_emulator/clock", map[string]any{"advance": "744h"})
			},
			Config: config, Check: resource.ComposeTestCheckFunc(another("entra_administrative_unit.u", &id), member),
		},
	)
}
