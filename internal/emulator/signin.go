package emulator

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The token endpoint, for applications: the client credentials grant with a secret, a
// certificate or the token of another issuer. A person gets a token in signedin.go.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow

// logins is what the login host keeps beside the directory.
type logins struct {
	mux     *http.ServeMux
	key     func() *signingKey         // made when it is first needed: most tenants never sign
	made    atomic.Pointer[signingKey] // that key, nil until then
	secrets map[string][32]byte        // hashes of client secrets, by keyId
	issuers map[string]jwks            // who signs federated tokens, by issuer
	serial  int                        // of the latest token
	revoked map[string]revocation      // by the id of the service principal
}

func newLogins() *logins {
	l := &logins{secrets: map[string][32]byte{}, issuers: map[string]jwks{}, revoked: map[string]revocation{}}
	l.key = sync.OnceValue(func() *signingKey {
		key := newSigningKey()
		l.made.Store(key)
		return key
	})
	return l
}

// revocation ends the tokens that a service principal had when it was first met disabled
// or deleted.
type revocation struct {
	at     time.Time
	serial string // of the latest token by then
}

func serialText(n int) string { return fmt.Sprintf("%022x", n) }

func (l *logins) nextSerial() string {
	l.serial++
	return serialText(l.serial)
}

// remember keeps the hash of a secret: its text is told once.
func (l *logins) remember(keyID, secret string) {
	l.secrets[strings.ToLower(keyID)] = sha256.Sum256([]byte(secret))
}

