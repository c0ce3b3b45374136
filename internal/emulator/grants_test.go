package emulator_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const graphAppID = "00000003-0000-0000-c000-000000000000"

// principal makes an application with a role for users and one for applications, and its
// service principal.
func (e *tenant) principal(name string) (app, appID, sp string) {
	e.t.Helper()
	a := e.want(201, "POST", "/v1.0/applications", object{"displayName": name, "signInAudience": "AzureADMyOrg",
		"appRoles": []any{
			object{"id": roleForUsers, "displayName": "Users", "description": "u", "value": "Users", "isEnabled": true, "allowedMemberTypes": []any{"User"}},
			object{"id": roleForApps, "displayName": "Apps", "description": "a", "value": "Apps", "isEnabled": true, "allowedMemberTypes": []any{"Application"}},
			object{"id": roleDisabled, "displayName": "Off", "description": "o", "value": "Off", "isEnabled": false, "allowedMemberTypes": []any{"User"}}},
		"api": object{"oauth2PermissionScopes": []any{object{"id": scopeID, "value": "Things.Read", "isEnabled": true, "type": "User",
			"adminConsentDisplayName": "Read", "adminConsentDescription": "Read"}}}})
	appID = a.body["appId"].(string)
	return a.id(), appID, e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID}).id()
}

const (
	roleForUsers = "11111111-0000-4000-8000-000000000001"
	roleForApps  = "11111111-0000-4000-8000-000000000002"
	roleDisabled = "11111111-0000-4000-8000-000000000003"
	scopeID      = "11111111-0000-4000-8000-000000000004"
	defaultRole  = "00000000-0000-0000-0000-000000000000"
)

func (e *tenant) microsoftGraph() (id string, roles map[string]string) {
	e.t.Helper()
	sp := e.want(200, "GET", "/v1.0/servicePrincipals(appId='"+graphAppID+"')", nil)
	roles = map[string]string{}
	for _, r := range sp.body["appRoles"].([]any) {
		roles[r.(object)["value"].(string)] = r.(object)["id"].(string)
	}
	return sp.id(), roles
}

func TestAppRoleAssignments(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	_, _, resource := e.principal("Resource")
	_, _, client := e.principal("Client")
	u, g := e.user("ann"), e.group("team")
	for name, c := range map[string]struct{ path, principal, role, typ string }{
		"user, from the principal":               {"/users/" + u + "/appRoleAssignments", u, roleForUsers, "User"},
		"group, from the principal":              {"/groups/" + g + "/appRoleAssignments", g, defaultRole, "Group"},
		"service principal, from the principal":  {"/servicePrincipals/" + client + "/appRoleAssignments", client, roleForApps, "ServicePrincipal"},
		"group, from the resource":               {"/servicePrincipals/" + resource + "/appRoleAssignedTo", g, roleForUsers, "Group"},
		"user by its name, from the principal":   {"/users/ann@contoso.onmicrosoft.com/appRoleAssignments", u, defaultRole, "User"},
		"service principal, without a role here": {"/servicePrincipals/" + resource + "/appRoleAssignedTo", client, defaultRole, "ServicePrincipal"},
	} {
		a := e.want(201, "POST", "/v1.0"+c.path, object{"principalId": c.principal, "resourceId": resource, "appRoleId": c.role})
		same(t, name+": type", a.body["principalType"], c.typ)
		same(t, name+": resource", a.body["resourceDisplayName"], "Resource")
		for _, side := range []string{c.path, "/servicePrincipals/" + resource + "/appRoleAssignedTo"} {
			same(t, name, e.want(200, "GET", "/v1.0"+side+"/"+a.id(), nil).body["principalId"], c.principal)
			if ids := e.want(200, "GET", "/v1.0"+side, nil).ids(); !slices.Contains(ids, a.id()) {
				t.Errorf("%s: not listed at %s", name, side)
			}
		}
	}
	const bad = "Request_BadRequest"
	at := "/v1.0/servicePrincipals/" + resource + "/appRoleAssignedTo"
	for name, c := range map[string]struct{ principal, resource, role, part string }{
		"F10 duplicate":               {u, resource, roleForUsers, "Permission being assigned already exists"},
		"unknown role":                {u, resource, nobody, "was not found on application"},
		"disabled role":               {u, resource, roleDisabled, "was not found on application"},
		"role for applications":       {u, resource, roleForApps, "was not found on application"},
		"role for users":              {client, resource, roleForUsers, "was not found on application"},
		"principal that is not there": {nobody, resource, defaultRole, "Not a valid reference update"},
		"resource of another address": {u, client, defaultRole, "Not a valid reference update"},
		"no GUID":                     {"x", resource, defaultRole, "Edm.Guid"},
	} {
		t.Log(name)
		e.refused(400, bad, c.part, "POST", at, object{"principalId": c.principal, "resourceId": c.resource, "appRoleId": c.role})
	}
	e.refused(400, bad, "appRoleId", "POST", at, object{"principalId": u, "resourceId": resource})
	e.refused(400, bad, "read-only", "POST", at, object{"principalId": u, "resourceId": resource, "appRoleId": defaultRole, "principalType": "User"})
	first := e.want(200, "GET", "/v1.0/users/"+u+"/appRoleAssignments", nil).ids()[0]
	e.want(405, "PATCH", at+"/"+first, object{"appRoleId": defaultRole})
	e.refused(404, "Request_ResourceNotFound", first, "DELETE", "/v1.0/groups/"+g+"/appRoleAssignments/"+first, nil)
	e.want(204, "DELETE", at+"/"+first, nil)
	e.want(404, "DELETE", at+"/"+first, nil)
}

