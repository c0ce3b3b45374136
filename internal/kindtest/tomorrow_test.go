package kindtest

import (
	"slices"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What Graph has tomorrow: properties and members that no table knows today.

// inside names the types inside of objects that get a property, too, and where
// it then stands.
var inside = map[string]map[string][]string{
	"conditional_access_policy": {
		"conditionalAccessConditionSet": {"conditions"}, "conditionalAccessUsers": {"conditions", "users"},
		"conditionalAccessApplications": {"conditions", "applications"}, "conditionalAccessGrantControls": {"grantControls"},
	},
	"application": {"webApplication": {"web"}, "apiApplication": {"api"}, "optionalClaims": {"optionalClaims"}},
}

// TestPropertyOfTomorrow: a property that appears one day disturbs no refresh,
// and an update leaves it alone, however deep it stands.
func TestPropertyOfTomorrow(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form == kind.Edge || unchanging(k) {
			continue // nothing about these is updated
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			opts := []emulator.Option{emulator.WithFutureProperty(k.Type, "fromTomorrow", graph.Body{"deep": []any{"x"}})}
			for typ := range inside[k.Name] {
				opts = append(opts, emulator.WithFutureProperty(typ, "fromTomorrow", "as it was"))
			}
			h := newHost(t, opts...)
			s := samples[k.Name](h)
			s.full, s.other = k.Canonical(s.full), k.Canonical(s.other)
			i := h.instance(k)
			i.apply(s.full)
			i.settled(s.full, "with a property of tomorrow")
			change := graph.Body{"fromTomorrow": "set by hand"}
			if typ := i.itself()["@odata.type"]; typ != nil {
				change["@odata.type"] = typ
			}
			i.patchBehind(change)
			i.settled(s.full, "after it was set")
			i.apply(s.other)
			i.settled(s.other, "after an update")
			body := i.itself()
			if body["fromTomorrow"] != "set by hand" {
				t.Errorf("the update changed it to %v", body["fromTomorrow"])
			}
			for typ, path := range inside[k.Name] {
				in := any(body)
				for _, step := range path {
					b, _ := in.(graph.Body)
					in = b[step]
				}
				if b, there := in.(graph.Body); there && b["fromTomorrow"] != "as it was" {
					t.Errorf("the update changed that of %s to %v", typ, b["fromTomorrow"])
				}
			}
			if _, unknown := k.Decode(body); len(unknown) == 0 {
				t.Error("it is not named as unknown")
			}
		})
	}
}

// unchanging tells whether nothing about an object can be updated.
func unchanging(k *kind.Kind) bool {
	for i := range k.Attrs {
		if a := &k.Attrs[i]; a.Channel != kind.Local && a.Mode != kind.Computed && !a.Fixed {
			return false
		}
	}
	return true
}

// TestMemberOfTomorrow: a member of an enumeration that no table knows is read,
// written and kept as it is. S1, S9
func TestMemberOfTomorrow(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithFutureMember("conditionalAccessGrantControl", "quantumProof"), emulator.WithFutureMember("conditionalAccessDevicePlatform", "fridge"))
	i := h.instance(kindNamed(t, "conditional_access_policy"))
	v := policy(kind.Values{"applications": allApps(), "users": allUsers(), "platforms": kind.Values{"include_platforms": []string{"android", "fridge"}}}, nil)
	v["grant_controls"] = kind.Values{"operator": "OR", "built_in_controls": []string{"mfa", "quantumProof"}}
	i.apply(v)
	i.settled(v, "with members of tomorrow")
	v["display_name"] = "Renamed"
	i.apply(v)
	i.settled(v, "after an update of the rest")
	v["grant_controls"] = kind.Values{"operator": "OR", "built_in_controls": []string{"mfa"}}
	i.apply(v)
	i.settled(v, "after it was taken out")
}

// TestItemOfTomorrow: a property of a role or scope that no table knows survives the
// change of another one, although Graph replaces the list.
func TestItemOfTomorrow(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithFutureProperty("appRole", "fromTomorrow", "as it was"), emulator.WithFutureProperty("permissionScope", "fromTomorrow", "as it was"))
	i := h.instance(kindNamed(t, "application"))
	const first, second = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
	code := func(name string) kind.Values {
		role := func(name, value string) kind.Values {
			return kind.Values{"allowed_member_types": []string{"User"}, "display_name": name, "description": name, "value": value}
		}
		scope := func(name, value string) kind.Values {
			return kind.Values{"type": "Admin", "admin_consent_display_name": name, "admin_consent_description": name, "value": value}
		}
		return i.kind.Canonical(kind.Values{"display_name": "With items",
			"app_roles": map[string]kind.Values{first: role("First", "a"), second: role(name, "b")},
			"api":       kind.Values{"oauth2_permission_scopes": map[string]kind.Values{"1" + first[1:]: scope("First", "c"), "1" + second[1:]: scope(name, "d")}}})
	}
	i.apply(code("Second"))
	items := func() []any {
		body := i.itself()
		roles, _ := body["appRoles"].([]any)
		api, _ := body["api"].(graph.Body)
		scopes, _ := api["oauth2PermissionScopes"].([]any)
		return append(slices.Clone(roles), scopes...)
	}
	all := items()
	for _, item := range all {
		b, _ := item.(graph.Body)
		b["fromTomorrow"] = "set by hand"
		delete(b, "origin") // read-only
	}
	i.patchBehind(graph.Body{"appRoles": all[:2], "api": graph.Body{"oauth2PermissionScopes": all[2:]}})
	i.settled(code("Second"), "with a property of tomorrow")
	i.apply(code("Renamed"))
	i.settled(code("Renamed"), "after an update")
	for _, item := range items() {
		if b, _ := item.(graph.Body); b["fromTomorrow"] != "set by hand" {
			t.Errorf("the update changed that of %v to %v", b["value"], b["fromTomorrow"])
		}
	}
}
