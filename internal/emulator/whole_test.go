package emulator_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// Bodies that look right at the top and are not whole below, or that a PATCH would make so.

// TestNestedRequired: a nested object lacks nothing that Graph's answers never lack.
func TestNestedRequired(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	for name, filter := range map[string]any{"nothing": object{}, "only the mode": object{"mode": "include"}, "only the rule": object{"rule": "x"}} {
		t.Run("a filter with "+name, func(t *testing.T) {
			e.want(400, "POST", policies, policy("conditions.devices", object{"deviceFilter": filter}))
		})
	}
	e.want(400, "POST", policies, policy("conditions.authenticationFlows", object{}))
	for name, more := range map[string]object{
		"a resource without its id": {"requiredResourceAccess": []any{object{"resourceAccess": []any{}}}},
		"no permissions":            {"requiredResourceAccess": []any{object{"resourceAppId": nobody}}},
		"a permission without id":   {"requiredResourceAccess": []any{object{"resourceAppId": nobody, "resourceAccess": []any{object{"type": "Role"}}}}},
		"an add-in of nothing":      {"addIns": []any{object{}}},
		"a claim without a name":    {"optionalClaims": object{"idToken": []any{object{}}}},
		"pre-authorized for what":   {"api": object{"preAuthorizedApplications": []any{object{"appId": nobody}}}},
		"a logo by its address":     {"info": object{"logoUrl": "https://x"}},
	} {
		t.Run(name, func(t *testing.T) {
			more["displayName"] = "x"
			e.want(400, "POST", "/v1.0/applications", more)
		})
	}
	made := e.want(201, "POST", "/v1.0/applications", object{"displayName": "x", "servicePrincipalLockConfiguration": object{}})
	if lock, _ := made.body["servicePrincipalLockConfiguration"].(object); lock["isEnabled"] != false {
		t.Errorf("a switch that is left out is off: %v", made.body["servicePrincipalLockConfiguration"])
	}
	e.want(400, "POST", "/v1.0/users", object{"displayName": "x", "accountEnabled": true, "mailNickname": "x",
		"userPrincipalName": "x@contoso.onmicrosoft.com", "passwordProfile": object{}})
}

// TestPatchKeepsWhole: no PATCH leads where no POST could.
func TestPatchKeepsWhole(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := "/v1.0/groups/" + e.group("g")
	e.want(400, "PATCH", g, object{"mailEnabled": nil, "securityEnabled": nil})
	e.want(400, "PATCH", g, object{"securityEnabled": false})
	a := "/v1.0/applications/" + e.want(201, "POST", "/v1.0/applications", object{"displayName": "a", "signInAudience": "AzureADMyOrg"}).id()
	for _, patch := range []object{{"web": nil}, {"web": object{"implicitGrantSettings": nil}}, {"api": nil}} {
		e.want(204, "PATCH", a, patch)
		got := e.want(200, "GET", a, nil).body
		web, _ := got["web"].(object)
		if _, whole := web["implicitGrantSettings"].(object); !whole || got["api"] == nil {
			t.Errorf("after %v a block is null: %v %v", patch, got["web"], got["api"])
		}
	}
}

// TestLettersNotBytes: lengths count characters.
func TestLettersNotBytes(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.want(201, "POST", units, object{"displayName": strings.Repeat("日", 256)})
	e.want(400, "POST", units, object{"displayName": strings.Repeat("日", 257)})
	e.want(201, "POST", strengths, object{"displayName": strings.Repeat("強", 30), "allowedCombinations": []any{"fido2"}})
	e.want(400, "POST", strengths, object{"displayName": strings.Repeat("強", 31), "allowedCombinations": []any{"fido2"}})
}

// TestMailNicknameF10: the nickname of a Microsoft 365 group is unique among groups with a
// mailbox, whatever security groups have it, and stays reserved in the recycle bin.
func TestMailNicknameF10(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithReservedMailNicknames())
	mail := []any{"groupTypes", []any{"Unified"}, "mailEnabled", true}
	for range 6 {
		e.group("same")
	}
	g := e.group("same", mail...)
	body := object{"displayName": "same", "mailNickname": "same", "mailEnabled": true, "securityEnabled": true, "groupTypes": []any{"Unified"}}
	e.refused(400, "Request_BadRequest", "mailNickname", "POST", "/v1.0/groups", body)
	e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
	e.refused(400, "Request_BadRequest", "mailNickname", "POST", "/v1.0/groups", body)
	e.want(204, "DELETE", bin+"/"+g, nil)
	e.want(201, "POST", "/v1.0/groups", body)
}

// TestFlagsInOrder: flags come back in the order of the enum, without blanks.
func TestFlagsInOrder(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	p := e.want(201, "POST", policies, policy("conditions.insiderRiskLevels", "elevated, minor",
		"conditions.authenticationFlows", object{"transferMethods": "authenticationTransfer,deviceCodeFlow"}))
	conditions := p.body["conditions"].(object)
	if got := conditions["insiderRiskLevels"]; got != "minor,elevated" {
		t.Error(got)
	}
	if got := conditions["authenticationFlows"].(object)["transferMethods"]; got != "deviceCodeFlow,authenticationTransfer" {
		t.Error(got)
	}
}

