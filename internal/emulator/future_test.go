package emulator_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

const unknownMembers = "include-unknown-enum-members"

// newFuture is a tenant that is ahead of its description at every depth.
func newFuture(t *testing.T) *tenant {
	t.Helper()
	return newTenant(t,
		emulator.WithFutureProperty("group", "tomorrow", "sunny"),
		emulator.WithFutureProperty("directoryObject", "orbit", object{"planet": "Earth"}),
		emulator.WithFutureProperty("namedLocation", "altitude", 100),
		emulator.WithFutureProperty("conditionalAccessConditionSet", "moonPhases", object{"include": []any{"full"}}),
		emulator.WithFutureProperty("appRole", "weight", 1),
		emulator.WithFutureMember("conditionalAccessGrantControl", "dnaSample"),
		emulator.WithFutureMember("conditionalAccessTransferMethods", "telepathy"),
		emulator.WithFutureMember("authenticationMethodModes", "irisScan"),
	)
}

// TestFutureProperty: a property that no description knows is in every answer, can be
// chosen, is kept as it was given, and is lost where a nested object is replaced without it.
func TestFutureProperty(t *testing.T) {
	t.Parallel()
	e := newFuture(t)
	g := "/v1.0/groups/" + e.group("g")
	read := e.want(200, "GET", g, nil)
	same(t, "of a new group", read.body["tomorrow"], "sunny")
	same(t, "of its base", read.body["orbit"], object{"planet": "Earth"})
	same(t, "of another type", e.want(200, "GET", "/v1.0/users/"+e.user("u"), nil).body["tomorrow"], nil)
	same(t, "selected", e.want(200, "GET", g+"?$select=tomorrow", nil).body["tomorrow"], "sunny")
	if _, shown := e.want(200, "GET", g+"?$select=displayName", nil).body["tomorrow"]; shown {
		t.Error("it is shown although others were selected")
	}
	same(t, "listed", e.want(200, "GET", "/v1.0/groups", nil).body["value"].([]any)[0].(object)["tomorrow"], "sunny")
	e.want(204, "PATCH", g, object{"description": "d"})
	same(t, "after another change", e.want(200, "GET", g, nil).body["tomorrow"], "sunny")
	for _, v := range []any{"rainy", nil, []any{"a"}, object{"b": true}} {
		e.want(204, "PATCH", g, object{"tomorrow": v})
		same(t, "changed", e.want(200, "GET", g, nil).body["tomorrow"], v)
	}
	same(t, "at creation", e.want(201, "POST", "/v1.0/groups", object{"displayName": "h", "mailEnabled": false, "mailNickname": "h", "securityEnabled": true, "tomorrow": "dry"}).body["tomorrow"], "dry")
	e.want(204, "DELETE", g, nil)
	id := g[len("/v1.0/groups/"):]
	same(t, "in the recycle bin", e.want(200, "GET", bin+"/"+id, nil).body["tomorrow"], object{"b": true})
	e.want(200, "POST", bin+"/"+id+"/restore", nil)
	same(t, "restored", e.want(200, "GET", g, nil).body["tomorrow"], object{"b": true})
	e.refused(400, "Request_BadRequest", "yesterday", "PATCH", g, object{"yesterday": 1})
	same(t, "of a derived type", e.want(200, "GET", locations+"/"+e.location("l", false), nil).body["altitude"], 100.0)

	p := policies + "/" + e.want(201, "POST", policies, policy()).id()
	conditions := e.want(200, "GET", p, nil).body["conditions"].(object)
	same(t, "nested", conditions["moonPhases"], object{"include": []any{"full"}})
	e.want(204, "PATCH", p, object{"state": "disabled"})
	same(t, "nested, after another change", e.want(200, "GET", p, nil).body["conditions"].(object)["moonPhases"], object{"include": []any{"full"}})
	bare := policy()["conditions"].(object)
	e.want(204, "PATCH", p, object{"conditions": with(bare, "moonPhases", object{"include": []any{"new"}})})
	same(t, "nested, given", e.want(200, "GET", p, nil).body["conditions"].(object)["moonPhases"], object{"include": []any{"new"}})
	e.want(204, "PATCH", p, object{"conditions": policy()["conditions"]})
	same(t, "nested, left out", e.want(200, "GET", p, nil).body["conditions"].(object)["moonPhases"], nil)
	e.refused(400, "BadRequest", "sunspots", "PATCH", p, object{"conditions": with(bare, "sunspots", 1)})

	role := object{"id": nobody, "displayName": "r", "description": "d", "isEnabled": true, "value": "r", "allowedMemberTypes": []any{"User"}}
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "a", "appRoles": []any{role}})
	same(t, "in a list", app.body["appRoles"].([]any)[0].(object)["weight"], 1.0)

	today := newTenant(t)
	today.refused(400, "Request_BadRequest", "tomorrow", "PATCH", "/v1.0/groups/"+today.group("g"), object{"tomorrow": "sunny"})
}

