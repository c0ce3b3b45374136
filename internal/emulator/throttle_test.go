package emulator_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// The documented limits, to the unit. The clock stands still unless a test moves it, so
// a quota is what fits into one instant.

// spend sends batches of 20 until so many parts were answered, and tells how many of them
// were not 429, and the first that was.
func (e *tenant) spend(parts int, method, url string, body any) (passed int, refused object) {
	e.t.Helper()
	for sent := 0; sent < parts; {
		var requests []any
		for ; len(requests) < 20 && sent < parts; sent++ {
			part := object{"id": strconv.Itoa(sent), "method": method, "url": url}
			if body != nil {
				part["body"], part["headers"] = body, object{"Content-Type": "application/json"}
			}
			requests = append(requests, part)
		}
		// The outer answer is 200 whatever befalls the parts.
		for _, r := range e.want(200, "POST", "/v1.0/$batch", object{"requests": requests}).body["responses"].([]any) {
			switch answer := r.(object); {
			case answer["status"] != float64(http.StatusTooManyRequests):
				passed++
			case refused == nil:
				refused = answer
			}
		}
	}
	return passed, refused
}

func TestResourceUnits(t *testing.T) {
	for name, c := range map[string]struct {
		method, path string
		body         any
		units        string
	}{
		"F13 users cost 2":                  {"GET", "/v1.0/users", nil, "2"},
		"F13 $select takes 1 off":           {"GET", "/v1.0/users?$select=id", nil, "1"},
		"F13 $top under 20 takes 1 off":     {"GET", "/v1.0/users?$top=19", nil, "1"},
		"F13 $top of 20 does not":           {"GET", "/v1.0/users?$top=20", nil, "2"},
		"F13 never less than 1":             {"GET", "/v1.0/users?$top=1&$select=id", nil, "1"},
		"F13 groups cost 1":                 {"GET", "/v1.0/groups", nil, "1"},
		"F13 $expand costs 1 more":          {"GET", "/v1.0/groups?$expand=members", nil, "2"},
		"F13 applications cost 2":           {"GET", "/beta/applications", nil, "2"},
		"F13 one application costs 1":       {"GET", "/v1.0/applications/" + nobody, nil, "1"},
		"F13 members cost 3":                {"GET", "/v1.0/groups/" + nobody + "/members", nil, "3"},
		"F13 members by cast cost 3":        {"GET", "/v1.0/groups/" + nobody + "/members/microsoft.graph.user", nil, "3"},
		"F13 transitiveMembers cost 5":      {"GET", "/v1.0/groups/" + nobody + "/transitiveMembers", nil, "5"},
		"F13 memberOf of a user costs 2":    {"GET", "/v1.0/users/" + nobody + "/memberOf", nil, "2"},
		"F13 getByIds costs 3":              {"POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{nobody}}, "3"},
		"F13 a write costs 1":               {"PATCH", "/v1.0/groups/" + nobody, object{}, "1"},
		"F13 Conditional Access tells none": {"GET", policies, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newTenant(t, emulator.WithDocumentedThrottling()).do(c.method, c.path, c.body)
			same(t, "x-ms-resource-unit", a.header.Get("x-ms-resource-unit"), c.units)
			if a.status == http.StatusTooManyRequests {
				t.Error(a.raw)
			}
		})
	}
}

