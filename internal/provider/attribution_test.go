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
