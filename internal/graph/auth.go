package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// The ways to sign in, in the order of precedence that azuread has; the first that is configured is taken, and one that
// is configured by halves is an error rather than a reason to go on as somebody else.
const (
	wayToken       = "access token"
	wayInteractive = "interactive browser"
	wayDeviceCode  = "device code"
	wayCertificate = "client certificate"
	waySecret      = "client secret"
	wayOIDC        = "OpenID Connect"
	wayMSI         = "managed identity"
	wayCLI         = "Azure CLI"
)

func yes(b *bool) bool { return b != nil && *b }

// way is the one that the Config asks for, "" if it asks for none.
func (c Config) way() string {
	for _, candidate := range []struct {
		way string
		set bool
	}{
		{wayToken, c.AccessToken != ""},
		{wayInteractive, yes(c.UseInteractive)},
		{wayDeviceCode, yes(c.UseDeviceCode)},
		{wayCertificate, c.ClientCertificatePath != ""},
		{waySecret, c.ClientSecret != ""},
		{wayOIDC, yes(c.UseOIDC) || c.UseOIDC == nil && c.OIDCToken+c.OIDCTokenFilePath != ""},
		{wayMSI, yes(c.UseMSI)},
		{wayCLI, yes(c.UseCLI)},
	} {
		if candidate.set {
			return candidate.way
		}
	}
	return ""
}

const waysOut = "Set one of: client_id, tenant_id and client_secret (ARM_CLIENT_ID, ARM_TENANT_ID, ARM_CLIENT_SECRET); a client " +
	"certificate (ARM_CLIENT_CERTIFICATE_PATH); use_oidc (ARM_USE_OIDC) with a token; use_msi (ARM_USE_MSI); use_cli (ARM_USE_CLI) " +
	"after `az login`; use_device_code or use_interactive with a client_id of your own; or an access token (ENTRA_ACCESS_TOKEN)"

// ownClient is why there is no client id to fall back to.
const ownClient = "needs the client id of an app registration of your own (client_id, ARM_CLIENT_ID), as a public client with delegated " +
	"permissions. There is no default: the clients that every tenant has, the Azure CLI's among them, are not allowed to write " +
	"Conditional Access (AADSTS65002)"

// credential makes the one that the Config asks for.
func (c Config) credential(p *place, transport http.RoundTripper) (*tokenSource, error) {
	source := &tokenSource{way: c.way(), scope: p.scope, busy: make(chan struct{}, 1), now: time.Now}
	if source.way == "" {
		if c.UseCLI != nil || c.LoopbackOnly {
			return nil, &AuthError{Reason: "no credentials: no access token, sign-in, certificate, secret, OpenID Connect or managed " +
				"identity is configured, and the Azure CLI is switched off. " + waysOut}
		}
		source.way, source.last = wayCLI, true
	}
	if c.LoopbackOnly && source.way != wayToken && (source.way == wayCLI || source.way == wayMSI || !p.private) {
		return nil, &AuthError{Reason: fmt.Sprintf("ENTRA_LOOPBACK_ONLY refuses to sign in by %s, which reaches beyond this machine. "+
			"Set ENTRA_ACCESS_TOKEN, or an authority host on loopback (ENTRA_AUTHORITY_HOST)", source.way)}
	}
	if err := c.complete(source.way); err != nil {
		return nil, err
	}
	var err error
	if source.credential, err = c.azidentity(source.way, p, &http.Client{Transport: transport, CheckRedirect: sameHostOnly, Timeout: attemptTimeout}); err != nil {
		return nil, &AuthError{Reason: fmt.Sprintf("could not set up the sign-in by %s: %s", source.way, scrub(err.Error()))}
	}
	return source, nil
}

// complete names what a way to sign in lacks.
func (c Config) complete(way string) error {
	var missing []string
	lacks := func(value, name string) {
		if value == "" {
			missing = append(missing, name)
		}
	}
	switch way {
	case wayToken:
		token := claimsOf(c.AccessToken)
		if isGUID(c.TenantID) && isGUID(token.Tenant) && !strings.EqualFold(token.Tenant, c.TenantID) {
			return &AuthError{Reason: fmt.Sprintf("the access token is for tenant %s, but the configuration says tenant %s. "+
				"Get a token of that tenant, or change tenant_id (ENTRA_TENANT_ID, ARM_TENANT_ID)", token.Tenant, c.TenantID)}
		}
	case wayInteractive, wayDeviceCode:
		if c.ClientID == "" {
			return &AuthError{Reason: "signing in by " + way + " " + ownClient}
		}
	case waySecret, wayCertificate, wayOIDC:
		lacks(c.ClientID, "client_id (ARM_CLIENT_ID)")
		lacks(c.TenantID, "tenant_id (ARM_TENANT_ID)")
	}
	if way == wayOIDC && c.OIDCToken+c.OIDCTokenFilePath == "" {
		lacks(c.OIDCRequestURL, "a token (ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH) or where to fetch one (ARM_OIDC_REQUEST_URL)")
		if c.OIDCRequestURL != "" {
			lacks(c.OIDCRequestToken, "the token to fetch with (ARM_OIDC_REQUEST_TOKEN)")
		}
	}
	if len(missing) > 0 {
		return &AuthError{Reason: fmt.Sprintf("signing in by %s is configured, but lacks %s", way, strings.Join(missing, " and "))}
	}
	return nil
}

