package graph

import (
	"fmt"
	"strconv"
	"strings"
)

// FromEnvironment fills what is unset: ENTRA_* first, then ARM_* as azuread has them, then AZURE_* as azidentity has
// them. A credential of the Config is never mixed with another one of the environment: where the Config names a
// secret, a token or a way to sign in, the environment only completes that way. AZURE_* count as a whole, and only
// where nothing before them is a credential.
func (c Config) FromEnvironment(getenv func(string) string) Config {
	env := environment(getenv)
	env.fill(&c.Endpoint, "ENTRA_GRAPH_ENDPOINT")
	env.fill(&c.Environment, "ENTRA_ENVIRONMENT", "ARM_ENVIRONMENT")
	env.fill(&c.AuthorityHost, "ENTRA_AUTHORITY_HOST", "AZURE_AUTHORITY_HOST")
	env.fill(&c.TenantID, "ENTRA_TENANT_ID", "ARM_TENANT_ID")
	env.fill(&c.ClientID, "ENTRA_CLIENT_ID", "ARM_CLIENT_ID")
	if v := getenv("ENTRA_LOOPBACK_ONLY"); v != "" {
		only, err := strconv.ParseBool(v)
		c.LoopbackOnly = c.LoopbackOnly || only || err != nil // what cannot be read is taken as the safe side
	}
	env.flag(&c, &c.Paced, "ENTRA_PACED")
	switch c.way() {
	case "":
		env.fill(&c.AccessToken, "ENTRA_ACCESS_TOKEN")
		env.fill(&c.ClientSecret, "ENTRA_CLIENT_SECRET", "ARM_CLIENT_SECRET")
		env.fill(&c.ClientCertificatePath, "ENTRA_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_CERTIFICATE_PATH")
		env.certificate(&c)
		env.oidc(&c)
		env.flag(&c, &c.UseOIDC, "ENTRA_USE_OIDC", "ARM_USE_OIDC")
		env.flag(&c, &c.UseMSI, "ENTRA_USE_MSI", "ARM_USE_MSI")
		env.flag(&c, &c.UseCLI, "ENTRA_USE_CLI", "ARM_USE_CLI")
		env.flag(&c, &c.UseInteractive, "ENTRA_USE_INTERACTIVE")
		env.flag(&c, &c.UseDeviceCode, "ENTRA_USE_DEVICE_CODE")
		if c.way() == "" {
			env.azure(&c)
		}
	case wayCertificate:
		env.certificate(&c)
	case wayOIDC:
		env.oidc(&c)
	}
	switch c.way() {
	case "", wayCLI, wayInteractive, wayDeviceCode: // a tenant to sign in to; other credentials bring their own
		env.fill(&c.TenantID, "AZURE_TENANT_ID")
	}
	return c
}

type environment func(string) string

func (env environment) fill(field *string, names ...string) {
	for _, name := range names {
		if *field == "" {
			*field = env(name)
		}
	}
}

func (env environment) flag(c *Config, field **bool, names ...string) {
	for _, name := range names {
		text := env(name)
		if text == "" || *field != nil {
			continue
		}
		v, err := strconv.ParseBool(text)
		if err != nil {
			c.Unreadable = append(c.Unreadable, fmt.Sprintf("%s is %q, which is neither true nor false", name, text))
			continue
		}
		*field = &v
	}
}

func (env environment) certificate(c *Config) {
	env.fill(&c.ClientCertificatePassword, "ENTRA_CLIENT_CERTIFICATE_PASSWORD", "ARM_CLIENT_CERTIFICATE_PASSWORD")
}

func (env environment) oidc(c *Config) {
	env.fill(&c.OIDCToken, "ENTRA_OIDC_TOKEN", "ARM_OIDC_TOKEN")
	env.fill(&c.OIDCTokenFilePath, "ENTRA_OIDC_TOKEN_FILE_PATH", "ARM_OIDC_TOKEN_FILE_PATH")
	env.fill(&c.OIDCRequestURL, "ENTRA_OIDC_REQUEST_URL", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL")
	env.fill(&c.OIDCRequestToken, "ENTRA_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
}

// azure takes the group AZURE_*, unless it is for another application or tenant than already named.
func (env environment) azure(c *Config) {
	client, tenant := env("AZURE_CLIENT_ID"), env("AZURE_TENANT_ID")
	if tenant == "" {
		tenant = c.TenantID // said another way, and so no contradiction
	}
	if c.ClientID != "" && !strings.EqualFold(c.ClientID, client) || c.TenantID != "" && !strings.EqualFold(c.TenantID, tenant) {
		return
	}
	c.ClientID, c.TenantID = client, tenant
	env.fill(&c.ClientSecret, "AZURE_CLIENT_SECRET")
	env.fill(&c.ClientCertificatePath, "AZURE_CLIENT_CERTIFICATE_PATH")
	env.fill(&c.ClientCertificatePassword, "AZURE_CLIENT_CERTIFICATE_PASSWORD")
	env.fill(&c.OIDCTokenFilePath, "AZURE_FEDERATED_TOKEN_FILE")
}
