package emulator

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

const defaultAudience = "AzureADandPersonalMicrosoftAccount"

func applications() *resource {
	return &resource{
		typ: "application", set: "applications", paths: []string{"/applications"}, directory: true, keys: []string{"appId", "uniqueName"},
		required: []string{"displayName"},
		readOnly: []string{"id", "appId", "createdDateTime", "deletedDateTime", "publisherDomain", "disabledByMicrosoftStatus",
			"verifiedPublisher", "certification", "applicationTemplateId", "createdByAppId"},
		notOnUpdate: []string{"passwordCredentials"},
		fixed:       []string{"uniqueName"},
		// Clients clear the optional claims of an application with {} and find them gone.
		whole: []string{"optionalClaims"},
		selectOnly: []string{"authenticationBehaviors", "isDisabled", "managerApplications", "nativeAuthenticationApisEnabled",
			"oauth2RequirePostResponse"},
		relations: map[string][]string{"owners": {"user", "servicePrincipal"}},
		prepare:   prepareApplication,
		check:     checkApplication,
		embellish: embellishApplication,
		tell:      tellSecrets,
	}
}

func prepareApplication(t *Tenant, o *object) {
	b := o.body
	b["createdDateTime"], b["appId"], b["publisherDomain"] = timestamp(t.now()), uuid.NewString(), t.initialDomain()
	setDefault(b, "signInAudience", defaultAudience)
	completeApplication(b)
	if personal(o.text("signInAudience")) {
		setDefault(b["api"].(body), "requestedAccessTokenVersion", number("2"))
	}
}

// completeApplication fills the blocks that an application is never without, also when a
// PATCH sent null for one.
func completeApplication(b body) {
	for _, name := range []string{"api", "info", "publicClient", "spa", "web", "parentalControlSettings"} {
		setDefault(b, name, body{})
	}
	setDefault(b["parentalControlSettings"].(body), "legalAgeGroupRule", "Allow")
	web := b["web"].(body)
	setDefault(web, "implicitGrantSettings", body{})
	implicit := web["implicitGrantSettings"].(body)
	setDefault(implicit, "enableAccessTokenIssuance", false)
	setDefault(implicit, "enableIdTokenIssuance", false)
}

func personal(audience string) bool {
	return audience == defaultAudience || audience == "PersonalMicrosoftAccount"
}

// embellishApplication names the origin of roles and hides the key material that only a
// GET of one application with $select=keyCredentials shows.
func embellishApplication(t *Tenant, c *call, o *object, out body) {
	markOrigin(out["appRoles"])
	if web, shown := out["web"].(body); shown {
		web["redirectUriSettings"] = redirectSettings(web)
	}
	t.showLogo(c, o, out)
	hideKeys(c, out)
}

// redirectSettings lists every redirect address of an application, the ones without a
// place with an index of null, as answers of Graph do.
func redirectSettings(web body) []any {
	given := list(web["redirectUriSettings"])
	out := slices.Clone(given)
	for _, uri := range list(web["redirectUris"]) {
		if !slices.ContainsFunc(given, func(v any) bool { return v.(body)["uri"] == uri }) {
			out = append(out, body{"uri": uri, "index": nil})
		}
	}
	return out
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
	if nested(sent, "info")["logoUrl"] != nil {
		return badRequest("Property 'logoUrl' is read-only and cannot be set.")
	}
	completeApplication(next.body)
	if gerr := checkAudience(next); gerr != nil {
		return gerr
	}
	if v := next.text("uniqueName"); v != "" && t.reserved("application", "uniqueName", v, next) {
		return conflicting("uniqueName")
	}
	if _, given := sent["identifierUris"]; given {
		if gerr := t.checkIdentifierURIs(old, next); gerr != nil {
			return gerr
		}
	}
	if gerr := checkEntitlements(next); gerr != nil {
		return gerr
	}
	if gerr := checkPreAuthorized(old, sent); gerr != nil {
		return gerr
	}
	if gerr := settleKeys(old, next, sent); gerr != nil {
		return gerr
	}
	if old == nil {
		return t.firstSecrets(next)
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
	// https://learn.microsoft.com/graph/api/resources/application
	if o.text("samlMetadataUrl") != "" && audience != "AzureADMyOrg" {
		return badRequest("Invalid value specified for property 'samlMetadataUrl' of resource 'Application': it is valid for single-tenant applications only.")
	}
	if personal(audience) && version != "2" {
		return badRequest("Property api.requestedAccessTokenVersion must be 2 for the signInAudience '%s'.", audience)
	}
	return nil
}

func servicePrincipals() *resource {
	return &resource{
		typ: "servicePrincipal", set: "servicePrincipals", paths: []string{"/servicePrincipals"}, directory: true, keys: []string{"appId"},
		required: []string{"appId"},
		readOnly: []string{"id", "deletedDateTime", "appDisplayName", "appDescription", "appOwnerOrganizationId", "applicationTemplateId",
			"createdByAppId", "disabledByMicrosoftStatus", "oauth2PermissionScopes", "resourceSpecificApplicationPermissions",
			"servicePrincipalType", "signInAudience", "verifiedPublisher", "samlMetadataUrl"},
		notOnCreate: []string{"passwordCredentials"},
		fixed:       []string{"appId"},
		whole:       []string{"samlSingleSignOnSettings"},
		selectOnly:  []string{"customSecurityAttributes", "isDisabled", "createdByAppId"},
		relations:   map[string][]string{"owners": {"user", "servicePrincipal"}},
		prepare:     prepareServicePrincipal,
		check:       checkServicePrincipal,
		deletable:   deletableServicePrincipal,
		embellish:   embellishServicePrincipal,
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

func checkServicePrincipal(t *Tenant, _ *call, old, next *object, sent body) *graphError {
	if gerr := settleKeys(old, next, sent); gerr != nil {
		return gerr
	}
	if old != nil {
		return settlePasswords(old, next, sent)
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

// deletableServicePrincipal keeps Microsoft Graph's own service principal, without which
// nobody could get a token for Graph. Those of Microsoft's other applications go when
// they are told to, and take the service with them.
// https://github.com/hashicorp/terraform-provider-azuread/issues/1141
func deletableServicePrincipal(_ *Tenant, o *object) *graphError {
	if same(o.body["appId"], microsoftGraph) {
		return &graphError{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation."}
	}
	return nil
}

func duplicateServicePrincipal(appID string) *graphError {
	return &graphError{Status: 409, Code: "Request_MultipleObjectsWithSameKeyValue",
		Message: "The service principal cannot be created, updated, or restored because the service principal name " + appID + " is already in use."}
}

// embellishServicePrincipal shows what a service principal inherits from its application,
// and hides the key material as applications do.
func embellishServicePrincipal(t *Tenant, c *call, o *object, out body) {
	hideKeys(c, out)
	app := t.applicationByAppID(o.text("appId"))
	if app == nil {
		return
	}
	inherited := body{
		"appDisplayName": app.body["displayName"], "appDescription": app.body["description"],
		"signInAudience": app.body["signInAudience"], "appRoles": app.body["appRoles"],
		"oauth2PermissionScopes": nested(app.body, "api")["oauth2PermissionScopes"],
	}
	for name, v := range map[string]any{"homepage": nested(app.body, "web")["homePageUrl"], "logoutUrl": nested(app.body, "web")["logoutUrl"]} {
		if o.body[name] == nil {
			inherited[name] = v
		}
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
	return t.known("application", "appId", appID)
}
