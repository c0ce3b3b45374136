package emulator

import (
	"crypto/subtle"

	"github.com/google/uuid"
)

// Who sends a request: what the audit log names as the actor.

// The static token (WithToken) stands for one application, which has every permission.
// It is no object of the tenant, so that a tenant starts without service principals of
// its own; the audit log names it like this.
const (
	StaticTokenName               = "Emulator static token"
	StaticTokenAppID              = "0e4a6a1c-5d7e-4f0b-9a52-c1d3e5f70a01"
	StaticTokenServicePrincipalID = "0e4a6a1c-5d7e-4f0b-9a52-c1d3e5f70a02"
)

// retentionService is the actor where the tenant itself purges what has been in a
// recycle bin for 30 days. Microsoft's services sign with names that begin like this;
// that of the retention job is unconfirmed. They have no appId in the log.
const retentionService = "Microsoft Azure AD Internal - Retention"

// WithPerson accepts a further token, of somebody who is signed in to Microsoft's Graph
// command line tools: it may do all that the static token may, and the audit log names the
// person. Nobody of that name needs to be in the tenant, and whoever it is owns nothing by
// creating it: [Tenant.SignIn] gives the token of a user as Entra would.
func WithPerson(token, userPrincipalName string) Option {
	return func(t *Tenant) {
		if t.people == nil {
			t.people = map[string]string{}
		}
		t.people[token] = userPrincipalName
	}
}

// graphTools is the application that people use from a command line.
const graphTools = "14d82eec-204b-4c2f-b7e8-296a70dab67e"

// person is the actor behind a token of WithPerson.
func (t *Tenant) person(token string) (actor, bool) {
	for known, upn := range t.people {
		if subtle.ConstantTimeCompare([]byte(token), []byte(known)) != 1 {
			continue
		}
		who := &actingUser{id: uuid.NewSHA1(uuid.NameSpaceOID, []byte(t.id+"/"+upn)).String(), userPrincipalName: upn, ipAddress: "192.0.2.7"}
		if o := t.byProperty("user", "userPrincipalName", upn); o != nil {
			who.id, who.displayName = o.id, o.text("displayName")
		}
		return actor{appID: graphTools, displayName: "Microsoft Graph Command Line Tools", user: who}, true
	}
	return actor{}, false
}

// actor is the identity behind a request. Where user is set, a person signed in to the
// application; otherwise the application acts for itself. A request has it in call.actor,
// where whatever checks tokens puts it: the ids are enough, the name is looked up.
type actor struct {
	appID, servicePrincipalID, displayName string
	user                                   *actingUser
}

type actingUser struct{ id, displayName, userPrincipalName, ipAddress string }

// actorOf is who sent a request. Where nobody set it, that is the static token; no
// request at all means the tenant's own retention.
func (t *Tenant) actorOf(c *call) actor {
	switch {
	case c == nil:
		return actor{displayName: retentionService}
	case c.actor == (actor{}):
		return actor{appID: StaticTokenAppID, servicePrincipalID: StaticTokenServicePrincipalID, displayName: StaticTokenName}
	}
	a := c.actor
	if sp := t.shelf("servicePrincipal").live(a.servicePrincipalID); sp != nil && a.displayName == "" {
		a.displayName = sp.text("displayName")
	}
	return a
}

// initiatedBy is the actor as the log shows it: exactly one of user and app is set.
func (a actor) initiatedBy() body {
	if a.user != nil {
		return body{"app": nil, "user": body{"id": a.user.id, "displayName": orNull(a.user.displayName),
			"userPrincipalName": a.user.userPrincipalName, "ipAddress": orNull(a.user.ipAddress)}}
	}
	return body{"user": nil, "app": body{"appId": orNull(a.appID), "displayName": orNull(a.displayName),
		"servicePrincipalId": orNull(a.servicePrincipalID), "servicePrincipalName": nil}}
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
