package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Deletions and recreations that stop before they cost more than a plan shows.

// saying is the configuration that says v, and an instruction to the provider
// beside it, which is no part of the object.
func (i *instance) saying(v kind.Values, name string, value any) tftypes.Value {
	i.t.Helper()
	return with(i.t, i.config(v), name, value)
}

func with(t *testing.T, object tftypes.Value, name string, value any) tftypes.Value {
	t.Helper()
	fields, err := wire.Fields(object)
	if err != nil {
		t.Fatal(err)
	}
	fields[name] = tftypes.NewValue(fields[name].Type(), value)
	return tftypes.NewValue(object.Type(), fields)
}

// unprotect makes the state what it is after an apply of deletion_protection =
// false, where the kind is protected otherwise.
func (i *instance) unprotect() {
	i.t.Helper()
	if i.kind.Guarded() {
		i.state = with(i.t, i.state, "deletion_protection", false)
	}
}

// applyConfig plans and applies a configuration.
func (i *instance) applyConfig(config tftypes.Value) {
	i.t.Helper()
	p, s := i.tryPlan(config)
	if s == "" {
		s = i.tryApply(p)
	}
	if s != "" {
		i.t.Fatal(s)
	}
}

// planDestroy plans the deletion, as Terraform does for an address that left the
// code, for destroy and for a removed block, and returns the error.
func (i *instance) planDestroy() string {
	i.t.Helper()
	none := dynamic(i.t, tftypes.NewValue(wire.Type(i.kind), nil))
	resp, err := i.process().PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: none, ProposedNewState: none,
		PriorState: dynamic(i.t, i.state), PriorPrivate: i.private, PriorIdentity: i.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return failed(resp.Diagnostics)
}

// TestDeletionProtection: of every kind of object, one whose state says so is
// not deleted, and it is the state that says so: not the code that is gone.
func TestDeletionProtection(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if k.Attr("deletion_protection") == nil {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i, v := h.instance(k), k.Canonical(samples[k.Name](h).full)
			i.apply(v)
			i.settled(v, "after create")
			if s := i.planDestroy(); strings.Contains(s, "is protected from deletion") != k.Guarded() {
				t.Errorf("left out, with a recycle bin %q: %s", k.Life.Bin, s)
			}
			i.applyConfig(i.saying(v, "deletion_protection", true))
			i.read()
			s := i.planDestroy()
			for _, part := range []string{i.get(k.Label), "is protected from deletion", i.get("id"), "deletion_protection is true in the state", "deletion_protection = false", "-target"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			// What -replace, taint and replace_triggered_by plan is seen in the apply alone.
			if s := i.destroyAnyhow(); !strings.Contains(s, "Nothing was deleted") || !strings.Contains(s, "-replace") {
				t.Errorf("the apply of -replace: %s", s)
			}
			if _, err := i.client.Get(context.Background(), graph.Beta, i.path(), nil); err != nil {
				t.Fatal("it was deleted: ", err)
			}
			i.applyConfig(i.saying(v, "deletion_protection", false))
			if s := i.planDestroy(); s != "" {
				t.Errorf("after false was applied: %s", s)
			}
			if s := i.destroyAnyhow(); s != "" {
				t.Error(s)
			}
		})
	}
}

// destroyAnyhow applies a deletion that no plan was asked about.
func (i *instance) destroyAnyhow() string {
	i.t.Helper()
	none := tftypes.NewValue(wire.Type(i.kind), nil)
	return i.tryApply(&plan{config: none, planned: none, private: i.private, identity: i.identity})
}

// TestProtectionOfWhatIsGone: there is nothing left to protect of an object that
// is lost or in the recycle bin, and its address can leave the code.
func TestProtectionOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, purge := range map[string]bool{"in the recycle bin": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newHost(t).instance(kindNamed(t, "group"))
			i.applyConfig(i.saying(kind.Values{"display_name": "Gone", "mail_nickname": "gone"}, "deletion_protection", true))
			i.gone(purge)
			i.read()
			if s := i.planDestroy(); s != "" {
				t.Error(s)
			}
			if s := i.destroyAnyhow(); s != "" {
				t.Error(s)
			}
		})
	}
}