// TestAppRoleAssignmentsOfGraph gives an application permissions of Microsoft Graph.
// TestAppRoleAssignmentsFiltered: assignments are found by the name of who has them, as
// documented, and by what is not documented they are not.
func TestAppRoleAssignmentsFiltered(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	_, _, resource := e.principal("Resource")
	at := "/v1.0/servicePrincipals/" + resource + "/appRoleAssignedTo"
	for _, name := range []string{"team", "others"} {
		e.want(201, "POST", at, object{"principalId": e.group(name), "resourceId": resource, "appRoleId": defaultRole})
	}
	for filter, want := range map[string]int{
		"principalDisplayName eq 'team'": 1, "startsWith(principalDisplayName,'TEA')": 1, "principalDisplayName eq 'nobody'": 0,
		"resourceId eq " + resource: 2,
	} {
		got := e.want(200, "GET", at+"?$filter="+url.QueryEscape(filter), nil).body["value"].([]any)
		if len(got) != want {
			t.Errorf("%s finds %d", filter, len(got))
		}
		if want == 1 && got[0].(object)["principalDisplayName"] != "team" {
			t.Errorf("%s finds %v", filter, got[0])
		}
	}
	e.want(400, "GET", at+"?$filter="+url.QueryEscape("principalId eq "+resource), nil)
}

func TestAppRoleAssignmentsOfGraph(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	graph, roles := e.microsoftGraph()
	_, _, client := e.principal("Client")
	for _, permission := range []string{"Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", "Group.ReadWrite.All", "Application.ReadWrite.OwnedBy",
		"RoleManagement.ReadWrite.Directory", "AdministrativeUnit.ReadWrite.All", "Directory.Read.All", "AuditLog.Read.All", "User.DeleteRestore.All",
		"Policy.ReadWrite.CrossTenantAccess", "RoleEligibilitySchedule.ReadWrite.Directory", "Agreement.ReadWrite.All", "AuthenticationContext.ReadWrite.All"} {
		if roles[permission] == "" {
			t.Errorf("Microsoft Graph has no %s", permission)
			continue
		}
		e.want(201, "POST", "/v1.0/servicePrincipals/"+client+"/appRoleAssignments", object{"principalId": client, "resourceId": graph, "appRoleId": roles[permission]})
	}
	same(t, "Policy.Read.All", roles["Policy.Read.All"], "246dd0d5-5bd0-4def-940b-0421030a5b68")
}

