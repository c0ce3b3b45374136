package emulator_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// refusedWith holds an answer of Graph against status, code and a part of the message.
func (e *login) refusedWith(a answer, status int, code, part string) {
	e.t.Helper()
	if a.status != status || a.code() != code || !strings.Contains(a.message(), part) {
		e.t.Errorf("%d %s %q, want %d %s %q", a.status, a.code(), a.message(), status, code, part)
	}
}

// claimsChallenge reads the claims out of a WWW-Authenticate header.
func claimsChallenge(t *testing.T, a answer) object {
	t.Helper()
	header := a.header.Get("WWW-Authenticate")
	found := regexp.MustCompile(`^Bearer realm="", authorization_uri="[^"]+", client_id="[^"]+", error="insufficient_claims", claims="([^"]+)"$`).FindStringSubmatch(header)
	if found == nil {
		t.Fatalf("no claims challenge in %q", header)
	}
	raw, err := base64.StdEncoding.DecodeString(found[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Token object `json:"access_token"`
	}
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Token
}

// TestTokens: F16, which tokens Graph takes.
func TestTokens(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	e := newLogin(t, emulator.WithClock(at.now))
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	token := e.token(client)
	foreign := newLogin(t, emulator.WithClock(at.now))
	stranger := foreign.token(foreign.addClient(emulator.ClientOptions{Name: "app"}))
	aadGraph := e.token(client, "scope", "00000002-0000-0000-c000-000000000000/.default")
	key, _ := certificate(t, time.Now().Add(time.Hour))
	forged := sign(t, key, jwt.MapClaims(claimsOf(t, token)), object{"kid": keyID(t, token)})
	header, rest, _ := strings.Cut(token, ".")
	_, signature, _ := strings.Cut(rest, ".")
	altered := claimsOf(t, token)
	altered["roles"] = []any{"Everything"}
	raw, err := json.Marshal(altered)
	if err != nil {
		t.Fatal(err)
	}
	tampered := header + "." + base64.RawURLEncoding.EncodeToString(raw) + "." + signature
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString(raw) + "."

	signed := func(changes ...any) string {
		claims := claimsOf(t, token)
		for i := 0; i+1 < len(changes); i += 2 {
			if claims[changes[i].(string)] = changes[i+1]; changes[i+1] == nil {
				delete(claims, changes[i].(string))
			}
		}
		text, err := e.Sign(claims)
		if err != nil {
			t.Fatal(err)
		}
		return "Bearer " + text
	}
	same(t, "signed by the tenant", e.send("GET", "/v1.0/groups", nil, "Authorization", signed()).status, http.StatusOK)

	for name, c := range map[string]struct{ authorization, part string }{
		"F16 other issuer":           {signed("iss", "https://sts.windows.net/"+nobody+"/"), "Invalid issuer"},
		"F16 other tenant's id":      {signed("tid", nobody), "Invalid issuer"},
		"F16 without an end":         {signed("exp", nil), "Access token validation failure"},
		"F16 not valid yet":          {signed("nbf", at.now().Add(time.Hour).Unix()), "Access token validation failure"},
		"F16 without an audience":    {signed("aud", nil), "Invalid audience"},
		"F16 missing token":          {"", "Access token is empty."},
		"F16 empty token":            {"Bearer ", "Access token is empty."},
		"F16 no token but text":      {"Bearer nonsense", "CompactToken parsing failed"},
		"F16 other scheme":           {"Basic " + e.Token(), "CompactToken parsing failed"},
		"F16 token of other tenant":  {"Bearer " + stranger, "Invalid signature"},
		"F16 static of other tenant": {"Bearer " + foreign.Token(), "CompactToken parsing failed"},
		"F16 other audience":         {"Bearer " + aadGraph, "Invalid audience"},
		"F16 forged":                 {"Bearer " + forged, "Invalid signature"},
		"F16 tampered":               {"Bearer " + tampered, "Invalid signature"},
		"F16 unsigned":               {"Bearer " + none, "Access token validation failure"},
	} {
		t.Run(name, func(t *testing.T) {
			sub := *e
			sub.t = t
			a := sub.send("GET", "/v1.0/groups", nil, "Authorization", c.authorization)
			sub.refusedWith(a, 401, "InvalidAuthenticationToken", c.part)
			same(t, "WWW-Authenticate", a.header.Get("WWW-Authenticate"), `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"`)
		})
	}
	for _, scope := range []string{graphScope, "00000003-0000-0000-c000-000000000000/.default", e.url + "/.default", "https://graph.microsoft.us/.default"} {
		same(t, scope, e.as(e.token(client, "scope", scope), "GET", "/v1.0/groups", nil).status, http.StatusOK)
	}
	t.Run("F16 parts of a batch come from whom the batch comes from", func(t *testing.T) {
		part := object{"id": "1", "method": "GET", "url": "/groups", "headers": object{"Authorization": "Bearer " + e.Token()}}
		a := e.as(token, "POST", "/v1.0/$batch", object{"requests": []any{part}})
		if !strings.Contains(a.raw, `"status":200`) {
			t.Error(a.raw)
		}
	})
	t.Run("F16 expired token", func(t *testing.T) {
		at.advance(time.Hour)
		sub := *e
		sub.t = t
		sub.refusedWith(sub.as(token, "GET", "/v1.0/groups", nil), 401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
		same(t, "a new one", sub.as(sub.token(client), "GET", "/v1.0/groups", nil).status, http.StatusOK)
		at.advance(10000 * time.Hour)
		same(t, "the static one", sub.as(sub.Token(), "GET", "/v1.0/groups", nil).status, http.StatusOK)
	})
}

func keyID(t *testing.T, token string) any {
	t.Helper()
	parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header["kid"]
}

const cp1 = `{"access_token":{"xms_cc":{"values":["CP1"]}}}`

// TestContinuousAccess: F16, a service principal that is disabled or deleted loses its
// running token.
func TestContinuousAccess(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	path := "/v1.0/servicePrincipals(appId='" + client.ID + "')"
	id := e.as(e.Token(), "GET", path, nil).id()
	admin := func(method, path string, body any) {
		t.Helper()
		if a := e.as(e.Token(), method, path, body); a.status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.status, a.raw)
		}
	}
	lasting, plain := e.token(client, "claims", cp1), e.token(client)
	claims := claimsOf(t, lasting)
	same(t, "lifetime with cp1", claims["exp"].(float64)-claims["iat"].(float64), float64(86399))

	admin("PATCH", path, object{"accountEnabled": false})
	a := e.as(lasting, "GET", "/v1.0/groups", nil)
	e.refusedWith(a, 401, "InvalidAuthenticationToken", "TokenIssuedBeforeRevocationTimestamp")
	if nbf, _ := claimsChallenge(t, a)["nbf"].(object); nbf["essential"] != true || nbf["value"] == "" {
		t.Errorf("the challenge is %v", nbf)
	}
	same(t, "a client that takes no challenge", e.as(plain, "GET", "/v1.0/groups", nil).status, http.StatusOK)

	admin("PATCH", path, object{"accountEnabled": true})
	same(t, "the revoked token", e.as(lasting, "GET", "/v1.0/groups", nil).status, http.StatusUnauthorized)
	lasting = e.token(client, "claims", `{"access_token":{"xms_cc":{"values":["CP1"]},"nbf":{"essential":true,"value":"1"}}}`)
	same(t, "a new token", e.as(lasting, "GET", "/v1.0/groups", nil).status, http.StatusOK)

	admin("DELETE", "/v1.0/servicePrincipals/"+id, nil)
	claimsChallenge(t, e.as(lasting, "GET", "/v1.0/groups", nil))
	e.refusedWith(e.as(plain, "GET", "/v1.0/groups", nil), 401, "Authorization_IdentityNotFound", "could not be established")
}

