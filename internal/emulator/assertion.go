package emulator

import (
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Client assertions: a token that the application signed with its certificate, or that
// an issuer signed which the application trusts (a federated identity credential).
// https://learn.microsoft.com/entra/identity-platform/certificate-credentials
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// clockSkew is how far the clocks of a client may be off.
const clockSkew = 5 * time.Minute

// clientAuth refuses a client that did not prove what it is.
func clientAuth(code int, format string, args ...any) *loginError {
	return refuseLogin(http.StatusUnauthorized, "invalid_client", code, format, args...)
}

func (s *signIn) assertion(text string) *loginError {
	if s.form.Get("client_assertion_type") != jwtBearer {
		return refuseLogin(http.StatusBadRequest, "invalid_request", 70019, "The client_assertion_type must be '%s'.", jwtBearer)
	}
	claims := jwt.MapClaims{}
	token, _, err := jwt.NewParser().ParseUnverified(text, claims)
	if err != nil {
		return clientAuth(50027, "JWT token is invalid or malformed.")
	}
	if issuer, _ := claims.GetIssuer(); strings.EqualFold(issuer, s.form.Get("client_id")) {
		return s.certified(text, token, claims)
	}
	return s.federated(text, claims)
}

// certified takes an assertion that the application made itself.
func (s *signIn) certified(text string, token *jwt.Token, claims jwt.MapClaims) *loginError {
	if subject, _ := claims.GetSubject(); !strings.EqualFold(subject, s.form.Get("client_id")) {
		return clientAuth(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	}
	certificate, credential, thumbprint := s.certificate(token.Header)
	if certificate == nil {
		return clientAuth(700027, "The certificate with identifier used to sign the client assertion is not registered on application. "+
			"[Reason - The key was not found., Thumbprint of key used by client: '%s']", thumbprint)
	}
	public, isRSA := certificate.PublicKey.(*rsa.PublicKey)
	if !isRSA || !verified(text, public, "RS256", "PS256") {
		return clientAuth(700027, "Client assertion failed signature validation. [Reason - The key was found, but use of the key to "+
			"verify the signature failed., Thumbprint of key used by client: '%s']", thumbprint)
	}
	if now := s.t.now(); !s.t.inForce(credential) || now.After(certificate.NotAfter) || now.Add(clockSkew).Before(certificate.NotBefore) {
		return clientAuth(700027, "Client assertion failed signature validation. [Reason - The key used is expired., "+
			"Thumbprint of key used by client: '%s']", thumbprint)
	}
	audience, _ := claims.GetAudience()
	if len(audience) != 1 || !s.ownAddress(audience[0]) {
		return clientAuth(700023, "Client assertion audience claim does not match Realm issuer.")
	}
	return s.inTime(claims)
}

// ownAddress tells whether an audience is this login host's token endpoint, or its name
// as an issuer, for this tenant.
func (s *signIn) ownAddress(audience string) bool {
	rest, own := strings.CutPrefix(strings.ToLower(audience), strings.ToLower(s.host)+"/")
	tenant, path, _ := strings.Cut(rest, "/")
	return own && s.t.isThisTenant(tenant) && slices.Contains([]string{"oauth2/v2.0/token", "oauth2/token", "v2.0"}, path)
}

// certificate finds the one that the header of an assertion names: by the SHA-1 or
// SHA-256 of it (x5t, x5t#S256), or by its SHA-1 as key id.
func (s *signIn) certificate(header map[string]any) (found *x509.Certificate, credential body, thumbprint string) {
	named := func(name string) []byte {
		// Either alphabet, padded or not: Microsoft's own clients write what the standard does not.
		text := strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(textOf(header[name]), "="))
		sum, err := base64.RawURLEncoding.DecodeString(text)
		if err == nil && len(sum) > 0 && thumbprint == "" {
			thumbprint = fmt.Sprintf("%X", sum)
		}
		return sum
	}
	short, long := named("x5t"), named("x5t#S256")
	if len(short)+len(long) == 0 {
		short = named("kid")
	}
	for _, k := range s.credentials("keyCredentials") {
		der, err := base64.StdEncoding.DecodeString(textOf(k["key"]))
		if err != nil || textOf(k["type"]) != "AsymmetricX509Cert" || textOf(k["usage"]) != "Verify" {
			continue
		}
		sum1, sum256 := sha1.Sum(der), sha256.Sum256(der)
		if string(short) != string(sum1[:]) && string(long) != string(sum256[:]) {
			continue
		}
		if certificate, err := certificateOf(der); err == nil {
			return certificate, k, thumbprint
		}
	}
	return nil, nil, thumbprint
}

func verified(text string, key *rsa.PublicKey, methods ...string) bool {
	parser := jwt.NewParser(jwt.WithValidMethods(methods), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(text, func(*jwt.Token) (any, error) { return key, nil })
	return err == nil
}

// inTime goes by the clock that POST /_emulator/clock does not move: an assertion is
// made by the client's clock, which stays where it is.
func (s *signIn) inTime(claims jwt.MapClaims) *loginError {
	now := s.t.clock().UTC()
	until, err := claims.GetExpirationTime()
	if err != nil || until == nil {
		return clientAuth(50027, "JWT token is invalid or malformed.")
	}
	from := now
	if notBefore, err := claims.GetNotBefore(); err == nil && notBefore != nil {
		from = notBefore.Time
	}
	if now.Add(clockSkew).Before(from) || now.Add(-clockSkew).After(until.Time) {
		const layout = "2006-01-02T15:04:05.0000000Z"
		return clientAuth(700024, "Client assertion is not within its valid time range. Current time: %s, assertion valid from %s, "+
			"expiry time of assertion %s.", now.Format(layout), from.UTC().Format(layout), until.UTC().Format(layout))
	}
	return nil
}

// federated takes the token of another issuer: issuer, subject and audience must be those
// of one of the application's federated identity credentials, to the letter.
func (s *signIn) federated(text string, claims jwt.MapClaims) *loginError {
	issuer, _ := claims.GetIssuer()
	subject, _ := claims.GetSubject()
	audience, _ := claims.GetAudience()
	var records []*object
	if s.app != nil {
		records = s.t.credentialsOf(s.app)
	}
	const advice = "Please check your federated identity credential Subject, Audience and Issuer against the presented assertion."
	for _, step := range []struct {
		code        int
		what, value string
		match       func(*object) bool
	}{
		{700211, "issuer", issuer, func(o *object) bool { return o.text("issuer") == issuer }},
		{700213, "subject", subject, func(o *object) bool { return o.text("subject") == subject }},
		{700212, "audience", strings.Join(audience, ", "), func(o *object) bool {
			return slices.ContainsFunc(audience, func(a string) bool { return contains(o.body["audiences"], a) })
		}},
	} {
		if step.code == 700213 && caseDiffers(records, subject) {
			return clientAuth(7002138, "No matching federated identity record found for presented assertion subject '%s'. The subject "+
				"matches with case-insensitive comparison, but not with case-sensitive comparison. %s", subject, advice)
		}
		records = slices.DeleteFunc(records, func(o *object) bool { return !step.match(o) })
		if len(records) == 0 {
			return clientAuth(step.code, "No matching federated identity record found for presented assertion %s '%s'. %s "+
				"https://learn.microsoft.com/entra/workload-id/workload-identity-federation", step.what, step.value, advice)
		}
	}
	keys, told := s.t.logins.issuers[issuer]
	if !told {
		return refuseLogin(http.StatusBadRequest, "invalid_request", 50166, "Request to External OIDC endpoint failed. (The emulator "+
			"fetches nothing: tell it the keys of %s.)", issuer)
	}
	if !slices.ContainsFunc(keys, func(k *rsa.PublicKey) bool { return verified(text, k, "RS256") }) {
		return clientAuth(50013, "Assertion failed signature validation. [Reason - The key was not found.]")
	}
	return s.inTime(claims)
}

// caseDiffers tells whether a subject misses every record by the case of letters alone.
func caseDiffers(records []*object, subject string) bool {
	near := false
	for _, o := range records {
		if o.text("subject") == subject {
			return false
		}
		near = near || strings.EqualFold(o.text("subject"), subject)
	}
	return near
}

// jwks are the public keys of an issuer.
type jwks []*rsa.PublicKey

// parseJWKS reads a JSON Web Key Set. Entra takes RS256 alone from other issuers.
func parseJWKS(raw []byte) (jwks, error) {
	var set struct {
		Keys []struct {
			Kind     string `json:"kty"`
			Modulus  string `json:"n"`
			Exponent string `json:"e"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(raw, &set); err != nil {
		return nil, err
	}
	var out jwks
	for _, k := range set.Keys {
		n, errN := base64.RawURLEncoding.DecodeString(k.Modulus)
		e, errE := base64.RawURLEncoding.DecodeString(k.Exponent)
		if k.Kind != "RSA" || errN != nil || errE != nil || len(n) < 256 || len(e) == 0 || len(e) > 4 {
			continue
		}
		out = append(out, &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())})
	}
	if len(out) == 0 {
		return nil, errors.New("the key set has no RSA key of 2048 bits or more")
	}
	return out, nil
}

// TrustIssuer tells the tenant the keys of an issuer of federated tokens, as a JSON Web
// Key Set. Entra would fetch them from the issuer; the emulator fetches nothing.
func (t *Tenant) TrustIssuer(issuer string, keySet []byte) error {
	keys, err := parseJWKS(keySet)
	if err != nil {
		return fmt.Errorf("keys of %s: %w", issuer, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.logins.issuers[issuer] = keys
	return t.conclude(true)
}
