package kindtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// max_deletes and allow_destroy: what keeps a plan on old or broken code from
// emptying a tenant.

// groups makes n groups that code has.
func (h *host) groups(n int) []*instance {
	h.t.Helper()
	var out []*instance
	for i := range n {
		x := h.instance(kindNamed(h.t, "group"))
		x.apply(kind.Values{"display_name": fmt.Sprint("Team ", i), "mail_nickname": fmt.Sprint("team", i)})
		out = append(out, x)
	}
	return out
}

// together lets f happen in one process of the provider with that block.
func (h *host) together(block map[string]any, f func()) {
	h.t.Helper()
	h.block, h.one = block, nil
	h.one = h.process()
	f()
	h.block, h.one = nil, nil
}

func (h *host) isLive(path string) bool {
	h.t.Helper()
	_, err := h.client.Get(context.Background(), graph.Beta, path, nil)
	if err != nil && !graph.IsNotFound(err) {
		h.t.Fatal(err)
	}
	return err == nil
}

// TestMaxDeletes: the plan that deletes one more than allowed is refused, once, with
// the names; so is the deletion that no plan showed. What is gone does not count.
func TestMaxDeletes(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	all := h.groups(5)
	h.together(map[string]any{"max_deletes": 2}, func() {
		for n, x := range all[:2] {
			for range 2 { // asked twice, counted once
				if s := x.planDestroy(); s != "" {
					t.Errorf("deletion %d of 2: %s", n+1, s)
				}
			}
		}
		s := all[2].planDestroy()
		for _, part := range []string{"max_deletes = 2", `Group "Team 0"`, `Group "Team 1"`, `Group "Team 2"`, "raise max_deletes", "destroy = false"} {
			if !strings.Contains(s, part) {
				t.Errorf("%q is not in: %s", part, s)
			}
		}
		if s := all[3].planDestroy(); s != "" {
			t.Errorf("a second error for the same: %s", s)
		}
	})
	h.together(map[string]any{"max_deletes": 2}, func() {
		all[4].gone(false)
		all[4].read()
		for _, x := range []*instance{all[4], all[0], all[1]} {
			if s := x.planDestroy(); s != "" {
				t.Error("what is in the recycle bin counts: ", s)
			}
		}
	})
	deleted := all[0].path()
	h.together(map[string]any{"max_deletes": 1}, func() {
		if s := all[0].destroyAnyhow(); s != "" {
			t.Error(s)
		}
		if s := all[1].destroyAnyhow(); !strings.Contains(s, "max_deletes is 1") || !strings.Contains(s, "-replace") {
			t.Error("a deletion that no plan showed: ", s)
		}
	})
	if h.isLive(deleted) || !h.isLive(all[1].path()) {
		t.Error("the one that was allowed is to be gone, and the other not")
	}
	h.together(map[string]any{"max_deletes": -1}, func() {
		for _, x := range all[1:4] {
			if s := x.planDestroy(); s != "" {
				t.Error(s)
			}
		}
	})
}

// TestAllowDestroy: with false nothing is deleted, neither by a plan, nor by a
// replacement, nor by a deletion that no plan showed, nor by the move of a link.
func TestAllowDestroy(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	x := h.instance(kindNamed(t, "group"))
	x.apply(kind.Values{"display_name": "Team 0", "mail_nickname": "team0", "unique_name": "one"})
	changed := kind.Values{"display_name": "Team 0", "mail_nickname": "team0", "unique_name": "two"}
	app, credential, values := credentialOf(t)
	block := map[string]any{"allow_destroy": false}
	h.together(block, func() {
		s := x.planDestroy()
		for _, part := range []string{`Group "Team 0" would be deleted, and allow_destroy is false`, x.get("id"), "-target", "destroy = false", "ENTRA_ALLOW_DESTROY"} {
			if !strings.Contains(s, part) {
				t.Errorf("%q is not in: %s", part, s)
			}
		}
		if _, s := x.tryPlan(x.saying(changed, "allow_replacement", true)); !strings.Contains(s, "allow_destroy is false") {
			t.Errorf("a replacement: %q", s)
		}
		if s := x.destroyAnyhow(); !strings.Contains(s, "allow_destroy is false. It was not deleted") || !strings.Contains(s, "untaint") {
			t.Errorf("a deletion that no plan showed: %q", s)
		}
	})
	if !h.isLive(x.path()) {
		t.Fatal("it was deleted")
	}
	other := credential.instance(app.kind)
	other.apply(kind.Values{"display_name": "Another owner"})
	credential.applyConfig(credential.saying(values(), "deletion_protection", false))
	moved := values()
	moved["application_id"] = other.get("id")
	unrefused := credential.plan(moved)
	credential.together(block, func() {
		if _, s := credential.told(moved); !strings.Contains(s, "allow_destroy is false") {
			t.Errorf("the plan of a move: %q", s)
		}
	})
	credential.together(block, func() {
		if s := credential.tryApply(unrefused); !strings.Contains(s, "allow_destroy is false") {
			t.Errorf("the apply of a move: %q", s)
		}
	})
	if !credential.isLive(credential.path()) {
		t.Error("it was moved")
	}
}

// TestAllowDestroyFromTheEnvironment: the provider block comes first, and what is
// neither true nor false is an error.
func TestAllowDestroyFromTheEnvironment(t *testing.T) {
	h := newHost(t)
	x := h.groups(1)[0]
	t.Setenv("ENTRA_ALLOW_DESTROY", "false")
	h.together(nil, func() {
		if s := x.planDestroy(); !strings.Contains(s, "allow_destroy is false") {
			t.Errorf("from the environment: %q", s)
		}
	})
	h.together(map[string]any{"allow_destroy": true}, func() {
		if s := x.planDestroy(); s != "" {
			t.Error("the provider block comes first: ", s)
		}
	})
	t.Setenv("ENTRA_ALLOW_DESTROY", "no!")
	for name, block := range map[string]map[string]any{"ENTRA_ALLOW_DESTROY is \"no!\"": nil, "Invalid max_deletes": {"max_deletes": -2}} {
		fields := map[string]tftypes.Value{}
		for name, at := range providerBlock().AttributeTypes {
			fields[name] = tftypes.NewValue(at, block[name])
		}
		fields["graph_endpoint"] = tftypes.NewValue(tftypes.String, h.url)
		server := provider.NewServer("test")()
		resp, err := server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, tftypes.NewValue(providerBlock(), fields))})
		if err != nil || !strings.Contains(failed(resp.Diagnostics), name) {
			t.Errorf("%s: %v, %s", name, err, failed(resp.Diagnostics))
		}
	}
}
