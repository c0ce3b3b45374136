package emulator

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Who is let through to a handler: permissions (permit.go), protected actions that ask
// for a stronger sign-in, restricted administrative units, and service principals that
// lost their token.

// WithRequiredRoles holds every request against the Microsoft Graph permissions that the
// application's token has. Without it any token of the tenant may do anything. The
// static token always may.
func WithRequiredRoles() Option { return func(t *Tenant) { t.rules.requiredRoles = true } }

// admit refuses a call that its caller may not make.
func (t *Tenant) admit(c *call) *graphError {
	if gerr := t.permit(c); gerr != nil {
		return gerr
	}
	if gerr := t.protectedAction(c); gerr != nil {
		return gerr
	}
	return t.restricted(c)
}

// challenged asks the client to sign in anew, with claims that it has to hand on to the
// token endpoint.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func challenged(message string, claims body) *graphError {
	raw, _ := json.Marshal(body{"access_token": claims}) // maps of text always encode
	e := unauthenticated(message)
	e.Header["WWW-Authenticate"] = challenge + `, error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString(raw) + `"`
	return e
}

// inOffice refuses the token of a service principal that was disabled or deleted since.
// A client that understands a claims challenge gets one at once; another one's token
// works until it expires, unless its service principal is gone.
// https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation-workload
func (t *Tenant) inOffice(who caller) *graphError {
	principal := t.shelf("servicePrincipal").live(who.principal)
	enabled := principal != nil && principal.body["accountEnabled"] != false
	revoked, was := t.logins.revoked[who.principal]
	if !enabled && (!was || who.serial > revoked.serial) {
		revoked, was = revocation{at: t.now(), serial: serialText(t.logins.serial)}, true
		t.logins.revoked[who.principal] = revoked
		t.stir()
	}
	switch {
	case who.revocable && (!enabled || was && who.serial <= revoked.serial):
		return challenged("Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp",
			body{"nbf": body{"essential": true, "value": fmt.Sprint(revoked.at.Unix())}})
	case principal == nil:
		e := unauthenticated("The identity of the calling application could not be established.")
		e.Code = "Authorization_IdentityNotFound"
		return e
	}
	return nil
}

// protectable are the requests that can be protected actions, by the action's name.
// https://learn.microsoft.com/entra/identity/role-based-access-control/protected-actions-overview
var protectable = map[string]struct{ method, pattern string }{
	"microsoft.directory/conditionalAccessPolicies/create":       {"POST", "/identity/conditionalAccess/policies"},
	"microsoft.directory/conditionalAccessPolicies/basic/update": {"PATCH", "/identity/conditionalAccess/policies/{id}"},
	"microsoft.directory/conditionalAccessPolicies/delete":       {"DELETE", "/identity/conditionalAccess/policies/{id}"},
	"microsoft.directory/namedLocations/create":                  {"POST", "/identity/conditionalAccess/namedLocations"},
	"microsoft.directory/namedLocations/basic/update":            {"PATCH", "/identity/conditionalAccess/namedLocations/{id}"},
	"microsoft.directory/namedLocations/delete":                  {"DELETE", "/identity/conditionalAccess/namedLocations/{id}"},
	"microsoft.directory/deletedItems/delete":                    {"DELETE", "/directory/deletedItems/{id}"},
}

// WithProtectedActions makes actions such as
// "microsoft.directory/conditionalAccessPolicies/delete" ask for authentication context
// c1. It asks everybody, the static token included: no application can step up, and
// whether Graph lets applications pass unasked is unconfirmed. A name that is not one of
// the actions that the emulator knows panics in New.
func WithProtectedActions(actions ...string) Option {
	return func(t *Tenant) {
		for _, action := range actions {
			if _, known := protectable[action]; !known {
				panic("emulator: no protected action " + action)
			}
			t.protected[action] = "c1"
		}
	}
}

func (t *Tenant) protectedAction(c *call) *graphError {
	for action, context := range t.protected {
		request := protectable[action]
		if request.method != c.method || request.pattern != c.route.pattern || slices.Contains(c.caller.contexts, context) {
			continue
		}
		return challenged("The token does not satisfy the authentication context that the action "+action+" requires.",
			body{"acrs": body{"essential": true, "value": context}})
	}
	return nil
}

