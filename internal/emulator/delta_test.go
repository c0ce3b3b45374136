package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// round follows the links of a delta query to its end: the rows, the deltaLink, the pages.
func (e *tenant) round(link string, headers ...string) (rows []object, deltaLink string, pages int) {
	e.t.Helper()
	for {
		a := e.want(200, "GET", link, nil, headers...)
		pages++
		for _, r := range a.body["value"].([]any) {
			rows = append(rows, r.(object))
		}
		next, more := a.body["@odata.nextLink"].(string)
		deltaLink, _ = a.body["@odata.deltaLink"].(string)
		if more == (deltaLink != "") {
			e.t.Fatalf("%s: a nextLink or a deltaLink must stand there, not both: %s", link, a.raw)
		}
		if !more {
			return rows, deltaLink, pages
		}
		link = next
	}
}

// told writes rows in short: names, what was removed and why, links with + and -.
func told(rows []object, names map[string]string) []string {
	name := func(id any) string {
		if n := names[id.(string)]; n != "" {
			return n
		}
		return id.(string)
	}
	out := []string{}
	for _, r := range rows {
		line := name(r["id"])
		if removed, gone := r["@removed"].(object); gone {
			line += " " + removed["reason"].(string)
		}
		for _, relation := range []string{"members", "owners"} {
			var links []string
			list, _ := r[relation+"@delta"].([]any)
			for _, l := range list {
				sign := "+"
				if removed, gone := l.(object)["@removed"].(object); gone {
					sign = "-"
					if removed["reason"] != "deleted" {
						sign = "?"
					}
				}
				links = append(links, sign+name(l.(object)["id"]))
			}
			slices.Sort(links)
			for _, l := range links {
				line += " " + relation[:1] + l
			}
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func TestDelta(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	names := map[string]string{}
	as := func(name, id string) string { names[id] = name; return id }
	ann, bob := as("ann", e.user("ann")), as("bob", e.user("bob"))
	ref := func(id string) object { return object{"@odata.id": "$host/v1.0/directoryObjects/" + id} }
	g := as("g", e.group("g", "description", "d", "members@odata.bind", []any{"$host/v1.0/users/" + ann}, "owners@odata.bind", []any{"$host/v1.0/users/" + bob}))
	h := as("h", e.group("h"))
	rows, link, _ := e.round("/v1.0/groups/delta()")
	same(t, "F14 first round", told(rows, names), []string{"g m+ann", "h"})
	for _, r := range rows {
		if _, there := r["classification"]; there {
			t.Error("a property that was never set stands in a row")
		}
	}
	if !strings.HasPrefix(link, e.url+"/v1.0/groups/delta?$deltatoken=") {
		t.Error(link)
	}
	step := func(what string, want ...string) {
		t.Helper()
		rows, next, _ := e.round(link)
		same(t, what, told(rows, names), append([]string{}, want...))
		again, _, _ := e.round(link)
		same(t, "F14 replay of "+what, told(again, names), append([]string{}, want...))
		link = next
	}
	step("F14 nothing happened")
	e.want(204, "PATCH", "/v1.0/groups/"+h, object{"displayName": "h"})
	step("F14 a write of what stands there already")
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"description": nil})
	rows, _, _ = e.round(link)
	if v, there := rows[0]["description"]; !there || v != nil || rows[0]["displayName"] != "g" {
		t.Errorf("F14 a cleared property must be null: %v", rows[0])
	}
	step("F14 an update", "g")
	i := as("i", e.group("i"))
	e.want(204, "POST", "/v1.0/groups/"+g+"/members/$ref", ref(bob))
	e.want(204, "DELETE", "/v1.0/groups/"+g+"/members/"+ann+"/$ref", nil)
	e.want(204, "POST", "/v1.0/groups/"+h+"/members/$ref", ref(g))
	step("F14 new group and links", "g m+bob m-ann", "h m+g", "i")
	e.want(204, "POST", "/v1.0/groups/"+g+"/owners/$ref", ref(ann))
	step("F14 owners that nobody asked for")
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	step("F14 soft-deleted", "g changed", "h m-g")
	e.want(200, "POST", bin+"/"+g+"/restore", nil)
	step("F14 restored as an ordinary row", "g m+bob", "h m+g")
	e.want(204, "DELETE", "/v1.0/groups/"+i, nil)
	e.want(204, "DELETE", bin+"/"+i, nil)
	step("F14 purged", "i deleted")
	e.want(204, "DELETE", "/v1.0/users/"+bob, nil)
	step("F14 a member in the bin", "g m-bob")
	e.advance("744h")
	e.refused(410, "syncStateNotFound", "", "GET", link, nil)
}

func TestDeltaOptions(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	names := map[string]string{}
	g, h := e.group("g"), e.group("h")
	names[g], names[h] = "g", "h"
	u := e.user("u")
	names[u] = "u"
	_, latest, pages := e.round("/v1.0/groups/delta?$deltatoken=latest")
	same(t, "F14 latest is empty", pages, 1)
	_, picked, _ := e.round("/v1.0/groups/delta()?$select=displayName,members")
	rows, one, _ := e.round("/v1.0/groups/delta?$filter=id eq '" + g + "' or id eq '" + nobody + "'")
	same(t, "F14 scoped", told(rows, names), []string{"g"})
	_, minimal, _ := e.round("/v1.0/groups/microsoft.graph.delta()")

	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"description": "new"})
	e.want(204, "PATCH", "/v1.0/groups/"+h, object{"displayName": "h2"})
	e.want(204, "POST", "/v1.0/groups/"+g+"/members/$ref", object{"@odata.id": "$host/v1.0/users/" + u})
	rows, _, _ = e.round(latest)
	same(t, "F14 since latest", told(rows, names), []string{"g m+u", "h"})
	rows, _, _ = e.round(one)
	same(t, "F14 scope in the token", told(rows, names), []string{"g m+u"})
	rows, _, _ = e.round(picked)
	same(t, "F14 selected", told(rows, names), []string{"g m+u", "h"})
	for _, r := range rows {
		if _, there := r["description"]; there {
			t.Error("F14 a property that was not selected stands there")
		}
	}
	rows, next, _ := e.round(minimal, "Prefer", "return=minimal")
	for _, r := range rows {
		if r["id"] == h {
			same(t, "F14 minimal", fmt.Sprint(r), fmt.Sprint(object{"id": h, "displayName": "h2"}))
		}
	}
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"description": "newer"})
	rows, _, _ = e.round(next + "&$select=displayName")
	same(t, "F14 another selection", told(rows, names), []string{})

	const bad, query = "Request_BadRequest", "Request_UnsupportedQuery"
	for _, c := range []struct {
		name, path, code string
		headers          []string
	}{
		{"F14 top", "/v1.0/groups/delta?$top=5", bad, nil},
		{"F14 orderby", "/v1.0/groups/delta?$orderby=displayName", bad, nil},
		{"F14 expand", "/v1.0/groups/delta?$expand=members", bad, nil},
		{"F14 filter", "/v1.0/groups/delta?$filter=displayName eq 'g'", query, nil},
		{"F14 filter and", "/v1.0/groups/delta?$filter=id eq 'g' and id eq 'h'", query, nil},
		{"F14 filter by type", "/v1.0/groups/delta?$filter=isof('microsoft.graph.group')", query, nil},
		{"F14 51 ids", "/v1.0/groups/delta?$filter=id eq 'x'" + strings.Repeat(" or id eq 'x'", 50), query, nil},
		{"F14 unknown property", "/v1.0/groups/delta?$select=colour", "BadRequest", nil},
		{"F14 no token", "/v1.0/groups/delta?$deltatoken=abc", bad, nil},
		{"F14 two tokens", latest + "&$skiptoken=abc", bad, nil},
		{"F14 token of another collection", strings.Replace(latest, "/groups/", "/users/", 1), bad, nil},
		{"F14 token of another version", strings.Replace(latest, "/v1.0/", "/beta/", 1), bad, nil},
		{"F14 deltaLink as nextLink", strings.Replace(latest, "deltatoken", "skiptoken", 1), bad, nil},
		{"F14 changed filter", latest + "&$filter=id eq 'x'", bad, nil},
		{"F14 all objects", "/v1.0/directoryObjects/delta", query, nil},
		{"F14 unknown type", "/v1.0/directoryObjects/delta?$filter=isof('microsoft.graph.namedLocation')", query, nil},
		{"F14 policies", policies + "/delta()", "BadRequest", nil},
		{"F14 locations", locations + "/delta", "BadRequest", nil},
		{"F14 strengths", strengths + "/delta", "BadRequest", nil},
		{"F14 bin", bin + "/delta()", "BadRequest", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			(&tenant{e.Tenant, t, e.url}).refused(400, c.code, "", "GET", c.path, nil, c.headers...)
		})
	}
	rows, _, _ = e.round("/v1.0/groups/delta?$deltatoken=")
	same(t, "F14 an empty token is a new start", len(rows), 2)
}

