package emulator

import (
	"slices"
	"strings"
)

const maxBinds = 20

// bind is one link that a body asks for with "members@odata.bind".
type bind struct{ relation, target string }

// takeBinds takes the links out of a body and finds their targets.
func (t *Tenant) takeBinds(c *call, r *resource, b body) ([]bind, *graphError) {
	var out []bind
	for key, v := range b {
		relation, isBind := strings.CutSuffix(key, "@odata.bind")
		if !isBind {
			continue
		}
		delete(b, key)
		_, has := r.relations[relation]
		refs, isList := v.([]any)
		if !has || !isList || r.typ == "administrativeUnit" {
			return nil, badRequest("Invalid property '%s'.", key)
		}
		for _, ref := range refs {
			s, _ := ref.(string)
			id, gerr := referenced(c, s)
			if gerr != nil {
				return nil, gerr
			}
			if t.directoryObject(id, false) == nil {
				return nil, notFound(id)
			}
			if slices.Contains(out, bind{relation, strings.ToLower(id)}) {
				return nil, badRequest("Request contains a property with duplicate values.")
			}
			out = append(out, bind{relation, strings.ToLower(id)})
		}
	}
	if len(out) > maxBinds {
		return nil, badRequest("The number of references in the request exceeds the maximum of %d.", maxBinds)
	}
	return out, nil
}

func (t *Tenant) checkBinds(r *resource, o *object, binds []bind) *graphError {
	for _, b := range binds {
		if gerr := t.linkable(r, o, b.relation, b.target); gerr != nil {
			return gerr
		}
	}
	return nil
}

// referenced reads the id out of a full URL of this host: /directoryObjects/{id},
// /users/{id} and the like.
func referenced(c *call, ref string) (string, *graphError) {
	host := strings.TrimSuffix(c.base, "/"+c.version)
	rest, own := strings.CutPrefix(ref, host+"/")
	if !own {
		// Clients that are pointed at an emulator often keep Graph's own host in references.
		rest, own = strings.CutPrefix(ref, "https://graph.microsoft.com/")
	}
	version, path, _ := strings.Cut(rest, "/")
	if !own || version != "v1.0" && version != "beta" {
		return "", badRequest("Invalid object reference '%s': a full URL of an object is required.", ref)
	}
	segments, gerr := split(path)
	collections := []string{"directoryObjects", "users", "groups", "servicePrincipals", "applications", "devices"}
	if gerr != nil || len(segments) != 2 || !slices.ContainsFunc(collections, func(s string) bool { return strings.EqualFold(s, segments[0]) }) {
		return "", badRequest("Invalid object reference '%s'.", ref)
	}
	if !isGUID(segments[1]) {
		return "", badRequest("Invalid object identifier '%s'.", segments[1])
	}
	return segments[1], nil
}

// linkable holds a new link against the rules of the relation.
func (t *Tenant) linkable(r *resource, o *object, relation, target string) *graphError {
	x := t.directoryObject(target, false)
	if x == nil {
		return notFound(target)
	}
	if t.edges.has(o.id, relation, target) {
		return badRequest("One or more added object references already exist for the following modified properties: '%s'.", relation)
	}
	refused := badRequest("The object '%s' of type '%s' cannot be added to '%s' of '%s'.", x.id, x.typ, relation, o.id)
	if !slices.Contains(r.relations[relation], x.typ) || x.id == o.id {
		return refused
	}
	if o.typ == "directoryRole" && x.typ == "group" && x.body["isAssignableToRole"] != true {
		return badRequest("A role can be assigned to a group only if its isAssignableToRole is true.")
	}
	if relation != "members" {
		return nil
	}
	if dynamic(o) {
		return badRequest("Cannot update the membership of '%s': its members are determined by a rule.", o.id)
	}
	restrictedUnit := o.typ == "administrativeUnit" && o.body["isMemberManagementRestricted"] == true
	switch {
	case o.typ == "group" && unified(o) && x.typ != "user",
		o.typ == "group" && x.typ == "group" && (unified(x) || o.body["isAssignableToRole"] == true || x.body["isAssignableToRole"] == true),
		restrictedUnit && x.typ == "group" && (unified(x) || x.body["isAssignableToRole"] == true || x.body["mailEnabled"] == true):
		return refused
	}
	return nil
}

