package emulator_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const graphScope = "https://graph.microsoft.com/.default"

// login is a tenant behind TLS, with the clock of the wall: azidentity has no other.
type login struct {
	*emulator.Tenant
	t      *testing.T
	url    string
	client *http.Client
}

func newLogin(t *testing.T, opts ...emulator.Option) *login {
	t.Helper()
	e := emulator.New(opts...)
	s := httptest.NewTLSServer(e)
	x := &login{Tenant: e, t: t, url: s.URL, client: s.Client()}
	t.Cleanup(func() {
		s.Close()
		s = nil // see newBareTenant
	})
	return x
}

// send makes a request as it is; a body is JSON, or a form if it is url.Values.
func (e *login) send(method, path string, body any, headers ...string) answer {
	e.t.Helper()
	var content io.Reader = http.NoBody
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case url.Values:
		content, kind = strings.NewReader(b.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			e.t.Fatal(err)
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, e.url+strings.ReplaceAll(path, " ", "%20"), content)
	if err != nil {
		e.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := e.client.Do(r)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &a.body)
	return a
}

// as makes a request with a token.
func (e *login) as(token, method, path string, body any) answer {
	e.t.Helper()
	return e.send(method, path, body, "Authorization", "Bearer "+token)
}

func (e *login) addClient(opts emulator.ClientOptions) emulator.Client {
	e.t.Helper()
	c, err := e.AddClient(opts)
	if err != nil {
		e.t.Fatal(err)
	}
	return c
}

// azure points azidentity at the emulator; Microsoft's own login host cannot vouch for it.
func (e *login) azure() azcore.ClientOptions {
	return azcore.ClientOptions{Transport: e.client, Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: e.url + "/"},
		Retry: azpolicy.RetryOptions{MaxRetries: -1}}
}

// certificate makes a key and a certificate of it.
func certificate(t *testing.T, until time.Time) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"},
		NotBefore: until.Add(-24 * time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, c
}

func claimsOf(t *testing.T, token string) object {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims object
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestAzidentity: Microsoft's client signs in, and Graph takes its tokens.
func TestAzidentity(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	key, cert := certificate(t, time.Now().Add(time.Hour))
	client := e.addClient(emulator.ClientOptions{Name: "app", Certificate: cert, Permissions: []string{"Policy.Read.All", "Group.Read.All"}})

	secret, err := azidentity.NewClientSecretCredential(client.TenantID, client.ID, client.Secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: e.azure(), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	pfx, err := azidentity.NewClientCertificateCredential(client.TenantID, client.ID, []*x509.Certificate{cert}, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: e.azure(), DisableInstanceDiscovery: true, SendCertificateChain: true})
	if err != nil {
		t.Fatal(err)
	}
	credentials := map[string]azcore.TokenCredential{"secret": secret, "certificate": pfx}
	wanted := object{"tid": client.TenantID, "appid": client.ID, "aud": "https://graph.microsoft.com", "idtyp": "app",
		"iss": "https://sts.windows.net/" + client.TenantID + "/", "ver": "1.0"}
	for name, credential := range credentials {
		t.Run(name, func(t *testing.T) {
			token, err := credential.GetToken(context.Background(), azpolicy.TokenRequestOptions{Scopes: []string{graphScope}, EnableCAE: true})
			if err != nil {
				t.Fatal(err)
			}
			claims := claimsOf(t, token.Token)
			for name, want := range wanted {
				same(t, name, claims[name], want)
			}
			same(t, "roles", claims["roles"], []any{"Group.Read.All", "Policy.Read.All"})
			a := e.as(token.Token, "GET", policies, nil)
			same(t, "status", a.status, http.StatusOK)
		})
	}
}

// clock is a tenant's time that a test can move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.at }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.at = c.at.Add(d) }

// form is a request for a token of Microsoft Graph, changed by pairs of name and value;
// an empty value leaves the parameter out.
func form(client emulator.Client, changes ...string) url.Values {
	f := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}, "scope": {graphScope}}
	for i := 0; i+1 < len(changes); i += 2 {
		if f.Set(changes[i], changes[i+1]); changes[i+1] == "" {
			f.Del(changes[i])
		}
	}
	return f
}