func TestDeltaOfTypes(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.want(200, "POST", "/_emulator/generate", object{"users": 250, "groups": 5, "membersPerGroup": 3, "applications": 2, "administrativeUnits": 2})
	for path, want := range map[string]int{"users": 250, "groups": 5, "applications": 2, "directory/administrativeUnits": 2, "administrativeUnits": 2, "directoryRoles": 1, "servicePrincipals": -1} {
		rows, link, pages := e.round("/v1.0/" + path + "/delta()")
		if want >= 0 {
			same(t, "F14 rows of "+path, len(rows), want)
			same(t, "F14 pages of "+path, pages, (want+99)/100)
		}
		e.round(link)
	}
	seen := map[string]bool{}
	rows, link, _ := e.round("/v1.0/directoryObjects/delta?$filter=isof('microsoft.graph.user') or isof('microsoft.graph.group')&$select=displayName")
	for _, r := range rows {
		seen[r["@odata.type"].(string)] = true
	}
	same(t, "F14 types of directoryObjects", fmt.Sprint(len(rows), seen), fmt.Sprint(255, map[string]bool{"#microsoft.graph.user": true, "#microsoft.graph.group": true}))
	app := e.want(200, "GET", "/v1.0/applications", nil).ids()[0]
	u := e.want(200, "GET", "/v1.0/users", nil).ids()[0]
	e.want(204, "PATCH", "/v1.0/applications/"+app, object{"displayName": "x"})
	e.want(204, "DELETE", "/v1.0/users/"+u, nil)
	rows, _, _ = e.round(link)
	if all := told(rows, nil); !slices.Contains(all, u+" changed") || slices.Contains(all, app) {
		t.Errorf("F14 types asked for: %v", all)
	}

	_, apps, _ := e.round("/v1.0/applications/delta")
	_, sps, _ := e.round("/v1.0/servicePrincipals/delta")
	e.want(200, "POST", "/v1.0/applications/"+app+"/addPassword", object{})
	rows, apps, _ = e.round(apps)
	same(t, "F14 a new secret", told(rows, nil), []string{app})
	e.want(204, "DELETE", "/v1.0/applications/"+app, nil)
	rows, _, _ = e.round(apps)
	same(t, "F14 application", told(rows, nil), []string{app + " changed"})
	rows, _, _ = e.round(sps)
	same(t, "F14 its service principal", len(rows), 1)
	same(t, "F14 reason", at(rows[0], "@removed"), object{"reason": "changed"})
}

