package emulator

// The authentication methods policy and its configurations, one for each method, whose
// targets are replaced as a whole. Only methods of others can be added and deleted.

const externalMethod = "externalAuthenticationMethodConfiguration"

// methodIDs are the configurations that every tenant has, by type; the ids differ from the
// types' names in their capitals.
var methodIDs = []struct{ id, typ, state string }{
	{"Email", "emailAuthenticationMethodConfiguration", "enabled"},
	{"Fido2", "fido2AuthenticationMethodConfiguration", "disabled"},
	{"MicrosoftAuthenticator", "microsoftAuthenticatorAuthenticationMethodConfiguration", "disabled"},
	{"QRCodePin", "qrCodePinAuthenticationMethodConfiguration", "disabled"},
	{"Sms", "smsAuthenticationMethodConfiguration", "disabled"},
	{"SoftwareOath", "softwareOathAuthenticationMethodConfiguration", "disabled"},
	{"TemporaryAccessPass", "temporaryAccessPassAuthenticationMethodConfiguration", "disabled"},
	{"Voice", "voiceAuthenticationMethodConfiguration", "disabled"},
	{"X509Certificate", "x509CertificateAuthenticationMethodConfiguration", "disabled"},
}

func authenticationMethods() []*resource {
	const at = "policies/authenticationMethodsPolicy"
	return []*resource{
		{typ: "authenticationMethodsPolicy", set: at, policies: true,
			readOnly: []string{"id", "description", "displayName", "lastModifiedDateTime", "policyVersion"},
			check: func(t *Tenant, _ *call, _, next *object, _ body) *graphError {
				next.body["lastModifiedDateTime"] = preciseTimestamp(t.now())
				return nil
			},
			embellish: func(t *Tenant, c *call, _ *object, out body) {
				rows := []any{}
				for _, o := range t.shelf("authenticationMethodConfiguration").all(false) {
					rows = append(rows, t.render(&call{base: c.base, version: c.version, header: c.header}, o, nil))
				}
				out["authenticationMethodConfigurations@odata.context"] = c.context(at + "/authenticationMethodConfigurations")
				out["authenticationMethodConfigurations"] = rows
			}},
		{typ: "authenticationMethodConfiguration", set: at + "/authenticationMethodConfigurations", policies: true, polymorphic: true, unpaged: true,
			paths: []string{"/" + at + "/authenticationMethodConfigurations"}, readOnly: []string{"id"}, deep: []string{"includeTargets"},
			check: checkMethod,
			deletable: func(_ *Tenant, o *object) *graphError {
				if o.typ != externalMethod {
					return badRequest("The configuration '%s' cannot be deleted.", o.id)
				}
				return nil
			},
			embellish: func(_ *Tenant, c *call, o *object, out body) {
				if out["state"] == nil {
					return
				}
				rows := []any{}
				for _, v := range list(o.body["includeTargets"]) {
					rows = append(rows, c.complexValue("authenticationMethodTarget", v.(body)))
				}
				out["includeTargets@odata.context"] = c.context(at + "/authenticationMethodConfigurations('" + o.id + "')/includeTargets")
				out["includeTargets"] = rows
			}},
	}
}

// checkMethod holds the targets of a method against the tenant: groups that exist, or all
// users.
func checkMethod(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old == nil && next.typ != externalMethod {
		return badRequest("Only an external authentication method can be created.")
	}
	if old == nil && (next.text("appId") == "" || next.text("displayName") == "" || nested(next.body, "openIdConnectSetting") == nil) {
		return badRequest("An external authentication method needs displayName, appId and openIdConnectSetting.")
	}
	for _, side := range []string{"includeTargets", "excludeTargets"} {
		for _, v := range list(next.body[side]) {
			id := textOf(v.(body)["id"])
			if id == "all_users" && side == "includeTargets" {
				continue
			}
			if t.shelf("group").live(id) == nil && t.shelf("user").live(id) == nil {
				return badRequest("The target '%s' of '%s' does not exist in the directory.", id, side)
			}
		}
	}
	setDefault(next.body, "state", "disabled")
	return nil
}

func (t *Tenant) seedMethods() {
	t.put("authenticationMethodsPolicy", "authenticationMethodsPolicy", body{"displayName": "Authentication Methods Policy",
		"description": "The tenant-wide policy that controls which authentication methods are allowed and how they are registered.", "policyVersion": "1.5",
		"policyMigrationState": "migrationComplete", "lastModifiedDateTime": preciseTimestamp(t.now()),
		"registrationEnforcement": body{"authenticationMethodsRegistrationCampaign": body{"snoozeDurationInDays": number("1"), "state": "default",
			"excludeTargets": []any{}, "includeTargets": []any{body{"id": "all_users", "targetType": "group", "targetedAuthenticationMethod": "microsoftAuthenticator"}}}}})
	targets := map[string]string{"fido2AuthenticationMethodConfiguration": "passkeyAuthenticationMethodTarget",
		"microsoftAuthenticatorAuthenticationMethodConfiguration": "microsoftAuthenticatorAuthenticationMethodTarget", "smsAuthenticationMethodConfiguration": "smsAuthenticationMethodTarget"}
	for _, m := range methodIDs {
		all := body{"id": "all_users", "targetType": "group", "isRegistrationRequired": false}
		if typ := targets[m.typ]; typ != "" {
			all["@odata.type"] = "#microsoft.graph." + typ
		}
		t.put(m.typ, m.id, body{"state": m.state, "excludeTargets": []any{}, "includeTargets": []any{all}})
	}
}

// plusOne counts up a number that stands as text.
func plusOne(n string) string {
	digits := []byte(n)
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return string(digits)
		}
		digits[i] = '0'
	}
	return "1" + string(digits)
}

func authMethodRoutes(add func(method, pattern string, run handler)) {
	singleton{"authenticationMethodsPolicy", "/policies/authenticationMethodsPolicy"}.routes(add)
}