func (c Config) azidentity(way string, p *place, client *http.Client) (azcore.TokenCredential, error) {
	options := azcore.ClientOptions{Cloud: p.authority, Transport: client}
	switch way {
	case wayToken:
		return static(strings.TrimSpace(c.AccessToken)), nil
	case wayInteractive:
		return azidentity.NewInteractiveBrowserCredential(&azidentity.InteractiveBrowserCredentialOptions{
			ClientOptions: options, ClientID: c.ClientID, TenantID: c.TenantID, DisableInstanceDiscovery: p.private})
	case wayDeviceCode:
		return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: options, ClientID: c.ClientID, TenantID: c.TenantID, DisableInstanceDiscovery: p.private,
			UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error { return c.prompt(m.Message) }})
	case wayCertificate:
		content, err := os.ReadFile(c.ClientCertificatePath)
		if err != nil {
			return nil, err
		}
		chain, key, err := azidentity.ParseCertificates(content, []byte(c.ClientCertificatePassword))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.ClientCertificatePath, err)
		}
		return azidentity.NewClientCertificateCredential(c.TenantID, c.ClientID, chain, key, &azidentity.ClientCertificateCredentialOptions{
			ClientOptions: options, SendCertificateChain: true, DisableInstanceDiscovery: p.private})
	case waySecret:
		return azidentity.NewClientSecretCredential(c.TenantID, c.ClientID, c.ClientSecret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: p.private})
	case wayOIDC:
		return azidentity.NewClientAssertionCredential(c.TenantID, c.ClientID, c.assertion(client), &azidentity.ClientAssertionCredentialOptions{
			ClientOptions: options, DisableInstanceDiscovery: p.private})
	case wayMSI:
		managed := &azidentity.ManagedIdentityCredentialOptions{}
		if c.ClientID != "" {
			managed.ID = azidentity.ClientID(c.ClientID)
		}
		return azidentity.NewManagedIdentityCredential(managed)
	}
	return azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: c.TenantID})
}

func (c Config) prompt(message string) error {
	if c.Prompt != nil {
		return c.Prompt(message)
	}
	_, err := fmt.Fprintln(os.Stderr, message)
	return err
}

// sameHostOnly keeps a secret from following a redirect of a token endpoint.
func sameHostOnly(r *http.Request, via []*http.Request) error {
	if len(via) > 3 || !sameOrigin(r.URL, via[0].URL) {
		return &Refused{Reason: fmt.Sprintf("signing in was redirected to %s://%s, which is not followed", r.URL.Scheme, r.URL.Host)}
	}
	return nil
}

// assertion is the token of another issuer that Entra trusts, fetched anew each time since it lives for minutes.
func (c Config) assertion(client *http.Client) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		switch {
		case c.OIDCToken != "":
			return c.OIDCToken, nil
		case c.OIDCTokenFilePath != "":
			content, err := os.ReadFile(c.OIDCTokenFilePath)
			return strings.TrimSpace(string(content)), err
		}
		return c.workflowToken(ctx, client)
	}
}

// workflowToken asks GitHub for the workflow's token.
// https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect
func (c Config) workflowToken(ctx context.Context, client *http.Client) (string, error) {
	u, err := url.Parse(c.OIDCRequestURL)
	if err != nil || u.Scheme != "https" && !loopback(u.Hostname()) || c.LoopbackOnly && !loopback(u.Hostname()) {
		return "", errors.New("the address to fetch the OpenID Connect token from (ARM_OIDC_REQUEST_URL) must be https, and allowed")
	}
	query := u.Query()
	query.Set("audience", "api://AzureADTokenExchange")
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+c.OIDCRequestToken)
	answer, err := client.Do(r)
	if err != nil {
		return "", fmt.Errorf("%s gave no OpenID Connect token: %w", u.Host, errors.Unwrap(err))
	}
	defer answer.Body.Close()
	var token struct{ Value string }
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&token); err != nil || token.Value == "" {
		return "", fmt.Errorf("%s gave no OpenID Connect token but answered %s", u.Host, answer.Status)
	}
	return token.Value, nil
}
