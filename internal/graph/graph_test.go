package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeClock moves only by sleeping, and remembers how long each sleep was.
type fakeClock struct {
	mu     sync.Mutex
	now    time.Time
	sleeps []time.Duration
	onTick func()
}

func newClock() *fakeClock { return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *fakeClock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *fakeClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.sleeps = append(c.sleeps, d)
	tick := c.onTick
	c.mu.Unlock()
	if tick != nil {
		tick()
	}
	return context.Cause(ctx)
}

func (c *fakeClock) slept() (sum time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range c.sleeps {
		sum += d
	}
	return sum
}

// received is one request as the server saw it.
type received struct {
	Method, URI, Body string
	Header            http.Header
}

// tenant is a server that answers by script: the last reply goes on for ever.
type tenant struct {
	*httptest.Server
	mu      sync.Mutex
	seen    []received
	replies []reply
}

type reply struct {
	status int
	header map[string]string
	body   string
	drop   bool // close the connection instead
}

func serve(t *testing.T, replies ...reply) *tenant {
	t.Helper()
	s := &tenant{replies: replies}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	n := min(len(s.seen), len(s.replies)-1)
	s.seen = append(s.seen, received{r.Method, r.RequestURI, string(body), r.Header.Clone()})
	answer := s.replies[n]
	s.mu.Unlock()
	if answer.drop {
		panic(http.ErrAbortHandler)
	}
	if w.Header().Set("Content-Type", "application/json"); answer.header["Content-Type"] != "" {
		w.Header().Set("Content-Type", answer.header["Content-Type"])
	}
	for name, value := range answer.header {
		w.Header().Set(name, strings.ReplaceAll(value, "{self}", s.URL))
	}
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, strings.ReplaceAll(answer.body, "{self}", s.URL))
}

func (s *tenant) requests() []received { s.mu.Lock(); defer s.mu.Unlock(); return s.seen }

const secretToken = "opaque-token-of-the-tests"

func client(t *testing.T, endpoint string, change ...func(*Config)) (*Client, *fakeClock) {
	t.Helper()
	clock := newClock()
	config := Config{Endpoint: endpoint, AccessToken: secretToken, Clock: clock}
	for _, f := range change {
		f(&config)
	}
	c, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return c, clock
}

func TestRequestOnTheWire(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		request Request
		want    received
		absent  []string
	}{
		"get": {
			Request{Path: "/groups", Query: map[string]string{"$select": "id,displayName", "$filter": "displayName eq 'a b&c+d'"}},
			received{Method: "GET", URI: "/v1.0/groups?$filter=displayName%20eq%20'a%20b%26c%2Bd'&$select=id,displayName", Header: http.Header{
				"Prefer": {"include-unknown-enum-members"}, "Authorization": {"Bearer " + secretToken}, "User-Agent": {"terraform-provider-entra"}}},
			[]string{"Content-Type", "Sdkversion", "Content-Encoding"},
		},
		"beta, own header, own preference": {
			Request{Version: Beta, Path: "/users", Header: map[string]string{"ConsistencyLevel": "eventual", "Prefer": "return=minimal"}},
			received{Method: "GET", URI: "/beta/users", Header: http.Header{
				"Prefer": {"include-unknown-enum-members, return=minimal"}, "Consistencylevel": {"eventual"}}}, nil,
		},
		"null, markup and big numbers are written as they are": {
			Request{Method: "PATCH", Path: "/groups/1", Body: Body{"description": nil, "n": json.Number("12345678901234567890"), "s": "<&>"}},
			received{Method: "PATCH", URI: "/v1.0/groups/1", Body: `{"description":null,"n":12345678901234567890,"s":"<&>"}`, Header: http.Header{
				"Content-Type": {"application/json"}, "Prefer": {"include-unknown-enum-members"}}},
			[]string{"Content-Encoding", "Transfer-Encoding"},
		},
		"bytes": {
			Request{Method: "PUT", Path: "/applications/1/logo", Body: []byte{1, 2}, Header: map[string]string{"Content-Type": "image/png"}},
			received{Method: "PUT", URI: "/v1.0/applications/1/logo", Body: "\x01\x02", Header: http.Header{"Content-Type": {"image/png"}}}, nil,
		},
		"a name from outside stays one segment": {
			Request{Path: Path("users", "a/../b?c#d%e")},
			received{Method: "GET", URI: "/v1.0/users/a%2F..%2Fb%3Fc%23d%25e", Header: http.Header{}}, nil,
		},
		"delete": {
			Request{Method: "DELETE", Path: "/groups/1/members/2/$ref"},
			received{Method: "DELETE", URI: "/v1.0/groups/1/members/2/$ref", Header: http.Header{}}, []string{"Prefer", "Content-Type"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, reply{status: 204})
			c, _ := client(t, server.URL)
			if _, err := c.Do(t.Context(), test.request); err != nil {
				t.Fatal(err)
			}
			got := server.requests()[0]
			if got.Method != test.want.Method || got.URI != test.want.URI || got.Body != test.want.Body {
				t.Errorf("got %s %s %q\nwant %s %s %q", got.Method, got.URI, got.Body, test.want.Method, test.want.URI, test.want.Body)
			}
			for name, want := range test.want.Header {
				if !reflect.DeepEqual(got.Header[name], want) {
					t.Errorf("%s: got %q, want %q", name, got.Header[name], want)
				}
			}
			for _, name := range test.absent {
				if got.Header[name] != nil {
					t.Errorf("%s was sent: %q", name, got.Header[name])
				}
			}
			if ids := got.Header["Client-Request-Id"]; len(ids) != 1 || !isGUID(ids[0]) {
				t.Errorf("client-request-id: %q", ids)
			}
			if c.Requests() != 1 {
				t.Errorf("counted %d requests", c.Requests())
			}
		})
	}
}

