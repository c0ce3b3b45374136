package emulator_test

import "testing"

// TestPasswords: of four kinds of characters three, and eight of them at least.
func TestPasswords(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := "/v1.0/users/" + e.user("ann")
	for password, good := range map[string]bool{"B": false, "Short7!": false, "alllowercase": false, "lowerUPPER": false, "lower1234": false,
		"lowerUPPER7": true, "lower-1234": true, "UPPER-1234": true, "lower-UPPER": true} {
		profile := object{"passwordProfile": object{"password": password}}
		if good {
			e.want(204, "PATCH", u, profile)
		} else {
			e.refused(400, "Request_BadRequest", "does not comply with password complexity requirements", "PATCH", u, profile)
		}
	}
	e.refused(400, "Request_BadRequest", "does not comply", "POST", "/v1.0/users", object{"accountEnabled": true, "displayName": "A", "mailNickname": "a",
		"userPrincipalName": "a@contoso.onmicrosoft.com", "passwordProfile": object{"password": "weak"}})
	e.want(204, "PATCH", u, object{"passwordPolicies": "DisableStrongPassword", "passwordProfile": object{"password": "alllowercase"}})
	e.refused(400, "Request_BadRequest", "does not comply", "PATCH", u, object{"passwordProfile": object{"password": "short"}})
}
