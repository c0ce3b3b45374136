package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// What else users have: a manager, groups asked for in other words, and a name that is
// set aside while they are in the recycle bin.

// asideName is put before a user's name in the recycle bin, so that somebody else can have
// it: the user's id without dashes.
func asideName(o *object) string { return strings.ReplaceAll(o.id, "-", "") }

func setNameAside(o *object) {
	if o.typ == "user" {
		o.body["userPrincipalName"] = asideName(o) + o.text("userPrincipalName")
	}
}

func takeNameBack(o *object) {
	if o.typ == "user" {
		o.body["userPrincipalName"] = strings.TrimPrefix(o.text("userPrincipalName"), asideName(o))
	}
}

// addressTaken finds addresses of a binned object that a live one has now.
func (t *Tenant) addressTaken(o *object) []any {
	var taken []any
	for _, address := range list(o.body["proxyAddresses"]) {
		if t.takenInList("user", "proxyAddresses", textOf(address), o) || t.takenInList("group", "proxyAddresses", textOf(address), o) {
			taken = append(taken, address)
		}
	}
	return taken
}

// reconcileAddresses takes the addresses that others have now off a user that is restored,
// or refuses.
func (t *Tenant) reconcileAddresses(o *object, auto bool) *graphError {
	taken := t.addressTaken(o)
	if o.typ != "user" || len(taken) == 0 {
		return nil
	}
	if !auto {
		return t.addressConflict(o)
	}
	o.body["proxyAddresses"] = slices.DeleteFunc(slices.Clone(list(o.body["proxyAddresses"])), func(v any) bool { return slices.Contains(taken, v) })
	return nil
}

// manager answers at /users/{id}/manager: one link, which PUT replaces.
func getManager(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	managers := t.related(o, "manager")
	if len(managers) == 0 {
		return nil, &graphError{Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
			Message: "Resource 'manager' does not exist or one of its queried reference-property objects are not present."}
	}
	rep, gerr := t.one(c, t.resource(managers[0].typ), managers[0], "directoryObjects/$entity")
	if gerr == nil {
		rep.body.(body)["@odata.type"] = "#microsoft.graph." + managers[0].typ
	}
	return rep, gerr
}

func putManager(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	ref, isText := in["@odata.id"].(string)
	if len(in) != 1 || !isText {
		return nil, badRequest("The body of a reference must hold @odata.id and nothing else.")
	}
	o, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	id, gerr := referenced(c, ref)
	if gerr != nil {
		return nil, gerr
	}
	manager := t.shelf("user").live(id)
	switch {
	case manager == nil:
		return nil, notFound(id)
	case manager.id == o.id:
		return nil, badRequest("A user cannot be their own manager.")
	}
	t.dropManager(c, o)
	t.edges.add(o.id, "manager", manager.id)
	t.auditLink(c, o, "manager", manager.id, true)
	return noContent, nil
}

func (t *Tenant) dropManager(c *call, o *object) bool {
	old := slices.Clone(t.edges.to[edge{strings.ToLower(o.id), "manager"}])
	for _, id := range old {
		t.edges.remove(o.id, "manager", id)
		t.auditLink(c, o, "manager", id, false)
	}
	return len(old) > 0
}

func deleteManager(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	if !t.dropManager(c, o) {
		return nil, &graphError{Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
			Message: "Resource 'manager' does not exist or one of its queried reference-property objects are not present."}
	}
	return noContent, nil
}

// memberships answers getMemberGroups, getMemberObjects, checkMemberGroups and
// checkMemberObjects: which groups, or objects of any kind, one belongs to, nested ones
// included; or which of those that are named.
func (t *Tenant) memberships(c *call, r *resource, groupsOnly bool, named string) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	var o *object
	if r != nil {
		if o, gerr = t.target(c, r); gerr != nil {
			return nil, gerr
		}
	} else if o = t.directoryObject(c.params["id"], false); o == nil {
		return nil, notFound(c.params["id"])
	}
	asked, isList := in[named].([]any)
	secure, isFlag := in["securityEnabledOnly"].(bool)
	if named != "" && (!isList || len(in) != 1 || len(asked) == 0 || len(asked) > 20) || named == "" && (!isFlag || len(in) != 1) {
		return nil, badRequest("The parameters of the action are missing or not valid.")
	}
	out := []any{}
	for _, x := range t.related(o, "transitiveMemberOf") {
		if groupsOnly && x.typ != "group" || secure && x.typ == "group" && x.body["securityEnabled"] != true {
			continue
		}
		if named == "" || slices.ContainsFunc(asked, func(v any) bool { return same(v, x.id) }) {
			out = append(out, x.id)
		}
	}
	return ok(body{"@odata.context": c.context("Collection(Edm.String)"), "value": out}), nil
}

func personRoutes(add func(method, pattern string, run handler), byType func(string) *resource) {
	add("GET", "/users/{id}/manager", getManager)
	add("PUT", "/users/{id}/manager/$ref", putManager)
	add("DELETE", "/users/{id}/manager/$ref", deleteManager)
	for typ, path := range map[string]string{"user": "/users", "group": "/groups", "servicePrincipal": "/servicePrincipals", "device": "/devices", "": "/directoryObjects"} {
		var r *resource
		if typ != "" {
			r = byType(typ)
		}
		for _, action := range []struct {
			name, named string
			groups      bool
		}{{"getMemberGroups", "", true}, {"getMemberObjects", "", false}, {"checkMemberGroups", "groupIds", true}, {"checkMemberObjects", "ids", false}} {
			add("POST", path+"/{id}/"+action.name, func(t *Tenant, c *call) (*reply, *graphError) {
				return t.memberships(c, r, action.groups, action.named)
			})
		}
	}
}
