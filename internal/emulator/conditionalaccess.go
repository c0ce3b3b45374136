package emulator

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

func conditionalAccessPolicies() *resource {
	return &resource{
		typ: "conditionalAccessPolicy", set: "identity/conditionalAccess/policies", paths: []string{"/identity/conditionalAccess/policies"},
		unpaged: true, filterable: []string{"id", "displayName", "state"},
		required: []string{"displayName", "state", "conditions"},
		readOnly: []string{"id", "templateId", "createdDateTime", "modifiedDateTime", "deletedDateTime", "partialEnablementStrategy"},
		prepare: func(t *Tenant, o *object) {
			o.body["createdDateTime"] = preciseTimestamp(t.now())
		},
		check: checkPolicy, embellish: embellishPolicy,
	}
}

// embellishPolicy shows the authentication strength, of which a policy holds the id
// alone, as the whole object.
func embellishPolicy(t *Tenant, c *call, o *object, out body) {
	grant, shown := out["grantControls"].(body)
	if !shown {
		return
	}
	grant["authenticationStrength@odata.context"] = c.context("identity/conditionalAccess/policies('" + o.id + "')/grantControls/authenticationStrength/$entity")
	grant["authenticationStrength"] = nil
	id := strengthOf(o)
	if id == "" {
		return
	}
	if s := t.shelf("authenticationStrengthPolicy").live(id); s != nil {
		grant["authenticationStrength"] = t.render(&call{base: c.base, version: c.version, header: c.header}, s, nil)
		return
	}
	grant["authenticationStrength"] = body{"id": id}
}

// checkPolicy holds a policy against the rules of Conditional Access.
func checkPolicy(t *Tenant, c *call, old, next *object, sent body) *graphError {
	if old == nil {
		if len(t.shelf(next.typ).all(false)) >= t.rules.maxPolicies {
			return tooMany("policies", t.rules.maxPolicies)
		}
	} else {
		next.body["modifiedDateTime"] = preciseTimestamp(t.now())
	}
	if gerr := t.securityDefaults(old, next); gerr != nil {
		return gerr
	}
	if name := next.text("displayName"); name == "" {
		return caSchema("'displayName' must not be empty.")
	}
	if old == nil || sent["conditions"] != nil {
		if gerr := checkConditions(next); gerr != nil {
			return gerr
		}
	}
	if gerr := checkGrant(old, next); gerr != nil {
		return gerr
	}
	if _, given := sent["sessionControls"]; given || old == nil {
		if gerr := checkSession(next); gerr != nil {
			return gerr
		}
	}
	if next.body["grantControls"] == nil && next.body["sessionControls"] == nil {
		return caInvalid("InvalidControls", "grantControls or sessionControls are required")
	}
	if gerr := checkTogether(next); gerr != nil {
		return gerr
	}
	if gerr := checkWords(next); gerr != nil {
		return gerr
	}
	if old == nil || sent["conditions"] != nil || sent["grantControls"] != nil {
		if gerr := t.checkReferences(next); gerr != nil {
			return gerr
		}
	}
	if c.beta() && preview(next) {
		next.preview = true
	}
	return nil
}

// checkConditions wants to know whom and what a policy is about. An empty clientAppTypes
// becomes all.
func checkConditions(o *object) *graphError {
	conditions := nested(o.body, "conditions")
	if len(list(conditions["clientAppTypes"])) == 0 {
		conditions["clientAppTypes"] = []any{"all"}
	}
	workload := len(nested(conditions, "clientApplications")) > 0
	apps := nested(conditions, "applications")
	if apps == nil && !workload {
		return caSchema("'conditions.applications' is required.")
	}
	if apps != nil {
		targets := 0
		for _, name := range []string{"includeApplications", "includeUserActions", "includeAuthenticationContextClassReferences"} {
			if len(list(apps[name])) > 0 {
				targets++
			}
		}
		if targets == 0 && apps["applicationFilter"] == nil {
			return caBad("1011: Policy contains invalid applications condition: applications to include must be named. Try 'includeApplications' = ['none'].")
		}
		if targets > 1 {
			return caBad("1012: Policy contains invalid applications condition: includeApplications, includeUserActions and includeAuthenticationContextClassReferences exclude each other.")
		}
	}
	users := nested(conditions, "users")
	if users == nil && !workload {
		return caSchema("'conditions.users' is required.")
	}
	named := users["includeGuestsOrExternalUsers"] != nil || nested(conditions, "agents") != nil
	for _, name := range []string{"includeUsers", "includeGroups", "includeRoles"} {
		named = named || len(list(users[name])) > 0
	}
	if !named && !workload {
		return caInvalid("InvalidConditions", "users to include must be named")
	}
	for block, property := range map[string]string{"locations": "includeLocations", "platforms": "includePlatforms"} {
		if b := nested(conditions, block); b != nil && len(list(b[property])) == 0 {
			return caInvalid("InvalidConditions", "%s must not be empty", property)
		}
	}
	// https://learn.microsoft.com/graph/api/resources/conditionalaccessdevices?view=graph-rest-beta
	devices := nested(conditions, "devices")
	if devices["deviceFilter"] != nil && len(list(devices["includeDevices"]))+len(list(devices["excludeDevices"])) > 0 {
		return caInvalid("InvalidConditions", "deviceFilter cannot be set beside includeDevices or excludeDevices")
	}
	return checkGuests(users)
}

