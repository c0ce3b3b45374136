package emulator

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const defaultAudience = "AzureADandPersonalMicrosoftAccount"

func applications() *resource {
	return &resource{
		typ: "application", set: "applications", paths: []string{"/applications"}, directory: true, keys: []string{"appId", "uniqueName"},
		required: []string{"displayName"},
		readOnly: []string{"id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain", "disabledByMicrosoftStatus",
			"verifiedPublisher", "certification", "applicationTemplateId", "createdByAppId", "samlMetadataUrl",
			"passwordCredentials"},
		fixed: []string{"uniqueName"},
		selectOnly: []string{"authenticationBehaviors", "isDisabled", "managerApplications", "nativeAuthenticationApisEnabled",
			"oauth2RequirePostResponse"},
		relations: map[string][]string{"owners": {"user", "servicePrincipal"}},
		prepare:   prepareApplication,
		check:     checkApplication,
		embellish: embellishApplication,
	}
}

func prepareApplication(t *Tenant, o *object) {
	b := o.body
	b["createdDateTime"], b["appId"], b["publisherDomain"] = timestamp(t.now()), uuid.NewString(), t.initialDomain()
	setDefault(b, "signInAudience", defaultAudience)
	for _, name := range []string{"api", "info", "publicClient", "spa", "web", "parentalControlSettings"} {
		setDefault(b, name, body{})
	}
	setDefault(b["parentalControlSettings"].(body), "legalAgeGroupRule", "Allow")
	web := b["web"].(body)
	setDefault(web, "implicitGrantSettings", body{})
	implicit := web["implicitGrantSettings"].(body)
	setDefault(implicit, "enableAccessTokenIssuance", false)
	setDefault(implicit, "enableIdTokenIssuance", false)
	if personal(o.text("signInAudience")) {
		setDefault(b["api"].(body), "requestedAccessTokenVersion", number("2"))
	}
}

func personal(audience string) bool {
	return audience == defaultAudience || audience == "PersonalMicrosoftAccount"
}

// embellishApplication names the origin of roles and hides the key material that only a
// GET of one application with $select=keyCredentials shows.
func embellishApplication(_ *Tenant, c *call, _ *object, out body) {
	markOrigin(out["appRoles"])
	if !c.query.Has("$select") {
		for _, k := range list(out["keyCredentials"]) {
			k.(body)["key"] = nil
		}
	}
}

func markOrigin(roles any) {
	for _, r := range list(roles) {
		r.(body)["origin"] = "Application"
	}
}

func checkApplication(t *Tenant, _ *call, old, next *object, sent body) *graphError {
	if gerr := filled(next, "displayName"); gerr != nil {
		return gerr
	}
	if gerr := checkAudience(next); gerr != nil {
		return gerr
	}
	if v := next.text("uniqueName"); v != "" && t.reserved("application", "uniqueName", v, next) {
		return conflicting("uniqueName")
	}
	if _, given := sent["identifierUris"]; given {
		if gerr := t.checkIdentifierURIs(next); gerr != nil {
			return gerr
		}
	}
	if gerr := checkEntitlements(next); gerr != nil {
		return gerr
	}
	if old == nil {
		return nil
	}
	for _, lists := range [][2]any{
		{old.body["appRoles"], next.body["appRoles"]},
		{nested(old.body, "api")["oauth2PermissionScopes"], nested(next.body, "api")["oauth2PermissionScopes"]},
	} {
		if gerr := checkDisabledFirst(lists[0], lists[1]); gerr != nil {
			return gerr
		}
	}
	return nil
}

func checkAudience(o *object) *graphError {
	audience := o.text("signInAudience")
	switch audience {
	case "AzureADMyOrg", "AzureADMultipleOrgs", defaultAudience, "PersonalMicrosoftAccount":
	default:
		return badRequest("Invalid value specified for property 'signInAudience' of resource 'Application'.")
	}
	version := textOf(nested(o.body, "api")["requestedAccessTokenVersion"])
	if version != "" && version != "1" && version != "2" {
		return badRequest("Invalid value specified for property 'requestedAccessTokenVersion' of resource 'Application'.")
	}
	if personal(audience) && version != "2" {
		return badRequest("Property api.requestedAccessTokenVersion must be 2 for the signInAudience '%s'.", audience)
	}
	return nil
}

