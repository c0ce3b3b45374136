package emulator_test

import "testing"

const appManagement = "/v1.0/policies/defaultAppManagementPolicy"

// TestIdentifierURIs: the formats are those of Microsoft's page on identifier URI
// restrictions, each held to the tenant's policy as it is, and to two others.
func TestIdentifierURIs(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	made := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "signInAudience": "AzureADMyOrg"})
	one, app, tenant := "/v1.0/applications/"+made.id(), made.body["appId"].(string), e.TenantID()
	restrict := func(enabled bool, restrictions object) {
		e.want(204, "PATCH", appManagement, object{"isEnabled": enabled, "applicationRestrictions": object{"identifierUris": restrictions}})
	}
	unique, standard := "must contain a tenant verified domain", "must be of the form"
	for uri, refused := range map[string][3]string{ // by default, with standard URIs alone, without a policy
		"api://" + app:                            {"", "", ""},
		"api://" + tenant + "/" + app:             {"", "", ""},
		"api://" + tenant + "/api":                {"", standard, ""},
		"api://productapi/" + app:                 {"", standard, ""},
		"api://contoso.onmicrosoft.com/api":       {"", standard, ""},
		"https://contoso.onmicrosoft.com/api":     {"", standard, ""},
		"https://a.contoso.onmicrosoft.com":       {"", standard, ""},
		"api://productapi":                        {unique, unique, ""},
		"api://a-" + app:                          {unique, unique, ""},
		"https://example.com/" + app:              {"verified domain", "verified domain", "verified domain"},
		"https://acontoso.onmicrosoft.com/" + app: {"verified domain", "verified domain", "verified domain"},
		"productapi":                              {"identifierUris", "identifierUris", "identifierUris"},
	} {
		for i, want := range refused {
			switch i {
			case 0:
				restrict(true, object{"uriAdditionWithoutUniqueTenantIdentifier": object{"state": "enabled"}})
			case 1:
				restrict(true, object{"nonDefaultUriAddition": object{"state": "enabled"}, "uriAdditionWithoutUniqueTenantIdentifier": object{"state": "enabled"}})
			case 2:
				restrict(false, object{"nonDefaultUriAddition": object{"state": "enabled"}})
			}
			if want == unique && i == 1 {
				want = standard
			}
			if body := (object{"identifierUris": []any{uri}}); want == "" {
				e.want(204, "PATCH", one, body)
				e.want(204, "PATCH", one, object{"identifierUris": []any{}})
			} else {
				e.refused(400, "Request_BadRequest", want, "PATCH", one, body)
			}
		}
	}
}

func TestIdentifierURIExceptions(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	made := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "signInAudience": "AzureADMyOrg"})
	one := "/v1.0/applications/" + made.id()
	add := object{"identifierUris": []any{"api://free"}}
	rule := func(more ...any) {
		e.want(204, "PATCH", appManagement, object{"applicationRestrictions": object{"identifierUris": object{
			"uriAdditionWithoutUniqueTenantIdentifier": with(object{"state": "enabled"}, more...)}}})
	}
	policy := e.want(200, "GET", appManagement, nil).body
	same(t, "restriction at first", at(policy, "applicationRestrictions.identifierUris.uriAdditionWithoutUniqueTenantIdentifier.isStateSetByMicrosoft"), true)
	e.refused(400, "Request_BadRequest", "tenant policy", "PATCH", one, add)
	rule("excludeAppsReceivingV2Tokens", true)
	e.refused(400, "Request_BadRequest", "tenant policy", "PATCH", one, add)
	e.want(204, "PATCH", one, object{"api": object{"requestedAccessTokenVersion": 2}})
	e.want(204, "PATCH", one, add)
	rule()
	e.want(204, "PATCH", one, add) // not new
	e.want(204, "PATCH", one, object{"identifierUris": []any{}})
	e.refused(400, "Request_BadRequest", "tenant policy", "PATCH", one, add)

	rule("excludeSaml", true)
	sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": made.body["appId"]}).id()
	e.refused(400, "Request_BadRequest", "tenant policy", "PATCH", one, add)
	e.want(204, "PATCH", "/v1.0/servicePrincipals/"+sp, object{"preferredSingleSignOnMode": "saml"})
	e.want(204, "PATCH", one, add)
	e.want(204, "PATCH", one, object{"identifierUris": []any{}})

	rule("restrictForAppsCreatedAfterDateTime", "2099-01-01T00:00:00Z")
	e.want(204, "PATCH", one, add)
	same(t, "state set by", at(e.want(200, "GET", appManagement, nil).body, "applicationRestrictions.identifierUris.uriAdditionWithoutUniqueTenantIdentifier.isStateSetByMicrosoft"), false)
	e.refused(400, "Request_BadRequest", "'state'", "PATCH", appManagement, object{"applicationRestrictions": object{"identifierUris": object{"nonDefaultUriAddition": object{}}}})
	e.refused(400, "Request_BadRequest", "excludeActors", "PATCH", appManagement, object{"applicationRestrictions": object{"identifierUris": object{
		"nonDefaultUriAddition": object{"state": "enabled", "excludeActors": object{}}}}})
	e.want(405, "DELETE", appManagement, nil)
}