// related lists the live targets of a relation, computed ones included.
func (t *Tenant) related(o *object, relation string) []*object {
	var ids []string
	switch relation {
	case "memberOf":
		ids = t.edges.from[edge{strings.ToLower(o.id), "members"}]
	case "directReports", "ownedDevices", "registeredDevices":
		link := map[string]string{"directReports": "manager", "ownedDevices": "registeredOwners", "registeredDevices": "registeredUsers"}[relation]
		ids = t.edges.from[edge{strings.ToLower(o.id), link}]
	case "transitiveMembers", "transitiveMemberOf":
		return t.transitive(o, strings.ToLower(relation[len("transitive"):len("transitive")+1])+relation[len("transitive")+1:])
	default:
		ids = t.edges.to[edge{strings.ToLower(o.id), relation}]
	}
	var out []*object
	for _, id := range ids {
		if x := t.directoryObject(id, false); x != nil {
			out = append(out, x)
		}
	}
	return out
}

func (t *Tenant) transitive(o *object, relation string) []*object {
	seen := map[string]bool{o.id: true}
	var out []*object
	for queue := t.related(o, relation); len(queue) > 0; queue = queue[1:] {
		if x := queue[0]; !seen[x.id] {
			seen[x.id] = true
			out = append(out, x)
			if x.typ == "group" {
				queue = append(queue, t.related(x, relation)...)
			}
		}
	}
	slices.SortFunc(out, func(a, b *object) int { return strings.Compare(strings.ToLower(a.id), strings.ToLower(b.id)) })
	return out
}

// relationHandlers answer the addresses below one relation of a resource.
type relationHandlers struct {
	res  *resource
	name string
}

// objects lists the relation's targets, all or those of a cast.
func (h relationHandlers) objects(t *Tenant, c *call) ([]*object, listing, *graphError) {
	l := listing{typ: "directoryObject", context: "directoryObjects", rowTypes: true, needsHeader: true, linked: true}
	o, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, l, gerr
	}
	all := t.related(o, h.name)
	if cast, given := c.params["cast"]; given {
		r := t.castOf(cast)
		if r == nil {
			return nil, l, noSegment(castPrefix + cast)
		}
		l = r.listing()
		l.linked = true
		all = slices.DeleteFunc(all, func(x *object) bool { return x.typ != r.typ })
	}
	return all, l, nil
}

func (h relationHandlers) list(t *Tenant, c *call) (*reply, *graphError) {
	objects, l, gerr := h.objects(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.page(c, l, objects)
}

func (h relationHandlers) count(t *Tenant, c *call) (*reply, *graphError) {
	objects, l, gerr := h.objects(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.tally(c, l, objects)
}

// refs lists the addresses of the targets.
func (h relationHandlers) refs(t *Tenant, c *call) (*reply, *graphError) {
	objects, l, gerr := h.objects(t, c)
	if gerr != nil {
		return nil, gerr
	}
	c.query.Del("$select")
	rep, gerr := t.page(c, l, objects)
	if gerr != nil {
		return nil, gerr
	}
	out := rep.body.(body)
	out["@odata.context"] = c.context("Collection($ref)")
	for i, row := range out["value"].([]any) {
		out["value"].([]any)[i] = body{"@odata.id": c.base + "/directoryObjects/" + row.(body)["id"].(string)}
	}
	return rep, nil
}

func (h relationHandlers) add(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	ref, isText := in["@odata.id"].(string)
	if len(in) != 1 || !isText {
		return nil, badRequest("The body of a reference must hold @odata.id and nothing else.")
	}
	o, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, gerr
	}
	id, gerr := referenced(c, ref)
	if gerr != nil {
		return nil, gerr
	}
	if gerr := t.linkable(h.res, o, h.name, id); gerr != nil {
		return nil, gerr
	}
	t.edges.add(o.id, h.name, id)
	t.linked(o, h.name, id)
	t.auditLink(c, o, h.name, id, true)
	return noContent, nil
}

func (h relationHandlers) remove(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, gerr
	}
	target := c.params["target"]
	if t.directoryObject(target, false) == nil || !t.edges.has(o.id, h.name, target) {
		return nil, notFound(target)
	}
	if h.name == "members" && dynamic(o) {
		return nil, badRequest("Cannot update the membership of '%s': its members are determined by a rule.", o.id)
	}
	if h.name == "owners" && o.typ == "group" && unified(o) && len(t.related(o, "owners")) == 1 {
		return nil, badRequest("The group must have at least one owner, hence this owner cannot be removed.")
	}
	t.edges.remove(o.id, h.name, target)
	t.unlinked(o, h.name, target)
	t.auditLink(c, o, h.name, target, false)
	return noContent, nil
}