// checkIdentifierURIs wants a URI that the tenant can vouch for, as tenants do by
// default, and that no other live application has. Binned applications do not count:
// whether they do in Graph is unconfirmed.
func (t *Tenant) checkIdentifierURIs(o *object) *graphError {
	for _, v := range list(o.body["identifierUris"]) {
		uri, _ := v.(string)
		u, err := url.Parse(uri)
		host := ""
		if err == nil {
			host = strings.ToLower(u.Host)
		}
		own := host != "" && (host == strings.ToLower(o.text("appId")) || host == strings.ToLower(t.id))
		switch {
		case err == nil && u.Scheme == "api" && (own || t.verifiedDomain(host)):
		case err == nil && u.Scheme == "https" && t.verifiedDomain(host):
		default:
			return badRequest("Values of identifierUris property must use a verified domain of the organization or its subdomain: '%s'.", uri)
		}
		if t.takenInList("application", "identifierUris", uri, o) {
			return conflicting("identifierUris")
		}
	}
	return nil
}

// checkEntitlements holds app roles and scopes against each other: ids are unique in
// their list, values over both.
func checkEntitlements(o *object) *graphError {
	values := map[string]bool{}
	for _, entries := range [][]any{list(o.body["appRoles"]), list(nested(o.body, "api")["oauth2PermissionScopes"])} {
		ids := map[string]bool{}
		for _, e := range entries {
			entry := e.(body)
			id, _ := entry["id"].(string)
			value, _ := entry["value"].(string)
			enabled, _ := entry["isEnabled"].(bool)
			switch {
			case id == "":
				return badRequest("A value is required for property 'id' of an app role or permission scope.")
			case ids[strings.ToLower(id)]:
				return badRequest("Request contains a property with duplicate values.")
			case value != "" && values[value]:
				return badRequest("Property value cannot have duplicate values: '%s'.", value)
			case entry["origin"] != nil:
				return badRequest("Property 'origin' is read-only and cannot be set.")
			}
			entry["isEnabled"] = enabled
			ids[strings.ToLower(id)], values[value] = true, true
		}
	}
	for _, r := range list(o.body["appRoles"]) {
		role := r.(body)
		if role["displayName"] == nil || len(list(role["allowedMemberTypes"])) == 0 {
			return badRequest("An app role needs a displayName and allowedMemberTypes.")
		}
		for _, m := range list(role["allowedMemberTypes"]) {
			if m != "User" && m != "Application" {
				return badRequest("Invalid value specified for property 'allowedMemberTypes' of resource 'AppRole'.")
			}
		}
	}
	return nil
}

// checkDisabledFirst refuses to drop an enabled role or scope, or to change its value.
func checkDisabledFirst(old, next any) *graphError {
	for _, o := range list(old) {
		before := o.(body)
		if before["isEnabled"] != true {
			continue
		}
		at := slices.IndexFunc(list(next), func(n any) bool { return same(n.(body)["id"], before["id"]) })
		if at < 0 || !reflect.DeepEqual(list(next)[at].(body)["value"], before["value"]) {
			return &graphError{Status: 400, Code: "CannotDeleteOrUpdateEnabledEntitlement",
				Message: "Permission (scope or role) cannot be deleted or updated unless disabled first."}
		}
	}
	return nil
}

func servicePrincipals() *resource {
	return &resource{
		typ: "servicePrincipal", set: "servicePrincipals", paths: []string{"/servicePrincipals"}, directory: true, keys: []string{"appId"},
		required: []string{"appId"},
		readOnly: []string{"id", "deletedDateTime", "appDisplayName", "appDescription", "appOwnerOrganizationId", "applicationTemplateId",
			"createdByAppId", "disabledByMicrosoftStatus", "oauth2PermissionScopes", "resourceSpecificApplicationPermissions",
			"servicePrincipalType", "signInAudience", "verifiedPublisher", "passwordCredentials", "samlMetadataUrl"},
		fixed:      []string{"appId"},
		selectOnly: []string{"customSecurityAttributes", "isDisabled", "createdByAppId"},
		relations:  map[string][]string{"owners": {"user", "servicePrincipal"}},
		prepare:    prepareServicePrincipal,
		check:      checkServicePrincipal,
		embellish:  embellishServicePrincipal,
	}
}

