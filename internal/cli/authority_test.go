package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"software.sslmate.com/src/go-pkcs12"
)

func open(t *testing.T, dir string, now time.Time, hosts ...string) (*authority, map[string][]byte) {
	t.Helper()
	a, err := openAuthority(dir, hosts, now)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range []string{"ca.pem", "server.pem", "client.pfx"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return a, files
}

// TestAuthorityReuse: what is valid stays, what is not is made anew and nothing else.
func TestAuthorityReuse(t *testing.T) {
	t.Parallel()
	now := time.Now()
	spoil := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte("spoiled"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		later  time.Duration
		hosts  []string
		renews []string
	}{
		"unchanged":              {nil, 0, nil, nil},
		"a month later":          {nil, 30 * 24 * time.Hour, nil, nil},
		"a year later":           {nil, validFor, nil, []string{"server.pem", "client.pfx"}},
		"the day before the end": {nil, validFor - time.Hour, nil, []string{"server.pem", "client.pfx"}},
		"ten years later":        {nil, caValidFor, nil, []string{"ca.pem", "server.pem", "client.pfx"}},
		"other host":             {nil, 0, []string{"emulator.example"}, []string{"server.pem"}},
		"other address":          {nil, 0, []string{"192.0.2.7"}, []string{"server.pem"}},
		"spoiled server":         {spoil("server.pem"), 0, nil, []string{"server.pem"}},
		"spoiled key":            {spoil("server-key.pem"), 0, nil, []string{"server.pem"}},
		"spoiled client":         {spoil("client.pfx"), 0, nil, []string{"client.pfx"}},
		"spoiled authority":      {spoil("ca.pem"), 0, nil, []string{"ca.pem", "server.pem"}},
		"lost authority's key":   {spoil("ca-key.pem"), 0, nil, []string{"ca.pem", "server.pem"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "tls")
			_, before := open(t, dir, now)
			if c.change != nil {
				c.change(t, dir)
			}
			_, after := open(t, dir, now.Add(c.later), c.hosts...)
			for file := range before {
				renewed := !bytes.Equal(before[file], after[file])
				want := false
				for _, r := range c.renews {
					want = want || r == file
				}
				if renewed != want {
					t.Errorf("%s renewed: %t, want %t", file, renewed, want)
				}
			}
			if key, err := os.Stat(filepath.Join(dir, "ca-key.pem")); err != nil || key.Mode().Perm() != 0o600 {
				t.Errorf("the authority's key: %v %v", key, err)
			}
		})
	}
}

// TestAuthorityServes: a client that trusts ca.pem alone gets through at every name, and
// one that does not, not.
func TestAuthorityServes(t *testing.T) {
	t.Parallel()
	a, files := open(t, t.TempDir(), time.Now())
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{a.server}}
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(files["ca.pem"]) {
		t.Fatal("ca.pem holds no certificate")
	}
	get := func(name string, roots *x509.CertPool) error {
		dial := func(_ context.Context, network, _ string) (net.Conn, error) { return net.Dial(network, s.Listener.Addr().String()) }
		client := &http.Client{Transport: &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: roots}}}
		answer, err := client.Get("https://" + net.JoinHostPort(name, "443"))
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := get(name, roots); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if get("elsewhere.example", roots) == nil {
		t.Error("the certificate is good for any name")
	}
	if get("localhost", x509.NewCertPool()) == nil {
		t.Error("who trusts nobody is served")
	}
}

// TestClientFile: azidentity reads client.pfx, and so does the library that azuread has.
func TestClientFile(t *testing.T) {
	t.Parallel()
	a, files := open(t, t.TempDir(), time.Now())
	chain, key, err := azidentity.ParseCertificates(files["client.pfx"], nil)
	if err != nil || len(chain) != 1 || !chain[0].Equal(a.client) || key == nil {
		t.Errorf("azidentity reads %d certificates: %v", len(chain), err)
	}
	if _, certificate, _, err := pkcs12.DecodeChain(files["client.pfx"], ""); err != nil || !certificate.Equal(a.client) {
		t.Errorf("go-pkcs12: %v", err)
	}
}

// TestLocalControl: /_emulator/ asks for no token, so it is for this machine alone.
func TestLocalControl(t *testing.T) {
	t.Parallel()
	handler := localControl(http.NotFoundHandler())
	for name, c := range map[string]struct {
		peer, path string
		status     int
	}{
		"control, here":      {"127.0.0.1:1", "/_emulator/stats", 404},
		"control, here, v6":  {"[::1]:1", "/_emulator/stats", 404},
		"control, elsewhere": {"192.0.2.1:1", "/_emulator/stats", 403},
		"Graph, elsewhere":   {"192.0.2.1:1", "/v1.0/groups", 404},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", c.path, nil)
		r.RemoteAddr = c.peer
		if handler.ServeHTTP(w, r); w.Code != c.status {
			t.Errorf("%s: %d, want %d", name, w.Code, c.status)
		}
	}
}

func TestQuote(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"/tmp/ca.pem": "/tmp/ca.pem", "/my dir/ca.pem": "'/my dir/ca.pem'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "": "''"} {
		if got := quote(word); got != want {
			t.Errorf("%q is quoted %s, want %s", word, got, want)
		}
	}
}
