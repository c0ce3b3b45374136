package emulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Certificates of applications and service principals: what the server completes in
// keyCredentials, the actions that roll a key with proof that another one is held, and
// the certificate that signs SAML tokens.

// keyHolder tells whose credentials an address is about.
func (t *Tenant) keyHolder(c *call) *resource {
	if strings.HasPrefix(c.route.pattern, "/servicePrincipals/") {
		return t.resource("servicePrincipal")
	}
	return t.resource("application")
}

func keyRoutes(add func(method, pattern string, run handler)) {
	for _, at := range []string{"/applications/{id}/", "/servicePrincipals/{id}/"} {
		add("POST", at+"addPassword", addPassword)
		add("POST", at+"removePassword", removePassword)
		add("POST", at+"addKey", addKey)
		add("POST", at+"removeKey", removeKey)
	}
	add("POST", "/servicePrincipals/{id}/addTokenSigningCertificate", addTokenSigningCertificate)
}

// hideKeys leaves the key material to a GET with $select=keyCredentials.
func hideKeys(c *call, out body) {
	if c.query.Has("$select") && c.params["id"] != "" {
		return
	}
	for _, k := range list(out["keyCredentials"]) {
		k.(body)["key"] = nil
	}
}

// settleKeys completes the keyCredentials of a body: a key that is named by its keyId
// alone is kept, a new one gets what its certificate tells.
func settleKeys(old, next *object, sent body) *graphError {
	if _, given := sent["keyCredentials"]; !given {
		return nil
	}
	for _, k := range list(next.body["keyCredentials"]) {
		key := k.(body)
		if kept := keyOf(old, key["keyId"]); kept != nil && (key["key"] == nil || key["key"] == kept["key"]) {
			for _, p := range properties()["keyCredential"] { // others a client has to repeat, as in every list
				if v, has := kept[p.Name]; has {
					setDefault(key, p.Name, v)
				}
			}
			continue
		}
		if gerr := completeKey(key); gerr != nil {
			return gerr
		}
	}
	return nil
}

func keyOf(o *object, id any) body { return entryOf(o, "keyCredentials", id) }

// entryOf finds a credential by its keyId.
func entryOf(o *object, property string, id any) body {
	if o == nil || id == nil {
		return nil
	}
	for _, k := range list(o.body[property]) {
		if same(k.(body)["keyId"], id) {
			return k.(body)
		}
	}
	return nil
}

// certificateOf reads a certificate as it is (DER) or as text (PEM); clients send both.
func certificateOf(raw []byte) (*x509.Certificate, error) {
	if block, _ := pem.Decode(raw); block != nil && block.Type == "CERTIFICATE" {
		raw = block.Bytes
	}
	return x509.ParseCertificate(raw)
}

// completeKey checks a new key and fills what its certificate tells.
func completeKey(key body) *graphError {
	usage := map[any]any{"AsymmetricX509Cert": "Verify", "X509CertAndPassword": "Sign", "Symmetric": "Verify"}[key["type"]]
	if usage == nil || key["usage"] != usage && key["type"] != "Symmetric" {
		return badRequest("Invalid value specified for property 'keyCredentials' of resource: type '%v' and usage '%v' do not fit.", key["type"], key["usage"])
	}
	raw, err := base64.StdEncoding.DecodeString(textOf(key["key"]))
	if err != nil || len(raw) == 0 {
		return badRequest("A value is required for property 'key' of a new key credential.")
	}
	setDefault(key, "keyId", uuid.NewString())
	if key["type"] != "AsymmetricX509Cert" {
		return nil
	}
	cert, err := certificateOf(raw)
	if err != nil {
		return badRequest("Key credential value is invalid: a certificate is required.")
	}
	thumbprint := sha1.Sum(cert.Raw)
	setDefault(key, "customKeyIdentifier", base64.StdEncoding.EncodeToString(thumbprint[:]))
	setDefault(key, "displayName", cert.Subject.String())
	for name, at := range map[string]time.Time{"startDateTime": cert.NotBefore, "endDateTime": cert.NotAfter} {
		given, err := time.Parse(time.RFC3339Nano, textOf(key[name]))
		switch {
		case key[name] == nil:
			key[name] = timestamp(at)
		case err == nil && name == "endDateTime" && given.After(cert.NotAfter):
			return badRequest("Key credential end date is invalid: it lies behind the certificate's.")
		}
	}
	return nil
}

