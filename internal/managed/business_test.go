package managed

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestTurns: what the identity that runs was given is made before all that is under way, and
// taken away after it; nobody waits for what waits itself.
func TestTurns(t *testing.T) {
	t.Parallel()
	const me, other = "0aaaaaaa-0000-4000-8000-000000000001", "0aaaaaaa-0000-4000-8000-000000000002"
	tenant := NewTenant(nil, "", nil, nil)
	tenant.Guard(Guards{AllowSelf: true})
	tenant.guard.me = &graph.Identity{ObjectID: me}
	r := &object{kind: catalog.ByName("app_role_assignment"), tenant: tenant}
	given := func(to string) kind.Values {
		return kind.Values{"id": "x", "resource_id": "r", "principal_id": to, "app_role_id": "a"}
	}
	// take begins the writing of one; what it returns tells whether that has its turn.
	take := func(t *testing.T, had, want kind.Values, m mark) (its *turn, ready func() bool) {
		its = tenant.busy.enter()
		done := false
		go func() {
			if err := r.takeTurn(context.Background(), its, had, want, m, want == nil); err != nil {
				t.Error(err)
			}
			done = true
		}()
		return its, func() bool { synctest.Wait(); return done }
	}
	for name, lost := range map[string]struct {
		had kind.Values
		m   mark
	}{"made": {}, "made anew": {given(me), mark{Lost: true}}, "back with its principal": {given(me), mark{Away: true}}} {
		t.Run("first, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				own, ownReady := take(t, lost.had, given(me), lost.m)
				if !ownReady() {
					t.Fatal("its own waits")
				}
				rest, ready := take(t, nil, given(other), mark{})
				if ready() {
					t.Error("the rest does not wait")
				}
				own.leave()
				tenant.busy.add(1, 0, 1) // something else goes on
				pass()
				if !ready() {
					t.Error("the rest still waits")
				}
				tenant.busy.add(-1, 0, 1)
				rest.leave()
			})
		})
	}
	t.Run("first, which waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			own, _ := take(t, nil, given(me), mark{})
			rest, ready := take(t, nil, given(other), mark{})
			own.add(0, 1, 0)
			pass()
			if !ready() {
				t.Error("each waits for the other")
			}
			own.add(0, -1, 0)
			own.leave()
			rest.leave()
		})
	})
	t.Run("last", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rest, restReady := take(t, given(other), nil, mark{})
			restReady()
			own, ready := take(t, given(me), nil, mark{})
			also, alsoReady := take(t, given(me), nil, mark{})
			pass()
			if !restReady() || ready() || alsoReady() {
				t.Errorf("the rest has its turn: %v; its own: %v and %v", restReady(), ready(), alsoReady())
			}
			rest.leave()
			pass()
			if !ready() { // one or both
				own, also, ready, alsoReady = also, own, alsoReady, ready
			}
			if !ready() {
				t.Error("of its own neither has its turn")
			}
			own.leave()
			pass()
			if !alsoReady() {
				t.Error("the other of its own still waits")
			}
			also.leave()
		})
	})
}

// pass lets as much time go by as a wait takes that has nothing more to wait for.
func pass() {
	time.Sleep(3 * look)
	synctest.Wait()
}
