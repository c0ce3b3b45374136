// Package fuzz_test sends the emulator what strangers can send. It stands apart from the
// emulator's other tests because those import Microsoft's typed client, which takes
// minutes to build with the instrumentation of a fuzz test:
//
//	go test ./internal/emulator/fuzz -run '^$' -fuzz FuzzRouter -fuzztime 10m
package fuzz_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// Whatever comes, the emulator does not panic, answers in JSON of Graph's shape, and never
// with a 5xx.

const (
	policies  = "/v1.0/identity/conditionalAccess/policies"
	locations = "/v1.0/identity/conditionalAccess/namedLocations"
)

// stranger is a small tenant that requests are sent to without a listener.
type stranger struct {
	*emulator.Tenant
	sent               int
	group, app, policy string
}

func newStranger(tb testing.TB) *stranger {
	tb.Helper()
	s := &stranger{}
	s.start()
	id := func(path string) string {
		var list struct {
			Value []struct{ ID string }
		}
		_, _, raw := s.send("GET", path, "", nil)
		if err := json.Unmarshal(raw, &list); err != nil || len(list.Value) == 0 {
			tb.Fatalf("%s: %v in %s", path, err, raw)
		}
		return list.Value[0].ID
	}
	s.group, s.app, s.policy = id("/v1.0/groups"), id("/v1.0/applications"), id(policies)
	return s
}

func (s *stranger) start() {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	s.Tenant = emulator.New(emulator.WithClock(func() time.Time { return at }), emulator.WithTenantID("11111111-1111-4111-8111-111111111111"), emulator.WithToken("stranger"))
	r := httptest.NewRequest("POST", "/_emulator/generate", strings.NewReader(`{"users":12,"groups":9,"membersPerGroup":3,"policies":7,"namedLocations":6,"applications":3,"administrativeUnits":2}`))
	s.ServeHTTP(httptest.NewRecorder(), r)
}

// send sends a request as it is; what no HTTP client could send is passed over with the
// status 0. Now and then it starts a new tenant, the same as the first, lest the old one
// grow without end.
func (s *stranger) send(method, target, body string, headers map[string]string) (status int, contentType string, raw []byte) {
	r, err := http.NewRequest(method, "http://graph.test"+target, strings.NewReader(body))
	if err != nil || !strings.HasPrefix(target, "/") || strings.HasPrefix(r.URL.Path, "/_emulator/") {
		return 0, "", nil
	}
	if s.sent++; s.sent%5000 == 0 {
		s.start()
	}
	r.Header.Set("Authorization", "Bearer "+s.Token())
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Content-Type"), w.Body.Bytes()
}

// check holds an answer to the shape that every answer has.
func check(tb testing.TB, status int, raw []byte, contentType string) {
	tb.Helper()
	switch {
	case status == 0:
		return
	case status < 200 || status >= 500:
		tb.Fatalf("status %d: %s", status, raw)
	case status == 204:
		if len(raw) > 0 {
			tb.Fatalf("204 with %q", raw)
		}
		return
	case status < 300 && !strings.HasPrefix(contentType, "application/json"):
		return // a $count, a logo
	}
	var answer map[string]any
	if err := json.Unmarshal(raw, &answer); err != nil {
		tb.Fatalf("%d: %v in %q", status, err, raw)
	}
	if status < 300 {
		return
	}
	e, _ := answer["error"].(map[string]any)
	inner, _ := e["innerError"].(map[string]any)
	code, isText := e["code"].(string)
	message, _ := e["message"].(string)
	if !isText || code == "" || message == "" || inner["date"] == nil || inner["request-id"] == nil || inner["client-request-id"] == nil {
		tb.Fatalf("%d without Graph's error shape: %s", status, raw)
	}
}

func (s *stranger) try(tb testing.TB, method, target, body string, headers map[string]string) {
	tb.Helper()
	status, contentType, raw := s.send(method, target, body, headers)
	check(tb, status, raw, contentType)
}

// fill puts ids of the tenant where a seed has marks for them.
func (s *stranger) fill(text string) string {
	return strings.NewReplacer("$group", s.group, "$app", s.app, "$policy", s.policy).Replace(text)
}

