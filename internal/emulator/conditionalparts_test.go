package emulator_test

import (
	"testing"
	"time"
)

func TestCombinationConfigurations(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const aaguid = "de1e552d-db1d-4423-a619-566b625cdc84"
	key := func(more ...any) object {
		return with(object{"@odata.type": "#microsoft.graph.fido2CombinationConfiguration", "allowedAAGUIDs": []any{aaguid}, "appliesToCombinations": []any{"fido2"}}, more...)
	}
	strength := e.want(201, "POST", strengths, object{"displayName": "Keys", "allowedCombinations": []any{"fido2", "x509CertificateMultiFactor", "password,sms"},
		"combinationConfigurations": []any{key("@odata.type", "#microsoft.graph.fido2CombinationConfiguration")}})
	at := strengths + "/" + strength.id() + "/combinationConfigurations"
	same(t, "deep insert", len(e.want(200, "GET", at, nil).ids()), 1)
	issuer := e.want(201, "POST", at, object{"@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration",
		"allowedIssuerSkis": []any{"9A4248C6AC8C2931AB2A86537818E92E7B6C97B6"}, "allowedPolicyOIDs": []any{}, "appliesToCombinations": []any{"x509CertificateMultiFactor"}})
	same(t, "type", issuer.body["@odata.type"], "#microsoft.graph.x509CertificateCombinationConfiguration")
	same(t, "in the strength", len(e.want(200, "GET", strengths+"/"+strength.id(), nil).body["combinationConfigurations"].([]any)), 2)
	e.want(200, "GET", "/v1.0/identity/conditionalAccess/authenticationStrength/policies/"+strength.id()+"/combinationConfigurations/"+issuer.id(), nil)
	const bad = "Request_BadRequest"
	for name, c := range map[string]struct {
		body object
		code string
		part string
	}{
		"no type":                   {with(key(), "@odata.type", drop{}), "BadRequest", "@odata.type"},
		"combination not allowed":   {key("appliesToCombinations", []any{"x509CertificateSingleFactor"}), bad, "x509CertificateSingleFactor"},
		"combination of other type": {key("appliesToCombinations", []any{"x509CertificateMultiFactor"}), bad, "x509CertificateMultiFactor"},
		"no combination":            {key("appliesToCombinations", []any{}), bad, "at least one"},
		"no AAGUID":                 {key("allowedAAGUIDs", []any{}), bad, "AAGUID"},
		"AAGUID that is none":       {key("allowedAAGUIDs", []any{"x"}), bad, "AAGUID"},
	} {
		t.Log(name)
		e.refused(400, c.code, c.part, "POST", at, c.body)
	}
	e.refused(400, "BadRequest", "@odata.type", "PATCH", at+"/"+issuer.id(), object{"allowedPolicyOIDs": []any{"1.2.3"}})
	e.want(204, "PATCH", at+"/"+issuer.id(), object{"@odata.type": "#microsoft.graph.x509CertificateCombinationConfiguration", "allowedPolicyOIDs": []any{"1.2.3"}})
	same(t, "changed", e.want(200, "GET", at+"/"+issuer.id(), nil).body["allowedPolicyOIDs"], []any{"1.2.3"})
	update := strengths + "/" + strength.id() + "/updateAllowedCombinations"
	e.refused(400, bad, "combination configuration", "POST", update, object{"allowedCombinations": []any{"fido2"}})
	e.want(204, "DELETE", at+"/"+issuer.id(), nil)
	e.want(200, "POST", update, object{"allowedCombinations": []any{"fido2"}})
	e.refused(400, bad, "read-only", "PATCH", strengths+"/"+strength.id(), object{"combinationConfigurations": []any{}})
	builtIn := strengths + "/00000000-0000-0000-0000-000000000004/combinationConfigurations"
	e.refused(400, bad, "built-in", "POST", builtIn, key())
	e.want(204, "DELETE", strengths+"/"+strength.id(), nil)
	e.want(404, "GET", at, nil)
}

func TestStrengthUsage(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for name, c := range map[string]struct {
		combination, list string
	}{"satisfies mfa": {"fido2", "mfa"}, "does not": {"password", "none"}} {
		s := e.want(201, "POST", strengths, object{"displayName": name, "allowedCombinations": []any{c.combination}}).id()
		p := e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": s}})).id()
		got := e.want(200, "GET", strengths+"/"+s+"/usage", nil).body
		same(t, name, got[c.list].([]any)[0].(object)["id"], p)
		same(t, name, len(got["mfa"].([]any))+len(got["none"].([]any)), 1)
		e.refused(400, "Request_BadRequest", p, "DELETE", strengths+"/"+s, nil)
	}
}

const contexts = "/v1.0/identity/conditionalAccess/authenticationContextClassReferences"

