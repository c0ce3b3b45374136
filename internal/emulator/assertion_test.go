package emulator_test

import (
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"net/http"
	"net/url"
	"testing"
	"time"

	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/golang-jwt/jwt/v5"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// sign makes an assertion; changes are pairs of a claim and its value, and a header's
// name begins with "header:".
func sign(t *testing.T, key *rsa.PrivateKey, claims, header object) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	for k, v := range header {
		token.Header[k] = v
	}
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func asserted(client emulator.Client, assertion string) url.Values {
	return form(client, "client_secret", "", "client_assertion", assertion, "client_assertion_type", jwtBearer)
}

// TestCertificateAssertion: the signature, the certificate, the audience and the times of
// what an application signs itself.
func TestCertificateAssertion(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	now := time.Now()
	key, cert := certificate(t, now.Add(time.Hour))
	foreignKey, foreign := certificate(t, now.Add(time.Hour))
	oldKey, old := certificate(t, now.Add(-time.Hour))
	client := e.addClient(emulator.ClientOptions{Name: "app", Certificate: cert})
	expired := e.addClient(emulator.ClientOptions{Name: "old", Certificate: old})

	sum1 := sha1.Sum(cert.Raw)
	sum256 := sha256.Sum256(cert.Raw)
	oldSum, foreignSum := sha1.Sum(old.Raw), sha1.Sum(foreign.Raw)
	x5t := func(sum []byte) object { return object{"x5t": base64.RawURLEncoding.EncodeToString(sum)} }
	claims := func(changes ...any) object {
		c := object{"aud": e.url + e.endpoint(), "iss": client.ID, "sub": client.ID, "jti": nobody,
			"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}
		for i := 0; i+1 < len(changes); i += 2 {
			c[changes[i].(string)] = changes[i+1]
		}
		return c
	}
	for name, c := range map[string]struct {
		client    emulator.Client
		assertion string
		code      int // 0: a token
	}{
		"x5t":             {client, sign(t, key, claims(), x5t(sum1[:])), 0},
		"x5t#S256":        {client, sign(t, key, claims(), object{"x5t#S256": base64.RawURLEncoding.EncodeToString(sum256[:])}), 0},
		"kid":             {client, sign(t, key, claims(), object{"kid": base64.URLEncoding.EncodeToString(sum1[:])}), 0},
		"the issuer":      {client, sign(t, key, claims("aud", e.url+"/"+e.TenantID()+"/v2.0"), x5t(sum1[:])), 0},
		"no thumbprint":   {client, sign(t, key, claims(), nil), 700027},
		"not registered":  {client, sign(t, foreignKey, claims(), x5t(foreignSum[:])), 700027},
		"other key":       {client, sign(t, foreignKey, claims(), x5t(sum1[:])), 700027},
		"expired key":     {expired, sign(t, oldKey, claims("iss", expired.ID, "sub", expired.ID), x5t(oldSum[:])), 700027},
		"other audience":  {client, sign(t, key, claims("aud", "https://login.microsoftonline.com/"+e.TenantID()+"/oauth2/v2.0/token"), x5t(sum1[:])), 700023},
		"other tenant":    {client, sign(t, key, claims("aud", e.url+"/"+nobody+"/oauth2/v2.0/token"), x5t(sum1[:])), 700023},
		"expired":         {client, sign(t, key, claims("exp", now.Add(-10*time.Minute).Unix()), x5t(sum1[:])), 700024},
		"not yet":         {client, sign(t, key, claims("nbf", now.Add(10*time.Minute).Unix()), x5t(sum1[:])), 700024},
		"other subject":   {client, sign(t, key, claims("sub", nobody), x5t(sum1[:])), 700021},
		"without an end":  {client, sign(t, key, claims("exp", nil), x5t(sum1[:])), 50027},
		"other's request": {expired, sign(t, key, claims(), x5t(sum1[:])), 700211},
	} {
		t.Run(name, func(t *testing.T) {
			sub := *e
			sub.t = t
			a := sub.send("POST", e.endpoint(), asserted(c.client, c.assertion))
			if c.code != 0 {
				sub.aadsts(a, 401, "invalid_client", c.code)
				return
			}
			if a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			same(t, "appidacr", claimsOf(t, a.body["access_token"].(string))["appidacr"], "2")
		})
	}
	t.Run("the clock of the tenant, moved ahead, is not the client's", func(t *testing.T) {
		if a := e.send("POST", "/_emulator/clock", object{"advance": "30m"}); a.status != http.StatusOK {
			t.Fatal(a.raw)
		}
		if a := e.send("POST", e.endpoint(), asserted(client, sign(t, key, claims(), x5t(sum1[:])))); a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.raw)
		}
	})
}

