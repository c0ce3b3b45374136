package emulator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// The lines of the emulator's checklist that belong to no other file's subject.

// TestConditionalAccessErrors meets every number that Conditional Access was seen to
// answer with, in both places where it was seen.
func TestConditionalAccessErrors(t *testing.T) {
	t.Parallel()
	bodies := []struct {
		number string
		inner  bool // by default
		body   any
		part   string
	}{
		{"1007", false, policy("conditions.clientApplications", nil), "does not match the schema"},
		{"1007", false, policy("conditions.users.excludeUsers", "x"), "does not match the schema"},
		{"1011", false, policy("conditions.applications", object{"excludeApplications": []any{}}), "includeApplications"},
		{"1012", false, policy("conditions.applications.includeUserActions", []any{"urn:user:registersecurityinfo"}), "exclude each other"},
		{"1032", true, policy("grantControls.builtInControls", []any{"mfa", "block"}), "InvalidControls"},
		{"1032", true, policy("grantControls", object{"operator": "AND", "builtInControls": []any{"passwordChange"}}), "InvalidPasswordResetControl"},
		{"1040", false, policy("conditions.locations", object{"includeLocations": []any{nobody}}), "NamedLocation with id " + nobody + " does not exist in the directory."},
		{"1054", false, policy("conditions.users.excludeGroups", []any{"admins"}), "Invalid group value: admins."},
	}
	const general = "The server could not process the request because it is malformed or incorrect."
	for name, tenant := range map[string]*tenant{
		"as seen":        newTenant(t),
		"in the message": newTenant(t, emulator.WithErrorNumbersInMessage()),
		"in innerError":  newTenant(t, emulator.WithErrorNumbersInInnerError()),
	} {
		for _, c := range bodies {
			inner := c.inner && name == "as seen" || name == "in innerError"
			a := tenant.want(400, "POST", policies, c.body)
			message, _ := at(a.body, "error.message").(string)
			hidden, _ := at(a.body, "error.innerError.message").(string)
			t.Run("F8 "+c.number+" "+name, func(t *testing.T) {
				same(t, "code", a.code(), "BadRequest")
				numbered := message
				if inner {
					same(t, "message", message, general)
					numbered = hidden
				} else {
					same(t, "innerError.message", hidden, "")
				}
				if !strings.HasPrefix(numbered, c.number+": ") || !strings.Contains(numbered, c.part) {
					t.Errorf("%q, want %s: …%s…", numbered, c.number, c.part)
				}
			})
		}
	}
}

// TestLimits fills what has a limit and adds one.
func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("F7 240 policies", func(t *testing.T) {
		e := newTenant(t)
		e.want(200, "POST", "/_emulator/generate", object{"policies": 239})
		p := e.want(201, "POST", policies, policy()).id()
		e.refused(400, "BadRequest", "maximum of 240 policies", "POST", policies, policy())
		e.want(204, "DELETE", policies+"/"+p, nil)
		e.want(201, "POST", policies, policy())
		e.refused(400, "BadRequest", "maximum of 240 policies", "POST", caBin+"/policies/"+p+"/restore", nil)
		same(t, "in one page", len(e.want(200, "GET", policies, nil).ids()), 240)
	})
	t.Run("F7 195 locations", func(t *testing.T) {
		e := newTenant(t)
		e.want(200, "POST", "/_emulator/generate", object{"namedLocations": 194})
		e.location("last", false)
		e.refused(400, "BadRequest", "maximum of 195 named locations", "POST", locations, ipLocation())
	})
	t.Run("F7 2000 ranges", func(t *testing.T) {
		e := newTenant(t)
		ranges := []any{}
		for i := range 2001 {
			ranges = append(ranges, object{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)})
		}
		l := e.want(201, "POST", locations, ipLocation("ipRanges", ranges[:2000])).id()
		e.refused(400, "BadRequest", "between 1 and 2000", "POST", locations, ipLocation("ipRanges", ranges))
		e.refused(400, "BadRequest", "between 1 and 2000", "PATCH", locations+"/"+l, ipLocation("ipRanges", ranges))
	})
	t.Run("F7 a trusted location stays, a PATCH names its type", func(t *testing.T) {
		e := newTenant(t)
		l := locations + "/" + e.location("t", true)
		e.refused(400, "BadRequest", "trusted", "DELETE", l, nil)
		e.refused(400, "BadRequest", "@odata.type", "PATCH", l, object{"isTrusted": false})
		e.want(204, "PATCH", l, object{"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": false})
		e.want(204, "DELETE", l, nil)
	})
	t.Run("F11 20 binds, 20 expanded, 999 a page", func(t *testing.T) {
		e := newTenant(t)
		e.want(200, "POST", "/_emulator/generate", object{"users": 1000})
		var binds []any
		for _, id := range e.want(200, "GET", "/v1.0/users?$top=999", nil).ids() {
			binds = append(binds, "$host/v1.0/users/"+id)
		}
		same(t, "page", len(binds), 999)
		e.refused(400, "Request_BadRequest", "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.", "GET", "/v1.0/users?$top=1000", nil)
		e.refused(400, "Request_BadRequest", "maximum of 20", "POST", "/v1.0/groups", object{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "members@odata.bind": binds[:15], "owners@odata.bind": binds[:6]})
		g := e.group("g", "members@odata.bind", binds[:20])
		e.refused(400, "Request_BadRequest", "maximum of 20", "PATCH", "/v1.0/groups/"+g, object{"members@odata.bind": binds[20:41]})
		e.want(204, "PATCH", "/v1.0/groups/"+g, object{"members@odata.bind": binds[20:40]})
		for _, query := range []string{"/" + g + "?$expand=members", "?$expand=members($select=id)"} {
			a := e.want(200, "GET", "/v1.0/groups"+query, nil)
			row := a.body
			if rows, list := a.body["value"].([]any); list {
				row = rows[0].(object)
			}
			same(t, "expanded", len(row["members"].([]any)), 20)
			if _, more := row["members@odata.nextLink"]; more {
				t.Error("an expanded relation has a nextLink")
			}
		}
		same(t, "all", len(e.want(200, "GET", "/v1.0/groups/"+g+"/members", nil).ids()), 40)
		same(t, "default page", len(e.want(200, "GET", "/v1.0/users", nil).ids()), 100)
	})
}