func (e *login) endpoint() string { return "/" + e.TenantID() + "/oauth2/v2.0/token" }

// token signs in with a secret.
func (e *login) token(client emulator.Client, changes ...string) string {
	e.t.Helper()
	a := e.send("POST", e.endpoint(), form(client, changes...))
	token, _ := a.body["access_token"].(string)
	if a.status != http.StatusOK || token == "" {
		e.t.Fatalf("no token: %d %s", a.status, a.raw)
	}
	return token
}

// aadsts holds an answer of the token endpoint against status, word and code.
func (e *login) aadsts(a answer, status int, word string, code int) {
	e.t.Helper()
	description, _ := a.body["error_description"].(string)
	if a.status != status || a.body["error"] != word || !strings.HasPrefix(description, "AADSTS"+strconv.Itoa(code)+": ") {
		e.t.Errorf("%d %s, want %d %s AADSTS%d", a.status, a.raw, status, word, code)
	}
	codes, _ := a.body["error_codes"].([]any)
	if len(codes) != 1 || codes[0] != float64(code) {
		e.t.Errorf("error_codes are %v, want %d", codes, code)
	}
	for _, name := range []string{"timestamp", "trace_id", "correlation_id", "error_uri"} {
		if a.body[name] == nil {
			e.t.Errorf("%s is missing in %s", name, a.raw)
		}
	}
}

// TestTokenRequests: what the token endpoint refuses, in Microsoft's words and numbers.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	for name, c := range map[string]struct {
		path   string
		form   url.Values
		status int
		word   string
		code   int
	}{
		"wrong secret":           {"", form(client, "client_secret", "nonsense"), 401, "invalid_client", 7000215},
		"unknown application":    {"", form(client, "client_id", nobody), 400, "unauthorized_client", 700016},
		"no grant":               {"", form(client, "grant_type", ""), 400, "invalid_request", 900144},
		"other grant":            {"", form(client, "grant_type", "password"), 400, "unsupported_grant_type", 70003},
		"no client":              {"", form(client, "client_id", ""), 400, "invalid_request", 900144},
		"no proof":               {"", form(client, "client_secret", ""), 400, "invalid_request", 7000216},
		"no scope":               {"", form(client, "scope", ""), 400, "invalid_request", 900144},
		"scope of a user":        {"", form(client, "scope", "https://graph.microsoft.com/User.Read"), 400, "invalid_scope", 1002012},
		"two resources":          {"", form(client, "scope", graphScope+" https://vault.azure.net/.default"), 400, "invalid_scope", 1002012},
		"unknown resource":       {"", form(client, "scope", "api://nowhere/.default"), 400, "invalid_resource", 500011},
		"authentication context": {"", form(client, "claims", `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`), 400, "interaction_required", 53003},
		"claims that are none":   {"", form(client, "claims", "{"), 400, "invalid_request", 90023},
		"no tenant named":        {"/common/oauth2/v2.0/token", form(client), 400, "invalid_request", 50059},
		"other tenant":           {"/" + nobody + "/oauth2/v2.0/token", form(client), 400, "invalid_request", 90002},
		"no tenant at all":       {"/nonsense/oauth2/v2.0/token", form(client), 400, "invalid_request", 900023},
		"malformed assertion":    {"", form(client, "client_secret", "", "client_assertion", "x.y.z", "client_assertion_type", jwtBearer), 401, "invalid_client", 50027},
		"assertion of what kind": {"", form(client, "client_secret", "", "client_assertion", "x.y.z"), 400, "invalid_request", 70019},
	} {
		t.Run(name, func(t *testing.T) {
			path := c.path
			if path == "" {
				path = e.endpoint()
			}
			sub := *e
			sub.t = t
			sub.aadsts(sub.send("POST", path, c.form, "client-request-id", nobody), c.status, c.word, c.code)
		})
	}
	for name, path := range map[string]string{"by domain": "/contoso.onmicrosoft.com/oauth2/v2.0/token", "by id": e.endpoint()} {
		if a := e.send("POST", path, form(client)); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	basic := base64.StdEncoding.EncodeToString([]byte(client.ID + ":" + client.Secret))
	if a := e.send("POST", e.endpoint(), form(client, "client_id", "", "client_secret", ""), "Authorization", "Basic "+basic); a.status != http.StatusOK {
		t.Errorf("HTTP basic authentication: %d %s", a.status, a.raw)
	}
}

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// TestServicePrincipalGone: no token for an application that is disabled or gone.
func TestServicePrincipalGone(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	path := "/v1.0/servicePrincipals(appId='" + client.ID + "')"
	admin := func(status int, method, path string, body any) answer {
		t.Helper()
		a := e.as(e.Token(), method, path, body)
		if a.status != status {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.raw)
		}
		return a
	}
	id := admin(200, "GET", path, nil).id()
	app := admin(200, "GET", "/v1.0/applications(appId='"+client.ID+"')", nil).id()

	admin(204, "PATCH", path, object{"accountEnabled": false})
	e.aadsts(e.send("POST", e.endpoint(), form(client)), 400, "unauthorized_client", 7000112)
	admin(204, "PATCH", path, object{"accountEnabled": true})
	e.token(client)

	admin(204, "DELETE", "/v1.0/servicePrincipals/"+id, nil)
	e.aadsts(e.send("POST", e.endpoint(), form(client)), 401, "invalid_client", 7000229)
	admin(200, "POST", bin+"/"+id+"/restore", nil)
	e.token(client)

	admin(204, "DELETE", "/v1.0/applications/"+app, nil)
	e.aadsts(e.send("POST", e.endpoint(), form(client)), 400, "unauthorized_client", 700016)
	admin(200, "POST", bin+"/"+app+"/restore", nil)
	e.aadsts(e.send("POST", e.endpoint(), form(client)), 401, "invalid_client", 7000229)
}