const resourceActions = "/roleManagement/directory/resourceNamespaces/microsoft.directory/resourceActions/{id}"

func protectedActionRoutes(add func(method, pattern string, run handler)) {
	add("GET", resourceActions, showProtection)
	add("PATCH", resourceActions, protectAction)
}

// actionNamed finds an action by its id, which is its name with dashes and the verb.
func actionNamed(id string) (action, verb string, gerr *graphError) {
	for action, request := range protectable {
		verb := strings.ToLower(request.method)
		if strings.EqualFold(id, strings.ReplaceAll(action, "/", "-")+"-"+verb) {
			return action, request.method, nil
		}
	}
	return "", "", notFound(id)
}

func showProtection(t *Tenant, c *call) (*reply, *graphError) {
	action, verb, gerr := actionNamed(c.params["id"])
	if gerr != nil {
		return nil, gerr
	}
	out := body{"@odata.context": c.context("roleManagement/directory/resourceNamespaces('microsoft.directory')/resourceActions/$entity"),
		"id": strings.ReplaceAll(action, "/", "-") + "-" + strings.ToLower(verb), "name": action, "actionVerb": verb, "description": nil,
		"isAuthenticationContextSettable": true, "authenticationContextId": nil, "resourceScopeId": nil}
	if context := t.protected[action]; context != "" {
		out["authenticationContextId"] = context
	}
	return ok(out), nil
}

// protectAction answers the PATCH that sets an action's authentication context, which
// beta alone documents; null takes the protection off.
func protectAction(t *Tenant, c *call) (*reply, *graphError) {
	action, _, gerr := actionNamed(c.params["id"])
	if gerr != nil {
		return nil, gerr
	}
	if !c.beta() {
		return nil, methodNotAllowed()
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	v, given := in["authenticationContextId"]
	context, isText := v.(string)
	switch {
	case len(in) != 1 || !given || v != nil && !(isText && contextWords.MatchString(context)):
		return nil, badRequest("An authenticationContextId, and nothing else, is required.")
	case v == nil:
		delete(t.protected, action)
	default:
		t.protected[action] = context
	}
	return noContent, nil
}

// readingActions are POSTs below an object that change nothing.
var readingActions = []string{"checkMemberGroups", "checkMemberObjects", "getMemberGroups", "getMemberObjects"}

// restricted refuses changes to a member of a restricted management administrative unit
// by a caller without a role scoped to that unit. The static token passes: it stands for
// whoever has every right.
// https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management
func (t *Tenant) restricted(c *call) *graphError {
	if c.caller.static || c.method == http.MethodGet || slices.ContainsFunc(readingActions, func(a string) bool { return strings.HasSuffix(c.route.pattern, "/"+a) }) {
		return nil
	}
	for _, typ := range []string{"user", "group", "device"} {
		r := t.resource(typ)
		if r == nil || r.typ != typ || len(r.paths) == 0 || !strings.HasPrefix(c.route.pattern, r.paths[0]+"/{id}") {
			continue
		}
		o := t.lookUp(r, c.params["id"])
		if o == nil {
			return nil
		}
		for _, unit := range t.related(o, "memberOf") {
			if unit.typ == "administrativeUnit" && unit.body["isMemberManagementRestricted"] == true && !t.scopedTo(c.caller.principal, unit) {
				return &graphError{Status: http.StatusForbidden, Code: "Authorization_RequestDenied",
					Message: "Insufficient privileges to complete the operation. Target object is a member of a restricted management " +
						"administrative unit and can only be modified by administrators scoped to that administrative unit."}
			}
		}
	}
	return nil
}

// scopedTo tells whether a principal, or a group that it is a member of, has a role
// whose scope is the unit. Scoped role members are role assignments too.
func (t *Tenant) scopedTo(principal string, unit *object) bool {
	holders := []any{principal}
	if o := t.directoryObject(principal, false); o != nil {
		for _, x := range t.related(o, "memberOf") {
			holders = append(holders, x.id)
		}
	}
	found := false
	t.shelf("unifiedRoleAssignment").each(func(o *object) bool {
		found = same(o.body["directoryScopeId"], "/administrativeUnits/"+unit.id) &&
			slices.ContainsFunc(holders, func(id any) bool { return same(o.body["principalId"], id) })
		return !found
	})
	return found
}
