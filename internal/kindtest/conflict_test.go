package kindtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What must be unique was taken by another object while this one was in the recycle
// bin: the error says by which, nothing is lost, and once that is solved the next apply
// restores.

// made makes an object behind Terraform's back, and returns its id.
func (h *host) made(path string, body graph.Body) string {
	h.t.Helper()
	b, err := h.client.Post(context.Background(), graph.V1, path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	return text(b["id"])
}

// contested applies a restore that Graph refuses, and checks that the object stays in the
// recycle bin and that the error has all the parts.
func (i *instance) contested(code kind.Values, parts ...string) {
	i.t.Helper()
	i.read()
	id := i.get("id")
	s := i.tryApply(i.plan(code))
	for _, part := range append(parts, "Could not restore "+i.kind.Title, "stays in the recycle bin") {
		if !strings.Contains(s, part) {
			i.t.Errorf("%q is not in: %s", part, s)
		}
	}
	if i.get("id") != id || i.get("deleted_date_time") == "" {
		i.t.Errorf("after the refusal the state has %s, deleted at %q", i.get("id"), i.get("deleted_date_time"))
	}
	if _, err := i.client.Get(context.Background(), graph.V1, i.kind.Life.Bin+"/"+id, nil); err != nil {
		i.t.Error("it left the recycle bin: ", err)
	}
}

// restored checks that the next apply restores, with the id.
func (i *instance) restored(code kind.Values) {
	i.t.Helper()
	i.read()
	id := i.get("id")
	i.apply(code)
	i.settled(code, "after the conflict was solved")
	if i.get("id") != id {
		i.t.Errorf("it has the id %s, not %s", i.get("id"), id)
	}
}

// TestNicknameTaken: a Microsoft 365 group whose name and address another one has.
func TestNicknameTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newHost(t).instance(kindNamed(t, "group"))
		code := i.kind.Canonical(kind.Values{"display_name": "Sales", "mail_nickname": "sales", "mail_enabled": true, "security_enabled": false, "group_types": []string{"Unified"}})
		i.apply(code)
		i.gone(false)
		thief := i.made("/groups", graph.Body{"displayName": "Sales 2", "mailNickname": "sales", "mailEnabled": true, "securityEnabled": false, "groupTypes": []any{"Unified"}})
		who := `group "Sales 2" (` + thief + `)`
		i.contested(code, `group "Sales"`, `The mailNickname "sales" belongs to `+who, "Give that one another mailNickname, or delete it")
		i.behind("PATCH", "/groups/"+thief, graph.Body{"mailNickname": "sales2"})
		i.contested(code, `The proxyAddresses "SMTP:sales@contoso.onmicrosoft.com" belongs to `+who, "in Exchange, or delete it")
		i.behind("DELETE", "/groups/"+thief, nil)
		i.restored(code)
	})
}

// TestPrincipalNameTaken: a user whose name another one has.
func TestPrincipalNameTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newHost(t).instance(kindNamed(t, "user"))
		code := i.kind.Canonical(kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann"})
		i.apply(code)
		i.gone(false)
		thief := i.newUser("ann")
		i.contested(code, `The userPrincipalName "ann@contoso.onmicrosoft.com" belongs to user "ann" (`+thief+`)`, "Give that one another userPrincipalName")
		i.behind("PATCH", "/users/"+thief, graph.Body{"userPrincipalName": "ann2@contoso.onmicrosoft.com"})
		i.restored(code)
	})
}