// TestProtectionFromReplacement: a replacement is a deletion, too, until the
// state says false; to say so in the same plan is too late.
func TestProtectionFromReplacement(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "group"))
	v := kind.Values{"display_name": "Fixed", "mail_nickname": "fixed", "unique_name": "one"}
	i.applyConfig(i.saying(v, "deletion_protection", true))
	changed := kind.Values{"display_name": "Fixed", "mail_nickname": "fixed", "unique_name": "two"}
	permitted := with(t, i.saying(changed, "allow_replacement", true), "deletion_protection", false)
	_, s := i.tryPlan(permitted)
	for _, part := range []string{`Group "Fixed" is protected from deletion`, "unique_name", "apply that alone"} {
		if !strings.Contains(s, part) {
			t.Errorf("%q is not in: %s", part, s)
		}
	}
	i.applyConfig(i.saying(v, "deletion_protection", false))
	if p, s := i.tryPlan(permitted); s != "" || !p.replace {
		t.Errorf("after false was applied: %s", s)
	}
}

// TestProtectionFromMoving: what belongs to another object is deleted when the
// code has it belong to a third, and is protected from that too, with and without
// a refresh. Where the first one is gone there is nothing to protect.
func TestProtectionFromMoving(t *testing.T) {
	t.Parallel()
	app, credential, values := credentialOf(t)
	other := app.instance(app.kind)
	other.apply(kind.Values{"display_name": "Another owner"})
	before, moved := credential.path(), values()
	moved["application_id"] = other.get("id")
	if _, s := credential.told(moved); !strings.Contains(s, "is protected from deletion") || !strings.Contains(s, "Another application_id") {
		t.Errorf("the plan of a move: %q", s)
	}
	unrefreshed := *credential
	if s := unrefreshed.tryApply(unrefreshed.plan(moved)); !strings.Contains(s, "Nothing was changed") {
		t.Errorf("the apply of a move: %q", s)
	}
	credential.applyConfig(credential.saying(values(), "deletion_protection", false))
	if _, s := credential.told(moved); s != "" {
		t.Error(s)
	}
	credential.apply(moved)
	credential.settled(moved, "below the other application")
	if _, err := credential.client.Get(context.Background(), graph.Beta, before, nil); !graph.IsNotFound(err) {
		t.Error("the old one is still there: ", err)
	}
}

// TestProtectionAway: with its application in the recycle bin there is nothing of
// a credential to delete.
func TestProtectionAway(t *testing.T) {
	t.Parallel()
	app, credential, _ := credentialOf(t)
	if s := credential.planDestroy(); !strings.Contains(s, "no recycle bin for a federated identity credential") {
		t.Errorf("a live one: %q", s)
	}
	app.gone(false)
	credential.read()
	if s := credential.planDestroy(); s != "" {
		t.Error(s)
	}
}

// TestProtectionComesTooLate: with create_before_destroy the other object is
// there already when -replace deletes this one; a refusal would leave one that
// no code can reach.
func TestProtectionComesTooLate(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "group"))
	v := kind.Values{"display_name": "Twice", "mail_nickname": "twice"}
	i.applyConfig(i.saying(v, "deletion_protection", true))
	server, other := i.process(), i.instance(i.kind)
	p := other.plan(v)
	made, err := server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(t, p.config), PlannedState: dynamic(t, p.planned), PriorState: dynamic(t, other.state), PlannedPrivate: p.private,
	})
	if err != nil || failed(made.Diagnostics) != "" {
		t.Fatal(err, failed(made.Diagnostics))
	}
	none := dynamic(t, tftypes.NewValue(wire.Type(i.kind), nil))
	ended, err := server.ApplyResourceChange(context.Background(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: none, PlannedState: none, PriorState: dynamic(t, i.state), PlannedPrivate: i.private,
	})
	if err != nil || failed(ended.Diagnostics) != "" {
		t.Error(err, failed(ended.Diagnostics))
	}
}

// TestProtectionOfHalfACreation: what a creation that failed left behind is
// deleted by the next apply, as Terraform does with what it calls tainted.
func TestProtectionOfHalfACreation(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	config := i.saying(kind.Values{"display_name": "Half", "identifier_uris": []string{"api://{app_id}"}}, "deletion_protection", true)
	i.control("faults", `{"status":403,"times":1,"match":"PATCH /v1.0/applications"}`)
	p, s := i.tryPlan(config)
	if s != "" {
		t.Fatal(s)
	}
	if s := i.tryApply(p); !strings.Contains(s, "403") || i.state.IsNull() {
		t.Fatal("the creation did not fail halfway: ", s)
	}
	if s := i.destroyAnyhow(); s != "" {
		t.Error(s)
	}
}

