package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// TestEveryRouteNeedsAPermission: no address of the emulator is without a row in the
// table of permissions, and every permission in the table is one that Microsoft Graph has.
func TestEveryRouteNeedsAPermission(t *testing.T) {
	t.Parallel()
	for _, route := range emulator.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if !emulator.Permitted(method, pattern) {
			t.Errorf("seed/required-permissions.tsv has no row for %s", route)
		}
	}
	e := newLogin(t)
	if _, err := e.AddClient(emulator.ClientOptions{Name: "all", Permissions: emulator.KnownPermissions()}); err != nil {
		t.Error(err)
	}
	if _, err := e.AddClient(emulator.ClientOptions{Name: "too much", Permissions: []string{"Everything.ReadWrite.All"}}); err == nil {
		t.Error("a permission that does not exist is granted")
	}
}

// world is a tenant with an object of each type, live and in the bin.
type world struct {
	*login
	ids map[string]string
}

func newWorld(t *testing.T) *world {
	w := &world{newLogin(t, emulator.WithRequiredRoles()), map[string]string{}}
	add := func(name, path string, body object) {
		t.Helper()
		a := w.as(w.Token(), "POST", path, body)
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", name, a.status, a.raw)
		}
		w.ids[name] = a.id()
	}
	group := func(name string, assignable bool) object {
		g := object{"displayName": name, "mailEnabled": false, "mailNickname": strings.ReplaceAll(name, " ", ""), "securityEnabled": true}
		if assignable {
			g["isAssignableToRole"] = true
		}
		return g
	}
	user := func(name string) object {
		return object{"displayName": name, "accountEnabled": true, "mailNickname": name, "userPrincipalName": name + "@contoso.onmicrosoft.com", "passwordProfile": object{"password": "Long-enough-1"}}
	}
	add("group", "/v1.0/groups", group("group", false))
	add("role group", "/v1.0/groups", group("role group", true))
	add("user", "/v1.0/users", user("user"))
	add("unit", units, object{"displayName": "unit"})
	add("app", "/v1.0/applications", object{"displayName": "app"})
	add("policy", policies, policy())
	add("location", locations, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "hq", "isTrusted": false,
		"ipRanges": []any{object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}}})
	for name, path := range map[string]string{"group": "/v1.0/groups", "role group": "/v1.0/groups", "user": "/v1.0/users", "unit": units, "app": "/v1.0/applications", "policy": policies} {
		body := object{"displayName": "binned"}
		switch name {
		case "group", "role group":
			body = group("binned"+strings.ReplaceAll(name, " ", ""), name == "role group")
		case "user":
			body = user("binned")
		case "policy":
			body = policy()
		}
		add("binned "+name, path, body)
		if a := w.as(w.Token(), "DELETE", path+"/"+w.ids["binned "+name], nil); a.status != http.StatusNoContent {
			t.Fatalf("%s: %d %s", name, a.status, a.raw)
		}
	}
	return w
}

// fill puts ids in place of their names: <group>.
func (w *world) fill(text string) string {
	for name, id := range w.ids {
		text = strings.ReplaceAll(text, "<"+name+">", id)
	}
	return strings.ReplaceAll(text, "$host", w.url)
}

