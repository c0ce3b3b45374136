package kindtest

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The quirks of service principals that are not every kind's. SP1 (replication) and
// SP5 (what a recreated one must get again) stand in the provider's recovery tests.

// TestTakenOver (SP2): there is one service principal of an application. One that
// exists is taken over, with a warning at plan, and only forgotten afterwards; one in
// the recycle bin is restored; one that was imported is deleted.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	deleted := func(h *host, id string) bool {
		_, err := h.client.Get(context.Background(), graph.V1, "/servicePrincipals/"+id, nil)
		return graph.IsNotFound(err)
	}
	t.Run("live", func(t *testing.T) {
		t.Parallel()
		h := newHost(t)
		id := h.principalOf("Time Sheets")
		i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
		if w := i.warning(v); !strings.Contains(w, "exists already") || !strings.Contains(w, id) {
			t.Errorf("the plan does not say what is taken over: %q", w)
		}
		i.apply(v)
		i.settled(v, "after the adoption")
		if i.get("id") != id {
			t.Error("another one was made")
		}
		v["notes"] = "still adopted after an update"
		i.apply(v)
		if s := i.destroy(); s != "" || !strings.Contains(i.said, "forgotten and not deleted") {
			t.Errorf("%s; %q", s, i.said)
		}
		if h.property("/servicePrincipals/"+id, "notes") == "" {
			t.Error("what was there before is gone")
		}
	})
	t.Run("in the recycle bin", func(t *testing.T) {
		t.Parallel()
		h := newHost(t)
		id := h.principalOf("Time Sheets")
		(&instance{host: h}).behind("DELETE", "/servicePrincipals/"+id, nil)
		i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
		if w := i.warning(v); !strings.Contains(w, "is in the recycle bin") || !strings.Contains(w, id) {
			t.Errorf("the plan does not say what is restored: %q", w)
		}
		i.apply(v)
		i.settled(v, "after the restore")
		if i.get("id") != id {
			t.Error("another one was made")
		}
		if s := i.destroy(); s != "" || !deleted(h, id) {
			t.Errorf("what Terraform brought back is not deleted: %s", s)
		}
	})
	t.Run("imported", func(t *testing.T) {
		t.Parallel()
		h := newHost(t)
		i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
		id := h.principalOf("Time Sheets")
		i.importID(id)
		i.read()
		i.apply(v)
		if s := i.destroy(); s != "" || !deleted(h, id) {
			t.Errorf("what was imported is not deleted: %s", s)
		}
	})
	t.Run("Microsoft Graph", func(t *testing.T) {
		t.Parallel()
		h := newHost(t)
		i := h.instance(kindNamed(t, "service_principal"))
		id := h.id("/servicePrincipals", "displayName", "Microsoft Graph")
		i.importID(id)
		i.read()
		if s := i.destroy(); s != "" || !strings.Contains(i.said, "does not delete its own") {
			t.Errorf("%s; %q", s, i.said)
		}
		h.property("/servicePrincipals/"+id, "appId")
	})
}

// warning returns what the plan of a new object warns of.
func (i *instance) warning(v kind.Values) string {
	i.t.Helper()
	config := i.config(v)
	resp, err := i.process().PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config), ProposedNewState: dynamic(i.t, config), PriorState: dynamic(i.t, i.state),
	})
	if err != nil || failed(resp.Diagnostics) != "" {
		i.t.Fatal(err, failed(resp.Diagnostics))
	}
	return warningsIn(resp.Diagnostics)
}

// TestAppearedMeanwhile (SP2): one that a replica does not show yet is taken over all
// the same, when Graph refuses to make another.
func TestAppearedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(4) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
			i.brief = true
			p := i.plan(v)
			made, err := h.client.Post(context.Background(), graph.V1, "/servicePrincipals", graph.Body{"appId": v["app_id"]})
			if err != nil {
				t.Fatal(err)
			}
			if s := i.tryApply(p); s != "" {
				t.Fatalf("seed %d: %s", seed, s)
			}
			i.control("clock", `{"advance":"5s"}`)
			i.settled(v, "after it was taken over")
			if i.get("id") != made["id"] {
				t.Errorf("seed %d: another one was made", seed)
			}
		}
	})
}

