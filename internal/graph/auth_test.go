package graph

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// jwt is a token of the shape that Entra issues, signed by nobody.
func jwt(tenant string, expires time.Time) string {
	claims := Body{"tid": tenant}
	if !expires.IsZero() {
		claims["exp"] = expires.Unix()
	}
	content, _ := json.Marshal(claims)
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString(content) + ".c2ln"
}

// authority is a token endpoint as Entra's, on TLS.
type authority struct {
	*httptest.Server
	mu     sync.Mutex
	forms  []url.Values
	refuse string
}

func newAuthority(t *testing.T) *authority {
	a := &authority{}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
			base := a.URL + "/" + strings.Split(r.URL.Path, "/")[1]
			fmt.Fprintf(w, `{"token_endpoint":"%[1]s/oauth2/v2.0/token","authorization_endpoint":"%[1]s/a","issuer":"%[1]s/v2.0"}`, base)
			return
		}
		content, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(content))
		a.mu.Lock()
		a.forms = append(a.forms, form)
		n := len(a.forms)
		a.mu.Unlock()
		if a.refuse != "" {
			w.WriteHeader(401)
			fmt.Fprintf(w, `{"error":"invalid_client","error_description":%q}`, a.refuse)
			return
		}
		fmt.Fprintf(w, `{"access_token":"issued-%d","expires_in":3600,"token_type":"Bearer"}`, n)
	}))
	t.Cleanup(a.Close)
	return a
}

const aTenant, aClient = "11111111-1111-4111-8111-111111111111", "33333333-3333-4333-8333-333333333333"

// signIn configures a client to sign in at a with the rest of the Config.
func (a *authority) signIn(c *Config) {
	c.AccessToken, c.TenantID, c.ClientID = "", aTenant, aClient
	c.AuthorityHost, c.Transport, c.LoopbackOnly = a.URL, a.Client().Transport, true
}