// TestBinKeepsAssignments deletes either end, brings it back, and purges it.
func TestBinKeepsAssignments(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"user", "resource"} {
		e := newTenant(t)
		_, _, resource := e.principal("Resource")
		_, _, client := e.principal("Client")
		u := e.user("ann")
		e.want(201, "POST", "/v1.0/users/"+u+"/appRoleAssignments", object{"principalId": u, "resourceId": resource, "appRoleId": roleForUsers})
		grant := e.want(201, "POST", "/v1.0/oauth2PermissionGrants", object{"clientId": client, "consentType": "Principal", "principalId": u, "resourceId": resource, "scope": "Things.Read"}).id()
		gone, other := "/v1.0/users/"+u, "/v1.0/servicePrincipals/"+resource+"/appRoleAssignedTo"
		id := u
		if end == "resource" {
			gone, other, id = "/v1.0/servicePrincipals/"+resource, "/v1.0/users/"+u+"/appRoleAssignments", resource
		}
		e.want(204, "DELETE", gone, nil)
		same(t, end+" in the bin", len(e.want(200, "GET", other, nil).ids()), 0)
		e.want(404, "GET", "/v1.0/oauth2PermissionGrants/"+grant, nil)
		e.want(200, "POST", bin+"/"+id+"/restore", nil)
		same(t, "F4 "+end+" restored", len(e.want(200, "GET", other, nil).ids()), 1)
		e.want(200, "GET", "/v1.0/oauth2PermissionGrants/"+grant, nil)
		e.want(204, "DELETE", gone, nil)
		e.want(204, "DELETE", bin+"/"+id, nil)
		same(t, end+" purged", len(e.want(200, "GET", other, nil).ids()), 0)
		same(t, "grants", len(e.want(200, "GET", "/v1.0/oauth2PermissionGrants", nil).ids()), 0)
	}
}

