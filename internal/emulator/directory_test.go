package emulator_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

func TestVerbs(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for path, body := range map[string]object{
		"/v1.0/groups":       {"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true},
		"/v1.0/applications": {"displayName": "A"},
		units:                {"displayName": "A"},
		locations:            ipLocation(),
		policies:             policy(),
		strengths:            {"displayName": "A", "allowedCombinations": []any{"fido2"}},
	} {
		made := e.want(201, "POST", path, body)
		if got := made.header.Get("Location"); !strings.HasSuffix(got, "/"+made.id()) {
			t.Errorf("POST %s: Location %q", path, got)
		}
		one := path + "/" + made.id()
		same(t, "id of "+one, e.want(200, "GET", one, nil).id(), made.id())
		patch := object{"displayName": "B"}
		if path == locations {
			patch["@odata.type"] = "#microsoft.graph.ipNamedLocation"
		}
		if a := e.want(204, "PATCH", one, patch); a.raw != "" {
			t.Errorf("PATCH %s answers %s", one, a.raw)
		}
		same(t, "name of "+one, e.want(200, "GET", one, nil).body["displayName"], "B")
		e.want(405, "PUT", one, patch)
		e.want(405, "PATCH", path, patch)
		e.want(204, "DELETE", one, nil)
		e.want(404, "GET", one, nil)
		e.want(404, "PATCH", one, patch)
		e.want(404, "DELETE", one, nil)
	}
	e.refused(400, "BadRequest", "segment 'nothing'", "GET", "/v1.0/nothing", nil)
	e.refused(400, "BadRequest", "delegated", "GET", "/v1.0/me", nil)
}

func TestAuthorization(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithToken("secret"))
	for _, header := range []string{"", "Bearer ", "Bearer wrong", "Basic secret"} {
		a := e.do("GET", "/v1.0/groups", nil, "Authorization", header)
		if a.status != 401 || a.code() != "InvalidAuthenticationToken" || a.header.Get("WWW-Authenticate") == "" {
			t.Errorf("%q: %d %s", header, a.status, a.raw)
		}
	}
	a := e.want(200, "GET", "/v1.0/groups", nil, "Authorization", "Bearer secret", "client-request-id", "mine")
	same(t, "client-request-id", a.header.Get("client-request-id"), "mine")
	same(t, "OData-Version", a.header.Get("OData-Version"), "4.0")
	if a.header.Get("request-id") == "" {
		t.Error("no request-id")
	}
	if one, two := emulator.New(), emulator.New(); one.Token() == two.Token() {
		t.Error("two tenants have the same token")
	}
}

