package emulator

import "net/http"

// Authentication contexts: labels c1 to c99, whose ids the client chooses. A PATCH makes
// one that is not there. They have no recycle bin, and come back by being made again.

func authenticationContexts() *resource {
	return &resource{
		typ: "authenticationContextClassReference", set: "identity/conditionalAccess/authenticationContextClassReferences", unpaged: true,
		paths:    []string{"/identity/conditionalAccess/authenticationContextClassReferences"},
		own:      map[string]handler{"POST": createContext, "PATCH": upsertContext},
		required: []string{"displayName"}, loadable: contextWords,
		prepare: func(_ *Tenant, o *object) { setDefault(o.body, "isAvailable", false) },
		check: func(_ *Tenant, _ *call, _, next *object, _ body) *graphError {
			if name := next.text("displayName"); name == "" || len(name) > 256 {
				return caBad("A value is required for property 'displayName' of an authentication context.")
			}
			return nil
		},
		deletable: func(t *Tenant, o *object) *graphError {
			if o.body["isAvailable"] == true {
				return &graphError{Status: http.StatusForbidden, Code: "AccessDenied", Message: "The authentication context '" + o.id + "' is published. Set isAvailable to false before it is deleted."}
			}
			if p := t.policyThatUses(o.id); p != nil {
				return caBad("The authentication context '%s' cannot be deleted: the policy '%s' (%s) refers to it.", o.id, p.text("displayName"), p.id)
			}
			return nil
		},
	}
}

// createContext takes the id from the body.
func createContext(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	r := t.resource("authenticationContextClassReference")
	id := textOf(in["id"])
	delete(in, "id")
	if t.shelf(r.typ).live(id) != nil {
		return nil, &graphError{Status: http.StatusConflict, Code: "Conflict", Message: "An authentication context with the id '" + id + "' already exists."}
	}
	return t.newContext(c, r, id, in)
}

// upsertContext makes what is not there.
func upsertContext(t *Tenant, c *call) (*reply, *graphError) {
	in, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	r, id := t.resource("authenticationContextClassReference"), c.params["id"]
	if given, has := in["id"]; has && given != id {
		return nil, caBad("The id of the address and of the body differ.")
	}
	delete(in, "id")
	if o := t.shelf(r.typ).live(id); o != nil {
		return t.change(c, r, o, in)
	}
	if _, gerr := t.newContext(c, r, id, in); gerr != nil {
		return nil, gerr
	}
	return noContent, nil
}

func (t *Tenant) newContext(c *call, r *resource, id string, in body) (*reply, *graphError) {
	if !contextWords.MatchString(id) {
		return nil, caBad("Invalid id '%s': the id of an authentication context is one of c1 to c99.", id)
	}
	chosen := *c
	chosen.id = id
	o, gerr := t.make(&chosen, r, in)
	if gerr != nil {
		return nil, gerr
	}
	return t.created(c, r, o, r.set+"/$entity")
}
