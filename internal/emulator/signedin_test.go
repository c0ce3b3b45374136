package emulator_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// person makes a user and, where role is not "", assigns the role over the tenant.
func (e *login) person(name, role string) (id, token string) {
	e.t.Helper()
	upn := name + "@contoso.onmicrosoft.com"
	id = e.as(e.Token(), "POST", "/v1.0/users", object{"displayName": name, "accountEnabled": true, "mailNickname": name, "userPrincipalName": upn,
		"passwordProfile": object{"password": "Long-enough-1"}}).id()
	if role != "" {
		a := e.as(e.Token(), "POST", "/v1.0/roleManagement/directory/roleAssignments", object{"principalId": id, "roleDefinitionId": role, "directoryScopeId": "/"})
		if a.status != http.StatusCreated {
			e.t.Fatal(a.raw)
		}
	}
	token, err := e.SignIn(emulator.Person{UserPrincipalName: upn})
	if err != nil {
		e.t.Fatal(err)
	}
	return id, token
}

// TestCreatorOwns: Microsoft Graph makes a signed-in person an owner of what that person
// creates: of a Microsoft 365 group always, of others unless a role permits to make them
// for the tenant. An application that acts for itself does not become one.
func TestCreatorOwns(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	const groupsAdministrator, applicationAdministrator = "fdd7a751-b60b-444a-984c-02652fe8fa1c", "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	custom := e.as(e.Token(), "POST", "/v1.0/roleManagement/directory/roleDefinitions", object{"displayName": "maker", "isEnabled": true,
		"rolePermissions": []any{object{"allowedResourceActions": []any{"microsoft.directory/applications/create"}}}}).id()
	ann, annToken := e.person("ann", "")
	gus, gusToken := e.person("gus", groupsAdministrator)
	app, appToken := e.person("app", applicationAdministrator)
	max, maxToken := e.person("max", custom)
	client := e.token(e.addClient(emulator.ClientOptions{Name: "client"}))

	owned := func(o object, owner string) object {
		return with(maps.Clone(o), "owners@odata.bind", []any{e.url + "/v1.0/users/" + owner})
	}
	security := object{"displayName": "s", "mailEnabled": false, "mailNickname": "s", "securityEnabled": true}
	unified := object{"displayName": "u", "mailEnabled": true, "mailNickname": "u", "securityEnabled": false, "groupTypes": []any{"Unified"}}
	application := object{"displayName": "a"}
	for name, c := range map[string]struct {
		token, path string
		body        object
		owners      []string
	}{
		"G3 unified, a person":             {annToken, "/groups", unified, []string{ann}},
		"G3 unified, an administrator":     {gusToken, "/groups", unified, []string{gus}},
		"G3 unified, an application":       {client, "/groups", unified, nil},
		"G3 security, a person":            {annToken, "/groups", security, []string{ann}},
		"G3 security, an administrator":    {gusToken, "/groups", security, nil},
		"G3 security, of applications":     {appToken, "/groups", security, []string{app}},
		"G3 security, an application":      {client, "/groups", security, nil},
		"P13 application, a person":        {annToken, "/applications", application, []string{ann}},
		"P13 application, administrator":   {appToken, "/applications", application, nil},
		"P13 application, by custom role":  {maxToken, "/applications", application, nil},
		"P13 application, of groups":       {gusToken, "/applications", application, []string{gus}},
		"P13 application, an application":  {client, "/applications", application, nil},
		"P13 with an owner, a person":      {annToken, "/applications", owned(application, gus), []string{ann, gus}},
		"P13 that is the person":           {annToken, "/applications", owned(application, ann), []string{ann}},
		"G4 an administrator, bound":       {gusToken, "/groups", owned(security, gus), []string{gus}},
		"G4 another than the person":       {annToken, "/groups", owned(unified, max), []string{ann, max}},
		"G3 a role of another application": {maxToken, "/groups", security, []string{max}},
	} {
		made := e.as(c.token, "POST", "/v1.0"+c.path, c.body)
		owners := e.as(e.Token(), "GET", "/v1.0"+c.path+"/"+made.id()+"/owners", nil).ids()
		slices.Sort(owners)
		slices.Sort(c.owners)
		if made.status != http.StatusCreated || !slices.Equal(owners, c.owners) {
			t.Errorf("%s: %d, owners %v, want %v %s", name, made.status, owners, c.owners, made.raw)
		}
		e.as(e.Token(), "DELETE", "/v1.0"+c.path+"/"+made.id(), nil)
	}
	made := e.as(annToken, "POST", "/v1.0/servicePrincipals", object{"appId": e.as(e.Token(), "POST", "/v1.0/applications", application).body["appId"]})
	same(t, "P13 service principal", e.as(e.Token(), "GET", "/v1.0/servicePrincipals/"+made.id()+"/owners", nil).ids(), []string{ann})

	for _, group := range []object{unified, security} {
		e.refusedWith(e.as(annToken, "POST", "/v1.0/groups", owned(group, ann)),
			400, "Request_BadRequest", "Request contains a property with duplicate values.")
	}
}

