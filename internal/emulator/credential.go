package emulator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Federated identity credentials: children of an application, which go to the recycle bin
// and come back with it. They have no bin of their own.

const maxCredentials = 20

var credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$`)

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
	if gerr := t.checker(c, r, true).top(r.typ, in); gerr != nil {
		return nil, gerr
	}
	o := &object{typ: r.typ, id: uuid.NewString(), parent: app.id, body: clean(in)}
	if len(t.credentialsOf(app)) >= maxCredentials {
		return nil, badRequest("The application already has the maximum of %d federated identity credentials.", maxCredentials)
	}
	if gerr := t.checkCredential(app, o); gerr != nil {
		return nil, gerr
	}
	t.shelf(r.typ).put(o)
	t.audit(c, auditAdd, o)
	rep, gerr := t.one(&call{base: c.base, version: c.version, header: c.header}, r, o, "applications('"+app.id+"')/federatedIdentityCredentials/$entity")
	if gerr == nil {
		rep.status = 201
		rep.header = map[string]string{"Location": c.base + "/applications/" + app.id + "/federatedIdentityCredentials/" + o.id}
	}
	return rep, gerr
}

// checkCredential: which of 400 and 409 a duplicate gives is unconfirmed.
func (t *Tenant) checkCredential(app, next *object) *graphError {
	if !credentialName.MatchString(next.text("name")) {
		return badRequest("Invalid value specified for property 'name' of resource 'FederatedIdentityCredential'.")
	}
	if len(list(next.body["audiences"])) != 1 || next.text("issuer") == "" || next.text("subject") == "" && next.body["claimsMatchingExpression"] == nil {
		return badRequest("A federated identity credential needs an issuer, a subject and exactly one audience.")
	}
	for _, o := range t.credentialsOf(app) {
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
	before := deepCopy(o.body).(body)
	rep, gerr := t.change(c, t.resource(o.typ), o, in)
	if gerr != nil {
		return nil, gerr
	}
	if gerr := t.checkCredential(app, o); gerr != nil {
		o.body = before
		return nil, gerr
	}
	return rep, nil
}

func deleteCredential(t *Tenant, c *call) (*reply, *graphError) {
	_, o, gerr := t.credential(c)
	if gerr != nil {
		return nil, gerr
	}
	t.audit(c, auditDelete, o)
	t.shelf(o.typ).drop(o.id)
	return noContent, nil
}
