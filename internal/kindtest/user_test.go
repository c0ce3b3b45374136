package kindtest

import (
	"context"
	"strings"
	"testing"

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
	if s := i.tryApply(i.plan(values)); !strings.Contains(s, "userPrincipalName") || !strings.Contains(s, "Rename or delete that object") {
		t.Error("the conflict is not told: ", s)
	}
	i.behind("DELETE", "/users/"+thief["id"].(string), nil)
	i.read()
	i.apply(values)
	i.settled(values, "after the restore")
}