// TestStrictness sends what Graph refuses, one row per class.
func TestStrictness(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	group := func(more ...any) object {
		return with(object{"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true}, more...)
	}
	const bad = "Request_BadRequest"
	g := e.group("fixed", "isAssignableToRole", true, "uniqueName", "unique")
	u := e.want(201, "POST", units, object{"displayName": "U"}).id()
	a := e.want(201, "POST", "/v1.0/applications", object{"displayName": "App", "uniqueName": "app"}).id()
	for name, c := range map[string]struct {
		method, path string
		body         any
		code, part   string
	}{
		"unknown":              {"POST", "/v1.0/groups", group("colour", "red"), bad, "Invalid property 'colour'"},
		"unknown in patch":     {"PATCH", "/v1.0/groups/" + g, object{"colour": "red"}, bad, "Invalid property 'colour'"},
		"unknown inside":       {"PATCH", "/v1.0/applications/" + a, object{"web": object{"colour": "red"}}, bad, "web.colour"},
		"beta only":            {"POST", "/v1.0/groups", group("writebackConfiguration", object{}), bad, "Invalid property"},
		"read-only":            {"POST", "/v1.0/groups", group("createdDateTime", "2026-01-01T00:00:00Z"), bad, "read-only"},
		"read-only in patch":   {"PATCH", "/v1.0/groups/" + g, object{"securityIdentifier": "S-1"}, bad, "read-only"},
		"id":                   {"POST", "/v1.0/groups", group("id", nobody), bad, "'id' is read-only"},
		"app id":               {"POST", "/v1.0/applications", object{"displayName": "A", "appId": nobody}, bad, "read-only"},
		"text for flag":        {"POST", "/v1.0/groups", group("mailEnabled", "false"), bad, "Edm.Boolean"},
		"number for text":      {"POST", "/v1.0/groups", group("displayName", 7), bad, "Edm.String"},
		"text for number":      {"POST", "/v1.0/applications", object{"displayName": "A", "api": object{"requestedAccessTokenVersion": "2"}}, bad, "Edm.Int32"},
		"text for list":        {"PATCH", "/v1.0/applications/" + a, object{"tags": "x"}, bad, "must be a collection"},
		"null in list":         {"PATCH", "/v1.0/applications/" + a, object{"tags": []any{nil}}, bad, "tags"},
		"null list":            {"PATCH", "/v1.0/applications/" + a, object{"tags": nil}, bad, "tags"},
		"list for object":      {"PATCH", "/v1.0/applications/" + a, object{"web": []any{}}, bad, "must be an object"},
		"GUID":                 {"PATCH", "/v1.0/applications/" + a, object{"tokenEncryptionKeyId": "x"}, bad, "Edm.Guid"},
		"required":             {"POST", "/v1.0/groups", with(group(), "mailNickname", drop{}), bad, "'mailNickname' of resource 'Group'"},
		"required null":        {"POST", units, object{"displayName": nil}, bad, "displayName"},
		"emptied name":         {"PATCH", "/v1.0/groups/" + g, object{"displayName": ""}, bad, "displayName"},
		"malformed":            {"POST", "/v1.0/groups", `{"displayName":`, "BadRequest", "valid JSON"},
		"list":                 {"POST", "/v1.0/groups", `[]`, "BadRequest", "valid JSON"},
		"two values":           {"POST", "/v1.0/groups", `{} {}`, "BadRequest", "behind the object"},
		"empty":                {"POST", "/v1.0/groups", nil, bad, "Empty Payload"},
		"navigation":           {"POST", "/v1.0/groups", group("members", []any{}), bad, "Invalid property 'members'"},
		"unknown type":         {"POST", "/v1.0/groups", group("@odata.type", "#microsoft.graph.user"), "BadRequest", "could not be resolved"},
		"fixed role":           {"PATCH", "/v1.0/groups/" + g, object{"isAssignableToRole": false}, bad, "read-only"},
		"fixed unique name":    {"PATCH", "/v1.0/groups/" + g, object{"uniqueName": "other"}, bad, "read-only"},
		"unique name":          {"POST", "/v1.0/groups", group("uniqueName", "unique"), bad, "same value for property uniqueName"},
		"fixed visibility":     {"PATCH", units + "/" + u, object{"visibility": "HiddenMembership"}, bad, "read-only"},
		"fixed restriction":    {"PATCH", units + "/" + u, object{"isMemberManagementRestricted": true}, bad, "read-only"},
		"wrong visibility":     {"POST", units, object{"displayName": "A", "visibility": "Secret"}, bad, "visibility"},
		"dynamic without rule": {"POST", "/v1.0/groups", group("groupTypes", []any{"DynamicMembership"}), bad, "membershipRule"},
		"rule without dynamic": {"POST", "/v1.0/groups", group("membershipRule", "user.x -eq 1"), bad, "dynamic"},
		"dynamic role group":   {"POST", "/v1.0/groups", group("groupTypes", []any{"DynamicMembership"}, "membershipRule", "x", "membershipRuleProcessingState", "On", "isAssignableToRole", true), bad, "isAssignableToRole"},
		"dynamic unit":         {"POST", units, object{"displayName": "A", "membershipType": "Dynamic"}, bad, "membershipRule"},
		"nickname":             {"POST", "/v1.0/groups", group("mailNickname", "a b"), bad, "mailNickname"},
		"mail-enabled":         {"POST", "/v1.0/groups", group("mailEnabled", true), bad, "mail-enabled"},
		"group type":           {"POST", "/v1.0/groups", group("groupTypes", []any{"Other"}), bad, "groupTypes"},
		"neither":              {"POST", "/v1.0/groups", group("securityEnabled", false), bad, "securityEnabled"},
		"changed kind":         {"PATCH", "/v1.0/groups/" + g, object{"groupTypes": []any{"Unified"}}, bad, "cannot be changed"},
		"exchange on create":   {"POST", "/v1.0/groups", group("hideFromAddressLists", true), bad, "read-only"},
		"audience":             {"POST", "/v1.0/applications", object{"displayName": "A", "signInAudience": "Everyone"}, bad, "signInAudience"},
		"token version":        {"POST", "/v1.0/applications", object{"displayName": "A", "api": object{"requestedAccessTokenVersion": 1}}, bad, "must be 2"},
		"identifier":           {"PATCH", "/v1.0/applications/" + a, object{"identifierUris": []any{"api://other"}}, bad, "verified domain"},
		"secrets":              {"PATCH", "/v1.0/applications/" + a, object{"passwordCredentials": []any{}}, bad, "read-only"},
		"foreign application":  {"POST", "/v1.0/servicePrincipals", object{"appId": nobody}, bad, "does not reference"},
		"foreign domain":       {"POST", "/v1.0/users", object{"accountEnabled": true, "displayName": "A", "mailNickname": "a", "userPrincipalName": "a@example.org", "passwordProfile": object{"password": "Long-enough-1"}}, bad, "verified domain"},
	} {
		t.Run(name, func(t *testing.T) {
			sub := &tenant{e.Tenant, t, e.url}
			sub.refused(400, c.code, c.part, c.method, c.path, c.body)
		})
	}
	// What repeats a fixed value, or clears a collection, passes.
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"isAssignableToRole": true, "uniqueName": "unique", "description": nil})
	e.want(204, "PATCH", units+"/"+u, object{"visibility": nil, "isMemberManagementRestricted": false})
	e.want(204, "PATCH", "/v1.0/applications/"+a, object{"tags": []any{}, "@odata.context": "x"})
}