// TestProtectedActions: F16, an action that is protected answers with a claims challenge.
func TestProtectedActions(t *testing.T) {
	t.Parallel()
	e := newLogin(t, emulator.WithProtectedActions("microsoft.directory/conditionalAccessPolicies/delete", "microsoft.directory/namedLocations/create"))
	token := e.token(e.addClient(emulator.ClientOptions{Name: "app"}))
	made := e.as(token, "POST", policies, policy())
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.raw)
	}
	a := e.as(token, "DELETE", policies+"/"+made.id(), nil)
	e.refusedWith(a, 401, "InvalidAuthenticationToken", "conditionalAccessPolicies/delete")
	same(t, "acrs", claimsChallenge(t, a)["acrs"], object{"essential": true, "value": "c1"})
	same(t, "still there", e.as(token, "GET", policies+"/"+made.id(), nil).status, http.StatusOK)
	same(t, "a location", e.as(token, "POST", locations, object{}).status, http.StatusUnauthorized)

	const action = "/beta/roleManagement/directory/resourceNamespaces/microsoft.directory/resourceActions/microsoft.directory-conditionalAccessPolicies-"
	for _, c := range []struct {
		method, path string
		body         any
		status       int
	}{
		{"PATCH", action + "delete-delete", object{"authenticationContextId": "everything"}, 400},
		{"PATCH", strings.Replace(action, "beta", "v1.0", 1) + "delete-delete", object{"authenticationContextId": nil}, 405},
		{"PATCH", action + "nonsense", object{"authenticationContextId": "c7"}, 404},
		{"PATCH", action + "basic-update-patch", object{"authenticationContextId": "c7"}, 204},
		{"PATCH", policies + "/" + made.id(), object{"displayName": "x"}, 401},
		{"PATCH", action + "delete-delete", object{"authenticationContextId": nil}, 204},
		{"DELETE", policies + "/" + made.id(), nil, 204},
	} {
		if a := e.as(e.Token(), c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, a.status, c.status, a.raw)
		}
	}
	same(t, "context", e.as(token, "GET", action+"basic-update-patch", nil).body["authenticationContextId"], "c7")
}