func TestPermissionGrants(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	graph, _ := e.microsoftGraph()
	_, _, client := e.principal("Client")
	u := e.user("ann")
	const grants = "/v1.0/oauth2PermissionGrants"
	all := func(more ...any) object {
		return with(object{"clientId": client, "consentType": "AllPrincipals", "resourceId": graph, "scope": "User.Read openid"}, more...)
	}
	one := e.want(201, "POST", grants, all())
	same(t, "principal", one.body["principalId"], nil)
	e.refused(409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.", "POST", grants, all("scope", "other"))
	own := e.want(201, "POST", grants, all("consentType", "Principal", "principalId", u))
	for name, c := range map[string]struct {
		status int
		body   object
		part   string
	}{
		"principal for all":       {400, all("principalId", u), "must be null"},
		"principal missing":       {400, all("consentType", "Principal"), "principalId"},
		"unknown consent":         {400, all("consentType", "Some"), "consentType"},
		"client not there":        {404, all("clientId", nobody), nobody},
		"resource not there":      {404, all("resourceId", nobody), nobody},
		"principal not there":     {404, all("consentType", "Principal", "principalId", nobody), nobody},
		"scope missing":           {400, all("scope", drop{}), "scope"},
		"property that is beta's": {400, all("startTime", "2026-01-01T00:00:00Z"), "startTime"},
	} {
		t.Log(name)
		code := "Request_BadRequest"
		if c.status == 404 {
			code = "Request_ResourceNotFound"
		}
		e.refused(c.status, code, c.part, "POST", grants, c.body)
	}
	e.want(204, "PATCH", grants+"/"+one.id(), object{"scope": " User.Read"})
	same(t, "scope", e.want(200, "GET", grants+"/"+one.id(), nil).body["scope"], " User.Read")
	e.refused(400, "Request_BadRequest", "read-only", "PATCH", grants+"/"+one.id(), object{"consentType": "Principal"})
	for filter, want := range map[string]int{"clientId eq '" + client + "'": 2, "consentType eq 'Principal'": 1, "principalId eq '" + u + "'": 1,
		"resourceId eq '" + client + "'": 0, "clientId eq '" + client + "' and resourceId eq '" + graph + "' and consentType eq 'AllPrincipals'": 1} {
		same(t, filter, len(e.want(200, "GET", grants+"?$filter="+filter, nil).ids()), want)
	}
	same(t, "of the client", len(e.want(200, "GET", "/v1.0/servicePrincipals/"+client+"/oauth2PermissionGrants", nil).ids()), 2)
	same(t, "of the user", e.want(200, "GET", "/v1.0/users/"+u+"/oauth2PermissionGrants", nil).ids(), []string{own.id()})
	e.want(204, "DELETE", grants+"/"+one.id(), nil)
	again := e.want(201, "POST", grants, all())
	same(t, "id of the same grant", again.id(), one.id())
}

func TestPermissionClassifications(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	graph, _ := e.microsoftGraph()
	at := "/v1.0/servicePrincipals/" + graph + "/delegatedPermissionClassifications"
	userRead := "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
	one := e.want(201, "POST", at, object{"permissionId": userRead, "classification": "low"})
	same(t, "name", one.body["permissionName"], "User.Read")
	same(t, "listed", e.want(200, "GET", at, nil).ids(), []string{one.id()})
	const bad = "Request_BadRequest"
	e.refused(400, bad, "conflicting object", "POST", at, object{"permissionId": userRead, "permissionName": "User.Read", "classification": "medium"})
	e.refused(400, bad, "no delegated permission", "POST", at, object{"permissionId": nobody, "classification": "low"})
	e.refused(400, bad, "is named", "POST", at, object{"permissionId": userRead, "permissionName": "User.Write", "classification": "low"})
	e.refused(400, bad, "permissionClassificationType", "POST", at, object{"permissionId": userRead, "classification": "none"})
	e.want(405, "PATCH", at+"/"+one.id(), object{"classification": "high"})
	e.want(204, "DELETE", at+"/"+one.id(), nil)
	e.want(404, "DELETE", at+"/"+one.id(), nil)
}

// TestPrincipalAndApplicationRestored is what A.5 of the checklist's notes tells of the
// two recycle bins.
func TestPrincipalAndApplicationRestored(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, appID, sp := e.principal("App")
	e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
	e.want(404, "GET", "/v1.0/servicePrincipals/"+sp, nil)
	e.refused(400, "Request_BadRequest", "does not reference a valid application object", "POST", bin+"/"+sp+"/restore", nil)
	e.want(200, "POST", bin+"/"+app+"/restore", nil)
	e.want(404, "GET", "/v1.0/servicePrincipals/"+sp, nil)
	second := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID}).id()
	e.refused(409, "Request_MultipleObjectsWithSameKeyValue", "already in use", "POST", bin+"/"+sp+"/restore", nil)
	e.want(204, "DELETE", "/v1.0/servicePrincipals/"+second, nil)
	e.want(200, "POST", bin+"/"+sp+"/restore", nil)
	same(t, "F3 inherited", at(e.want(200, "GET", "/v1.0/servicePrincipals/"+sp, nil).body, "appDisplayName"), "App")
}

