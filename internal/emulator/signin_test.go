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
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

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
	t.Cleanup(s.Close)
	return &login{Tenant: e, t: t, url: s.URL, client: s.Client()}
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
