package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Roles: what keeps its id, what is adopted, and what comes back with a unit.

const userAdministrator = "fe930be7-5e62-47db-91af-98c3a49a38b1" // template id

func permits(actions ...string) []kind.Values {
	return []kind.Values{{"allowed_resource_actions": actions}}
}

func (h *host) unit() string {
	return h.id("/directory/administrativeUnits", "displayName", "Switzerland")
}

// activated returns the id of the directory role with the template, which it activates.
func (h *host) activated(template string) string {
	h.t.Helper()
	made, err := h.client.Post(context.Background(), graph.V1, "/directoryRoles", graph.Body{"roleTemplateId": template})
	if err != nil {
		return h.id("/directoryRoles", "roleTemplateId", template)
	}
	return made["id"].(string)
}

// TestRoleKeepsID: a role that is gone for good comes back with its id although the code
// says none, and its assignment with it, whether or not the cloud has a recycle bin for roles.
func TestRoleKeepsID(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]emulator.Option{"with a recycle bin": nil, "without one": {emulator.WithoutRoleRecycleBin()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, opts...)
			role, assigned := h.instance(kindNamed(t, "directory_role_definition")), h.instance(kindNamed(t, "directory_role_assignment"))
			values := samples["directory_role_definition"](h).full
			role.apply(values)
			id := role.get("id")
			link := kind.Values{"role_definition_id": id, "principal_id": h.user("adele")}
			assigned.apply(link)
			assigned.behind("DELETE", assigned.path(), nil)
			if opts == nil {
				role.lose()
			} else {
				role.behind("DELETE", role.path(), nil)
			}
			role.read()
			assigned.read()
			role.apply(values)
			role.settled(values, "after the recreation")
			if role.get("id") != id || role.get("template_id") != id {
				t.Errorf("the role had the id %s, and has %s", id, role.get("id"))
			}
			assigned.apply(link)
			assigned.settled(link, "after the recreation")
		})
	}
}

// TestRoleInBin: a role comes back from its recycle bin, and what differs is repaired.
func TestRoleInBin(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "directory_role_definition"))
	values := samples["directory_role_definition"](h).full
	i.apply(values)
	i.gone(false)
	values["description"] = "Changed meanwhile"
	i.read()
	i.apply(values)
	i.settled(values, "after the restore")
}

// TestScopedRoleMember: A8, the role is named by the activated role and not by its
// template; A5, the same assignment made the other way is adopted and not made twice.
func TestScopedRoleMember(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	assignment, member := h.instance(kindNamed(t, "directory_role_assignment")), h.instance(kindNamed(t, "administrative_unit_role_member"))
	assignment.apply(samples["directory_role_assignment"](h).full)
	values := samples["administrative_unit_role_member"](h).full
	member.apply(values)
	member.settled(values, "after it was adopted")
	other := h.instance(member.kind)
	values["role_id"] = userAdministrator
	if s := other.tryApply(other.plan(values)); !strings.Contains(s, "404") {
		t.Error("the id of a template is taken for that of a role: ", s)
	}
}

// TestScopedRoleMemberOfBinnedUnit: A8, it comes back with its unit, and of a unit made anew
// it is made anew.
func TestScopedRoleMemberOfBinnedUnit(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	unit, member := h.instance(kindNamed(t, "administrative_unit")), h.instance(kindNamed(t, "administrative_unit_role_member"))
	of := kind.Values{"display_name": "Sample"}
	unit.apply(of)
	values := kind.Values{"administrative_unit_id": unit.get("id"), "role_id": h.activated(userAdministrator), "member_id": h.user("adele")}
	member.apply(values)
	before := member.get("id")
	unit.gone(false)
	member.settled(values, "with its unit in the recycle bin")
	unit.read()
	unit.apply(of)
	member.settled(values, "after its unit came back")
	unit.lose()
	unit.read()
	unit.apply(of)
	values["administrative_unit_id"] = unit.get("id")
	member.read()
	member.apply(values)
	member.settled(values, "in the unit that was made anew")
	if member.get("id") == before {
		t.Error("the membership of another unit has the same id")
	}
}
