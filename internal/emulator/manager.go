package emulator

import (
	"slices"
	"strings"
)

// The manager of a user, and the users who report to one.
// https://learn.microsoft.com/graph/api/user-list-manager

func managerRoutes(add func(method, pattern string, run handler)) {
	const at = "/users/{id}/manager"
	add("GET", at, readManager)
	add("GET", at+"/$ref", managerRef)
	add("PUT", at+"/$ref", putManager)
	add("DELETE", at+"/$ref", removeManager)
	add("GET", "/users/{id}/directReports", directReports)
}

// managerOf answers 404 for a user without one, or whose manager is in the recycle bin.
func (t *Tenant) managerOf(c *call) (user, manager *object, gerr *graphError) {
	if user, gerr = t.target(c, t.resource("user")); gerr != nil {
		return nil, nil, gerr
	}
	if found := t.related(user, "manager"); len(found) > 0 {
		return user, found[0], nil
	}
	return user, nil, notFound("manager")
}

func readManager(t *Tenant, c *call) (*reply, *graphError) {
	_, m, gerr := t.managerOf(c)
	if gerr != nil {
		return nil, gerr
	}
	rep, gerr := t.one(c, t.resource(m.typ), m, "directoryObjects/$entity")
	if gerr == nil {
		rep.body.(body)["@odata.type"] = "#microsoft.graph." + m.typ
	}
	return rep, gerr
}

func managerRef(t *Tenant, c *call) (*reply, *graphError) {
	_, m, gerr := t.managerOf(c)
	if gerr != nil {
		return nil, gerr
	}
	return ok(body{"@odata.context": c.context("$ref"), "@odata.id": c.base + "/directoryObjects/" + m.id}), nil
}

// putManager replaces whoever was the manager.
func putManager(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	ref, isText := in["@odata.id"].(string)
	if len(in) != 1 || !isText {
		return nil, badRequest("The body of a reference must hold @odata.id and nothing else.")
	}
	user, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	id, gerr := referenced(c, ref)
	if gerr != nil {
		return nil, gerr
	}
	m := t.directoryObject(id, false)
	if m == nil {
		return nil, notFound(id)
	}
	if m.typ != "user" || m.id == user.id {
		return nil, badRequest("The object '%s' of type '%s' cannot be the manager of '%s'.", m.id, m.typ, user.id)
	}
	for _, before := range slices.Clone(t.edges.to[edge{strings.ToLower(user.id), "manager"}]) {
		t.edges.remove(user.id, "manager", before)
	}
	t.edges.add(user.id, "manager", m.id)
	return noContent, nil
}

// removeManager takes away a manager who is in the recycle bin, too: the link is there
// until the manager is purged.
func removeManager(t *Tenant, c *call) (*reply, *graphError) {
	user, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	linked := slices.Clone(t.edges.to[edge{strings.ToLower(user.id), "manager"}])
	if len(linked) == 0 {
		return nil, notFound("manager")
	}
	for _, m := range linked {
		t.edges.remove(user.id, "manager", m)
	}
	return noContent, nil
}

func directReports(t *Tenant, c *call) (*reply, *graphError) {
	m, gerr := t.target(c, t.resource("user"))
	if gerr != nil {
		return nil, gerr
	}
	var reports []*object
	for _, id := range t.edges.from[edge{strings.ToLower(m.id), "manager"}] {
		if x := t.directoryObject(id, false); x != nil {
			reports = append(reports, x)
		}
	}
	return t.page(c, listing{typ: "directoryObject", context: "directoryObjects", rowTypes: true, needsHeader: true}, reports)
}
