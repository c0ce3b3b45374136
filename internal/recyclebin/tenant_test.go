package recyclebin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/recyclebin"
)

type object = map[string]any

// clock is the time of the tenant, of the client and of the restore: nothing waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return context.Cause(ctx)
}

// tenant is an emulated one behind a server; before sees each request first, and may
// answer it.
type tenant struct {
	*emulator.Tenant
	*clock
	t      *testing.T
	url    string
	client *graph.Client
	before func(w http.ResponseWriter, r *http.Request) (answered bool)
}

func newTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	c := &clock{now: time.Date(2026, 11, 20, 14, 3, 0, 0, time.UTC)}
	e := &tenant{t: t, clock: c, Tenant: emulator.New(append(opts, emulator.WithClock(c.Now))...)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.before == nil || !e.before(w, r) {
			e.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	e.client = e.as(e.Token())
	return e
}

// as is a client with that token.
func (e *tenant) as(token string) *graph.Client {
	e.t.Helper()
	client, err := graph.New(e.t.Context(), graph.Config{Endpoint: e.url, AccessToken: token, Clock: e.clock})
	if err != nil {
		e.t.Fatal(err)
	}
	return client
}

// app is the client of another application, with these permissions; nil: all.
func (e *tenant) app(name string, permissions []string) (*graph.Client, emulator.Client) {
	e.t.Helper()
	c, err := e.AddClient(emulator.ClientOptions{Name: name, Permissions: permissions})
	if err != nil {
		e.t.Fatal(err)
	}
	answer, err := http.PostForm(e.url+"/"+e.TenantID()+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {c.ID}, "client_secret": {c.Secret}, "scope": {"https://graph.microsoft.com/.default"}})
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.AccessToken == "" {
		e.t.Fatalf("no token: %v", err)
	}
	return e.as(token.AccessToken), c
}

// control asks the emulator itself for something.
func (e *tenant) control(what string, body object) {
	e.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		e.t.Fatal(err)
	}
	answer, err := http.Post(e.url+"/_emulator/"+what, "application/json", bytes.NewReader(content))
	if err != nil {
		e.t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != 200 {
		e.t.Fatalf("%s: %s", what, text)
	}
}

func (e *tenant) do(method, path string, body object) graph.Body {
	e.t.Helper()
	version, path := graph.V1, path
	if rest, ok := strings.CutPrefix(path, "beta:"); ok {
		version, path = graph.Beta, rest
	}
	r := graph.Request{Method: method, Version: version, Path: path}
	if body != nil {
		r.Body = body
	}
	answer, err := e.client.Do(e.t.Context(), r)
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer.Body
}

// make makes an object and returns its id.
func (e *tenant) make(path string, body object) string {
	e.t.Helper()
	id, _ := e.do("POST", path, body)["id"].(string)
	return id
}

func (e *tenant) user(name string) string {
	e.t.Helper()
	return e.make("/users", object{"displayName": "The " + name, "userPrincipalName": name + "@contoso.onmicrosoft.com", "mailNickname": name,
		"accountEnabled": true, "passwordProfile": object{"password": "Correct-Horse-7"}})
}

func (e *tenant) group(name string) string {
	e.t.Helper()
	return e.make("/groups", object{"displayName": name, "mailNickname": strings.ReplaceAll(name, " ", ""), "mailEnabled": false, "securityEnabled": true})
}

const (
	policies  = "/identity/conditionalAccess/policies"
	locations = "/identity/conditionalAccess/namedLocations"
)

func (e *tenant) policy(name, group, location string) string {
	e.t.Helper()
	conditions := object{"clientAppTypes": []string{"all"}, "applications": object{"includeApplications": []string{"All"}},
		"users": object{"includeUsers": []string{"All"}, "excludeGroups": []string{group}}}
	if location != "" {
		conditions["locations"] = object{"includeLocations": []string{"All"}, "excludeLocations": []string{location}}
	}
	return e.make(policies, object{"displayName": name, "state": "enabled", "conditions": conditions,
		"grantControls": object{"operator": "OR", "builtInControls": []string{"block"}}})
}

func (e *tenant) location(name string) string {
	e.t.Helper()
	return e.make(locations, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": name, "isTrusted": false,
		"ipRanges": []object{{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}}})
}

// script deletes n generated users.
func (e *tenant) script(n int) {
	e.t.Helper()
	e.control("generate", object{"users": n})
	var ids []string
	if err := e.client.List(e.t.Context(), graph.V1, "/users", map[string]string{"$top": "999", "$select": "id"}, func(b graph.Body) error {
		ids = append(ids, b["id"].(string))
		return nil
	}); err != nil || len(ids) < n {
		e.t.Fatalf("%d users: %v", len(ids), err)
	}
	var parts []graph.Request
	for _, id := range ids {
		parts = append(parts, graph.Request{Method: "DELETE", Path: "/users/" + id})
	}
	results, err := e.client.Batch(e.t.Context(), graph.V1, parts)
	for i := range results {
		if err == nil && results[i].Err != nil {
			err = results[i].Err
		}
	}
	if err != nil {
		e.t.Fatal(err)
	}
	_ = e.Sleep(e.t.Context(), time.Hour) // so that what it used up is there again
}

// routes counts the requests of a route, or the parts of a $batch.
func (e *tenant) routes(route string) int {
	n, _ := e.Stats()["byRoute"].(map[string]int)
	return n[route]
}

func (e *tenant) list(q recyclebin.Query) *recyclebin.Listing {
	e.t.Helper()
	q.Now = e.Now
	l, err := recyclebin.List(e.t.Context(), e.client, q)
	if err != nil {
		e.t.Fatal(err)
	}
	return l
}

func (e *tenant) prepare(s recyclebin.Selection, o recyclebin.Options) *recyclebin.Plan {
	e.t.Helper()
	p, err := recyclebin.Prepare(e.t.Context(), e.client, e.list(recyclebin.Query{Selection: s, Companions: true}), s, o)
	if err != nil {
		e.t.Fatal(err)
	}
	return p
}

func (e *tenant) restore(ctx context.Context, p *recyclebin.Plan) (*recyclebin.Summary, error) {
	return recyclebin.Runner{Client: e.client, Wait: e.Sleep}.Restore(ctx, p)
}

// restored restores and wants these numbers.
func (e *tenant) restored(p *recyclebin.Plan, restored, live, failed int) *recyclebin.Summary {
	e.t.Helper()
	sum, err := e.restore(e.t.Context(), p)
	if err != nil || sum.Restored != restored || sum.Live != live || len(sum.Failed) != failed {
		e.t.Fatalf("restored %d, live %d, failed %+v, left %d: %v; want %d, %d, %d", sum.Restored, sum.Live, sum.Failed, sum.Left, err, restored, live, failed)
	}
	return sum
}

func names(items []recyclebin.Item) (out []string) {
	for _, it := range items {
		out = append(out, it.Name)
	}
	return out
}

func (e *tenant) wantNames(what string, items []recyclebin.Item, want ...string) {
	e.t.Helper()
	if got := names(items); !slices.Equal(got, want) {
		e.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func wantText(t *testing.T, what, got string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("%s: %q does not say %q", what, got, part)
		}
	}
}

