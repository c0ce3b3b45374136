package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// A person who signed in to an application: the token, who that is to the audit log, and
// what Microsoft Graph adds to objects that a person makes.

// Person says who signs in, and to what.
type Person struct {
	UserPrincipalName string // or the object id
	// ClientID is the app id of the application; "" for Microsoft Graph Command Line Tools.
	ClientID string
	// Permissions are delegated permissions of Microsoft Graph ("Group.ReadWrite.All"); nil: all
	// that any request needs.
	Permissions []string
}

// SignIn returns an access token of Microsoft Graph for a user of the tenant, as a browser
// or a device code would get it. Nobody is asked for a password, and no Conditional Access
// policy is applied.
func (t *Tenant) SignIn(p Person) (token string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	user := t.lookUp(t.resource("user"), p.UserPrincipalName)
	if user == nil || user.body["accountEnabled"] == false {
		return "", fmt.Errorf("the tenant has no user %q who may sign in", p.UserPrincipalName)
	}
	if p.ClientID == "" {
		p.ClientID = graphTools
	}
	if p.Permissions == nil {
		p.Permissions = knownPermissions()
	}
	if len(p.Permissions) == 0 {
		return "", errors.New("a token without any permission is not issued")
	}
	claims := jwt.MapClaims{
		"aud": graphAudiences[0], "iss": t.issuer(), "idp": t.issuer(), "tid": t.id, "ver": "1.0", "appid": p.ClientID, "appidacr": "0",
		"oid": user.id, "sub": user.id, "idtyp": "user", "upn": user.text("userPrincipalName"), "unique_name": user.text("userPrincipalName"),
		"name": user.text("displayName"), "scp": strings.Join(p.Permissions, " "), "wids": t.rolesHeld(user), "uti": t.logins.nextSerial(),
		"tenant_region_scope": "NA",
	}
	token, err = t.signed(claims, t.now(), tokenLife)
	return token, errors.Join(err, t.conclude(true))
}

// signInPerson answers POST /_emulator/persons.
func (t *Tenant) signInPerson(raw []byte) (any, error) {
	var in struct {
		UserPrincipalName string   `json:"userPrincipalName"`
		ClientID          string   `json:"clientId"`
		Permissions       []string `json:"permissions"`
	}
	if err := strict(raw, &in); err != nil {
		return nil, err
	}
	token, err := t.SignIn(Person(in))
	if err != nil {
		return nil, err
	}
	return body{"access_token": token}, nil
}

// personActing is the actor of a person's request. The token of somebody who was deleted or
// disabled since is refused; how Graph words that is unconfirmed.
func (t *Tenant) personActing(who caller) (actor, *graphError) {
	user := t.shelf("user").live(who.principal)
	if user == nil || user.body["accountEnabled"] == false {
		return actor{}, unauthenticated("Access token validation failure.")
	}
	return actor{appID: who.appID, user: &actingUser{id: user.id, displayName: user.text("displayName"), userPrincipalName: user.text("userPrincipalName"), ipAddress: "192.0.2.7"}}, nil
}

// makers are the built-in roles with which a person makes objects without owning them.
// That application administrators do not become owners is documented; of groups it was
// seen that nobody is added where an administrator makes a security group, and which
// roles count as that is unconfirmed.
// https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
var makers = map[string][]string{
	"application":      {"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "158c047a-c907-4556-b7ef-446551a6b5f7"}, // Application, Cloud Application Administrator
	"servicePrincipal": {"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "158c047a-c907-4556-b7ef-446551a6b5f7"},
	"group": {"62e90394-69f5-4237-9190-012177145e10", "fdd7a751-b60b-444a-984c-02652fe8fa1c", // Global, Groups Administrator
		"fe930be7-5e62-47db-91af-98c3a49a38b1", "3a2c62db-5318-420d-8d74-23affee5d9d5", // User, Intune Administrator
		"9360feb5-f418-4baa-8175-e2a00bac4301"}, // Directory Writers
}

// ownedFromBirth tells whether Graph makes the caller an owner of what it creates: an
// application that has no more than the right to write what it owns, and a person; of
// security groups, applications and service principals only one whose role does not permit
// to make them for the tenant.
// https://learn.microsoft.com/entra/identity/role-based-access-control/custom-available-permissions
func (t *Tenant) ownedFromBirth(c *call, o *object) bool {
	roles, ownable := makers[o.typ]
	switch {
	case !ownable || c.caller.principal == "":
		return false
	case !c.caller.person:
		return o.typ != "group" && t.rules.requiredRoles && !c.holds("Application.ReadWrite.All", "Directory.ReadWrite.All")
	case o.typ == "group" && unified(o):
		return true
	}
	user := t.shelf("user").live(c.caller.principal)
	action := "microsoft.directory/" + o.typ + "s/create"
	return user != nil && !slices.ContainsFunc(t.rolesHeld(user), func(id string) bool {
		role := t.shelf("unifiedRoleDefinition").live(id)
		return slices.Contains(roles, id) || role != nil && slices.ContainsFunc(list(role.body["rolePermissions"]), func(p any) bool {
			return contains(p.(body)["allowedResourceActions"], action)
		})
	})
}

// bindCreator adds the caller to the owners that a new object is to have. Of a group that is
// refused where the request names the caller, too; of the others it was seen to pass.
func (t *Tenant) bindCreator(c *call, o *object, binds []bind) ([]bind, *graphError) {
	creator := bind{"owners", strings.ToLower(c.caller.principal)}
	switch named := slices.Contains(binds, creator); {
	case !t.ownedFromBirth(c, o) || named && o.typ != "group":
		return binds, nil
	case named:
		return nil, badRequest("Request contains a property with duplicate values.")
	}
	return append(binds, creator), nil
}

// rolesHeld are the ids of the directory roles that a user has over the whole tenant, as
// such or as a member of a group.
func (t *Tenant) rolesHeld(user *object) []string {
	holders := []any{user.id}
	for _, x := range t.related(user, "transitiveMemberOf") {
		holders = append(holders, x.id)
	}
	out := []string{}
	t.shelf("unifiedRoleAssignment").each(func(o *object) bool {
		if o.live() && same(o.body["directoryScopeId"], "/") && slices.ContainsFunc(holders, func(id any) bool { return same(o.body["principalId"], id) }) {
			out = append(out, strings.ToLower(o.text("roleDefinitionId")))
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}
