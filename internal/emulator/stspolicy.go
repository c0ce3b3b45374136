package emulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// The policies below /policies whose content is a JSON text: claims mapping, home realm
// discovery, token lifetime, token issuance and idle timeout; and the links by which
// applications and service principals get one of each.

type policyKind struct {
	typ, segment string
	holders      []string
}

// stsKinds are the types of these policies with their collections, and the types of
// object that each can be assigned to.
var stsKinds = []policyKind{
	{"claimsMappingPolicy", "claimsMappingPolicies", []string{"servicePrincipal"}},
	{"homeRealmDiscoveryPolicy", "homeRealmDiscoveryPolicies", []string{"application", "servicePrincipal"}},
	{"tokenIssuancePolicy", "tokenIssuancePolicies", []string{"application", "servicePrincipal"}},
	{"tokenLifetimePolicy", "tokenLifetimePolicies", []string{"application", "servicePrincipal"}},
	{"activityBasedTimeoutPolicy", "activityBasedTimeoutPolicies", nil},
}

// appManagementKind is assigned in the same way.
var appManagementKind = policyKind{"appManagementPolicy", "appManagementPolicies", []string{"application", "servicePrincipal"}}

func stsPolicies() []*resource {
	var out []*resource
	for _, k := range stsKinds {
		out = append(out, &resource{
			typ: k.typ, set: "policies/" + k.segment, paths: []string{"/policies/" + k.segment}, policies: true,
			required: []string{"displayName", "definition"}, readOnly: []string{"id", "deletedDateTime"},
			prepare: func(_ *Tenant, o *object) { setDefault(o.body, "isOrganizationDefault", false) },
			check:   checkSTSPolicy,
		})
	}
	return out
}

// checkSTSPolicy wants exactly one definition: a JSON object whose only member is named
// after the policy's type. What stands inside is stored as it is.
func checkSTSPolicy(t *Tenant, _ *call, _, next *object, _ body) *graphError {
	if gerr := filled(next, "displayName"); gerr != nil {
		return gerr
	}
	definition := list(next.body["definition"])
	if len(definition) != 1 {
		return badRequest("Property 'definition' must hold exactly one value.")
	}
	var content map[string]json.RawMessage
	if err := json.Unmarshal([]byte(textOf(definition[0])), &content); err != nil || len(content) != 1 {
		return badRequest("Property definition has an invalid value.")
	}
	for name := range content {
		if !strings.EqualFold(name, next.typ) {
			return badRequest("Property definition has an invalid value.")
		}
	}
	if next.body["isOrganizationDefault"] != true {
		return nil
	}
	for _, o := range t.shelf(next.typ).all(false) {
		if o.id != next.id && o.body["isOrganizationDefault"] == true {
			return badRequest("A conflicting object with one or more of the specified property values is present in the directory.")
		}
	}
	return nil
}

const secondPolicy = "A conflicting object with one or more of the specified property values is present in the directory."

// policyLinks answer at the policies of one type that an application or a service
// principal has: one at most.
type policyLinks struct {
	holder  *resource
	policy  *resource
	segment string
}

func (h policyLinks) linked(t *Tenant, c *call) (*object, []*object, *graphError) {
	o, gerr := t.target(c, h.holder)
	if gerr != nil {
		return nil, nil, gerr
	}
	var out []*object
	for _, id := range t.edges.to[edge{strings.ToLower(o.id), h.segment}] {
		if p := t.shelves[h.policy.typ].live(id); p != nil {
			out = append(out, p)
		}
	}
	return o, out, nil
}

func (h policyLinks) list(t *Tenant, c *call) (*reply, *graphError) {
	o, policies, gerr := h.linked(t, c)
	if gerr != nil {
		return nil, gerr
	}
	l := h.policy.listing()
	l.context = h.holder.set + "('" + o.id + "')/" + h.segment
	return t.page(c, l, policies)
}

func (h policyLinks) refs(t *Tenant, c *call) (*reply, *graphError) {
	_, policies, gerr := h.linked(t, c)
	if gerr != nil {
		return nil, gerr
	}
	rows := []any{}
	for _, p := range policies {
		rows = append(rows, body{"@odata.id": c.base + h.policy.paths[0] + "/" + p.id})
	}
	return ok(body{"@odata.context": c.context("Collection($ref)"), "value": rows}), nil
}