// TestNameComesBack: somebody gave one user of the configuration the name of another, whom
// the same apply restores, makes anew or renames. Where that gives the first its own name back
// meanwhile, the apply waits for it; where it goes one by one, the next apply finishes.
func TestNameComesBack(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(ann *item){
		"restored":  func(ann *item) { ann.gone(false) },
		"made anew": func(ann *item) { ann.gone(true) },
		"renamed": func(ann *item) {
			ann.behind("PATCH", ann.path(), graph.Body{"userPrincipalName": "other@contoso.onmicrosoft.com"})
		},
	} {
		for _, together := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, together %v", name, together), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					e := newEstate(t, rand.New(rand.NewPCG(3, 4)))
					ann := e.put("user", kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann"})
					bob := e.put("user", kind.Values{"user_principal_name": "bob@contoso.onmicrosoft.com", "display_name": "Bob", "mail_nickname": "bob"})
					e.begin(1)
					lose(ann)
					bob.behind("PATCH", bob.path(), graph.Body{"userPrincipalName": "ann@contoso.onmicrosoft.com"})
					e.plan(1)
					failed := ""
					if !together {
						if all := e.apply(1); len(all) != 1 || !e.cameTooLate(all) {
							t.Errorf("the apply says %q", all)
						}
						e.plan(1)
						failed = strings.Join(e.apply(1), "\n")
					} else {
						e.inOneStart(func() {
							done := make(chan struct{})
							go func() {
								defer close(done)
								failed = ann.applyIn(e.one, ann.planned)
							}()
							synctest.Wait() // Graph has refused it, and it waits
							if s := bob.applyIn(e.one, bob.planned); s != "" {
								t.Error(s)
							}
							<-done
						})
					}
					if failed != "" {
						t.Error(failed)
					}
					if more := e.plan(1); len(more) > 0 {
						t.Errorf("the plan after it is not empty: %s", more[0].address())
					}
				})
			})
		}
	}
}

// TestAddressTaken: a user one of whose addresses a group has.
func TestAddressTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		dir := t.TempDir()
		const id = "0aaaaaaa-0000-4000-8000-00000000ad01"
		body := `{"@odata.type":"#microsoft.graph.user","id":"` + id + `","displayName":"Ann","userPrincipalName":"ann@contoso.onmicrosoft.com","mailNickname":"ann","accountEnabled":true,"proxyAddresses":["SMTP:ann@contoso.onmicrosoft.com","smtp:team@contoso.onmicrosoft.com"]}`
		if err := os.WriteFile(filepath.Join(dir, "ann.json"), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := h.watch.LoadDir(dir); err != nil {
			t.Fatal(err)
		}
		i := h.instance(kindNamed(t, "user"))
		code := i.kind.Canonical(kind.Values{"user_principal_name": "ann@contoso.onmicrosoft.com", "display_name": "Ann", "mail_nickname": "ann"})
		i.importID(id)
		i.settled(code, "after the import")
		i.gone(false)
		thief := i.made("/groups", graph.Body{"displayName": "Team", "mailNickname": "team", "mailEnabled": true, "securityEnabled": false, "groupTypes": []any{"Unified"}})
		i.read()
		s := i.tryApply(i.plan(code))
		for _, part := range []string{`The proxyAddresses "smtp:team@contoso.onmicrosoft.com" belongs to group "Team" (` + thief + `)`, "bin restore --id " + id + " --auto-reconcile-proxy-conflict"} {
			if !strings.Contains(s, part) {
				t.Errorf("%q is not in: %s", part, s)
			}
		}
		i.behind("POST", "/directory/deletedItems/"+id+"/restore", graph.Body{"autoReconcileProxyConflict": true})
		i.read()
		if !i.empty(i.plan(code)) {
			t.Error("restored without the address, it is not what the code says")
		}
	})
}

// TestIdentifierTaken: an application whose URI another one has.
func TestIdentifierTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		i := newHost(t, emulator.WithFreedIdentifierURIs()).instance(kindNamed(t, "application"))
		code := i.kind.Canonical(kind.Values{"display_name": "Shop", "identifier_uris": []string{"https://contoso.onmicrosoft.com/shop"}})
		i.apply(code)
		i.gone(false)
		thief := i.made("/applications", graph.Body{"displayName": "Shop 2", "identifierUris": []any{"https://contoso.onmicrosoft.com/shop"}})
		i.contested(code, `The identifierUris "https://contoso.onmicrosoft.com/shop" belongs to application "Shop 2" (`+thief+`)`)
		i.behind("PATCH", "/applications/"+thief, graph.Body{"identifierUris": []any{}})
		i.restored(code)
	})
}

