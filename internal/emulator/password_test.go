package emulator_test

import "testing"

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
