package kindtest

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What Graph has tomorrow: properties and members that no table knows today.

// TestPropertyOfTomorrow: a property that appears one day disturbs no refresh,
// and an update leaves it alone. What stands deeper: TestInsideOfTomorrow.
func TestPropertyOfTomorrow(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form == kind.Edge || unchanging(k) {
			continue // nothing about these is updated
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, emulator.WithFutureProperty(k.Type, "fromTomorrow", graph.Body{"deep": []any{"x"}}))
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
