package emulator_test

import "testing"

// TestEntitlements: a role and a scope of the same id are one entitlement.
func TestEntitlements(t *testing.T) {
	t.Parallel()
	const id, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	scope := func(more ...any) object {
		return with(object{"id": id, "value": "administer", "adminConsentDisplayName": "Administer", "adminConsentDescription": "All", "isEnabled": true, "type": "Admin"}, more...)
	}
	role := func(more ...any) object {
		return with(object{"id": id, "value": "administer", "displayName": "Administer", "description": "All", "isEnabled": true, "allowedMemberTypes": []any{"User"}}, more...)
	}
	for name, c := range map[string]struct {
		roles, scopes []any
		refused       string
	}{
		"one entitlement":     {[]any{role()}, []any{scope()}, ""},
		"two entitlements":    {[]any{role("id", other, "value", "read")}, []any{scope()}, ""},
		"shared value":        {[]any{role("id", other)}, []any{scope()}, "duplicate values"},
		"shared id":           {[]any{role("value", "read")}, []any{scope()}, "must have the same"},
		"other name":          {[]any{role("displayName", "X")}, []any{scope()}, "must have the same"},
		"other description":   {[]any{role("description", "X")}, []any{scope()}, "must have the same"},
		"one of them off":     {[]any{role("isEnabled", false)}, []any{scope()}, "must have the same"},
		"a value twice":       {[]any{role(), role("id", other)}, nil, "duplicate values"},
		"an id twice":         {[]any{role(), role("value", "read")}, nil, "duplicate values"},
		"roles without value": {[]any{role("value", ""), role("id", other, "value", nil)}, nil, ""},
		"no id":               {[]any{role("id", drop{})}, nil, "id'"},
		"origin":              {[]any{role("origin", "Application")}, nil, "origin"},
		"no member type":      {[]any{role("allowedMemberTypes", []any{})}, nil, "allowedMemberTypes"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t)
			body := object{"displayName": "A", "appRoles": c.roles}
			if c.scopes != nil {
				body["api"] = object{"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": c.scopes}
			}
			if c.refused == "" {
				e.want(201, "POST", "/v1.0/applications", body)
				return
			}
			e.refused(400, "Request_BadRequest", c.refused, "POST", "/v1.0/applications", body)
		})
	}
}

// TestPreAuthorized: P16, a client can have the permissions that are there before the
// request.
func TestPreAuthorized(t *testing.T) {
	t.Parallel()
	const id, apps = "11111111-1111-4111-8111-111111111111", "/v1.0/applications"
	e := newTenant(t)
	scopes := []any{object{"id": id, "value": "x", "adminConsentDisplayName": "X", "adminConsentDescription": "X", "isEnabled": true, "type": "Admin"}}
	clients := []any{object{"appId": nobody, "delegatedPermissionIds": []any{id}}}
	both := object{"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": scopes, "preAuthorizedApplications": clients}
	e.refused(400, "InvalidValue", "AppPermissions", "POST", apps, object{"displayName": "A", "api": both})
	at := apps + "/" + e.want(201, "POST", apps, object{"displayName": "A"}).id()
	e.refused(400, "InvalidValue", "AppPermissions", "PATCH", at, object{"api": both})
	e.refused(400, "InvalidValue", "AppPermissions", "PATCH", at, object{"api": object{"preAuthorizedApplications": clients}})
	e.want(204, "PATCH", at, object{"api": object{"oauth2PermissionScopes": scopes}})
	e.want(204, "PATCH", at, object{"api": object{"preAuthorizedApplications": clients}})
	e.want(204, "PATCH", at, object{"api": both})
}