// checkGuests allows members of enumerated tenants only.
func checkGuests(users body) *graphError {
	for _, side := range []string{"includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"} {
		guests := nested(users, side)
		if guests == nil {
			continue
		}
		if guests["guestOrExternalUserTypes"] == nil {
			return caSchema("'%s' needs guestOrExternalUserTypes.", side)
		}
		tenants := nested(guests, "externalTenants")
		if tenants == nil {
			continue
		}
		kind, enumerated := tenants["membershipKind"], tenants["@odata.type"] == "#microsoft.graph.conditionalAccessEnumeratedExternalTenants"
		want := any("all")
		if enumerated {
			want = "enumerated"
		}
		if kind != nil && kind != want {
			return caSchema("membershipKind '%v' does not fit the type of externalTenants.", kind)
		}
		tenants["membershipKind"] = want
		if enumerated && len(list(tenants["members"])) == 0 {
			return caSchema("members of externalTenants must not be empty.")
		}
	}
	return nil
}

// inOrder writes flags in the order of the enum, whatever order they were sent in.
func inOrder(enum, flags string) string {
	e, known := metadata.LookupEnum(enum)
	if !known {
		return flags
	}
	given := strings.Split(strings.ReplaceAll(flags, " ", ""), ",")
	var out []string
	for _, m := range e.Members {
		if slices.Contains(given, m) {
			out = append(out, m)
		}
	}
	for _, m := range given { // a member of tomorrow, or it would have been refused
		if !slices.Contains(e.Members, m) {
			out = append(out, m)
		}
	}
	return strings.Join(out, ",")
}

// checkGrant holds the grant controls against each other; controls that grant nothing
// are stored as null.
func checkGrant(old, next *object) *graphError {
	grant := nested(next.body, "grantControls")
	if grant == nil {
		return nil
	}
	controls := list(grant["builtInControls"])
	strength := strengthOf(next)
	others := len(list(grant["customAuthenticationFactors"])) + len(list(grant["termsOfUse"]))
	if len(controls) == 0 && strength == "" && others == 0 {
		next.body["grantControls"] = nil
		return nil
	}
	if op := grant["operator"]; op != "AND" && op != "OR" {
		return caInvalid("InvalidControls", "operator must be AND or OR")
	}
	has := func(control string) bool { return slices.Contains(controls, any(control)) }
	had := func(control string) bool {
		return old != nil && contains(nested(old.body, "grantControls")["builtInControls"], control)
	}
	switch {
	case has("block") && (len(controls) > 1 || strength != "" || others > 0):
		return caInvalid("InvalidControls", "block excludes every other control")
	case has("mfa") && strength != "":
		return caInvalid("InvalidControls", "mfa and authenticationStrength exclude each other")
	case has("approvedApplication") && !had("approvedApplication"):
		return caInvalid("InvalidControls", "approvedApplication can no longer be added")
	}
	if strength != "" {
		grant["authenticationStrength"] = body{"id": strings.ToLower(strength)}
	}
	return nil
}

