package graph

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Config says which Graph to speak to and as whom. Printing it never shows a secret.
type Config struct {
	// Endpoint is scheme://host; "" is the cloud's own. A /v1.0 or /beta at its end is dropped. Plain http only to
	// loopback.
	Endpoint string
	// Environment is the cloud, as azuread names it: "global" ("public"), "usgovernment" ("usgovernmentl4"),
	// "usgovernmentl5" ("dod"), "china". "" goes by the endpoint, else global.
	Environment string
	// AuthorityHost is where to sign in; "" is the cloud's own.
	AuthorityHost string

	TenantID     string
	ClientID     string
	ClientSecret string
	// ClientCertificatePath is a PKCS#12 or PEM file with the private key.
	ClientCertificatePath, ClientCertificatePassword string
	// AccessToken is used as it is and never refreshed.
	AccessToken string

	// nil is unset: the Azure CLI then comes last, the others do not come at all.
	UseCLI, UseOIDC, UseMSI, UseInteractive, UseDeviceCode *bool

	OIDCToken, OIDCTokenFilePath string
	// OIDCRequestURL and OIDCRequestToken are where a GitHub workflow fetches its token.
	OIDCRequestURL, OIDCRequestToken string

	// LoopbackOnly refuses every other host, token endpoints included.
	LoopbackOnly bool
	// Paced says whether to keep to Graph's documented quotas from the first request on, rather than from the first 429
	// on. nil: unless the endpoint is on this machine, where an emulator has what quotas it likes.
	Paced     *bool
	UserAgent string
	// Prompt shows the message of a device code sign-in; nil writes it to standard error. Its error ends the sign-in:
	// nobody waits for a code that nobody sees.
	Prompt func(message string) error
	// RetryFor bounds the time that one request spends in tries and waits; 0 is a quarter of an hour.
	RetryFor time.Duration

	// FinishWrites lets a write that is on its way be answered although its context has ended, for callers that would
	// not know of what it made. What waits for its turn or for a retry still ends at once.
	FinishWrites bool

	// Unreadable says which variables FromEnvironment could not read; New refuses them.
	Unreadable []string

	Transport http.RoundTripper // for tests; nil is net/http with the environment's proxy
	Clock     Clock             // for tests; nil is the real one
}

// String tells where and as whom, without a secret.
func (c Config) String() string {
	set := func(v string) string {
		if v == "" {
			return "none"
		}
		return "[redacted]"
	}
	return fmt.Sprintf("graph.Config{Endpoint:%q Environment:%q TenantID:%q ClientID:%q ClientSecret:%s "+
		"ClientCertificatePath:%q AccessToken:%s OIDCToken:%s LoopbackOnly:%t}",
		endpointShown(c.Endpoint), c.Environment, c.TenantID, c.ClientID, set(c.ClientSecret), c.ClientCertificatePath,
		set(c.AccessToken), set(c.OIDCToken+c.OIDCRequestToken), c.LoopbackOnly)
}

// Format prints String whatever the verb, %#v included.
func (c Config) Format(f fmt.State, _ rune) { fmt.Fprint(f, c.String()) }

// MarshalJSON is String too: a Config is nothing to write down.
func (c Config) MarshalJSON() ([]byte, error) { return encode(c.String()) }

func endpointShown(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "[unreadable]"
	}
	return shown(u)
}

// cloudOf names a national cloud: its Graph and where its users sign in.
type cloudOf struct {
	names     []string
	host      string
	authority cloud.Configuration
}

// https://learn.microsoft.com/graph/deployments
var clouds = []cloudOf{
	{[]string{"global", "public"}, "graph.microsoft.com", cloud.AzurePublic},
	{[]string{"usgovernment", "usgovernmentl4"}, "graph.microsoft.us", cloud.AzureGovernment},
	{[]string{"usgovernmentl5", "dod"}, "dod-graph.microsoft.us", cloud.AzureGovernment},
	{[]string{"china"}, "microsoftgraph.chinacloudapi.cn", cloud.AzureChina},
}

// place is where requests and sign-ins go.
type place struct {
	endpoint  *url.URL
	scope     string // of the cloud's Graph, also where the endpoint is another host
	authority cloud.Configuration
	private   bool // the authority is not Microsoft's, so Microsoft cannot vouch for it
}

func (c Config) place() (*place, error) {
	chosen, err := c.cloud()
	if err != nil {
		return nil, err
	}
	address := c.Endpoint
	if address == "" {
		address = "https://" + chosen.host
	}
	endpoint, err := c.address("the Graph endpoint (ENTRA_GRAPH_ENDPOINT)", address)
	if err != nil {
		return nil, err
	}
	p := &place{endpoint: endpoint, scope: "https://" + chosen.host + "/.default", authority: chosen.authority}
	if c.AuthorityHost != "" {
		authority, err := c.address("the authority host (AZURE_AUTHORITY_HOST)", c.AuthorityHost)
		if err != nil {
			return nil, err
		}
		p.private = true
		for _, known := range clouds {
			p.private = p.private && !strings.Contains(known.authority.ActiveDirectoryAuthorityHost, "//"+authority.Host)
		}
		p.authority = cloud.Configuration{ActiveDirectoryAuthorityHost: authority.String() + "/"}
	}
	return p, nil
}

func (c Config) cloud() (cloudOf, error) {
	var known []string
	for _, candidate := range clouds {
		for _, name := range candidate.names {
			if strings.EqualFold(c.Environment, name) {
				return candidate, nil
			}
		}
		known = append(known, candidate.names...)
	}
	if c.Environment != "" {
		return cloudOf{}, fmt.Errorf("the environment %q (ARM_ENVIRONMENT) is none of %s", c.Environment, strings.Join(known, ", "))
	}
	if u, err := url.Parse(c.Endpoint); err == nil {
		for _, candidate := range clouds {
			if strings.EqualFold(u.Hostname(), candidate.host) {
				return candidate, nil
			}
		}
	}
	return clouds[0], nil
}

var versionSuffix = regexp.MustCompile(`(/(v1\.0|beta))?/*$`)

// address checks one that the configuration names; it keeps scheme and host.
func (c Config) address(what, value string) (*url.URL, error) {
	u, err := url.Parse(versionSuffix.ReplaceAllString(strings.TrimSpace(value), ""))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s is not an address", what)
	case u.User != nil:
		return nil, fmt.Errorf("%s must not hold a user name or password", what)
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "", u.Path != "", u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("%s %q must be https://host and nothing more", what, shown(u))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%s %q is plain http, which is allowed to localhost, 127.0.0.0/8 and ::1 only: "+
			"a token would be readable on the way", what, shown(u))
	case c.LoopbackOnly && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%s %q is not on this machine, and ENTRA_LOOPBACK_ONLY refuses all others", what, shown(u))
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

var errGuarded = errors.New("not a loopback address, and ENTRA_LOOPBACK_ONLY refuses all others")

// transport is net/http's, with the environment's proxy (never for loopback). LoopbackOnly is enforced on the
// address that is dialled, whatever a name resolves to.
func (c Config) transport() http.RoundTripper {
	if c.Transport != nil {
		return c.Transport
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	if c.LoopbackOnly {
		t.Proxy = nil
		dialer := &net.Dialer{Timeout: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
			if host, _, err := net.SplitHostPort(address); err != nil || !loopback(host) {
				return fmt.Errorf("%s: %w", address, errGuarded)
			}
			return nil
		}}
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, address)
		}
	}
	return t
}