func TestRequestRefusedBeforeSending(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 200, body: `{}`})
	c, _ := client(t, server.URL)
	for _, r := range []Request{
		{Path: "groups"}, {Path: "/groups/"}, {Path: "/groups//members"}, {Path: "/groups/.."}, {Path: "/groups/%2e%2e/x"},
		{Path: "/groups?$top=1"}, {Path: "/groups#x"}, {Path: "/"}, {Path: ""}, {Path: "/groups/%zz"},
		{Path: "/groups", Header: map[string]string{"authorization": "Bearer x"}}, {Path: "/groups", Method: "BREW"},
		{Path: "/groups", Method: "POST", Body: make(chan int)},
	} {
		if _, err := c.Do(t.Context(), r); err == nil {
			t.Errorf("%+v was sent", r)
		}
	}
	if n := len(server.requests()); n != 0 {
		t.Errorf("%d requests reached the server", n)
	}
}

func TestResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply reply
		body  Body
		raw   string
		err   string
	}{
		"numbers stay as written": {reply{status: 200, body: `{"a":1.10,"b":12345678901234567890,"c":null}`},
			Body{"a": json.Number("1.10"), "b": json.Number("12345678901234567890"), "c": nil}, "", ""},
		"nothing":                  {reply{status: 204}, nil, "", ""},
		"a count":                  {reply{status: 200, header: map[string]string{"Content-Type": "text/plain"}, body: "42"}, nil, "42", ""},
		"a proxy's page":           {reply{status: 200, header: map[string]string{"Content-Type": "text/html"}, body: "<title>Sign in</title><p>secret"}, nil, "", `titled "Sign in"`},
		"half a body":              {reply{status: 200, body: `{"a":`}, nil, "", "not one JSON object"},
		"two objects are not one":  {reply{status: 200, body: `{} {}`}, nil, "", "not one JSON object"},
		"an array is not expected": {reply{status: 200, body: `[1]`}, nil, "", "not one JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, serve(t, test.reply).URL)
			response, err := c.Do(t.Context(), Request{Path: "/x"})
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "<p>") {
					t.Fatalf("got error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(response.Body, test.body) || string(response.Raw) != test.raw {
				t.Errorf("got %#v, %q", response.Body, response.Raw)
			}
		})
	}
}

func TestListFollowsLinksVerbatim(t *testing.T) {
	t.Parallel()
	next := `/v1.0/groups?$skiptoken=RFNwdAIAAQ%3d%3d&x=a%20b+c&$top=2`
	server := serve(t,
		reply{status: 200, body: `{"value":[{"id":"1"},{"id":"2"}],"@odata.nextLink":"{self}` + next + `"}`},
		reply{status: 200, body: `{"value":[],"@odata.nextLink":"{self}/v1.0/groups?$skiptoken=2"}`},
		reply{status: 429, header: map[string]string{"Retry-After": "1"}},
		reply{status: 200, body: `{"value":[{"id":"3"}]}`})
	c, _ := client(t, server.URL)
	var ids []string
	err := c.ListRequest(t.Context(), Request{Path: "/groups", Query: map[string]string{"$top": "2"}, Header: map[string]string{"ConsistencyLevel": "eventual"}},
		func(b Body) error { ids = append(ids, b["id"].(string)); return nil })
	if err != nil || !reflect.DeepEqual(ids, []string{"1", "2", "3"}) {
		t.Fatalf("got %v, %v", ids, err)
	}
	seen := server.requests()
	if seen[1].URI != next {
		t.Errorf("followed %s, want %s", seen[1].URI, next)
	}
	for _, r := range seen {
		if r.Header.Get("ConsistencyLevel") != "eventual" || r.Header.Get("Prefer") != preferUnknown {
			t.Errorf("%s lacks a header: %v", r.URI, r.Header)
		}
	}
}

