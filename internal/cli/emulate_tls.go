package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// security is what emulate's flags say about TLS and about who may do what.
type security struct {
	dir          string
	requireRoles bool
	roles        []string
}

func (s *security) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.dir, "tls-dir", "", "serve over TLS, with a certificate authority made in this folder and reused while it is valid; needed to sign in, and to listen on other addresses than loopback")
	c.Flags().BoolVar(&s.requireRoles, "require-roles", false, "hold every request against the Microsoft Graph permissions of the token; the token of the environment has all")
	c.Flags().StringSliceVar(&s.roles, "roles", nil, "permissions that the client of --env-file gets (with --tls-dir); all of them otherwise")
}

// check refuses permissions that nobody would get, or that nobody would ask for.
func (s *security) check() error {
	if s.roles != nil && (s.dir == "" || !s.requireRoles) {
		return usageError{errors.New("--roles needs --tls-dir, for a client that gets them, and --require-roles")}
	}
	return nil
}

func (s *security) options() []emulator.Option {
	if s.requireRoles {
		return []emulator.Option{emulator.WithRequiredRoles()}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// apply gives the server a certificate and the tenant a client, and returns the address
// and the variables of the environment that the client needs.
func (s *security) apply(server *http.Server, tenant *emulator.Tenant, at net.Addr, host string) (endpoint string, variables []string, err error) {
	hosts := []string{host}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		hosts, host = nil, "localhost"
		if name, err := os.Hostname(); err == nil {
			hosts = append(hosts, name)
		}
	}
	files, err := openAuthority(s.dir, hosts, time.Now())
	if err != nil {
		return "", nil, fmt.Errorf("--tls-dir %s: %w", s.dir, err)
	}
	client, err := tenant.AddClient(emulator.ClientOptions{Name: "emulate --env-file", Certificate: files.client, Permissions: s.roles, Renew: true})
	if err != nil {
		return "", nil, fmt.Errorf("--roles: %w", err)
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