// TestReservedInBin: what an object in the recycle bin keeps for itself cannot be taken by a
// new one, and the error says by which; restored, it is still its own.
func TestReservedInBin(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind, property string
		code           kind.Values
	}{
		"name of an application": {"application", "uniqueName", kind.Values{"display_name": "Shop", "unique_name": "shop"}},
		"name of a group":        {"group", "uniqueName", kind.Values{"display_name": "Shop", "mail_nickname": "shop", "unique_name": "shop"}},
		"URI of an application":  {"application", "identifierUris", kind.Values{"display_name": "Shop", "identifier_uris": []string{"https://contoso.onmicrosoft.com/shop"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i, other := h.instance(kindNamed(t, c.kind)), h.instance(kindNamed(t, c.kind))
			code := i.kind.Canonical(c.code)
			i.apply(code)
			i.gone(false)
			s := other.tryApply(other.plan(code))
			for _, part := range []string{"Could not create " + c.kind + ` "Shop"`, "The " + c.property, c.kind + ` "Shop" (` + i.get("id") + ") in the recycle bin", "deleted there for good"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			i.restored(code)
		})
	}
}

// TestSecondPrincipal: of one application there is another service principal since the plan
// was made. The error names it, and the next plan takes it over; deleted, the old one is
// restored.
func TestSecondPrincipal(t *testing.T) {
	t.Parallel()
	for name, deleted := range map[string]bool{"taken over": false, "deleted": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			app, i := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
			app.apply(kind.Values{"display_name": "Shop"})
			code := i.kind.Canonical(kind.Values{"app_id": app.get("app_id")})
			i.apply(code)
			id := i.get("id")
			i.gone(false)
			i.read()
			p := i.plan(code)
			second := i.made("/servicePrincipals", graph.Body{"appId": app.get("app_id")})
			s := i.tryApply(p)
			for _, part := range []string{"another has taken its place, which the next plan takes over", `The appId "` + app.get("app_id") + `" belongs to service principal "Shop" (` + second + `)`, "delete this one if you want that"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			want := second
			if deleted {
				i.behind("DELETE", "/servicePrincipals/"+second, nil)
				want = id
			}
			i.read()
			i.apply(code)
			i.settled(code, "after the next apply")
			if i.get("id") != want {
				t.Errorf("it has the id %s, not %s", i.get("id"), want)
			}
		})
	}
}

// TestTwoPrincipalsInBin: an application that had one service principal after the other
// comes back with the later one, with which it was deleted.
func TestTwoPrincipalsInBin(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "application"))
	code := i.kind.Canonical(kind.Values{"display_name": "Shop"})
	i.apply(code)
	first := i.made("/servicePrincipals", graph.Body{"appId": i.get("app_id")})
	i.behind("DELETE", "/servicePrincipals/"+first, nil)
	i.control("clock", `{"advance":"1h"}`)
	second := i.made("/servicePrincipals", graph.Body{"appId": i.get("app_id")})
	i.gone(false)
	i.restored(code)
	if _, err := i.client.Get(context.Background(), graph.V1, "/servicePrincipals/"+second, nil); err != nil {
		t.Error("the later one did not come back: ", err)
	}
	if !strings.Contains(i.said, `Application "Shop" was restored with its service principal`) || !strings.Contains(i.said, second) {
		t.Errorf("that it came back, too, is not told: %q", i.said)
	}
}

// TestAloneInBin: an application without a service principal comes back without one, and a
// service principal alone brings back its application.
func TestAloneInBin(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, i := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
	code := app.kind.Canonical(kind.Values{"display_name": "Shop"})
	app.apply(code)
	app.gone(false)
	app.read()
	app.apply(code)
	if strings.Contains(app.said, "was restored with") {
		t.Errorf("nothing came back with it: %q", app.said)
	}
	principal := i.kind.Canonical(kind.Values{"app_id": app.get("app_id")})
	i.apply(principal)
	app.gone(false)
	i.read()
	i.apply(principal)
	if !strings.Contains(i.said, "was restored with its application") || !strings.Contains(i.said, app.get("id")) {
		t.Errorf("that its application came back, too, is not told: %q", i.said)
	}
}

// TestNameIsNoConflict: a display name may be had twice.
func TestNameIsNoConflict(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"named_location", "conditional_access_policy", "administrative_unit"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t)
			i, other := h.instance(kindNamed(t, name)), h.instance(kindNamed(t, name))
			code := i.kind.Canonical(samples[name](h).full)
			i.apply(code)
			i.gone(false)
			other.apply(code)
			i.restored(code)
		})
	}
}
