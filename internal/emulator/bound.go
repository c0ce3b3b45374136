package emulator

import (
	"slices"
	"strings"
)

// What cannot be without another object: children stand below one and share its fate;
// assignments and grants join two or three directory objects, hide while one of them is
// in the recycle bin, and go with it when it is purged.

// linkRelations are the links that the tenant stores, all of them: a purged object takes
// them along.
var linkRelations = []string{"members", "owners", "manager", "registeredOwners", "registeredUsers",
	"claimsMappingPolicies", "homeRealmDiscoveryPolicies", "tokenIssuancePolicies", "tokenLifetimePolicies", "appManagementPolicies"}

// whole tells whether everything that an object joins is live.
func (t *Tenant) whole(r *resource, o *object) bool {
	if r.child && len(r.paths) > 0 && o.parent != "" {
		return false // the tenant's own stand at the top, others below their parent
	}
	for _, property := range r.bound {
		if id := lastSegment(o.text(property)); id != "" && t.directoryObject(id, false) == nil {
			return false
		}
	}
	return true
}

// purgeBound drops what was below an object that was purged, or joined to it.
func (t *Tenant) purgeBound(gone *object) {
	for _, r := range t.resources {
		if !r.child && r.bound == nil {
			continue
		}
		for _, binned := range []bool{false, true} {
			for _, o := range t.shelves[r.typ].all(binned) {
				joined := slices.ContainsFunc(r.bound, func(property string) bool { return strings.EqualFold(lastSegment(o.text(property)), gone.id) })
				if joined || r.child && strings.EqualFold(o.parent, gone.id) {
					t.purge(r, o)
				}
			}
		}
	}
}

// children answer at and below a collection that stands below one object.
type children struct {
	parent, typ, segment string
}

// routes adds the addresses below path; verbs are those of them that exist.
func (h children) routes(add func(method, pattern string, run handler), path string, verbs ...string) {
	at := path + "/{id}/" + h.segment
	add("GET", at, h.list)
	for _, v := range verbs {
		switch v {
		case "POST":
			add("POST", at, h.create)
		case "GET":
			add("GET", at+"/{child}", h.read)
		case "PATCH":
			add("PATCH", at+"/{child}", h.update)
		case "DELETE":
			add("DELETE", at+"/{child}", h.remove)
		}
	}
}

func (h children) of(t *Tenant, parent *object) []*object {
	return slices.DeleteFunc(t.shelf(h.typ).all(false), func(o *object) bool { return !strings.EqualFold(o.parent, parent.id) })
}

func (h children) context(t *Tenant, parent *object) string {
	return t.resource(h.parent).set + "('" + parent.id + "')/" + h.segment
}

func (h children) list(t *Tenant, c *call) (*reply, *graphError) {
	parent, gerr := t.target(c, t.resource(h.parent))
	if gerr != nil {
		return nil, gerr
	}
	l := t.resource(h.typ).listing()
	l.context = h.context(t, parent)
	return t.page(c, l, h.of(t, parent))
}

// target finds the child that the address names.
func (h children) target(t *Tenant, c *call) (parent, child *object, gerr *graphError) {
	if parent, gerr = t.target(c, t.resource(h.parent)); gerr != nil {
		return nil, nil, gerr
	}
	id := c.params["child"]
	if child = t.shelf(h.typ).live(id); child == nil || !strings.EqualFold(child.parent, parent.id) {
		return nil, nil, t.resource(h.typ).missing(id)
	}
	return parent, child, nil
}

func (h children) read(t *Tenant, c *call) (*reply, *graphError) {
	parent, o, gerr := h.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, t.resource(h.typ), o, h.context(t, parent)+"/$entity")
}

func (h children) create(t *Tenant, c *call) (*reply, *graphError) {
	parent, gerr := t.target(c, t.resource(h.parent))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	below := *c
	below.parent = parent.id
	r := t.resource(h.typ)
	o, gerr := t.make(&below, r, in)
	if gerr != nil {
		return nil, gerr
	}
	return t.created(c, r, o, h.context(t, parent)+"/$entity")
}

// created answers 201 with the new object and its address.
func (t *Tenant) created(c *call, r *resource, o *object, context string) (*reply, *graphError) {
	rep, gerr := t.one(&call{base: c.base, version: c.version, header: c.header}, r, o, context)
	if gerr == nil {
		rep.status = 201
		rep.header = map[string]string{"Location": c.base + c.path + "/" + o.id}
	}
	return rep, gerr
}

func (h children) update(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	_, o, gerr := h.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.change(c, t.resource(h.typ), o, in)
}

func (h children) remove(t *Tenant, c *call) (*reply, *graphError) {
	_, o, gerr := h.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.removal(c, t.resource(h.typ), o)
}

// removal deletes an object unless its type refuses.
func (t *Tenant) removal(c *call, r *resource, o *object) (*reply, *graphError) {
	if r.deletable != nil {
		if gerr := r.deletable(t, o); gerr != nil {
			return nil, gerr
		}
	}
	t.delete(c, r, o)
	return noContent, nil
}
