package emulator

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// What one directory object may do with a service principal: app role assignments, seen
// from the principal (appRoleAssignments) and from the resource (appRoleAssignedTo),
// delegated permission grants, and the classifications of delegated permissions.

// defaultAppRole stands for access without any particular role.
const defaultAppRole = "00000000-0000-0000-0000-000000000000"

// maxAssignments is how many app roles one principal can be assigned.
// https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
const maxAssignments = 1500

// principalTypes are those that an app role can be assigned to, as answers name them.
var principalTypes = map[string]string{"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}

func appRoleAssignments() *resource {
	return &resource{
		typ: "appRoleAssignment", set: "appRoleAssignments", policies: true, bound: []string{"principalId", "resourceId"},
		required: []string{"principalId", "resourceId", "appRoleId"},
		readOnly: []string{"id", "deletedDateTime", "createdDateTime", "principalDisplayName", "principalType", "resourceDisplayName"},
		prepare: func(t *Tenant, o *object) {
			o.id = assignmentID(o.text("principalId"))
			o.body["createdDateTime"] = preciseTimestamp(t.now())
		},
		check: checkAppRoleAssignment, embellish: embellishAppRoleAssignment,
	}
}

// assignmentID begins with the principal's id; the rest is random.
func assignmentID(principal string) string {
	other := uuid.New()
	return base64.RawURLEncoding.EncodeToString(slices.Concat(littleEndian(principal), other[:]))
}

// littleEndian lays a GUID out as Windows does in memory.
func littleEndian(id string) []byte {
	u, err := uuid.Parse(id)
	if err != nil {
		return nil
	}
	b := slices.Clone(u[:])
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	return b
}

func checkAppRoleAssignment(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	principal := t.directoryObject(next.text("principalId"), false)
	sp := t.shelf("servicePrincipal").live(next.text("resourceId"))
	if principal == nil || sp == nil || principalTypes[principal.typ] == "" {
		return badRequest("Not a valid reference update.")
	}
	next.body["principalType"] = principalTypes[principal.typ]
	role := next.text("appRoleId")
	if gerr := t.assignable(sp, principal, role); gerr != nil {
		return gerr
	}
	held := 0
	for _, o := range t.shelf(next.typ).all(false) {
		if !same(o.body["principalId"], principal.id) {
			continue
		}
		if same(o.body["resourceId"], sp.id) && same(o.body["appRoleId"], role) {
			return badRequest("Permission being assigned already exists on the object")
		}
		held++
	}
	if held >= maxAssignments {
		return &graphError{Status: http.StatusForbidden, Code: "Directory_QuotaExceeded",
			Message: "The directory object quota limit for the Principal has been exceeded. Please ask your administrator to increase the quota limit or delete objects to reduce the used quota."}
	}
	return nil
}

// assignable wants an enabled role of the service principal that is meant for the
// principal's type. The default role needs no declaration.
func (t *Tenant) assignable(sp, principal *object, role string) *graphError {
	if role == defaultAppRole {
		return nil
	}
	member := "User"
	if principal.typ == "servicePrincipal" {
		member = "Application"
	}
	for _, r := range list(t.appRolesOf(sp)) {
		if r := r.(body); same(r["id"], role) && r["isEnabled"] == true && contains(r["allowedMemberTypes"], member) {
			return nil
		}
	}
	return badRequest("Permission being assigned was not found on application")
}

// appRolesOf are the roles that a service principal shows: its application's, where the
// application is this tenant's.
func (t *Tenant) appRolesOf(sp *object) any {
	if app := t.applicationByAppID(sp.text("appId")); app != nil {
		return app.body["appRoles"]
	}
	return sp.body["appRoles"]
}

func embellishAppRoleAssignment(t *Tenant, _ *call, o *object, out body) {
	for property, id := range map[string]string{"principalDisplayName": o.text("principalId"), "resourceDisplayName": o.text("resourceId")} {
		if _, shown := out[property]; !shown {
			continue
		}
		if x := t.directoryObject(id, false); x != nil {
			out[property] = x.body["displayName"]
		}
	}
}

// assignments answer below one end of app role assignments.
type assignments struct {
	res  *resource
	end  string // the property that names the object of the address
	name string
}

func (h assignments) context(o *object) string { return h.res.set + "('" + o.id + "')/" + h.name }

func (h assignments) list(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource("appRoleAssignment")
	l := r.listing()
	l.context = h.context(o)
	rows := slices.DeleteFunc(t.visible(c, r), func(a *object) bool { return !same(a.body[h.end], o.id) })
	if c.query.Has("$filter") {
		rows = t.withNames(rows)
	}
	return t.page(c, l, rows)
}

// withNames puts the names of both ends into copies of assignments, which hold their
// ids alone, so that a filter finds them.
func (t *Tenant) withNames(rows []*object) []*object {
	out := make([]*object, 0, len(rows))
	for _, a := range rows {
		named := *a
		named.body = maps.Clone(a.body)
		named.body["principalDisplayName"], named.body["resourceDisplayName"] = nil, nil
		embellishAppRoleAssignment(t, nil, a, named.body)
		out = append(out, &named)
	}
	return out
}

func (h assignments) target(t *Tenant, c *call) (end, assignment *object, gerr *graphError) {
	if end, gerr = t.target(c, h.res); gerr != nil {
		return nil, nil, gerr
	}
	r := t.resource("appRoleAssignment")
	id := c.params["assignment"]
	a := t.shelf(r.typ).live(id)
	if a == nil || a.id != id || !same(a.body[h.end], end.id) || !t.whole(r, a) {
		return nil, nil, notFound(id)
	}
	return end, a, nil
}

func (h assignments) read(t *Tenant, c *call) (*reply, *graphError) {
	end, a, gerr := h.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, t.resource(a.typ), a, h.context(end)+"/$entity")
}