func TestListEnds(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	for name, test := range map[string]struct {
		body string
		each error
		want string
	}{
		"foreign host":       {`{"value":[],"@odata.nextLink":"https://example.org/v1.0/groups?$skiptoken=s3cret"}`, nil, "leads to https://example.org"},
		"other port":         {`{"value":[],"@odata.nextLink":"http://127.0.0.1:1/v1.0/groups"}`, nil, "leads to http://127.0.0.1:1"},
		"user in the link":   {`{"value":[],"@odata.nextLink":"http://u:p@{host}/v1.0/groups"}`, nil, "not followed"},
		"circle":             {`{"value":[],"@odata.nextLink":"{self}/v1.0/groups?a"}`, nil, "circle"},
		"no collection":      {`{"id":"1"}`, nil, "not a collection"},
		"a row is no object": {`{"value":["1"]}`, nil, "instead of an object"},
		"the caller's error": {`{"value":[{}]}`, enough, "enough"},
		"page token expired": {"", nil, "run it again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := reply{status: 200, body: test.body}
			if test.body == "" {
				answer = reply{status: 400, body: `{"error":{"code":"Directory_ExpiredPageToken","message":"The specified page token value has expired"}}`}
			}
			server := serve(t, answer)
			server.replies[0].body = strings.ReplaceAll(answer.body, "{host}", strings.TrimPrefix(server.URL, "http://"))
			c, _ := client(t, server.URL)
			err := c.List(t.Context(), V1, "/groups", nil, func(Body) error { return test.each })
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "s3cret") {
				t.Fatalf("got %v", err)
			}
			if test.each != nil && !errors.Is(err, test.each) {
				t.Errorf("the caller's error is lost: %v", err)
			}
		})
	}
}

func TestTenantID(t *testing.T) {
	t.Parallel()
	const a, b = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	organization := reply{status: 200, body: `{"value":[{"id":"` + a + `","verifiedDomains":[{"name":"contoso.com"},{"name":"contoso.onmicrosoft.com"}]}]}`}
	forbidden := reply{status: 403, body: `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`}
	for name, test := range map[string]struct {
		reply         reply
		tenant, token string
		want, err     string
	}{
		"asked":             {organization, "", secretToken, a, ""},
		"as configured":     {organization, strings.ToUpper(a), secretToken, a, ""},
		"a domain name":     {organization, "contoso.com", secretToken, a, ""},
		"another domain":    {organization, "fabrikam.com", secretToken, "", "are for tenant " + a + ", but the configuration says tenant fabrikam.com"},
		"another tenant":    {organization, b, secretToken, "", "are for tenant " + a + ", but the configuration says tenant " + b},
		"claim of token":    {forbidden, "", jwt(b, time.Time{}), b, ""},
		"opaque token":      {forbidden, "", secretToken, "", "Organization.Read.All"},
		"two organizations": {reply{status: 200, body: `{"value":[{},{}]}`}, "", secretToken, "", "2 organizations"},
		"other errors":      {reply{status: 401}, "", jwt(b, time.Time{}), "", "could not ask for the tenant's id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, test.reply)
			c, _ := client(t, server.URL, func(c *Config) { c.TenantID, c.AccessToken = test.tenant, test.token })
			for range 2 {
				got, err := c.TenantID(t.Context())
				if test.err != "" {
					if err == nil || !strings.Contains(err.Error(), test.err) {
						t.Fatalf("got %q, %v", got, err)
					}
					return
				}
				if err != nil || got != test.want {
					t.Fatalf("got %q, %v", got, err)
				}
			}
			if n := len(server.requests()); n != 1 {
				t.Errorf("asked %d times", n)
			}
		})
	}
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	config := Config{Endpoint: "http://127.0.0.1:1", AccessToken: "s3cret-a", ClientSecret: "s3cret-b", ClientCertificatePassword: "s3cret-c",
		OIDCToken: "s3cret-d", OIDCRequestToken: "s3cret-e"}
	c, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(config)
	printed := []string{string(text), config.String()}
	config.Endpoint = "https://user:s3cret-f@example.org"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{config, &config, c, []Config{config}, map[string]any{"a": config}, struct{ C *Client }{c}, c.tokens, c.adapter} {
			printed = append(printed, fmt.Sprintf(verb, v))
		}
	}
	_, err = New(t.Context(), config)
	printed = append(printed, fmt.Sprintf("%v %+v %#v", err, err, err))
	for _, text := range printed {
		if strings.Contains(text, "s3cret") || strings.Contains(text, fmt.Sprintf("%x", "s3cret")) {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}

func newServer(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}