func TestGroupDefaults(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.want(201, "POST", "/v1.0/groups", object{"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true}).body
	for name, want := range map[string]any{"groupTypes": []any{}, "isAssignableToRole": nil, "createdDateTime": "2026-11-24T10:00:00Z",
		"renewedDateTime": "2026-11-24T10:00:00Z", "visibility": nil, "proxyAddresses": []any{}, "uniqueName": nil, "deletedDateTime": nil} {
		v, there := g[name]
		if !there {
			t.Errorf("%s is missing", name)
		}
		same(t, name, v, want)
	}
	for _, name := range []string{"assignedLabels", "members", "organizationId", "writebackConfiguration", "hideFromAddressLists"} {
		if _, there := g[name]; there {
			t.Errorf("%s stands in the default set", name)
		}
	}
	m := e.want(201, "POST", "/v1.0/groups", object{"displayName": "M", "mailEnabled": true, "mailNickname": "m", "securityEnabled": false, "groupTypes": []any{"Unified"}}).body
	same(t, "visibility", m["visibility"], "Public")
	same(t, "mail", m["mail"], "m@contoso.onmicrosoft.com")
	e.refused(400, "Request_BadRequest", "property mailNickname", "POST", "/v1.0/groups", object{"displayName": "N", "mailEnabled": true, "mailNickname": "M", "securityEnabled": false, "groupTypes": []any{"Unified"}})
	beta := e.want(200, "GET", "/beta/groups/"+g["id"].(string), nil).body
	if _, there := beta["writebackConfiguration"]; !there {
		t.Error("beta lacks writebackConfiguration")
	}
}

func TestSecurityIdentifier(t *testing.T) {
	t.Parallel()
	same(t, "sid", emulator.SecurityIdentifier("75f20296-ab3d-473d-b47a-cf82bdb0dd59"), "S-1-12-1-1978794646-1195223869-2194635444-1507700925")
}

func TestMembers(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u1, u2 := e.user("u1"), e.user("u2")
	g := e.group("g", "members@odata.bind", []any{"$host/v1.0/directoryObjects/" + u1}, "owners@odata.bind", []any{"https://graph.microsoft.com/v1.0/users/" + u1})
	members := "/v1.0/groups/" + g + "/members"
	ref := object{"@odata.id": "$host/v1.0/directoryObjects/" + u2}
	e.want(204, "POST", members+"/$ref", ref)
	e.refused(400, "Request_BadRequest", "already exist for the following modified properties: 'members'", "POST", members+"/$ref", ref)
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", members+"/$ref", object{"@odata.id": "$host/v1.0/directoryObjects/" + nobody})
	e.refused(400, "Request_BadRequest", "full URL", "POST", members+"/$ref", object{"@odata.id": "/directoryObjects/" + u2})
	e.refused(400, "Request_BadRequest", "cannot be added", "POST", members+"/$ref", object{"@odata.id": "$host/v1.0/directoryObjects/" + g})
	list := e.want(200, "GET", members, nil)
	same(t, "members", len(list.ids()), 2)
	same(t, "type of a row", at(list.body["value"].([]any)[0].(object), "@odata"), nil)
	if row := list.body["value"].([]any)[0].(object); row["@odata.type"] != "#microsoft.graph.user" {
		t.Errorf("a member without its type: %v", row)
	}
	same(t, "users", len(e.want(200, "GET", members+"/microsoft.graph.user", nil).ids()), 2)
	same(t, "groups", len(e.want(200, "GET", members+"/microsoft.graph.group", nil).ids()), 0)
	e.refused(400, "Request_BadRequest", "$count is not currently supported", "GET", members+"/$count", nil)
	same(t, "count", e.want(200, "GET", members+"/$count", nil, "ConsistencyLevel", "eventual").raw, "2")
	same(t, "memberOf", e.want(200, "GET", "/v1.0/users/"+u2+"/memberOf", nil).ids(), []string{g})
	if refs := e.want(200, "GET", members+"/$ref", nil); !strings.Contains(refs.raw, "/v1.0/directoryObjects/"+u1) {
		t.Error(refs.raw)
	}
	e.want(204, "DELETE", members+"/"+u2+"/$ref", nil)
	e.refused(404, "Request_ResourceNotFound", u2, "DELETE", members+"/"+u2+"/$ref", nil)
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"members@odata.bind": []any{"$host/v1.0/users/" + u2}})

	var many []any
	for range 21 {
		many = append(many, "$host/v1.0/directoryObjects/"+e.group("x"))
	}
	e.refused(400, "Request_BadRequest", "maximum of 20", "PATCH", "/v1.0/groups/"+g, object{"members@odata.bind": many})
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"members@odata.bind": many[:20]})
	expanded := e.want(200, "GET", "/v1.0/groups/"+g+"?$expand=members($select=id)", nil)
	same(t, "expanded members", len(expanded.body["members"].([]any)), 20)

	d := e.group("d", "groupTypes", []any{"DynamicMembership"}, "membershipRule", "user.x -eq 1", "membershipRuleProcessingState", "On")
	e.refused(400, "Request_BadRequest", "rule", "POST", "/v1.0/groups/"+d+"/members/$ref", ref)
	m := e.group("m", "groupTypes", []any{"Unified"}, "mailEnabled", true, "owners@odata.bind", []any{"$host/v1.0/users/" + u1})
	e.refused(400, "Request_BadRequest", "at least one owner", "DELETE", "/v1.0/groups/"+m+"/owners/"+u1+"/$ref", nil)
	e.want(204, "POST", "/v1.0/groups/"+m+"/owners/$ref", ref)
	e.want(204, "DELETE", "/v1.0/groups/"+m+"/owners/"+u1+"/$ref", nil)
	e.refused(400, "Request_BadRequest", "cannot be added", "POST", "/v1.0/groups/"+g+"/owners/$ref", object{"@odata.id": "$host/v1.0/groups/" + m})

	outer := e.group("outer", "members@odata.bind", []any{"$host/v1.0/groups/" + g})
	if all := e.want(200, "GET", "/v1.0/groups/"+outer+"/transitiveMembers", nil).ids(); !slices.Contains(all, u1) || len(all) != 23 {
		t.Errorf("transitive members: %d", len(all))
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.want(201, "POST", units, object{"displayName": "U", "isMemberManagementRestricted": true}).id()
	at := units + "/" + u + "/members"
	inside := e.want(201, "POST", at, object{"@odata.type": "#microsoft.graph.group", "displayName": "in", "mailEnabled": false, "mailNickname": "in", "securityEnabled": true}).id()
	same(t, "members", e.want(200, "GET", "/v1.0/administrativeUnits/"+u+"/members", nil).ids(), []string{inside})
	e.refused(400, "Request_BadRequest", "Only a group", "POST", at, object{"displayName": "in"})
	m := e.group("m", "groupTypes", []any{"Unified"}, "mailEnabled", true)
	e.refused(400, "Request_BadRequest", "cannot be added", "POST", at+"/$ref", object{"@odata.id": "$host/v1.0/groups/" + m})
	before := len(e.want(200, "GET", "/v1.0/groups", nil).ids())
	e.refused(400, "Request_BadRequest", "cannot be added", "POST", at, object{"@odata.type": "#microsoft.graph.group", "displayName": "r", "mailEnabled": false, "mailNickname": "r", "securityEnabled": true, "isAssignableToRole": true})
	same(t, "groups after a refusal", len(e.want(200, "GET", "/v1.0/groups", nil).ids()), before)
	e.refused(400, "Request_BadRequest", "Invalid property", "POST", units, object{"displayName": "x", "members@odata.bind": []any{}})
}

