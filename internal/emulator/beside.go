package emulator

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"
)

// What a tenant that is kept has beside objects, links and the audit log: who it is, its
// clock, and what the login host remembers. There is little of it, so that all is
// compared with what the storage has.

// beside is a copy of it.
type beside struct {
	tenant    keptTenant
	key       *signingKey // nil until a token was signed
	secrets   map[string][32]byte
	issuers   map[string]jwks
	revoked   map[string]revocation
	protected map[string]string
	logos     map[string]image
}

// keptTenant is the one record that every tenant has.
type keptTenant struct {
	Format int           `json:"format"`
	ID     string        `json:"id"`
	Token  string        `json:"token"`
	Secret string        `json:"secret"` // signs the tokens of pages and deltas
	Starts int           `json:"starts"`
	Types  string        `json:"types"` // of objects that the tenant knew
	Ahead  time.Duration `json:"ahead"`
	Serial int           `json:"serial"` // of the latest access token
}

type (
	keptRevocation struct {
		At     time.Time `json:"at"`
		Serial string    `json:"serial"`
	}
	keptLogo struct {
		Type    string `json:"type"`
		Content []byte `json:"content"`
	}
	keptKey struct {
		Private     []byte `json:"private"`
		Certificate []byte `json:"certificate"`
	}
)

func newBeside() beside {
	return beside{secrets: map[string][32]byte{}, issuers: map[string]jwks{}, revoked: map[string]revocation{},
		protected: map[string]string{}, logos: map[string]image{}}
}

func (b beside) clone() beside {
	b.secrets, b.issuers, b.revoked = maps.Clone(b.secrets), maps.Clone(b.issuers), maps.Clone(b.revoked)
	b.protected, b.logos = maps.Clone(b.protected), maps.Clone(b.logos)
	return b
}

// besideNow is what the tenant holds; it shares the maps.
func (t *Tenant) besideNow() beside {
	var types []string
	for _, r := range t.resources {
		types = append(types, r.typ)
	}
	slices.Sort(types)
	return beside{
		tenant: keptTenant{Format: storageFormat, ID: t.id, Token: t.token, Secret: string(t.secret), Starts: t.starts,
			Types: strings.Join(types, " "), Ahead: t.ahead, Serial: t.logins.serial},
		key: t.logins.made.Load(), secrets: t.logins.secrets, issuers: t.logins.issuers, revoked: t.logins.revoked,
		protected: t.protected, logos: t.logos,
	}
}

// besideRecords are the records of what is not as it was, and a copy of what is.
func (t *Tenant) besideRecords(was beside) (is beside, out []Record) {
	is = t.besideNow()
	if is.tenant != was.tenant {
		out = append(out, makeRecord("tenant", is.tenant))
	}
	if is.key != was.key {
		out = append(out, makeRecord("key", is.key.kept()))
	}
	out = differ(out, "secret/", was.secrets, is.secrets, func(a, b [32]byte) bool { return a == b }, func(v [32]byte) any { return v[:] })
	out = differ(out, "issuer/", was.issuers, is.issuers, func(a, b jwks) bool { return reflect.DeepEqual(a, b) }, func(v jwks) any { return v.kept() })
	out = differ(out, "revoked/", was.revoked, is.revoked, func(a, b revocation) bool { return a.serial == b.serial && a.at.Equal(b.at) },
		func(v revocation) any { return keptRevocation{v.at, v.serial} })
	out = differ(out, "protected/", was.protected, is.protected, func(a, b string) bool { return a == b }, func(v string) any { return v })
	out = differ(out, "logo/", was.logos, is.logos, func(a, b image) bool { return a.typ == b.typ && bytes.Equal(a.content, b.content) },
		func(v image) any { return keptLogo{v.typ, v.content} })
	if len(out) > 0 {
		is = is.clone()
	}
	return is, out
}

// differ appends the records of a map's entries that came, changed or went.
func differ[V any](out []Record, prefix string, was, is map[string]V, equal func(a, b V) bool, shape func(V) any) []Record {
	for name, v := range is {
		if old, had := was[name]; !had || !equal(old, v) {
			out = append(out, makeRecord(prefix+name, shape(v)))
		}
	}
	for name := range was {
		if _, has := is[name]; !has {
			out = append(out, Record{Key: prefix + name})
		}
	}
	return out
}

// revertBeside takes back what the storage did not keep. A key that was made stays: it is
// kept with the first token that it signs.
func (t *Tenant) revertBeside(k *tracker) {
	b := k.beside.clone()
	t.ahead, t.logins.serial = b.tenant.Ahead, b.tenant.Serial
	t.logins.secrets, t.logins.issuers, t.logins.revoked = b.secrets, b.issuers, b.revoked
	t.protected, t.logos = b.protected, b.logos
}

// restoreBeside takes over what was kept. Actions that an option protects stay so.
func (t *Tenant) restoreBeside(kept beside) {
	b := kept.clone()
	maps.Copy(b.protected, t.protected)
	t.logins.serial, t.protected, t.logos = b.tenant.Serial, b.protected, b.logos
	t.logins.secrets, t.logins.issuers, t.logins.revoked = b.secrets, b.issuers, b.revoked
	if b.key != nil {
		t.logins.key = func() *signingKey { return b.key }
		t.logins.made.Store(b.key)
	}
}

// addBeside takes in a record that is no object, link or entry of the audit log.
func (b *beside) addBeside(kind, name string, value []byte) (err error) {
	switch kind {
	case "tenant":
		err = unmarshal(value, &b.tenant)
	case "key":
		var k keptKey
		if err = unmarshal(value, &k); err == nil {
			b.key, err = k.key()
		}
	case "secret":
		var sum []byte
		if err = unmarshal(value, &sum); err == nil && len(sum) != 32 {
			return errors.New("it is no hash")
		}
		b.secrets[name] = [32]byte(append(sum, make([]byte, 32)...))
	case "issuer":
		b.issuers[name], err = parseJWKS(value)
	case "revoked":
		var r keptRevocation
		err = unmarshal(value, &r)
		b.revoked[name] = revocation{r.At, r.Serial}
	case "protected":
		var context string
		err = unmarshal(value, &context)
		b.protected[name] = context
	case "logo":
		var l keptLogo
		err = unmarshal(value, &l)
		b.logos[name] = image{l.Content, l.Type}
	default:
		return errors.New("this version does not know its kind: a later one wrote it")
	}
	return err
}

func (k *signingKey) kept() keptKey {
	private, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		panic(err) // it is an RSA key
	}
	return keptKey{private, k.der}
}

func (k keptKey) key() (*signingKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, err
	}
	private, isRSA := parsed.(*rsa.PrivateKey)
	if !isRSA {
		return nil, errors.New("it is no RSA key")
	}
	sum := sha1.Sum(k.Certificate)
	return &signingKey{private: private, der: k.Certificate, id: base64.RawURLEncoding.EncodeToString(sum[:])}, nil
}

// kept is the set as parseJWKS reads it.
func (s jwks) kept() any {
	keys := []any{}
	for _, k := range s {
		keys = append(keys, body{"kty": "RSA", "n": base64.RawURLEncoding.EncodeToString(k.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes())})
	}
	return json.RawMessage(makeRecord("", body{"keys": keys}).Value)
}
