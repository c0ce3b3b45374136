package emulator_test

import "testing"

// TestBlocked: of whom an enforced policy blocks it tells at once, whatever the replicas know.
func TestBlocked(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	in, out := e.user("in"), e.user("out")
	_, _, sp := e.principal("App")
	g := e.group("exempt", "members@odata.bind", []any{"$host/v1.0/users/" + out})
	block := []any{"state", "enabled", "displayName", "Block", "conditions.users", object{"includeUsers": []any{"All"}, "excludeGroups": []any{g}},
		"grantControls", object{"operator": "OR", "builtInControls": []any{"block"}}}
	p := e.want(201, "POST", policies, policy(block...)).id()
	for id, want := range map[string]int{in: 1, out: 0, sp: 0, nobody: 0} {
		same(t, id, len(e.Blocked(id)), want)
	}
	for _, change := range []object{{"state": "enabledForReportingButNotEnforced"},
		{"state": "enabled", "grantControls": object{"operator": "OR", "builtInControls": []any{"mfa"}}},
		{"grantControls": object{"operator": "OR", "builtInControls": []any{"block"}}, "conditions": object{
			"applications": object{"includeApplications": []any{"MicrosoftAdminPortals"}}, "users": object{"includeUsers": []any{"All"}}, "clientAppTypes": []any{"all"}}}} {
		e.want(204, "PATCH", policies+"/"+p, change)
		same(t, "otherwise", len(e.Blocked(in)), 0)
	}
	e.want(204, "PATCH", policies+"/"+p, object{"conditions": object{"clientApplications": object{"includeServicePrincipals": []any{sp}},
		"applications": object{"includeApplications": []any{"All"}}, "users": object{"includeUsers": []any{"None"}}, "clientAppTypes": []any{"all"}}})
	same(t, "workload", len(e.Blocked(sp)), 1)
}