// add links a policy. The status of the answer to a second one of the type is unconfirmed.
func (h policyLinks) add(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	ref, isText := in["@odata.id"].(string)
	if len(in) != 1 || !isText {
		return nil, badRequest("The body of a reference must hold @odata.id and nothing else.")
	}
	o, linked, gerr := h.linked(t, c)
	if gerr != nil {
		return nil, gerr
	}
	id, gerr := referencedPolicy(c, ref, h.segment)
	if gerr != nil {
		return nil, gerr
	}
	policy := t.shelves[h.policy.typ].live(id)
	switch {
	case policy == nil:
		return nil, notFound(id)
	case slices.Contains(linked, policy):
		return nil, badRequest("One or more added object references already exist for the following modified properties: '%s'.", h.segment)
	case len(linked) > 0 && t.rules.linksConflict:
		return nil, &graphError{Status: http.StatusConflict, Code: "Request_MultipleObjectsWithSameKeyValue", Message: secondPolicy}
	case len(linked) > 0:
		return nil, badRequest(secondPolicy)
	}
	t.edges.add(o.id, h.segment, policy.id)
	t.auditLink(c, o, h.segment, policy.id, true)
	return noContent, nil
}

// referencedPolicy reads the id out of .../policies/{segment}/{id} or
// .../directoryObjects/{id}.
func referencedPolicy(c *call, ref, segment string) (string, *graphError) {
	host := strings.TrimSuffix(c.base, c.version)
	for _, prefix := range []string{host, "https://graph.microsoft.com/"} {
		rest, own := strings.CutPrefix(ref, prefix)
		version, path, _ := strings.Cut(rest, "/")
		if !own || version != "v1.0" && version != "beta" {
			continue
		}
		for _, collection := range []string{"policies/" + segment + "/", "directoryObjects/"} {
			if len(path) > len(collection) && strings.EqualFold(path[:len(collection)], collection) && isGUID(path[len(collection):]) {
				return path[len(collection):], nil
			}
		}
	}
	return "", badRequest("Invalid object reference '%s'.", ref)
}

func (h policyLinks) remove(t *Tenant, c *call) (*reply, *graphError) {
	o, _, gerr := h.linked(t, c)
	if gerr != nil {
		return nil, gerr
	}
	id := c.params["target"]
	if !t.edges.has(o.id, h.segment, id) {
		return nil, notFound(id)
	}
	t.edges.remove(o.id, h.segment, id)
	t.auditLink(c, o, h.segment, id, false)
	return noContent, nil
}

// appliesTo lists what a policy is assigned to.
func appliesTo(r *resource, segment string) handler {
	return func(t *Tenant, c *call) (*reply, *graphError) {
		p, gerr := t.target(c, r)
		if gerr != nil {
			return nil, gerr
		}
		var out []*object
		for _, id := range t.edges.from[edge{strings.ToLower(p.id), segment}] {
			if o := t.directoryObject(id, false); o != nil {
				out = append(out, o)
			}
		}
		return t.page(c, listing{typ: "directoryObject", context: "directoryObjects", rowTypes: true, needsHeader: true}, out)
	}
}

// unlinkPolicies takes a service principal's policies away when it goes to the recycle
// bin, out of which they do not come back.
func (t *Tenant) unlinkPolicies(sp *object) {
	if t.rules.policyLinksKept {
		return
	}
	for _, k := range stsKinds {
		for _, id := range slices.Clone(t.edges.to[edge{strings.ToLower(sp.id), k.segment}]) {
			t.edges.remove(sp.id, k.segment, id)
		}
	}
}

func policyRoutes(add func(method, pattern string, run handler), byType func(string) *resource) {
	for _, k := range append(slices.Clone(stsKinds), appManagementKind) {
		add("GET", "/policies/"+k.segment+"/{id}/appliesTo", appliesTo(byType(k.typ), k.segment))
		for _, holder := range k.holders {
			h := policyLinks{byType(holder), byType(k.typ), k.segment}
			at := h.holder.paths[0] + "/{id}/" + k.segment
			add("GET", at, h.list)
			add("GET", at+"/$ref", h.refs)
			add("POST", at+"/$ref", h.add)
			add("DELETE", at+"/{target}/$ref", h.remove)
		}
	}
}
