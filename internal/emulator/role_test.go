package emulator_test

import (
	"slices"
	"testing"
)

const (
	roleDefinitions = "/v1.0/roleManagement/directory/roleDefinitions"
	roleAssignments = "/v1.0/roleManagement/directory/roleAssignments"
	globalReader    = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	userAdmin       = "fe930be7-5e62-47db-91af-98c3a49a38b1"
)

func TestRoleDefinitions(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	role := func(more ...any) object {
		return with(object{"displayName": "R", "isEnabled": true, "rolePermissions": []any{object{"allowedResourceActions": []any{"microsoft.directory/applications/basic/update"}}}}, more...)
	}
	one := e.want(201, "POST", roleDefinitions, role())
	same(t, "template id", one.body["templateId"], one.id())
	same(t, "built-in", one.body["isBuiltIn"], false)
	same(t, "scopes", one.body["resourceScopes"], []any{"/"})
	chosen := e.want(201, "POST", roleDefinitions, role("templateId", nobody))
	same(t, "F6 id by templateId", chosen.id(), nobody)
	const bad = "Request_BadRequest"
	e.refused(400, bad, "conflicting object", "POST", roleDefinitions, role("templateId", nobody))
	e.refused(400, bad, "read-only", "POST", roleDefinitions, role("isBuiltIn", true))
	e.refused(400, bad, "rolePermissions", "POST", roleDefinitions, role("rolePermissions", drop{}))
	e.refused(400, bad, "at least one action", "POST", roleDefinitions, role("rolePermissions", []any{object{"allowedResourceActions": []any{}}}))
	e.refused(400, bad, "not supported", "POST", roleDefinitions, role("rolePermissions", []any{object{"allowedResourceActions": []any{"everything"}}}))
	at := roleDefinitions + "/" + one.id()
	e.want(204, "PATCH", at, object{"description": "d"})
	e.refused(400, bad, "read-only", "PATCH", at, object{"templateId": globalReader})
	e.refused(400, bad, "built-in", "PATCH", roleDefinitions+"/"+globalReader, object{"displayName": "x"})
	e.refused(400, bad, "built-in", "DELETE", roleDefinitions+"/"+globalReader, nil)
	same(t, "by name", e.want(200, "GET", roleDefinitions+"?$filter=displayName eq 'Global Reader'", nil).ids(), []string{globalReader})
	u := e.user("ann")
	a := e.want(201, "POST", roleAssignments, object{"principalId": u, "roleDefinitionId": one.id(), "directoryScopeId": "/"})
	e.refused(400, bad, "assigned", "DELETE", at, nil)
	e.want(204, "DELETE", roleAssignments+"/"+a.id(), nil)
	e.want(204, "DELETE", at, nil)
	e.want(404, "GET", at, nil)
}

