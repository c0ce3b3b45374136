package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestBinQueries: the directory's bin is listed by type alone, and queried as the type is.
func TestBinQueries(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	a, b, live := e.group("a"), e.group("b"), e.group("live")
	u := e.user("u")
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "App"})
	unit := e.want(201, "POST", units, object{"displayName": "Unit"}).id()
	e.want(204, "DELETE", "/v1.0/groups/"+a, nil)
	e.advance("1h")
	for _, path := range []string{"/v1.0/groups/" + b, "/v1.0/users/" + u, "/v1.0/applications/" + app.id(), units + "/" + unit} {
		e.want(204, "DELETE", path, nil)
	}
	const groups = bin + "/microsoft.graph.group"
	for _, c := range []struct {
		name, path string
		header     bool
		want       []string
	}{
		{"F1 groups", groups, false, []string{a, b}},
		{"F1 cast in another case", bin + "/Microsoft.Graph.Group", false, []string{a, b}},
		{"F1 users", bin + "/microsoft.graph.user", false, []string{u}},
		{"F1 applications", bin + "/microsoft.graph.application", false, []string{app.id()}},
		{"F1 service principals", bin + "/microsoft.graph.servicePrincipal", false, nil},
		{"F1 units", bin + "/microsoft.graph.administrativeUnit", false, []string{unit}},
		{"F1 filter by name", groups + "?$filter=displayName eq 'b'", false, []string{b}},
		{"F1 filter by appId", bin + "/microsoft.graph.application?$filter=appId eq '" + app.body["appId"].(string) + "'", false, []string{app.id()}},
		{"F1 filter by time", groups + "?$filter=deletedDateTime ge 2026-11-24T10:30:00Z", false, []string{b}},
		{"F1 advanced filter", groups + "?$filter=displayName ne 'a'&$count=true", true, []string{b}},
		{"F1 search", groups + `?$search="displayName:a"`, true, []string{a}},
		{"F1 newest first", groups + "?$orderby=deletedDateTime desc&$count=true", true, []string{b, a}},
		{"F1 by name", groups + "?$orderby=displayName desc", false, []string{b, a}},
		{"F1 top", groups + "?$orderby=displayName&$top=1", false, []string{a}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &tenant{e.Tenant, t, e.url}
			var headers []string
			if c.header {
				headers = eventual
			}
			got, want := e.want(200, "GET", c.path, nil, headers...).ids(), c.want
			if !strings.Contains(c.path, "$orderby") {
				slices.Sort(got)
				slices.Sort(want)
			}
			same(t, "found", got, want)
		})
	}
	row := e.want(200, "GET", groups+"?$filter=displayName eq 'b'", nil)
	same(t, "F1 deletedDateTime", row.body["value"].([]any)[0].(object)["deletedDateTime"], "2026-11-24T11:00:00Z")
	same(t, "F1 context", row.body["@odata.context"], e.url+"/v1.0/$metadata#groups")
	same(t, "F1 count without header", e.want(200, "GET", groups+"?$count=true", nil).body["@odata.count"], nil)
	same(t, "F1 count", e.want(200, "GET", groups+"?$count=true", nil, eventual...).body["@odata.count"], 2.0)
	same(t, "F1 $count", e.want(200, "GET", groups+"/$count", nil, eventual...).raw, "2")
	e.refused(400, "Request_BadRequest", "$count is not currently supported", "GET", groups+"/$count", nil)
	e.refused(400, "Request_UnsupportedQuery", "", "GET", groups+"?$orderby=deletedDateTime", nil)
	e.refused(400, "Request_UnsupportedQuery", "Searches against this resource are not supported. Only specific instances can be queried.", "GET", bin, nil)
	e.refused(400, "Request_BadRequest", "page size", "GET", groups+"?$top=1000", nil)
	e.want(404, "GET", bin+"/"+live, nil)
}

