package emulator_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

// holder is a key pair with its certificate.
type holder struct {
	key  *rsa.PrivateKey
	cert string // DER, in base64
}

func newHolder(t *testing.T, from, to time.Time) holder {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "roll"}, NotBefore: from, NotAfter: to}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return holder{key, base64.StdEncoding.EncodeToString(raw)}
}

// proof is a JWT that the holder signed.
func (h holder) proof(t *testing.T, claims object) string {
	t.Helper()
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(object{"alg": "RS256", "typ": "JWT"}) + "." + part(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, h.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

func TestRollingKeys(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) // the tests' clock
	first, second := newHolder(t, now.AddDate(0, -1, 0), now.AddDate(1, 0, 0)), newHolder(t, now.AddDate(0, -1, 0), now.AddDate(2, 0, 0))
	expired := newHolder(t, now.AddDate(-2, 0, 0), now.AddDate(-1, 0, 0))
	e := newTenant(t)
	app, _, sp := e.principal("App")
	for _, o := range []struct{ path, id string }{{"/v1.0/applications/" + app, app}, {"/v1.0/servicePrincipals/" + sp, sp}} {
		claims := func(more ...any) object {
			return with(object{"aud": graphAppID, "iss": o.id, "nbf": now.Unix() - 60, "exp": now.Unix() + 540}, more...)
		}
		rolled := func(proof string) object {
			return object{"keyCredential": object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": second.cert}, "passwordCredential": nil, "proof": proof}
		}
		e.refused(401, "Authentication_MissingOrMalformed", "malformed", "POST", o.path+"/addKey", rolled(first.proof(t, claims())))
		e.want(204, "PATCH", o.path, object{"keyCredentials": []any{
			object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": first.cert, "displayName": "first"},
			object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": expired.cert}}})
		key := e.want(200, "GET", o.path, nil).body["keyCredentials"].([]any)[0].(object)
		same(t, "key in a GET without $select", key["key"], nil)
		same(t, "end", key["endDateTime"], "2027-11-24T10:00:00Z")
		key = e.want(200, "GET", o.path+"?$select=keyCredentials", nil).body["keyCredentials"].([]any)[0].(object)
		same(t, "key in a GET with $select", key["key"], first.cert)

		for name, proof := range map[string]string{
			"none":               "",
			"no JWT":             "abc",
			"another's key":      second.proof(t, claims()),
			"expired key":        expired.proof(t, claims()),
			"wrong audience":     first.proof(t, claims("aud", nobody)),
			"wrong issuer":       first.proof(t, claims("iss", nobody)),
			"expired":            first.proof(t, claims("nbf", now.Unix()-600, "exp", now.Unix()-1)),
			"not yet":            first.proof(t, claims("nbf", now.Unix()+60, "exp", now.Unix()+120)),
			"longer than 10 min": first.proof(t, claims("exp", now.Unix()+3600)),
			"signature torn off": first.proof(t, claims())[:80],
		} {
			t.Log(name)
			e.refused(401, "Authentication_MissingOrMalformed", "malformed", "POST", o.path+"/addKey", rolled(proof))
		}
		added := e.want(200, "POST", o.path+"/addKey", rolled(first.proof(t, claims())))
		same(t, "key in the answer", added.body["key"], nil)
		same(t, "keys", len(e.want(200, "GET", o.path, nil).body["keyCredentials"].([]any)), 3)
		e.want(204, "POST", o.path+"/removeKey", object{"keyId": key["keyId"], "proof": second.proof(t, claims("aud", "00000002-0000-0000-c000-000000000000"))})
		e.refused(401, "Authentication_MissingOrMalformed", "malformed", "POST", o.path+"/removeKey", object{"keyId": added.body["keyId"], "proof": first.proof(t, claims())})
		e.refused(400, "Request_BadRequest", "No credentials found", "POST", o.path+"/removeKey", object{"keyId": key["keyId"], "proof": second.proof(t, claims())})

		const bad = "Request_BadRequest"
		e.refused(400, bad, "certificate", "PATCH", o.path, object{"keyCredentials": []any{object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": "AQID"}}})
		e.refused(400, bad, "do not fit", "PATCH", o.path, object{"keyCredentials": []any{object{"type": "AsymmetricX509Cert", "usage": "Sign", "key": first.cert}}})
		e.refused(400, bad, "'key'", "PATCH", o.path, object{"keyCredentials": []any{object{"type": "AsymmetricX509Cert", "usage": "Verify"}}})
		e.want(204, "PATCH", o.path, object{"keyCredentials": []any{object{"type": "AsymmetricX509Cert", "usage": "Verify", "keyId": added.body["keyId"]}}})
		kept := e.want(200, "GET", o.path+"?$select=keyCredentials", nil).body["keyCredentials"].([]any)
		same(t, "key kept by its id", kept[0].(object)["key"], second.cert)
	}
}

func TestTokenSigningCertificate(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	_, _, sp := e.principal("App")
	at := "/v1.0/servicePrincipals/" + sp
	a := e.want(200, "POST", at+"/addTokenSigningCertificate", object{"displayName": "CN=Contoso", "endDateTime": "2027-06-01T00:00:00Z"})
	raw, err := base64.StdEncoding.DecodeString(a.body["key"].(string))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil || cert.Subject.CommonName != "Contoso" || cert.NotAfter.Year() != 2027 {
		t.Errorf("certificate %v, %v", cert, err)
	}
	same(t, "thumbprint", len(a.body["thumbprint"].(string)), 40)
	got := e.want(200, "GET", at, nil)
	same(t, "keys", len(got.body["keyCredentials"].([]any)), 2)
	same(t, "secrets", len(got.body["passwordCredentials"].([]any)), 1)
	e.refused(400, "Request_BadRequest", "CN=", "POST", at+"/addTokenSigningCertificate", object{"displayName": "Contoso"})
	e.refused(400, "Request_BadRequest", "endDateTime", "POST", at+"/addTokenSigningCertificate", object{"displayName": "CN=A", "endDateTime": "2020-01-01T00:00:00Z"})
}