// TestRestoredWithApplication (SP3): an application takes its service principal to
// the recycle bin and does not bring it back. Either address may come first.
func TestRestoredWithApplication(t *testing.T) {
	t.Parallel()
	for _, principalFirst := range []bool{true, false} {
		h := newHost(t)
		app, principal := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
		a := kind.Values{"display_name": "Pair"}
		app.apply(a)
		p := kind.Values{"app_id": app.get("app_id"), "notes": "n"}
		principal.apply(p)
		ids := app.get("id") + principal.get("id")
		app.gone(false)
		app.read()
		principal.read()
		if principal.get("deleted_date_time") == "" {
			t.Fatal("it did not go with its application")
		}
		planA, planP := app.plan(a), principal.plan(p)
		steps := []func() string{func() string { return principal.tryApply(planP) }, func() string { return app.tryApply(planA) }}
		if !principalFirst {
			steps[0], steps[1] = steps[1], steps[0]
		}
		for _, step := range steps {
			if s := step(); s != "" {
				t.Fatalf("principal first: %v: %s", principalFirst, s)
			}
		}
		app.settled(a, "after the restore")
		principal.settled(p, "after the restore")
		if app.get("id")+principal.get("id") != ids {
			t.Error("something was made anew")
		}
	}
}

// TestForbiddenThoughGone (SP3): Graph may answer 403 to the deletion of a service
// principal that is gone already; of one that is there it means what it says.
func TestForbiddenThoughGone(t *testing.T) {
	t.Parallel()
	for _, gone := range []bool{true, false} {
		h := newHost(t)
		i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
		i.apply(v)
		if gone {
			i.gone(false)
		}
		i.control("faults", `{"status":403,"times":1,"match":"DELETE /v1.0/servicePrincipals"}`)
		if s := i.destroy(); (s == "") != gone {
			t.Errorf("gone: %v: %q", gone, s)
		}
	}
}

// TestSuperseded (SP3): whoever restores an application by the portal may get a new
// service principal with it. The old one can then not be restored, and the new one is
// taken over.
func TestSuperseded(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
	i.apply(v)
	i.gone(false)
	id := h.principalOf("Time Sheets")
	if w, f := i.told(v); f != "" || !strings.Contains(w, "cannot be restored") || !strings.Contains(w, id) {
		t.Errorf("%q %q", w, f)
	}
	i.read()
	i.apply(v)
	i.settled(v, "after the other was taken over")
	if i.get("id") != id {
		t.Error("it is not the live one")
	}
}

// TestOtherApplication: another app id in the code is an error that says what it
// would cost, and with allow_replacement another service principal.
func TestOtherApplication(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
	i.apply(v)
	old := i.path()
	v["app_id"] = h.appID("Build Agent")
	if _, f := i.told(v); !strings.Contains(f, "app_id cannot be changed") {
		t.Errorf("another application is no error: %q", f)
	}
	p, s := i.tryPlan(i.permitting(v))
	if s != "" {
		t.Fatal(s)
	}
	if s := i.tryApply(p); s != "" {
		t.Fatal(s)
	}
	if h.property(i.path(), "appId") != v["app_id"] {
		t.Error("it is not the other application's")
	}
	if _, err := h.client.Get(context.Background(), graph.V1, old, nil); !graph.IsNotFound(err) {
		t.Error("the old one is still there: ", err)
	}
}

// TestInherited (SP4): tags are the application's at creation, which the code undoes
// where it says otherwise; identifiers always hold the app id and are no business of
// the resource; the home page is the application's until it has its own.
func TestInherited(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, i := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal"))
	app.apply(kind.Values{"display_name": "Tagged", "tags": []string{"a", "b"}, "identifier_uris": []string{"api://{app_id}"},
		"web": kind.Values{"home_page_url": "https://tagged.contoso.com"}})
	v := kind.Values{"app_id": app.get("app_id")}
	i.apply(v)
	i.settled(v, "after create")
	if tags, _ := i.body()["tags"].([]any); len(tags) > 0 {
		t.Errorf("it has tags that the code does not say: %v", tags)
	}
	if names, _ := i.body()["servicePrincipalNames"].([]any); len(names) != 2 {
		t.Errorf("identifiers: %v", names)
	}
	if i.get("homepage") != "https://tagged.contoso.com" {
		t.Errorf("the home page is not the application's: %q", i.get("homepage"))
	}
	v["tags"] = []string{"HideApp"}
	i.apply(v)
	i.settled(v, "after its own tags")
}