func TestDirectoryQuota(t *testing.T) {
	for name, c := range map[string]struct{ users, quota int }{
		"F13 S": {49, 3500}, "F13 M": {50, 5000}, "F13 M to 500": {500, 5000}, "F13 L": {501, 8000},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t, emulator.WithDocumentedThrottling())
			e.want(200, "POST", "/_emulator/generate", object{"users": c.users})
			const cost = 5
			passed, refused := e.spend(c.quota/cost+5, "GET", "/groups/"+nobody+"/transitiveMembers", nil)
			same(t, "parts before the first 429", passed, c.quota/cost)
			header, _ := refused["headers"].(object)
			scope, _ := header["X-Ms-Throttle-Scope"].(string)
			if parts := strings.Split(scope, "/"); len(parts) != 4 || parts[0]+"/"+parts[1] != "Tenant_Application/ReadWrite" || parts[3] != e.TenantID() {
				t.Errorf("x-ms-throttle-scope: %q", scope)
			}
			same(t, "x-ms-throttle-information", header["X-Ms-Throttle-Information"], "ResourceUnitLimitExceeded")
			same(t, "Retry-After", header["Retry-After"], "1")
			same(t, "error.code", at(refused, "body.error.code"), "TooManyRequests")
			same(t, "throttled", e.want(200, "GET", "/_emulator/stats", nil).body["throttled"], 5.0)
			e.later(10 * time.Second)
			if passed, _ := e.spend(20, "GET", "/groups", nil); passed != 20 {
				t.Errorf("ten seconds later %d of 20 pass", passed)
			}
		})
	}
}

// The header tells the share of the quota that is used, once it is above 0.8. A refused
// request counts, and what was refused must be waited out.
func TestDirectoryUsage(t *testing.T) {
	e := newTenant(t, emulator.WithDocumentedThrottling())
	const url = "/groups/" + nobody + "/transitiveMembers"
	for _, step := range []struct {
		parts int
		usage string
	}{{560, ""}, {1, "0.80"}, {138, "1.00"}, {140, "1.20"}, {600, "1.80"}} {
		e.spend(step.parts-1, "GET", url, nil)
		a := e.do("GET", "/v1.0"+url, nil)
		same(t, fmt.Sprintf("usage after %d more", step.parts), a.header.Get("x-ms-throttle-limit-percentage"), step.usage)
	}
	a := e.do("GET", "/v1.0/groups", nil)
	seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != 429 || seconds != 9 { // 0.8 of the quota, at a tenth of it a second, and this request
		t.Fatalf("%d, Retry-After %d", a.status, seconds)
	}
	e.later(time.Duration(seconds) * time.Second)
	e.want(200, "GET", "/v1.0/groups", nil)
}

func TestWriteQuotas(t *testing.T) {
	for name, c := range map[string]struct {
		method, url string
		body        object
		quota       int
		window      time.Duration
	}{
		"F13 3000 writes in 150 s":           {"PATCH", "/groups/" + nobody, object{}, 3000, 150 * time.Second},
		"F13 getByIds is none":               {"POST", "/directoryObjects/getByIds", object{"ids": []any{nobody}}, 3500 / 3, 10 * time.Second},
		"F13 personal accounts: 60 a minute": {"POST", "/applications", object{"displayName": "x"}, 60, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t, emulator.WithDocumentedThrottling())
			passed, refused := e.spend(c.quota+1, c.method, c.url, c.body)
			same(t, "parts before the first 429", passed, c.quota)
			information := at(refused, "headers.X-Ms-Throttle-Information")
			if c.quota == 3500/3 {
				same(t, "reason", information, "ResourceUnitLimitExceeded")
			} else {
				same(t, "reason", information, "WriteLimitExceeded")
				e.want(200, "GET", "/v1.0/groups", nil) // reads go on
			}
			e.later(c.window)
			if passed, _ := e.spend(1, c.method, c.url, c.body); passed != 1 {
				t.Error("still refused when the window is over")
			}
		})
	}
}

func TestConditionalAccessQuota(t *testing.T) {
	e := newTenant(t, emulator.WithDocumentedThrottling())
	for _, path := range []string{policies, locations, strengths, caBin + "/policies", "/beta/identity/conditionalAccess/policies"} {
		t.Run("F13 one request a second "+path, func(t *testing.T) {
			e.later(time.Second)
			e.want(200, "GET", path, nil)
			a := e.want(429, "POST", policies, policy())
			for _, name := range []string{"Retry-After", "x-ms-throttle-scope", "x-ms-resource-unit"} {
				same(t, name, a.header.Get(name), "")
			}
			e.later(999 * time.Millisecond)
			e.want(429, "GET", locations, nil)
			e.later(time.Millisecond)
			e.want(200, "GET", path, nil) // what was refused did not count
			e.want(200, "GET", "/v1.0/groups", nil)
		})
	}
	t.Run("F13 batch per-item 429", func(t *testing.T) {
		e.later(time.Second)
		passed, refused := e.spend(20, "GET", "/identity/conditionalAccess/policies", nil)
		same(t, "parts that pass", passed, 1)
		if _, has := refused["headers"].(object)["Retry-After"]; has {
			t.Error("a part has a Retry-After")
		}
	})
}

