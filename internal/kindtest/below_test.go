package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What belongs to another object, links objects, or has an id of the code's choice.

// credentialOf is an application and a federated credential of it.
func credentialOf(t *testing.T) (app, credential *instance, values func() kind.Values) {
	t.Helper()
	h := newHost(t)
	app, credential = h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "application_federated_identity_credential"))
	app.apply(ownApp)
	values = func() kind.Values {
		return kind.Values{"application_id": app.get("id"), "name": "main", "issuer": "https://token.contoso.com",
			"subject": "repo:a", "audiences": []string{"api://AzureADTokenExchange"}}
	}
	credential.apply(values())
	return app, credential, values
}

var ownApp = kind.Values{"display_name": "Owner"}

// TestAwayWithItsOwner: a credential whose application is in the recycle bin is
// not lost, plans nothing, and comes back with it. P17
func TestAwayWithItsOwner(t *testing.T) {
	t.Parallel()
	app, credential, values := credentialOf(t)
	id := credential.get("id")
	app.gone(false)
	credential.settled(values(), "while its application is in the recycle bin")
	app.read()
	app.apply(ownApp)
	credential.settled(values(), "after its application came back")
	if credential.get("id") != id {
		t.Error("it was made anew")
	}
	if s := credential.destroy(); s != "" {
		t.Error(s)
	}
}

// TestAwayWhileImported: with the state lost, a credential whose application is in the
// recycle bin is adopted without knowing what it was, and put right once it is back. P17
func TestAwayWhileImported(t *testing.T) {
	t.Parallel()
	app, credential, values := credentialOf(t)
	id, item := credential.get("id"), credential.importable()
	credential.behind("PATCH", credential.path(), map[string]any{"subject": "repo:attacker"})
	app.gone(false)
	anew := app.instance(credential.kind)
	anew.importID(item)
	anew.read()
	p := anew.plan(values())
	app.read()
	if s := anew.tryApply(p); !strings.Contains(s, "recycle bin") {
		t.Error("its application is still in the recycle bin, and it says: ", s)
	}
	app.apply(ownApp)
	anew.read()
	anew.apply(values())
	anew.settled(values(), "after its application came back")
	if anew.get("id") != id || anew.body()["subject"] != "repo:a" {
		t.Errorf("it is %v", anew.body())
	}
	other := values()
	other["name"] = "second"
	if _, s := anew.tryPlan(anew.config(other)); !strings.Contains(s, "name cannot be changed") {
		t.Error("what is fixed can be changed: ", s)
	}
}

// TestGoneWithItsOwner: an application that was deleted permanently took its
// credential along; both are made anew, the one below the other.
func TestGoneWithItsOwner(t *testing.T) {
	t.Parallel()
	app, credential, values := credentialOf(t)
	old := credential.get("id")
	app.lose()
	app.read()
	credential.read()
	if p := credential.plan(values()); !unknownID(credential, p) {
		t.Fatal("a credential whose application is gone keeps its id in the plan")
	}
	app.apply(ownApp)
	credential.apply(values())
	credential.settled(values(), "after both were made anew")
	if credential.get("id") == old {
		t.Error("it has the id of the old one")
	}
}

// TestOwnerMadeAnew: the application was made anew in the same apply, so that
// its new id is not known at plan.
func TestOwnerMadeAnew(t *testing.T) {
	t.Parallel()
	app, credential, values := credentialOf(t)
	app.lose()
	app.read()
	app.apply(ownApp)
	p := credential.plan(values()) // the state still says the old application, and that all is well
	if !unknownID(credential, p) {
		t.Fatal("the credential of another application keeps its id")
	}
	if s := credential.tryApply(p); s != "" {
		t.Fatal(s)
	}
	credential.settled(values(), "below the new application")
}

// TestLinkMoves: a link whose end has another id is replaced, and the old one ends.
func TestLinkMoves(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "app_role_assignment"))
	s := samples["app_role_assignment"](h)
	i.apply(s.full)
	before := i.path()
	i.apply(s.other)
	i.settled(s.other, "after another end")
	if _, err := h.client.Get(context.Background(), graph.V1, before, nil); !graph.IsNotFound(err) {
		t.Error("the old assignment is still there: ", err)
	}
}

// TestLinkAdopted: a link that exists already is taken over, not doubled and not refused.
func TestLinkAdopted(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	s := samples["app_role_assignment"](h)
	first, second := h.instance(kindNamed(t, "app_role_assignment")), h.instance(kindNamed(t, "app_role_assignment"))
	first.apply(s.full)
	second.apply(s.full)
	second.settled(s.full, "after the adoption")
	if first.get("id") != second.get("id") {
		t.Error("a second assignment was made")
	}
}

// TestChosenIDTaken: what has the id already is somebody else's, and is not overwritten.
func TestChosenIDTaken(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	first, second := h.instance(kindNamed(t, "authentication_context")), h.instance(kindNamed(t, "authentication_context"))
	first.apply(kind.Values{"id": "c9", "display_name": "Mine"})
	before := first.body()
	s := second.tryApply(second.plan(kind.Values{"id": "c9", "display_name": "Theirs"}))
	if !strings.Contains(s, "exists") || !strings.Contains(s, "import block") {
		t.Errorf("an existing context was not refused: %q", s)
	}
	if !kind.Equal(before, first.body()) {
		t.Error("it was overwritten")
	}
}

// TestChosenIDStays: a context that was deleted is made anew under its id, and
// the plan shows it.
func TestChosenIDStays(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "authentication_context"))
	values := kind.Values{"id": "c9", "display_name": "Mine", "description": "d"}
	i.apply(values)
	i.gone(true)
	if w, f := i.told(values); !strings.Contains(w, "was permanently deleted") || strings.Contains(w, "new id") || f != "" {
		t.Errorf("the warning says of an id that stays: %q %q", w, f)
	}
	i.read()
	i.apply(values)
	i.settled(values, "after it was made anew")
}

// TestActionAlone: combinations are changed by their action, and nothing else is sent.
func TestActionAlone(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "authentication_strength_policy"))
	s := samples["authentication_strength_policy"](h)
	i.apply(s.full)
	i.control("faults", `{"status":403,"times":9,"match":"PATCH /v1.0/policies"}`)
	values := i.kind.Canonical(s.full)
	values["allowed_combinations"] = []string{"fido2"}
	i.apply(values)
	i.settled(values, "after the action")
	i.control("faults", `{"status":403,"times":1,"match":"POST /v1.0/policies"}`)
	if f := i.tryApply(i.plan(s.full)); !strings.Contains(f, "allowed_combinations") || !strings.Contains(f, "403") {
		t.Errorf("a refused action is told as %q", f)
	}
	i.read()
	i.apply(s.full)
	i.settled(s.full, "after the second try")
}
