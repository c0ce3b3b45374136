package emulator

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Role definitions and assignments. An assignment of a built-in role over the whole tenant
// is the same thing as a member of the directory role, one over an administrative unit the
// same as a scoped role member: whichever way it is made, all ways show it. What the
// built-in roles permit is not told.

const maxCustomRoles = 100

// derivedID is the form of ids that Graph makes of other ids.
var derivedID = regexp.MustCompile(`^[A-Za-z0-9_-]{20,}$`)

var actionName = regexp.MustCompile(`^microsoft\.[A-Za-z0-9.]+(/[A-Za-z0-9.$-]+)+$`)

func roleDefinitions() *resource {
	return &resource{
		typ: "unifiedRoleDefinition", set: "roleManagement/directory/roleDefinitions", policies: true,
		paths:    []string{"/roleManagement/directory/roleDefinitions"},
		required: []string{"displayName", "isEnabled", "rolePermissions"}, readOnly: []string{"id", "isBuiltIn"}, fixed: []string{"templateId"},
		prepare: func(_ *Tenant, o *object) {
			if id := o.text("templateId"); isGUID(id) {
				o.id = strings.ToLower(id)
			}
			o.body["templateId"], o.body["isBuiltIn"] = o.id, false
			setDefault(o.body, "resourceScopes", []any{"/"})
		},
		check: checkRoleDefinition, deletable: deletableRole,
	}
}

func checkRoleDefinition(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old != nil && old.body["isBuiltIn"] == true {
		return badRequest("A built-in role cannot be changed.")
	}
	if gerr := filled(next, "displayName"); gerr != nil {
		return gerr
	}
	permissions := list(next.body["rolePermissions"])
	if len(permissions) == 0 {
		return badRequest("A role needs at least one of rolePermissions.")
	}
	for _, p := range permissions {
		actions := list(p.(body)["allowedResourceActions"])
		if len(actions) == 0 {
			return badRequest("Property 'allowedResourceActions' must hold at least one action.")
		}
		for _, a := range actions {
			if !actionName.MatchString(textOf(a)) {
				return badRequest("Action '%v' is not supported for a custom role.", a)
			}
		}
		if v := p.(body)["condition"]; v != nil {
			return badRequest("Condition '%v' is not supported for a custom role.", v)
		}
	}
	if old != nil {
		return nil
	}
	if t.shelf(next.typ).inBin(next.id) != nil {
		return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
	}
	custom := 0
	for _, o := range t.shelf(next.typ).all(false) {
		if o.id == next.id {
			return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
		}
		if o.body["isBuiltIn"] != true {
			custom++
		}
	}
	if custom >= maxCustomRoles {
		return badRequest("The tenant already has the maximum of %d custom roles.", maxCustomRoles)
	}
	return nil
}

func deletableRole(t *Tenant, o *object) *graphError {
	if o.body["isBuiltIn"] == true {
		return badRequest("A built-in role cannot be deleted.")
	}
	for _, a := range t.shelf("unifiedRoleAssignment").all(false) {
		if same(a.body["roleDefinitionId"], o.id) {
			return badRequest("The role '%s' cannot be deleted: it is assigned to '%s'.", o.id, a.text("principalId"))
		}
	}
	return nil
}

func roleAssignments() *resource {
	return &resource{
		typ: "unifiedRoleAssignment", set: "roleManagement/directory/roleAssignments", policies: true,
		paths: []string{"/roleManagement/directory/roleAssignments"}, bound: []string{"principalId", "directoryScopeId"},
		own:      map[string]handler{"POST": assignRole, "PATCH": nil, "DELETE": unassignRole},
		required: []string{"principalId", "roleDefinitionId"}, readOnly: []string{"id", "principalOrganizationId"},
		expandable: []string{"principal", "roleDefinition", "directoryScope"},
		prepare: func(t *Tenant, o *object) {
			o.id = roleAssignmentID(o.text("roleDefinitionId"), o.text("principalId"), o.text("directoryScopeId"))
			o.body["principalOrganizationId"] = t.id
		},
		check:    checkRoleAssignment,
		expand:   expandRoleReference,
		loaded:   (*Tenant).showAsMember,
		loadable: derivedID,
	}
}

// roleAssignmentID is made of role and principal, and of the scope where that is not the
// tenant: the same assignment has the same id again.
func roleAssignmentID(role, principal, scope string) string {
	id := base64.RawURLEncoding.EncodeToString(slices.Concat(littleEndian(role), littleEndian(principal), littleEndian(lastSegment(scope))))
	if scope == "/" {
		return id + "-1"
	}
	return id + "-2"
}

func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

func checkRoleAssignment(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	if gerr := t.checkRoleTarget(next); gerr != nil {
		return gerr
	}
	if t.shelf(next.typ).live(next.id) != nil {
		return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
	}
	return nil
}