func TestAuthenticationContexts(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.refused(404, "ResourceNotFound", "c1", "GET", contexts+"/c1", nil)
	e.refused(400, "BadRequest", "displayName", "PATCH", contexts+"/c1", object{"description": "d"})
	if a := e.want(204, "PATCH", contexts+"/c1", object{"displayName": "Secret", "isAvailable": true}); a.raw != "" {
		t.Errorf("PATCH answers %s", a.raw)
	}
	made := e.want(201, "POST", contexts, object{"id": "c99", "displayName": "Other"})
	same(t, "id", made.id(), "c99")
	same(t, "available", made.body["isAvailable"], false)
	e.refused(409, "Conflict", "c99", "POST", contexts, object{"id": "c99", "displayName": "Other"})
	for _, id := range []string{"c0", "c100", "x", ""} {
		e.refused(400, "BadRequest", "c1 to c99", "POST", contexts, object{"id": id, "displayName": "Other"})
	}
	e.refused(400, "BadRequest", "c1 to c99", "PATCH", contexts+"/c100", object{"displayName": "Other"})
	e.want(204, "PATCH", contexts+"/c1", object{"id": "c1", "description": "d"})
	same(t, "kept", e.want(200, "GET", contexts+"/c1", nil).body["displayName"], "Secret")
	same(t, "listed", e.want(200, "GET", contexts, nil).ids(), []string{"c1", "c99"})

	e.refused(403, "AccessDenied", "isAvailable", "DELETE", contexts+"/c1", nil)
	e.want(204, "PATCH", contexts+"/c1", object{"isAvailable": false})
	use := policy("conditions.applications", object{"includeAuthenticationContextClassReferences": []any{"c1"}})
	p := e.want(201, "POST", policies, use).id()
	e.refused(400, "BadRequest", p, "DELETE", contexts+"/c1", nil)
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.refused(400, "BadRequest", p, "DELETE", contexts+"/c1", nil)
	e.want(204, "DELETE", caBin+"/policies/"+p, nil)
	e.want(204, "DELETE", contexts+"/c1", nil)
	e.want(404, "GET", contexts+"/c1", nil)
	e.refused(400, "BadRequest", "c1 does not exist", "POST", policies, use)
	e.want(204, "PATCH", contexts+"/c1", object{"displayName": "F6 the same id again"})
	e.want(201, "POST", policies, use)
}

func TestAgreements(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const agreements = "/v1.0/identityGovernance/termsOfUse/agreements"
	file := func(language string, first bool) object {
		return object{"fileName": language + ".pdf", "displayName": "Terms", "language": language, "isDefault": first, "fileData": object{"data": "JVBERg=="}}
	}
	terms := func(more ...any) object {
		return with(object{"displayName": "Terms", "isViewingBeforeAcceptanceRequired": true, "files": []any{file("en", true), file("de", false)},
			"termsExpiration": object{"startDateTime": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "frequency": "P365D"}}, more...)
	}
	one := e.want(201, "POST", agreements, terms())
	if _, shown := one.body["files"]; shown {
		t.Error("files without $expand")
	}
	at := agreements + "/" + one.id()
	files := e.want(200, "GET", at+"?$expand=files", nil).body["files"].([]any)
	same(t, "files", len(files), 2)
	same(t, "file data told", files[0].(object)["fileData"], nil)
	same(t, "files listed", len(e.want(200, "GET", at+"/files", nil).body["value"].([]any)), 2)
	same(t, "file", e.want(200, "GET", at+"/files/"+files[1].(object)["id"].(string), nil).body["language"], "de")
	same(t, "F9 PATCH answers 200", e.want(200, "PATCH", at, object{"displayName": "New"}).body["displayName"], "New")
	const bad = "Request_BadRequest"
	e.refused(400, bad, "read-only", "PATCH", at, object{"isPerDeviceAcceptanceRequired": true})
	for name, c := range map[string]struct {
		body object
		part string
	}{
		"no files":       {terms("files", []any{}), "exactly one file"},
		"two defaults":   {terms("files", []any{file("en", true), file("de", true)}), "exactly one file"},
		"same language":  {terms("files", []any{file("en", true), file("en", false)}), "occurs twice"},
		"no content":     {terms("files", []any{with(file("en", true), "fileData", drop{})}), "fileData"},
		"no base64":      {terms("files", []any{with(file("en", true), "fileData.data", "%")}), "Edm.Binary"},
		"no viewing":     {terms("isViewingBeforeAcceptanceRequired", drop{}), "isViewingBeforeAcceptanceRequired"},
		"unknown inside": {terms("files", []any{with(file("en", true), "colour", "red")}), "colour"},
	} {
		t.Log(name)
		e.refused(400, bad, c.part, "POST", agreements, c.body)
	}
	e.want(404, "GET", "/v1.0/identityGovernance/termsOfUse", nil)
	use := policy("grantControls", object{"operator": "OR", "builtInControls": []any{}, "termsOfUse": []any{one.id()}})
	p := e.want(201, "POST", policies, use).id()
	e.refused(400, bad, p, "DELETE", at, nil)
	e.want(204, "DELETE", policies+"/"+p, nil)
	e.refused(400, bad, p, "DELETE", at, nil)
	e.want(204, "DELETE", caBin+"/policies/"+p, nil)
	e.want(204, "DELETE", at, nil)
	e.want(404, "GET", at, nil)
	e.refused(400, "BadRequest", "Agreement with id "+one.id(), "POST", policies, use)
}
