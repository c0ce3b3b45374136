package emulator

import (
	"net/http"
	"strings"
)

// Writes that were refused. The log has those that reached the service: the object is
// there, the body is JSON, and the service said no. An address without an object (404) is
// not recorded, as seen in a tenant; neither is what the gateway refuses.

// refusedWrite makes the record of a refusal, nil where there is none.
func (t *Tenant) refusedWrite(c *call, gerr *graphError) *auditRecord {
	switch gerr.Status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusConflict:
	default:
		return nil
	}
	if c.method == http.MethodGet || t.rules.failedAuditsDropped {
		return nil
	}
	if _, bad := c.decode(); bad != nil && len(c.raw) > 0 {
		return nil
	}
	a, target, found := t.attempt(c)
	if !found {
		return nil
	}
	r := &auditRecord{activity: a, targets: []auditTarget{target}, by: t.actorOf(c), userAgent: c.header.Get("User-Agent"), reason: gerr.Message}
	if gerr.Inner != "" {
		r.reason = gerr.Inner
	}
	return r
}

// attempt reads from the address what a refused request was about.
func (t *Tenant) attempt(c *call) (activity, auditTarget, bool) {
	o, r, rest := t.addressed(c)
	verb := ""
	switch {
	case r == nil:
		return activity{}, auditTarget{}, false
	case rest == "" && c.method == http.MethodPost:
		in, _ := c.decode()
		name, _ := in["displayName"].(string)
		w, _ := t.wordsFor(r.typ)
		return t.activityOf(auditAdd, r.typ), auditTarget{name: name, typ: w.target}, true
	case o == nil:
		return activity{}, auditTarget{}, false
	case !o.live() && strings.HasSuffix(rest, "/restore"):
		verb = auditRestore
	case !o.live():
		verb = auditPurge
	case rest == "/{id}" && c.method == http.MethodDelete:
		verb = auditDelete
	case strings.HasSuffix(rest, "Password"):
		return activity{secretsActivity, coreDirectory, "ApplicationManagement", "Update"}, t.auditTarget(o), true
	default:
		verb = auditUpdate
		for relation := range r.relations {
			if below(rest, "/{id}/"+relation) {
				return t.linkActivity(o, relation, c.method == http.MethodPost), t.auditTarget(o), true
			}
		}
	}
	return t.activityOf(verb, o.typ), t.auditTarget(o), true
}

// addressed finds the object that an address is about, its resource, and what stands in
// the route behind the resource's own path. An object in a bin counts at its bin alone.
func (t *Tenant) addressed(c *call) (*object, *resource, string) {
	for _, at := range []struct{ path, typ string }{
		{"/directory/deletedItems", ""},
		{"/identity/conditionalAccess/deletedItems/policies", "conditionalAccessPolicy"},
		{"/identity/conditionalAccess/deletedItems/namedLocations", "namedLocation"},
		{roleBinPath, "unifiedRoleDefinition"},
	} {
		if !below(c.route.pattern, at.path) {
			continue
		}
		o := t.directoryObject(c.params["id"], true)
		if at.typ != "" {
			o = t.shelf(at.typ).inBin(c.params["id"])
		}
		if o == nil {
			return nil, nil, ""
		}
		return o, t.resource(o.typ), strings.TrimPrefix(c.route.pattern, at.path)
	}
	for _, r := range t.resources {
		for _, path := range r.paths {
			if !below(c.route.pattern, path) {
				continue
			}
			return t.lookUp(r, c.params["id"]), r, strings.TrimPrefix(c.route.pattern, path)
		}
	}
	return nil, nil, ""
}
