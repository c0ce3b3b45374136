package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const (
	policies  = "/v1.0/identity/conditionalAccess/policies"
	locations = "/v1.0/identity/conditionalAccess/namedLocations"
	strengths = "/v1.0/policies/authenticationStrengthPolicies"
	units     = "/v1.0/directory/administrativeUnits"
	bin       = "/v1.0/directory/deletedItems"
	caBin     = "/v1.0/identity/conditionalAccess/deletedItems"
	nobody    = "99999999-9999-4999-8999-999999999999"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // each test makes a tenant of its own: a fifth of the time otherwise
	os.Exit(m.Run())
}

// tenant is an emulator behind a listener, with a clock that stands still.
type tenant struct {
	*emulator.Tenant
	t   *testing.T
	url string
}

type object = map[string]any

func newTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	e := newBareTenant(t, opts...)
	survives(t, e.Tenant)
	return e
}

// newBareTenant is one without a storage.
func newBareTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	e := emulator.New(append([]emulator.Option{emulator.WithClock(func() time.Time { return at })}, opts...)...)
	s := httptest.NewServer(e)
	x := &tenant{Tenant: e, t: t, url: s.URL}
	t.Cleanup(func() {
		everyWriteAudited(t, e)
		s.Close()
		e, s = nil, nil // testing keeps this function, and with it the tenant, until all tests are done
	})
	return x
}

// answer is a response with its body decoded.
type answer struct {
	status int
	header http.Header
	body   object
	raw    string
}

// code is error.code, message error.message and, where it is hidden there,
// innerError.message.
func (a answer) code() string {
	e, _ := a.body["error"].(object)
	s, _ := e["code"].(string)
	return s
}

func (a answer) message() string {
	e, _ := a.body["error"].(object)
	s, _ := e["message"].(string)
	inner, _ := e["innerError"].(object)
	hidden, _ := inner["message"].(string)
	return s + " " + hidden
}

func (a answer) id() string { s, _ := a.body["id"].(string); return s }

func (a answer) ids() []string {
	var out []string
	rows, _ := a.body["value"].([]any)
	for _, r := range rows {
		out = append(out, r.(object)["id"].(string))
	}
	return out
}

// do sends a request; body is JSON text, an object, or nil. $host in it becomes the
// emulator's address.
func (e *tenant) do(method, path string, body any, headers ...string) answer {
	e.t.Helper()
	var text string
	switch b := body.(type) {
	case nil:
	case string:
		text = b
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			e.t.Fatal(err)
		}
		text = string(raw)
	}
	url := path
	if strings.HasPrefix(path, "/") {
		url = e.url + path
	}
	req, err := http.NewRequest(method, strings.ReplaceAll(url, " ", "%20"), strings.NewReader(strings.ReplaceAll(text, "$host", e.url)))
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+e.Token())
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if len(bytes.TrimSpace(raw)) > 0 && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			e.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
		}
	}
	return a
}

// want is do with a status that must come; it ends the test otherwise.
func (e *tenant) want(status int, method, path string, body any, headers ...string) answer {
	e.t.Helper()
	a := e.do(method, path, body, headers...)
	if a.status != status {
		e.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.status, status, a.raw)
	}
	return a
}

// refused is do with an error that must come.
func (e *tenant) refused(status int, code, part, method, path string, body any, headers ...string) {
	e.t.Helper()
	a := e.do(method, path, body, headers...)
	if a.status != status || a.code() != code || !strings.Contains(a.message(), part) {
		e.t.Errorf("%s %s %v:\n%d %q %q, want %d %q …%s…", method, path, body, a.status, a.code(), a.message(), status, code, part)
	}
}

func (e *tenant) user(name string) string {
	e.t.Helper()
	return e.want(201, "POST", "/v1.0/users", object{"accountEnabled": true, "displayName": name, "mailNickname": name,
		"userPrincipalName": name + "@contoso.onmicrosoft.com", "passwordProfile": object{"password": "S3cret!x"}}).id()
}

func (e *tenant) group(name string, more ...any) string {
	e.t.Helper()
	return e.want(201, "POST", "/v1.0/groups", with(object{"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true}, more...)).id()
}

func (e *tenant) location(name string, trusted bool) string {
	e.t.Helper()
	return e.want(201, "POST", locations, ipLocation("displayName", name, "isTrusted", trusted)).id()
}

func ipLocation(more ...any) object {
	return with(object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Office", "ipRanges": []any{
		object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}}}, more...)
}

// policy is a valid policy, with paths such as "conditions.users" set otherwise.
func policy(more ...any) object {
	return with(object{"displayName": "Require MFA", "state": "disabled",
		"conditions":    object{"applications": object{"includeApplications": []any{"All"}}, "users": object{"includeUsers": []any{"All"}}},
		"grantControls": object{"operator": "OR", "builtInControls": []any{"mfa"}}}, more...)
}

type drop struct{}

// with sets properties by path; drop{} removes one.
func with(o object, more ...any) object {
	for i := 0; i+1 < len(more); i += 2 {
		parts := strings.Split(more[i].(string), ".")
		if strings.Contains(more[i].(string), "@") {
			parts = []string{more[i].(string)}
		}
		at := o
		for _, p := range parts[:len(parts)-1] {
			next, is := at[p].(object)
			if !is {
				next = object{}
				at[p] = next
			}
			at = next
		}
		if _, gone := more[i+1].(drop); gone {
			delete(at, parts[len(parts)-1])
			continue
		}
		at[parts[len(parts)-1]] = more[i+1]
	}
	return o
}

// at reads a value by its path, "conditions.users.includeUsers".
func at(o object, path string) any {
	var v any = o
	for _, p := range strings.Split(path, ".") {
		m, is := v.(object)
		if !is {
			return nil
		}
		v = m[p]
	}
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := fmt.Sprintf("%#v", got), fmt.Sprintf("%#v", want); g != w {
		t.Errorf("%s: %s, want %s", what, g, w)
	}
}

// corpus finds a folder of published tenants beside the repository.
func corpus(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "corpus", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("the corpus of published tenants is not beside the repository")
	}
	return path
}