// TestRoleAssignmentsAllWays makes an assignment one way and looks for it the others.
func TestRoleAssignmentsAllWays(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("ann")
	unit := e.want(201, "POST", units, object{"displayName": "U"}).id()

	a := e.want(201, "POST", roleAssignments, object{"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/"})
	members := "/v1.0/directoryRoles(roleTemplateId='" + globalReader + "')/members"
	same(t, "assignment as member", e.want(200, "GET", members, nil).ids(), []string{u})
	role := e.want(200, "GET", "/v1.0/directoryRoles(roleTemplateId='"+globalReader+"')", nil).id()
	if ids := e.want(200, "GET", "/v1.0/users/"+u+"/memberOf", nil).ids(); !slices.Contains(ids, role) {
		t.Errorf("memberOf %v", ids)
	}
	e.want(204, "DELETE", "/v1.0/directoryRoles/"+role+"/members/"+u+"/$ref", nil)
	e.want(404, "GET", roleAssignments+"/"+a.id(), nil)
	e.want(204, "POST", "/v1.0/directoryRoles/"+role+"/members/$ref", object{"@odata.id": "$host/v1.0/users/" + u})
	same(t, "F6 the same id again", e.want(200, "GET", roleAssignments+"?$filter=principalId eq '"+u+"'", nil).ids(), []string{a.id()})
	e.want(204, "DELETE", roleAssignments+"/"+a.id(), nil)
	same(t, "member gone", len(e.want(200, "GET", members, nil).ids()), 0)

	scoped := units + "/" + unit + "/scopedRoleMembers"
	made := e.want(201, "POST", scoped, object{"roleId": role, "roleMemberInfo": object{"id": u}})
	same(t, "unit", made.body["administrativeUnitId"], unit)
	same(t, "name", at(made.body, "roleMemberInfo.displayName"), "ann")
	got := e.want(200, "GET", roleAssignments+"?$filter=directoryScopeId eq '/administrativeUnits/"+unit+"'", nil)
	same(t, "scoped member as assignment", len(got.ids()), 1)
	e.want(201, "POST", roleAssignments, object{"principalId": u, "roleDefinitionId": userAdmin, "directoryScopeId": "/administrativeUnits/" + unit})
	same(t, "assignment as scoped member", len(e.want(200, "GET", scoped, nil).ids()), 2)
	e.refused(400, "Request_BadRequest", "conflicting object", "POST", scoped, object{"roleId": role, "roleMemberInfo": object{"id": u}})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", scoped, object{"roleId": nobody, "roleMemberInfo": object{"id": u}})
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", scoped, object{"roleId": role, "roleMemberInfo": object{"id": nobody}})
	e.want(204, "DELETE", units+"/"+unit, nil)
	same(t, "F4 hidden with the unit", len(e.want(200, "GET", roleAssignments+"?$filter=principalId eq '"+u+"'", nil).ids()), 0)
	e.want(200, "POST", bin+"/"+unit+"/restore", nil)
	same(t, "F4 back with the unit", len(e.want(200, "GET", scoped, nil).ids()), 2)
	e.want(204, "DELETE", scoped+"/"+made.id(), nil)
	e.want(404, "GET", scoped+"/"+made.id(), nil)
	same(t, "one left", len(e.want(200, "GET", scoped, nil).ids()), 1)

	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	same(t, "F4 hidden with the user", len(e.want(200, "GET", scoped, nil).ids()), 0)
	e.want(200, "POST", bin+"/"+u+"/restore", nil)
	same(t, "F4 back with the user", len(e.want(200, "GET", scoped, nil).ids()), 1)
}

func TestRoleAssignmentsRefused(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u, plain, special := e.user("ann"), e.group("plain"), e.group("special", "isAssignableToRole", true)
	app, _, sp := e.principal("App")
	assign := func(more ...any) object {
		return with(object{"principalId": u, "roleDefinitionId": globalReader, "directoryScopeId": "/"}, more...)
	}
	for _, principal := range []string{u, special, sp} {
		e.want(201, "POST", roleAssignments, assign("principalId", principal))
	}
	one := e.want(201, "POST", roleAssignments, assign("directoryScopeId", "/"+app))
	same(t, "expanded", at(e.want(200, "GET", roleAssignments+"/"+one.id()+"?$expand=principal", nil).body, "principal.id"), u)
	const bad, missing = "Request_BadRequest", "Request_ResourceNotFound"
	for name, c := range map[string]struct {
		status int
		body   object
		code   string
		part   string
	}{
		"F10 duplicate":            {400, assign(), bad, "conflicting object"},
		"group without the flag":   {400, assign("principalId", plain), bad, "isAssignableToRole"},
		"principal not there":      {404, assign("principalId", nobody), missing, nobody},
		"role not there":           {404, assign("roleDefinitionId", nobody), missing, nobody},
		"application as principal": {400, assign("principalId", app), bad, "cannot be assigned"},
		"unit not there":           {400, assign("directoryScopeId", "/administrativeUnits/"+nobody), bad, "directoryScopeId"},
		"no scope":                 {400, assign("directoryScopeId", drop{}), bad, "directoryScopeId"},
		"scope without a slash":    {400, assign("directoryScopeId", app), bad, "directoryScopeId"},
	} {
		t.Log(name)
		e.refused(c.status, c.code, c.part, "POST", roleAssignments, c.body)
	}
	e.want(405, "PATCH", roleAssignments+"/"+one.id(), object{"directoryScopeId": "/"})
	role := e.want(200, "GET", "/v1.0/directoryRoles(roleTemplateId='"+globalReader+"')", nil).id()
	e.refused(400, bad, "isAssignableToRole", "POST", "/v1.0/directoryRoles/"+role+"/members/$ref", object{"@odata.id": "$host/v1.0/groups/" + plain})
	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	e.want(204, "DELETE", bin+"/"+u, nil)
	same(t, "purged with the user", len(e.want(200, "GET", roleAssignments, nil).ids()), 2)
}
