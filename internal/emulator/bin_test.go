package emulator_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

func (e *tenant) advance(d string) {
	e.t.Helper()
	e.want(200, "POST", "/_emulator/clock", object{"advance": d})
}

func TestDirectoryBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("u")
	g := e.group("g", "members@odata.bind", []any{"$host/v1.0/users/" + u}, "owners@odata.bind", []any{"$host/v1.0/users/" + u})
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	e.want(204, "POST", units+"/"+unit+"/members/$ref", object{"@odata.id": "$host/v1.0/groups/" + g})
	p := e.want(201, "POST", policies, policy("conditions.users.excludeGroups", []any{g})).id()
	e.refused(400, "Request_UnsupportedQuery", "Only specific instances", "GET", bin, nil)
	e.refused(400, "BadRequest", "segment", "GET", bin+"/microsoft.graph.directoryRole", nil)
	e.refused(404, "Request_ResourceNotFound", g, "POST", bin+"/"+g+"/restore", nil)

	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.want(404, "GET", "/v1.0/groups/"+g, nil)
	e.want(404, "PATCH", "/v1.0/groups/"+g, object{"displayName": "x"})
	e.want(404, "GET", "/v1.0/directoryObjects/"+g, nil)
	same(t, "members of the unit", e.want(200, "GET", units+"/"+unit+"/members", nil).ids(), []string(nil))
	list := e.want(200, "GET", bin+"/microsoft.graph.group", nil)
	same(t, "bin", list.ids(), []string{g})
	same(t, "deleted", list.body["value"].([]any)[0].(object)["deletedDateTime"], "2026-11-24T10:00:00Z")
	same(t, "users in the bin", e.want(200, "GET", bin+"/microsoft.graph.user", nil).ids(), []string(nil))
	one := e.want(200, "GET", bin+"/"+g, nil)
	same(t, "type", one.body["@odata.type"], "#microsoft.graph.group")
	same(t, "still referred to", at(e.want(200, "GET", policies+"/"+p, nil).body, "conditions.users.excludeGroups"), []any{g})

	back := e.want(200, "POST", bin+"/"+g+"/restore", object{})
	same(t, "restored", back.id(), g)
	same(t, "live", back.body["deletedDateTime"], nil)
	e.want(404, "POST", bin+"/"+g+"/restore", nil)
	for _, relation := range []string{"members", "owners"} {
		same(t, relation, e.want(200, "GET", "/v1.0/groups/"+g+"/"+relation, nil).ids(), []string{u})
	}
	same(t, "units", e.want(200, "GET", units+"/"+unit+"/members", nil).ids(), []string{g})

	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.want(204, "DELETE", bin+"/"+g, nil)
	for _, m := range []string{"GET", "DELETE"} {
		e.want(404, m, bin+"/"+g, nil)
	}

	e.want(204, "DELETE", units+"/"+unit, nil)
	e.refused(403, "Authorization_RequestDenied", "retention", "DELETE", bin+"/"+unit, nil)
	e.advance("719h")
	e.want(200, "GET", bin+"/"+unit, nil)
	e.advance("1h")
	e.want(404, "GET", bin+"/"+unit, nil)
}

func TestOptionsOfBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithHardDeletedSecurityGroups(), emulator.WithAdministrativeUnitPurge(), emulator.WithDanglingRestore(), emulator.WithReferencesFromBin())
	g := e.group("g")
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.want(404, "GET", bin+"/"+g, nil)
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
	e.want(204, "DELETE", units+"/"+unit, nil)
	e.want(204, "DELETE", bin+"/"+unit, nil)
	u := e.user("u")
	l := e.location("l", false)
	p := e.want(201, "POST", policies, policy("conditions.users.excludeUsers", []any{u}, "conditions.locations", object{"includeLocations": []any{l}})).id()
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(400, "DELETE", locations+"/"+l, nil)
	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	e.want(200, "POST", caBin+"/policies/"+p+"/restore", nil)
}

// TestWithoutReferencesFromBin: a strength that only a policy in the recycle bin names
// goes, and the policy cannot be restored any more.
func TestWithoutReferencesFromBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithoutReferencesFromBin())
	s := e.want(201, "POST", strengths, object{"displayName": "S", "allowedCombinations": []any{"fido2"}}).id()
	p := e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": s}})).id()
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(204, "DELETE", strengths+"/"+s, nil)
	e.refused(400, "BadRequest", s, "POST", caBin+"/policies/"+p+"/restore", nil)
}

func TestApplicationBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "signInAudience": "AzureADMyOrg", "uniqueName": "held"}).body
	id, appID := app["id"].(string), app["appId"].(string)
	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID}).id()
	e.want(204, "PATCH", "/v1.0/applications/"+id, object{"identifierUris": []any{"api://" + appID}})
	e.want(204, "DELETE", "/v1.0/applications/"+id, nil)
	e.want(404, "GET", "/v1.0/servicePrincipals/"+sp, nil)
	e.refused(400, "Request_BadRequest", "property uniqueName", "POST", "/v1.0/applications", object{"displayName": "B", "uniqueName": "held"})
	e.refused(400, "Request_BadRequest", "does not reference", "POST", bin+"/"+sp+"/restore", nil)
	e.want(200, "POST", bin+"/"+id+"/restore", nil)
	e.want(404, "GET", "/v1.0/servicePrincipals/"+sp, nil)
	other := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID}).id()
	e.want(409, "POST", bin+"/"+sp+"/restore", nil)
	e.want(204, "DELETE", "/v1.0/servicePrincipals/"+other, nil)
	e.want(200, "POST", bin+"/"+sp+"/restore", nil)

	open := e.want(201, "POST", "/v1.0/applications", object{"displayName": "Open"}).id()
	e.want(204, "DELETE", "/v1.0/applications/"+open, nil)
	e.want(204, "DELETE", "/v1.0/applications/"+id, nil)
	e.advance("800h")
	e.want(404, "GET", bin+"/"+id, nil)
	e.want(200, "GET", bin+"/"+open, nil)
}

func TestRestoreConflicts(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("u")
	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	e.user("u")
	e.refused(400, "Request_BadRequest", "userPrincipalName", "POST", bin+"/"+u+"/restore", nil)
	e.want(200, "POST", bin+"/"+u+"/restore", object{"newUserPrincipalName": "v@contoso.onmicrosoft.com"})
	mail := []any{"groupTypes", []any{"Unified"}, "mailEnabled", true}
	g := e.group("m", mail...)
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	other := e.group("m", mail...)
	e.refused(400, "Request_BadRequest", "mailNickname", "POST", bin+"/"+g+"/restore", nil)
	e.want(204, "PATCH", "/v1.0/groups/"+other, object{"mailNickname": "n"}) // it keeps the address
	e.refused(400, "Request_BadRequest", "proxyAddresses", "POST", bin+"/"+g+"/restore", nil)
	e.want(204, "DELETE", "/v1.0/groups/"+other, nil)
	e.want(200, "POST", bin+"/"+g+"/restore", nil)
	e.refused(400, "Request_BadRequest", "proxyAddresses", "POST", bin+"/"+other+"/restore", nil)
}

// TestRestoredURI: where an application in the recycle bin does not reserve its
// identifierUris, one that took them meanwhile keeps it there.
func TestRestoredURI(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithFreedIdentifierURIs())
	named := object{"displayName": "App", "identifierUris": []any{"https://contoso.onmicrosoft.com/app"}}
	a := e.want(201, "POST", "/v1.0/applications", named).id()
	e.want(204, "DELETE", "/v1.0/applications/"+a, nil)
	b := e.want(201, "POST", "/v1.0/applications", named).id()
	e.refused(400, "Request_BadRequest", "identifierUris", "POST", bin+"/"+a+"/restore", nil)
	e.want(204, "PATCH", "/v1.0/applications/"+b, object{"identifierUris": []any{}})
	e.want(200, "POST", bin+"/"+a+"/restore", nil)
}

func TestConditionalAccessBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g, l := e.group("g"), e.location("l", true)
	p := e.want(201, "POST", policies, policy("state", "enabled", "conditions.users.excludeGroups", []any{g},
		"conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{l}})).id()
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(204, "PATCH", locations+"/"+l, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false})
	e.want(204, "DELETE", locations+"/"+l, nil)
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	same(t, "policies", e.want(200, "GET", caBin+"/policies", nil).ids(), []string{p})
	same(t, "locations", e.want(200, "GET", caBin+"/namedLocations", nil).ids(), []string{l})

	e.refused(404, "UnknownError", "deletedItems", "GET", caBin, nil)
	restore := caBin + "/policies/" + p + "/restore"
	e.refused(400, "BadRequest", "1040", "POST", restore, nil)
	same(t, "untrusted", e.want(200, "POST", caBin+"/namedLocations/"+l+"/restore", nil).body["isTrusted"], false)
	e.refused(400, "BadRequest", g, "POST", restore, nil)
	e.want(200, "POST", bin+"/"+g+"/restore", nil)
	back := e.want(200, "POST", restore, nil).body
	same(t, "id", back["id"], p)
	same(t, "state", back["state"], "enabled")
	e.refused(404, "ResourceNotFound", p, "POST", restore, nil)

	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(204, "DELETE", caBin+"/policies/"+p, nil)
	e.refused(404, "ResourceNotFound", p, "DELETE", caBin+"/policies/"+p, nil)
	if again := e.want(201, "POST", policies, policy()).id(); again == p {
		t.Error("a new policy has the old id")
	}
	e.want(204, "DELETE", locations+"/"+l, nil)
	e.advance("745h")
	e.want(404, "GET", caBin+"/namedLocations/"+l, nil)
}
