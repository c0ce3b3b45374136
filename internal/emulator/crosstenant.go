package emulator

import (
	"net/http"
	"strings"
)

// Cross-tenant access: the tenant's default and its settings for partners, which are known
// by the partner's tenant id. The recycle bin of partners, which beta alone has, is not
// emulated: a partner that is deleted is gone.

const partnersPath = "/policies/crossTenantAccessPolicy/partners"

func crossTenantAccess() []*resource {
	return []*resource{
		{typ: "crossTenantAccessPolicy", set: "policies/crossTenantAccessPolicy", policies: true, readOnly: []string{"id", "deletedDateTime", "description"}},
		{typ: "crossTenantAccessPolicyConfigurationDefault", set: "policies/crossTenantAccessPolicy/default", policies: true, readOnly: []string{"id", "isServiceDefault"},
			check: func(_ *Tenant, _ *call, _, next *object, _ body) *graphError {
				next.body["isServiceDefault"] = false
				return checkB2B(next)
			}},
		{typ: "crossTenantAccessPolicyConfigurationPartner", set: "policies/crossTenantAccessPolicy/partners", paths: []string{partnersPath}, policies: true,
			own: map[string]handler{"POST": createPartner}, required: []string{"tenantId"}, readOnly: []string{"isInMultiTenantOrganization"}, fixed: []string{"tenantId"},
			check:     func(_ *Tenant, _ *call, _, next *object, _ body) *graphError { return checkB2B(next) },
			embellish: func(_ *Tenant, _ *call, _ *object, out body) { delete(out, "id") }},
		{typ: "crossTenantIdentitySyncPolicyPartner", set: "identitySynchronization", policies: true, child: true, readOnly: []string{"tenantId"},
			embellish: func(_ *Tenant, _ *call, _ *object, out body) { delete(out, "id") }},
	}
}

// checkB2B wants both halves of a setting, or neither.
func checkB2B(o *object) *graphError {
	for _, name := range []string{"b2bCollaborationInbound", "b2bCollaborationOutbound", "b2bDirectConnectInbound", "b2bDirectConnectOutbound"} {
		if setting := nested(o.body, name); setting != nil && (setting["usersAndGroups"] == nil) != (setting["applications"] == nil) {
			return badRequest("Property '%s' needs both usersAndGroups and applications.", name)
		}
	}
	return nil
}

func createPartner(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	id, r := strings.ToLower(textOf(in["tenantId"])), t.resource("crossTenantAccessPolicyConfigurationPartner")
	switch {
	case !isGUID(id) || id == strings.ToLower(t.id):
		return nil, badRequest("Invalid value specified for property 'tenantId' of resource 'CrossTenantAccessPolicyConfigurationPartner'.")
	case t.shelves[r.typ].live(id) != nil:
		return nil, &graphError{Status: http.StatusConflict, Code: "Conflict", Message: "A configuration for the partner '" + id + "' already exists."}
	}
	chosen := *c
	chosen.id = id
	o, gerr := t.make(&chosen, r, in)
	if gerr != nil {
		return nil, gerr
	}
	return t.created(c, r, o, r.set+"/$entity")
}

func (t *Tenant) seedCrossTenant() {
	t.put("crossTenantAccessPolicy", "crossTenantAccessPolicy", body{"displayName": "CrossTenantAccessPolicy", "allowedCloudEndpoints": []any{}})
	t.put("crossTenantAccessPolicyConfigurationDefault", "default", defaultCrossTenant())
}

func defaultCrossTenant() body {
	everybody := func(access string) body {
		return body{"usersAndGroups": body{"accessType": access, "targets": []any{body{"target": "AllUsers", "targetType": "user"}}},
			"applications": body{"accessType": access, "targets": []any{body{"target": "AllApplications", "targetType": "application"}}}}
	}
	return body{"isServiceDefault": true, "b2bCollaborationInbound": everybody("allowed"), "b2bCollaborationOutbound": everybody("allowed"),
		"b2bDirectConnectInbound": everybody("blocked"), "b2bDirectConnectOutbound": everybody("blocked"), "tenantRestrictions": everybody("blocked"),
		"inboundTrust":                 body{"isMfaAccepted": false, "isCompliantDeviceAccepted": false, "isHybridAzureADJoinedDeviceAccepted": false},
		"automaticUserConsentSettings": body{"inboundAllowed": false, "outboundAllowed": false}}
}

func resetDefault(t *Tenant, c *call) (*reply, *graphError) {
	o := t.shelf("crossTenantAccessPolicyConfigurationDefault").all(false)[0]
	next := &object{typ: o.typ, id: o.id, body: defaultCrossTenant()}
	t.auditChange(c, o, next, nil)
	o.body = next.body
	return noContent, nil
}

// syncOf finds a partner's identity synchronization.
func (t *Tenant) syncOf(c *call) (partner, sync *object, gerr *graphError) {
	if partner, gerr = t.target(c, t.resource("crossTenantAccessPolicyConfigurationPartner")); gerr != nil {
		return nil, nil, gerr
	}
	return partner, t.shelf("crossTenantIdentitySyncPolicyPartner").live(partner.id), nil
}

func readSync(t *Tenant, c *call) (*reply, *graphError) {
	partner, sync, gerr := t.syncOf(c)
	if gerr != nil {
		return nil, gerr
	}
	if sync == nil {
		return nil, notFound(partner.id)
	}
	return t.one(c, t.resource(sync.typ), sync, "policies/crossTenantAccessPolicy/partners('"+partner.id+"')/identitySynchronization/$entity")
}

// putSync makes the synchronization or replaces it; PATCH changes one that is there.
func putSync(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	partner, sync, gerr := t.syncOf(c)
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource("crossTenantIdentitySyncPolicyPartner")
	if sync != nil {
		t.delete(c, r, sync)
	}
	below := *c
	below.parent, below.id = partner.id, partner.id
	o, gerr := t.make(&below, r, in)
	if gerr != nil {
		if sync != nil {
			t.shelves[r.typ].put(sync) // what is refused changes nothing
		}
		return nil, gerr
	}
	o.body["tenantId"] = partner.id
	return noContent, nil
}

func patchSync(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	partner, sync, gerr := t.syncOf(c)
	if gerr != nil {
		return nil, gerr
	}
	if sync == nil {
		return nil, notFound(partner.id)
	}
	return t.change(c, t.resource(sync.typ), sync, in)
}

func deleteSync(t *Tenant, c *call) (*reply, *graphError) {
	partner, sync, gerr := t.syncOf(c)
	if gerr != nil {
		return nil, gerr
	}
	if sync == nil {
		return nil, notFound(partner.id)
	}
	return t.removal(c, t.resource(sync.typ), sync)
}

func crossTenantRoutes(add func(method, pattern string, run handler)) {
	singleton{"crossTenantAccessPolicy", "/policies/crossTenantAccessPolicy"}.routes(add)
	singleton{"crossTenantAccessPolicyConfigurationDefault", "/policies/crossTenantAccessPolicy/default"}.routes(add)
	add("POST", "/policies/crossTenantAccessPolicy/default/resetToSystemDefault", resetDefault)
	at := partnersPath + "/{id}/identitySynchronization"
	add("GET", at, readSync)
	add("PUT", at, putSync)
	add("PATCH", at, patchSync)
	add("DELETE", at, deleteSync)
}
