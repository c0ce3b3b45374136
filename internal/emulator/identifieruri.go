package emulator

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Identifier URIs of applications, and what the tenant's app management policy says of
// what they look like.
// https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions

// appManagementID is that of the policy in every tenant.
const appManagementID = "00000000-0000-0000-0000-000000000000"

// seedAppManagement makes the tenant's policy as Microsoft switched it on in 2025, but
// without the exceptions for SAML and for version 2 tokens: what passes here passes there.
func (t *Tenant) seedAppManagement() {
	none := func() body { return body{"passwordCredentials": []any{}, "keyCredentials": []any{}} }
	applications := none()
	applications["identifierUris"] = body{"uriAdditionWithoutUniqueTenantIdentifier": body{
		"state": "enabled", "isStateSetByMicrosoft": true, "excludeAppsReceivingV2Tokens": false, "excludeSaml": false}}
	t.put("tenantAppManagementPolicy", appManagementID, body{
		"displayName": "Default app management tenant policy", "description": "Restrictions that apply to all applications and service principals of the tenant.",
		"isEnabled": true, "applicationRestrictions": applications, "servicePrincipalRestrictions": none()})
}

// checkURIRestrictions wants a state of every restriction, and notes that it is no longer
// Microsoft's.
func checkURIRestrictions(uris body) *graphError {
	for _, name := range []string{"nonDefaultUriAddition", "uriAdditionWithoutUniqueTenantIdentifier"} {
		if r := nested(uris, name); r != nil {
			if r["state"] == nil {
				return badRequest("A value is required for property 'state' of '%s'.", name)
			}
			r["isStateSetByMicrosoft"] = false
		}
	}
	return nil
}

// checkIdentifierURIs wants the URIs to be unique among the applications, in the recycle
// bin included, and those that are new to pass the tenant's policy.
func (t *Tenant) checkIdentifierURIs(old, o *object) *graphError {
	var had []any
	if old != nil {
		had = list(old.body["identifierUris"])
	}
	for _, v := range list(o.body["identifierUris"]) {
		uri, _ := v.(string)
		u, err := url.Parse(uri)
		if err != nil || u.Scheme == "" {
			return badRequest("Invalid value specified for property 'identifierUris' of resource 'Application'.")
		}
		if t.takenInList("application", "identifierUris", uri, o) || !t.rules.identifiersFreed && t.binnedIdentifier(uri, o) {
			return conflicting("identifierUris")
		}
		if slices.Contains(had, v) {
			continue
		}
		if web := u.Scheme == "https" || u.Scheme == "http"; web && !t.verifiedDomain(u.Hostname()) {
			return badRequest("Values of identifierUris property must use a verified domain of the organization or its subdomain: '%s'.", uri)
		}
		if gerr := t.allowedURI(o, u); gerr != nil {
			return gerr
		}
	}
	return nil
}

// binnedIdentifier tells whether another application in the recycle bin has the URI.
func (t *Tenant) binnedIdentifier(uri string, except *object) bool {
	return slices.ContainsFunc(t.shelf("application").all(true), func(o *object) bool {
		return o.id != except.id && slices.ContainsFunc(list(o.body["identifierUris"]), func(v any) bool { return same(v, uri) })
	})
}

// allowedURI holds a URI to the two restrictions of the tenant's policy.
func (t *Tenant) allowedURI(o *object, u *url.URL) *graphError {
	policy := t.shelf("tenantAppManagementPolicy").live(appManagementID)
	uris := nested(nested(policy.body, "applicationRestrictions"), "identifierUris")
	if policy.body["isEnabled"] != true {
		return nil
	}
	parts := strings.Split(strings.ToLower(u.Host+u.EscapedPath()), "/")
	app, tenant := strings.ToLower(o.text("appId")), strings.ToLower(t.id)
	standard := u.Scheme == "api" && (slices.Equal(parts, []string{app}) || slices.Equal(parts, []string{tenant, app}))
	if t.restricts(nested(uris, "nonDefaultUriAddition"), o) && !standard {
		return badRequest("Failed to add identifier URI %s. All newly added URIs must be of the form api://{appId} or api://{tenantId}/{appId}, as per tenant policy.", u)
	}
	own := slices.Contains(parts, app) || slices.Contains(parts, tenant) || t.verifiedDomain(u.Hostname())
	if t.restricts(nested(uris, "uriAdditionWithoutUniqueTenantIdentifier"), o) && !own {
		return badRequest("Failed to add identifier URI %s. All newly added URIs must contain a tenant verified domain, tenant ID, or appId, as per tenant policy.", u)
	}
	return nil
}

// restricts tells whether a restriction is on and the application no exception.
func (t *Tenant) restricts(r body, app *object) bool {
	if r["state"] != "enabled" {
		return false
	}
	if r["excludeAppsReceivingV2Tokens"] == true && textOf(nested(app.body, "api")["requestedAccessTokenVersion"]) == "2" {
		return false
	}
	if sp := t.byProperty("servicePrincipal", "appId", app.text("appId")); sp != nil && r["excludeSaml"] == true && sp.text("preferredSingleSignOnMode") == "saml" {
		return false
	}
	after, err := time.Parse(time.RFC3339Nano, textOf(r["restrictForAppsCreatedAfterDateTime"]))
	created, _ := time.Parse(time.RFC3339Nano, app.text("createdDateTime"))
	return err != nil || created.After(after)
}
