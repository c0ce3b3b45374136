package kindtest

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The quirks of application registrations, by their numbers in the notes. P7 is
// the matter of one property, P13 of every relation, P14 of certificates and
// client secrets, P17 of what belongs to others; each has its test there. P15
// cannot occur: nothing here makes an application from a template.
func TestApplicationQuirks(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]func(h *host, i *instance){
		"P1 what was done has not arrived":           notArrived,
		"P2 an enabled role and scope change and go": disabledFirst,
		"P3 a role and a scope that share an id":     sharedID,
		"P5 its own client id in a URI":              ownURI,
		"P6 mapped claims after the POST":            mappedClaims,
		"P9 empty blocks are none":                   emptyBlocks,
		"P10 flags in any order":                     flagsInAnyOrder,
		"P11 order and empty text mean nothing":      orderMeansNothing,
		"P12 an address is cleared with null":        clearedAddress,
		"P16 scopes first":                           scopesFirst,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _ := newTapped(t)
			check(h, h.instance(kindNamed(t, "application")))
		})
	}
}

func entitled(roles, scopes map[string]kind.Values) kind.Values {
	return kind.Values{"display_name": "Quirks", "app_roles": roles, "api": kind.Values{"oauth2_permission_scopes": scopes}}
}

func roleOf(value string) kind.Values {
	return kind.Values{"allowed_member_types": []string{"User"}, "display_name": value, "description": value, "value": value}
}

func scopeOf(value string) kind.Values {
	return kind.Values{"admin_consent_description": value, "admin_consent_display_name": value, "type": "User", "value": value}
}

// stepwise applies one description after the other; after each the next plan is empty.
func (i *instance) stepwise(all ...kind.Values) {
	i.t.Helper()
	for n, v := range all {
		v = i.kind.Canonical(v)
		i.apply(v)
		i.settled(v, "after step "+string(rune('1'+n)))
	}
}

func notArrived(_ *host, i *instance) {
	personal := kind.Values{"display_name": "Quirks", "sign_in_audience": "AzureADandPersonalMicrosoftAccount", "identifier_uris": []string{"api://{app_id}"},
		"api": kind.Values{"requested_access_token_version": int64(2)}}
	i.control("faults", `{"status":409,"code":"Error_MsaAppDoesNotExist","message":"x","times":1,"match":"PATCH /v1.0/applications"}`)
	i.stepwise(personal)
	other := i.host.instance(i.kind)
	other.stepwise(entitled(map[string]kind.Values{roleID: roleOf("a")}, nil))
	i.control("faults", `{"status":400,"code":"CannotDeleteOrUpdateEnabledEntitlement","message":"Permission (scope or role) cannot be deleted or updated unless disabled first.","every":2,"times":1,"match":"PATCH /v1.0/applications"}`)
	other.stepwise(entitled(map[string]kind.Values{roleID: roleOf("b")}, nil))
}

func disabledFirst(_ *host, i *instance) {
	a, b := roleID, scopeID
	i.stepwise(
		entitled(map[string]kind.Values{a: roleOf("r1"), b: roleOf("r2")}, map[string]kind.Values{appA: scopeOf("s1"), appB: scopeOf("s2")}),
		entitled(map[string]kind.Values{a: roleOf("renamed")}, map[string]kind.Values{appA: scopeOf("changed")}),
		kind.Values{"display_name": "Quirks"},
	)
}

func sharedID(_ *host, i *instance) {
	one := entitled(map[string]kind.Values{roleID: roleOf("x")}, map[string]kind.Values{roleID: scopeOf("x")})
	i.stepwise(one, entitled(map[string]kind.Values{roleID: roleOf("y")}, map[string]kind.Values{roleID: scopeOf("y")}))
	i.lose()
	i.read()
	i.stepwise(one)
	roles, _ := i.body()["appRoles"].([]any)
	if len(roles) != 1 || roles[0].(graph.Body)["id"] != roleID {
		i.t.Errorf("an application that is made anew has other ids for its roles: %v", roles)
	}
}

func ownURI(_ *host, i *instance) {
	v := kind.Values{"display_name": "Quirks", "identifier_uris": []string{"api://{app_id}/v1"}}
	i.stepwise(v)
	old := i.get("app_id")
	i.lose()
	i.read()
	i.stepwise(v)
	uris, _ := i.body()["identifierUris"].([]any)
	if want := "api://" + i.get("app_id") + "/v1"; i.get("app_id") == old || !slices.Equal(uris, []any{want}) {
		i.t.Errorf("%v, want %s", uris, want)
	}
}

