package emulator

import (
	"slices"
	"strings"
)

// Domains: the verified ones that the organization lists, for reading. A domain is never
// added, verified or changed here.
// https://learn.microsoft.com/graph/api/resources/domain

func domains() *resource {
	return &resource{typ: "domain", set: "domains", policies: true, unpaged: true, noTop: true}
}

func domainRoutes(add func(method, pattern string, run handler)) {
	add("GET", "/domains", func(t *Tenant, c *call) (*reply, *graphError) {
		return t.page(c, t.resource("domain").listing(), t.domains())
	})
	add("GET", "/domains/{id}", func(t *Tenant, c *call) (*reply, *graphError) {
		r := t.resource("domain")
		for _, d := range t.domains() {
			if strings.EqualFold(d.id, c.params["id"]) {
				return t.one(c, r, d, "domains/$entity")
			}
		}
		return nil, notFound(c.params["id"])
	})
}

// domains makes the objects from what the organization holds of them.
func (t *Tenant) domains() []*object {
	var out []*object
	var names []string
	verified := list(t.shelf("organization").live(t.id).body["verifiedDomains"])
	for _, v := range verified {
		d, _ := v.(body)
		names = append(names, strings.ToLower(textOf(d["name"])))
	}
	for i, v := range verified {
		d, _ := v.(body)
		services := []any{}
		for _, s := range splitList(textOf(d["capabilities"])) {
			services = append(services, s)
		}
		subdomain := slices.ContainsFunc(names, func(other string) bool { return strings.HasSuffix(names[i], "."+other) })
		out = append(out, &object{typ: "domain", id: names[i], body: body{
			"authenticationType": "Managed", "isAdminManaged": true, "isVerified": true, "isRoot": !subdomain,
			"isDefault": d["isDefault"] == true, "isInitial": d["isInitial"] == true, "supportedServices": services}})
	}
	return out
}
