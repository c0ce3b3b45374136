package emulator

import (
	"slices"
	"strings"
)

// Policies that a tenant has once: authorization, security defaults, requests for admin
// consent.

// guestRoles are the roles that guests can have: as members, limited, restricted.
var guestRoles = []string{"a0b1b346-4d3e-4e8b-98f8-753987be4970", "10dae51f-b6af-4016-8d66-8c2a99b929b3", "2af84b1e-32c8-42b7-82bc-daa82404023b"}

func tenantPolicies() []*resource {
	return []*resource{
		{typ: "authorizationPolicy", set: "policies/authorizationPolicy", policies: true, readOnly: []string{"id", "deletedDateTime", "displayName", "description"},
			check: func(_ *Tenant, _ *call, _, next *object, _ body) *graphError {
				if role := next.text("guestUserRoleId"); !slices.Contains(guestRoles, strings.ToLower(role)) {
					return badRequest("Invalid value specified for property 'guestUserRoleId' of resource 'AuthorizationPolicy'.")
				}
				return nil
			}},
		{typ: "identitySecurityDefaultsEnforcementPolicy", set: "policies/identitySecurityDefaultsEnforcementPolicy", policies: true,
			readOnly: []string{"id", "deletedDateTime", "displayName", "description"}, check: checkSecurityDefaults},
		{typ: "adminConsentRequestPolicy", set: "policies/adminConsentRequestPolicy", policies: true, readOnly: []string{"id", "version"}},
	}
}

func (t *Tenant) seedPolicies() {
	t.put("authorizationPolicy", "authorizationPolicy", body{"displayName": "Authorization Policy",
		"description":      "Used to manage authorization related settings across the company.",
		"allowInvitesFrom": "everyone", "allowedToSignUpEmailBasedSubscriptions": true, "allowedToUseSSPR": true, "allowEmailVerifiedUsersToJoinOrganization": false,
		"blockMsolPowerShell": false, "guestUserRoleId": guestRoles[1],
		"defaultUserRolePermissions": body{"allowedToCreateApps": true, "allowedToCreateSecurityGroups": true, "allowedToCreateTenants": true,
			"allowedToReadBitlockerKeysForOwnedDevice": true, "allowedToReadOtherUsers": true,
			"permissionGrantPoliciesAssigned": []any{"ManagePermissionGrantsForSelf.microsoft-user-default-legacy"}}})
	t.put("identitySecurityDefaultsEnforcementPolicy", "00000000-0000-0000-0000-000000000005", body{"displayName": "Security Defaults", "isEnabled": false})
	t.put("adminConsentRequestPolicy", "adminConsentRequestPolicy", body{"isEnabled": false, "notifyReviewers": false, "remindersEnabled": false,
		"requestDurationInDays": number("0"), "reviewers": []any{}, "version": number("0")})
}

// checkSecurityDefaults: they and Conditional Access exclude each other.
func checkSecurityDefaults(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old.body["isEnabled"] == true || next.body["isEnabled"] != true {
		return nil
	}
	for _, p := range t.shelf("conditionalAccessPolicy").all(false) {
		return badRequest("Security defaults cannot be enabled while the tenant has Conditional Access policies, such as '%s' (%s).", p.text("displayName"), p.id)
	}
	return nil
}

// securityDefaults refuses to switch a policy on while they are.
func (t *Tenant) securityDefaults(old, next *object) *graphError {
	on := next.text("state") == "enabled" && (old == nil || old.text("state") != "enabled")
	if on && t.shelf("identitySecurityDefaultsEnforcementPolicy").all(false)[0].body["isEnabled"] == true {
		return caBad("Security Defaults is enabled in the tenant. You must disable Security defaults before enabling a Conditional Access policy.")
	}
	return nil
}

// replaceConsentPolicy answers PUT, which wants every property.
func replaceConsentPolicy(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	for _, name := range []string{"isEnabled", "notifyReviewers", "remindersEnabled", "requestDurationInDays", "reviewers"} {
		if in[name] == nil {
			return nil, badRequest("A value is required for property '%s' of resource 'AdminConsentRequestPolicy'.", name)
		}
	}
	s := singleton{"adminConsentRequestPolicy", ""}
	if days := textOf(in["requestDurationInDays"]); in["isEnabled"] == true && (len(list(in["reviewers"])) == 0 || days == "0") {
		return nil, badRequest("Requests for admin consent need at least one reviewer and a duration.")
	}
	o := s.object(t)
	if _, gerr := t.change(c, t.resource(s.typ), o, in); gerr != nil {
		return nil, gerr
	}
	o.body["version"] = number(plusOne(textOf(o.body["version"])))
	return noContent, nil
}

func tenantPolicyRoutes(add func(method, pattern string, run handler)) {
	authorization := singleton{"authorizationPolicy", "/policies/authorizationPolicy"}
	add("GET", authorization.path, func(t *Tenant, c *call) (*reply, *graphError) {
		if c.beta() { // a collection of one there
			return t.page(c, t.resource(authorization.typ).listing(), []*object{authorization.object(t)})
		}
		return authorization.read(t, c)
	})
	add("PATCH", authorization.path, authorization.update)
	add("GET", authorization.path+"/authorizationPolicy", authorization.read)
	add("PATCH", authorization.path+"/authorizationPolicy", authorization.update)
	singleton{"identitySecurityDefaultsEnforcementPolicy", "/policies/identitySecurityDefaultsEnforcementPolicy"}.routes(add)
	consent := singleton{"adminConsentRequestPolicy", "/policies/adminConsentRequestPolicy"}
	add("GET", consent.path, consent.read)
	add("PUT", consent.path, replaceConsentPolicy)
}
