package kindtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What an object comes back with from its recycle bin is what it had when it was
// deleted, which need not be what the code says: who deletes an object may have
// taken something from it, or changed it, before.

// TestMissingAfterRestore goes through every kind that belongs to another, or
// connects others, and through every one of those that has a recycle bin: it was
// taken away before the other one was deleted, and one apply brings back both.
func TestMissingAfterRestore(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || !k.Life.Below() && !k.Life.Link && k.Life.Form != kind.Edge && k.Life.Form != kind.Element {
			continue
		}
		bonds := slices.DeleteFunc(bondsOf(k), func(b bond) bool {
			return catalog.ByName(b.target).Life.Bin == "" || !slices.Contains(append(k.Life.Placeholders(), k.Ends()...), b.path)
		})
		if len(bonds) == 0 {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, rand.New(rand.NewPCG(3, 4)))
			if e.tie(k, bonds); t.Failed() {
				return
			}
			e.begin(1)
			gone := map[*item]bool{}
			remove := func(x *item) {
				if !gone[x] && !e.remove(x) {
					t.Errorf("%s cannot be deleted: %v", x.address(), e.refusal)
				}
				gone[x] = true
			}
			for _, b := range bonds {
				remove(b.from)
			}
			for _, b := range bonds {
				if e.there(b.to) != nil { // a service principal goes with its application
					remove(b.to)
				}
			}
			e.recovered("after all were deleted")
		})
	}
}

// TestRelationsAfterRestore: of every relation, one was taken out and a stranger
// brought in before the object was deleted; one apply puts both right.
func TestRelationsAfterRestore(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if len(k.Relations()) == 0 || k.Life.Bin == "" {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			e := newEstate(t, rand.New(rand.NewPCG(3, 4)))
			var bonds []bond
			for _, a := range k.Relations() {
				all := bondsOf(k)
				bonds = append(bonds, all[slices.IndexFunc(all, func(b bond) bool { return b.path == a.Name })])
			}
			if e.tie(k, bonds); t.Failed() {
				return
			}
			e.begin(1)
			for _, b := range bonds {
				at := b.from.path() + "/" + k.Attr(b.path).Property
				if !e.try("POST", at+"/$ref", graph.Body{"@odata.id": e.url + "/v1.0/directoryObjects/" + e.user("grady")}) ||
					!e.try("DELETE", fmt.Sprintf("%s/%s/$ref", at, b.to.get("id")), nil) {
					t.Errorf("%s: %v", b.at, e.refusal)
				}
			}
			for _, b := range bonds {
				if e.there(b.from) != nil && !e.remove(b.from) {
					t.Errorf("%s: %v", b.at, e.refusal)
				}
			}
			e.recovered("after the relations were changed and the object was deleted")
		})
	}
}

// recovered checks that one apply makes the tenant what the code says.
func (e *estate) recovered(when string) {
	e.t.Helper()
	e.plan(1)
	for _, s := range e.apply(1) {
		e.t.Errorf("%s, apply: %s", when, s)
	}
	for _, x := range e.plan(1) {
		diffs, _ := x.state.Diff(x.planned.planned)
		e.t.Errorf("%s, %s is not settled by one apply: %v", when, x.address(), diffs)
	}
	for _, wrong := range e.holds() {
		e.t.Errorf("%s, %s", when, wrong)
	}
}

// TestCompanyIsNamed: what gives access and came back with an application or a service
// principal is named, so that an intruder's is seen; what the code owns is put right.
func TestCompanyIsNamed(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, principal := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
	code := app.kind.Canonical(shapesOf["application"]["credentials"](h))
	app.apply(code)
	said := kind.Values{"app_id": app.get("app_id")}
	principal.apply(said)
	secret := graph.Body{"passwordCredential": graph.Body{"displayName": "intruder"}}
	app.behind("POST", app.path()+"/addPassword", secret)
	app.behind("POST", app.path()+"/federatedIdentityCredentials", graph.Body{"name": "intruding", "issuer": "https://evil.example", "subject": "s", "audiences": []any{"api://AzureADTokenExchange"}})
	principal.behind("POST", principal.path()+"/addPassword", secret)
	resource := h.id("/servicePrincipals", "displayName", "Microsoft Graph")
	principal.behind("POST", principal.path()+"/appRoleAssignments", graph.Body{"principalId": principal.get("id"), "resourceId": resource, "appRoleId": "00000000-0000-0000-0000-000000000000"})
	principal.behind("POST", principal.path()+"/appRoleAssignedTo", graph.Body{"principalId": h.user("adele"), "resourceId": principal.get("id"), "appRoleId": "00000000-0000-0000-0000-000000000000"})
	principal.behind("POST", "/oauth2PermissionGrants", graph.Body{"clientId": principal.get("id"), "resourceId": resource, "consentType": "AllPrincipals", "scope": "Mail.Read"})
	app.gone(false)
	app.read()
	principal.read()
	app.apply(code)
	principal.apply(said)
	for i, want := range map[*instance][]string{
		app:       {"client secret", "intruder", "federated credential intruding", "https://evil.example"},
		principal: {"secret", "intruder", "app role assignment ", "Microsoft Graph", "app role assignment of others ", "consent ", "Mail.Read"},
	} {
		for _, part := range want {
			if !strings.Contains(i.said, part) {
				t.Errorf("%s: %q is not in: %s", i.kind.Name, part, i.said)
			}
		}
		if strings.Contains(i.said, "certificate") {
			t.Errorf("a certificate that the code owns is named: %s", i.said)
		}
	}
}