func TestTokenPolicies(t *testing.T) {
	t.Parallel()
	for segment, c := range map[string]struct{ definition, other string }{
		"claimsMappingPolicies":        {`{"ClaimsMappingPolicy":{"Version":1,"IncludeBasicClaimSet":"true"}}`, `{"TokenLifetimePolicy":{}}`},
		"homeRealmDiscoveryPolicies":   {`{"HomeRealmDiscoveryPolicy":{"AccelerateToFederatedDomain":true}}`, `{"ClaimsMappingPolicy":{}}`},
		"tokenIssuancePolicies":        {`{"TokenIssuancePolicy":{"Version":1}}`, `[]`},
		"tokenLifetimePolicies":        {`{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"8:00:00"}}`, `{`},
		"activityBasedTimeoutPolicies": {`{"ActivityBasedTimeoutPolicy":{"Version":1,"ApplicationPolicies":[]}}`, `{}`},
	} {
		t.Run(segment, func(t *testing.T) {
			t.Parallel()
			e := newTenant(t)
			path := "/v1.0/policies/" + segment
			one := e.want(201, "POST", path, object{"displayName": "P", "definition": []any{c.definition}})
			same(t, "default", one.body["isOrganizationDefault"], false)
			same(t, "definition", e.want(200, "GET", path+"/"+one.id(), nil).body["definition"], []any{c.definition})
			const bad = "Request_BadRequest"
			e.refused(400, bad, "definition", "POST", path, object{"displayName": "P"})
			e.refused(400, bad, "definition", "POST", path, object{"displayName": "P", "definition": []any{}})
			e.refused(400, bad, "exactly one", "POST", path, object{"displayName": "P", "definition": []any{c.definition, c.definition}})
			e.refused(400, bad, "definition has an invalid value", "POST", path, object{"displayName": "P", "definition": []any{c.other}})
			e.refused(400, bad, "displayName", "POST", path, object{"definition": []any{c.definition}})
			e.want(204, "PATCH", path+"/"+one.id(), object{"displayName": "Q", "isOrganizationDefault": true})
			e.refused(400, bad, "conflicting object", "POST", path, object{"displayName": "P", "definition": []any{c.definition}, "isOrganizationDefault": true})
			same(t, "listed", e.want(200, "GET", path, nil).ids(), []string{one.id()})
			e.want(204, "DELETE", path+"/"+one.id(), nil)
			e.refused(404, "Request_ResourceNotFound", one.id(), "GET", path+"/"+one.id(), nil)
		})
	}
}

// TestPolicyLinks gives an application and its service principal a policy of each type.
func TestPolicyLinks(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{false, true} {
		var opts []emulator.Option
		if kept {
			opts = append(opts, emulator.WithRestoredPolicyLinks())
		}
		e := newTenant(t, opts...)
		app, _, sp := e.principal("App")
		policy := func(segment, name string) string {
			return e.want(201, "POST", "/v1.0/policies/"+segment, object{"displayName": name, "definition": []any{`{"` + name + `":{"Version":1}}`}}).id()
		}
		ref := func(path string) object { return object{"@odata.id": "$host/v1.0/" + path} }
		claims, other := policy("claimsMappingPolicies", "ClaimsMappingPolicy"), policy("claimsMappingPolicies", "ClaimsMappingPolicy")
		lifetime := policy("tokenLifetimePolicies", "TokenLifetimePolicy")
		at := "/v1.0/servicePrincipals/" + sp + "/claimsMappingPolicies"
		e.want(204, "POST", at+"/$ref", ref("policies/claimsMappingPolicies/"+claims))
		e.want(204, "POST", "/v1.0/applications/"+app+"/tokenLifetimePolicies/$ref", ref("directoryObjects/"+lifetime))
		same(t, "linked", e.want(200, "GET", at, nil).ids(), []string{claims})
		same(t, "applies to", e.want(200, "GET", "/v1.0/policies/claimsMappingPolicies/"+claims+"/appliesTo", nil).ids(), []string{sp})
		const bad = "Request_BadRequest"
		e.refused(400, bad, "already exist", "POST", at+"/$ref", ref("policies/claimsMappingPolicies/"+claims))
		e.refused(400, bad, "conflicting object", "POST", at+"/$ref", ref("policies/claimsMappingPolicies/"+other))
		e.refused(404, "Request_ResourceNotFound", nobody, "POST", at+"/$ref", ref("policies/claimsMappingPolicies/"+nobody))
		e.refused(404, "Request_ResourceNotFound", lifetime, "POST", at+"/$ref", ref("directoryObjects/"+lifetime))
		e.refused(400, bad, "Invalid object reference", "POST", at+"/$ref", ref("policies/tokenLifetimePolicies/"+lifetime))
		e.refused(400, "BadRequest", "segment", "GET", "/v1.0/applications/"+app+"/claimsMappingPolicies", nil)

		e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
		e.want(200, "POST", bin+"/"+app+"/restore", nil)
		e.want(200, "POST", bin+"/"+sp+"/restore", nil)
		links := 0
		if kept {
			links = 1
		}
		same(t, "F4 policies of a restored service principal", len(e.want(200, "GET", at, nil).ids()), links)
		appAt := "/v1.0/applications/" + app + "/tokenLifetimePolicies"
		same(t, "policies of a restored application", e.want(200, "GET", appAt, nil).ids(), []string{lifetime})
		e.want(204, "DELETE", appAt+"/"+lifetime+"/$ref", nil)
		e.want(404, "DELETE", appAt+"/"+lifetime+"/$ref", nil)
	}
}

