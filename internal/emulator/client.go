package emulator

import (
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
)

// Client is an application that may sign in to the tenant.
type Client struct {
	TenantID string
	ID       string // its app id
	Secret   string // told once
}

// ClientOptions says what AddClient makes.
type ClientOptions struct {
	// Name is the application's display name.
	Name string
	// Certificate is registered with the application, so that its private key can sign in; nil: none.
	Certificate *x509.Certificate
	// Permissions are application permissions of Microsoft Graph ("Policy.Read.All"); nil: all that
	// any request needs.
	Permissions []string
	// Renew gives a client that is there already a new secret and certificate in place of the
	// ones that it had from here. Otherwise that is an error.
	Renew bool
}

// AddClient makes an application with its service principal, a client secret and the
// permissions. Its ids come from the tenant's id and the name, so that a tenant of the
// same id has the same client again.
func (t *Tenant) AddClient(opts ClientOptions) (Client, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used = true
	own := func(what string) string {
		return uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.id+"/"+opts.Name+"/"+what)).String()
	}
	app := t.applicationByAppID(own("appId"))
	if app != nil && !opts.Renew {
		return Client{}, fmt.Errorf("the tenant has a client %q already", opts.Name)
	}
	if app == nil {
		app = &object{typ: "application", id: own("application"), body: body{"displayName": opts.Name, "signInAudience": "AzureADMyOrg"}}
		prepareApplication(t, app)
		app.body["appId"] = own("appId")
		t.shelf("application").put(app)
	}
	secret := randomHex(20)
	replaceCredential(app, "passwordCredentials", t.newSecret(own("secret"), secret))
	if c := opts.Certificate; c != nil {
		thumbprint := sha1.Sum(c.Raw)
		replaceCredential(app, "keyCredentials", body{
			"customKeyIdentifier": base64.StdEncoding.EncodeToString(thumbprint[:]), "displayName": c.Subject.String(), "keyId": own("certificate"),
			"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(c.Raw),
			"startDateTime": timestamp(c.NotBefore), "endDateTime": timestamp(c.NotAfter)})
	}
	principal := t.byProperty("servicePrincipal", "appId", app.text("appId"))
	if principal == nil {
		principal = &object{typ: "servicePrincipal", id: own("servicePrincipal"), body: body{"appId": app.body["appId"]}}
		prepareServicePrincipal(t, principal)
		t.shelf("servicePrincipal").put(principal)
	}
	if err := errors.Join(t.grant(principal, opts.Permissions), t.conclude(true)); err != nil {
		return Client{}, err
	}
	return Client{TenantID: t.id, ID: app.text("appId"), Secret: secret}, nil
}

// replaceCredential puts a secret or certificate in the place of the one with its keyId,
// or beside the others.
func replaceCredential(o *object, property string, credential body) {
	others := slices.DeleteFunc(slices.Clone(list(o.body[property])), func(v any) bool { return same(v.(body)["keyId"], credential["keyId"]) })
	o.body[property] = append(others, any(credential))
}

// newSecret makes the password credential of a secret that lives for two years.
func (t *Tenant) newSecret(keyID, text string) body {
	now := t.now()
	secret := body{"customKeyIdentifier": nil, "displayName": nil, "keyId": keyID, "hint": text[:3],
		"startDateTime": timestamp(now), "endDateTime": timestamp(now.AddDate(2, 0, 0))}
	t.logins.remember(keyID, text)
	return secret
}

// setPermissions answers POST /_emulator/permissions: the client gets exactly these.
// Tokens that it has keep what they were issued with.
func (t *Tenant) setPermissions(raw []byte) (any, error) {
	var in struct {
		ClientID    string   `json:"clientId"`
		Permissions []string `json:"permissions"`
	}
	if err := strict(raw, &in); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	principal := t.byProperty("servicePrincipal", "appId", in.ClientID)
	if principal == nil {
		return nil, fmt.Errorf("the tenant has no service principal of client %q", in.ClientID)
	}
	if err := errors.Join(t.grant(principal, in.Permissions), t.conclude(true)); err != nil {
		return nil, err
	}
	graph, _ := t.graphRoles()
	return body{"permissions": append([]string{}, t.rolesOf(principal, graph)...)}, nil
}

// trustIssuer answers POST /_emulator/issuers.
func (t *Tenant) trustIssuer(raw []byte) (any, error) {
	var in struct {
		Issuer string          `json:"issuer"`
		Keys   json.RawMessage `json:"jwks"`
	}
	if err := strict(raw, &in); err != nil {
		return nil, err
	}
	if in.Issuer == "" {
		return nil, fmt.Errorf("issuer is missing")
	}
	return body{}, t.TrustIssuer(in.Issuer, in.Keys)
}
