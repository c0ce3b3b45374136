package kindtest

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestComesBackUnderLag: what came back with another object, or is referred to by one that is
// repaired, has not arrived at every replica when the same apply needs it. One apply waits for it.
func TestComesBackUnderLag(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		code   func(e *estate)
		damage func(e *estate)
	}{
		// A policy that was changed, and not made or restored, refers to a user who was restored.
		"a reference": {
			code: func(e *estate) {
				who := e.put("user", kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann"})
				at := e.put("named_location", kind.Values{"display_name": "Office", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}}})
				policy := blocking(kind.Values{"exclude_users": []string{who.is(kind.ObjectID)}})
				policy["conditions"].(kind.Values)["locations"] = kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{at.is(kind.ObjectID)}}
				e.put("conditional_access_policy", policy)
			},
			damage: func(e *estate) {
				e.items[2].behind("PATCH", e.items[2].path(), graph.Body{"conditions": graph.Body{"clientAppTypes": []any{"all"}, "applications": graph.Body{"includeApplications": []any{"All"}},
					"users": graph.Body{"includeUsers": []any{"All"}}, "locations": graph.Body{"includeLocations": []any{"All"}, "excludeLocations": []any{e.items[1].get("id")}}}})
				e.items[0].gone(false)
			},
		},
		// Its role comes back with a user, and Graph refuses to make it once more.
		"a link": {
			code: func(e *estate) {
				who := e.put("user", kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann"})
				unit := e.put("administrative_unit", kind.Values{"display_name": "Unit"})
				e.put("administrative_unit_role_member", kind.Values{"administrative_unit_id": unit.is(kind.ObjectID), "member_id": who.is(kind.ObjectID),
					"role_id": e.activated(userAdministrator)})
				e.settle()
			},
			damage: func(e *estate) { e.items[0].gone(false) },
		},
		// A service principal comes back with its application.
		"a companion": {
			code: func(e *estate) {
				app := e.put("application", kind.Values{"display_name": "Pair"})
				e.put("service_principal", kind.Values{"app_id": app.is(kind.AppID), "notes": "n"})
			},
			damage: func(e *estate) { e.items[0].gone(false) },
		},
		// A policy that stays as it was is applied to an application that was made anew.
		"a far end": {
			code: func(e *estate) {
				app := e.put("application", kind.Values{"display_name": "Alone"})
				e.put("token_lifetime_policy", kind.Values{"display_name": "Hours", "definition": definition("TokenLifetimePolicy", "1"), "applies_to": []string{app.is(kind.ObjectID)}})
			},
			damage: func(e *estate) {
				e.items[0].gone(false)
				e.settle()
				e.purge(e.items[0])
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				for seed := range uint64(12) {
					e := newEstate(t, rand.New(rand.NewPCG(3, 4)), emulator.WithLag(time.Second), emulator.WithSeed(seed))
					c.code(e)
					e.begin(1)
					c.damage(e)
					e.settle()
					e.plan(1)
					for _, s := range e.apply(1) {
						t.Errorf("seed %d: %s", seed, s)
					}
					e.settle()
					for _, x := range e.plan(1) {
						t.Errorf("seed %d: %s is not settled by one apply", seed, x.address())
					}
					for _, wrong := range e.holds() {
						t.Errorf("seed %d: %s", seed, wrong)
					}
				}
			})
		})
	}
}
