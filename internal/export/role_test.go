package export_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

const userAdministrator = "fe930be7-5e62-47db-91af-98c3a49a38b1" // template id

func id(t *testing.T, c *graph.Client, path, property, name string) string {
	t.Helper()
	found := ""
	err := c.List(context.Background(), graph.V1, path, nil, func(b graph.Body) error {
		if b[property] == name {
			found, _ = b["id"].(string)
		}
		return nil
	})
	if err != nil || found == "" {
		t.Fatalf("no %s %q: %v", path, name, err)
	}
	return found
}

// TestRoles: assignments refer to role, principal and scope, and those of a running or
// ending activation are left out with the reason.
func TestRoles(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	adele, diego := id(t, client, "/users", "userPrincipalName", "adele@contoso.com"), id(t, client, "/users", "userPrincipalName", "diego@contoso.com")
	unit := id(t, client, "/directory/administrativeUnits", "displayName", "Switzerland")
	group := id(t, client, "/groups", "displayName", "Tier 0 Administrators")
	role := post(t, client, "/roleManagement/directory/roleDefinitions", graph.Body{"displayName": "App support", "isEnabled": true, "templateId": "0aaaaaaa-0000-4000-8000-000000000001",
		"rolePermissions": []any{graph.Body{"allowedResourceActions": []any{"microsoft.directory/applications/basic/update"}}}})
	assign := func(role, principal, scope string) {
		post(t, client, "/roleManagement/directory/roleAssignments", graph.Body{"roleDefinitionId": role, "principalId": principal, "directoryScopeId": scope})
	}
	assign(role, group, "/")
	assign(userAdministrator, adele, "/administrativeUnits/"+unit)
	running := func(action, principal string) {
		post(t, client, "/roleManagement/directory/roleAssignmentScheduleRequests", graph.Body{"action": action, "principalId": principal, "roleDefinitionId": userAdministrator,
			"directoryScopeId": "/", "justification": "j", "scheduleInfo": graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "PT4H"}}})
	}
	post(t, client, "/roleManagement/directory/roleEligibilityScheduleRequests", graph.Body{"action": "adminAssign", "principalId": diego, "roleDefinitionId": userAdministrator,
		"directoryScopeId": "/", "justification": "j", "scheduleInfo": graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "P30D"}}})
	running("selfActivate", diego)
	running("adminAssign", adele)
	dir, r := exported(t, client)
	has(t, read(t, dir, "directory_role_definitions.tf"), `"entra_directory_role_definition" "app_support"`, `template_id  = "0aaaaaaa-0000-4000-8000-000000000001"`, "create_before_destroy = true")
	code := read(t, dir, "directory_role_assignments.tf")
	has(t, code, `"app_support_tier_0_administrators"`, "role_definition_id = entra_directory_role_definition.app_support.id", "principal_id       = entra_group.tier_0_administrators.id",
		`local.directory_role_definitions["User Administrator"]`, `local.users["adele@contoso.com"]`, `"/administrativeUnits/${entra_administrative_unit.switzerland.id}"`)
	if n := strings.Count(code, "resource "); n != 2 || strings.Contains(code, "diego") {
		t.Errorf("two assignments last, and %d are written:\n%s", n, code)
	}
	has(t, read(t, dir, "manifest.json"), "an activation of Privileged Identity Management runs", "Privileged Identity Management ends it at 20")
	for _, w := range r.Warnings {
		t.Error(w)
	}
	again, err := export.Run(context.Background(), client, export.Options{Out: dir, All: true, Update: true})
	if err != nil || len(again.Changes) != 0 {
		t.Errorf("nothing is new, gone or renamed: %v %+v", err, again)
	}
	some := filepath.Join(t.TempDir(), "some")
	if _, err := export.Run(context.Background(), client, export.Options{Out: some}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(read(t, some, "directory_role_assignments.tf"), "resource "); n != 2 {
		t.Errorf("of a unit and of a role that are exported, %d assignments are", n)
	}
}

// TestScopedRoleMembers: the same fact is not written twice unless somebody asks.
func TestScopedRoleMembers(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	unit, adele := id(t, client, "/directory/administrativeUnits", "displayName", "Switzerland"), id(t, client, "/users", "userPrincipalName", "adele@contoso.com")
	role := post(t, client, "/directoryRoles", graph.Body{"roleTemplateId": userAdministrator})
	post(t, client, "/directory/administrativeUnits/"+unit+"/scopedRoleMembers", graph.Body{"roleId": role, "roleMemberInfo": graph.Body{"id": adele}})
	dir, _ := exported(t, client)
	if strings.Contains(read(t, dir, "imports.tf"), "entra_administrative_unit_role_member") {
		t.Error("A5: the assignment is written as two resources")
	}
	named := filepath.Join(t.TempDir(), "named")
	if _, err := export.Run(context.Background(), client, export.Options{Out: named, Include: []string{"administrative_unit", "administrative_unit_role_member"}}); err != nil {
		t.Fatal(err)
	}
	has(t, read(t, named, "administrative_unit_role_members.tf"), "administrative_unit_id = entra_administrative_unit.switzerland.id", `local.directory_roles["User Administrator"]`, `local.users["adele@contoso.com"]`)
}