// TestServicePrincipalLife changes what a service principal owns, and not what it inherits.
func TestServicePrincipalLife(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app, appID, sp := e.principal("App")
	at := "/v1.0/servicePrincipals/" + sp
	u := e.user("owner")
	e.want(204, "PATCH", at, object{"accountEnabled": false, "appRoleAssignmentRequired": true, "tags": []any{"HideApp"}, "notes": "n", "loginUrl": "https://a.contoso.com",
		"preferredSingleSignOnMode": "saml", "notificationEmailAddresses": []any{"a@contoso.com"}, "samlSingleSignOnSettings": object{"relayState": "x"}})
	for property, value := range map[string]any{"appDisplayName": "x", "appOwnerOrganizationId": nobody, "signInAudience": "AzureADMyOrg", "servicePrincipalType": "Legacy",
		"oauth2PermissionScopes": []any{}, "appId": nobody} {
		e.refused(400, "Request_BadRequest", "read-only", "PATCH", at, object{property: value})
	}
	e.want(204, "PATCH", "/v1.0/applications/"+app, object{"displayName": "Renamed"})
	got := e.want(200, "GET", "/v1.0/servicePrincipals(appId='"+appID+"')", nil)
	same(t, "inherited name", got.body["appDisplayName"], "Renamed")
	same(t, "own flag", got.body["accountEnabled"], false)
	e.want(204, "POST", at+"/owners/$ref", object{"@odata.id": "$host/v1.0/users/" + u})
	same(t, "owners", e.want(200, "GET", at+"/owners", nil).ids(), []string{u})
	e.want(204, "DELETE", at+"/owners/"+u+"/$ref", nil)

	secret := e.want(200, "POST", at+"/addPassword", object{"passwordCredential": object{"displayName": "s", "endDateTime": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}})
	if secret.body["secretText"] == nil || secret.body["keyId"] == nil {
		t.Errorf("addPassword answers %s", secret.raw)
	}
	stored := e.want(200, "GET", at, nil).body["passwordCredentials"].([]any)[0].(object)
	same(t, "secret told again", stored["secretText"], nil)
	e.want(204, "POST", at+"/removePassword", object{"keyId": secret.body["keyId"]})
	e.refused(400, "Request_BadRequest", "keyId", "POST", at+"/removePassword", object{"keyId": secret.body["keyId"]})
}

// A service principal takes over its application's tags when it is made, and goes its own
// way from then on; one that names tags has these alone.
// https://github.com/hashicorp/terraform-provider-azuread/issues/986
func TestTagsOfServicePrincipals(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	tagged := func() (string, string) {
		app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "Tagged", "signInAudience": "AzureADMyOrg", "tags": []any{"a"}})
		return app.id(), app.body["appId"].(string)
	}
	app, appID := tagged()
	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID})
	same(t, "taken over", sp.body["tags"], []any{"a"})
	e.want(204, "PATCH", "/v1.0/applications/"+app, object{"tags": []any{"b"}})
	same(t, "later", e.want(200, "GET", "/v1.0/servicePrincipals/"+sp.id(), nil).body["tags"], []any{"a"})
	_, appID = tagged()
	same(t, "its own", e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID, "tags": []any{"c"}}).body["tags"], []any{"c"})
}
