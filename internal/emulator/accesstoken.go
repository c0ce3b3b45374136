package emulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Access tokens for Microsoft Graph: signed, issued to an application or to a person
// (signedin.go), and checked when they come back.

// Tokens live for an hour; those of a client that understands a claims challenge for a
// day, since they can be revoked meanwhile.
// https://learn.microsoft.com/entra/identity/conditional-access/concept-continuous-access-evaluation-workload
const (
	tokenLife     = 3599 * time.Second
	revocableLife = 86399 * time.Second
)

// caller is who sends a request to Graph.
type caller struct {
	static    bool     // has Tenant.Token(): every permission, for ever
	appID     string   // of the application
	person    bool     // a person signed in to the application, and acts through it
	principal string   // id of the application's service principal, or of the person
	roles     []string // Microsoft Graph's app roles, as of the token's issue; a person's delegated permissions
	revocable bool     // understands a claims challenge (xms_cc: cp1)
	contexts  []string // authentication contexts that the sign-in satisfied (acrs)
	serial    string   // of the token: a later one has a greater
}

// signingKey signs access tokens.
type signingKey struct {
	private *rsa.PrivateKey
	der     []byte // a certificate of it, which JWKS shows
	id      string
}

func newSigningKey() *signingKey {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err) // the system's source of randomness does not fail
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		panic(err)
	}
	sum := sha1.Sum(der)
	return &signingKey{private: private, der: der, id: base64.RawURLEncoding.EncodeToString(sum[:])}
}

func (k *signingKey) jwk(issuer string) body {
	return body{"kty": "RSA", "use": "sig", "kid": k.id, "x5t": k.id, "issuer": issuer,
		"n":   base64.RawURLEncoding.EncodeToString(k.private.N.Bytes()),
		"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.private.E)).Bytes()),
		"x5c": []string{base64.StdEncoding.EncodeToString(k.der)}}
}

// issuer is that of access tokens for Microsoft Graph, which are of version 1.0 and name
// Microsoft's token service wherever they come from.
func (t *Tenant) issuer() string { return "https://sts.windows.net/" + t.id + "/" }

// issue makes the access token of an application for an audience.
func (t *Tenant) issue(principal *object, audience, acr string, roles []string, revocable bool) (string, time.Duration, error) {
	now, life := t.now(), tokenLife
	claims := jwt.MapClaims{
		"aud": audience, "iss": t.issuer(), "idp": t.issuer(), "tid": t.id, "ver": "1.0",
		"appid": principal.text("appId"), "appidacr": acr, "app_displayname": principal.text("displayName"),
		"oid": principal.id, "sub": principal.id, "idtyp": "app", "uti": t.logins.nextSerial(),
		"tenant_region_scope": "NA", "wids": []string{"0997a1d0-0d1d-4acb-b408-d5ca73121e90"},
	}
	if len(roles) > 0 {
		claims["roles"] = roles
	}
	if revocable {
		life = revocableLife
		claims["xms_cc"] = []string{"cp1"}
	}
	signed, err := t.signed(claims, now, life)
	return signed, life, err
}

func (t *Tenant) signed(claims jwt.MapClaims, now time.Time, life time.Duration) (string, error) {
	claims["iat"], claims["nbf"], claims["exp"] = now.Unix(), now.Unix(), now.Add(life).Unix()
	key := t.logins.key()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"], token.Header["x5t"] = key.id, key.id
	return token.SignedString(key.private)
}

// authorize finds out who calls, from the bearer token.
func (t *Tenant) authorize(c *call) *graphError {
	value := c.header.Get("Authorization")
	scheme, token, _ := strings.Cut(value, " ")
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return unauthenticated("Access token is empty.")
	case !strings.EqualFold(scheme, "Bearer"):
		return unauthenticated("CompactToken parsing failed with error code: 80049217")
	case subtle.ConstantTimeCompare([]byte(token), []byte(t.token)) == 1:
		c.caller = caller{static: true}
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if who, known := t.person(token); known {
		c.caller, c.actor = caller{static: true}, who
		return nil
	}
	claims, gerr := t.verify(token, strings.TrimSuffix(c.base, "/"+c.version))
	if gerr != nil {
		return gerr
	}
	c.caller = callerOf(claims)
	if c.caller.person {
		if c.actor, gerr = t.personActing(c.caller); gerr != nil {
			return gerr
		}
		return nil
	}
	c.actor = actor{appID: c.caller.appID, servicePrincipalID: c.caller.principal}
	return t.inOffice(c.caller)
}

func callerOf(claims jwt.MapClaims) caller {
	one := func(name string) string { s, _ := claims[name].(string); return s }
	many := func(name string) []string {
		var out []string
		for _, v := range list(claims[name]) {
			out = append(out, textOf(v))
		}
		return out
	}
	who := caller{appID: one("appid"), principal: one("oid"), roles: many("roles"), contexts: many("acrs"),
		serial: one("uti"), revocable: slices.Contains(many("xms_cc"), "cp1")}
	if scopes := one("scp"); scopes != "" {
		who.person, who.roles = true, strings.Fields(scopes)
	}
	return who
}

// graphAudiences are the names of Microsoft Graph in its clouds.
// https://learn.microsoft.com/graph/deployments
var graphAudiences = []string{"https://graph.microsoft.com", "https://graph.microsoft.us", "https://dod-graph.microsoft.us",
	"https://microsoftgraph.chinacloudapi.cn", microsoftGraph}

// isGraph tells whether an audience is Microsoft Graph, which also has the address of
// this emulator.
func isGraph(audience, host string) bool {
	audience = strings.TrimRight(audience, "/")
	return strings.EqualFold(audience, host) || slices.Contains(graphAudiences, strings.ToLower(audience))
}

// verify takes a token that this tenant issued for Microsoft Graph and that is in force.
func (t *Tenant) verify(token, host string) (jwt.MapClaims, *graphError) {
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(t.now), jwt.WithExpirationRequired())
	_, err := parser.ParseWithClaims(token, claims, func(sent *jwt.Token) (any, error) {
		key := t.logins.key()
		if sent.Header["kid"] != key.id {
			return nil, errors.New("no such key")
		}
		return key.private.Public(), nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed):
		return nil, unauthenticated("CompactToken parsing failed with error code: 80049217")
	case errors.Is(err, jwt.ErrTokenUnverifiable), errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return nil, unauthenticated("Access token validation failure. Invalid signature.")
	case errors.Is(err, jwt.ErrTokenExpired):
		return nil, unauthenticated("Lifetime validation failed, the token is expired.")
	case err != nil:
		return nil, unauthenticated("Access token validation failure.")
	}
	if audience, err := claims.GetAudience(); err != nil || !slices.ContainsFunc(audience, func(a string) bool { return isGraph(a, host) }) {
		return nil, unauthenticated("Access token validation failure. Invalid audience.")
	}
	if claims["iss"] != t.issuer() || claims["tid"] != t.id {
		return nil, unauthenticated("Access token validation failure. Invalid issuer.")
	}
	return claims, nil
}

// challenge is the header of every 401: where to get a token for Microsoft Graph.
const challenge = `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="` + microsoftGraph + `"`

func unauthenticated(message string) *graphError {
	return &graphError{Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: message,
		Header: map[string]string{"WWW-Authenticate": challenge}}
}

// correlation is the id that a client gives its request, or a new one.
func correlation(r *http.Request) string {
	if id := r.Header.Get("client-request-id"); id != "" {
		return id
	}
	return uuid.NewString()
}
