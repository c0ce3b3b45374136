package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

func TestPaging(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.want(200, "POST", "/_emulator/generate", object{"users": 250, "groups": 3})
	var pages []int
	seen := map[string]bool{}
	first := ""
	for next := "/v1.0/users?$select=id"; next != ""; {
		a := e.want(200, "GET", next, nil)
		pages = append(pages, len(a.ids()))
		for _, id := range a.ids() {
			seen[id] = true
		}
		next, _ = a.body["@odata.nextLink"].(string)
		if first == "" {
			first = next
		}
	}
	same(t, "pages", pages, []int{100, 100, 50})
	same(t, "objects", len(seen), 250)
	if !strings.HasPrefix(first, e.url+"/v1.0/users?") || !strings.Contains(first, "$select=id") {
		t.Errorf("nextLink %s", first)
	}
	expired := "Directory_ExpiredPageToken"
	e.refused(400, expired, "", "GET", strings.Replace(first, "select=id", "select=displayName", 1), nil)
	e.refused(400, expired, "", "GET", "/v1.0/users?$skiptoken=abc", nil)
	e.refused(400, expired, "", "GET", strings.Replace(first, "/v1.0/", "/beta/", 1), nil)
	same(t, "top", len(e.want(200, "GET", "/v1.0/users?$top=999", nil).ids()), 250)
	e.refused(400, "Request_BadRequest", "Invalid page size specified: '1000'", "GET", "/v1.0/users?$top=1000", nil)

	// An object that goes between two pages takes none of the others with it.
	a := e.want(200, "GET", "/v1.0/users?$top=10", nil)
	e.want(204, "DELETE", "/v1.0/users/"+a.ids()[9], nil)
	rest := e.want(200, "GET", a.body["@odata.nextLink"].(string)+"", nil)
	if slices.Contains(rest.ids(), a.ids()[8]) || len(rest.ids()) != 10 {
		t.Error("the second page overlaps the first")
	}
	down := e.want(200, "GET", "/v1.0/users?$orderby=displayName desc&$top=2&$select=displayName,id", nil)
	down = e.want(200, "GET", down.body["@odata.nextLink"].(string), nil)
	same(t, "third from the end", down.body["value"].([]any)[0].(object)["displayName"], "User 00247")
}

func TestQueries(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	a, b := e.group("Alpha", "description", "it's"), e.group("Beta", "groupTypes", []any{"Unified"}, "mailEnabled", true)
	eventual := []string{"ConsistencyLevel", "eventual"}
	for query, want := range map[string][]string{
		"$filter=displayName eq 'alpha'":                          {a},
		"$filter=description eq 'it''s'":                          {a},
		"$filter=startswith(displayName,'be')":                    {b},
		"$filter=mailEnabled eq true and securityEnabled eq true": {b},
		"$filter=mailEnabled eq false or displayName eq 'Beta'":   {a, b},
		"$filter=id in ('" + a + "','" + nobody + "')":            {a},
		"$filter=groupTypes/any(c:c eq 'Unified')":                {b},
		"$filter=not (displayName eq 'Alpha')&$count=true":        {b},
		"$filter=displayName ne 'Alpha'&$count=true":              {b},
		"$filter=displayName ne null&$count=true":                 {a, b},
		"$orderby=displayName desc&$top=1":                        {b},
	} {
		got := e.want(200, "GET", "/v1.0/groups?"+query, nil, eventual...).ids()
		slices.Sort(got)
		slices.Sort(want)
		same(t, query, got, want)
	}
	for query, code := range map[string]string{
		"$filter=displayName ne 'Alpha'":                  "Request_UnsupportedQuery",
		"$filter=displayName eq 'A'&$orderby=displayName": "Request_UnsupportedQuery",
		"$filter=colour eq 'red'":                         "BadRequest",
		"$filter=displayName":                             "BadRequest",
		"$filter=displayName eq":                          "BadRequest",
		"$filter=displayName eq 'A' xor id eq 'b'":        "BadRequest",
		"$filter=contains(displayName,'A')":               "Request_UnsupportedQuery",
		"$filter=displayName eq 'A":                       "BadRequest",
		"$select=colour":                                  "BadRequest",
		"$expand=colour":                                  "BadRequest",
		"$expand=settings":                                "Request_UnsupportedQuery",
		"$skip=1":                                         "Request_BadRequest",
		"$search=\"displayName:A\"":                       "Request_UnsupportedQuery",
		"$top=0":                                          "Request_BadRequest",
	} {
		e.refused(400, code, "", "GET", "/v1.0/groups?"+query, nil)
	}
	row := e.want(200, "GET", "/v1.0/groups?$select=displayName,id", nil).body["value"].([]any)[0].(object)
	same(t, "selected", len(row), 2)
	same(t, "no count", e.want(200, "GET", "/v1.0/groups?$count=true", nil).body["@odata.count"], nil)
	same(t, "count", e.want(200, "GET", "/v1.0/groups?$count=true", nil, eventual...).body["@odata.count"], 2.0)
	same(t, "$count", e.want(200, "GET", "/v1.0/groups/$count", nil, eventual...).raw, "2")
	e.want(201, "POST", policies, policy())
	same(t, "policies by state", len(e.want(200, "GET", policies+"?$filter=state eq 'disabled'", nil).ids()), 1)
	e.refused(400, "Request_UnsupportedQuery", "", "GET", policies+"?$filter=createdDateTime ge 2020-01-01T00:00:00Z", nil)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	set := func(f object) { e.want(200, "POST", "/_emulator/faults", f) }
	set(object{"status": 503, "times": 2, "match": "POST /v1.0/groups", "retryAfter": "1500ms"})
	body := object{"displayName": "A", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true}
	for range 2 {
		a := e.want(503, "POST", "/v1.0/groups", body)
		same(t, "Retry-After", a.header.Get("Retry-After"), "2")
		e.want(200, "GET", "/v1.0/groups", nil)
	}
	g := e.want(201, "POST", "/v1.0/groups", body).id()
	set(object{"status": 403, "match": "* /v1.0/groups/{id}"})
	e.refused(403, "Authorization_RequestDenied", "", "PATCH", "/v1.0/groups/"+g, object{"displayName": "x"})
	set(object{"status": 403, "match": "GET /v1.0/identity"})
	e.refused(403, "AccessDenied", "", "GET", policies, nil)
	set(object{"status": 429, "every": 3, "match": ""})
	var got []int
	for range 6 {
		got = append(got, e.do("GET", "/v1.0/groups", nil).status)
	}
	same(t, "every third", got, []int{200, 200, 429, 200, 200, 429})
	e.want(200, "DELETE", "/_emulator/faults", nil)
	same(t, "throttled", e.want(200, "GET", "/_emulator/stats", nil).body["throttled"], 2.0)
	set(object{"status": 429, "times": 1, "match": "GET /v1.0/users"})
	a := e.want(200, "POST", "/v1.0/$batch", object{"requests": []any{object{"id": "1", "method": "GET", "url": "/users"}, object{"id": "2", "method": "GET", "url": "/users"}}})
	same(t, "parts", a.statuses(), map[string]int{"1": 429, "2": 200})
	set(object{"dropConnection": true})
	req, _ := http.NewRequest("GET", e.url+"/v1.0/groups", nil)
	req.Header.Set("Authorization", "Bearer "+e.Token())
	if resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("the connection was not dropped: %d", resp.StatusCode)
	}
	e.want(400, "POST", "/_emulator/faults", object{"status": 200})
	e.want(400, "POST", "/_emulator/faults", object{"status": 500, "match": "groups"})
	e.want(400, "POST", "/_emulator/faults", object{"colour": "red"})
}