// TestFutureMember: F17, a member of an enum that no description knows.
func TestFutureMember(t *testing.T) {
	t.Parallel()
	e := newFuture(t)
	controls := func(p string, headers ...string) any {
		return e.want(200, "GET", p, nil, headers...).body["grantControls"].(object)["builtInControls"]
	}
	p := policies + "/" + e.want(201, "POST", policies, policy("grantControls.builtInControls", []any{"mfa", "dnaSample"},
		"conditions.authenticationFlows", object{"transferMethods": "telepathy,deviceCodeFlow"})).id()
	same(t, "F17 without Prefer", controls(p), []any{"mfa", "unknownFutureValue"})
	same(t, "F17 with Prefer", controls(p, "Prefer", unknownMembers), []any{"mfa", "dnaSample"})
	flows := func(headers ...string) any {
		return e.want(200, "GET", p, nil, headers...).body["conditions"].(object)["authenticationFlows"].(object)["transferMethods"]
	}
	same(t, "flags without Prefer", flows(), "deviceCodeFlow,unknownFutureValue")
	same(t, "flags with Prefer", flows("Prefer", unknownMembers), "deviceCodeFlow,telepathy")
	e.refused(400, "BadRequest", "toothprint", "PATCH", p, object{"grantControls": object{"operator": "OR", "builtInControls": []any{"toothprint"}}})

	s := strengths + "/" + e.want(201, "POST", strengths, object{"displayName": "s", "allowedCombinations": []any{"fido2"}}).id()
	e.want(200, "POST", s+"/updateAllowedCombinations", object{"allowedCombinations": []any{"fido2", "password,irisScan"}})
	same(t, "combinations", e.want(200, "GET", s, nil, "Prefer", unknownMembers).body["allowedCombinations"], []any{"fido2", "password,irisScan"})

	today := newTenant(t)
	today.refused(400, "BadRequest", "dnaSample", "POST", policies, policy("grantControls.builtInControls", []any{"dnaSample"}))
}

// TestFutureLoaded: an archive may hold what only tomorrow's description knows.
func TestFutureLoaded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		e       *tenant
		refused int
	}{"tomorrow": {newFuture(t), 0}, "today": {newTenant(t), 2}} {
		report := c.e.Load(&archive.Archive{Objects: []archive.Object{
			{Collection: "/groups", File: "g", Body: object{"id": nobody, "displayName": "G", "tomorrow": "cold"}},
			{Collection: "/identity/conditionalAccess/policies", File: "p", Body: with(policy("grantControls.builtInControls", []any{"dnaSample"}, "conditions.moonPhases", object{"include": []any{"none"}}), "id", nobody)},
		}})
		same(t, name, len(report.Refused), c.refused)
		if c.refused > 0 {
			continue
		}
		same(t, "group", c.e.want(200, "GET", "/v1.0/groups/"+nobody, nil).body["tomorrow"], "cold")
		loaded := c.e.want(200, "GET", policies+"/"+nobody, nil, "Prefer", unknownMembers).body
		same(t, "control", loaded["grantControls"].(object)["builtInControls"], []any{"dnaSample"})
		same(t, "condition", loaded["conditions"].(object)["moonPhases"], object{"include": []any{"none"}})
	}
}