// TestSecrets: secrets made through Graph sign in until they expire or are removed.
func TestSecrets(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	e := newLogin(t, emulator.WithClock(at.now))
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	app := "/v1.0/applications(appId='" + client.ID + "')"
	a := e.as(e.Token(), "POST", app+"/addPassword", object{"passwordCredential": object{"endDateTime": "2026-11-25T10:00:00Z"}})
	secret, _ := a.body["secretText"].(string)
	e.token(client, "client_secret", secret)

	at.advance(25 * time.Hour)
	e.aadsts(e.send("POST", e.endpoint(), form(client, "client_secret", secret)), 401, "invalid_client", 7000222)
	e.token(client)

	if got := e.as(e.Token(), "POST", app+"/removePassword", object{"keyId": a.body["keyId"]}); got.status != 204 {
		t.Fatalf("removePassword: %d %s", got.status, got.raw)
	}
	e.aadsts(e.send("POST", e.endpoint(), form(client, "client_secret", secret)), 401, "invalid_client", 7000215)
	if strings.Contains(e.as(e.Token(), "GET", app, nil).raw, client.Secret) {
		t.Error("Graph tells a secret")
	}
}

// TestDiscovery: where to sign in, with which keys, and where Graph is.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	id := e.TenantID()
	for name, want := range map[string]string{"common": "{tenantid}", "organizations": "{tenantid}", id: id, "contoso.onmicrosoft.com": id} {
		a := e.send("GET", "/"+name+"/v2.0/.well-known/openid-configuration", nil)
		same(t, name, a.body["issuer"], e.url+"/"+want+"/v2.0")
		keys, _ := a.body["jwks_uri"].(string)
		a = e.send("GET", strings.TrimPrefix(keys, e.url), nil)
		if list, _ := a.body["keys"].([]any); len(list) != 1 {
			t.Errorf("%s: keys are %s", name, a.raw)
		}
	}
	a := e.send("GET", "/"+nobody+"/v2.0/.well-known/openid-configuration", nil)
	e.aadsts(a, 400, "invalid_tenant", 90002)

	own := url.QueryEscape(e.url + "/" + id + "/oauth2/v2.0/authorize")
	a = e.send("GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint="+own, nil)
	same(t, "instance", a.body["tenant_discovery_endpoint"], e.url+"/"+id+"/v2.0/.well-known/openid-configuration")
	a = e.send("GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape("https://elsewhere.example/common"), nil)
	e.aadsts(a, 400, "invalid_instance", 50049)
	e.aadsts(e.send("GET", "/common/discovery/instance", nil), 400, "invalid_request", 900144)

	a = e.send("GET", "/metadata/endpoints?api-version=2022-09-01", nil)
	authentication, _ := a.body["authentication"].(object)
	same(t, "login endpoint", authentication["loginEndpoint"], e.url)
	same(t, "Graph", a.body["microsoftGraphResourceId"], e.url+"/")
	same(t, "other version", e.send("GET", "/metadata/endpoints?api-version=2015-01-01", nil).status, 400)
}

