package kindtest

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Quirks that no generated test meets; quirks_test.go lists all of them.

// wrote returns the addresses to which do wrote, each with its method.
func (h *host) wrote(t *testing.T, do func()) []string {
	t.Helper()
	before := h.routes()
	do()
	var out []string
	for route, n := range h.routes() {
		if n > before[route] && !strings.HasPrefix(route, "GET ") && !strings.Contains(route, "getByIds") && !strings.Contains(route, "$batch") {
			out = append(out, route)
		}
	}
	slices.Sort(out)
	return out
}

// TestVersionOfWrites: C1, a policy is written through v1.0 unless it holds what
// only beta knows, because a write through beta can put it out of v1.0's reach.
func TestVersionOfWrites(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "conditional_access_policy"))
	code := func(name string, more kind.Values) kind.Values {
		v := policy(kind.Values{"applications": allApps(), "users": allUsers()}, more)
		v["display_name"] = name
		return v
	}
	session := kind.Values{"session_controls": kind.Values{"continuous_access_evaluation": kind.Values{"mode": "disabled"}}}
	const at = "/identity/conditionalAccess/policies"
	for _, step := range []struct {
		code kind.Values
		want string
	}{
		{code("a", nil), "POST /v1.0" + at},
		{code("b", nil), "PATCH /v1.0" + at + "/{id}"},
		{code("b", session), "PATCH /beta" + at + "/{id}"},
	} {
		if got := h.wrote(t, func() { i.apply(step.code) }); !slices.Equal(got, []string{step.want}) {
			t.Errorf("%v was written by %v, not %s", step.code["display_name"], got, step.want)
		}
		i.settled(step.code, "after "+step.want)
	}
	// What beta has written can still be changed and deleted.
	i.apply(code("c", nil))
	i.settled(code("c", nil), "after the preview feature was removed")
	if s := i.destroy(); s != "" {
		t.Error(s)
	}
}

// TestRulesBindTheWriter: C6, P8, what a tenant holds is read, imported and kept,
// whatever rule it breaks; the same combination written anew is refused at plan,
// with the attribute.
func TestRulesBindTheWriter(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for name, c := range map[string]struct {
		kind, says string
		values     kind.Values
	}{
		"dynamic without a rule": {"group", "membership_rule must be set", kind.Values{"display_name": "x", "mail_nickname": "x", "group_types": []string{"DynamicMembership"}}},
		"a rule without dynamic": {"administrative_unit", "membership_type must be Dynamic", kind.Values{"display_name": "x", "membership_rule": "true"}},
		"members of a dynamic":   {"administrative_unit", "members must not be set", kind.Values{"display_name": "x", "membership_type": "Dynamic", "membership_rule": "true", "members": []string{h.user("adele")}}},
		"a long nickname":        {"group", "at most 64 characters, and has 65", kind.Values{"display_name": "x", "mail_nickname": strings.Repeat("x", 65)}},
		"a nickname with spaces": {"group", "without spaces", kind.Values{"display_name": "x", "mail_nickname": "a b"}},
		"roles for the public": {"group", "visibility must not be Public", kind.Values{"display_name": "x", "mail_nickname": "x",
			"is_assignable_to_role": true, "visibility": "Public"}},
		"personal accounts": {"application", "requested_access_token_version must be 2", kind.Values{"display_name": "x", "sign_in_audience": "PersonalMicrosoftAccount"}},
		"token version 3":   {"application", "between 1 and 2", kind.Values{"display_name": "x", "api": kind.Values{"requested_access_token_version": int64(3)}}},
		"a role with a space": {"application", "ASCII punctuation", kind.Values{"display_name": "x", "app_roles": map[string]kind.Values{roleID: {
			"allowed_member_types": []string{"User"}, "value": "a b"}}}},
		"every time and a period": {"conditional_access_policy", "sign_in_frequency.value must not be set", policy(kind.Values{"users": allUsers(), "applications": allApps()},
			kind.Values{"session_controls": kind.Values{"sign_in_frequency": kind.Values{"is_enabled": true, "frequency_interval": "everyTime", "value": int64(1), "type": "days"}}})},
		"a browser for some": {"conditional_access_policy", "include_applications must contain All", policy(kind.Values{"users": allUsers(), "applications": kind.Values{"include_applications": []string{appA}}},
			kind.Values{"session_controls": kind.Values{"persistent_browser": kind.Values{"is_enabled": true, "mode": "never"}}})},
	} {
		i := h.instance(kindNamed(t, c.kind))
		v := i.kind.Canonical(c.values)
		if _, s := i.tryPlan(i.config(v)); !strings.Contains(s, c.says) {
			t.Errorf("%s: %q does not say %q", name, s, c.says)
		}
		if said := i.kind.Breaches(v, v, func(string) bool { return false }); len(said) > 0 {
			t.Errorf("%s: a tenant that holds it is not left alone: %v", name, said)
		}
		if said := i.kind.Breaches(nil, v, func(string) bool { return true }); len(said) > 0 {
			t.Errorf("%s: something is said of what is not known yet: %v", name, said)
		}
	}
}

