package emulator

import (
	_ "embed"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// What an application may do: the permissions of Microsoft Graph that a request needs,
// held against the roles of its token. seed/required-permissions.tsv is the table.
// Checked only WithRequiredRoles; the static token has every permission.

//go:embed seed/required-permissions.tsv
var requirementsTable string

// requirement is a row of the table.
type requirement struct {
	method       string
	parts        []string // of the address, in lower case
	alternatives [][]string
}

// requirements are the rows of the table, those that win first.
var requirements = sync.OnceValue(func() []requirement {
	var out []requirement
	for _, row := range rows(requirementsTable) {
		q := requirement{method: row[0], parts: segmentsOf(row[1])}
		for _, alternative := range strings.Fields(row[2]) {
			q.alternatives = append(q.alternatives, strings.Split(alternative, "+"))
		}
		out = append(out, q)
	}
	slices.SortStableFunc(out, func(a, b requirement) int {
		if d := len(b.parts) - len(a.parts); d != 0 {
			return d
		}
		if d := a.placeholders() - b.placeholders(); d != 0 {
			return d
		}
		return a.breadth() - b.breadth()
	})
	return out
})

func segmentsOf(address string) []string {
	return strings.Split(strings.ToLower(strings.Trim(address, "/")), "/")
}

func placeholder(part string) bool { return strings.HasPrefix(part, "{") }

func (q requirement) placeholders() (n int) {
	for _, p := range q.parts {
		if placeholder(p) {
			n++
		}
	}
	return n
}

func (q requirement) breadth() int { return slices.Index([]string{"write", "any"}, q.method) + 1 }

func (q requirement) covers(method string, address []string) bool {
	if q.method != method && q.method != "any" && (q.method != "write" || method == http.MethodGet) || len(address) < len(q.parts) {
		return false
	}
	for i, p := range q.parts {
		if p != address[i] && !placeholder(p) {
			return false
		}
	}
	return true
}

// requirementOf finds the row of a method and a route's pattern.
func requirementOf(method, pattern string) (requirement, bool) {
	address := segmentsOf(pattern)
	for _, q := range requirements() {
		if q.covers(method, address) {
			return q, true
		}
	}
	return requirement{}, false
}

// knownPermissions are those that the table names, in alphabetical order.
func knownPermissions() []string {
	var out []string
	for _, q := range requirements() {
		for _, alternative := range q.alternatives {
			for _, p := range alternative {
				if p, _, _ = strings.Cut(p, "!"); p != "-" {
					out = append(out, p)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// denied is the refusal of the service that would have answered.
func (c *call) denied() *graphError {
	code, message := faultText(http.StatusForbidden, c.route.ca)
	return &graphError{Status: http.StatusForbidden, Code: code, Message: message}
}

func (c *call) holds(permissions ...string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return slices.Contains(c.caller.roles, p) })
}

// permit refuses a call whose token lacks the permissions that it needs. An address that
// the table does not know needs more than anybody has.
func (t *Tenant) permit(c *call) *graphError {
	if !t.rules.requiredRoles || c.caller.static {
		return nil
	}
	q, known := requirementOf(c.method, t.permissionAddress(c))
	if !known {
		return c.denied()
	}
	if !slices.ContainsFunc(q.alternatives, func(all []string) bool { return t.satisfied(c, all) }) {
		return c.denied()
	}
	if !t.furtherPermitted(c) {
		return c.denied()
	}
	return nil
}

// permissionAddress is the route's pattern; in the recycle bin of the directory, with the
// type of the object instead of its id.
func (t *Tenant) permissionAddress(c *call) string {
	const bin = "/directory/deletedItems"
	if !strings.HasPrefix(c.route.pattern, bin+"/") {
		return c.route.pattern
	}
	typ := c.params["cast"]
	if o := t.directoryObject(c.params["id"], true); o != nil {
		typ = o.typ
	}
	if typ == "" {
		return bin
	}
	return bin + "/" + castPrefix + typ
}

func (t *Tenant) satisfied(c *call, all []string) bool {
	for _, p := range all {
		name, condition, _ := strings.Cut(p, "!")
		if name != "-" && !c.holds(name) || condition == "own" && !t.owns(c) {
			return false
		}
	}
	return true
}

// owns tells whether the caller's service principal is an owner of the application or
// service principal that the address names.
func (t *Tenant) owns(c *call) bool {
	id := c.params["id"]
	if collection, _, _ := strings.Cut(strings.Trim(c.route.pattern, "/"), "/"); collection != "directory" {
		for _, r := range t.resources {
			if slices.Contains(r.paths, "/"+collection) {
				if o := t.lookUp(r, id); o != nil {
					id = o.id
				}
			}
		}
	}
	return t.edges.has(id, "owners", c.caller.principal)
}

// furtherPermitted are the requirements that depend on the object or the body.
func (t *Tenant) furtherPermitted(c *call) bool {
	if c.method == http.MethodGet {
		return true
	}
	if t.roleAssignable(c) && !c.holds("RoleManagement.ReadWrite.Directory") {
		return false
	}
	return !namesApplications(c) || c.holds("Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
}

// roleAssignable tells whether a write is about a group that roles can be assigned to.
// https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
func (t *Tenant) roleAssignable(c *call) bool {
	if c.route.pattern == "/groups" || strings.HasSuffix(c.route.pattern, "dministrativeUnits/{id}/members") {
		in, gerr := c.decode()
		return gerr == nil && in["isAssignableToRole"] == true
	}
	if !strings.HasPrefix(c.route.pattern, "/groups/{id}") && !strings.HasPrefix(c.route.pattern, "/directory/deletedItems/{id}") {
		return false
	}
	o := t.shelf("group").objects[strings.ToLower(c.params["id"])]
	if o == nil {
		o = t.lookUp(t.resource("group"), c.params["id"])
	}
	return o != nil && o.body["isAssignableToRole"] == true
}

// namesApplications tells whether the body of a policy names an application by its id.
func namesApplications(c *call) bool {
	if !strings.HasPrefix(c.route.pattern, "/identity/conditionalAccess/policies") {
		return false
	}
	in, gerr := c.decode()
	if gerr != nil {
		return false
	}
	applications := nested(nested(in, "conditions"), "applications")
	for _, side := range []string{"includeApplications", "excludeApplications"} {
		if slices.ContainsFunc(list(applications[side]), func(v any) bool { return isGUID(textOf(v)) }) {
			return true
		}
	}
	return false
}