// TestUniqueness: what may not occur twice, live or with one of the two in a bin.
func TestUniqueness(t *testing.T) {
	t.Parallel()
	const bad = "Request_BadRequest"
	mail := []any{"groupTypes", []any{"Unified"}, "mailEnabled", true}
	group := func(nickname string, more ...any) object {
		return with(object{"displayName": "g", "mailEnabled": false, "mailNickname": nickname, "securityEnabled": true}, more...)
	}
	t.Run("F10 uniqueName", func(t *testing.T) {
		e := newTenant(t)
		g := e.group("g", "uniqueName", "one")
		e.refused(400, bad, "same value for property uniqueName", "POST", "/v1.0/groups", group("h", "uniqueName", "ONE"))
		e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
		e.refused(400, bad, "same value for property uniqueName", "POST", "/v1.0/groups", group("h", "uniqueName", "one"))
		e.want(204, "DELETE", bin+"/"+g, nil)
		e.want(201, "POST", "/v1.0/groups", group("h", "uniqueName", "one"))
	})
	for _, freed := range []bool{false, true} {
		t.Run(fmt.Sprintf("F10 identifierUris, freed by the bin: %v", freed), func(t *testing.T) {
			opts := []emulator.Option{}
			if freed {
				opts = append(opts, emulator.WithFreedIdentifierURIs())
			}
			e := newTenant(t, opts...)
			uri := object{"identifierUris": []any{"https://app.contoso.onmicrosoft.com"}}
			a := e.want(201, "POST", "/v1.0/applications", with(object{"displayName": "A"}, "identifierUris", uri["identifierUris"])).id()
			b := e.want(201, "POST", "/v1.0/applications", object{"displayName": "B"}).id()
			r := e.want(400, "PATCH", "/v1.0/applications/"+b, uri)
			detail := at(r.body, "error.details").([]any)[0].(object)
			same(t, "detail", fmt.Sprint(r.code(), detail["code"], detail["target"]), "Request_BadRequestObjectConflictidentifierUris")
			e.want(204, "PATCH", "/v1.0/applications/"+a, uri)
			e.want(204, "DELETE", "/v1.0/applications/"+a, nil)
			if !freed {
				e.refused(400, bad, "same value for property identifierUris", "PATCH", "/v1.0/applications/"+b, uri)
				e.want(204, "DELETE", bin+"/"+a, nil)
				e.want(204, "PATCH", "/v1.0/applications/"+b, uri)
				return
			}
			e.want(204, "PATCH", "/v1.0/applications/"+b, uri)
			e.refused(400, bad, "same value for property identifierUris", "POST", bin+"/"+a+"/restore", nil)
			e.want(204, "PATCH", "/v1.0/applications/"+b, object{"identifierUris": []any{}})
			e.want(200, "POST", bin+"/"+a+"/restore", nil)
		})
	}
	t.Run("F10 mailNickname of Microsoft 365 groups alone", func(t *testing.T) {
		e := newTenant(t)
		for range 8 { // one of them stands before the other in any order
			e.want(201, "POST", "/v1.0/groups", group("x"))
		}
		m := e.want(201, "POST", "/v1.0/groups", group("x", mail...)).id()
		e.refused(400, bad, "same value for property mailNickname", "POST", "/v1.0/groups", group("X", mail...))
		e.want(204, "DELETE", "/v1.0/groups/"+m, nil)
		other := e.want(201, "POST", "/v1.0/groups", group("x", mail...)).id()
		e.refused(400, bad, "same value for property mailNickname", "POST", bin+"/"+m+"/restore", nil)
		e.want(204, "PATCH", "/v1.0/groups/"+other, object{"mailNickname": "y"}) // whose address stays
		e.refused(400, bad, "same value for property proxyAddresses", "POST", bin+"/"+m+"/restore", nil)
		e.want(204, "DELETE", "/v1.0/groups/"+other, nil)
		e.want(200, "POST", bin+"/"+m+"/restore", nil)
	})
	t.Run("F10 mailNickname reserved by the bin", func(t *testing.T) {
		e := newTenant(t, emulator.WithReservedMailNicknames())
		m := e.want(201, "POST", "/v1.0/groups", group("x", mail...)).id()
		e.want(204, "DELETE", "/v1.0/groups/"+m, nil)
		e.refused(400, bad, "same value for property mailNickname", "POST", "/v1.0/groups", group("x", mail...))
		e.want(201, "POST", "/v1.0/groups", group("x"))
		e.want(204, "DELETE", bin+"/"+m, nil)
		e.want(201, "POST", "/v1.0/groups", group("x", mail...))
	})
	t.Run("F10 proxyAddresses", func(t *testing.T) {
		e := newTenant(t)
		m := e.want(201, "POST", "/v1.0/groups", group("x", mail...)).id()
		e.want(204, "PATCH", "/v1.0/groups/"+m, object{"mailNickname": "y"})
		a := e.want(400, "POST", "/v1.0/groups", group("x", mail...))
		same(t, "details", fmt.Sprint(at(a.body, "error.message"), len(at(a.body, "error.details").([]any))), "Another object with the same value for property proxyAddresses already exists.2")
	})
	t.Run("F10 userPrincipalName", func(t *testing.T) {
		e := newTenant(t)
		u := e.user("u")
		e.refused(400, bad, "same value for property userPrincipalName", "POST", "/v1.0/users", object{"accountEnabled": true, "displayName": "u", "mailNickname": "u",
			"userPrincipalName": "U@contoso.onmicrosoft.com", "passwordProfile": object{"password": "S3cret!x"}})
		e.want(204, "DELETE", "/v1.0/users/"+u, nil)
		e.user("u")
		e.refused(400, bad, "same value for property userPrincipalName", "POST", bin+"/"+u+"/restore", nil)
	})
	t.Run("F10 a second service principal is a 409", func(t *testing.T) {
		e := newTenant(t)
		app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).body["appId"]
		sp := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app}).id()
		const code = "Request_MultipleObjectsWithSameKeyValue"
		e.refused(409, code, "already in use", "POST", "/v1.0/servicePrincipals", object{"appId": app})
		e.want(204, "DELETE", "/v1.0/servicePrincipals/"+sp, nil)
		e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app})
		e.refused(409, code, "already in use", "POST", bin+"/"+sp+"/restore", nil)
	})
	t.Run("F10 an added reference twice", func(t *testing.T) {
		e := newTenant(t)
		u := "$host/v1.0/users/" + e.user("u")
		g := "/v1.0/groups/" + e.group("g", "members@odata.bind", []any{u})
		const text = "One or more added object references already exist for the following modified properties: 'members'."
		e.refused(400, bad, text, "POST", g+"/members/$ref", object{"@odata.id": u})
		e.refused(400, bad, text, "PATCH", g, object{"members@odata.bind": []any{u}})
		e.refused(400, bad, "duplicate values", "POST", "/v1.0/groups", group("h", "owners@odata.bind", []any{u, u}))
	})
}