// TestFederated: the token of another issuer, whose keys the emulator was told, and
// azidentity with one.
func TestFederated(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	const issuer, subject = "https://token.actions.githubusercontent.com", "repo:Contoso/tenant:ref:refs/heads/main"
	a := e.as(e.Token(), "POST", "/v1.0/applications(appId='"+client.ID+"')/federatedIdentityCredentials",
		object{"name": "main", "issuer": issuer, "subject": subject, "audiences": []any{"api://AzureADTokenExchange"}})
	if a.status != 201 {
		t.Fatal(a.raw)
	}
	key, _ := certificate(t, time.Now().Add(time.Hour))
	other, _ := certificate(t, time.Now().Add(time.Hour))
	now := time.Now()
	claims := func(changes ...any) object {
		c := object{"iss": issuer, "sub": subject, "aud": "api://AzureADTokenExchange", "nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}
		for i := 0; i+1 < len(changes); i += 2 {
			c[changes[i].(string)] = changes[i+1]
		}
		return c
	}
	ask := func(assertion string) answer { return e.send("POST", e.endpoint(), asserted(client, assertion)) }

	e.aadsts(ask(sign(t, key, claims(), nil)), 400, "invalid_request", 50166) // keys not told yet
	if a := e.send("POST", "/_emulator/issuers", object{"issuer": issuer, "jwks": keySet(key)}); a.status != http.StatusOK {
		t.Fatal(a.raw)
	}
	for name, c := range map[string]struct {
		assertion string
		code      int
	}{
		"other issuer":      {sign(t, key, claims("iss", issuer+"/"), nil), 700211},
		"other subject":     {sign(t, key, claims("sub", "repo:Contoso/tenant:pull_request"), nil), 700213},
		"subject's case":    {sign(t, key, claims("sub", "repo:contoso/tenant:ref:refs/heads/main"), nil), 7002138},
		"other audience":    {sign(t, key, claims("aud", "https://github.com/Contoso"), nil), 700212},
		"other key":         {sign(t, other, claims(), nil), 50013},
		"expired assertion": {sign(t, key, claims("exp", now.Add(-10*time.Minute).Unix()), nil), 700024},
	} {
		t.Run(name, func(t *testing.T) {
			sub := *e
			sub.t = t
			sub.aadsts(ask(c.assertion), 401, "invalid_client", c.code)
		})
	}
	credential, err := azidentity.NewClientAssertionCredential(client.TenantID, client.ID,
		func(context.Context) (string, error) { return sign(t, key, claims(), nil), nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: e.azure(), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(context.Background(), azpolicy.TokenRequestOptions{Scopes: []string{graphScope}})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "groups", e.as(token.Token, "GET", "/v1.0/groups", nil).status, http.StatusOK)
	if err := e.TrustIssuer("https://weak.example", []byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`)); err == nil {
		t.Error("a key of 24 bits is trusted")
	}
}

// keySet is a JSON Web Key Set of one key.
func keySet(key *rsa.PrivateKey) object {
	return object{"keys": []any{object{"kty": "RSA", "kid": "1", "n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())}}}
}

// TestRegisteredCertificate: a certificate that Graph was told signs in, and no longer
// once it is taken away.
func TestRegisteredCertificate(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	key, cert := certificate(t, time.Now().Add(time.Hour))
	path := "/v1.0/applications(appId='" + client.ID + "')"
	register := func(keys ...any) {
		t.Helper()
		if a := e.as(e.Token(), "PATCH", path, object{"keyCredentials": append([]any{}, keys...)}); a.status != 204 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
	}
	get := func() error {
		credential, err := azidentity.NewClientCertificateCredential(client.TenantID, client.ID, []*x509.Certificate{cert}, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: e.azure(), DisableInstanceDiscovery: true})
		if err != nil {
			t.Fatal(err)
		}
		_, err = credential.GetToken(context.Background(), azpolicy.TokenRequestOptions{Scopes: []string{graphScope}})
		return err
	}
	register(object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(cert.Raw)})
	if err := get(); err != nil {
		t.Error(err)
	}
	register()
	if err := get(); err == nil {
		t.Error("a certificate that was taken away still signs in")
	}
}