func TestApplications(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	role := func(enabled bool, value string) object {
		return object{"id": nobody, "displayName": "R", "description": "d", "value": value, "isEnabled": enabled, "allowedMemberTypes": []any{"User"}}
	}
	made := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "appRoles": []any{role(true, "r")}}).body
	same(t, "audience", made["signInAudience"], "AzureADandPersonalMicrosoftAccount")
	same(t, "token version", at(made, "api.requestedAccessTokenVersion"), 2.0)
	same(t, "redirects", at(made, "spa.redirectUris"), []any{})
	same(t, "origin", made["appRoles"].([]any)[0].(object)["origin"], "Application")
	id, appID := made["id"].(string), made["appId"].(string)
	app := "/v1.0/applications/" + id
	same(t, "by appId", e.want(200, "GET", "/v1.0/applications(appId='"+appID+"')", nil).id(), id)
	const enabled = "CannotDeleteOrUpdateEnabledEntitlement"
	e.refused(400, enabled, "disabled first", "PATCH", app, object{"appRoles": []any{}})
	e.refused(400, enabled, "disabled first", "PATCH", app, object{"appRoles": []any{role(true, "other")}})
	e.refused(400, "Request_BadRequest", "duplicate values", "PATCH", app, object{"api": object{"oauth2PermissionScopes": []any{object{"id": e.TenantID(), "value": "r", "type": "User", "isEnabled": true}}}})
	e.want(204, "PATCH", app, object{"appRoles": []any{role(false, "r")}})
	e.want(204, "PATCH", app, object{"appRoles": []any{}})

	e.want(204, "PATCH", app, object{"web": object{"redirectUris": []any{"https://a.example.org"}}})
	e.want(204, "PATCH", app, object{"web": object{"homePageUrl": "https://b.example.org"}, "identifierUris": []any{"api://" + appID}})
	same(t, "merged", at(e.want(200, "GET", app, nil).body, "web.redirectUris"), []any{"https://a.example.org"})

	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": appID})
	same(t, "name", sp.body["displayName"], "A")
	e.refused(409, "Request_MultipleObjectsWithSameKeyValue", appID, "POST", "/v1.0/servicePrincipals", object{"appId": appID})
	graph := e.want(200, "GET", "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", nil).body
	same(t, "Microsoft's", graph["displayName"], "Microsoft Graph")
	if roles := graph["appRoles"].([]any); len(roles) < 20 {
		t.Errorf("Microsoft Graph has %d roles", len(roles))
	}

	secret := e.want(200, "POST", app+"/addPassword", object{"passwordCredential": object{"displayName": "s"}})
	text, _ := secret.body["secretText"].(string)
	if got := e.want(200, "GET", app, nil).raw; text == "" || strings.Contains(got, text) {
		t.Error("the secret is missing, or told twice")
	}
	e.want(204, "POST", app+"/removePassword", object{"keyId": secret.body["keyId"]})
	e.want(400, "POST", app+"/removePassword", object{"keyId": secret.body["keyId"]})

	fic := object{"name": "ci-1", "issuer": "https://issuer.example.org", "subject": "s", "audiences": []any{"api://AzureADTokenExchange"}}
	f := e.want(201, "POST", app+"/federatedIdentityCredentials", fic).id()
	e.want(400, "POST", app+"/federatedIdentityCredentials", fic)
	e.want(204, "PATCH", app+"/federatedIdentityCredentials/"+f, object{"subject": "t"})
	e.refused(400, "Request_BadRequest", "read-only", "PATCH", app+"/federatedIdentityCredentials/"+f, object{"name": "cd-1"})
	e.want(201, "PATCH", app+"/federatedIdentityCredentials(name='new-one')", object{"issuer": "i", "subject": "s", "audiences": []any{"a"}}, "Prefer", "create-if-missing")
	same(t, "credentials", len(e.want(200, "GET", app+"/federatedIdentityCredentials", nil).ids()), 2)
	e.want(204, "DELETE", app+"/federatedIdentityCredentials/"+f, nil)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("o'neil")
	same(t, "quoted", e.want(200, "GET", "/v1.0/users('o''neil@contoso.onmicrosoft.com')", nil).id(), u)
	same(t, "by name", e.want(200, "GET", "/v1.0/users/o'neil@contoso.onmicrosoft.com", nil).id(), u)
	same(t, "upper case", e.want(200, "GET", "/v1.0/directoryObjects/"+strings.ToUpper(u), nil).id(), u)
	key := "/v1.0/groups(uniqueName='one')"
	body := object{"displayName": "One", "mailEnabled": false, "mailNickname": "one", "securityEnabled": true}
	e.want(404, "PATCH", key, body)
	made := e.want(201, "PATCH", key, body, "Prefer", "create-if-missing").id()
	e.want(204, "PATCH", key, object{"displayName": "Two"}, "Prefer", "create-if-missing")
	same(t, "upserted", e.want(200, "GET", key, nil).body["displayName"], "Two")
	got := e.want(200, "POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{made, u, nobody}, "types": []any{"group"}})
	same(t, "getByIds", got.ids(), []string{made})
	e.want(400, "POST", "/v1.0/directoryObjects/getByIds", object{"ids": make([]any, 1001)})
}