// TestUnknownEnumMembers: linux and riskRemediation came after unknownFutureValue.
func TestUnknownEnumMembers(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	p := e.want(201, "POST", policies, policy("state", "enabled", "conditions.platforms", object{"includePlatforms": []any{"android", "linux"}},
		"grantControls", object{"operator": "OR", "builtInControls": []any{"compliantDevice", "riskRemediation"}}), "Prefer", "include-unknown-enum-members").id()
	s := e.want(201, "POST", strengths, object{"displayName": "QR", "allowedCombinations": []any{"fido2", "qrCodePin"}}).id()
	prefer := []string{"Prefer", "include-unknown-enum-members"}
	const hidden, shown = "[android unknownFutureValue][compliantDevice unknownFutureValue]", "[android linux][compliantDevice riskRemediation]"
	read := func(row any) string {
		return fmt.Sprint(at(row.(object), "conditions.platforms.includePlatforms")) + fmt.Sprint(at(row.(object), "grantControls.builtInControls"))
	}
	first := func(a answer) any { return a.body["value"].([]any)[0] }
	for name, path := range map[string]string{
		"F17 one": policies + "/" + p, "F17 list": policies, "F17 filtered": policies + "?$filter=state eq 'enabled'",
		"F17 selected": policies + "?$select=conditions,grantControls",
	} {
		t.Run(name, func(t *testing.T) {
			e := &tenant{e.Tenant, t, e.url}
			row := func(a answer) any {
				if a.body["value"] != nil {
					return first(a)
				}
				return a.body
			}
			same(t, "without Prefer", read(row(e.want(200, "GET", path, nil))), hidden)
			same(t, "with Prefer", read(row(e.want(200, "GET", path, nil, prefer...))), shown)
			same(t, "with two wishes", read(row(e.want(200, "GET", path, nil, "Prefer", "return=minimal, include-unknown-enum-members"))), shown)
		})
	}
	t.Run("F17 inside of another object", func(t *testing.T) {
		e := &tenant{e.Tenant, t, e.url}
		q := policies + "/" + e.want(201, "POST", policies, policy("grantControls", object{"operator": "OR", "authenticationStrength": object{"id": s}})).id()
		where := "grantControls.authenticationStrength.allowedCombinations"
		same(t, "without Prefer", at(e.want(200, "GET", q, nil).body, where), []any{"fido2", "unknownFutureValue"})
		same(t, "with Prefer", at(e.want(200, "GET", q, nil, prefer...).body, where), []any{"fido2", "qrCodePin"})
	})
	t.Run("F17 parts of a batch", func(t *testing.T) {
		e := &tenant{e.Tenant, t, e.url}
		url := strings.TrimPrefix(policies, "/v1.0") + "/" + p
		a := e.want(200, "POST", "/v1.0/$batch", object{"requests": []any{get("1", url), get("2", url, "headers", object{"Prefer": "include-unknown-enum-members"})}}, prefer...)
		same(t, "the part's header counts", read(a.parts()["1"]["body"]), hidden)
		same(t, "with Prefer", read(a.parts()["2"]["body"]), shown)
	})
	t.Run("F17 in the bin", func(t *testing.T) {
		e := &tenant{e.Tenant, t, e.url}
		e.want(204, "DELETE", policies+"/"+p, nil)
		same(t, "listed", read(first(e.want(200, "GET", caBin+"/policies", nil))), hidden)
		same(t, "restored", read(e.want(200, "POST", caBin+"/policies/"+p+"/restore", nil, prefer...).body), shown)
	})
	e.refused(400, "BadRequest", "1007", "POST", policies, policy("grantControls.builtInControls", []any{"unknownFutureValue"}))
}