// createInside answers POST /administrativeUnits/{id}/members: a group that is born a
// member of the unit.
func (h relationHandlers) createInside(t *Tenant, c *call) (*reply, *graphError) {
	unit, gerr := t.target(c, h.res)
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	if in["@odata.type"] != "#microsoft.graph.group" {
		return nil, badRequest("Only a group can be created in an administrative unit: @odata.type must be '#microsoft.graph.group'.")
	}
	if dynamic(unit) {
		return nil, badRequest("Cannot update the membership of '%s': its members are determined by a rule.", unit.id)
	}
	groups := t.resource("group")
	o, gerr := t.make(c, groups, in)
	if gerr != nil {
		return nil, gerr
	}
	if gerr := t.linkable(h.res, unit, "members", o.id); gerr != nil {
		t.shelf("group").drop(o.id)
		t.edges.forget(o.id)
		return nil, gerr
	}
	t.edges.add(unit.id, "members", o.id)
	t.auditLink(c, unit, "members", o.id, true)
	out := t.render(c, o, nil)
	out["@odata.context"], out["@odata.type"] = c.context("directoryObjects/$entity"), "#microsoft.graph.group"
	return &reply{status: 201, body: out, header: map[string]string{"Location": c.base + "/directoryObjects/" + o.id}}, nil
}

// castOf finds the directory resource that a cast segment names.
func (t *Tenant) castOf(name string) *resource {
	for _, r := range t.resources {
		if r.directory && strings.EqualFold(r.typ, name) {
			return r
		}
	}
	return nil
}

// directoryObjectByID answers GET /directoryObjects/{id}.
func directoryObjectByID(t *Tenant, c *call) (*reply, *graphError) {
	o := t.directoryObject(c.params["id"], false)
	if o == nil {
		return nil, notFound(c.params["id"])
	}
	rep, gerr := t.one(c, t.resource(o.typ), o, "directoryObjects/$entity")
	if gerr == nil {
		rep.body.(body)["@odata.type"] = "#microsoft.graph." + o.typ
	}
	return rep, gerr
}

// getByIDs answers POST /directoryObjects/getByIds. Ids that do not exist are left out.
func getByIDs(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	for name := range in {
		if name != "ids" && name != "types" {
			return nil, badRequest("Invalid property '%s'.", name)
		}
	}
	ids, isList := in["ids"].([]any)
	types, typed := in["types"].([]any)
	if !isList || len(ids) == 0 || len(ids) > 1000 || in["types"] != nil && !typed {
		return nil, badRequest("Between 1 and 1000 ids are required.")
	}
	rows, seen := []any{}, map[string]bool{}
	for _, v := range ids {
		id, _ := v.(string)
		if !isGUID(id) {
			return nil, badRequest("Invalid object identifier '%v'.", v)
		}
		o := t.directoryObject(id, false)
		if o == nil || seen[o.id] || len(types) > 0 && !slices.ContainsFunc(types, func(w any) bool { return same(w, o.typ) || w == "directoryObject" }) {
			continue
		}
		seen[o.id] = true
		row := t.render(c, o, nil)
		row["@odata.type"] = "#microsoft.graph." + o.typ
		rows = append(rows, row)
	}
	return ok(body{"@odata.context": c.context("directoryObjects"), "value": rows}), nil
}
