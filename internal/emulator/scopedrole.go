package emulator

import "strings"

// Scoped role members of administrative units: role assignments over the unit, in an older
// dress that names the role by the id of the activated directory role.

func scopedRoleMemberships() *resource {
	return &resource{typ: "scopedRoleMembership", set: "scopedRoleMemberships", policies: true}
}

// scopedOf lists the assignments over a unit as scoped role members.
func (t *Tenant) scopedOf(unit *object) []*object {
	var out []*object
	assignments := t.resource("unifiedRoleAssignment")
	for _, a := range t.shelves[assignments.typ].all(false) {
		if !same(a.body["directoryScopeId"], "/administrativeUnits/"+unit.id) || !t.whole(assignments, a) {
			continue
		}
		whole := &object{body: body{"roleDefinitionId": a.body["roleDefinitionId"], "directoryScopeId": "/"}}
		role := t.directoryRoleOf(whole)
		if role == nil {
			continue // a custom role does not show here
		}
		out = append(out, &object{typ: "scopedRoleMembership", id: a.id, body: body{"administrativeUnitId": unit.id, "roleId": role.id,
			"roleMemberInfo": body{"id": a.body["principalId"], "displayName": t.directoryObject(a.text("principalId"), false).body["displayName"]}}})
	}
	return out
}

func listScoped(t *Tenant, c *call) (*reply, *graphError) {
	unit, gerr := t.target(c, t.resource("administrativeUnit"))
	if gerr != nil {
		return nil, gerr
	}
	l := t.resource("scopedRoleMembership").listing()
	l.context = "directory/administrativeUnits('" + unit.id + "')/scopedRoleMembers"
	return t.page(c, l, t.scopedOf(unit))
}

func (t *Tenant) scoped(c *call) (*object, *graphError) {
	unit, gerr := t.target(c, t.resource("administrativeUnit"))
	if gerr != nil {
		return nil, gerr
	}
	for _, o := range t.scopedOf(unit) {
		if o.id == c.params["member"] {
			return o, nil
		}
	}
	return nil, notFound(c.params["member"])
}

func readScoped(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.scoped(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, t.resource(o.typ), o, "scopedRoleMemberships/$entity")
}

func addScoped(t *Tenant, c *call) (*reply, *graphError) {
	unit, gerr := t.target(c, t.resource("administrativeUnit"))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	if v, given := in["administrativeUnitId"]; given && !same(v, unit.id) {
		return nil, badRequest("The unit of the address and property 'administrativeUnitId' differ.")
	}
	for name := range in {
		if name != "administrativeUnitId" && name != "roleId" && name != "roleMemberInfo" && !strings.HasPrefix(name, "@odata.") {
			return nil, badRequest("Invalid property '%s'.", name)
		}
	}
	roleID, member := textOf(in["roleId"]), textOf(nested(in, "roleMemberInfo")["id"])
	role := t.shelf("directoryRole").live(roleID)
	switch {
	case roleID == "" || member == "":
		return nil, badRequest("A scoped role member needs a roleId and a roleMemberInfo with an id.")
	case role == nil:
		return nil, notFound(roleID)
	}
	a, gerr := t.make(c, t.resource("unifiedRoleAssignment"), body{"principalId": strings.ToLower(member),
		"roleDefinitionId": role.body["roleTemplateId"], "directoryScopeId": "/administrativeUnits/" + unit.id})
	if gerr != nil {
		return nil, gerr
	}
	for _, o := range t.scopedOf(unit) {
		if o.id == a.id {
			return t.created(c, t.resource(o.typ), o, "scopedRoleMemberships/$entity")
		}
	}
	return nil, notFound(a.id)
}

func removeScoped(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.scoped(c)
	if gerr != nil {
		return nil, gerr
	}
	t.dropAssignment(c, t.shelf("unifiedRoleAssignment").live(o.id))
	return noContent, nil
}

func scopedRoutes(add func(method, pattern string, run handler)) {
	for _, path := range []string{"/directory/administrativeUnits", "/administrativeUnits"} {
		at := path + "/{id}/scopedRoleMembers"
		add("GET", at, listScoped)
		add("POST", at, addScoped)
		add("GET", at+"/{member}", readScoped)
		add("DELETE", at+"/{member}", removeScoped)
	}
}