// TestBinnedReferences: a policy keeps what it refers to while that is in the bin.
func TestBinnedReferences(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	u := e.user("u")
	g := e.group("g", "members@odata.bind", []any{"$host/v1.0/users/" + u})
	p := policies + "/" + e.want(201, "POST", policies, policy("conditions.users.excludeGroups", []any{g}, "conditions.users.excludeUsers", []any{u})).id()
	refers := func(t *testing.T) {
		t.Helper()
		users := at(e.want(200, "GET", p, nil).body, "conditions.users").(object)
		same(t, "groups", users["excludeGroups"], []any{g})
		same(t, "users", users["excludeUsers"], []any{u})
	}
	for _, id := range []string{"groups/" + g, "users/" + u} {
		e.want(204, "DELETE", "/v1.0/"+id, nil)
	}
	t.Run("F18 the ids stay while the group is binned", refers)
	t.Run("F18 a write that leaves the condition alone passes", func(t *testing.T) {
		e.want(204, "PATCH", p, object{"displayName": "renamed"})
		refers(t)
	})
	t.Run("F18 restored with its members it counts again", func(t *testing.T) {
		e.want(200, "POST", bin+"/"+u+"/restore", nil)
		e.want(200, "POST", bin+"/"+g+"/restore", nil)
		refers(t)
		same(t, "members", e.want(200, "GET", "/v1.0/groups/"+g+"/members", nil).ids(), []string{u})
	})
	t.Run("F18 purged it dangles", func(t *testing.T) {
		e.want(204, "DELETE", "/v1.0/groups/"+g, nil)
		e.want(204, "DELETE", bin+"/"+g, nil)
		refers(t)
	})
}