func TestSignInByAzidentity(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("federated-by-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	github := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer run-token" || r.URL.Query().Get("audience") != "api://AzureADTokenExchange" {
			w.WriteHeader(403)
			return
		}
		fmt.Fprint(w, `{"value":"federated-by-workflow"}`)
	})
	for name, test := range map[string]struct {
		set  func(*Config)
		form url.Values
	}{
		"client secret":  {func(c *Config) { c.ClientSecret = "s3cret" }, url.Values{"client_secret": {"s3cret"}}},
		"token":          {func(c *Config) { c.OIDCToken = "federated" }, url.Values{"client_assertion": {"federated"}}},
		"token file":     {func(c *Config) { c.OIDCTokenFilePath = file }, url.Values{"client_assertion": {"federated-by-file"}}},
		"workflow token": {func(c *Config) { c.UseOIDC, c.OIDCRequestURL, c.OIDCRequestToken = ptr(true), github.URL, "run-token" }, url.Values{"client_assertion": {"federated-by-workflow"}}},
		"certificate":    {func(c *Config) { c.ClientCertificatePath = certificate(t) }, url.Values{"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}},
		"another cloud":  {func(c *Config) { c.ClientSecret, c.Environment = "s3cret", "china" }, url.Values{"scope": {"https://microsoftgraph.chinacloudapi.cn/.default openid offline_access profile"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, server := newAuthority(t), serve(t, reply{status: 204})
			c, _ := client(t, server.URL, a.signIn, test.set)
			for range 3 {
				if _, err := c.Get(t.Context(), V1, "/groups/1", nil); err != nil {
					t.Fatal(err)
				}
			}
			if len(a.forms) != 1 {
				t.Fatalf("asked for %d tokens", len(a.forms))
			}
			want := url.Values{"client_id": {aClient}, "grant_type": {"client_credentials"}}
			for name, values := range test.form {
				want[name] = values
			}
			for name := range want {
				if a.forms[0].Get(name) != want.Get(name) {
					t.Errorf("%s: got %q, want %q", name, a.forms[0].Get(name), want.Get(name))
				}
			}
			if got := server.requests()[2].Header.Get("Authorization"); got != "Bearer issued-1" {
				t.Errorf("sent %q", got)
			}
		})
	}
}

func TestSignInRefused(t *testing.T) {
	t.Parallel()
	a, server := newAuthority(t), serve(t, reply{status: 204})
	a.refuse = "AADSTS7000215: Invalid client secret provided for app '3333'. Trace ID: 77"
	c, clock := client(t, server.URL, a.signIn, func(c *Config) { c.ClientSecret = "s3cret-of-the-app" })
	_, err := c.Get(t.Context(), V1, "/groups/1", nil)
	var auth *AuthError
	if !errors.As(err, &auth) || len(server.requests()) != 0 || len(clock.sleeps) != 0 {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"could not get a token by client secret", "AADSTS7000215", "Trace ID: 77", "give its value, not its id"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	if strings.ContainsAny(err.Error(), "\n{") || strings.Contains(err.Error(), "s3cret-of") {
		t.Errorf("dumps the answer: %v", err)
	}
}

func TestClaimsChallenge(t *testing.T) {
	t.Parallel()
	wanted := `{"access_token":{"nbf":{"essential":true,"value":"1"}}}`
	refused := func(header string) reply {
		return reply{status: 401, header: map[string]string{"WWW-Authenticate": header}, body: `{"error":{"code":"InvalidAuthenticationToken","message":"x"}}`}
	}
	challenged := refused(`Bearer realm="", error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(wanted)) + `"`)

	t.Run("answered with a new token", func(t *testing.T) {
		t.Parallel()
		a, server := newAuthority(t), serve(t, challenged, reply{status: 204})
		c, _ := client(t, server.URL, a.signIn, func(c *Config) { c.ClientSecret = "s" })
		if _, err := c.Post(t.Context(), V1, "/groups", Body{"a": 1}); err != nil {
			t.Fatal(err)
		}
		if got := server.requests()[1]; got.Header.Get("Authorization") != "Bearer issued-2" || got.Body != `{"a":1}` {
			t.Errorf("sent %+v", got)
		}
		if got := a.forms[1].Get("claims"); !strings.Contains(got, `"nbf"`) {
			t.Errorf("asked with claims %q", got)
		}
	})
	t.Run("a static token cannot", func(t *testing.T) {
		t.Parallel()
		c, _ := client(t, serve(t, challenged).URL)
		_, err := c.Get(t.Context(), V1, "/groups/1", nil)
		if e, ok := as(err, 401); !ok || e.Claims == "" || !strings.Contains(err.Error(), "ENTRA_ACCESS_TOKEN") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("unquoted", func(t *testing.T) {
		t.Parallel()
		c, _ := client(t, serve(t, refused(`Bearer claims=abc`)).URL)
		if _, err := c.Get(t.Context(), V1, "/groups/1", nil); !IsUnauthorized(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestStaticToken(t *testing.T) {
	t.Parallel()
	refused := reply{status: 401, body: `{"error":{"code":"InvalidAuthenticationToken","message":"Lifetime validation failed, the token is expired."}}`}
	for name, test := range map[string]struct{ token, want string }{
		"opaque":  {secretToken, "expired, revoked, or for another tenant"},
		"expired": {jwt(aTenant, newClock().now.Add(-time.Hour)), "expired at 2026-03-01T11:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, serve(t, refused).URL, func(c *Config) { c.AccessToken = test.token })
			_, err := c.Get(t.Context(), V1, "/groups/1", nil)
			if !IsUnauthorized(err) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), test.token) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A token read from a file ends in a newline, which no header may hold.
func TestStaticTokenIsTrimmed(t *testing.T) {
	t.Parallel()
	server := serve(t, reply{status: 204})
	c, _ := client(t, server.URL, func(c *Config) { c.AccessToken = secretToken + "\n" })
	if _, err := c.Get(t.Context(), V1, "/groups/1", nil); err != nil || server.requests()[0].Header.Get("Authorization") != "Bearer "+secretToken {
		t.Errorf("got %v", err)
	}
}

func TestNoAzureCLI(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	server := serve(t, reply{status: 204})
	c, _ := client(t, server.URL, func(c *Config) { c.AccessToken = "" })
	_, err := c.Get(t.Context(), V1, "/groups/1", nil)
	var auth *AuthError
	if !errors.As(err, &auth) || len(server.requests()) != 0 {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"by Azure CLI", "because no access token", "ENTRA_ACCESS_TOKEN", "ARM_CLIENT_SECRET", "az login"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
	t.Log(err)
}

func TestCredentialChosen(t *testing.T) {
	t.Parallel()
	on, off := ptr(true), ptr(false)
	for name, test := range map[string]struct {
		config Config
		way    string
		err    []string
	}{
		"nothing: the Azure CLI":      {Config{}, wayCLI, nil},
		"nothing, and no CLI":         {Config{UseCLI: off}, "", []string{"no credentials", "ARM_CLIENT_SECRET", "ENTRA_ACCESS_TOKEN"}},
		"token before secret":         {Config{AccessToken: "t", ClientSecret: "s"}, wayToken, nil},
		"token of another tenant":     {Config{AccessToken: jwt(aTenant, time.Time{}), TenantID: aClient}, "", []string{aTenant, aClient}},
		"secret before CLI":           {Config{ClientSecret: "s", ClientID: aClient, TenantID: aTenant, UseCLI: on}, waySecret, nil},
		"secret by halves":            {Config{ClientSecret: "s"}, "", []string{"lacks client_id (ARM_CLIENT_ID) and tenant_id"}},
		"device code without client":  {Config{UseDeviceCode: on}, "", []string{"AADSTS65002", "client_id"}},
		"browser without client":      {Config{UseInteractive: on}, "", []string{"AADSTS65002", "client_id"}},
		"device code":                 {Config{UseDeviceCode: on, ClientID: aClient}, wayDeviceCode, nil},
		"browser":                     {Config{UseInteractive: on, ClientID: aClient}, wayInteractive, nil},
		"managed identity":            {Config{UseMSI: on, ClientID: aClient}, wayMSI, nil},
		"an unreadable switch":        {Config{}.FromEnvironment(func(n string) string { return map[string]string{"ARM_USE_MSI": "yes"}[n] }), "", []string{`ARM_USE_MSI is "yes"`}},
		"oidc without token":          {Config{UseOIDC: on, ClientID: aClient, TenantID: aTenant}, "", []string{"ARM_OIDC_TOKEN"}},
		"oidc switched off":           {Config{UseOIDC: off, OIDCToken: "t"}, wayCLI, nil},
		"certificate that is missing": {Config{ClientCertificatePath: "/does/not/exist.pem", ClientID: aClient, TenantID: aTenant}, "", []string{"client certificate", "exist.pem"}},
		"loopback only, token":        {Config{LoopbackOnly: true, Endpoint: "http://localhost:1", AccessToken: "t"}, wayToken, nil},
		"loopback only, secret": {Config{LoopbackOnly: true, Endpoint: "http://localhost:1", ClientSecret: "s", ClientID: aClient, TenantID: aTenant}, "",
			[]string{"ENTRA_LOOPBACK_ONLY", "client secret"}},
		"loopback only, CLI":              {Config{LoopbackOnly: true, Endpoint: "http://localhost:1", UseCLI: on}, "", []string{"ENTRA_LOOPBACK_ONLY", "Azure CLI"}},
		"loopback only, managed identity": {Config{LoopbackOnly: true, Endpoint: "http://localhost:1", UseMSI: on}, "", []string{"ENTRA_LOOPBACK_ONLY"}},
		"loopback only, nothing":          {Config{LoopbackOnly: true, Endpoint: "http://localhost:1"}, "", []string{"no credentials"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := New(t.Context(), test.config)
			if test.err == nil {
				if err != nil || c.tokens.way != test.way {
					t.Fatalf("got %v", err)
				}
				return
			}
			if err == nil {
				t.Fatalf("took %s", c.tokens.way)
			}
			for _, part := range test.err {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		})
	}
}

func ptr[T any](v T) *T { return &v }
