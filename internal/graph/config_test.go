package graph

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	on, off := ptr(true), ptr(false)
	for name, test := range map[string]struct {
		config Config
		env    map[string]string
		want   Config
		way    string
	}{
		"nothing": {},
		"the emulator's": {Config{}, map[string]string{"ENTRA_GRAPH_ENDPOINT": "http://127.0.0.1:1", "ENTRA_ACCESS_TOKEN": "t", "ENTRA_TENANT_ID": "a", "ENTRA_LOOPBACK_ONLY": "1"},
			Config{Endpoint: "http://127.0.0.1:1", AccessToken: "t", TenantID: "a", LoopbackOnly: true}, wayToken},
		"azuread's": {Config{}, map[string]string{"ARM_TENANT_ID": "a", "ARM_CLIENT_ID": "b", "ARM_CLIENT_SECRET": "c", "ARM_ENVIRONMENT": "china"},
			Config{TenantID: "a", ClientID: "b", ClientSecret: "c", Environment: "china"}, waySecret},
		"ours before azuread's": {Config{}, map[string]string{"ENTRA_TENANT_ID": "a", "ARM_TENANT_ID": "x", "ENTRA_ACCESS_TOKEN": "t", "ARM_CLIENT_SECRET": "s"},
			Config{TenantID: "a", AccessToken: "t", ClientSecret: "s"}, wayToken},
		"azidentity's": {Config{}, map[string]string{"AZURE_TENANT_ID": "a", "AZURE_CLIENT_ID": "b", "AZURE_CLIENT_SECRET": "c", "AZURE_AUTHORITY_HOST": "https://d"},
			Config{TenantID: "a", ClientID: "b", ClientSecret: "c", AuthorityHost: "https://d"}, waySecret},
		"workload identity": {Config{}, map[string]string{"AZURE_TENANT_ID": "a", "AZURE_CLIENT_ID": "b", "AZURE_FEDERATED_TOKEN_FILE": "/f"},
			Config{TenantID: "a", ClientID: "b", OIDCTokenFilePath: "/f"}, wayOIDC},
		"azidentity's are not mixed with azuread's": {Config{}, map[string]string{"ARM_TENANT_ID": "a", "ARM_CLIENT_ID": "b", "ARM_CLIENT_SECRET": "c",
			"AZURE_TENANT_ID": "x", "AZURE_CLIENT_ID": "x", "AZURE_CLIENT_CERTIFICATE_PATH": "x"},
			Config{TenantID: "a", ClientID: "b", ClientSecret: "c"}, waySecret},
		"azidentity's of another application": {Config{ClientID: "mine"}, map[string]string{"AZURE_TENANT_ID": "x", "AZURE_CLIENT_ID": "x", "AZURE_CLIENT_SECRET": "x"},
			Config{ClientID: "mine", TenantID: "x"}, ""},
		"the configuration's values win": {Config{TenantID: "a", Endpoint: "e", Environment: "n"},
			map[string]string{"ENTRA_TENANT_ID": "x", "ENTRA_GRAPH_ENDPOINT": "x", "ARM_ENVIRONMENT": "x", "ARM_CLIENT_ID": "b", "ARM_CLIENT_SECRET": "c"},
			Config{TenantID: "a", Endpoint: "e", Environment: "n", ClientID: "b", ClientSecret: "c"}, waySecret},
		"the configuration's credential is not outdone by a token": {Config{ClientSecret: "c"},
			map[string]string{"ENTRA_ACCESS_TOKEN": "x", "ARM_CLIENT_ID": "b", "ARM_TENANT_ID": "a", "ARM_USE_OIDC": "true"},
			Config{TenantID: "a", ClientID: "b", ClientSecret: "c"}, waySecret},
		"the configuration's sign-in is not outdone by a secret": {Config{UseDeviceCode: on},
			map[string]string{"ARM_CLIENT_ID": "b", "ARM_CLIENT_SECRET": "x", "AZURE_TENANT_ID": "a"},
			Config{ClientID: "b", TenantID: "a", UseDeviceCode: on}, wayDeviceCode},
		"the configuration's CLI neither": {Config{UseCLI: on}, map[string]string{"ARM_CLIENT_SECRET": "x"}, Config{UseCLI: on}, wayCLI},
		"the environment completes what was chosen": {Config{UseOIDC: on},
			map[string]string{"ARM_OIDC_TOKEN": "t", "ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "v", "ARM_CLIENT_SECRET": "x"},
			Config{UseOIDC: on, OIDCToken: "t", OIDCRequestURL: "u", OIDCRequestToken: "v"}, wayOIDC},
		"a certificate's password": {Config{ClientCertificatePath: "p"}, map[string]string{"ARM_CLIENT_CERTIFICATE_PASSWORD": "w", "ARM_CLIENT_SECRET": "x"},
			Config{ClientCertificatePath: "p", ClientCertificatePassword: "w"}, wayCertificate},
		"a workflow that does not ask for it": {Config{}, map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "v"},
			Config{OIDCRequestURL: "u", OIDCRequestToken: "v"}, ""},
		"switches": {Config{UseCLI: off}, map[string]string{"ARM_USE_CLI": "true", "ARM_USE_MSI": "true", "ARM_USE_OIDC": "what"},
			Config{UseCLI: off, UseMSI: on, Unreadable: []string{`ARM_USE_OIDC is "what", which is neither true nor false`}}, wayMSI},
		"a secret of azidentity's, the tenant of ours": {Config{}, map[string]string{"ENTRA_TENANT_ID": "a", "AZURE_CLIENT_ID": "b", "AZURE_CLIENT_SECRET": "c"},
			Config{TenantID: "a", ClientID: "b", ClientSecret: "c"}, waySecret},
		"a switch that cannot be read is safe": {Config{}, map[string]string{"ENTRA_LOOPBACK_ONLY": "yes please"}, Config{LoopbackOnly: true}, ""},
		"a switch that is off":                 {Config{}, map[string]string{"ENTRA_LOOPBACK_ONLY": "0"}, Config{}, ""},
		"the environment does not unlock":      {Config{LoopbackOnly: true}, map[string]string{"ENTRA_LOOPBACK_ONLY": "0"}, Config{LoopbackOnly: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.config.FromEnvironment(func(name string) string { return test.env[name] })
			// %#v is redacted, so fields are compared and named one by one.
			g, w := reflect.ValueOf(got), reflect.ValueOf(test.want)
			for i := range g.NumField() {
				if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
					t.Errorf("%s: got %v, want %v", g.Type().Field(i).Name, g.Field(i), w.Field(i))
				}
			}
			if got.way() != test.way {
				t.Errorf("signs in by %q, want %q", got.way(), test.way)
			}
		})
	}
}

