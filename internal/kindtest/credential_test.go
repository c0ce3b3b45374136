package kindtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Certificates and logo of an application.

// certificates are two, DER in base64.
var certificates = sync.OnceValue(func() []string {
	var out []string
	for n := range 2 {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(int64(n + 1)), Subject: pkix.Name{CommonName: "sample"},
			NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)}
		raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			panic(err)
		}
		out = append(out, base64.StdEncoding.EncodeToString(raw))
	}
	return out
})

// Two images of one pixel.
const (
	logoA = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
	logoB = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
)

func asPEM(der string) string {
	raw, err := base64.StdEncoding.DecodeString(der)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

func (i *instance) keys() []any {
	i.t.Helper()
	b, err := i.client.Get(context.Background(), graph.V1, i.path(), map[string]string{"$select": "keyCredentials"})
	if err != nil {
		i.t.Fatal(err)
	}
	list, _ := b["keyCredentials"].([]any)
	return list
}

// TestCertificates, P14: each certificate is sent with every change, so that
// none dies with another's; one that somebody adds is seen and removed; all come
// back when the application is made anew.
func TestCertificates(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	one, two := certificates()[0], certificates()[1]
	code := func(keys map[string]kind.Values) kind.Values {
		return kind.Values{"display_name": "Certified", "key_credentials": keys}
	}
	first := map[string]kind.Values{roleID: {"key": asPEM(one)}}
	i.apply(code(first))
	i.settled(code(first), "with a certificate as PEM")
	both := map[string]kind.Values{roleID: {"key": one}, scopeID: {"key": base64.StdEncoding.EncodeToString([]byte(asPEM(two))), "display_name": "second"}}
	i.apply(code(both))
	i.settled(code(both), "with another, as PEM in base64")
	for _, k := range i.keys() {
		if k.(graph.Body)["key"] == nil {
			t.Error("a certificate lost its material")
		}
	}
	i.behind("PATCH", i.path(), graph.Body{"keyCredentials": append(i.keys(), graph.Body{"type": "AsymmetricX509Cert", "usage": "Verify", "key": one, "displayName": "CN=intruder"})})
	i.read()
	if i.empty(i.plan(code(both))) {
		t.Error("a certificate that somebody added is not seen")
	}
	i.apply(code(both))
	i.settled(code(both), "after it was removed")
	if n := len(i.keys()); n != 2 {
		t.Errorf("there are %d certificates", n)
	}
	i.behind("PATCH", i.path(), graph.Body{"keyCredentials": []any{}})
	i.read()
	if i.empty(i.plan(code(both))) {
		t.Error("that all certificates are gone is not seen")
	}
	i.lose()
	i.read()
	i.apply(code(both))
	i.settled(code(both), "after the application was made anew")
	none := code(map[string]kind.Values{})
	i.apply(none)
	i.settled(none, "after all were removed")
	if n := len(i.keys()); n != 0 {
		t.Errorf("there are %d certificates", n)
	}
}

// TestLogo: the logo is put when the application is made, made anew, or has
// another one, and at no other time.
func TestLogo(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	shown := func() string {
		t.Helper()
		answer, err := i.client.Do(context.Background(), graph.Request{Method: "GET", Path: i.path() + "/logo"})
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(answer.Raw)
	}
	code := kind.Values{"display_name": "With a logo", "logo": logoA}
	for _, step := range []struct{ what, logo string }{{"create", logoA}, {"change", logoB}, {"recreation", logoB}} {
		if code["logo"] = step.logo; step.what == "recreation" {
			i.lose()
			i.read()
		}
		i.apply(code)
		i.settled(code, "after "+step.what)
		if shown() != step.logo {
			t.Errorf("after %s it is another logo", step.what)
		}
	}
	less := kind.Values{"display_name": "With a logo"}
	i.apply(less)
	i.settled(less, "after the logo was left out")
	if shown() != logoB {
		t.Error("a logo that is left out is not ours to change")
	}
	if s := i.invalid(but(code, "logo", "logo.png")); !strings.Contains(s, "filebase64") {
		t.Errorf("the name of a file is no content: %q", s)
	}
}