// checkSession drops session controls without effect and refuses those that are only
// switched off.
func checkSession(o *object) *graphError {
	session := nested(o.body, "sessionControls")
	if session == nil {
		o.body["sessionControls"] = nil
		return nil
	}
	effect, off := false, false
	for name, v := range session {
		control, isObject := v.(body)
		switch {
		case v == nil || v == false:
		case !isObject:
			effect = true
		case control["isEnabled"] == false:
			off = true
		default:
			effect = true
		}
		if isObject && name == "signInFrequency" {
			if gerr := checkFrequency(session, control); gerr != nil {
				return gerr
			}
		}
	}
	if !effect && off {
		return caInvalid("InvalidSessionControls", "all session controls are disabled; send sessionControls: null to remove them")
	}
	if !effect {
		o.body["sessionControls"] = nil
		return nil
	}
	return nil
}

func checkFrequency(session, f body) *graphError {
	everyTime := f["frequencyInterval"] == "everyTime"
	switch {
	case f["isEnabled"] != true && f["value"] == nil:
		return caInvalid("InvalidSessionControls", "signInFrequency has no effect")
	case everyTime && (f["value"] != nil || f["type"] != nil):
		return caInvalid("InvalidSessionControls", "a sign-in frequency of everyTime must have neither value nor type")
	case everyTime && (session["disableResilienceDefaults"] == false || nested(session, "applicationEnforcedRestrictions") != nil):
		return caInvalid("InvalidSessionControls", "with a sign-in frequency of everyTime, applicationEnforcedRestrictions and disableResilienceDefaults must be left out")
	case !everyTime && (f["value"] == nil || f["type"] == nil):
		return caInvalid("InvalidSessionControls", "a sign-in frequency needs value and type")
	}
	if n, isNumber := f["value"].(json.Number); isNumber {
		most := map[any]int64{"days": 365, "hours": 23}[f["type"]]
		if v, _ := n.Int64(); v < 1 || v > most {
			return caInvalid("InvalidSessionControls", "a sign-in frequency of %s %v is out of range", n, f["type"])
		}
	}
	setDefault(f, "frequencyInterval", "timeBased")
	setDefault(f, "authenticationType", "primaryAndSecondaryAuthentication")
	return nil
}

// checkTogether holds conditions and controls against each other.
func checkTogether(o *object) *graphError {
	conditions, grant := nested(o.body, "conditions"), nested(o.body, "grantControls")
	all := contains(nested(conditions, "applications")["includeApplications"], "All")
	if contains(grant["builtInControls"], "passwordChange") {
		second := contains(grant["builtInControls"], "mfa") || strengthOf(o) != ""
		if grant["operator"] != "AND" || !second || !all || len(list(conditions["userRiskLevels"])) == 0 {
			return caInvalid("InvalidPasswordResetControl", "passwordChange needs AND, mfa, all applications and a user risk")
		}
	}
	session := nested(o.body, "sessionControls")
	if browser := nested(session, "persistentBrowser"); browser["isEnabled"] == true && (!all || browser["mode"] == nil) {
		return caInvalid("InvalidSessionControls", "persistentBrowser needs a mode and all applications")
	}
	return nil
}

// preview tells whether a policy holds anything that only beta has.
func preview(o *object) bool {
	mt, _ := metadata.Lookup(o.typ)
	return previewIn(mt, o.body)
}

func previewIn(mt *metadata.Type, b body) bool {
	for name, v := range b {
		p, known := mt.Property(name)
		if !known || v == nil || emptyValue(v) {
			continue
		}
		if p.Beta {
			return true
		}
		if p.Kind == metadata.EnumValue {
			if e, _ := metadata.LookupEnum(p.Type); e != nil && hasBetaMember(e, v) {
				return true
			}
		}
		if sub, isObject := v.(body); isObject && p.Kind == metadata.Complex {
			if st, has := metadata.Lookup(p.Type); has && previewIn(st, sub) {
				return true
			}
		}
	}
	return false
}

func hasBetaMember(e *metadata.Enum, v any) bool {
	if s, isText := v.(string); isText {
		return slices.ContainsFunc(strings.Split(s, ","), func(m string) bool { return slices.Contains(e.Beta, m) })
	}
	return slices.ContainsFunc(list(v), func(item any) bool { return hasBetaMember(e, item) })
}

func emptyValue(v any) bool {
	switch v := v.(type) {
	case []any:
		return len(v) == 0
	case body:
		for k, x := range v {
			if !strings.HasPrefix(k, "@") && x != nil && !emptyValue(x) {
				return false
			}
		}
		return true
	}
	return false
}