// TestRestrictedUnit: F16, members of a restricted management administrative unit are
// changed by callers with a role scoped to it.
func TestRestrictedUnit(t *testing.T) {
	t.Parallel()
	e := newLogin(t)
	client := e.addClient(emulator.ClientOptions{Name: "app"})
	token := e.token(client)
	make := func(path string, body object) string {
		t.Helper()
		a := e.as(e.Token(), "POST", path, body)
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", path, a.status, a.raw)
		}
		return a.id()
	}
	group := func(name string) string {
		return make("/v1.0/groups", object{"displayName": name, "mailEnabled": false, "mailNickname": name, "securityEnabled": true})
	}
	inside, outside := group("inside"), group("outside")
	user := make("/v1.0/users", object{"displayName": "u", "accountEnabled": true, "mailNickname": "u", "userPrincipalName": "u@contoso.onmicrosoft.com",
		"passwordProfile": object{"password": "Long-enough-1"}})
	restricted := make(units, object{"displayName": "restricted", "isMemberManagementRestricted": true})
	ordinary := make(units, object{"displayName": "ordinary"})
	ref := func(id string) object { return object{"@odata.id": e.url + "/v1.0/directoryObjects/" + id} }
	for _, link := range [][2]string{{restricted, inside}, {restricted, user}, {ordinary, outside}} {
		if a := e.as(e.Token(), "POST", units+"/"+link[0]+"/members/$ref", ref(link[1])); a.status != 204 {
			t.Fatal(a.raw)
		}
	}
	for name, c := range map[string]struct {
		method, path string
		body         any
		allowed      bool
	}{
		"F16 restricted group":         {"PATCH", "/v1.0/groups/" + inside, object{"description": "x"}, false},
		"F16 its members":              {"POST", "/v1.0/groups/" + inside + "/members/$ref", ref(user), false},
		"F16 its deletion":             {"DELETE", "/v1.0/groups/" + inside, nil, false},
		"F16 restricted user":          {"PATCH", "/v1.0/users/" + user, object{"displayName": "x"}, false},
		"F16 reading it":               {"GET", "/v1.0/groups/" + inside, nil, true},
		"F16 group of ordinary unit":   {"PATCH", "/v1.0/groups/" + outside, object{"description": "x"}, true},
		"F16 user into ordinary group": {"POST", "/v1.0/groups/" + outside + "/members/$ref", ref(user), true},
	} {
		t.Run(name, func(t *testing.T) {
			sub := *e
			sub.t = t
			a := sub.as(token, c.method, c.path, c.body)
			if c.allowed && a.status >= 300 {
				t.Errorf("%d %s", a.status, a.raw)
			}
			if !c.allowed {
				sub.refusedWith(a, 403, "Authorization_RequestDenied", "restricted management administrative unit")
			}
		})
	}
	principal := e.as(e.Token(), "GET", "/v1.0/servicePrincipals(appId='"+client.ID+"')", nil).id()
	const groupsAdministrator = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
	scope := func(path string) {
		t.Helper()
		make("/v1.0/roleManagement/directory/roleAssignments", object{"principalId": principal, "roleDefinitionId": groupsAdministrator, "directoryScopeId": path})
	}
	change := func() int {
		return e.as(token, "PATCH", "/v1.0/groups/"+inside, object{"description": "x"}).status
	}
	scope("/")
	same(t, "F16 a role over the whole tenant", change(), http.StatusForbidden)
	scope("/administrativeUnits/" + ordinary)
	same(t, "F16 a role of another scope", change(), http.StatusForbidden)
	scope("/administrativeUnits/" + restricted)
	same(t, "F16 a role of its scope", change(), http.StatusNoContent)
	same(t, "the static token", e.as(e.Token(), "PATCH", "/v1.0/users/"+user, object{"displayName": "y"}).status, http.StatusNoContent)
}