func mappedClaims(_ *host, i *instance) {
	h, told := newTapped(i.t)
	x := h.instance(i.kind)
	x.stepwise(kind.Values{"display_name": "Quirks", "api": kind.Values{"accept_mapped_claims": true}})
	if !slices.Equal(told.requests, []string{"applications", x.get("id")}) {
		i.t.Errorf("a POST and a PATCH of the new application, not %v", told.requests)
	}
}

func emptyBlocks(_ *host, i *instance) {
	v := kind.Values{"display_name": "Quirks"}
	i.stepwise(v)
	i.behind("PATCH", i.path(), graph.Body{"api": graph.Body{}, "web": graph.Body{"redirectUris": []any{}}, "info": graph.Body{"supportUrl": nil}, "optionalClaims": graph.Body{}})
	i.settled(v, "with blocks that say nothing")
	other := i.instance(i.kind)
	other.importID(i.get("id"))
	other.settled(v, "after import")
}

func flagsInAnyOrder(_ *host, i *instance) {
	v := kind.Values{"display_name": "Quirks", "group_membership_claims": []string{"ApplicationGroup", "SecurityGroup"}}
	i.stepwise(v)
	for _, said := range []string{"SecurityGroup,ApplicationGroup", "ApplicationGroup, SecurityGroup"} {
		i.behind("PATCH", i.path(), graph.Body{"groupMembershipClaims": said})
		i.settled(v, "with "+said)
	}
}

func orderMeansNothing(_ *host, i *instance) {
	entry := func(id string) kind.Values { return kind.Values{"id": id, "type": "Scope"} }
	v := i.kind.Canonical(kind.Values{"display_name": "Quirks",
		"required_resource_access": []kind.Values{{"resource_app_id": appA, "resource_access": []kind.Values{entry(roleID), entry(scopeID)}}},
		"optional_claims":          kind.Values{"id_token": []kind.Values{{"name": "email"}, {"name": "upn"}}}})
	i.stepwise(v)
	item := func(id string) graph.Body { return graph.Body{"id": id, "type": "Scope"} }
	i.behind("PATCH", i.path(), graph.Body{
		"requiredResourceAccess": []any{graph.Body{"resourceAppId": appA, "resourceAccess": []any{item(scopeID), item(roleID)}}},
		"optionalClaims":         graph.Body{"idToken": []any{graph.Body{"name": "upn", "source": nil}, graph.Body{"name": "email", "additionalProperties": []any{}}}},
	})
	i.settled(v, "in another order")
}

func clearedAddress(_ *host, i *instance) {
	i.stepwise(
		kind.Values{"display_name": "Quirks", "info": kind.Values{"support_url": "https://s.contoso.com"}, "web": kind.Values{"home_page_url": "https://h.contoso.com"}},
		kind.Values{"display_name": "Quirks"},
	)
	info, _ := i.body()["info"].(graph.Body)
	web, _ := i.body()["web"].(graph.Body)
	if info["supportUrl"] != nil || web["homePageUrl"] != nil {
		i.t.Errorf("the addresses are still there: %v %v", info, web)
	}
}

func scopesFirst(h *host, i *instance) {
	client := h.property("/applications/"+h.id("/applications", "displayName", "Orders Portal"), "appId")
	with := func(scope string, value string) kind.Values {
		v := entitled(nil, map[string]kind.Values{scope: scopeOf(value)})
		delete(v, "app_roles")
		v["api"].(kind.Values)["pre_authorized_applications"] = []kind.Values{{"app_id": client, "delegated_permission_ids": []string{scope}}}
		return v
	}
	i.stepwise(with(scopeID, "one"), with(roleID, "another"), with(roleID, "renamed"))
	i.lose()
	i.read()
	i.stepwise(with(scopeID, "one"))
	own := with(scopeID, "one")
	own["api"].(kind.Values)["pre_authorized_applications"] = []kind.Values{{"app_id": "{app_id}", "delegated_permission_ids": []string{scopeID}}}
	second := h.instance(i.kind)
	second.stepwise(own)
}

// TestApplicationLag, P1: an application that was just made is not there for
// every replica when more is written to it.
func TestApplicationLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, emulator.WithLag(200*time.Millisecond), emulator.WithSeed(3))
		i := h.instance(kindNamed(t, "application"))
		v := applicationShape(h)
		server := h.process() // create and update by one process, as an apply of both has it
		if s := i.applyIn(server, i.plan(v)); s != "" {
			t.Fatal(s)
		}
		v["display_name"] = "Renamed"
		if s := i.applyIn(server, i.plan(v)); s != "" {
			t.Fatal(s)
		}
		time.Sleep(time.Second)
		i.settled(v, "after the replicas have heard of it")
	})
}
