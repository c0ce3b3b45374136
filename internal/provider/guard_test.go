package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// A protected object is deleted neither with its resource, nor by destroy, nor
// for another in its place, before false has been applied.
func TestAccDeletionProtection(t *testing.T) {
	x := newTenant(t)
	var id string
	group := func(protected, name string) string {
		return `resource "entra_group" "g" {
  display_name        = "G"
  mail_nickname       = "g"
  unique_name         = "` + name + `"
  allow_replacement   = true
  deletion_protection = ` + protected + `
}`
	}
	const neighbour = `
resource "entra_group" "n" {
  display_name  = "N"
  mail_nickname = "n"
}`
	refused := pattern(`Group "G" is protected from deletion`)
	x.test(
		resource.TestStep{Config: group("true", "one"), Check: keep("entra_group.g", &id)},
		resource.TestStep{Config: neighbour, ExpectError: refused},
		resource.TestStep{Config: group("true", "one"), Destroy: true, ExpectError: refused},
		resource.TestStep{Config: group("false", "two"), ExpectError: refused},
		resource.TestStep{
			Config: group("false", "one") + neighbour,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("entra_group.g", plancheck.ResourceActionUpdate),
			}},
			Check: same("entra_group.g", &id),
		},
		resource.TestStep{Config: group("false", "two") + neighbour, Check: another("entra_group.g", &id)},
		resource.TestStep{Config: neighbour},
	)
}

// An application that was deleted permanently stops the plan until the user
// decides, and can be left out of the code meanwhile.
func TestAccOnHardDelete(t *testing.T) {
	x := newTenant(t)
	var id string
	application := func(more string) string {
		return `resource "entra_application" "a" {
  display_name = "A"` + more + `
}
resource "entra_group" "g" {
  display_name  = "G"
  mail_nickname = "g"
}`
	}
	refused := pattern(`Application "A" was permanently deleted, and a new one would not take its place`)
	recreate := "\n  on_hard_delete = \"recreate\""
	x.test(
		resource.TestStep{Config: application(""), Check: keep("entra_application.a", &id)},
		resource.TestStep{
			PreConfig: func() { x.purge("entra_application", id) },
			Config:    application(""), ExpectError: refused,
		},
		resource.TestStep{Config: application(recreate), Check: another("entra_application.a", &id)},
		resource.TestStep{
			PreConfig: func() { x.purge("entra_application", id) },
			Config:    `output "nothing" { value = "left" }`,
		},
		resource.TestStep{Config: application("\n  on_hard_delete = \"maybe\""), ExpectError: pattern("must be one of refuse, recreate")},
	)
}