// TestLegacyIsKept: N6, P8, an object that breaks a rule of today is imported with
// an empty plan, and changed elsewhere without an error.
func TestLegacyIsKept(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	made, err := h.client.Post(t.Context(), graph.V1, "/groups", graph.Body{"displayName": strings.Repeat("x", 256), "mailNickname": "legacy", "mailEnabled": false,
		"securityEnabled": true, "description": strings.Repeat("d", 1024) + "!"})
	if err != nil {
		t.Fatal(err)
	}
	i := h.instance(kindNamed(t, "group"))
	i.importID(text(made["id"]))
	code := kind.Values{"display_name": text(made["displayName"]), "mail_nickname": "legacy", "description": text(made["description"]), "members": []string{}, "owners": []string{}}
	i.settled(code, "after the import of a description that is too long")
	code["display_name"] = "Short"
	i.apply(code)
	i.settled(code, "after the name was changed")
	code["description"] = text(made["description"]) + "!"
	if _, s := i.tryPlan(i.config(code)); !strings.Contains(s, "at most 1024") {
		t.Errorf("a new description that is too long passes: %q", s)
	}
}

// TestSpellings: G8, A1, what Graph spells in several ways, or leaves null, is one value.
func TestSpellings(t *testing.T) {
	t.Parallel()
	group := kindNamed(t, "group")
	for _, spelled := range []string{"HiddenMembership", "Hiddenmembership", "hiddenmembership"} {
		if v, _ := group.Decode(graph.Body{"visibility": spelled}); v["visibility"] != "HiddenMembership" {
			t.Errorf("%s is read as %v", spelled, v["visibility"])
		}
	}
	unit := kindNamed(t, "administrative_unit")
	unset, _ := unit.Decode(graph.Body{"displayName": "x", "visibility": nil, "membershipType": nil, "isMemberManagementRestricted": nil})
	said, _ := unit.Decode(graph.Body{"displayName": "x", "visibility": "Public", "membershipType": "Assigned", "isMemberManagementRestricted": false})
	if !kind.Equal(unset, said) || len(unset) != 1 {
		t.Errorf("unset and default differ: %v, %v", unset, said)
	}
}

// TestServicePrincipalMember: G1, service principals are members like others.
func TestServicePrincipalMember(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	code := i.kind.Canonical(kind.Values{"display_name": "Mixed", "mail_nickname": "mixed",
		"members": []string{h.user("adele"), h.group("CA001 - Exclude"), h.id("/servicePrincipals", "appId", appA)}})
	i.apply(code)
	i.settled(code, "with members of three types")
	if wrong := i.held(code); len(wrong) > 0 {
		t.Error(wrong)
	}
}

// TestLastOwner: G15, owners are added before others are removed, so that a
// Microsoft 365 group is never without.
func TestLastOwner(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	code := func(owner string) kind.Values {
		return kind.Values{"display_name": "Owned", "mail_nickname": "owned", "mail_enabled": true, "security_enabled": false, "group_types": []string{"Unified"},
			"visibility": "Private", "owners": []string{h.user(owner)}}
	}
	i.apply(code("adele"))
	i.apply(code("diego"))
	i.settled(code("diego"), "with another owner")
	if wrong := i.held(code("diego")); len(wrong) > 0 {
		t.Error(wrong)
	}
}