// TestOnHardDelete: an object whose new id breaks what Terraform cannot see is
// not made anew before the user says so, in the resource or in the provider
// block, whether the state or an import block names it.
func TestOnHardDelete(t *testing.T) {
	t.Parallel()
	tested := 0
	for _, k := range catalog.All() {
		if k.NewIDBreaks == "" || !k.Managed() {
			continue
		}
		tested++
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i, v := h.instance(k), k.Canonical(samples[k.Name](h).full)
			name, _ := v[k.Label].(string)
			if name == "" { // Graph makes it
				name = v[k.Life.OneFor].(string)
			}
			i.apply(v)
			i.lose()
			stale := h.instance(k)
			stale.importID(i.get("id"))
			for what, x := range map[string]*instance{"state": i, "import": stale} {
				h.hardDelete = ""
				_, s := x.told(v)
				for _, part := range []string{name, "was permanently deleted", i.get("id"), k.NewIDBreaks, "cannot be restored",
					`on_hard_delete = "recreate"`, "provider block", "out of the code", "-target"} {
					if !strings.Contains(s, part) {
						t.Errorf("%s: %q is not in: %s", what, part, s)
					}
				}
				x.read()
				for name, c := range map[string]struct {
					block, attr string
					refused     bool
				}{
					"nothing said":          {"", "", true},
					"the block refuses":     {"refuse", "", true},
					"the block recreates":   {"recreate", "", false},
					"the resource decides":  {"refuse", "recreate", false},
					"the resource, refuses": {"recreate", "refuse", true},
				} {
					h.hardDelete = c.block
					config := x.config(v)
					if c.attr != "" {
						config = x.saying(v, "on_hard_delete", c.attr)
					}
					if _, s := x.tryPlan(config); (s != "") != c.refused {
						t.Errorf("%s, %s: %q", what, name, s)
					}
				}
			}
			h.hardDelete = "recreate"
			if w, s := i.told(v); s != "" || !strings.Contains(w, k.NewIDBreaks) {
				t.Errorf("the warning does not say what breaks: %s %s", w, s)
			}
			h.hardDelete = ""
			if s := i.planDestroy(); s != "" {
				t.Error("it cannot be taken out of the code: ", s)
			}
			i.applyConfig(i.saying(v, "on_hard_delete", "recreate"))
			if s := i.invalidConfig(i.saying(v, "on_hard_delete", "recrate")); !strings.Contains(s, "must be one of refuse, recreate") {
				t.Errorf("a word that is none: %q", s)
			}
		})
	}
	if tested == 0 {
		t.Error("no kind says what a new id breaks")
	}
}

// TestOnHardDeleteLeavesTheRest: kinds of which the code holds all that a new id
// breaks are recreated whatever the provider block says, and one in the recycle
// bin is restored.
func TestOnHardDeleteLeavesTheRest(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	h.hardDelete = "refuse"
	for _, name := range []string{"group", "application"} {
		i := h.instance(kindNamed(t, name))
		v := samples[name](h).full
		i.apply(v)
		i.gone(name == "group")
		i.read()
		i.apply(v)
		i.settled(i.kind.Canonical(v), "after it came back")
	}
}

// TestProviderWords: a word in the provider block that is none is refused.
func TestProviderWords(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for word, valid := range map[string]bool{"refuse": true, "recreate": true, "Recreate": false, "keep": false} {
		fields := map[string]tftypes.Value{}
		for name, at := range providerBlock().AttributeTypes {
			fields[name] = tftypes.NewValue(at, nil)
		}
		fields["on_hard_delete"] = tftypes.NewValue(tftypes.String, word)
		resp, err := h.process().ValidateProviderConfig(context.Background(), &tfprotov6.ValidateProviderConfigRequest{
			Config: dynamic(t, tftypes.NewValue(providerBlock(), fields)),
		})
		if err != nil || (failed(resp.Diagnostics) == "") != valid {
			t.Errorf("%s: %v %s", word, err, failed(resp.Diagnostics))
		}
	}
}