// TestDeltaExpiry: a token lives seven days by the tenant's clock; a 410 names where to
// start anew.
func TestDeltaExpiry(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.group("g")
	_, link, _ := e.round("/v1.0/groups/delta")
	e.advance("167h")
	_, younger, _ := e.round(link)
	e.advance("1h")
	a := e.want(410, "GET", link, nil)
	same(t, "F14 code", a.code(), "syncStateNotFound")
	same(t, "F14 Location", a.header.Get("Location"), e.url+"/v1.0/groups/delta?$deltatoken=")
	rows, _, _ := e.round(a.header.Get("Location"))
	same(t, "F14 full again", len(rows), 1)
	e.round(younger)
}

// TestDeltaMemory: the log of changes is bounded; who asks for what was forgotten starts
// anew.
func TestDeltaMemory(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.group("g")
	if e.Changes() != 0 {
		t.Error("changes are noted before anybody asked")
	}
	_, link, _ := e.round("/v1.0/groups/delta")
	e.Touch(g, 120_000)
	if n := e.Changes(); n > 50_000 {
		t.Errorf("%d changes are kept", n)
	}
	e.refused(410, "syncStateNotFound", "", "GET", link, nil)
	_, link, _ = e.round("/v1.0/groups/delta")
	e.want(204, "PATCH", "/v1.0/groups/"+g, object{"displayName": "h"})
	rows, _, _ := e.round(link)
	same(t, "F14 after the reset", told(rows, nil), []string{g})
}