// TestDynamicAndBack: G11, A9, the rule goes as null with the type, and comes with it.
func TestDynamicAndBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ assigned, dynamic kind.Values }{
		"group": {kind.Values{"display_name": "x", "mail_nickname": "x"}, kind.Values{"display_name": "x", "mail_nickname": "x",
			"group_types": []string{"DynamicMembership"}, "membership_rule": "true", "membership_rule_processing_state": "On"}},
		"administrative_unit": {kind.Values{"display_name": "x"}, kind.Values{"display_name": "x",
			"membership_type": "Dynamic", "membership_rule": "true", "membership_rule_processing_state": "On"}},
	} {
		i := newHost(t).instance(kindNamed(t, name))
		for n, code := range []kind.Values{c.dynamic, c.assigned, c.dynamic} {
			i.apply(code)
			i.settled(code, "after a change of the membership type")
			if wrong := i.held(code); len(wrong) > 0 {
				t.Errorf("%s, step %d: %v", name, n, wrong)
			}
		}
	}
}

// TestSharedEntitlement: P3, a role and a permission with one id and value are
// changed together.
func TestSharedEntitlement(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	code := func(value string) kind.Values {
		return kind.Values{"display_name": "Shared",
			"app_roles": map[string]kind.Values{roleID: {"allowed_member_types": []string{"Application"}, "display_name": "n", "description": "d", "value": value}},
			"api": kind.Values{"oauth2_permission_scopes": map[string]kind.Values{roleID: {"admin_consent_description": "d", "admin_consent_display_name": "n",
				"type": "User", "value": value}}}}
	}
	for _, value := range []string{"a.b", "c.d"} {
		i.apply(code(value))
		i.settled(code(value), "with the value "+value)
	}
}

// TestQuote: G16, a name with an apostrophe is looked for as it is.
func TestQuote(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	code := kind.Values{"display_name": "O'Brien's", "mail_nickname": "obrien"}
	i.apply(code)
	found(i, sample{full: code})
}

// TestRestrictedUnit: A10, a refusal because of a unit with restricted management
// is told as one, and not as a missing permission.
func TestRestrictedUnit(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	code := kind.Values{"display_name": "Inside", "mail_nickname": "inside"}
	i.apply(code)
	i.control("faults", `{"status":403,"match":"PATCH /v1.0/groups","code":"Authorization_RequestDenied",`+
		`"message":"Insufficient privileges to complete the operation. Target object is a member of a restricted management administrative unit."}`)
	code["description"] = "d"
	if s := i.tryApply(i.plan(code)); !strings.Contains(s, "scoped to that administrative unit") || strings.Contains(s, "admin consent") {
		t.Errorf("the unit is not told: %q", s)
	}
}

// TestPathInvalid: A2, a 404 that says that the path is invalid is no deletion.
func TestPathInvalid(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "administrative_unit"))
	i.apply(kind.Values{"display_name": "Stays"})
	i.control("faults", `{"status":404,"match":"DELETE /v1.0/directory/administrativeUnits","code":"BadRequest","message":"The OData path is invalid."}`)
	if s := i.destroy(); !strings.Contains(s, "OData path is invalid") {
		t.Errorf("a unit that is still there is taken for deleted: %q", s)
	}
}

// TestYoung: C17, C18, G5, P1, what an apply made a moment ago has not reached
// every replica; what refers to it waits, and the plan after it is empty.
func TestYoung(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(4) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			h.one = h.process() // Terraform applies everything in one
			location, group := h.instance(kindNamed(t, "named_location")), h.instance(kindNamed(t, "group"))
			location.apply(network("192.0.2.0/24"))
			app := h.instance(kindNamed(t, "application"))
			appCode := app.kind.Canonical(kind.Values{"display_name": "Young", "identifier_uris": []string{"api://{app_id}"}, "owners": []string{h.user("adele")}})
			app.apply(appCode)
			group.apply(kind.Values{"display_name": "Young", "mail_nickname": "young"})
			outer := h.instance(group.kind)
			outerCode := outer.kind.Canonical(kind.Values{"display_name": "Outer", "mail_nickname": "outer", "members": []string{group.get("id")}})
			outer.apply(outerCode)
			referrer := h.instance(kindNamed(t, "conditional_access_policy"))
			code := func(state string) kind.Values {
				v := policy(kind.Values{"applications": allApps(), "users": kind.Values{"include_users": []string{"All"}, "exclude_groups": []string{group.get("id")}},
					"locations": kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{location.get("id")}}}, nil)
				v["state"] = state
				return v
			}
			referrer.apply(code("disabled"))
			referrer.apply(code("enabledForReportingButNotEnforced"))
			h.control("clock", `{"advance":"5s"}`)
			h.one = nil
			app.settled(appCode, "after the replicas heard of it")
			outer.settled(outerCode, "after the replicas heard of it")
			referrer.settled(code("enabledForReportingButNotEnforced"), "after the replicas heard of it")
		}
	})
}