// TestWrongIdentifiers: an id that is none, and the wrong place to restore from.
func TestWrongIdentifiers(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.refused(400, "Request_BadRequest", "Invalid object identifier 'abc'", "GET", "/v1.0/groups/abc", nil)
	e.refused(404, "Request_ResourceNotFound", nobody, "POST", "/v1.0/users/"+nobody+"/restore", nil)
}

// TestKeysOfOne: key material is shown for one application that is asked for it, never in a list.
func TestKeysOfOne(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	held := newHolder(t, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC))
	id := e.want(201, "POST", "/v1.0/applications", object{"displayName": "keys", "keyCredentials": []any{
		object{"type": "AsymmetricX509Cert", "usage": "Verify", "key": held.cert}}}).id()
	key := func(b object) any { return b["keyCredentials"].([]any)[0].(object)["key"] }
	if got := key(e.want(200, "GET", "/v1.0/applications/"+id+"?$select=keyCredentials", nil).body); got != held.cert {
		t.Errorf("asked for alone: %v", got)
	}
	rows := e.want(200, "GET", "/v1.0/applications?$select=id,keyCredentials", nil).body["value"].([]any)
	for _, r := range rows {
		if r.(object)["id"] == id && key(r.(object)) != nil {
			t.Error("a list shows a key")
		}
	}
}

// TestFaultsThatNeverMatch: a fault that could never be is refused, and a dropped
// connection counts as a request.
func TestFaultsThatNeverMatch(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.want(400, "POST", "/_emulator/faults", object{"status": 503, "match": "GET /organization"})
	e.want(200, "POST", "/_emulator/faults", object{"dropConnection": true, "match": "get /v1.0/groups"})
	before := e.Stats()["total"].(int)
	if resp, err := http.Get(e.url + "/v1.0/groups"); err == nil {
		resp.Body.Close()
		if resp.StatusCode != 401 {
			t.Errorf("without a token: %d", resp.StatusCode)
		}
	}
	req, _ := http.NewRequest("GET", e.url+"/v1.0/groups", nil)
	req.Header.Set("Authorization", "Bearer "+e.Token())
	if resp, err := http.DefaultClient.Do(req); err == nil {
		resp.Body.Close()
		t.Error("the connection was not dropped")
	}
	if after := e.Stats()["total"].(int); after < before+2 {
		t.Errorf("%d requests counted after two", after-before)
	}
}

// TestLoadFolders: a link may stand in another folder than its ends, and what no tenant
// could hold is refused by name.
func TestLoadFolders(t *testing.T) {
	t.Parallel()
	e := emulator.New()
	one, two := t.TempDir(), t.TempDir()
	const g, u = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	put(t, one, "group.json", `{"@odata.type":"#microsoft.graph.group","id":"`+g+`","displayName":"g","mailNickname":"g","mailEnabled":false,"securityEnabled":true,
		"members@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/`+u+`"]}`)
	put(t, two, "user.json", `{"@odata.type":"#microsoft.graph.user","id":"`+u+`","displayName":"u","userPrincipalName":"u@contoso.com","accountEnabled":true}`)
	put(t, two, "country.json", `{"@odata.type":"#microsoft.graph.countryNamedLocation","displayName":"none","countriesAndRegions":[]}`)
	put(t, two, "bogus.json", `{"@odata.type":"#microsoft.graph.group","displayName":"b","mailNickname":"a b","groupTypes":["Bogus"]}`)
	put(t, two, "nobody.json", `{"@odata.type":"#microsoft.graph.user","displayName":"n","accountEnabled":true}`)
	put(t, two, "z-twin.json", `{"@odata.type":"#microsoft.graph.user","displayName":"t","userPrincipalName":"U@contoso.com","accountEnabled":true}`)
	put(t, two, "role.json", `{"@odata.type":"#microsoft.graph.directoryRoleTemplate","id":"`+g+`","displayName":"no such role"}`)
	put(t, two, "old.json", `{"@odata.type":"#microsoft.graph.group","displayName":"old","mailNickname":"old","deletedDateTime":"2020-01-01T00:00:00Z"}`)
	put(t, two, "filter.json", `{"@odata.type":"#microsoft.graph.conditionalAccessPolicy","displayName":"f","state":"disabled","conditions":{"clientAppTypes":["all"],
		"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"]},"devices":{"deviceFilter":{"mode":null,"rule":null}}},"grantControls":{"operator":"OR","builtInControls":["mfa"]}}`)
	r, err := e.LoadDir(one, two)
	if err != nil || r.Loaded["/groups/{id}/members"] != 1 {
		t.Fatal(err, r)
	}
	lines := strings.Join(r.Lines(), "\n")
	for _, file := range []string{"country.json", "bogus.json", "nobody.json", "role.json", "old.json", "filter.json"} {
		if !strings.Contains(lines, "refused "+file) {
			t.Errorf("%s is not refused by name:\n%s", file, lines)
		}
	}
	if strings.Contains(lines, "user.json") || !strings.Contains(lines, "refused z-twin.json") {
		t.Errorf("one of two users with the same name is refused:\n%s", lines)
	}
}

func put(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