// TestSignIn: the token of a person, and what becomes of it.
func TestSignIn(t *testing.T) {
	t.Parallel()
	e := newLogin(t, emulator.WithRequiredRoles())
	id, token := e.person("ann", "")
	claims := claimsOf(t, token)
	same(t, "claims", []any{claims["oid"], claims["upn"], claims["idtyp"], claims["roles"]}, []any{id, "ann@contoso.onmicrosoft.com", "user", nil})
	group := e.as(token, "POST", "/v1.0/groups", object{"displayName": "s", "mailEnabled": false, "mailNickname": "s", "securityEnabled": true})
	same(t, "status", group.status, http.StatusCreated)
	log := e.as(e.Token(), "GET", "/v1.0/auditLogs/directoryAudits?$filter=targetResources/any(t:t/id eq '"+group.id()+"')", nil)
	for _, activity := range []string{"Add group", "Add owner to group"} {
		if !strings.Contains(log.raw, `"activityDisplayName":"`+activity+`"`) {
			t.Errorf("the audit log has no %q: %s", activity, log.raw)
		}
	}
	if !strings.Contains(log.raw, `"userPrincipalName":"ann@contoso.onmicrosoft.com"`) {
		t.Errorf("the audit log does not name the person: %s", log.raw)
	}

	told := e.send("POST", "/_emulator/persons", object{"userPrincipalName": "ann@contoso.onmicrosoft.com", "permissions": []string{"Group.Read.All"}})
	reader, _ := told.body["access_token"].(string)
	same(t, "read", e.as(reader, "GET", "/v1.0/groups", nil).status, http.StatusOK)
	same(t, "write without the permission", e.as(reader, "PATCH", "/v1.0/groups/"+group.id(), object{"description": "x"}).status, http.StatusForbidden)
	same(t, "nobody", e.send("POST", "/_emulator/persons", object{"userPrincipalName": "bob@contoso.onmicrosoft.com"}).status, http.StatusBadRequest)
	same(t, "no permissions", e.send("POST", "/_emulator/persons", object{"userPrincipalName": "ann@contoso.onmicrosoft.com", "permissions": []string{}}).status, http.StatusBadRequest)

	e.as(e.Token(), "PATCH", "/v1.0/users/"+id, object{"accountEnabled": false})
	e.refusedWith(e.as(token, "GET", "/v1.0/groups", nil), 401, "InvalidAuthenticationToken", "")
	e.as(e.Token(), "PATCH", "/v1.0/users/"+id, object{"accountEnabled": true})
	same(t, "enabled again", e.as(token, "GET", "/v1.0/groups", nil).status, http.StatusOK)
	e.as(e.Token(), "DELETE", "/v1.0/users/"+id, nil)
	e.refusedWith(e.as(token, "GET", "/v1.0/groups", nil), 401, "InvalidAuthenticationToken", "")
	if _, err := e.SignIn(emulator.Person{UserPrincipalName: id}); err == nil {
		t.Error("somebody in the recycle bin signs in")
	}
}
