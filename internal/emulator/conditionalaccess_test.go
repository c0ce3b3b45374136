package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// TestPolicyRules sends policies that Conditional Access refuses, and some that it takes.
func TestPolicyRules(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.group("g")
	allApps := object{"includeApplications": []any{"All"}}
	frequency := func(more ...any) object {
		return policy("grantControls", drop{}, "sessionControls", object{"signInFrequency": with(object{"isEnabled": true}, more...)})
	}
	for name, c := range map[string]struct {
		body object
		part string // of the message; "" for a policy that is taken
	}{
		"valid":                    {policy(), ""},
		"unknown":                  {policy("colour", "red"), "1007"},
		"unknown inside":           {policy("conditions.colour", "red"), "1007"},
		"beta through v1.0":        {policy("conditions.agentIdRiskLevels", "high"), "1007"},
		"text for list":            {policy("conditions.users.includeUsers", "All"), "1007"},
		"null for list":            {policy("conditions.users.excludeUsers", nil), "1007"},
		"null risk levels":         {policy("conditions.signInRiskLevels", nil), "1007"},
		"null locations":           {policy("conditions.locations", nil, "conditions.platforms", nil, "conditions.devices", nil), ""},
		"null client apps":         {policy("conditions.clientAppTypes", nil), ""},
		"null guests":              {policy("conditions.users.includeGuestsOrExternalUsers", nil), ""},
		"null client applications": {policy("conditions.clientApplications", nil), "1007"},
		"null filter":              {policy("conditions.applications.applicationFilter", nil), "1007"},
		"null users":               {policy("conditions.users", nil), "1007"},
		"null insider risk":        {policy("conditions.insiderRiskLevels", nil), ""},
		"echoed context":           {policy("conditions@odata.context", "x"), "1007"},
		"enum":                     {policy("state", "on"), "1007"},
		"enum case":                {policy("conditions.clientAppTypes", []any{"Browser"}), "1007"},
		"sentinel":                 {policy("grantControls.builtInControls", []any{"unknownFutureValue"}), "1007"},
		"read-only":                {policy("createdDateTime", "2026-01-01T00:00:00Z"), "1007"},
		"id":                       {policy("id", nobody), "1007"},
		"no name":                  {policy("displayName", drop{}), "1007"},
		"no state":                 {policy("state", drop{}), "1007"},
		"no conditions":            {policy("conditions", drop{}), "1007"},
		"no applications":          {policy("conditions.applications", drop{}), "1007"},
		"empty applications":       {policy("conditions.applications", object{}), "1011"},
		"apps and actions":         {policy("conditions.applications.includeUserActions", []any{"urn:user:registerdevice"}), "1012"},
		"nobody":                   {policy("conditions.users", object{}), "1032"},
		"no controls":              {policy("grantControls", drop{}), "InvalidControls"},
		"empty controls":           {policy("grantControls", object{"operator": "OR", "builtInControls": []any{}}), "InvalidControls"},
		"block and mfa":            {policy("grantControls.builtInControls", []any{"block", "mfa"}), "InvalidControls"},
		"operator":                 {policy("grantControls.operator", "XOR"), "InvalidControls"},
		"mfa and strength":         {policy("grantControls.authenticationStrength", object{"id": "00000000-0000-0000-0000-000000000002"}), "InvalidControls"},
		"approved application":     {policy("grantControls.builtInControls", []any{"approvedApplication"}), "InvalidControls"},
		"password change":          {policy("grantControls.builtInControls", []any{"passwordChange"}), "InvalidPasswordResetControl"},
		"password change, whole": {policy("grantControls", object{"operator": "AND", "builtInControls": []any{"mfa", "passwordChange"}},
			"conditions.userRiskLevels", []any{"high"}), ""},
		"group":            {policy("conditions.users.includeGroups", []any{"admins"}), "1054"},
		"missing group":    {policy("conditions.users.excludeGroups", []any{nobody}), nobody},
		"live group":       {policy("conditions.users.excludeGroups", []any{g}), ""},
		"user":             {policy("conditions.users.includeUsers", []any{"me"}), "Invalid user value"},
		"missing user":     {policy("conditions.users.excludeUsers", []any{nobody}), nobody},
		"missing role":     {policy("conditions.users.includeRoles", []any{nobody}), nobody},
		"role":             {policy("conditions.users.includeRoles", []any{"62e90394-69f5-4237-9190-012177145e10"}), ""},
		"missing app":      {policy("conditions.applications.excludeApplications", []any{nobody}), nobody},
		"microsoft's app":  {policy("conditions.applications.excludeApplications", []any{"00000003-0000-0ff1-ce00-000000000000", "Office365"}), ""},
		"missing location": {policy("conditions.locations", object{"includeLocations": []any{nobody}}), "1040"},
		"location word":    {policy("conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{"AllTrusted"}}), ""},
		"no location":      {policy("conditions.locations", object{"excludeLocations": []any{"AllTrusted"}}), "includeLocations"},
		"missing strength": {policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": nobody}}), nobody},
		"whole strength":   {policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": nobody, "displayName": "x"}}), "1007"},
		"guests": {policy("conditions.users.includeGuestsOrExternalUsers", object{"guestOrExternalUserTypes": "internalGuest,serviceProvider",
			"externalTenants": object{"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}}), ""},
		"guests without type": {policy("conditions.users.includeGuestsOrExternalUsers", object{"guestOrExternalUserTypes": "internalGuest",
			"externalTenants": object{"membershipKind": "all"}}), ""},
		"members without type": {policy("conditions.users.includeGuestsOrExternalUsers", object{"guestOrExternalUserTypes": "internalGuest",
			"externalTenants": object{"membershipKind": "enumerated", "members": []any{nobody}}}), "1007"},
		"members of all tenants": {policy("conditions.users.includeGuestsOrExternalUsers", object{"guestOrExternalUserTypes": "internalGuest",
			"externalTenants": object{"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all", "members": []any{nobody}}}), "1007"},
		"session without effect":   {policy("sessionControls", object{"disableResilienceDefaults": false}), ""},
		"session switched off":     {policy("sessionControls", object{"cloudAppSecurity": object{"isEnabled": false, "cloudAppSecurityType": "monitorOnly"}}), "1032"},
		"frequency":                {frequency("value", 4, "type", "hours"), ""},
		"frequency without value":  {frequency("type", "hours"), "value and type"},
		"frequency off":            {frequency("isEnabled", false), "no effect"},
		"every time":               {frequency("frequencyInterval", "everyTime"), ""},
		"every time and value":     {frequency("frequencyInterval", "everyTime", "value", 1, "type", "hours"), "neither"},
		"every time and defaults":  {with(frequency("frequencyInterval", "everyTime"), "sessionControls.disableResilienceDefaults", false), "left out"},
		"frequency out of range":   {frequency("value", 24, "type", "hours"), "out of range"},
		"persistent browser":       {policy("sessionControls", object{"persistentBrowser": object{"isEnabled": true, "mode": "always"}}), ""},
		"persistent browser, some": {policy("sessionControls", object{"persistentBrowser": object{"isEnabled": true, "mode": "always"}}, "conditions.applications.includeApplications", []any{"Office365"}), "1032"},
		"filter":                   {policy("conditions.devices", object{"deviceFilter": object{"mode": "exclude", "rule": "device.isCompliant -eq True"}}, "conditions.applications", allApps), ""},
	} {
		t.Run(name, func(t *testing.T) {
			sub := &tenant{e.Tenant, t, e.url}
			if c.part == "" {
				sub.want(201, "POST", policies, c.body)
				return
			}
			sub.refused(400, "BadRequest", c.part, "POST", policies, c.body)
		})
	}
	e.refused(400, "BadRequest", "1007", "POST", policies, `{"displayName":"x","state":"disabled","conditions":{"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"]}},
		"grantControls":{"operator":"OR","builtInControls":["mfa"],"authenticationStrength@odata.context":"x"}}`)
	e.refused(404, "ResourceNotFound", "ConditionalAccessPolicy with id "+nobody+" does not exist", "GET", policies+"/"+nobody, nil)
	e.refused(404, "ResourceNotFound", "NamedLocation with id", "GET", locations+"/"+nobody, nil)
}

func TestPolicyReads(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	id := e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": "00000000-0000-0000-0000-000000000004"}},
		"conditions.platforms", object{"includePlatforms": []any{"windows", "linux"}})).id()
	one := policies + "/" + id
	p := e.want(200, "GET", one, nil).body
	for path, want := range map[string]any{
		"conditions.clientAppTypes": []any{"all"}, "conditions.signInRiskLevels": []any{}, "conditions.users.excludeGroups": []any{},
		"conditions.locations": nil, "conditions.users.includeGuestsOrExternalUsers": nil, "sessionControls": nil, "templateId": nil,
		"createdDateTime": "2026-11-24T10:00:00.0000000Z", "modifiedDateTime": nil, "deletedDateTime": nil,
		"grantControls.builtInControls": []any{}, "grantControls.authenticationStrength.displayName": "Phishing-resistant MFA",
		"conditions.platforms.includePlatforms": []any{"windows", "unknownFutureValue"},
	} {
		same(t, path, at(p, path), want)
	}
	if c, _ := p["grantControls"].(object)["authenticationStrength@odata.context"].(string); !strings.Contains(c, "/$entity") {
		t.Errorf("context %q", c)
	}
	full := e.want(200, "GET", one, nil, "Prefer", "include-unknown-enum-members").body
	same(t, "with Prefer", at(full, "conditions.platforms.includePlatforms"), []any{"windows", "linux"})

	e.want(204, "PATCH", one, object{"state": "enabled"})
	e.want(204, "PATCH", one, object{"conditions": object{"applications": object{"includeApplications": []any{"Office365"}}, "users": object{"includeUsers": []any{"None"}}}})
	p = e.want(200, "GET", one, nil).body
	same(t, "kept", p["state"], "enabled")
	same(t, "replaced whole", at(p, "conditions.platforms"), nil)
	same(t, "modified", p["modifiedDateTime"], "2026-11-24T10:00:00.0000000Z")
	e.refused(400, "BadRequest", "InvalidControls", "PATCH", one, object{"grantControls": nil})
	e.want(204, "PATCH", one, object{"grantControls": nil, "sessionControls": object{"signInFrequency": object{"isEnabled": true, "value": 1, "type": "days"}}})
	p = e.want(200, "GET", one, nil).body
	same(t, "cleared", p["grantControls"], nil)
	same(t, "filled", at(p, "sessionControls.signInFrequency.authenticationType"), "primaryAndSecondaryAuthentication")
	e.want(204, "PATCH", one, object{"grantControls": object{"operator": "OR", "builtInControls": []any{"block"}}, "sessionControls": nil})
	same(t, "session", e.want(200, "GET", one, nil).body["sessionControls"], nil)
}

func TestPreviewPolicies(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const beta = "/beta/identity/conditionalAccess/policies"
	plain := e.want(201, "POST", beta, policy()).id()
	e.want(200, "GET", policies+"/"+plain, nil)
	id := e.want(201, "POST", beta, policy("conditions.agentIdRiskLevels", "high")).id()
	e.refused(400, "BadRequest", "1037", "GET", policies+"/"+id, nil)
	e.refused(400, "BadRequest", "1037", "PATCH", policies+"/"+id, object{"state": "enabled"})
	same(t, "listed in v1.0", e.want(200, "GET", policies, nil).ids(), []string{plain})
	same(t, "listed in beta", len(e.want(200, "GET", beta, nil).ids()), 2)
	e.want(204, "PATCH", beta+"/"+id, policy())
	e.refused(400, "BadRequest", "1037", "GET", policies+"/"+id, nil)
	e.want(204, "DELETE", beta+"/"+id, nil)
	e.want(404, "GET", caBin+"/policies/"+id, nil)
	e.want(200, "GET", strings.Replace(caBin, "v1.0", "beta", 1)+"/policies/"+id, nil)
}

func TestReadingsOfReferences(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithDanglingReferences(), emulator.WithNullsInConditions(), emulator.WithIDsIgnoredOnCreate())
	id := e.want(201, "POST", policies, policy("id", nobody, "conditions.users.excludeUsers", []any{nobody}, "conditions.clientApplications", nil)).id()
	if id == nobody {
		t.Error("the client chose the id")
	}
	e.refused(400, "BadRequest", "1040", "POST", policies, policy("conditions.locations", object{"includeLocations": []any{nobody}}))
}

func TestLocations(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithLimits(240, 4, 3))
	country := func(more ...any) object {
		return with(object{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "C", "countriesAndRegions": []any{"DE"}}, more...)
	}
	cidr := func(typ, c string) []any {
		return []any{object{"@odata.type": "#microsoft.graph." + typ, "cidrAddress": c}}
	}
	for name, c := range map[string]struct {
		body object
		part string
	}{
		"no type":         {object{"displayName": "x"}, "@odata.type is missing"},
		"base type":       {ipLocation("@odata.type", "#microsoft.graph.namedLocation"), "could not be resolved"},
		"beta type":       {object{"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "displayName": "x"}, "could not be resolved"},
		"no ranges":       {ipLocation("ipRanges", []any{}), "IP ranges"},
		"too many":        {ipLocation("ipRanges", append(append(cidr("iPv4CidrRange", "192.0.2.0/24"), cidr("iPv4CidrRange", "198.51.100.0/24")...), append(cidr("iPv4CidrRange", "203.0.113.0/25"), cidr("iPv4CidrRange", "203.0.113.128/25")...)...)), "IP ranges"},
		"untyped range":   {ipLocation("ipRanges", []any{object{"cidrAddress": "192.0.2.0/24"}}), "abstract"},
		"wide mask":       {ipLocation("ipRanges", cidr("iPv4CidrRange", "10.0.0.0/7")), "Invalid IP range"},
		"wrong family":    {ipLocation("ipRanges", cidr("iPv6CidrRange", "10.0.0.0/8")), "Invalid IP range"},
		"no address":      {ipLocation("ipRanges", cidr("iPv4CidrRange", "office")), "Invalid IP range"},
		"no countries":    {country("countriesAndRegions", []any{}), "at least one country"},
		"long country":    {country("countriesAndRegions", []any{"Germany"}), "Invalid country"},
		"lookup":          {country("countryLookupMethod", ""), "1007"},
		"trusted":         {country("isTrusted", true), "isTrusted"},
		"created":         {ipLocation("createdDateTime", "2026-01-01T00:00:00Z"), "read-only"},
		"no name":         {ipLocation("displayName", nil), "displayName"},
		"countries of ip": {ipLocation("countriesAndRegions", []any{"DE"}), "countriesAndRegions"},
	} {
		t.Run(name, func(t *testing.T) {
			(&tenant{e.Tenant, t, e.url}).refused(400, "BadRequest", c.part, "POST", locations, c.body)
		})
	}
	e.refused(409, "Conflict", "compliant network", "POST", "/beta/identity/conditionalAccess/namedLocations",
		object{"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "displayName": "x"})
	c := e.want(201, "POST", locations, country()).body
	same(t, "lookup", c["countryLookupMethod"], "clientIpAddress")
	same(t, "unknown", c["includeUnknownCountriesAndRegions"], false)
	id := e.location("trusted", true)
	one := locations + "/" + id
	e.refused(400, "BadRequest", "@odata.type is missing", "PATCH", one, object{"isTrusted": false})
	e.refused(400, "BadRequest", "cannot be changed", "PATCH", one, object{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "x"})
	e.refused(400, "BadRequest", "trusted", "DELETE", one, nil)
	e.want(204, "PATCH", one, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false})
	p := e.want(201, "POST", policies, policy("conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{strings.ToUpper(id)}})).id()
	e.refused(400, "BadRequest", "refers to it", "DELETE", one, nil)
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.want(204, "DELETE", one, nil)
	for i := range 3 {
		e.location(fmt.Sprint(i), false)
	}
	e.refused(400, "BadRequest", "maximum of 4", "POST", locations, ipLocation())
	e.refused(400, "BadRequest", "maximum of 4", "POST", caBin+"/namedLocations/"+id+"/restore", nil)
	same(t, "filtered", len(e.want(200, "GET", locations+"?$filter=isof('microsoft.graph.countryNamedLocation')", nil).ids()), 1)
}

func TestStrengths(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	built := e.want(200, "GET", strengths, nil)
	same(t, "built-in", built.ids(), []string{"00000000-0000-0000-0000-000000000002", "00000000-0000-0000-0000-000000000003", "00000000-0000-0000-0000-000000000004"})
	made := e.want(201, "POST", strengths, object{"displayName": "Keys", "allowedCombinations": []any{"fido2", "password, voice"}})
	same(t, "combinations", made.body["allowedCombinations"], []any{"fido2", "password,voice"})
	same(t, "type", made.body["policyType"], "custom")
	one := strengths + "/" + made.id()
	const bad = "Request_BadRequest"
	e.refused(400, bad, "read-only", "PATCH", one, object{"allowedCombinations": []any{"fido2"}})
	e.refused(400, bad, "not found", "POST", strengths, object{"displayName": "x", "allowedCombinations": []any{"magic"}})
	e.refused(400, bad, "displayName", "POST", strengths, object{"displayName": strings.Repeat("x", 31), "allowedCombinations": []any{"fido2"}})
	e.refused(400, bad, "built-in", "PATCH", strengths+"/"+built.ids()[0], object{"displayName": "Mine"})
	e.refused(400, bad, "built-in", "DELETE", strengths+"/"+built.ids()[0], nil)
	r := e.want(200, "POST", one+"/updateAllowedCombinations", object{"allowedCombinations": []any{"fido2"}})
	same(t, "previous", r.body["previousCombinations"], []any{"fido2", "password,voice"})
	p := e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": made.id()}})).id()
	e.refused(400, bad, "refers to it", "DELETE", one, nil)
	e.want(204, "DELETE", policies+"/"+p, nil)
	same(t, "alias", e.want(200, "GET", "/v1.0/identity/conditionalAccess/authenticationStrength/policies/"+made.id(), nil).id(), made.id())
	e.refused(400, bad, "refers to it", "DELETE", one, nil)
	e.want(204, "DELETE", caBin+"/policies/"+p, nil)
	e.want(204, "DELETE", one, nil)
}