// checkRoleTarget holds principal, role and scope of an assignment against the tenant.
func (t *Tenant) checkRoleTarget(o *object) *graphError {
	id, scope := o.text("principalId"), o.text("directoryScopeId")
	principal := t.directoryObject(id, false)
	if principal == nil {
		return notFound(id)
	}
	role := t.shelf("unifiedRoleDefinition").live(o.text("roleDefinitionId"))
	switch {
	case role == nil:
		return notFound(o.text("roleDefinitionId"))
	case principalTypes[principal.typ] == "":
		return badRequest("A role cannot be assigned to a %s.", principal.typ)
	case principal.typ == "group" && principal.body["isAssignableToRole"] != true:
		return badRequest("A role can be assigned to a group only if its isAssignableToRole is true.")
	case role.body["isEnabled"] != true:
		return badRequest("The role '%s' is not enabled.", role.id)
	case o.body["appScopeId"] != nil:
		return badRequest("Property 'appScopeId' does not apply to roles of the directory.")
	case scope == "/":
		return nil
	}
	unit, inUnit := strings.CutPrefix(scope, "/administrativeUnits/")
	target := t.directoryObject(lastSegment(scope), false)
	if !strings.HasPrefix(scope, "/") || target == nil || inUnit != (target.typ == "administrativeUnit") || !inUnit && strings.Count(scope, "/") > 1 || unit == "" {
		return badRequest("Invalid value specified for property 'directoryScopeId' of resource 'UnifiedRoleAssignment'.")
	}
	return nil
}

// expandRoleReference shows an object that an assignment or schedule names by its id.
func expandRoleReference(t *Tenant, c *call, o *object, relation string) any {
	var x *object
	switch relation {
	case "principal":
		x = t.directoryObject(o.text("principalId"), false)
	case "roleDefinition":
		x = t.shelf("unifiedRoleDefinition").live(o.text("roleDefinitionId"))
	case "directoryScope":
		x = t.directoryObject(lastSegment(o.text("directoryScopeId")), false)
	case "group":
		x = t.shelf("group").live(o.text("groupId"))
	}
	if x == nil {
		return nil
	}
	row := t.render(&call{base: c.base, version: c.version, header: c.header}, x, nil)
	if t.resource(x.typ).directory {
		row["@odata.type"] = "#microsoft.graph." + x.typ
	}
	return row
}

func assignRole(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource("unifiedRoleAssignment")
	if in["directoryScopeId"] == nil && in["appScopeId"] == nil {
		return nil, badRequest("A value is required for property 'directoryScopeId' of resource 'UnifiedRoleAssignment'.")
	}
	o, gerr := t.make(c, r, in)
	if gerr != nil {
		return nil, gerr
	}
	t.showAsMember(o)
	return t.created(c, r, o, r.set+"/$entity")
}

// showAsMember makes the principal of a tenant-wide assignment a member of the directory
// role, which is activated by that.
func (t *Tenant) showAsMember(a *object) {
	if role := t.directoryRoleOf(a); role != nil {
		t.edges.add(role.id, "members", a.text("principalId"))
	}
}

// directoryRoleOf finds or activates the directory role of a tenant-wide assignment; a
// custom role has none.
func (t *Tenant) directoryRoleOf(a *object) *object {
	template := strings.ToLower(a.text("roleDefinitionId"))
	if a.text("directoryScopeId") != "/" || t.shelf("directoryRoleTemplate").live(template) == nil {
		return nil
	}
	if role := t.byProperty("directoryRole", "roleTemplateId", template); role != nil {
		return role
	}
	return t.activateRole(template, uuid.NewString())
}

func unassignRole(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("unifiedRoleAssignment")
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	t.dropAssignment(c, o)
	return noContent, nil
}

// dropAssignment ends an assignment, whichever way it was made.
func (t *Tenant) dropAssignment(c *call, o *object) {
	if role := t.directoryRoleOf(o); role != nil {
		t.edges.remove(role.id, "members", o.text("principalId"))
	}
	t.delete(c, t.resource(o.typ), o)
	t.endSchedulesOf(o)
}

// linked and unlinked follow the links of directory roles: a member is an assignment.
func (t *Tenant) linked(o *object, relation, target string) {
	if o.typ != "directoryRole" || relation != "members" {
		return
	}
	t.putAssignment(body{"principalId": strings.ToLower(target), "roleDefinitionId": o.text("roleTemplateId"), "directoryScopeId": "/"})
}

func (t *Tenant) putAssignment(b body) *object {
	r := t.resource("unifiedRoleAssignment")
	a := &object{typ: r.typ, body: b}
	r.prepare(t, a)
	if old := t.shelves[r.typ].live(a.id); old != nil {
		return old
	}
	t.shelves[r.typ].put(a)
	return a
}

func (t *Tenant) unlinked(o *object, relation, target string) {
	if o.typ != "directoryRole" || relation != "members" {
		return
	}
	if a := t.shelf("unifiedRoleAssignment").live(roleAssignmentID(o.text("roleTemplateId"), target, "/")); a != nil {
		t.purge(t.resource(a.typ), a) // the link that went with it is what the audit log tells
		t.endSchedulesOf(a)
	}
}

// seedRoles makes the built-in role definitions, whose ids are those of the templates.
func (t *Tenant) seedRoles() {
	for _, row := range rows(rolesTable) {
		t.put("unifiedRoleDefinition", row[0], body{"displayName": row[1], "description": roleDescription(row[1]), "templateId": row[0], "isBuiltIn": true, "isEnabled": true,
			"resourceScopes": []any{"/"}, "rolePermissions": []any{}, "version": "1"})
	}
}
