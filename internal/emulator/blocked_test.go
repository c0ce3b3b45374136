package emulator_test

import (
	"strings"
	"testing"
)

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

// TestBlockedOfTheTenant: a policy about the tenant's own applications is about its
// single-tenant ones alone.
func TestBlockedOfTheTenant(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, _, sp := e.principal("App")
	e.want(201, "POST", policies, policy("state", "enabled", "grantControls", object{"operator": "OR", "builtInControls": []any{"block"}},
		"conditions.clientApplications", object{"includeServicePrincipals": []any{"ServicePrincipalsInMyTenant"}}, "conditions.users", object{"includeUsers": []any{"None"}}))
	same(t, "single-tenant", len(e.Blocked(sp)), 1)
	e.want(204, "PATCH", "/v1.0/applications/"+app, object{"signInAudience": "AzureADMultipleOrgs"})
	same(t, "multitenant", len(e.Blocked(sp)), 0)
}

// TestStanding: what a service principal signs in with and was given, and that it goes.
func TestStanding(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, _, sp := e.principal("App")
	_, _, other := e.principal("Resource")
	link := object{"@odata.id": "$host/v1.0/directoryObjects/" + sp}
	group := e.group("in")
	e.want(204, "POST", "/v1.0/groups/"+group+"/members/$ref", link)
	key := e.want(200, "POST", "/v1.0/applications/"+app+"/addPassword", object{}).body["keyId"].(string)
	credential := e.want(201, "POST", "/v1.0/applications/"+app+"/federatedIdentityCredentials", object{"name": "main", "issuer": "https://issuer.example", "subject": "s", "audiences": []any{"api://AzureADTokenExchange"}}).id()
	role := e.want(201, "POST", "/v1.0/servicePrincipals/"+sp+"/appRoleAssignments", object{"principalId": sp, "resourceId": other, "appRoleId": roleForApps}).id()
	want := []string{"application " + app, "application passwordcredentials " + key, "approleassignment " + other + " " + roleForApps, "federatedidentitycredential " + credential,
		"member of " + group, "serviceprincipal " + sp}
	same(t, "all", strings.Join(e.Standing(sp), "\n"), strings.Join(want, "\n"))
	e.want(204, "PATCH", "/v1.0/servicePrincipals/"+sp, object{"accountEnabled": false})
	e.want(204, "POST", "/v1.0/applications/"+app+"/removePassword", object{"keyId": key})
	e.want(204, "DELETE", "/v1.0/applications/"+app+"/federatedIdentityCredentials/"+credential, nil)
	e.want(204, "DELETE", "/v1.0/servicePrincipals/"+sp+"/appRoleAssignments/"+role, nil)
	e.want(204, "DELETE", "/v1.0/groups/"+group+"/members/"+sp+"/$ref", nil)
	same(t, "less", strings.Join(e.Standing(sp), "\n"), "application "+app)
	e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
	same(t, "nothing", len(e.Standing(sp)), 0)
}