func (l *logins) matches(keyID, secret string) bool {
	want, known := l.secrets[strings.ToLower(keyID)]
	got := sha256.Sum256([]byte(secret))
	return known && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// signIn answers the token endpoint.
func (t *Tenant) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if err := r.ParseForm(); err != nil {
		t.writeLoginError(w, r, refuseLogin(http.StatusBadRequest, "invalid_request", 90014, "The request body cannot be read."))
		return
	}
	s := &signIn{t: t, tenant: r.PathValue("tenant"), host: hostOf(r), form: r.PostForm}
	if user, password, given := r.BasicAuth(); given {
		s.form.Set("client_id", unescapeQuery(user))
		s.form.Set("client_secret", unescapeQuery(password))
	}
	answer, e := s.token()
	if e != nil {
		t.writeLoginError(w, r, e)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// unescapeQuery reads one half of HTTP basic authentication, which OAuth encodes like a form.
func unescapeQuery(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

// signIn is one request for a token.
type signIn struct {
	t      *Tenant
	tenant string
	host   string
	form   url.Values

	app, principal *object
	acr            string // how the client proved itself: "1" a secret, "2" an assertion
}

func (s *signIn) token() (body, *loginError) {
	if e := s.t.tenantNamed(s.tenant); e != nil {
		return nil, e
	}
	s.t.mu.Lock()
	defer s.t.mu.Unlock()
	for _, check := range []func() *loginError{s.complete, s.client, s.proof} {
		if e := check(); e != nil {
			return nil, e
		}
	}
	audience, roles, e := s.resource()
	if e != nil {
		return nil, e
	}
	revocable, e := s.requested()
	if e != nil {
		return nil, e
	}
	token, life, err := s.t.issue(s.principal, audience, s.acr, roles, revocable)
	if err != nil {
		return nil, transient()
	}
	if s.t.conclude(true) != nil {
		return nil, transient()
	}
	seconds := int(life / time.Second)
	return body{"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token}, nil
}

func transient() *loginError {
	return refuseLogin(http.StatusInternalServerError, "server_error", 90033, "A transient error has occurred. Please try again.")
}

// complete names a parameter that is missing.
func (s *signIn) complete() *loginError {
	lacks := func(name string) *loginError {
		return refuseLogin(http.StatusBadRequest, "invalid_request", 900144, "The request body must contain the following parameter: '%s'.", name)
	}
	for _, name := range []string{"grant_type", "client_id"} {
		if s.form.Get(name) == "" {
			return lacks(name)
		}
	}
	if grant := s.form.Get("grant_type"); grant != "client_credentials" {
		return refuseLogin(http.StatusBadRequest, "unsupported_grant_type", 70003, "The app requested an unsupported grant type '%s'.", grant)
	}
	if manyTenants(s.tenant) {
		return refuseLogin(http.StatusBadRequest, "invalid_request", 50059,
			"No tenant-identifying information found in either the request or implied by any provided credentials.")
	}
	if s.form.Get("scope") == "" {
		return lacks("scope")
	}
	if s.form.Get("client_secret") == "" && s.form.Get("client_assertion") == "" {
		return refuseLogin(http.StatusBadRequest, "invalid_request", 7000216,
			"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.")
	}
	return nil
}

// client finds the application and its service principal. That of another tenant's
// application stands alone here, and its credentials with it.
func (s *signIn) client() *loginError {
	id := s.form.Get("client_id")
	s.app = s.t.applicationByAppID(id)
	s.principal = s.t.byProperty("servicePrincipal", "appId", id)
	switch {
	case s.app == nil && s.principal == nil:
		return refuseLogin(http.StatusBadRequest, "unauthorized_client", 700016,
			"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been "+
				"installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your "+
				"authentication request to the wrong tenant.", id, s.t.id)
	case s.principal == nil:
		return refuseLogin(http.StatusUnauthorized, "invalid_client", 7000229, "The client application %s is missing service principal "+
			"in the tenant %s. See instructions here: https://go.microsoft.com/fwlink/?linkid=2225119", id, s.t.id)
	case s.principal.body["accountEnabled"] == false:
		return refuseLogin(http.StatusBadRequest, "unauthorized_client", 7000112, "Application '%s'(%s) is disabled.",
			id, s.principal.text("displayName"))
	}
	return nil
}

// credentials are those of the application and of its service principal.
func (s *signIn) credentials(property string) []body {
	var out []body
	for _, o := range []*object{s.app, s.principal} {
		if o == nil {
			continue
		}
		for _, c := range list(o.body[property]) {
			if b, isObject := c.(body); isObject {
				out = append(out, b)
			}
		}
	}
	return out
}

// inForce tells whether the tenant's time lies within the validity of a credential.
func (t *Tenant) inForce(credential body) bool {
	from, errFrom := time.Parse(time.RFC3339Nano, textOf(credential["startDateTime"]))
	until, errUntil := time.Parse(time.RFC3339Nano, textOf(credential["endDateTime"]))
	now := t.now()
	return (errFrom != nil || !now.Before(from)) && (errUntil != nil || now.Before(until))
}

func (s *signIn) proof() *loginError {
	if assertion := s.form.Get("client_assertion"); assertion != "" {
		s.acr = "2"
		return s.assertion(assertion)
	}
	s.acr = "1"
	id, secret := s.form.Get("client_id"), s.form.Get("client_secret")
	for _, c := range s.credentials("passwordCredentials") {
		if !s.t.logins.matches(textOf(c["keyId"]), secret) {
			continue
		}
		if s.t.inForce(c) {
			return nil
		}
		return refuseLogin(http.StatusUnauthorized, "invalid_client", 7000222, "The provided client secret keys for app '%s' are expired. "+
			"Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate "+
			"credentials for added security: https://aka.ms/certCreds.", id)
	}
	return refuseLogin(http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent "+
		"in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", id)
}

// resource finds what the token is for, and the roles that the application has there.
func (s *signIn) resource() (audience string, roles []string, e *loginError) {
	scope := s.form.Get("scope")
	// Microsoft's clients add the scopes of OpenID, which mean nothing where no user signs in.
	asked := slices.DeleteFunc(strings.Fields(scope), func(word string) bool {
		return slices.Contains([]string{"openid", "offline_access", "profile", "email"}, word)
	})
	audience, suffixed := strings.CutSuffix(strings.Join(asked, " "), "/.default")
	if !suffixed || len(asked) != 1 {
		return "", nil, refuseLogin(http.StatusBadRequest, "invalid_scope", 1002012, "The provided value for scope %s is not valid. Client "+
			"credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)
	}
	resource := s.t.resourceNamed(audience, s.host)
	if resource == nil {
		return "", nil, refuseLogin(http.StatusBadRequest, "invalid_resource", 500011, "The resource principal named %s was not found in "+
			"the tenant named %s. This can happen if the application has not been installed by the administrator of the tenant or "+
			"consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.", audience, s.t.id)
	}
	return audience, s.t.rolesOf(s.principal, resource), nil
}

// resourceNamed finds the service principal that an audience names: by its app id or by
// one of its names.
func (t *Tenant) resourceNamed(audience, host string) *object {
	if isGraph(audience, host) {
		return t.byProperty("servicePrincipal", "appId", microsoftGraph)
	}
	if isGUID(audience) {
		return t.byProperty("servicePrincipal", "appId", audience)
	}
	var found *object
	t.shelf("servicePrincipal").each(func(o *object) bool {
		for _, name := range list(o.body["servicePrincipalNames"]) {
			if same(name, audience) {
				found = o
			}
		}
		return found == nil
	})
	return found
}

// requested reads the claims that the client asks for: that it understands claims
// challenges, and an authentication context, which no application can satisfy.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func (s *signIn) requested() (revocable bool, e *loginError) {
	text := s.form.Get("claims")
	if text == "" {
		return false, nil
	}
	var asked struct {
		Token struct {
			Capabilities struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
			Contexts struct {
				Essential bool   `json:"essential"`
				Value     string `json:"value"`
			} `json:"acrs"`
		} `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(text), &asked); err != nil {
		return false, refuseLogin(http.StatusBadRequest, "invalid_request", 90023, "Unable to parse the claims parameter.")
	}
	if asked.Token.Contexts.Essential {
		return false, &loginError{status: http.StatusBadRequest, error: "interaction_required", code: 53003, claims: text,
			message: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."}
	}
	for _, v := range asked.Token.Capabilities.Values {
		revocable = revocable || strings.EqualFold(v, "cp1")
	}
	return revocable, nil
}
