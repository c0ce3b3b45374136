package kindtest

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Users: a password that nobody keeps, and a name that somebody else takes.

// TestFirstPassword: each new user has another password, to be changed at once; no state
// holds it.
func TestFirstPassword(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "user"))
	profile := func() kind.Body { return i.kind.Born()["passwordProfile"].(kind.Body) }
	one, two := profile(), profile()
	if one["password"] == two["password"] || len(one["password"].(string)) < 24 || one["forceChangePasswordNextSignIn"] != true {
		t.Error("the first password is not one that nobody guesses and nobody keeps")
	}
	i.apply(samples["user"](i.host).full)
	if strings.Contains(i.state.String(), "assword\"") || strings.Contains(string(i.private), "assword") {
		t.Error("a password is in the state")
	}
}

// TestRestoredUser: what the recycle bin does not tell of a user is no change, and a user
// whose name somebody took meanwhile is told, not made anew.
func TestRestoredUser(t *testing.T) {
	t.Parallel()
	synctest.Test(t, restoredUser) // it waits for the name to be free
}

func restoredUser(t *testing.T) {
	i := newHost(t).instance(kindNamed(t, "user"))
	values := samples["user"](i.host).full
	i.apply(values)
	i.settled(values, "after create")
	i.gone(false)
	i.read()
	diffs, err := i.state.Diff(i.plan(values).planned)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diffs {
		if s := d.Path.String(); !strings.Contains(s, "deleted_") && !strings.Contains(s, "user_principal_name") && s != "" {
			t.Errorf("the plan of a restore shows %s", d)
		}
	}
	thief, err := i.client.Post(context.Background(), graph.V1, "/users", graph.Body{"displayName": "T", "mailNickname": "t", "accountEnabled": true,
		"userPrincipalName": values["user_principal_name"], "passwordProfile": graph.Body{"password": "aB1!aB1!"}})
	if err != nil {
		t.Fatal(err)
	}
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, `belongs to user "T" (`+thief["id"].(string)+`)`) {
		t.Error("the conflict is not told: ", s)
	}
	i.behind("DELETE", "/users/"+thief["id"].(string), nil)
	i.read()
	i.apply(values)
	i.settled(values, "after the restore")
}

// TestManagerGone: whoever has no manager any more is made and changed without one, which
// the plan and the apply say; one who is in the recycle bin with the manager keeps the link.
func TestManagerGone(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	boss := h.instance(kindNamed(t, "user"))
	boss.apply(kind.Values{"user_principal_name": "boss@contoso.onmicrosoft.com", "display_name": "Boss", "mail_nickname": "boss"})
	i := h.instance(boss.kind)
	code := kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann", "manager": boss.get("id")}
	i.apply(code)
	i.settled(code, "after create")
	i.gone(false)
	if w, f := i.told(code); strings.Contains(w, "manager") || f != "" {
		t.Errorf("of a restore the plan says %q, %q", w, f)
	}
	i.read()
	diffs, err := i.state.Diff(i.plan(code).planned)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diffs {
		if strings.Contains(d.Path.String(), "manager") {
			t.Errorf("the plan of a restore shows %s", d)
		}
	}
	i.apply(code)
	i.settled(code, "after the restore")

	boss.gone(true)
	if w, f := i.told(code); !strings.Contains(w, `User "ann@contoso.onmicrosoft.com" is to have `+boss.get("id")) || f != "" {
		t.Errorf("the plan says %q, %q", w, f)
	}
	i.read()
	for _, what := range []string{"changed", "made anew"} {
		if s := i.tryApply(i.plan(code)); s != "" || !strings.Contains(i.said, "was written without "+boss.get("id")) || !strings.Contains(i.said, "manager") {
			t.Errorf("%s: %q, %q", what, s, i.said)
		}
		i.gone(true)
		i.read()
	}
}