// TestPolicyOfRestoredPrincipal: a service principal does not bring its policies back
// from the recycle bin, which the plan of the policy sees.
func TestPolicyOfRestoredPrincipal(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i, v := h.instance(kindNamed(t, "claims_mapping_policy")), samples["claims_mapping_policy"](h).full
	i.apply(v)
	id := v["applies_to"].([]string)[0]
	i.behind("DELETE", "/servicePrincipals/"+id, nil)
	i.behind("POST", "/directory/deletedItems/"+id+"/restore", nil)
	i.read()
	if i.empty(i.plan(v)) {
		t.Fatal("the policy is not assigned any more, and the plan does not see it")
	}
	i.apply(v)
	i.settled(v, "after it was assigned again")
}

// TestPolicyMoves: an object has one policy of a kind, so the one that it has gives
// way to the one that the code says.
func TestPolicyMoves(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	first, second := h.instance(kindNamed(t, "token_lifetime_policy")), h.instance(kindNamed(t, "token_lifetime_policy"))
	sp := h.principalOf("Time Sheets")
	v := kind.Values{"display_name": "First", "definition": definition("TokenLifetimePolicy", "1"), "applies_to": []string{sp}}
	w := kind.Values{"display_name": "Second", "definition": definition("TokenLifetimePolicy", "1"), "applies_to": []string{sp}}
	first.apply(v)
	second.apply(w)
	second.settled(w, "after it took the place of the first")
	delete(v, "applies_to")
	first.apply(v)
	first.settled(v, "after it left the place to the second")
	third := h.instance(first.kind)
	third.control("faults", `{"status":403,"every":2,"times":1,"match":"POST /v1.0/servicePrincipals"}`)
	if s := third.tryApply(third.plan(kind.Values{"display_name": "Third", "definition": definition("TokenLifetimePolicy", "1"), "applies_to": []string{sp}})); !strings.Contains(s, "403") {
		t.Errorf("the assignment should have failed: %q", s)
	}
	second.settled(w, "after another could not take its place")
}

// TestPolicySpelling: a document is the same however it is spelled, and another when
// it says another thing.
func TestPolicySpelling(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "token_lifetime_policy"))
	v := kind.Values{"display_name": "Spelled", "definition": `{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"01:00:00"}}`}
	i.apply(v)
	i.behind("PATCH", i.path(), graph.Body{"definition": []any{"{\n \"TokenLifetimePolicy\" : {\"AccessTokenLifetime\": \"01:00:00\", \"Version\": 1 } }"}})
	i.settled(v, "after it was spelled otherwise")
	i.behind("PATCH", i.path(), graph.Body{"definition": []any{`{"TokenLifetimePolicy":{"Version":1,"AccessTokenLifetime":"23:00:00"}}`}})
	i.read()
	if i.empty(i.plan(v)) {
		t.Error("tokens live longer, and the plan does not see it")
	}
}

// TestGrantTakenOver: a grant that exists is taken over with the scopes of the code,
// and one that is away with its client's service principal is not lost.
func TestGrantTakenOver(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i, v := h.instance(kindNamed(t, "oauth2_permission_grant")), samples["oauth2_permission_grant"](h).full
	made, err := h.client.Post(context.Background(), graph.V1, "/oauth2PermissionGrants", graph.Body{"clientId": v["client_id"], "resourceId": v["resource_id"],
		"consentType": "AllPrincipals", "scope": " Mail.ReadWrite User.Read "})
	if err != nil {
		t.Fatal(err)
	}
	i.apply(v)
	i.settled(v, "after it was taken over")
	if i.get("id") != made["id"] || h.property(i.path(), "scope") != "Group.Read.All User.Read" {
		t.Errorf("%s has the scopes %q", i.get("id"), h.property(i.path(), "scope"))
	}
	client := v["client_id"].(string)
	i.behind("DELETE", "/servicePrincipals/"+client, nil)
	if w, f := i.told(v); w != "" || f != "" {
		t.Errorf("it comes back with its client: %q %q", w, f)
	}
	i.behind("POST", "/directory/deletedItems/"+client+"/restore", nil)
	i.settled(v, "after its client came back")
}

// TestSAMLIsNotRecreatedSilently: applications trust the certificate of a SAML service
// principal, which a new one does not have.
func TestSAMLIsNotRecreatedSilently(t *testing.T) {
	t.Parallel()
	for mode, refused := range map[string]bool{"saml": true, "oidc": false} {
		h := newHost(t)
		h.hardDelete = ""
		i, v := h.instance(kindNamed(t, "service_principal")), principalSample(h).full
		v["preferred_single_sign_on_mode"] = mode
		i.apply(v)
		i.gone(true)
		if _, f := i.told(v); strings.Contains(f, "SAML signing certificate") != refused || (f == "") == refused {
			t.Errorf("%s: %q", mode, f)
		}
	}
}
