package cli

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// emulate --tls-dir: TLS, and a client that can sign in.

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// secure gives the server a certificate and the tenant a client, and returns the
// address and the variables of the environment that the client needs.
func secure(server *http.Server, tenant *emulator.Tenant, at net.Addr, host, dir string) (endpoint string, variables []string, err error) {
	hosts := []string{host}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		hosts, host = nil, "localhost"
		if name, err := os.Hostname(); err == nil {
			hosts = append(hosts, name)
		}
	}
	files, err := openAuthority(dir, hosts, time.Now())
	if err != nil {
		return "", nil, fmt.Errorf("--tls-dir %s: %w", dir, err)
	}
	client, err := tenant.AddClient(emulator.ClientOptions{Name: "emulate --env-file", Certificate: files.client})
	if err != nil {
		return "", nil, err
	}
	server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{files.server}}
	_, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return "", nil, err
	}
	address := net.JoinHostPort(host, port)
	return "https://" + address, []string{
		"ENTRA_AUTHORITY_HOST=https://" + address,
		"ARM_METADATA_HOSTNAME=" + address,
		"ARM_TENANT_ID=" + client.TenantID,
		"ARM_CLIENT_ID=" + client.ID,
		"ARM_CLIENT_SECRET=" + client.Secret,
		"ARM_CLIENT_CERTIFICATE_PATH=" + quote(files.clientFile()),
		"SSL_CERT_FILE=" + quote(files.ca()),
	}, nil
}

// quote makes a word of a POSIX shell, if it is not one already.
func quote(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("/._-+:@", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// localControl keeps /_emulator/… to this machine: it asks for no token.
func localControl(tenant http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host, _, err := net.SplitHostPort(r.RemoteAddr); strings.HasPrefix(r.URL.Path, "/_emulator/") && (err != nil || !loopback(host)) {
			http.Error(w, "/_emulator/ answers this machine only", http.StatusForbidden)
			return
		}
		tenant.ServeHTTP(w, r)
	})
}