func (h assignments) create(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	if named, given := in[h.end]; given && !same(named, o.id) {
		return nil, badRequest("Not a valid reference update.")
	}
	r := t.resource("appRoleAssignment")
	a, gerr := t.make(c, r, in)
	if gerr != nil {
		return nil, gerr
	}
	return t.created(c, r, a, h.context(o)+"/$entity")
}

func (h assignments) remove(t *Tenant, c *call) (*reply, *graphError) {
	_, a, gerr := h.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.removal(c, t.resource(a.typ), a)
}

func permissionGrants() *resource {
	return &resource{
		typ: "oAuth2PermissionGrant", set: "oauth2PermissionGrants", paths: []string{"/oauth2PermissionGrants"}, policies: true,
		bound:    []string{"clientId", "resourceId", "principalId"},
		required: []string{"clientId", "consentType", "resourceId", "scope"}, readOnly: []string{"id"}, loadable: derivedID,
		fixed:      []string{"clientId", "consentType", "principalId", "resourceId"},
		filterable: []string{"id", "clientId", "consentType", "principalId", "resourceId", "scope"},
		prepare: func(_ *Tenant, o *object) {
			o.id = grantID(o.text("clientId"), o.text("resourceId"), o.text("principalId"))
		},
		check: checkGrantOfPermissions,
	}
}

// grantID is made of the ids of client, resource and principal: the same grant has the
// same id again.
func grantID(ids ...string) string {
	var all []byte
	for _, id := range ids {
		all = append(all, littleEndian(id)...)
	}
	return base64.RawURLEncoding.EncodeToString(all)
}

func checkGrantOfPermissions(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if old != nil {
		return nil
	}
	for _, property := range []string{"clientId", "resourceId"} {
		if id := next.text(property); t.shelf("servicePrincipal").live(id) == nil {
			return notFound(id)
		}
	}
	switch principal := next.text("principalId"); next.text("consentType") {
	case "AllPrincipals":
		if principal != "" {
			return badRequest("Property 'principalId' must be null for the consentType 'AllPrincipals'.")
		}
	case "Principal":
		if principal == "" {
			return badRequest("A value is required for property 'principalId' of resource 'OAuth2PermissionGrant'.")
		}
		if t.shelf("user").live(principal) == nil {
			return notFound(principal)
		}
	default:
		return badRequest("Invalid value specified for property 'consentType' of resource 'OAuth2PermissionGrant'.")
	}
	if t.shelf(next.typ).objects[strings.ToLower(next.id)] != nil {
		return &graphError{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue", Message: "Permission entry already exists."}
	}
	return nil
}

// grantsOf lists the grants of one client or of one user.
func grantsOf(r *resource, property string) handler {
	return func(t *Tenant, c *call) (*reply, *graphError) {
		o, gerr := t.target(c, r)
		if gerr != nil {
			return nil, gerr
		}
		grants := t.resource("oAuth2PermissionGrant")
		return t.page(c, grants.listing(), slices.DeleteFunc(t.visible(c, grants), func(g *object) bool { return !same(g.body[property], o.id) }))
	}
}

func permissionClassifications() *resource {
	return &resource{
		typ: "delegatedPermissionClassification", set: "delegatedPermissionClassifications", policies: true, child: true,
		required: []string{"permissionId", "classification"}, readOnly: []string{"id"},
		check: checkClassification,
	}
}

// checkClassification wants a delegated permission of the service principal, which has one
// classification at most.
func checkClassification(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	sp := t.shelf("servicePrincipal").live(next.parent)
	scopes := list(sp.body["oauth2PermissionScopes"])
	if app := t.applicationByAppID(sp.text("appId")); app != nil {
		scopes = list(nested(app.body, "api")["oauth2PermissionScopes"])
	}
	at := slices.IndexFunc(scopes, func(s any) bool { return same(s.(body)["id"], next.body["permissionId"]) })
	if at < 0 {
		return badRequest("The permission '%s' is no delegated permission of the service principal.", next.text("permissionId"))
	}
	name := scopes[at].(body)["value"]
	if given := next.body["permissionName"]; given != nil && !same(given, name) {
		return badRequest("The permission '%s' is named '%v'.", next.text("permissionId"), name)
	}
	next.body["permissionName"] = name
	for _, o := range t.shelf(next.typ).all(false) {
		if o.parent == next.parent && same(o.body["permissionId"], next.body["permissionId"]) {
			return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
		}
	}
	return nil
}

func grantRoutes(add func(method, pattern string, run handler), byType func(string) *resource) {
	for typ, path := range map[string]string{"user": "/users", "group": "/groups", "servicePrincipal": "/servicePrincipals"} {
		ends := []assignments{{byType(typ), "principalId", "appRoleAssignments"}}
		if typ == "servicePrincipal" {
			ends = append(ends, assignments{byType(typ), "resourceId", "appRoleAssignedTo"})
		}
		for _, h := range ends {
			at := path + "/{id}/" + h.name
			add("GET", at, h.list)
			add("POST", at, h.create)
			add("GET", at+"/{assignment}", h.read)
			add("DELETE", at+"/{assignment}", h.remove)
		}
	}
	add("GET", "/servicePrincipals/{id}/oauth2PermissionGrants", grantsOf(byType("servicePrincipal"), "clientId"))
	add("GET", "/users/{id}/oauth2PermissionGrants", grantsOf(byType("user"), "principalId"))
	children{"servicePrincipal", "delegatedPermissionClassification", "delegatedPermissionClassifications"}.
		routes(add, "/servicePrincipals", "POST", "GET", "DELETE")
}