func TestThrottlingOptions(t *testing.T) {
	const url = "/groups/" + nobody + "/transitiveMembers"
	t.Run("F13 429 without Retry-After", func(t *testing.T) {
		e := newTenant(t, emulator.WithDocumentedThrottling(), emulator.WithoutRetryAfter())
		e.spend(700, "GET", url, nil)
		a := e.want(429, "GET", "/v1.0"+url, nil)
		same(t, "Retry-After", a.header.Get("Retry-After"), "")
		same(t, "reason", a.header.Get("x-ms-throttle-information"), "ResourceUnitLimitExceeded")
	})
	t.Run("F13 --speed shortens the windows", func(t *testing.T) {
		e := newTenant(t, emulator.WithDocumentedThrottling(), emulator.WithSpeed(20))
		e.spend(1300, "GET", url, nil) // far above: nine seconds at Microsoft's speed
		same(t, "Retry-After", e.want(429, "GET", "/v1.0"+url, nil).header.Get("Retry-After"), "1")
		e.later(500 * time.Millisecond)
		e.want(404, "GET", "/v1.0"+url, nil)
		e.want(200, "GET", policies, nil)
		e.later(50 * time.Millisecond)
		e.want(200, "GET", policies, nil)
	})
	t.Run("F13 without throttling", func(t *testing.T) {
		e := newTenant(t)
		passed, _ := e.spend(4000, "GET", "/users", nil)
		same(t, "parts that pass", passed, 4000)
	})
}

// Whose quota it is: the reports and the directory count by application, Conditional
// Access counts all applications together.
func TestWhoseQuota(t *testing.T) {
	for name, c := range map[string]struct {
		pattern    string
		quota      int
		retryAfter string
		shared     bool
	}{
		"F13 directoryAudits: 5 in 10 s": {"/auditLogs/directoryAudits", 5, "10", false},
		"F13 one audit record":           {"/auditLogs/directoryAudits/{id}", 5, "10", false},
		"F13 directory":                  {"/groups", 3500, "1", false},
		"F13 Conditional Access":         {"/identity/conditionalAccess/policies", 1, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t, emulator.WithDocumentedThrottling())
			for i := range c.quota {
				if status, _ := e.Throttle("GET", c.pattern, "one"); status != 0 {
					t.Fatalf("request %d: %d", i+1, status)
				}
			}
			status, after := e.Throttle("GET", c.pattern, "one")
			same(t, "the next one", []any{status, after}, []any{429, c.retryAfter})
			other, _ := e.Throttle("GET", c.pattern, "another")
			same(t, "of another application", other == 429, c.shared)
			e.later(10 * time.Second)
			status, _ = e.Throttle("GET", c.pattern, "one")
			same(t, "ten seconds later", status, 0)
		})
	}
	t.Run("F13 18000 writes in 5 minutes of all applications", func(t *testing.T) {
		e := newTenant(t, emulator.WithDocumentedThrottling())
		for i := range 18_000 {
			if status, _ := e.Throttle("PATCH", "/groups/{id}", strconv.Itoa(i/2500)); status != 0 {
				t.Fatalf("write %d: %d", i+1, status)
			}
		}
		status, _ := e.Throttle("PATCH", "/groups/{id}", "newcomer")
		same(t, "the next write", status, 429)
		status, _ = e.Throttle("GET", "/groups/{id}", "newcomer")
		same(t, "a read", status, 0)
	})
}