// requests are seeds for the router: every kind of address, key, option and body.
var requests = [][3]string{
	{"GET", "/v1.0/groups", ""}, {"GET", "/beta/groups/$group", ""}, {"GET", "/v1.0/groups('$group')", ""},
	{"GET", "/v1.0/groups(uniqueName='it''s')", ""}, {"GET", "/v1.0/groups(uniqueName='')", ""}, {"GET", "/v1.0/groups(", ""},
	{"GET", "/v1.0/groups()", ""}, {"GET", "/v1.0//groups//", ""}, {"GET", "/", ""}, {"GET", "/v1.0", ""}, {"GET", "/v1.0/", ""}, {"GET", "/v2.0/groups", ""},
	{"GET", "/v1.0/groups/%00", ""}, {"GET", "/v1.0/groups/%zz", ""}, {"GET", "/v1.0/groups/%2F", ""}, {"GET", "/v1.0/groups?%24select=id,displayName&$top=2", ""},
	{"GET", "/v1.0/groups?$top=1&$skiptoken=x.y", ""}, {"GET", "/v1.0/groups?$skiptoken=", ""}, {"GET", "/v1.0/groups?$expand=members($select=id)", ""},
	{"GET", "/v1.0/groups?$expand=members(", ""}, {"GET", "/v1.0/groups?$expand=(),", ""}, {"GET", "/v1.0/groups?$orderby=displayName desc", ""},
	{"GET", "/v1.0/groups?$search=\"displayName:a\" AND (\"mail:b\")&$count=true", ""}, {"GET", "/v1.0/groups?$search=\"a\\\"", ""},
	{"GET", "/v1.0/groups/$count?$filter=displayName ne 'x'", ""}, {"GET", "/v1.0/groups/$group/members/microsoft.graph.user/$count", ""},
	{"GET", "/v1.0/groups/$group/members/$ref?$top=1", ""}, {"GET", "/v1.0/groups/$group/transitiveMembers?$orderby=displayName&$count=true", ""},
	{"POST", "/v1.0/groups/$group/members/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/users/x"}`}, {"DELETE", "/v1.0/groups/$group/owners/x/$ref", ""},
	{"POST", "/v1.0/groups", `{"displayName":"A","mailEnabled":false,"mailNickname":"a","securityEnabled":true,"members@odata.bind":["x"]}`},
	{"PATCH", "/v1.0/groups/$group", `{"displayName":null,"groupTypes":["Unified"]}`}, {"PATCH", "/v1.0/groups(uniqueName='n')", `{"displayName":"x"}`},
	{"DELETE", "/v1.0/groups/$group", ""}, {"POST", "/v1.0/directory/deletedItems/$group/restore", ""}, {"GET", "/v1.0/directory/deletedItems/microsoft.graph.group", ""},
	{"GET", "/v1.0/directory/deletedItems", ""}, {"DELETE", "/v1.0/directory/deletedItems/$group", ""}, {"GET", "/v1.0/groups/delta()?$select=members", ""},
	{"GET", "/v1.0/groups/delta?$deltatoken=latest", ""}, {"GET", "/v1.0/groups/delta?$skiptoken=eyJ4", ""}, {"GET", "/v1.0/directoryObjects/delta?$filter=isof('microsoft.graph.user')", ""},
	{"POST", "/v1.0/directoryObjects/getByIds", `{"ids":["$group"],"types":["group"]}`}, {"POST", "/v1.0/directoryRoles", `{"roleTemplateId":"x"}`},
	{"PATCH", "/v1.0/applications/$app", `{"appRoles":[{"id":"11111111-1111-4111-8111-111111111111","isEnabled":true}],"api":{"oauth2PermissionScopes":null},"web":null}`},
	{"PATCH", "/v1.0/applications/$app", `{"appRoles":[{}],"spa":{"redirectUris":[1]},"identifierUris":["http://[::1"]}`}, {"POST", "/v1.0/applications", `{"displayName":"A","api":null,"web":null,"parentalControlSettings":null,"info":null}`},
	{"POST", "/v1.0/applications/$app/addPassword", `{"passwordCredential":{"endDateTime":null}}`}, {"POST", "/v1.0/applications/$app/removePassword", `{"keyId":"x"}`}, {"PUT", "/v1.0/applications/$app/logo", "GIF89a"},
	{"PATCH", "/v1.0/applications/$app/federatedIdentityCredentials(name='n')", `{"name":"n","issuer":"i","subject":"s","audiences":["a"]}`},
	{"POST", "/v1.0/identity/conditionalAccess/policies", `{"displayName":"x","state":"enabled","conditions":{"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"]}},"grantControls":{"operator":"OR","builtInControls":["mfa"]}}`},
	{"PATCH", "/v1.0/identity/conditionalAccess/policies/$policy", `{"conditions":null,"grantControls":{},"sessionControls":{"signInFrequency":{"value":1}}}`},
	{"PATCH", "/beta/identity/conditionalAccess/policies/$policy", `{"conditions":{"users":{"includeGuestsOrExternalUsers":{"guestOrExternalUserTypes":"internalGuest","externalTenants":{"@odata.type":"#microsoft.graph.conditionalAccessEnumeratedExternalTenants"}}}},"state":null}`},
	{"POST", "/v1.0/identity/conditionalAccess/namedLocations", `{"@odata.type":"#microsoft.graph.ipNamedLocation","displayName":"x","ipRanges":[{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"1.2.3.4/8"}]}`},
	{"POST", "/v1.0/identity/conditionalAccess/namedLocations", `{"@odata.type":"#microsoft.graph.countryNamedLocation","displayName":"x","countriesAndRegions":[null]}`},
	{"POST", "/v1.0/policies/authenticationStrengthPolicies", `{"displayName":"x","allowedCombinations":["fido2",1]}`},
	{"POST", "/v1.0/directory/administrativeUnits", `{"displayName":"x","membershipType":"Dynamic"}`}, {"POST", "/v1.0/users", `{"userPrincipalName":"@","passwordProfile":7}`},
	{"GET", "/v1.0/me", ""}, {"TRACE", "/v1.0/groups", ""}, {"GET", "/v1.0/users/o'neil@contoso.onmicrosoft.com", ""}, {"POST", "/v1.0/groups", "[[[["}, {"POST", "/v1.0/groups", `{"a":1}{}`},
}

func FuzzRouter(f *testing.F) {
	s := newStranger(f)
	for _, r := range requests {
		for _, eventual := range []bool{false, true} {
			f.Add(r[0], s.fill(r[1]), s.fill(r[2]), eventual)
		}
	}
	f.Fuzz(func(t *testing.T, method, target, body string, eventual bool) {
		if len(target) > 4000 || len(body) > 8000 {
			return
		}
		headers := map[string]string{"Content-Type": "application/json"}
		if eventual {
			headers["ConsistencyLevel"], headers["Prefer"] = "eventual", "create-if-missing, return=minimal"
		}
		s.try(t, method, target, body, headers)
	})
}

// filters are seeds that cover the grammar.
var filters = []string{
	"", " ", "displayName eq 'a''b'", "displayName ne null", "not (mailEnabled eq true)", "NOT startsWith(displayName,'a') and mailEnabled eq false or securityEnabled eq true",
	"displayName in ('a','b')", "displayName in ()", "displayName in (", "groupTypes/any(x:x eq 'Unified')", "not groupTypes/any(x:x eq 'Unified' or startsWith(x,'D'))",
	"groupTypes/any()", "groupTypes/any(:)", "any(x:x eq 'a')", "/any(x:x eq 'a')", "owners/$count eq 0", "owners/$count ne 1", "owners/$count eq -1", "owners/$count", "$count eq 0",
	"renewedDateTime ge 2026-01-01T00:00:00Z", "renewedDateTime le 2026-01-01", "renewedDateTime ge 9999-99-99", "id eq '11111111-1111-4111-8111-111111111111'",
	"id eq 11111111-1111-4111-8111-111111111111", "isof('microsoft.graph.ipNamedLocation')", "isof('')", "isof(displayName,'x')", "a/b/c eq 1", "web/redirectUris/any(u:u eq 'x')", "requiredResourceAccess/any(r:r/resourceAppId eq 'x')",
	"requiredResourceAccess/any(r:r/resourceAccess/any(a:a/id eq 'x'))", "keyCredentials/any(k:k/keyId eq 11111111-1111-4111-8111-111111111111)", "onPremisesExtensionAttributes/extensionAttribute1 eq 'x'", "assignedLicenses/any(l:l/skuId eq 11111111-1111-4111-8111-111111111111)",
	"contains(displayName,'x')", "endsWith(mail,'x')", "startsWith('x',displayName)", "startsWith(displayName,displayName)", "displayName eq true", "true eq true", "null", "'a' eq 'a'", "1 eq 1", "-5", "((((mailEnabled eq true))))", ")(", "displayName eq 'a' and", "or", "not", "not not (mailEnabled eq true)",
	"displayName eq 'a' or displayName eq 'b' or displayName eq 'c'", "tolower(displayName) eq 'a'", "x/", "x//y eq 1", "state eq 'enabled'", "employeeHireDate gt 2020-01-01", "signInAudience eq 'AzureADMyOrg'", "\x00", "é eq 'ü'", "identities/any(c:c/issuerAssignedId eq 'a' and c/issuer eq 'b')",
}

func FuzzFilter(f *testing.F) {
	s := newStranger(f)
	paths := []string{"/v1.0/groups", "/v1.0/users", "/v1.0/applications", "/v1.0/servicePrincipals", policies, locations, "/beta/groups/" + s.group + "/members", "/v1.0/directoryObjects/delta"}
	for i, text := range filters {
		f.Add(text, byte(i))
		f.Add(text, byte(i+1))
	}
	f.Fuzz(func(t *testing.T, filter string, where byte) {
		if len(filter) > 4000 {
			return
		}
		at := paths[int(where)%len(paths)] + "?$filter=" + escape(filter)
		s.try(t, "GET", at, "", nil)
		s.try(t, "GET", at+"&$count=true", "", map[string]string{"ConsistencyLevel": "eventual"})
		if where%3 == 0 {
			s.try(t, "GET", strings.Replace(at, "$filter", "$search", 1), "", map[string]string{"ConsistencyLevel": "eventual"})
		}
	})
}

// escape writes text as the value of a query option.
func escape(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		const hex = "0123456789ABCDEF"
		out.WriteString("%" + string(hex[b>>4]) + string(hex[b&15]))
	}
	return out.String()
}

var batches = []string{
	`{"requests":[{"id":"1","method":"GET","url":"/groups"}]}`, `{"requests":[]}`, `{"requests":null}`, `null`, `[]`, `{`, ``, `{"requests":[null]}`, `{"requests":[{}]}`,
	`{"requests":[{"id":"1","method":"GET","url":"/groups/$group"},{"id":"2","method":"GET","url":"/users?$top=1","dependsOn":["1"]}]}`,
	`{"requests":[{"id":"1","method":"GET","url":"/groups","dependsOn":["1"]}]}`, `{"requests":[{"id":"1","method":"PATCH","url":"/groups/$group","headers":{"Content-Type":"application/json"},"body":{"displayName":"x"}}]}`,
	`{"requests":[{"id":"1","method":"POST","url":"/groups","headers":{"Content-Type":"application/json"},"body":[[1]]}]}`, `{"requests":[{"id":"1","method":"PUT","url":"/applications/$app/logo","headers":{"Content-Type":"image/gif"},"body":"R0lGODlh"}]}`,
	`{"requests":[{"id":"1","method":"GET","url":"/applications/$app/logo"},{"id":"2","method":"GET","url":"/groups/$count","headers":{"consistencylevel":"eventual"}}]}`,
	`{"requests":[{"id":"1","method":"GET","url":"?"},{"id":"2","method":"GET","url":"/%zz"},{"id":"3","method":"GET","url":"$batch"},{"id":"4","method":"GET","url":"//"}]}`,
	`{"requests":[{"id":"1","method":"GET","url":"/users?$filter=((((displayName eq 'x'))))"},{"id":"1","method":"GET","url":"/x"}]}`, `{"requests":[{"id":"1","method":"GET","url":"/_emulator/stats"}]}`, `{"requests":[{"id":"1","method":"GET","url":"/groups/delta?$deltatoken=latest"}]}`,
	`{"requests":[{"id":"\u0000","method":"GET","url":"/groups","headers":{"a\nb":"c\r\nd","":""}}]}`,
}

func FuzzBatch(f *testing.F) {
	s := newStranger(f)
	for _, b := range batches {
		f.Add(s.fill(b))
	}
	f.Fuzz(func(t *testing.T, payload string) {
		if len(payload) > 8000 {
			return
		}
		status, contentType, raw := s.send("POST", "/v1.0/$batch", payload, map[string]string{"Content-Type": "application/json"})
		check(t, status, raw, contentType)
		var out struct {
			Responses []struct {
				ID      string
				Status  int
				Headers map[string]string
				Body    json.RawMessage
			}
		}
		if status != 200 {
			return
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		for _, p := range out.Responses {
			check(t, p.Status, p.Body, p.Headers["Content-Type"])
		}
	})
}
