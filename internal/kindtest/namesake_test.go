package kindtest

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestNamesake: of every kind, a plan that makes an object names a live one of the same
// name, because an apply that was killed may have left it behind; it goes on all the
// same. What can be there once only is taken over and not warned of here.
func TestNamesake(t *testing.T) {
	t.Parallel()
	warned := 0
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form != kind.Collection || k.Life.Link || k.Life.OneFor != "" || k.Attr(k.Label) == nil || k.Attr(k.Label).Mode == kind.Computed {
			continue
		}
		warned++
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			v := k.Canonical(samples[k.Name](h).full)
			first := h.instance(k)
			if s := strings.Join(first.newWarnings(v), "\n"); strings.Contains(s, "exists already") {
				t.Error("nothing has the name: ", s)
			}
			first.apply(v)
			second := h.instance(k)
			s := strings.Join(second.newWarnings(v), "\n")
			for _, part := range []string{first.get(k.Label), "exists already", first.get("id"), "--adopt ADDRESS=ID"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
		})
	}
	if warned < 10 {
		t.Errorf("only %d kinds were looked at", warned)
	}
}

// newWarnings plans an object that no state has, and returns the warnings.
func (i *instance) newWarnings(v kind.Values) []string {
	i.t.Helper()
	config := i.config(v)
	resp, err := i.process().PlanResourceChange(i.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config), ProposedNewState: dynamic(i.t, config),
		PriorState: dynamic(i.t, tftypes.NewValue(config.Type(), nil)),
	})
	if err != nil || failed(resp.Diagnostics) != "" {
		i.t.Fatal(err, failed(resp.Diagnostics))
	}
	var out []string
	for _, d := range resp.Diagnostics {
		out = append(out, d.Summary+": "+d.Detail)
	}
	return out
}