func TestGenerate(t *testing.T) {
	t.Parallel()
	sizes := object{"users": 60, "groups": 40, "membersPerGroup": 4, "policies": 24, "namedLocations": 9, "applications": 5, "administrativeUnits": 3}
	read := func() (string, *tenant) {
		e := newTenant(t, emulator.WithTenantID("11111111-1111-4111-8111-111111111111"))
		e.want(200, "POST", "/_emulator/generate", sizes)
		var all strings.Builder
		for _, path := range []string{"users", "groups", "applications", "servicePrincipals", "directory/administrativeUnits", "identity/conditionalAccess/policies", "identity/conditionalAccess/namedLocations"} {
			all.WriteString(strings.ReplaceAll(e.want(200, "GET", "/v1.0/"+path+"?$top=999", nil).raw, e.url, ""))
		}
		return all.String(), e
	}
	one, e := read()
	two, _ := read()
	if one != two {
		t.Error("two tenants of the same quantities differ")
	}
	recreate(t, e)
	e.want(400, "POST", "/_emulator/generate", sizes)
}

// TestDefaultSets holds the emulator's own lists of properties against the metadata.
func TestDefaultSets(t *testing.T) {
	t.Parallel()
	for typ, names := range emulator.PropertyLists() {
		for _, name := range names {
			known := false
			for _, candidate := range metadata.Names() {
				if mt, _ := metadata.Lookup(candidate); metadata.IsA(candidate, typ) {
					_, has := mt.Property(name)
					known = known || has
				}
			}
			if !known {
				t.Errorf("%s has no property %s", typ, name)
			}
		}
	}
}

// TestConcurrentClients is for the race detector.
func TestConcurrentClients(t *testing.T) {
	t.Parallel()
	e := emulator.New()
	done := make(chan bool)
	for i := range 8 {
		go func() {
			for range 20 {
				for _, r := range []*http.Request{
					httptest.NewRequest("POST", "/v1.0/groups", strings.NewReader(`{"displayName":"A","mailEnabled":false,"mailNickname":"a","securityEnabled":true}`)),
					httptest.NewRequest("GET", "/v1.0/groups", nil),
					httptest.NewRequest("GET", "/_emulator/stats", nil),
				} {
					r.Header.Set("Authorization", "Bearer "+e.Token())
					e.ServeHTTP(httptest.NewRecorder(), r)
				}
			}
			done <- i >= 0
		}()
	}
	for range 8 {
		<-done
	}
	if got := e.Stats()["total"]; got != 320 {
		t.Errorf("%v requests counted, want 320", got)
	}
}
