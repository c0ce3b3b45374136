package emulator_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

// TestLoadBelow loads what stands below other objects, and what joins several.
func TestLoadBelow(t *testing.T) {
	t.Parallel()
	const (
		app      = "aaaaaaaa-0000-4000-8000-000000000001"
		appID    = "aaaaaaaa-0000-4000-8000-000000000002"
		sp       = "aaaaaaaa-0000-4000-8000-000000000003"
		user     = "aaaaaaaa-0000-4000-8000-000000000004"
		unit     = "aaaaaaaa-0000-4000-8000-000000000005"
		claims   = "aaaaaaaa-0000-4000-8000-000000000006"
		strength = "aaaaaaaa-0000-4000-8000-000000000007"
		child    = "aaaaaaaa-0000-4000-8000-000000000008"
		role     = "lAPpYvVpN0KRkAEhdxReEAAAAAAAAABAgAAAAAAAAAQ-1"
		assigned = "BAAAqgAAAECAAAAAAAAABBZ8b0XyDUNBr5QHXqRU0nQ"
	)
	a := &archive.Archive{
		Objects: []archive.Object{
			{Collection: "/applications/" + app + "/extensionProperties", File: "extension", Body: object{"id": child, "name": "extension_x_badge", "dataType": "String", "targetObjects": []any{"User"}}},
			{Collection: "/servicePrincipals/" + sp + "/appRoleAssignedTo", File: "to", Body: object{"id": assigned, "principalId": user, "principalType": "User", "resourceId": sp, "appRoleId": defaultRole}},
			{Collection: "/servicePrincipals/" + sp + "/appRoleAssignments", File: "again", Body: object{"id": assigned, "principalId": user, "principalType": "User", "resourceId": sp, "appRoleId": defaultRole}},
			{Collection: strengths[len("/v1.0"):] + "/" + strength + "/combinationConfigurations", File: "keys", Body: object{"@odata.type": "#microsoft.graph.fido2CombinationConfiguration",
				"allowedAAGUIDs": []any{nobody}, "appliesToCombinations": []any{"fido2"}}},
			{Collection: "/applications/" + nobody + "/extensionProperties", File: "orphan", Body: object{"name": "x"}},
			{Collection: "/applications/" + app + "/secrets", File: "secrets", Body: object{"name": "x"}},
			{Collection: "/applications", File: "app", Body: object{"id": app, "appId": appID, "displayName": "App"}},
			{Collection: "/servicePrincipals", File: "sp", Body: object{"id": sp, "appId": appID, "displayName": "App"}},
			{Collection: "/users", File: "user", Body: object{"id": user, "userPrincipalName": "a@contoso.onmicrosoft.com", "displayName": "A"}},
			{Collection: "/directory/administrativeUnits", File: "unit", Body: object{"id": unit, "displayName": "U"}},
			{Collection: "/policies/claimsMappingPolicies", File: "claims", Body: object{"id": claims, "displayName": "C", "definition": []any{`{"ClaimsMappingPolicy":{"Version":1}}`}}},
			{Collection: strengths[len("/v1.0"):], File: "strength", Body: object{"id": strength, "displayName": "S", "allowedCombinations": []any{"fido2"}}},
			{Collection: contexts[len("/v1.0"):], File: "context", Body: object{"id": "c3", "displayName": "C", "isAvailable": true}},
			{Collection: roleAssignments[len("/v1.0"):], File: "role", Body: object{"id": role, "principalId": user, "roleDefinitionId": globalReader, "directoryScopeId": "/"}},
			{Collection: roleDefinitions[len("/v1.0"):], File: "built-in", Body: object{"id": globalReader, "displayName": "Global Reader", "isBuiltIn": true}},
			{Collection: "/oauth2PermissionGrants", File: "grant", Body: object{"id": "AwAAqgAAAECAAAAAAAAAAwMAAKoAAABAgAAAAAAAAAM", "clientId": sp, "resourceId": sp, "consentType": "AllPrincipals", "scope": "x"}},
		},
		Links: []archive.Link{
			{Collection: "/servicePrincipals", ID: sp, Relation: "claimsMappingPolicies", Target: claims, File: "link"},
			{Collection: "/servicePrincipals", ID: sp, Relation: "tokenLifetimePolicies", Target: nobody, File: "dangling"},
		},
	}
	e := newTenant(t)
	refused := map[string]bool{}
	for _, r := range e.Load(a).Refused {
		refused[r.File] = true
	}
	same(t, "refused", refused, map[string]bool{"orphan": true, "secrets": true, "dangling": true})
	for path, id := range map[string]string{
		"/applications/" + app + "/extensionProperties":                  child,
		"/servicePrincipals/" + sp + "/appRoleAssignedTo":                assigned,
		"/users/" + user + "/appRoleAssignments":                         assigned,
		"/servicePrincipals/" + sp + "/claimsMappingPolicies":            claims,
		contexts[len("/v1.0"):]:                                          "c3",
		roleAssignments[len("/v1.0"):]:                                   role,
		"/servicePrincipals/" + sp + "/oauth2PermissionGrants":           "AwAAqgAAAECAAAAAAAAAAwMAAKoAAABAgAAAAAAAAAM",
		"/directoryRoles(roleTemplateId='" + globalReader + "')/members": user,
	} {
		same(t, path, e.want(200, "GET", "/v1.0"+path, nil).ids(), []string{id})
	}
	same(t, "configuration", len(e.want(200, "GET", strengths+"/"+strength+"/combinationConfigurations", nil).ids()), 1)
	e.want(200, "GET", "/v1.0/oauth2PermissionGrants/AwAAqgAAAECAAAAAAAAAAwMAAKoAAABAgAAAAAAAAAM", nil)
}
