package emulator_test

import (
	"encoding/base64"
	"encoding/pem"
	"testing"
)

// TestFirstSecrets: an application may be born with secrets, whose text only the answer
// to its POST tells.
func TestFirstSecrets(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	made := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "passwordCredentials": []any{
		object{"displayName": "first", "endDateTime": "2027-05-21T15:42:26Z"}, object{}}})
	secrets := made.body["passwordCredentials"].([]any)
	same(t, "secrets", len(secrets), 2)
	first, second := secrets[0].(object), secrets[1].(object)
	same(t, "end", first["endDateTime"], "2027-05-21T15:42:26Z")
	same(t, "end by default", second["endDateTime"], "2028-11-24T10:00:00Z")
	text, _ := first["secretText"].(string)
	if len(text) < 20 || first["hint"] != text[:3] || first["secretText"] == second["secretText"] {
		t.Errorf("secrets: %v", secrets)
	}
	one := "/v1.0/applications/" + made.id()
	for _, v := range e.want(200, "GET", one, nil).body["passwordCredentials"].([]any) {
		same(t, "secret in a later answer", v.(object)["secretText"], nil)
	}
	e.want(204, "POST", one+"/removePassword", object{"keyId": first["keyId"]})
	same(t, "secrets that are left", len(e.want(200, "GET", one, nil).body["passwordCredentials"].([]any)), 1)

	for name, secret := range map[string]object{"its text": {"secretText": "mine"}, "its id": {"keyId": nobody}, "its hint": {"hint": "min"}} {
		e.refused(400, "Request_BadRequest", "cannot be set", "POST", "/v1.0/applications", object{"displayName": name, "passwordCredentials": []any{secret}})
	}
	e.refused(400, "Request_BadRequest", "read-only", "PATCH", one, object{"passwordCredentials": []any{}})
}

// TestSigningCredentials: a service principal's token-signing key is dropped by PATCH, and
// set with the password of its private half. A certificate may be sent as text.
func TestSigningCredentials(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A", "web": object{"homePageUrl": "https://contoso.onmicrosoft.com", "logoutUrl": "https://contoso.onmicrosoft.com/out"}})
	made := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]})
	same(t, "home page of the application", made.body["homepage"], "https://contoso.onmicrosoft.com")
	same(t, "where it logs out", made.body["logoutUrl"], "https://contoso.onmicrosoft.com/out")
	sp := "/v1.0/servicePrincipals/" + made.id()
	cert := e.want(200, "POST", sp+"/addTokenSigningCertificate", object{})
	same(t, "name", cert.body["displayName"], "CN=Microsoft Azure Federated SSO Certificate")
	before := e.want(200, "GET", sp, nil).body
	same(t, "keys", len(before["keyCredentials"].([]any)), 2)
	e.want(204, "PATCH", sp, object{"passwordCredentials": before["passwordCredentials"]})
	e.refused(400, "Request_BadRequest", "usage 'Sign'", "PATCH", sp, object{"passwordCredentials": []any{object{"keyId": nobody, "secretText": "mine"}}})
	e.refused(400, "Request_BadRequest", "usage 'Sign'", "PATCH", sp, object{"passwordCredentials": []any{object{"displayName": "mine"}}})
	e.want(204, "PATCH", sp, object{"keyCredentials": []any{}, "passwordCredentials": []any{}})
	after := e.want(200, "GET", sp, nil).body
	same(t, "keys that are left", after["keyCredentials"], []any{})
	same(t, "passwords that are left", after["passwordCredentials"], []any{})

	der := cert.body["key"].(string)
	raw, _ := base64.StdEncoding.DecodeString(der)
	text := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
	identifiers := map[string]any{}
	for name, key := range map[string]string{"der": der, "pem": text} {
		e.want(204, "PATCH", sp, object{"keyCredentials": []any{object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": key}}})
		identifiers[name] = e.want(200, "GET", sp, nil).body["keyCredentials"].([]any)[0].(object)["customKeyIdentifier"]
	}
	same(t, "thumbprint", identifiers["pem"], identifiers["der"])
	e.want(204, "PATCH", sp, object{"keyCredentials": []any{object{"type": "X509CertAndPassword", "usage": "Sign", "key": der, "keyId": nobody}},
		"passwordCredentials": []any{object{"keyId": nobody, "secretText": "of the private key"}}})
	same(t, "secret", e.want(200, "GET", sp, nil).body["passwordCredentials"].([]any)[0].(object)["secretText"], nil)

	e.want(204, "PATCH", sp, object{"samlSingleSignOnSettings": object{"relayState": "/home"}})
	e.want(204, "PATCH", sp, object{"samlSingleSignOnSettings": object{}})
	same(t, "relay state", at(e.want(200, "GET", sp, nil).body, "samlSingleSignOnSettings.relayState"), nil)
}

// TestMicrosoftGraphStays: the service principal that tokens for Graph are about cannot be
// deleted; those of Microsoft's other applications can.
func TestMicrosoftGraphStays(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.refused(403, "Authorization_RequestDenied", "", "DELETE", "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", nil)
	e.want(204, "DELETE", "/v1.0/servicePrincipals(appId='00000003-0000-0ff1-ce00-000000000000')", nil)
}
