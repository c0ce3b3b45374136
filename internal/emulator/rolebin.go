package emulator

import "time"

// The recycle bin of custom role definitions, which Microsoft documents since September
// 2026 for the global service: a role that was deleted comes back with its id. How long it
// is kept, and that its template id stays taken meanwhile, is unconfirmed.
// https://learn.microsoft.com/graph/api/resources/directoryrolemanagementdeleteditemcontainer

const roleBinPath = "/roleManagement/directory/deletedItems/roleDefinitions"

// WithoutRoleRecycleBin deletes custom role definitions at once, as clouds do that have no
// such recycle bin; its addresses answer there that they do not exist.
func WithoutRoleRecycleBin() Option { return func(t *Tenant) { t.rules.noRoleBin = true } }

// roleBin answers below roleBinPath.
type roleBin struct{ res *resource }

func (b roleBin) routes(add func(method, pattern string, run handler)) {
	for _, r := range []struct {
		method, pattern string
		run             handler
	}{
		{"GET", roleBinPath, b.list}, {"GET", roleBinPath + "/{id}", b.read},
		{"DELETE", roleBinPath + "/{id}", b.remove}, {"POST", roleBinPath + "/{id}/restore", b.restore},
	} {
		add(r.method, r.pattern, func(t *Tenant, c *call) (*reply, *graphError) {
			if t.rules.noRoleBin {
				return nil, noSegment("deletedItems")
			}
			return r.run(t, c)
		})
	}
}

func (b roleBin) list(t *Tenant, c *call) (*reply, *graphError) {
	l := b.res.listing()
	l.context = roleBinPath[1:]
	return t.page(c, l, t.shelves[b.res.typ].all(true))
}

func (b roleBin) target(t *Tenant, c *call) (*object, *graphError) {
	o := t.shelf(b.res.typ).inBin(c.params["id"])
	if o == nil {
		return nil, b.res.missing(c.params["id"])
	}
	return o, nil
}

func (b roleBin) read(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, b.res, o, roleBinPath[1:]+"/$entity")
}

func (b roleBin) remove(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	t.audit(c, auditPurge, o)
	t.purge(b.res, o)
	return noContent, nil
}

func (b roleBin) restore(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	custom := 0
	for _, other := range t.shelf(o.typ).all(false) {
		if other.body["isBuiltIn"] != true {
			custom++
		}
	}
	if custom >= maxCustomRoles {
		return nil, badRequest("The tenant already has the maximum of %d custom roles.", maxCustomRoles)
	}
	o.deleted = time.Time{}
	t.audit(c, auditRestore, o)
	out := t.render(c, o, nil)
	out["@odata.context"] = c.context(b.res.set + "/$entity")
	return ok(out), nil
}
