package emulator

import (
	"regexp"
	"strings"
)

// Domains of the tenant. The organization's verifiedDomains are the same thing told twice,
// and the loader takes them from there. No name server answers here: a new domain stays
// unverified, unless the tenant was told to believe everybody.

var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$`)

func domains() *resource {
	return &resource{
		typ: "domain", set: "domains", paths: []string{"/domains"}, policies: true, unpaged: true, loadable: domainName,
		own:     map[string]handler{"POST": createDomain},
		refresh: (*Tenant).syncDomains,
		readOnly: []string{"authenticationType", "availabilityStatus", "isAdminManaged", "isInitial", "isRoot", "isVerified",
			"manufacturer", "model", "state"},
		check: checkDomain, deletable: deletableDomain,
	}
}

// syncDomains makes a domain of every verified domain of the organization.
func (t *Tenant) syncDomains() {
	for _, d := range list(t.shelf("organization").live(t.id).body["verifiedDomains"]) {
		v, _ := d.(body)
		name := strings.ToLower(textOf(v["name"]))
		if name == "" || t.shelf("domain").live(name) != nil {
			continue
		}
		t.put("domain", name, body{"authenticationType": "Managed", "isAdminManaged": true, "isDefault": v["isDefault"] == true, "isInitial": v["isInitial"] == true,
			"isRoot": true, "isVerified": true, "supportedServices": []any{"Email", "OfficeCommunicationsOnline"}})
	}
}

func createDomain(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	name := strings.ToLower(textOf(in["id"]))
	delete(in, "id")
	switch {
	case !domainName.MatchString(name):
		return nil, badRequest("The domain name '%s' is not valid.", name)
	case t.shelf("domain").live(name) != nil:
		return nil, conflicting("id")
	}
	chosen := *c
	chosen.id = name
	r := t.resource("domain")
	o, gerr := t.make(&chosen, r, in)
	if gerr != nil {
		return nil, gerr
	}
	o.body["authenticationType"], o.body["isAdminManaged"], o.body["isRoot"] = "Managed", true, true
	for _, flag := range []string{"isDefault", "isInitial", "isVerified"} {
		o.body[flag] = false
	}
	return t.created(c, r, o, "domains/$entity")
}

func checkDomain(t *Tenant, _ *call, old, next *object, sent body) *graphError {
	if v, given := sent["isDefault"]; !given || old == nil || v == old.body["isDefault"] {
		return nil
	}
	if sent["isDefault"] != true {
		return badRequest("The default domain changes by making another one the default.")
	}
	if next.body["isVerified"] != true {
		return badRequest("The domain '%s' is not verified.", next.id)
	}
	for _, o := range t.shelf("domain").all(false) {
		if o.id != next.id {
			o.body["isDefault"] = false
		}
	}
	for _, d := range list(t.shelf("organization").live(t.id).body["verifiedDomains"]) {
		v := d.(body)
		v["isDefault"] = strings.EqualFold(textOf(v["name"]), next.id)
	}
	return nil
}

// deletableDomain refuses the domains that names of users and applications are in.
func deletableDomain(t *Tenant, o *object) *graphError {
	if o.body["isInitial"] == true || o.body["isDefault"] == true {
		return badRequest("The initial or default domain cannot be deleted.")
	}
	var used *object
	in := func(s string) bool {
		_, domain, _ := cutLast(strings.ToLower(s), "@")
		return domain == o.id
	}
	t.shelf("user").each(func(u *object) bool {
		if in(u.text("userPrincipalName")) {
			used = u
		}
		return used == nil
	})
	t.shelf("application").each(func(a *object) bool {
		for _, v := range list(a.body["identifierUris"]) {
			if strings.Contains(strings.ToLower(textOf(v)), "://"+o.id) {
				used = a
			}
		}
		return used == nil
	})
	if used != nil {
		return badRequest("The domain '%s' cannot be deleted: %s '%s' refers to it.", o.id, used.typ, used.id)
	}
	organization := t.shelf("organization").live(t.id)
	kept := []any{}
	for _, d := range list(organization.body["verifiedDomains"]) {
		if !strings.EqualFold(textOf(d.(body)["name"]), o.id) {
			kept = append(kept, d)
		}
	}
	organization.body["verifiedDomains"] = kept
	return nil
}

// verifyDomain looks for the record that proves the domain.
func verifyDomain(t *Tenant, c *call) (*reply, *graphError) {
	r := t.resource("domain")
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	if o.body["isVerified"] != true {
		if !t.rules.domainsBelieved {
			return nil, badRequest("Domain verification failed with the following error: 'The record of the domain %s was not found.'", o.id)
		}
		t.note(c, activity{"Verify domain", coreDirectory, "DirectoryManagement", "Update"}, t.auditTarget(o))
		o.body["isVerified"] = true
		organization := t.shelf("organization").live(t.id)
		organization.body["verifiedDomains"] = append(list(organization.body["verifiedDomains"]), body{"name": o.id, "isDefault": false, "isInitial": false,
			"type": "Managed", "capabilities": "None"})
	}
	return t.one(c, r, o, "domains/$entity")
}

// verificationRecords are what the owner of a domain would publish to prove it.
func verificationRecords(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("domain"))
	if gerr != nil {
		return nil, gerr
	}
	return ok(body{"@odata.context": c.context("domains('" + o.id + "')/verificationDnsRecords"), "value": []any{body{
		"@odata.type": "#microsoft.graph.domainDnsTxtRecord", "id": "aceff52c-06a5-447f-ac5f-256ad243cc5c", "isOptional": false, "label": o.id,
		"recordType": "Txt", "supportedService": nil, "ttl": number("3600"), "text": "MS=ms" + strings.ReplaceAll(t.id, "-", "")[:8]}}}), nil
}

func domainRoutes(add func(method, pattern string, run handler), r *resource) {
	add("GET", "/domains/{id}/verificationDnsRecords", r.before(verificationRecords))
	add("POST", "/domains/{id}/verify", r.before(verifyDomain))
}
