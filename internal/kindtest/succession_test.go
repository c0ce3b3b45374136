package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestReplacedIsTold: what is replaced, by allow_replacement or because the engine was told to,
// has another id, and is not put back into what code uses only when the holder is made. The plan
// says so, and no plan that replaces nothing does.
func TestReplacedIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ allowed, replaced bool }{
		"allow_replacement": {true, true},
		"-replace":          {false, true},
		"nothing":           {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNest(t, "group", "group", "members")
			x, was := n.member, now(n.member, kind.ObjectID)
			if c.allowed {
				x.code["unique_name"], x.code["allow_replacement"] = "other", true
			}
			n.inOneStart(func() {
				x.read()
				p, s := x.planIn(n.one, n.configured(x, now))
				if s != "" || p.replace != c.allowed {
					t.Fatal(p, s)
				}
				if x.planned = p; c.replaced {
					// What is planned in its place has no state, and the private state of the first plan.
					x.state, x.private, x.identity = tftypes.NewValue(wire.Type(x.kind), nil), p.private, nil
					if x.planned, s = x.planIn(n.one, n.configured(x, now)); s != "" {
						t.Fatal(s)
					}
				}
				n.holder.read()
				config := dynamic(t, n.configured(n.holder, coming))
				resp, err := n.one.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{TypeName: n.holder.kind.TypeName(), Config: config, ProposedNewState: config,
					PriorState: dynamic(t, n.holder.state), PriorPrivate: n.holder.private, PriorIdentity: n.holder.identity})
				if err != nil || failed(resp.Diagnostics) != "" {
					t.Fatal(err, failed(resp.Diagnostics))
				}
				if w := warningsIn(resp.Diagnostics); strings.Contains(w, `Group "Holder" loses `+was+" of its members") != c.replaced {
					t.Errorf("the plan of the holder says %q", w)
				}
			})
		})
	}
}