// TestVersionsOfBin: Conditional Access has its bin in v1.0 and in beta.
func TestVersionsOfBin(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"/v1.0", "/beta"} {
		t.Run("F5 "+version, func(t *testing.T) {
			e := newTenant(t)
			of := func(path string) string { return strings.Replace(path, "/v1.0", version, 1) }
			made := e.want(201, "POST", of(policies), policy("state", "enabled", "conditions.users.excludeUsers", []any{e.user("u")})).body
			p, l := made["id"].(string), e.location("l", true)
			e.want(204, "DELETE", of(policies)+"/"+p, nil)
			e.want(400, "DELETE", of(locations)+"/"+l, nil)
			e.want(204, "PATCH", of(locations)+"/"+l, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false})
			e.want(204, "DELETE", of(locations)+"/"+l, nil)
			e.refused(404, "ResourceNotFound", "ConditionalAccessPolicy with id "+p+" does not exist", "GET", of(policies)+"/"+p, nil)
			e.refused(404, "ResourceNotFound", "NamedLocation with id "+l+" does not exist", "GET", of(locations)+"/"+l, nil)
			binned := e.want(200, "GET", of(caBin)+"/policies/"+p, nil).body
			same(t, "binned", fmt.Sprint(binned["state"], binned["deletedDateTime"]), "enabled2026-11-24T10:00:00Z")
			same(t, "listed", e.want(200, "GET", of(caBin)+"/policies", nil).ids(), []string{p})
			a := e.want(200, "POST", of(caBin)+"/policies/"+p+"/restore", nil)
			same(t, "restored", fmt.Sprint(a.id() == p, a.body["state"], a.body["deletedDateTime"], a.body["conditions"]), fmt.Sprint(true, "enabled", nil, made["conditions"]))
			same(t, "context", a.body["@odata.context"], e.url+version+"/$metadata#microsoft.graph.conditionalAccessPolicy")
			back := e.want(200, "POST", of(caBin)+"/namedLocations/"+l+"/restore", nil).body
			same(t, "location", fmt.Sprint(back["id"] == l, back["isTrusted"]), "true false")
			e.refused(404, "ResourceNotFound", p, "POST", of(caBin)+"/policies/"+p+"/restore", nil)
			e.refused(404, "ResourceNotFound", l, "DELETE", of(caBin)+"/namedLocations/"+l, nil)
		})
	}
}

// TestNewIDs: what was purged comes back under another id, except where the client chose
// the key or every tenant has the same.
func TestNewIDs(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	purged := func(path, inBin string, body object) (old, fresh string) {
		old = e.want(201, "POST", path, body).id()
		e.want(204, "DELETE", path+"/"+old, nil)
		if inBin != "" {
			e.want(204, "DELETE", inBin+"/"+old, nil)
		}
		return old, e.want(201, "POST", path, body).id()
	}
	for _, c := range []struct {
		name, path, bin string
		body            object
	}{
		{"F6 policy", policies, caBin + "/policies", policy()},
		{"F6 location", locations, caBin + "/namedLocations", ipLocation()},
		{"F6 strength", strengths, "", object{"displayName": "S", "allowedCombinations": []any{"fido2"}}},
		{"F6 group", "/v1.0/groups", bin, object{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "uniqueName": "g"}},
		{"F6 application", "/v1.0/applications", bin, object{"displayName": "a"}},
	} {
		if old, fresh := purged(c.path, c.bin, c.body); old == fresh {
			t.Errorf("%s: the id %s came back", c.name, old)
		}
	}
	other := newTenant(t)
	for _, path := range []string{strengths, "/v1.0/directoryRoleTemplates"} {
		one := e.want(200, "GET", path, nil).ids()
		for _, id := range other.want(200, "GET", path, nil).ids() {
			if !slices.Contains(one, id) {
				t.Errorf("F6 %s of %s is another in another tenant", id, path)
			}
		}
	}
	app := "/v1.0/applications/" + e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id() + "/federatedIdentityCredentials(name='ci-one')"
	body := object{"issuer": "https://i.example.org", "subject": "s", "audiences": []any{"a"}}
	e.want(201, "PATCH", app, body, "Prefer", "create-if-missing")
	e.want(204, "DELETE", app, nil)
	e.want(201, "PATCH", app, body, "Prefer", "create-if-missing")
	e.want(200, "GET", app, nil)
}