func TestPlace(t *testing.T) {
	t.Parallel()
	const global, government = "https://graph.microsoft.com/.default", "https://graph.microsoft.us/.default"
	for name, test := range map[string]struct {
		config               Config
		endpoint, scope, err string
	}{
		"default":                  {Config{}, "https://graph.microsoft.com", global, ""},
		"government":               {Config{Environment: "usgovernment"}, "https://graph.microsoft.us", government, ""},
		"defence":                  {Config{Environment: "DoD"}, "https://dod-graph.microsoft.us", "https://dod-graph.microsoft.us/.default", ""},
		"china":                    {Config{Environment: "china"}, "https://microsoftgraph.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn/.default", ""},
		"cloud by its host":        {Config{Endpoint: "https://graph.microsoft.us/"}, "https://graph.microsoft.us", government, ""},
		"own host, cloud's scope":  {Config{Endpoint: "https://graph.example.org:8443/v1.0/"}, "https://graph.example.org:8443", global, ""},
		"own host in a cloud":      {Config{Endpoint: "https://graph.example.org/beta", Environment: "usgovernment"}, "https://graph.example.org", government, ""},
		"plain http to localhost":  {Config{Endpoint: "http://localhost:80"}, "http://localhost:80", global, ""},
		"plain http to 127/8":      {Config{Endpoint: "http://127.9.9.9:1"}, "http://127.9.9.9:1", global, ""},
		"plain http to ::1":        {Config{Endpoint: "http://[::1]:1"}, "http://[::1]:1", global, ""},
		"unknown cloud":            {Config{Environment: "mars"}, "", "", "none of global, public, usgovernment"},
		"plain http":               {Config{Endpoint: "http://graph.microsoft.com"}, "", "", "plain http"},
		"looks like loopback":      {Config{Endpoint: "http://localhost.example.org"}, "", "", "plain http"},
		"looks like 127":           {Config{Endpoint: "http://127.0.0.1.example.org"}, "", "", "plain http"},
		"loopback in the userinfo": {Config{Endpoint: "http://localhost@example.org"}, "", "", "user name"},
		"password":                 {Config{Endpoint: "https://u:s3cret@example.org"}, "", "", "user name"},
		"a path":                   {Config{Endpoint: "https://example.org/graph"}, "", "", "nothing more"},
		"no scheme":                {Config{Endpoint: "graph.microsoft.com"}, "", "", "nothing more"},
		"another scheme":           {Config{Endpoint: "ftp://localhost"}, "", "", "nothing more"},
		"loopback only":            {Config{LoopbackOnly: true}, "", "", "ENTRA_LOOPBACK_ONLY"},
		"loopback only, authority": {Config{LoopbackOnly: true, Endpoint: "http://localhost", AuthorityHost: "https://login.microsoftonline.com"}, "", "", "ENTRA_LOOPBACK_ONLY"},
		"authority in plain http":  {Config{AuthorityHost: "http://login.example.org"}, "", "", "plain http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := test.config.place()
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "s3cret") {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err != nil || p.endpoint.String() != test.endpoint || p.scope != test.scope {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	other := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked, with %q", r.Header.Get("Authorization"))
	})
	for name, test := range map[string]struct {
		method, location string
		status, requests int
		err              string
	}{
		"same host":           {"GET", "{self}/v1.0/there", 302, 2, ""},
		"same host, relative": {"GET", "/v1.0/there", 308, 2, ""},
		"another host":        {"GET", other.URL + "/x?sig=s3cret", 302, 1, "was redirected (302) to " + other.URL},
		"another scheme":      {"GET", "https://{host}/x", 301, 1, "was redirected (301) to https://"},
		"scheme relative":     {"GET", "//example.org/x", 302, 1, "example.org"},
		"user info":           {"GET", "http://u:s3cret@{host}/x", 302, 1, "not followed"},
		"a write":             {"POST", "{self}/v1.0/there", 307, 1, "only reads are"},
		"a write, see other":  {"PATCH", "{self}/v1.0/there", 303, 1, "only reads are"},
		"no address":          {"GET", "", 302, 1, "to nowhere"},
		"in a circle":         {"GET", "{self}/v1.0/groups/1", 302, 6, "not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serve(t, reply{status: test.status, header: map[string]string{"Location": test.location}}, reply{status: 200, body: `{}`})
			if strings.Contains(test.location, "/groups/1") {
				server.replies = server.replies[:1]
			}
			server.replies[0].header["Location"] = strings.ReplaceAll(test.location, "{host}", strings.TrimPrefix(server.URL, "http://"))
			c, clock := client(t, server.URL)
			_, err := c.Do(t.Context(), Request{Method: test.method, Path: "/groups/1"})
			if n := len(server.requests()); n != test.requests || len(clock.sleeps) != 0 {
				t.Errorf("%d requests, %d waits", n, len(clock.sleeps))
			}
			if test.err == "" {
				if err != nil || server.requests()[1].Header.Get("Authorization") != "Bearer "+secretToken {
					t.Errorf("got %v", err)
				}
				return
			}
			var refused *Refused
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// LoopbackOnly is enforced where the connection is made, so that a name which resolves elsewhere does not get through.
func TestLoopbackOnlyDials(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 204})
	transport := Config{LoopbackOnly: true}.transport()
	do := func(url string) error {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		answer, err := transport.RoundTrip(r)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	if err := do(server.URL); err != nil {
		t.Error(err)
	}
	if err := do("http://192.0.2.1/"); !errors.Is(err, errGuarded) { // TEST-NET-1: nobody is there
		t.Errorf("got %v", err)
	}
	if transport.(*http.Transport).Proxy != nil {
		t.Error("a proxy would be asked")
	}
}

// A server whose certificate is wrong stays wrong: no waiting.
func TestBadCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	c, clock := client(t, server.URL)
	_, err := c.Get(t.Context(), V1, "/groups/1", nil)
	var u *Unanswered
	if !errors.As(err, &u) || len(clock.sleeps) != 0 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v after %d waits", err, len(clock.sleeps))
	}
}

func TestRealClock(t *testing.T) {
	t.Parallel()
	if err := (realClock{}).Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
}
