package graph_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// Every way to sign in, through the real azidentity, to an emulated tenant that checks
// what it is given: over TLS, with ENTRA_LOOPBACK_ONLY.

const (
	issuer  = "https://token.actions.githubusercontent.com"
	subject = "repo:contoso/tenant:ref:refs/heads/main"
)

// tenant is an emulated tenant with an application that may sign in, and its
// certificate in a file.
type tenant struct {
	*emulator.Tenant
	server *httptest.Server
	client emulator.Client
	key    *rsa.PrivateKey
	file   string
}

func newTenant(t *testing.T, opts ...emulator.Option) *tenant {
	t.Helper()
	e := &tenant{Tenant: emulator.New(opts...), file: filepath.Join(t.TempDir(), "client.pem")}
	e.server = httptest.NewTLSServer(e)
	t.Cleanup(e.server.Close)
	var err error
	if e.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, e.key.Public(), e.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(e.key)
	if err != nil {
		t.Fatal(err)
	}
	content := append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	if err := os.WriteFile(e.file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	if e.client, err = e.AddClient(emulator.ClientOptions{Name: "provider", Certificate: certificate}); err != nil {
		t.Fatal(err)
	}
	return e
}

// config reads the environment that emulate --env-file writes, the static token left out.
func (e *tenant) config(more map[string]string) graph.Config {
	env := map[string]string{
		"ENTRA_GRAPH_ENDPOINT": e.server.URL, "ENTRA_AUTHORITY_HOST": e.server.URL, "ENTRA_LOOPBACK_ONLY": "1",
		"ARM_TENANT_ID": e.client.TenantID, "ARM_CLIENT_ID": e.client.ID,
	}
	for name, value := range more {
		env[name] = value
	}
	c := graph.Config{Transport: e.server.Client().Transport, RetryFor: time.Second}
	return c.FromEnvironment(func(name string) string { return env[name] })
}

func (e *tenant) groups(t *testing.T, c graph.Config) error {
	t.Helper()
	client, err := graph.New(t.Context(), c)
	if err != nil {
		return err
	}
	_, err = client.Do(t.Context(), graph.Request{Path: "/groups"})
	return err
}

// admin changes the tenant with the static token.
func (e *tenant) admin(t *testing.T, method, path string, body graph.Body) {
	t.Helper()
	client, err := graph.New(t.Context(), graph.Config{Endpoint: e.server.URL, AccessToken: e.Token(), Transport: e.server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Do(t.Context(), graph.Request{Method: method, Path: path, Body: body}); err != nil {
		t.Fatal(err)
	}
}

// federate makes the application trust an issuer, and returns how that signs.
func (e *tenant) federate(t *testing.T) func(subject string) string {
	t.Helper()
	e.admin(t, "POST", "/applications(appId='"+e.client.ID+"')/federatedIdentityCredentials",
		graph.Body{"name": "main", "issuer": issuer, "subject": subject, "audiences": []any{"api://AzureADTokenExchange"}})
	keys, err := json.Marshal(graph.Body{"keys": []any{graph.Body{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(e.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(e.key.E)).Bytes())}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.TrustIssuer(issuer, keys); err != nil {
		t.Fatal(err)
	}
	return func(subject string) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange",
			"exp": time.Now().Add(5 * time.Minute).Unix()}).SignedString(e.key)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
}

// TestSignInToTheEmulator: each way gets a token that the emulator takes, and fails with
// the emulator's reason when what it proves is wrong.
func TestSignInToTheEmulator(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	sign := e.federate(t)
	file := func(text string) string {
		name := filepath.Join(t.TempDir(), "token")
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer run" || r.URL.Query().Get("audience") != "api://AzureADTokenExchange" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"value": sign(subject)})
	}))
	t.Cleanup(github.Close)
	for name, c := range map[string]struct {
		env  map[string]string
		want string // part of the error, "" for none
	}{
		"secret":               {map[string]string{"ARM_CLIENT_SECRET": e.client.Secret}, ""},
		"wrong secret":         {map[string]string{"ARM_CLIENT_SECRET": "nonsense"}, "AADSTS7000215"},
		"certificate":          {map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": e.file}, ""},
		"other application":    {map[string]string{"ARM_CLIENT_CERTIFICATE_PATH": e.file, "ARM_CLIENT_ID": "33333333-3333-4333-8333-333333333333"}, "AADSTS700016"},
		"other tenant":         {map[string]string{"ARM_CLIENT_SECRET": e.client.Secret, "ARM_TENANT_ID": "33333333-3333-4333-8333-333333333333"}, "90002"},
		"OpenID Connect":       {map[string]string{"ARM_OIDC_TOKEN": sign(subject)}, ""},
		"other branch":         {map[string]string{"ARM_OIDC_TOKEN": sign("repo:contoso/tenant:pull_request")}, "AADSTS700213"},
		"OpenID Connect, file": {map[string]string{"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": file(sign(subject))}, ""},
		"GitHub":               {map[string]string{"ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": github.URL + "/?run=1", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "run"}, ""},
		"workload identity":    {map[string]string{"ARM_CLIENT_ID": "", "ARM_TENANT_ID": "", "AZURE_CLIENT_ID": e.client.ID, "AZURE_TENANT_ID": e.client.TenantID, "AZURE_FEDERATED_TOKEN_FILE": file(sign(subject))}, ""},
		"login host elsewhere": {map[string]string{"ARM_CLIENT_SECRET": e.client.Secret, "ENTRA_AUTHORITY_HOST": "https://login.microsoftonline.com"}, "ENTRA_LOOPBACK_ONLY"},
		"no login host":        {map[string]string{"ARM_CLIENT_SECRET": e.client.Secret, "ENTRA_AUTHORITY_HOST": ""}, "ENTRA_LOOPBACK_ONLY"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := e.groups(t, e.config(c.env))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestWhoSignedIn: a token tells a person from an application that acts for itself.
func TestWhoSignedIn(t *testing.T) {
	e := newTenant(t)
	made, err := graph.New(t.Context(), graph.Config{Endpoint: e.server.URL, AccessToken: e.Token(), Transport: e.server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	ann, err := made.Post(t.Context(), graph.V1, "/users", graph.Body{"displayName": "ann", "accountEnabled": true, "mailNickname": "ann",
		"userPrincipalName": "ann@contoso.onmicrosoft.com", "passwordProfile": graph.Body{"password": "Long-enough-1"}})
	if err != nil {
		t.Fatal(err)
	}
	person, err := e.SignIn(emulator.Person{UserPrincipalName: "ann@contoso.onmicrosoft.com"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config graph.Config
		want   any
	}{
		"a person":        {graph.Config{Endpoint: e.server.URL, AccessToken: person, Transport: e.server.Client().Transport}, ann["id"]},
		"an application":  {e.config(map[string]string{"ARM_CLIENT_SECRET": e.client.Secret}), ""},
		"an opaque token": {graph.Config{Endpoint: e.server.URL, AccessToken: e.Token(), Transport: e.server.Client().Transport}, ""},
	} {
		client, err := graph.New(t.Context(), c.config)
		if err != nil {
			t.Fatal(name, err)
		}
		who, err := client.Identity(t.Context())
		person := ""
		if who.Known && !who.Application {
			person = who.ObjectID
		}
		if err != nil || person != c.want || who.Known == (name == "an opaque token") {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
}

// TestManagedIdentity: App Service's endpoint hands out a token of the emulated tenant.
func TestManagedIdentity(t *testing.T) {
	e := newTenant(t)
	asked := 0
	appService := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("X-IDENTITY-HEADER") != "proof" || r.URL.Query().Get("resource") != "https://graph.microsoft.com" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer, err := e.server.Client().PostForm(e.server.URL+"/"+e.TenantID()+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
			"client_id": {e.client.ID}, "client_secret": {e.client.Secret}, "scope": {"https://graph.microsoft.com/.default"}})
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		var token struct {
			Value string `json:"access_token"`
		}
		_ = json.NewDecoder(answer.Body).Decode(&token)
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": token.Value, "token_type": "Bearer", "resource": "https://graph.microsoft.com",
			"expires_on": time.Now().Add(time.Hour).Unix()})
	}))
	t.Cleanup(appService.Close)
	t.Setenv("IDENTITY_ENDPOINT", appService.URL)
	t.Setenv("IDENTITY_HEADER", "proof")
	on := true
	err := e.groups(t, graph.Config{Endpoint: e.server.URL, UseMSI: &on, Transport: e.server.Client().Transport})
	if err != nil || asked != 1 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}

// TestRevokedWhileRunning: the token of a service principal that is disabled stops at
// once, and the client says why it gets no other.
func TestRevokedWhileRunning(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	client, err := graph.New(t.Context(), e.config(map[string]string{"ARM_CLIENT_SECRET": e.client.Secret}))
	if err != nil {
		t.Fatal(err)
	}
	groups := func(ctx context.Context) error {
		_, err := client.Do(ctx, graph.Request{Path: "/groups"})
		return err
	}
	if err := groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := "/servicePrincipals(appId='" + e.client.ID + "')"
	e.admin(t, "PATCH", path, graph.Body{"accountEnabled": false})
	err = groups(t.Context())
	var failed *graph.AuthError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "AADSTS7000112") {
		t.Errorf("disabled: %v", err)
	}
	e.admin(t, "PATCH", path, graph.Body{"accountEnabled": true})
	if err := groups(t.Context()); err != nil {
		t.Errorf("enabled again, with a token of before: %v", err)
	}
}

// TestPermissionMissing: what the application lacks is told with Graph's own words.
func TestPermissionMissing(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithRequiredRoles())
	poor, err := e.AddClient(emulator.ClientOptions{Name: "poor", Permissions: []string{"User.Read.All"}})
	if err != nil {
		t.Fatal(err)
	}
	c := e.config(map[string]string{"ARM_CLIENT_ID": poor.ID, "ARM_CLIENT_SECRET": poor.Secret})
	var refused *graph.Error
	if err := e.groups(t, c); !errors.As(err, &refused) || refused.Status != http.StatusForbidden || refused.Code != "Authorization_RequestDenied" {
		t.Errorf("got %v", err)
	}
	if err := e.groups(t, e.config(map[string]string{"ARM_CLIENT_SECRET": e.client.Secret})); err != nil {
		t.Errorf("the client with every permission: %v", err)
	}
}

// TestIdentity: a token says who and with what; an opaque one says nothing.
func TestIdentity(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	config := graph.Config{Endpoint: e.server.URL, TenantID: e.client.TenantID, ClientID: e.client.ID, ClientSecret: e.client.Secret, AuthorityHost: e.server.URL, LoopbackOnly: true, Transport: e.server.Client().Transport}
	client, err := graph.New(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	who, err := client.Identity(context.Background())
	if err != nil || !who.Known || !who.Application || who.AppID != e.client.ID || who.ObjectID == "" || len(who.Permissions) == 0 {
		t.Errorf("%+v %v", who, err)
	}
	person := "x." + base64.RawURLEncoding.EncodeToString([]byte(`{"idtyp":"user","oid":"me","appid":"app","scp":"User.Read Group.Read.All"}`)) + ".x"
	for token, want := range map[string]string{person: "true false app me [Group.Read.All User.Read]", e.Token(): "false false   []"} {
		client, err := graph.New(context.Background(), graph.Config{Endpoint: e.server.URL, AccessToken: token, LoopbackOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		who, err := client.Identity(context.Background())
		if got := fmt.Sprintf("%v %v %s %s %v", who.Known, who.Application, who.AppID, who.ObjectID, who.Permissions); err != nil || got != want {
			t.Errorf("%s %v", got, err)
		}
	}
}

// TestLists: first pages by batch, the rest of a long one by itself, and an outcome each.
func TestLists(t *testing.T) {
	t.Parallel()
	tenant := emulator.New()
	server := httptest.NewServer(tenant)
	t.Cleanup(server.Close)
	client, err := graph.New(context.Background(), graph.Config{Endpoint: server.URL, AccessToken: tenant.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		if _, err := client.Post(context.Background(), graph.V1, "/groups", graph.Body{"displayName": name, "mailNickname": name, "mailEnabled": false, "securityEnabled": true}); err != nil {
			t.Fatal(err)
		}
	}
	before := client.Requests()
	got, err := client.Lists(context.Background(), graph.V1, []graph.Request{{Path: "/groups", Query: map[string]string{"$top": "2"}}, {Path: "/applications"},
		{Path: "/groups/11111111-1111-4111-8111-111111111111/members"}})
	if err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	if len(got[0].Rows) != 3 || got[0].Err != nil || len(got[1].Rows) != 0 || got[1].Err != nil || !graph.IsNotFound(got[2].Err) {
		t.Errorf("%+v", got)
	}
	if n := client.Requests() - before; n != 2 {
		t.Errorf("%d requests: one batch, and the second page of the long list", n)
	}
}
