package emulator

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

type handler = func(*Tenant, *call) (*reply, *graphError)

// buildRoutes lists every address and method. An address with a fixed segment stands
// before the one that has a placeholder in its place.
func buildRoutes(resources []*resource) map[string][]*route {
	out := map[string][]*route{}
	add := func(method, pattern string, run handler) {
		r := &route{method: method, pattern: pattern, parts: strings.Split(strings.Trim(pattern, "/"), "/"), run: run,
			ca: strings.HasPrefix(pattern, "/identity/") || strings.Contains(pattern, "authenticationStrength")}
		key := routeKey(len(r.parts))
		out[key] = append(out[key], r)
	}
	byType := func(typ string) *resource {
		return resources[slices.IndexFunc(resources, func(r *resource) bool { return r.typ == typ })]
	}
	add("POST", "/$batch", nil)
	out[routeKey(1)][0].batch = true
	add("GET", "/me", func(*Tenant, *call) (*reply, *graphError) {
		return nil, &graphError{Status: 400, Code: "BadRequest", Message: "/me request is only valid with delegated authentication flow."}
	})
	add("POST", "/directoryObjects/getByIds", getByIDs)
	add("GET", "/directoryObjects/{id}", directoryObjectByID)
	add("POST", "/directoryRoles", activate)
	binRoutes(add, byType)
	applicationRoutes(add)
	auditRoutes(add)
	for _, r := range resources {
		for _, path := range r.paths {
			resourceRoutes(add, r, path)
		}
	}
	return out
}

func resourceRoutes(add func(method, pattern string, run handler), r *resource, path string) {
	add("GET", path, r.list)
	add("GET", path+"/$count", r.countAll)
	if r.typ == "authenticationStrengthPolicy" {
		add("POST", path+"/{id}/updateAllowedCombinations", updateAllowedCombinations)
		add("GET", path+"/{id}/combinationConfigurations", combinationConfigurations)
	}
	add("GET", path+"/{id}", r.read)
	if !r.readOnlyAddress {
		add("POST", path, r.create)
		add("PATCH", path+"/{id}", r.update)
		add("DELETE", path+"/{id}", r.remove)
	}
	for _, relation := range []string{"members", "owners"} {
		if _, has := r.relations[relation]; has {
			relationRoutes(add, relationHandlers{r, relation}, path, true)
		}
	}
	computed := map[string][]string{
		"group": {"memberOf", "transitiveMembers", "transitiveMemberOf"},
		"user":  {"memberOf", "transitiveMemberOf"}, "servicePrincipal": {"memberOf", "transitiveMemberOf"},
	}
	for _, relation := range computed[r.typ] {
		relationRoutes(add, relationHandlers{r, relation}, path, false)
	}
}

func relationRoutes(add func(method, pattern string, run handler), h relationHandlers, path string, writable bool) {
	at := path + "/{id}/" + h.name
	add("GET", at, h.list)
	if writable && h.name == "members" && h.res.typ == "administrativeUnit" {
		add("POST", at, h.createInside)
	}
	add("GET", at+"/$count", h.count)
	add("GET", at+"/$ref", h.refs)
	if writable {
		add("POST", at+"/$ref", h.add)
		add("DELETE", at+"/{target}/$ref", h.remove)
	}
	add("GET", at+"/{cast}", h.list)
	add("GET", at+"/{cast}/$count", h.count)
	add("GET", at+"/{cast}/$ref", h.refs)
}

func binRoutes(add func(method, pattern string, run handler), byType func(string) *resource) {
	const bin = "/directory/deletedItems"
	add("GET", bin, binUncast)
	add("GET", bin+"/{cast}", binList)
	add("GET", bin+"/{cast}/$count", binCount)
	add("GET", bin+"/{id}", binRead)
	add("GET", bin+"/{id}/{cast}", binRead)
	add("DELETE", bin+"/{id}", binDelete)
	add("POST", bin+"/{id}/restore", binRestore)
	add("GET", "/identity/conditionalAccess/deletedItems", func(*Tenant, *call) (*reply, *graphError) {
		return nil, &graphError{Status: 404, Code: "UnknownError", Message: `{"Message":"No HTTP resource was found that matches the request URI: no type was found that matches the controller named 'deletedItems'."}`}
	})
	for _, typ := range []string{"conditionalAccessPolicy", "namedLocation"} {
		b := caBin{byType(typ)}
		at := "/identity/conditionalAccess/deletedItems/" + b.segment()
		add("GET", at, b.list)
		add("GET", at+"/{id}", b.read)
		add("DELETE", at+"/{id}", b.remove)
		add("POST", at+"/{id}/restore", b.restore)
	}
}

func applicationRoutes(add func(method, pattern string, run handler)) {
	add("POST", "/applications/{id}/addPassword", addPassword)
	add("POST", "/applications/{id}/removePassword", removePassword)
	const at = "/applications/{id}/federatedIdentityCredentials"
	add("GET", at, listCredentials)
	add("POST", at, createCredential)
	add("GET", at+"/{credential}", readCredential)
	add("PATCH", at+"/{credential}", updateCredential)
	add("DELETE", at+"/{credential}", deleteCredential)
}

// activate answers POST /directoryRoles: a role that is a template until then.
func activate(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	template, _ := in["roleTemplateId"].(string)
	if len(in) != 1 || t.shelf("directoryRoleTemplate").live(template) == nil {
		return nil, badRequest("A roleTemplateId of a directory role template, and nothing else, is required.")
	}
	if t.byProperty("directoryRole", "roleTemplateId", template) != nil {
		return nil, badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
	}
	r := t.resource("directoryRole")
	role := t.activateRole(strings.ToLower(template), uuid.NewString())
	t.audit(c, auditAdd, role)
	rep, gerr := t.one(c, r, role, r.set+"/$entity")
	if gerr == nil {
		rep.status = 201
	}
	return rep, gerr
}

func combinationConfigurations(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("authenticationStrengthPolicy"))
	if gerr != nil {
		return nil, gerr
	}
	return ok(body{"@odata.context": c.context("policies/authenticationStrengthPolicies('" + o.id + "')/combinationConfigurations"),
		"value": append([]any{}, list(o.body["combinationConfigurations"])...)}), nil
}