// TestWordsAreNoReferences: C19, words in the place of ids are never looked up and
// never re-linked, in whatever case, and the pseudo-location of the zero GUID neither.
func TestWordsAreNoReferences(t *testing.T) {
	t.Parallel()
	k := kindNamed(t, "conditional_access_policy")
	v := kind.Values{"conditions": kind.Values{
		"applications": kind.Values{"include_applications": []string{"All", "None", "Office365", "MicrosoftAdminPortals", "AllAgentIdResources"},
			"include_user_actions": []string{"urn:user:registersecurityinfo"}},
		"users":               kind.Values{"include_users": []string{"All", "none", "GuestsOrExternalUsers"}},
		"locations":           kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{"AllTrusted", "00000000-0000-0000-0000-000000000000"}},
		"client_applications": kind.Values{"include_service_principals": []string{"ServicePrincipalsInMyTenant", "ServicePrincipalsInMyOrganization"}},
	}}
	k.References(v, func(path string, _ *kind.Attr, _ *kind.Ref, id string) {
		t.Errorf("%s: %s is taken for a reference", path, id)
	})
}

// TestNullsAtEveryLevel: C21, a policy with null at any level is read without a fault.
func TestNullsAtEveryLevel(t *testing.T) {
	t.Parallel()
	k := kindNamed(t, "conditional_access_policy")
	h := newHost(t)
	for name, make := range policyShapes {
		whole := k.Encode(k.Canonical(make(h)), "")
		for _, path := range objectsIn(whole, nil) {
			cut := clone(whole).(graph.Body)
			at := cut
			for _, property := range path[:len(path)-1] {
				at = at[property].(graph.Body)
			}
			at[path[len(path)-1]] = nil
			if _, unknown := k.Decode(cut); len(unknown) > 0 {
				t.Errorf("%s with %v null: unknown %v", name, path, unknown)
			}
		}
	}
}

// objectsIn returns the path of every property below objects.
func objectsIn(b graph.Body, path []string) [][]string {
	var out [][]string
	for property, v := range b {
		at := append(slices.Clone(path), property)
		out = append(out, at)
		if inner, is := v.(graph.Body); is {
			out = append(out, objectsIn(inner, at)...)
		}
	}
	return out
}

func clone(v any) any {
	if b, is := v.(graph.Body); is {
		out := graph.Body{}
		for property, inner := range b {
			out[property] = clone(inner)
		}
		return out
	}
	return v
}

// TestStateComesBack: C22, a restored policy is enforced or not as the code says,
// also when somebody enabled it before it was deleted.
func TestStateComesBack(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "conditional_access_policy"))
	code := policy(kind.Values{"applications": allApps(), "users": allUsers()}, nil) // disabled
	i.apply(code)
	i.behind("PATCH", i.path(), graph.Body{"state": "enabled"})
	i.gone(false)
	i.read()
	i.apply(code)
	i.settled(code, "after the restore")
	if wrong := i.held(code); len(wrong) > 0 {
		t.Error(wrong)
	}
}

// TestSynchronizedGroup: G19, groups from Active Directory, distribution lists and
// mail-enabled security groups are no resources, and the reason is told.
func TestSynchronizedGroup(t *testing.T) {
	t.Parallel()
	skip := kindNamed(t, "group").Skip
	for says, b := range map[string]graph.Body{
		"synchronized from on-premises": {"onPremisesSyncEnabled": true, "groupTypes": []any{}},
		"distribution list":             {"mailEnabled": true, "groupTypes": []any{}},
	} {
		if why := skip(b); !strings.Contains(why, says) {
			t.Errorf("%v: %q", b, why)
		}
	}
	for _, b := range []graph.Body{{"mailEnabled": true, "groupTypes": []any{"Unified"}}, {"securityEnabled": true, "onPremisesSyncEnabled": false}} {
		if why := skip(b); why != "" {
			t.Errorf("%v is skipped: %s", b, why)
		}
	}
}