// TestStatuses: which success has a body.
func TestStatuses(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("u")
	g := "/v1.0/groups/" + e.group("g")
	app := "/v1.0/applications/" + e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id()
	strength := strengths + "/" + e.want(201, "POST", strengths, object{"displayName": "S", "allowedCombinations": []any{"fido2"}}).id()
	p := e.want(201, "POST", policies, policy()).id()
	ref := object{"@odata.id": "$host/v1.0/users/" + u}
	for _, c := range []struct {
		name         string
		status       int
		method, path string
		body         any
	}{
		{"F9 POST", 201, "POST", units, object{"displayName": "U"}},
		{"F9 POST members/$ref", 204, "POST", g + "/members/$ref", ref},
		{"F9 DELETE members/$ref", 204, "DELETE", g + "/members/" + u + "/$ref", nil},
		{"F9 PATCH", 204, "PATCH", g, object{"displayName": "h"}},
		{"F9 PATCH of a policy", 204, "PATCH", policies + "/" + p, object{"state": "enabled"}},
		{"F9 DELETE", 204, "DELETE", policies + "/" + p, nil},
		{"F9 restore", 200, "POST", caBin + "/policies/" + p + "/restore", nil},
		{"F9 addPassword", 200, "POST", app + "/addPassword", object{}},
		{"F9 updateAllowedCombinations", 200, "POST", strength + "/updateAllowedCombinations", object{"allowedCombinations": []any{"fido2"}}},
		{"F9 PUT of a logo", 204, "PUT", app + "/logo", "GIF89a"},
		{"F9 getByIds", 200, "POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{u}}},
		{"F9 DELETE of a group", 204, "DELETE", g, nil},
		{"F9 restore of a group", 200, "POST", strings.Replace(g, "/groups", "/directory/deletedItems", 1) + "/restore", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{}
			if c.method == "PUT" {
				headers = []string{"Content-Type", "image/gif"}
			}
			a := (&tenant{e.Tenant, t, e.url}).want(c.status, c.method, c.path, c.body, headers...)
			if (a.raw == "") != (c.status == 204) {
				t.Errorf("%d with %q", a.status, a.raw)
			}
			if (a.header.Get("Location") != "") != (c.status == 201) {
				t.Errorf("%d with Location %q", a.status, a.header.Get("Location"))
			}
		})
	}
}

// TestPatchOfPolicies: what a PATCH replaces, and what it refuses.
func TestPatchOfPolicies(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	l := e.location("l", false)
	p := policies + "/" + e.want(201, "POST", policies, policy("conditions.locations", object{"includeLocations": []any{"All"}, "excludeLocations": []any{l}}, "conditions.clientAppTypes", []any{"browser"})).id()
	t.Run("F8 204 and an empty answer", func(t *testing.T) {
		same(t, "body", e.want(204, "PATCH", p, object{"displayName": "x"}).raw, "")
	})
	t.Run("F8 a nested object is replaced whole", func(t *testing.T) {
		e.want(204, "PATCH", p, object{"conditions": object{"applications": object{"includeApplications": []any{"All"}}, "users": object{"includeUsers": []any{"None"}}}})
		got := e.want(200, "GET", p, nil).body
		same(t, "locations", at(got, "conditions.locations"), nil)
		same(t, "clientAppTypes", at(got, "conditions.clientAppTypes"), []any{"all"})
		same(t, "what was left out", at(got, "grantControls.builtInControls"), []any{"mfa"})
	})
	conditions := func(more ...any) object { return object{"conditions": with(policy(), more...)["conditions"]} }
	for name, c := range map[string]struct {
		body any
		part string
	}{
		"F8 null for a nested object": {conditions("conditions.clientApplications", nil), "1007: "},
		"F8 scalar for a list":        {conditions("conditions.users.includeUsers", "All"), "1007: "},
		"F8 missing location":         {conditions("conditions.locations", object{"includeLocations": []any{nobody}}), "1040: NamedLocation with id " + nobody},
		"F8 no GUID":                  {conditions("conditions.users.excludeGroups", []any{"x"}), "1054: Invalid group value: x."},
		"F8 an answer sent back":      {e.want(200, "GET", p, nil).body, "1007: "},
	} {
		t.Run(name, func(t *testing.T) {
			(&tenant{e.Tenant, t, e.url}).refused(400, "BadRequest", c.part, "PATCH", p, c.body)
		})
	}
}