// TestRequiredRoles: F16, what each permission opens and what it does not, and how the
// service refuses. Each case is allowed with have and refused with lack.
func TestRequiredRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const (
		denied   = "Authorization_RequestDenied"
		caDenied = "AccessDenied"
	)
	named := policy()
	named["conditions"].(object)["applications"] = object{"includeApplications": []any{"00000003-0000-0ff1-ce00-000000000000"}}
	aGroup := object{"displayName": "new", "mailEnabled": false, "mailNickname": "new", "securityEnabled": true}
	roleGroup := object{"displayName": "new", "mailEnabled": false, "mailNickname": "newer", "securityEnabled": true, "isAssignableToRole": true}
	for i, c := range []struct {
		name, method, path string
		body               any
		have, lack, code   string
	}{
		{"policies", "GET", policies, nil, "Policy.Read.All", "Policy.ReadWrite.ConditionalAccess", caDenied},
		{"policies in beta", "GET", strings.Replace(policies, "v1.0", "beta", 1), nil, "Policy.Read.All", "", caDenied},
		{"new policy", "POST", policies, policy(), "Policy.Read.All Policy.ReadWrite.ConditionalAccess", "Policy.Read.All", caDenied},
		{"new policy, the other half", "POST", policies, policy(), "Policy.Read.All Policy.ReadWrite.ConditionalAccess", "Policy.ReadWrite.ConditionalAccess", caDenied},
		{"new policy that names an application", "POST", policies, named, "Policy.Read.All Policy.ReadWrite.ConditionalAccess Application.Read.All", "Policy.Read.All Policy.ReadWrite.ConditionalAccess", caDenied},
		{"changed policy", "PATCH", policies + "/<policy>", object{"displayName": "x"}, "Policy.Read.All Policy.ReadWrite.ConditionalAccess", "Policy.Read.All", caDenied},
		{"locations", "GET", locations, nil, "Policy.Read.All", "Directory.Read.All", caDenied},
		{"changed location", "PATCH", locations + "/<location>", object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x"}, "Policy.Read.All Policy.ReadWrite.ConditionalAccess", "Policy.Read.All", caDenied},
		{"strengths", "GET", strengths, nil, "Policy.Read.All", "Directory.Read.All", caDenied},
		{"Conditional Access bin", "GET", caBin + "/policies", nil, "Policy.Read.ConditionalAccess", "Directory.Read.All", caDenied},
		{"restored policy", "POST", caBin + "/policies/<binned policy>/restore", nil, "Policy.ReadWrite.ConditionalAccess", "Policy.Read.All", caDenied},
		{"groups", "GET", "/v1.0/groups", nil, "GroupMember.Read.All", "User.Read.All", denied},
		{"new group", "POST", "/v1.0/groups", aGroup, "Group.Create", "Group.Read.All", denied},
		{"changed group", "PATCH", "/v1.0/groups/<group>", object{"description": "x"}, "Group.ReadWrite.All", "Group.Create", denied},
		{"new member", "POST", "/v1.0/groups/<group>/members/$ref", "<user>", "GroupMember.ReadWrite.All", "GroupMember.Read.All", denied},
		{"role-assignable group", "PATCH", "/v1.0/groups/<role group>", object{"description": "x"}, "Group.ReadWrite.All RoleManagement.ReadWrite.Directory", "Group.ReadWrite.All", denied},
		{"its members", "POST", "/v1.0/groups/<role group>/members/$ref", "<user>", "GroupMember.ReadWrite.All RoleManagement.ReadWrite.Directory", "GroupMember.ReadWrite.All", denied},
		{"reading it", "GET", "/v1.0/groups/<role group>", nil, "Group.Read.All", "RoleManagement.ReadWrite.Directory", denied},
		{"new role-assignable group", "POST", "/v1.0/groups", roleGroup, "Group.ReadWrite.All RoleManagement.ReadWrite.Directory", "Group.ReadWrite.All", denied},
		{"restored role-assignable group", "POST", bin + "/<binned role group>/restore", nil, "Group.ReadWrite.All RoleManagement.ReadWrite.Directory", "Group.ReadWrite.All", denied},
		{"binned groups", "GET", bin + "/microsoft.graph.group", nil, "Group.Read.All", "User.Read.All", denied},
		{"binned groups, alias", "GET", bin + "/graph.group", nil, "Group.Read.All", "User.Read.All", denied},
		{"binned group", "GET", bin + "/<binned group>", nil, "Group.Read.All", "User.Read.All", denied},
		{"restored group", "POST", bin + "/<binned group>/restore", nil, "Group.ReadWrite.All", "User.ReadWrite.All Group.Read.All", denied},
		{"users", "GET", "/v1.0/users", nil, "User.ReadBasic.All", "Group.Read.All", denied},
		{"changed user", "PATCH", "/v1.0/users/<user>", object{"displayName": "x"}, "User.ReadWrite.All", "User.Read.All", denied},
		{"restored user", "POST", bin + "/<binned user>/restore", nil, "User.DeleteRestore.All", "User.Read.All Group.ReadWrite.All", denied},
		{"units", "GET", units, nil, "AdministrativeUnit.Read.All", "Group.Read.All", denied},
		{"changed unit", "PATCH", units + "/<unit>", object{"description": "x"}, "AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All", denied},
		{"restored unit", "POST", bin + "/<binned unit>/restore", nil, "AdministrativeUnit.ReadWrite.All", "AdministrativeUnit.Read.All", denied},
		{"applications", "GET", "/v1.0/applications", nil, "Application.Read.All", "Policy.Read.All", denied},
		{"changed application", "PATCH", "/v1.0/applications/<app>", object{"notes": "x"}, "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", denied},
		{"restored application", "POST", bin + "/<binned app>/restore", nil, "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", denied},
		{"new secret", "POST", "/v1.0/applications/<app>/addPassword", object{}, "Application.ReadWrite.All", "Application.Read.All", denied},
		{"roles", "GET", "/v1.0/directoryRoles", nil, "RoleManagement.Read.Directory", "Group.Read.All", denied},
		{"objects by id", "POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{nobody}}, "Directory.Read.All", "Group.Read.All", denied},
		{"organization", "GET", "/v1.0/organization", nil, "Organization.Read.All", "Group.Read.All", denied},
		{"what is not there", "GET", "/v1.0/groups/" + nobody, nil, "", "User.Read.All", denied},
	} {
		t.Run("F16 "+c.name, func(t *testing.T) {
			sub := *w
			sub.login = &login{w.Tenant, t, w.url, w.client}
			client := sub.addClient(emulator.ClientOptions{Name: c.name + string(rune('a'+i)), Permissions: strings.Fields(c.lack)})
			body := c.body
			if id, isText := body.(string); isText {
				body = object{"@odata.id": sub.url + "/v1.0/directoryObjects/" + sub.fill(id)}
			}
			a := sub.as(sub.token(client), c.method, sub.fill(c.path), body)
			part := "Insufficient privileges to complete the operation."
			if c.code == caDenied {
				part = "required scopes are missing in the token"
			}
			sub.refusedWith(a, 403, c.code, part)
			if c.have == "" {
				return
			}
			if a := sub.send("POST", "/_emulator/permissions", object{"clientId": client.ID, "permissions": strings.Fields(c.have)}); a.status != http.StatusOK {
				t.Fatal(a.raw)
			}
			if a := sub.as(sub.token(client), c.method, sub.fill(c.path), body); a.status >= 300 {
				t.Errorf("with %s: %d %s", c.have, a.status, a.raw)
			}
		})
	}
	same(t, "the static token", w.as(w.Token(), "GET", "/v1.0/groups", nil).status, http.StatusOK)
	all := w.token(w.addClient(emulator.ClientOptions{Name: "all"}))
	for _, path := range []string{policies, locations, strengths, units, "/v1.0/groups", "/v1.0/users", "/v1.0/applications", "/v1.0/servicePrincipals", caBin + "/policies", bin + "/microsoft.graph.group"} {
		same(t, path+" with all permissions", w.as(all, "GET", path, nil).status, http.StatusOK)
	}
}

// TestTokenKeepsItsRoles: what is granted later counts for the next token.
func TestTokenKeepsItsRoles(t *testing.T) {
	t.Parallel()
	e := newLogin(t, emulator.WithRequiredRoles())
	client := e.addClient(emulator.ClientOptions{Name: "app", Permissions: []string{}})
	old := e.token(client)
	sp := "/v1.0/servicePrincipals(appId='" + client.ID + "')"
	id := e.as(e.Token(), "GET", sp, nil).id()
	graph := e.as(e.Token(), "GET", "/v1.0/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')", nil).id()
	a := e.as(e.Token(), "POST", "/v1.0/servicePrincipals/"+id+"/appRoleAssignments",
		object{"principalId": id, "resourceId": graph, "appRoleId": "5b567255-7703-4780-807c-7be8301ae99b"})
	if a.status != http.StatusCreated {
		t.Fatal(a.raw)
	}
	same(t, "the old token", e.as(old, "GET", "/v1.0/groups", nil).status, http.StatusForbidden)
	token := e.token(client)
	same(t, "roles", claimsOf(t, token)["roles"], []any{"Group.Read.All"})
	same(t, "the new token", e.as(token, "GET", "/v1.0/groups", nil).status, http.StatusOK)
	if a := e.as(e.Token(), "DELETE", "/v1.0/servicePrincipals/"+id+"/appRoleAssignments/"+a.id(), nil); a.status != http.StatusNoContent {
		t.Fatal(a.raw)
	}
	same(t, "a token without roles", e.as(e.token(client), "GET", "/v1.0/groups", nil).status, http.StatusForbidden)
}

// TestOwnedBy: F16, Application.ReadWrite.OwnedBy is for what the caller made or owns.
func TestOwnedBy(t *testing.T) {
	t.Parallel()
	e := newLogin(t, emulator.WithRequiredRoles())
	token := e.token(e.addClient(emulator.ClientOptions{Name: "app", Permissions: []string{"Application.ReadWrite.OwnedBy"}}))
	other := e.as(e.Token(), "POST", "/v1.0/applications", object{"displayName": "other"}).id()
	own := e.as(token, "POST", "/v1.0/applications", object{"displayName": "own"})
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"PATCH", "/v1.0/applications/" + own.id(), object{"notes": "x"}, 204},
		{"POST", "/v1.0/applications/" + own.id() + "/addPassword", object{}, 200},
		{"PATCH", "/v1.0/applications(appId='" + own.body["appId"].(string) + "')", object{"notes": "y"}, 204},
		{"PATCH", "/v1.0/applications/" + other, object{"notes": "x"}, 403},
		{"GET", "/v1.0/applications/" + other, nil, 200},
		{"DELETE", "/v1.0/applications/" + own.id(), nil, 204},
		{"POST", bin + "/" + own.id() + "/restore", nil, 200},
		{"DELETE", "/v1.0/applications/" + other, nil, 403},
	} {
		if a := e.as(token, c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, a.status, c.status, a.raw)
		}
	}
}
