package emulator

import (
	"slices"
	"strings"
	"time"
)

// retention is how long a recycle bin keeps an object.
const retention = 30 * 24 * time.Hour

// delete moves an object to its recycle bin, or drops it where the type has none. An
// application takes its service principal with it.
func (t *Tenant) delete(c *call, r *resource, o *object) {
	t.audit(c, auditDelete, o)
	if !t.keeps(r, o) {
		t.auditGone(c, r, o)
		t.purge(r, o)
		return
	}
	o.deleted = t.now()
	setNameAside(o)
	t.touched(o)
	switch o.typ {
	case "application":
		if sp := t.byProperty("servicePrincipal", "appId", o.text("appId")); sp != nil {
			t.audit(c, auditDelete, sp)
			sp.deleted = o.deleted
			t.unlinkPolicies(sp)
			t.touched(sp)
		}
	case "servicePrincipal":
		t.unlinkPolicies(o)
	case "ipNamedLocation":
		o.body["isTrusted"] = false
	}
}

// keeps tells whether a recycle bin takes the object. Of groups it takes Microsoft 365
// and cloud security groups.
func (t *Tenant) keeps(r *resource, o *object) bool {
	switch o.typ {
	case "group":
		if o.body["onPremisesSyncEnabled"] == true || !unified(o) && o.body["mailEnabled"] == true {
			return false
		}
		return unified(o) || !t.rules.hardDeletedSecurityGroups
	case "conditionalAccessPolicy", "ipNamedLocation", "countryNamedLocation":
		return true
	case "device":
		return o.text("trustType") != hybridJoined
	case "unifiedRoleDefinition":
		return !t.rules.noRoleBin
	}
	return r.binned()
}

func (t *Tenant) purge(r *resource, o *object) {
	t.shelves[r.typ].drop(o.id)
	delete(t.logos, o.id)
	t.edges.forget(o.id)
	t.purgeBound(o)
}

// purgeExpired runs the retention of the bins. Applications that other tenants can use
// stay until they are deleted by hand.
func (t *Tenant) purgeExpired() {
	now := t.now()
	if now.Sub(t.purgedAt) < time.Second && !now.Before(t.purgedAt) {
		return
	}
	t.purgedAt = now
	t.runSchedules()
	limit := now.Add(-retention)
	for _, r := range t.resources {
		for _, o := range t.shelves[r.typ].all(true) {
			if o.deleted.After(limit) {
				continue
			}
			if audience := o.text("signInAudience"); o.typ == "application" && audience != "" && audience != "AzureADMyOrg" {
				continue
			}
			t.audit(nil, auditPurge, o)
			t.purge(r, o)
		}
	}
}

// binUncast answers GET /directory/deletedItems, which Graph only lists by type.
func binUncast(*Tenant, *call) (*reply, *graphError) {
	return nil, unsupported("Searches against this resource are not supported. Only specific instances can be queried.")
}

func (t *Tenant) binOf(c *call) (*resource, []*object, *graphError) {
	r := t.castOf(c.params["cast"])
	if r == nil || !r.binned() || r.typ == "device" && !c.beta() {
		return nil, nil, noSegment(castPrefix + c.params["cast"])
	}
	return r, t.shelves[r.typ].all(true), nil
}

func binList(t *Tenant, c *call) (*reply, *graphError) {
	r, objects, gerr := t.binOf(c)
	if gerr != nil {
		return nil, gerr
	}
	l := r.listing()
	l.expandable = nil
	return t.page(c, l, objects)
}

