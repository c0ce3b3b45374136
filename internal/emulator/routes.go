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
	deltaRoutes(add, resources)
	add("POST", "/directoryObjects/getByIds", getByIDs)
	add("GET", "/directoryObjects/{id}", directoryObjectByID)
	add("POST", "/directoryRoles", activate)
	for _, path := range []string{"/users", "/groups", "/applications", "/servicePrincipals"} { // the wrong place to restore from
		add("POST", path+"/{id}/restore", func(_ *Tenant, c *call) (*reply, *graphError) { return nil, notFound(c.params["id"]) })
	}
	binRoutes(add, byType)
	applicationRoutes(add)
	grantRoutes(add, byType)
	agreementRoutes(add)
	tenantPolicyRoutes(add)
	authMethodRoutes(add)
	crossTenantRoutes(add)
	children{"group", "groupSetting", "settings"}.routes(add, "/groups", "POST", "GET", "PATCH", "DELETE")
	add("POST", "/identity/conditionalAccess/evaluate", evaluate)
	scopedRoutes(add)
	pimRoutes(add)
	domainRoutes(add, byType("domain"))
	personRoutes(add, byType)
	pimPolicyRoutes(add)
	keyRoutes(add)
	policyRoutes(add, byType)
	protectedActionRoutes(add)
	auditRoutes(add)
	licenseRoutes(add)
	for _, r := range resources {
		for _, path := range r.paths {
			resourceRoutes(add, r, path)
		}
	}
	return out
}

func resourceRoutes(add func(method, pattern string, run handler), r *resource, path string) {
	add("GET", path, r.before(r.list))
	add("GET", path+"/$count", r.before(r.countAll))
	if r.typ == "authenticationStrengthPolicy" {
		add("POST", path+"/{id}/updateAllowedCombinations", updateAllowedCombinations)
		add("GET", path+"/{id}/usage", strengthUsage)
		children{r.typ, "authenticationCombinationConfiguration", "combinationConfigurations"}.routes(add, path, "POST", "GET", "PATCH", "DELETE")
	}
	add("GET", path+"/{id}", r.before(r.read))
	if !r.readOnlyAddress {
		r.verb(add, "POST", path, r.create)
		r.verb(add, "PATCH", path+"/{id}", r.update)
		r.verb(add, "DELETE", path+"/{id}", r.remove)
	}
	for _, relation := range []string{"members", "owners", "registeredOwners", "registeredUsers"} {
		if _, has := r.relations[relation]; has {
			relationRoutes(add, relationHandlers{r, relation}, path, true)
		}
	}
	computed := map[string][]string{
		"group": {"memberOf", "transitiveMembers", "transitiveMemberOf"},
		"user":  {"memberOf", "transitiveMemberOf", "directReports", "ownedDevices", "registeredDevices"}, "servicePrincipal": {"memberOf", "transitiveMemberOf"},
		"device": {"memberOf", "transitiveMemberOf"},
	}
	for _, relation := range computed[r.typ] {
		relationRoutes(add, relationHandlers{r, relation}, path, false)
	}
}

// verb adds an address with the resource's own handler where it has one; a nil one means
// that there is no such method.
func (r *resource) verb(add func(method, pattern string, run handler), method, pattern string, general handler) {
	if own, has := r.own[method]; has {
		general = own
	}
	if general != nil {
		add(method, pattern, r.before(general))
	}
}

// before brings up to date what a resource shows of others, where it does, and then
// answers.
func (r *resource) before(run handler) handler {
	if r.refresh == nil {
		return run
	}
	return func(t *Tenant, c *call) (*reply, *graphError) {
		r.refresh(t)
		return run(t, c)
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
	roleBin{byType("unifiedRoleDefinition")}.routes(add)
}

func applicationRoutes(add func(method, pattern string, run handler)) {
	const at = "/applications/{id}/federatedIdentityCredentials"
	add("GET", at, listCredentials)
	add("POST", at, createCredential)
	add("GET", at+"/{credential}", readCredential)
	add("PATCH", at+"/{credential}", updateCredential)
	add("DELETE", at+"/{credential}", deleteCredential)
	children{"application", "extensionProperty", "extensionProperties"}.routes(add, "/applications", "POST", "GET", "DELETE")
	add("GET", "/applications/{id}/logo", getLogo)
	add("PUT", "/applications/{id}/logo", putLogo)
	add("POST", "/applications/{id}/unsetVerifiedPublisher", unsetVerifiedPublisher)
	add("POST", "/applicationTemplates/{id}/instantiate", instantiate)
	singleton{"tenantAppManagementPolicy", "/policies/defaultAppManagementPolicy"}.routes(add)
}

// activate answers POST /directoryRoles: a role that is a template until then.
func activate(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	template, _ := in["roleTemplateId"].(string)
	if in = clean(in); len(in) != 1 || t.shelf("directoryRoleTemplate").live(template) == nil {
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
