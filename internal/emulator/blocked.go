package emulator

import (
	"slices"
	"strings"
)

// Blocked returns the names of the enforced policies that block a sign-in of a user or a
// service principal to Microsoft Graph from an ordinary browser on Windows, by all that the
// tenant holds now, whatever its replicas have seen of it. It is for tests that a client
// locks nobody out on its way; a policy that the emulator cannot judge does not count.
func (t *Tenant) Blocked(id string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &imagined{
		identity:   body{"@odata.type": identityOfPerson, "userId": id},
		context:    body{"@odata.type": identityPrefix + "applicationContext", "includeApplications": []any{microsoftGraph}},
		conditions: body{"clientAppType": "browser", "devicePlatform": "windows"},
	}
	if s.user = t.shelf("user").live(id); s.user != nil {
		s.memberOf = t.related(s.user, "transitiveMemberOf")
	} else if s.principal = t.shelf("servicePrincipal").live(id); s.principal == nil {
		return nil
	}
	var out []string
	for _, p := range t.shelf("conditionalAccessPolicy").all(false) {
		if p.text("state") != "enabled" || !contains(nested(p.body, "grantControls")["builtInControls"], "block") {
			continue
		}
		if reason, gerr := t.judge(s, p); gerr == nil && reason == applies {
			out = append(out, p.text("displayName"))
		}
	}
	return out
}

// Standing returns what a service principal signs in with and what it was given, one line each,
// by all that the tenant holds now: itself and its application while they are live and enabled,
// credentials, app roles, consents, directory roles and groups. It is for tests that a client
// takes nothing away from the identity by which it runs.
func (t *Tenant) Standing(id string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	principal := t.shelf("servicePrincipal").live(id)
	if principal == nil {
		return nil
	}
	var out []string
	note := func(of ...string) { out = append(out, strings.ToLower(strings.Join(of, " "))) }
	keys := func(o *object) {
		for _, property := range []string{"keyCredentials", "passwordCredentials"} {
			for _, item := range list(o.body[property]) {
				key, _ := item.(body)
				note(o.typ, property, textOf(key["keyId"]))
			}
		}
	}
	if principal.body["accountEnabled"] != false {
		note("servicePrincipal", principal.id)
	}
	keys(principal)
	for _, app := range t.shelf("application").all(false) {
		if !strings.EqualFold(app.text("appId"), principal.text("appId")) {
			continue
		}
		if app.body["isDisabled"] != true {
			note("application", app.id)
		}
		keys(app)
		for _, credential := range t.credentialsOf(app) {
			note("federatedIdentityCredential", credential.id)
		}
	}
	for typ, what := range map[string][]string{"appRoleAssignment": {"principalId", "resourceId", "appRoleId"}, "oAuth2PermissionGrant": {"clientId", "resourceId", "principalId", "scope"},
		"unifiedRoleAssignment": {"principalId", "roleDefinitionId", "directoryScopeId"}} {
		for _, o := range t.shelf(typ).all(false) {
			line := []string{typ}
			for _, property := range what[1:] {
				line = append(line, o.text(property))
			}
			if strings.EqualFold(o.text(what[0]), principal.id) {
				note(line...)
			}
		}
	}
	for _, group := range t.related(principal, "memberOf") {
		if group.typ == "group" {
			note("member of", group.id)
		}
	}
	slices.Sort(out)
	return out
}