func binCount(t *Tenant, c *call) (*reply, *graphError) {
	r, objects, gerr := t.binOf(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.tally(c, r.listing(), objects)
}

// binned finds what the address names in the directory's bin.
func (t *Tenant) binned(c *call) (*resource, *object, *graphError) {
	id := c.params["id"]
	o := t.directoryObject(id, true)
	if o == nil || !t.resource(o.typ).binned() || o.typ == "device" && !c.beta() {
		return nil, nil, notFound(id)
	}
	if cast, given := c.params["cast"]; given && !strings.EqualFold(cast, o.typ) {
		return nil, nil, notFound(id)
	}
	return t.resource(o.typ), o, nil
}

func binRead(t *Tenant, c *call) (*reply, *graphError) {
	r, o, gerr := t.binned(c)
	if gerr != nil {
		return nil, gerr
	}
	rep, gerr := t.one(c, r, o, "directoryObjects/$entity")
	if gerr == nil {
		rep.body.(body)["@odata.type"] = "#microsoft.graph." + o.typ
	}
	return rep, gerr
}

// binDelete purges an object. Microsoft's pages say that an administrative unit cannot be
// purged before its time; the answer on the wire is unconfirmed.
func binDelete(t *Tenant, c *call) (*reply, *graphError) {
	r, o, gerr := t.binned(c)
	if gerr != nil {
		return nil, gerr
	}
	if o.typ == "administrativeUnit" && !t.rules.unitPurge {
		return nil, &graphError{Status: 403, Code: "Authorization_RequestDenied", Message: "Insufficient privileges to complete the operation. An administrative unit cannot be permanently deleted before its retention ends."}
	}
	t.audit(c, auditPurge, o)
	t.purge(r, o)
	return noContent, nil
}

func binRestore(t *Tenant, c *call) (*reply, *graphError) {
	_, o, gerr := t.binned(c)
	if gerr != nil {
		return nil, gerr
	}
	in := body{}
	if len(c.raw) > 0 {
		if in, gerr = c.decode(); gerr != nil {
			return nil, gerr
		}
	}
	for name := range in {
		if o.typ != "user" || name != "newUserPrincipalName" && name != "autoReconcileProxyConflict" {
			return nil, badRequest("Invalid property '%s'.", name)
		}
	}
	restored := &object{typ: o.typ, id: o.id, body: deepCopy(o.body).(body)}
	takeNameBack(restored)
	if upn, _ := in["newUserPrincipalName"].(string); upn != "" {
		restored.body["userPrincipalName"] = upn
		if gerr := checkUser(t, c, o, restored, in); gerr != nil {
			return nil, gerr
		}
	}
	if gerr := t.restorable(restored); gerr != nil {
		return nil, gerr
	}
	if gerr := t.reconcileAddresses(restored, in["autoReconcileProxyConflict"] == true); gerr != nil {
		return nil, gerr
	}
	if o.typ == "device" {
		restored.body["isCompliant"] = nil // until the device reports again
	}
	o.body = restored.body
	o.deleted = time.Time{}
	t.touched(o)
	t.relicenseRestored(o)
	t.audit(c, auditRestore, o)
	out := t.render(c, o, nil)
	out["@odata.context"], out["@odata.type"] = c.context("directoryObjects/$entity"), "#microsoft.graph."+o.typ
	return ok(out), nil
}

// restorable refuses to bring back what a live object took over meanwhile. The texts are
// unconfirmed; the form is that of a conflict at creation.
func (t *Tenant) restorable(o *object) *graphError {
	switch o.typ {
	case "user":
		if t.taken("user", "userPrincipalName", o.text("userPrincipalName"), o) {
			return conflicting("userPrincipalName")
		}
	case "group":
		if unified(o) && t.taken("group", "mailNickname", o.text("mailNickname"), o) {
			return conflicting("mailNickname")
		}
		return t.addressConflict(o)
	case "application":
		for _, v := range list(o.body["identifierUris"]) {
			if t.takenInList("application", "identifierUris", textOf(v), o) {
				return conflicting("identifierUris")
			}
		}
	case "servicePrincipal":
		appID := o.text("appId")
		if t.taken("servicePrincipal", "appId", appID, o) {
			return duplicateServicePrincipal(appID)
		}
		if _, first := microsoftApps()[strings.ToLower(appID)]; !first && o.text("appOwnerOrganizationId") == t.id && t.applicationByAppID(appID) == nil {
			return badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID)
		}
	}
	return nil
}

// caBin answers below /identity/conditionalAccess/deletedItems.
type caBin struct{ res *resource }

func (b caBin) objects(t *Tenant, c *call) []*object {
	return slices.DeleteFunc(t.shelves[b.res.typ].all(true), func(o *object) bool { return hidden(c, o) })
}

func (b caBin) list(t *Tenant, c *call) (*reply, *graphError) {
	l := b.res.listing()
	l.context = "identity/conditionalAccess/deletedItems/" + b.segment()
	return t.page(c, l, b.objects(t, c))
}

func (b caBin) segment() string {
	if b.res.typ == "namedLocation" {
		return "namedLocations"
	}
	return "policies"
}

func (b caBin) target(t *Tenant, c *call) (*object, *graphError) {
	o := t.shelves[b.res.typ].inBin(c.params["id"])
	if o == nil || hidden(c, o) {
		return nil, b.res.missing(c.params["id"])
	}
	return o, nil
}

func (b caBin) read(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, b.res, o, "identity/conditionalAccess/deletedItems/"+b.segment()+"/$entity")
}

func (b caBin) remove(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	t.audit(c, auditPurge, o)
	t.purge(b.res, o)
	return noContent, nil
}

// restore brings a policy back in the state that it was deleted in, a location always
// untrusted. A policy that refers to something that is gone stays in the bin.
func (b caBin) restore(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := b.target(t, c)
	if gerr != nil {
		return nil, gerr
	}
	live := t.shelves[b.res.typ].all(false)
	switch o.typ {
	case "conditionalAccessPolicy":
		if !t.rules.restoreDangling {
			if gerr := t.checkReferences(o); gerr != nil {
				return nil, gerr
			}
		}
		if len(live) >= t.rules.maxPolicies {
			return nil, tooMany("policies", t.rules.maxPolicies)
		}
	default:
		if len(live) >= t.rules.maxLocations {
			return nil, tooMany("named locations", t.rules.maxLocations)
		}
	}
	o.deleted = time.Time{}
	o.body["modifiedDateTime"] = nil
	t.audit(c, auditRestore, o)
	out := t.render(c, o, nil)
	out["@odata.context"] = c.context("microsoft.graph." + b.res.typ)
	return ok(out), nil
}
