package emulator_test

import "testing"

func TestManager(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	ann, bob, eve := e.user("ann"), e.user("bob"), e.user("eve")
	at := "/v1.0/users/" + ann + "/manager"
	ref := func(id string) object { return object{"@odata.id": "$host/v1.0/users/" + id} }

	e.refused(404, "Request_ResourceNotFound", "Resource 'manager'", "GET", at, nil)
	e.refused(404, "Request_ResourceNotFound", "Resource 'manager'", "DELETE", at+"/$ref", nil)
	e.want(204, "PUT", at+"/$ref", ref(bob))
	m := e.want(200, "GET", at, nil)
	same(t, "manager", m.id(), bob)
	same(t, "type", m.body["@odata.type"], "#microsoft.graph.user")
	e.want(204, "PUT", at+"/$ref", ref(eve))
	same(t, "next manager", e.want(200, "GET", at+"?$select=id", nil).id(), eve)
	same(t, "reports of the first", e.want(200, "GET", "/v1.0/users/"+bob+"/directReports", nil).ids(), []string(nil))
	same(t, "reports of the next", e.want(200, "GET", "/v1.0/users/"+eve+"/directReports", nil).ids(), []string{ann})

	e.want(204, "DELETE", "/v1.0/users/"+eve, nil)
	e.want(404, "GET", at, nil)
	e.want(200, "POST", bin+"/"+eve+"/restore", nil)
	same(t, "manager who came back", e.want(200, "GET", at, nil).id(), eve)
	e.want(204, "DELETE", at+"/$ref", nil)
	e.want(404, "GET", at, nil)

	e.want(204, "PUT", at+"/$ref", ref(bob))
	e.want(204, "DELETE", "/v1.0/users/"+bob, nil)
	e.want(204, "DELETE", at+"/$ref", nil)
	e.want(200, "POST", bin+"/"+bob+"/restore", nil)
	e.want(404, "GET", at, nil)
	e.refused(400, "Request_BadRequest", "cannot be the manager", "PUT", at+"/$ref", ref(ann))
	e.refused(400, "Request_BadRequest", "cannot be the manager", "PUT", at+"/$ref", object{"@odata.id": "$host/v1.0/groups/" + e.group("g")})
	e.refused(404, "Request_ResourceNotFound", nobody, "PUT", at+"/$ref", ref(nobody))
	e.want(404, "PUT", "/v1.0/users/"+nobody+"/manager/$ref", ref(bob))
}

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