// proven checks the proof that a caller holds the private key of one of the object's valid
// certificates: a JWT that it signed, for Graph (the directory, on older pages), issued by
// the object, valid now and for ten minutes at most.
func (t *Tenant) proven(o *object, proof string) bool {
	parts := strings.Split(proof, ".")
	if len(parts) != 3 {
		return false
	}
	var head struct{ Alg string }
	var claims struct {
		Aud, Iss string
		Nbf, Exp json.Number
	}
	decode := func(part string, into any) bool {
		raw, err := base64.RawURLEncoding.DecodeString(part)
		return err == nil && json.Unmarshal(raw, into) == nil
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decode(parts[0], &head) || !decode(parts[1], &claims) {
		return false
	}
	from, err1 := claims.Nbf.Int64()
	to, err2 := claims.Exp.Int64()
	now := t.now().Unix()
	if err1 != nil || err2 != nil || now < from || now >= to || to-from > 600 ||
		claims.Aud != microsoftGraph && claims.Aud != "00000002-0000-0000-c000-000000000000" || !strings.EqualFold(claims.Iss, o.id) {
		return false
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return slices.ContainsFunc(list(o.body["keyCredentials"]), func(k any) bool {
		public := t.validKey(k.(body))
		switch {
		case public == nil:
			return false
		case head.Alg == "RS256":
			return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
		case head.Alg == "PS256":
			return rsa.VerifyPSS(public, crypto.SHA256, digest[:], signature, nil) == nil
		}
		return false
	})
}

// validKey is the public key of a certificate that is valid now.
func (t *Tenant) validKey(key body) *rsa.PublicKey {
	raw, err := base64.StdEncoding.DecodeString(textOf(key["key"]))
	if err != nil || key["type"] != "AsymmetricX509Cert" {
		return nil
	}
	cert, err := certificateOf(raw)
	if err != nil || t.now().Before(cert.NotBefore) || t.now().After(cert.NotAfter) {
		return nil
	}
	public, _ := cert.PublicKey.(*rsa.PublicKey)
	return public
}

func unproven() *graphError {
	return &graphError{Status: 401, Code: "Authentication_MissingOrMalformed", Message: "Access Token missing or malformed."}
}

// rolling reads the request of addKey or removeKey and checks its proof.
func (t *Tenant) rolling(c *call, allowed ...string) (*object, body, *graphError) {
	o, gerr := t.target(c, t.keyHolder(c))
	if gerr != nil {
		return nil, nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, nil, gerr
	}
	for name := range in {
		if !slices.Contains(allowed, name) {
			return nil, nil, badRequest("Invalid property '%s'.", name)
		}
	}
	if !t.proven(o, textOf(in["proof"])) {
		return nil, nil, unproven()
	}
	return o, in, nil
}

func addKey(t *Tenant, c *call) (*reply, *graphError) {
	o, in, gerr := t.rolling(c, "keyCredential", "passwordCredential", "proof")
	if gerr != nil {
		return nil, gerr
	}
	key, isObject := in["keyCredential"].(body)
	if !isObject {
		return nil, badRequest("A value is required for property 'keyCredential'.")
	}
	check := t.checker(c, t.keyHolder(c), true)
	if gerr := check.complex("keyCredential", key, "keyCredential"); gerr != nil {
		return nil, gerr
	}
	password, _ := in["passwordCredential"].(body)
	if (key["type"] == "X509CertAndPassword") != (textOf(password["secretText"]) != "") {
		return nil, badRequest("A passwordCredential with a secretText goes with a key of type X509CertAndPassword, and with no other.")
	}
	key = clean(key)
	if gerr := completeKey(key); gerr != nil {
		return nil, gerr
	}
	keys := append(slices.Clone(list(o.body["keyCredentials"])), any(key))
	t.auditSecrets(c, o, "keyCredentials", keys)
	o.body["keyCredentials"] = keys
	out := deepCopy(key).(body)
	out["key"], out["@odata.context"] = nil, c.context("microsoft.graph.keyCredential")
	return ok(out), nil
}

func removeKey(t *Tenant, c *call) (*reply, *graphError) {
	o, in, gerr := t.rolling(c, "keyId", "proof")
	if gerr != nil {
		return nil, gerr
	}
	keys := list(o.body["keyCredentials"])
	left := slices.DeleteFunc(slices.Clone(keys), func(k any) bool { return same(k.(body)["keyId"], in["keyId"]) })
	if len(left) == len(keys) {
		return nil, badRequest("No credentials found to be removed.")
	}
	t.auditSecrets(c, o, "keyCredentials", left)
	o.body["keyCredentials"] = left
	return noContent, nil
}

// defaultSigningName is what Entra calls the certificates that sign SAML tokens.
const defaultSigningName = "CN=Microsoft Azure Federated SSO Certificate"

// addTokenSigningCertificate makes a certificate whose private key stays with the server:
// a key to sign with, its password, and the key to verify with, which the answer shows.
func addTokenSigningCertificate(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, t.resource("servicePrincipal"))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	name, from := textOf(in["displayName"]), t.now()
	to := from.AddDate(3, 0, 0)
	for property, v := range in {
		var err error
		switch {
		case property == "endDateTime" && v != nil:
			if to, err = time.Parse(time.RFC3339Nano, textOf(v)); err != nil || !to.After(from) {
				return nil, badRequest("Invalid value specified for property 'endDateTime'.")
			}
		case property != "displayName" && property != "endDateTime":
			return nil, badRequest("Invalid property '%s'.", property)
		}
	}
	if in["displayName"] == nil {
		name = defaultSigningName
	}
	if !strings.HasPrefix(name, "CN=") {
		return nil, badRequest("Property 'displayName' must start with 'CN='.")
	}
	raw, err := signingCertificate(strings.TrimPrefix(name, "CN="), from, to)
	if err != nil {
		return nil, &graphError{Status: 500, Code: "InternalServerError", Message: err.Error()}
	}
	thumbprint := sha1.Sum(raw)
	identifier, public := base64.StdEncoding.EncodeToString(thumbprint[:]), base64.StdEncoding.EncodeToString(raw)
	credential := func(typ, usage string, key any) body {
		return body{"customKeyIdentifier": identifier, "displayName": name, "startDateTime": timestamp(from), "endDateTime": timestamp(to),
			"key": key, "keyId": uuid.NewString(), "type": typ, "usage": usage}
	}
	sign, verify := credential("X509CertAndPassword", "Sign", nil), credential("AsymmetricX509Cert", "Verify", public)
	keys := append(slices.Clone(list(o.body["keyCredentials"])), any(sign), any(verify))
	t.auditSecrets(c, o, "keyCredentials", keys)
	o.body["keyCredentials"] = keys
	o.body["passwordCredentials"] = append(slices.Clone(list(o.body["passwordCredentials"])), body{"customKeyIdentifier": identifier, "displayName": nil,
		"hint": nil, "keyId": sign["keyId"], "startDateTime": timestamp(from), "endDateTime": timestamp(to)})
	out := deepCopy(verify).(body)
	out["thumbprint"] = strings.ToUpper(hex.EncodeToString(thumbprint[:]))
	out["@odata.context"] = c.context("microsoft.graph.selfSignedCertificate")
	return ok(out), nil
}

func signingCertificate(name string, from, to time.Time) ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to}
	return x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
}
