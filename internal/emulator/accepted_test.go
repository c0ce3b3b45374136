package emulator_test

import "testing"

// Requests that look wrong, that clients of Graph send all the same, and that it takes:
// seen in clients that pass their own tests against live tenants.

func TestAcceptedInTheDirectory(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "optionalClaims": object{"idToken": []any{object{"name": "email", "essential": false}}}}).id()
	one := "/v1.0/applications/" + app

	t.Run("an id that is repeated", func(t *testing.T) {
		e.want(204, "PATCH", one, object{"id": app, "displayName": "B"})
		same(t, "name", e.want(200, "GET", one, nil).body["displayName"], "B")
		e.refused(400, "Request_BadRequest", "'id' is read-only", "PATCH", one, object{"id": nobody})
		fic := e.want(201, "POST", one+"/federatedIdentityCredentials", object{"name": "repeated", "issuer": "https://example.org", "subject": "s", "audiences": []any{"a"}}).id()
		e.want(204, "PATCH", one+"/federatedIdentityCredentials/"+fic, object{"id": fic, "description": "d"})
	})
	t.Run("optional claims are replaced whole", func(t *testing.T) {
		e.want(204, "PATCH", one, object{"optionalClaims": object{"accessToken": []any{object{"name": "email", "essential": false}}}})
		claims := e.want(200, "GET", one, nil).body["optionalClaims"].(object)
		same(t, "claims of the id token", claims["idToken"], []any{})
		e.want(204, "PATCH", one, object{"optionalClaims": object{}})
		claims = e.want(200, "GET", one, nil).body["optionalClaims"].(object)
		same(t, "claims of the access token", claims["accessToken"], []any{})
		e.want(204, "PATCH", one, object{"web": object{"homePageUrl": "https://contoso.onmicrosoft.com"}})
		e.want(204, "PATCH", one, object{"web": object{"redirectUris": []any{"https://contoso.onmicrosoft.com/a"}}})
		web := e.want(200, "GET", one, nil).body["web"].(object)
		same(t, "the home page, merged", web["homePageUrl"], "https://contoso.onmicrosoft.com")
	})
	t.Run("a credential's name with dots", func(t *testing.T) {
		fic := object{"name": "hash.example.com-1", "issuer": "https://example.com", "subject": "s", "audiences": []any{"a"}}
		e.want(201, "POST", one+"/federatedIdentityCredentials", fic)
		fic["name"] = "hash/example"
		e.refused(400, "Request_BadRequest", "'name'", "POST", one+"/federatedIdentityCredentials", fic)
	})
	t.Run("a nickname with a dot", func(t *testing.T) {
		e.group("dotted", "mailNickname", "a.group")
	})
	t.Run("the type of a role that is activated", func(t *testing.T) {
		role := object{"@odata.type": "#microsoft.graph.directoryRole", "roleTemplateId": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"}
		e.want(201, "POST", "/v1.0/directoryRoles", role)
		role["displayName"] = "Mine"
		e.refused(400, "Request_BadRequest", "roleTemplateId", "POST", "/v1.0/directoryRoles", role)
	})
	t.Run("every built-in role is described", func(t *testing.T) {
		for _, path := range []string{"/v1.0/directoryRoleTemplates", "/v1.0/directoryRoles", "/v1.0/roleManagement/directory/roleDefinitions"} {
			for _, row := range e.want(200, "GET", path, nil).body["value"].([]any) {
				if d, _ := row.(object)["description"].(string); d == "" {
					t.Errorf("%s: %v has no description", path, row.(object)["displayName"])
				}
			}
		}
	})
	t.Run("write-back that was never set is no null", func(t *testing.T) {
		g := e.group("cloud")
		same(t, "writebackConfiguration", e.want(200, "GET", "/beta/groups/"+g, nil).body["writebackConfiguration"],
			object{"isEnabled": nil, "onPremisesGroupType": nil})
		e.want(204, "PATCH", "/beta/groups/"+g, object{"writebackConfiguration": object{"isEnabled": true}})
		same(t, "isEnabled", at(e.want(200, "GET", "/beta/groups/"+g, nil).body, "writebackConfiguration.isEnabled"), true)
	})
}

