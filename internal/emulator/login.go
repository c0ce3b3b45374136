package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// The login host, on the same address as Graph: OpenID and instance discovery, the keys
// that tokens are signed with, and the metadata that tells a client of Azure where all
// that is. The token endpoint stands in signin.go.

// loginRoutes are the addresses of the login host; what none of them matches is Graph's.
func (t *Tenant) loginRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metadata/endpoints", t.endpoints)
	mux.HandleFunc("GET /common/discovery/instance", t.instance)
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", t.openIDConfiguration)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", t.openIDConfiguration)
	mux.HandleFunc("GET /{tenant}/discovery/keys", t.keys)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", t.keys)
	mux.HandleFunc("POST /{tenant}/oauth2/v2.0/token", t.signIn)
	return mux
}

// login answers what is addressed to the login host, and tells whether it was.
func (t *Tenant) login(w http.ResponseWriter, r *http.Request) bool {
	if _, pattern := t.logins.mux.Handler(r); pattern == "" {
		return false
	}
	w.Header().Set("Cache-Control", "no-store, no-cache")
	if id := r.Header.Get("client-request-id"); id != "" {
		w.Header().Set("Client-Request-Id", id)
	}
	t.logins.mux.ServeHTTP(w, r) // which also fills in {tenant}
	return true
}

// hostOf is the address that a request came to, as scheme://host.
func hostOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func writeJSON(w http.ResponseWriter, status int, b any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(b)
}

// loginError is a refusal of the login host.
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes
type loginError struct {
	status  int
	error   string // OAuth's word: "invalid_client"
	code    int    // behind AADSTS
	message string
	claims  string
}

func refuseLogin(status int, word string, code int, format string, args ...any) *loginError {
	return &loginError{status: status, error: word, code: code, message: fmt.Sprintf(format, args...)}
}

func (t *Tenant) writeLoginError(w http.ResponseWriter, r *http.Request, e *loginError) {
	t.mu.Lock()
	at := t.now().Format("2006-01-02 15:04:05Z")
	t.mu.Unlock()
	trace, correlation := uuid.NewString(), correlation(r)
	b := body{
		"error": e.error, "error_codes": []int{e.code}, "timestamp": at, "trace_id": trace, "correlation_id": correlation,
		"error_description": fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", e.code, e.message, trace, correlation, at),
		"error_uri":         hostOf(r) + "/error?code=" + strconv.Itoa(e.code),
	}
	if e.claims != "" {
		b["claims"] = e.claims
	}
	writeJSON(w, e.status, b)
}

// isThisTenant tells whether the segment of an address names this tenant: by its id or
// by one of its domains.
func (t *Tenant) isThisTenant(name string) bool {
	return strings.EqualFold(name, t.id) || strings.Contains(name, ".") && t.verifiedDomain(name)
}

func manyTenants(name string) bool {
	return strings.EqualFold(name, "common") || strings.EqualFold(name, "organizations")
}

// tenantNamed refuses an address that names neither this tenant nor several.
func (t *Tenant) tenantNamed(name string) *loginError {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case manyTenants(name), t.isThisTenant(name):
		return nil
	case !isGUID(name) && !strings.Contains(name, "."):
		return refuseLogin(http.StatusBadRequest, "invalid_request", 900023,
			"Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name)
	}
	return refuseLogin(http.StatusBadRequest, "invalid_request", 90002,
		"Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", name)
}

// openIDConfiguration is the document that tells where to sign in.
// https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
func (t *Tenant) openIDConfiguration(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	if e := t.tenantNamed(name); e != nil {
		e.error = "invalid_tenant"
		t.writeLoginError(w, r, e)
		return
	}
	host := hostOf(r)
	issuer := t.id
	if manyTenants(name) {
		issuer = "{tenantid}"
	} else {
		name = t.id
	}
	at := host + "/" + strings.ToLower(name)
	writeJSON(w, http.StatusOK, body{
		"issuer":                                host + "/" + issuer + "/v2.0",
		"authorization_endpoint":                at + "/oauth2/v2.0/authorize",
		"token_endpoint":                        at + "/oauth2/v2.0/token",
		"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
		"jwks_uri":                              at + "/discovery/v2.0/keys",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"tenant_region_scope":                   "NA",
		"cloud_instance_name":                   "microsoftonline.com",
		"msgraph_host":                          strings.TrimPrefix(strings.TrimPrefix(host, "https://"), "http://"),
	})
}

// instance tells a client whether a login host is to be trusted: this one vouches for
// itself alone.
func (t *Tenant) instance(w http.ResponseWriter, r *http.Request) {
	asked := r.URL.Query().Get("authorization_endpoint")
	if asked == "" {
		t.writeLoginError(w, r, refuseLogin(http.StatusBadRequest, "invalid_request", 900144,
			"The request body must contain the following parameter: 'authorization_endpoint'."))
		return
	}
	u, err := url.Parse(asked)
	if err != nil || !strings.EqualFold(u.Host, r.Host) {
		t.writeLoginError(w, r, refuseLogin(http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."))
		return
	}
	name, _, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
	writeJSON(w, http.StatusOK, body{
		"tenant_discovery_endpoint": hostOf(r) + "/" + name + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  []any{body{"preferred_network": r.Host, "preferred_cache": r.Host, "aliases": []string{r.Host}}},
	})
}

func (t *Tenant) keys(w http.ResponseWriter, r *http.Request) {
	if e := t.tenantNamed(r.PathValue("tenant")); e != nil {
		t.writeLoginError(w, r, e)
		return
	}
	key := t.logins.key()
	writeJSON(w, http.StatusOK, body{"keys": []any{key.jwk(hostOf(r) + "/" + t.id + "/v2.0")}})
}

// endpoints is what azuread asks metadata_host for, in the one version that it speaks:
// the login host and Microsoft Graph, which both are this emulator. There is no Azure
// Resource Manager; its name is given because clients insist on one.
func (t *Tenant) endpoints(w http.ResponseWriter, r *http.Request) {
	if version := r.URL.Query().Get("api-version"); version != "2022-09-01" {
		writeJSON(w, http.StatusBadRequest, body{"error": body{"code": "InvalidApiVersionParameter",
			"message": "The api-version '" + version + "' is invalid. The supported versions are '2022-09-01'."}})
		return
	}
	host := hostOf(r)
	writeJSON(w, http.StatusOK, body{
		"name":                     "AzureCloud",
		"portal":                   host,
		"authentication":           body{"loginEndpoint": host, "audiences": []string{host}, "tenant": "common", "identityProvider": "AAD"},
		"resourceManager":          host + "/",
		"microsoftGraphResourceId": host + "/",
		"graph":                    host + "/",
		"graphAudience":            host + "/",
		"suffixes":                 body{},
	})
}