// TestSignature: whoever reads JWKS can check a token.
func TestSignature(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	token := e.token(e.addClient(emulator.ClientOptions{Name: "app"}))
	keys, _ := e.send("GET", "/common/discovery/v2.0/keys", nil).body["keys"].([]any)
	_, err := jwt.Parse(token, func(t *jwt.Token) (any, error) {
		for _, k := range keys {
			k := k.(object)
			if k["kid"] != t.Header["kid"] {
				continue
			}
			der, err := base64.StdEncoding.DecodeString(k["x5c"].([]any)[0].(string))
			if err != nil {
				return nil, err
			}
			c, err := x509.ParseCertificate(der)
			if err != nil {
				return nil, err
			}
			n, err := base64.RawURLEncoding.DecodeString(k["n"].(string))
			if err != nil || c.PublicKey.(*rsa.PublicKey).N.Cmp(new(big.Int).SetBytes(n)) != 0 {
				return nil, errors.Join(errors.New("n and x5c are of different keys"), err)
			}
			return c.PublicKey, nil
		}
		return nil, fmt.Errorf("no key %v", t.Header["kid"])
	}, jwt.WithValidMethods([]string{"RS256"}))
	if err != nil {
		t.Error(err)
	}
}

// TestTokenOfPerson: a token of WithPerson may do what the static one may, and the log names the person,
// in the tenant or not.
func TestTokenOfPerson(t *testing.T) {
	t.Parallel()
	e := newLogin(t, emulator.WithPerson("of-ann", "ann@contoso.onmicrosoft.com"), emulator.WithPerson("of-bob", "bob@elsewhere.example"), emulator.WithRequiredRoles())
	ann := e.as(e.Token(), "POST", "/v1.0/users", object{"displayName": "Ann", "accountEnabled": true, "mailNickname": "ann", "userPrincipalName": "ann@contoso.onmicrosoft.com",
		"passwordProfile": object{"password": "Only-for-a-test-1"}}).body["id"]
	for token, want := range map[string]string{"of-ann": "ann@contoso.onmicrosoft.com", "of-bob": "bob@elsewhere.example"} {
		same(t, token, e.as(token, "POST", "/v1.0/groups", object{"displayName": token, "mailNickname": token, "mailEnabled": false, "securityEnabled": true}).status, 201)
		newest := e.as(e.Token(), "GET", audits, nil).body["value"].([]any)[0].(map[string]any)
		by := newest["initiatedBy"].(map[string]any)
		who, _ := by["user"].(map[string]any)
		same(t, "the name of "+token, who["userPrincipalName"], any(want))
		same(t, "no application beside "+token, by["app"], nil)
		if token == "of-ann" {
			same(t, "the id of somebody in the tenant", who["id"], ann)
		}
	}
	same(t, "another token", e.as("of-nobody", "GET", "/v1.0/groups", nil).status, 401)
}
