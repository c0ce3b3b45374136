package emulator

import (
	"regexp"
	"slices"
	"strings"
)

// The words that stand in a policy where ids may stand.
var (
	userWords     = []string{"All", "None", "GuestsOrExternalUsers"}
	appWords      = []string{"All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources"}
	locationWords = []string{"All", "AllTrusted", "00000000-0000-0000-0000-000000000000"}
	spWords       = []string{"ServicePrincipalsInMyOrganization", "ServicePrincipalsInMyTenant"}
	agentWords    = []string{"All"}
	actionWords   = regexp.MustCompile(`^urn:user:[a-z]+$`)
	contextWords  = regexp.MustCompile(`^c([1-9]|[1-9][0-9])$`)
)

// checkWords refuses what is neither a known word nor a GUID.
func checkWords(o *object) *graphError {
	conditions := nested(o.body, "conditions")
	users, apps := nested(conditions, "users"), nested(conditions, "applications")
	for _, side := range []string{"include", "exclude"} {
		for _, v := range list(users[side+"Groups"]) {
			if !isGUID(textOf(v)) {
				return caBad("1054: Invalid group value: %v.", v)
			}
		}
		if v := unfit(users[side+"Users"], userWords); v != "" {
			return caBad("Invalid user value: %s.", v)
		}
		if v := unfit(users[side+"Roles"], nil); v != "" {
			return caBad("Invalid role value: %s.", v)
		}
		if v := unfit(apps[side+"Applications"], appWords); v != "" {
			return caBad("Invalid application value: %s.", v)
		}
		if v := unfit(nested(conditions, "locations")[side+"Locations"], locationWords); v != "" {
			return caBad("1040: NamedLocation with id %s does not exist in the directory.", v)
		}
		if v := unfit(nested(conditions, "clientApplications")[side+"ServicePrincipals"], spWords); v != "" {
			return caBad("Invalid service principal value: %s.", v)
		}
		if v := unfit(nested(conditions, "clientApplications")[side+"AgentIdServicePrincipals"], agentWords); v != "" {
			return caBad("Invalid agent identity value: %s.", v)
		}
	}
	devices, states := nested(conditions, "devices"), nested(conditions, "deviceStates")
	for _, values := range []any{devices["includeDevices"], devices["includeDeviceStates"], states["includeStates"]} {
		if v := foreign(values, "All"); v != "" {
			return caBad("Invalid device state: %s.", v)
		}
	}
	for _, values := range []any{devices["excludeDevices"], devices["excludeDeviceStates"], states["excludeStates"]} {
		if v := foreign(values, "Compliant", "DomainJoined"); v != "" {
			return caBad("Invalid device state: %s.", v)
		}
	}
	for _, v := range list(apps["includeUserActions"]) {
		if !actionWords.MatchString(textOf(v)) {
			return caBad("Invalid user action: %v.", v)
		}
	}
	for _, v := range list(apps["includeAuthenticationContextClassReferences"]) {
		if !contextWords.MatchString(textOf(v)) {
			return caBad("Invalid authentication context: %v.", v)
		}
	}
	return nil
}

// foreign returns what is none of words, "" where there is nothing.
func foreign(values any, words ...string) string {
	for _, v := range list(values) {
		if s := textOf(v); !slices.Contains(words, s) {
			return s
		}
	}
	return ""
}

func unfit(values any, words []string) string {
	for _, v := range list(values) {
		if s := textOf(v); !isGUID(s) && !slices.Contains(words, s) {
			return s
		}
	}
	return ""
}

// checkReferences wants every id in a policy to name something live: locations always,
// the rest unless the tenant accepts dangling references. The service principals of
// agents are not emulated, so their ids pass.
func (t *Tenant) checkReferences(o *object) *graphError {
	conditions := nested(o.body, "conditions")
	users, apps := nested(conditions, "users"), nested(conditions, "applications")
	for _, side := range []string{"include", "exclude"} {
		for _, id := range ids(nested(conditions, "locations")[side+"Locations"]) {
			if !slices.Contains(locationWords, id) && t.shelf("namedLocation").live(id) == nil {
				return caBad("1040: NamedLocation with id %s does not exist in the directory.", id)
			}
		}
		if t.rules.dangling {
			continue
		}
		for _, check := range []struct {
			values any
			what   string
			live   func(id string) bool
		}{
			{users[side+"Groups"], "Group", func(id string) bool { return t.shelf("group").live(id) != nil }},
			{users[side+"Users"], "User", func(id string) bool { return t.shelf("user").live(id) != nil }},
			{users[side+"Roles"], "Role", func(id string) bool { return t.shelf("directoryRoleTemplate").live(id) != nil }},
			{apps[side+"Applications"], "Application", t.hasApplication},
			{nested(conditions, "clientApplications")[side+"ServicePrincipals"], "ServicePrincipal",
				func(id string) bool { return t.shelf("servicePrincipal").live(id) != nil }},
		} {
			for _, id := range ids(check.values) {
				if !check.live(id) {
					return caBad("%s with id %s does not exist in the directory.", check.what, id)
				}
			}
		}
	}
	if gerr := t.checkTerms(o); gerr != nil {
		return gerr
	}
	if id := strengthOf(o); id != "" && !t.rules.dangling && t.shelf("authenticationStrengthPolicy").live(id) == nil {
		return caBad("AuthenticationStrengthPolicy with id %s does not exist in the directory.", id)
	}
	return nil
}

// hasApplication tells whether an appId stands for a live service principal or
// application.
func (t *Tenant) hasApplication(appID string) bool {
	return t.known("servicePrincipal", "appId", appID) != nil || t.applicationByAppID(appID) != nil
}

func ids(values any) []string {
	var out []string
	for _, v := range list(values) {
		if s := textOf(v); isGUID(s) {
			out = append(out, strings.ToLower(s))
		}
	}
	return out
}