func TestAcceptedByConditionalAccess(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	t.Run("IPv6 that calls itself IPv4", func(t *testing.T) {
		made := e.want(201, "POST", locations, ipLocation("ipRanges", []any{
			object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"},
			object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "64:ff9b::/96"}}))
		ranges := made.body["ipRanges"].([]any)
		same(t, "first", ranges[0].(object)["@odata.type"], "#microsoft.graph.iPv4CidrRange")
		same(t, "second", ranges[1].(object)["@odata.type"], "#microsoft.graph.iPv6CidrRange")
	})
	t.Run("all external tenants without their type", func(t *testing.T) {
		made := e.want(201, "POST", policies, policy("conditions.users.includeGuestsOrExternalUsers",
			object{"guestOrExternalUserTypes": "serviceProvider", "externalTenants": object{"membershipKind": "all"}}))
		tenants := at(made.body, "conditions.users.includeGuestsOrExternalUsers.externalTenants").(object)
		same(t, "externalTenants", tenants, object{"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"})
	})
}

func TestAcceptedOfRoles(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451" // Global Reader
	t.Run("the unit of a scoped role member, told twice", func(t *testing.T) {
		unit := e.want(201, "POST", units, object{"displayName": "U"}).id()
		role := e.want(201, "POST", "/v1.0/directoryRoles", object{"roleTemplateId": reader}).id()
		body := object{"administrativeUnitId": unit, "roleId": role, "roleMemberInfo": object{"id": e.user("ann")}}
		e.want(201, "POST", units+"/"+unit+"/scopedRoleMembers", body)
		body["administrativeUnitId"] = nobody
		e.refused(400, "Request_BadRequest", "differ", "POST", units+"/"+unit+"/scopedRoleMembers", body)
	})
	t.Run("null for who asks", func(t *testing.T) {
		ask := func(by any) object {
			return object{"action": "adminAssign", "principalId": e.user("u"), "roleDefinitionId": reader, "directoryScopeId": "/", "justification": "j",
				"scheduleInfo": object{"expiration": object{"type": "noExpiration"}}, "createdBy": by}
		}
		const requests = "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests"
		body := ask(nil)
		e.want(201, "POST", requests, body)
		body["createdBy"] = object{}
		e.refused(400, "Request_BadRequest", "read-only", "POST", requests, body)
	})
	t.Run("everything of a policy expanded", func(t *testing.T) {
		const all = "/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '/' and scopeType eq 'DirectoryRole'"
		id := e.want(200, "GET", all, nil).ids()[0]
		p := e.want(200, "GET", "/v1.0/policies/roleManagementPolicies/"+id+"?$expand=*", nil).body
		for _, relation := range []string{"rules", "effectiveRules"} {
			if list, _ := p[relation].([]any); len(list) == 0 {
				t.Errorf("%s is not expanded", relation)
			}
		}
		e.want(400, "GET", "/v1.0/groups?$expand=*", nil)
		one := "/v1.0/policies/roleManagementPolicies/" + id
		e.want(204, "PATCH", one, object{"id": id, "scopeId": "/", "scopeType": "DirectoryRole", "lastModifiedBy": nil, "rules": []any{}})
		e.refused(400, "Request_BadRequest", "read-only", "PATCH", one, object{"scopeId": nobody})
		e.refused(400, "Request_BadRequest", "read-only", "PATCH", one, object{"lastModifiedBy": object{}})
	})
	t.Run("one member by its id, without the header of advanced queries", func(t *testing.T) {
		g, ann, bob := e.group("g"), e.user("member"), e.user("other")
		for _, u := range []string{ann, bob} {
			e.want(204, "POST", "/v1.0/groups/"+g+"/members/$ref", object{"@odata.id": "$host/v1.0/directoryObjects/" + u})
		}
		same(t, "found", e.want(200, "GET", "/v1.0/groups/"+g+"/members?$filter=id eq '"+ann+"'", nil).ids(), []string{ann})
		same(t, "nobody", e.want(200, "GET", "/v1.0/groups/"+g+"/members?$filter=id eq '"+nobody+"'", nil).ids(), []string(nil))
		e.refused(400, "Request_UnsupportedQuery", "", "GET", "/v1.0/groups/"+g+"/members/microsoft.graph.user?$filter=displayName eq 'member'", nil)
	})
}