func prepareServicePrincipal(t *Tenant, o *object) {
	b := o.body
	setDefault(b, "accountEnabled", true)
	setDefault(b, "appRoleAssignmentRequired", false)
	setDefault(b, "servicePrincipalType", "Application")
	if app := t.applicationByAppID(o.text("appId")); app != nil {
		b["appOwnerOrganizationId"] = t.id
		setDefault(b, "displayName", app.body["displayName"])
		setDefault(b, "servicePrincipalNames", append([]any{app.body["appId"]}, list(app.body["identifierUris"])...))
		setDefault(b, "replyUrls", nested(app.body, "web")["redirectUris"])
	} else if known, first := microsoftApps()[strings.ToLower(o.text("appId"))]; first {
		b["appOwnerOrganizationId"], b["signInAudience"] = known.owner, "AzureADMultipleOrgs"
		b["displayName"], b["appDisplayName"] = known.name, known.name
		setDefault(b, "servicePrincipalNames", []any{known.appID})
	}
}

func checkServicePrincipal(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old != nil {
		return nil
	}
	appID := next.text("appId")
	_, first := microsoftApps()[strings.ToLower(appID)]
	if t.applicationByAppID(appID) == nil && !first {
		return badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID)
	}
	if t.taken("servicePrincipal", "appId", appID, next) {
		return duplicateServicePrincipal(appID)
	}
	return nil
}

func duplicateServicePrincipal(appID string) *graphError {
	return &graphError{Status: 409, Code: "Request_MultipleObjectsWithSameKeyValue",
		Message: "The service principal cannot be created, updated, or restored because the service principal name " + appID + " is already in use."}
}

// embellishServicePrincipal shows what a service principal inherits from its application.
func embellishServicePrincipal(t *Tenant, c *call, o *object, out body) {
	app := t.applicationByAppID(o.text("appId"))
	if app == nil {
		return
	}
	inherited := body{
		"appDisplayName": app.body["displayName"], "appDescription": app.body["description"],
		"signInAudience": app.body["signInAudience"], "appRoles": app.body["appRoles"],
		"oauth2PermissionScopes": nested(app.body, "api")["oauth2PermissionScopes"],
	}
	for name, v := range inherited {
		if _, shown := out[name]; !shown {
			continue
		}
		if p, known := propertyOf("servicePrincipal", name, c.beta()); known {
			out[name] = c.value(p, v)
		}
	}
	markOrigin(out["appRoles"])
}

func (t *Tenant) applicationByAppID(appID string) *object {
	return t.byProperty("application", "appId", appID)
}

func federatedCredentials() *resource {
	return &resource{
		typ: "federatedIdentityCredential", set: "federatedIdentityCredentials", policies: true, unpaged: true,
		required: []string{"name", "issuer", "audiences"},
		readOnly: []string{"id"}, fixed: []string{"name"}, keys: []string{"name"},
	}
}

// addPassword makes a secret; its text is told once.
func addPassword(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	in := body{}
	if len(c.raw) > 0 {
		if in, gerr = c.decode(); gerr != nil {
			return nil, gerr
		}
	}
	now := t.now()
	secret := body{"customKeyIdentifier": nil, "displayName": nil, "keyId": uuid.NewString(),
		"startDateTime": timestamp(now), "endDateTime": timestamp(now.AddDate(2, 0, 0))}
	for name, v := range in {
		given, isObject := v.(body)
		if name != "passwordCredential" || !isObject {
			return nil, badRequest("Invalid property '%s'.", name)
		}
		for property, v := range given {
			s, isText := v.(string)
			switch property {
			case "displayName":
			case "startDateTime", "endDateTime":
				if _, err := time.Parse(time.RFC3339Nano, s); v != nil && err != nil {
					return nil, badRequest("Cannot convert the value of property '%s' to the expected type 'Edm.DateTimeOffset'.", property)
				}
			default:
				return nil, badRequest("Property '%s' cannot be set.", property)
			}
			if isText {
				secret[property] = s
			}
		}
	}
	text := randomHex(20)
	secret["hint"] = text[:3]
	secrets := append(slices.Clone(list(o.body["passwordCredentials"])), any(secret))
	t.auditSecrets(c, o, "passwordCredentials", secrets)
	o.body["passwordCredentials"] = secrets
	out := body{"@odata.context": c.context("microsoft.graph.passwordCredential"), "secretText": text}
	for k, v := range secret {
		out[k] = v
	}
	return ok(out), nil
}

func removePassword(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	secrets := list(o.body["passwordCredentials"])
	left := slices.DeleteFunc(slices.Clone(secrets), func(s any) bool { return same(s.(body)["keyId"], in["keyId"]) })
	if len(left) == len(secrets) {
		return nil, badRequest("No password credential found with keyId.")
	}
	t.auditSecrets(c, o, "passwordCredentials", left)
	o.body["passwordCredentials"] = left
	return noContent, nil
}
