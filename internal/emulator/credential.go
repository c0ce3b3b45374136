package emulator

import (
	"regexp"
	"slices"
	"strings"
)

// Federated identity credentials: children of an application, which go to the recycle bin
// and come back with it. They have no bin of their own.

const (
	maxCredentials    = 20
	maxCredentialText = 600 // characters of issuer, subject, audience and description
)

func federatedCredentials() *resource {
	return &resource{
		typ: "federatedIdentityCredential", set: "federatedIdentityCredentials", policies: true, unpaged: true, child: true,
		required: []string{"name", "issuer", "audiences"},
		readOnly: []string{"id"}, fixed: []string{"name"}, keys: []string{"name"},
		check: checkCredential,
	}
}

// credentialName: "URL friendly", at most 120 characters. Names with dots are in use.
// https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
var credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{2,119}$`)

func (t *Tenant) credentialsOf(app *object) []*object {
	return slices.DeleteFunc(t.shelf("federatedIdentityCredential").all(false), func(o *object) bool { return !strings.EqualFold(o.parent, app.id) })
}

func listCredentials(t *Tenant, c *call) (*reply, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	l := t.resource("federatedIdentityCredential").listing()
	l.context = "applications('" + app.id + "')/federatedIdentityCredentials"
	return t.page(c, l, t.credentialsOf(app))
}

// credential finds the one that the address names by id or by (name='…').
func (t *Tenant) credential(c *call) (*object, *object, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, nil, gerr
	}
	key := c.params["credential"]
	for _, o := range t.credentialsOf(app) {
		if strings.EqualFold(o.id, key) || o.text("name") == key || key == keyMark+"name="+o.text("name") {
			return app, o, nil
		}
	}
	return app, nil, notFound(strings.TrimPrefix(key, keyMark))
}

func readCredential(t *Tenant, c *call) (*reply, *graphError) {
	app, o, gerr := t.credential(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, t.resource(o.typ), o, "applications('"+app.id+"')/federatedIdentityCredentials/$entity")
}

func createCredential(t *Tenant, c *call) (*reply, *graphError) {
	app, gerr := t.target(c, t.resource("application"))
	if gerr != nil {
		return nil, gerr
	}
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	return t.newCredential(c, app, in)
}

func (t *Tenant) newCredential(c *call, app *object, in body) (*reply, *graphError) {
	r := t.resource("federatedIdentityCredential")
	below := *c
	below.parent = app.id
	o, gerr := t.make(&below, r, in)
	if gerr != nil {
		return nil, gerr
	}
	rep, gerr := t.created(c, r, o, "applications('"+app.id+"')/federatedIdentityCredentials/$entity")
	if gerr == nil {
		rep.header["Location"] = c.base + "/applications/" + app.id + "/federatedIdentityCredentials/" + o.id
	}
	return rep, gerr
}

// checkCredential: which of 400 and 409 a duplicate gives is unconfirmed.
func checkCredential(t *Tenant, _ *call, old, next *object, _ body) *graphError {
	if !credentialName.MatchString(next.text("name")) {
		return badRequest("Invalid value specified for property 'name' of resource 'FederatedIdentityCredential'.")
	}
	if len(list(next.body["audiences"])) != 1 || next.text("issuer") == "" || next.text("subject") == "" && next.body["claimsMatchingExpression"] == nil {
		return badRequest("A federated identity credential needs an issuer, a subject and exactly one audience.")
	}
	for _, name := range []string{"issuer", "subject", "description"} {
		if len(next.text(name)) > maxCredentialText {
			return badRequest("Invalid value specified for property '%s' of resource 'FederatedIdentityCredential'.", name)
		}
	}
	if len(textOf(list(next.body["audiences"])[0])) > maxCredentialText {
		return badRequest("Invalid value specified for property 'audiences' of resource 'FederatedIdentityCredential'.")
	}
	others := t.credentialsOf(&object{id: next.parent})
	if old == nil && len(others) >= maxCredentials {
		return badRequest("The application already has the maximum of %d federated identity credentials.", maxCredentials)
	}
	for _, o := range others {
		if o.id == next.id {
			continue
		}
		if o.text("name") == next.text("name") {
			return conflicting("name")
		}
		if o.text("issuer") == next.text("issuer") && o.text("subject") == next.text("subject") {
			return badRequest("FederatedIdentityCredential with the same issuer and subject already exists.")
		}
	}
	return nil
}

func updateCredential(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	app, o, gerr := t.credential(c)
	if gerr != nil {
		name, named := strings.CutPrefix(c.params["credential"], keyMark+"name=")
		if app == nil || !named || !c.prefers("create-if-missing") {
			return nil, gerr
		}
		in["name"] = name
		return t.newCredential(c, app, in)
	}
	return t.change(c, t.resource(o.typ), o, in)
}

func deleteCredential(t *Tenant, c *call) (*reply, *graphError) {
	_, o, gerr := t.credential(c)
	if gerr != nil {
		return nil, gerr
	}
	return t.removal(c, t.resource(o.typ), o)
}
