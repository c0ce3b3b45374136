package kindtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// An object has one token policy of a kind: what a plan and an apply say of the one
// that gives way.

// planSays plans without a refresh and returns the warnings and the errors.
func (i *instance) planSays(server tfprotov6.ProviderServer, v kind.Values) (warnings, errors string) {
	i.t.Helper()
	config := dynamic(i.t, i.config(v))
	resp, err := server.PlanResourceChange(i.context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: config, ProposedNewState: config,
		PriorState: dynamic(i.t, i.state), PriorPrivate: i.private, PriorIdentity: i.identity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return warningsIn(resp.Diagnostics), failed(resp.Diagnostics)
}

// lifetime is the code of a token lifetime policy.
func lifetime(name string, targets ...string) kind.Values {
	v := kind.Values{"display_name": name, "definition": definition("TokenLifetimePolicy", "1")}
	if targets != nil {
		v["applies_to"] = targets
	}
	return v
}

// foreign makes a policy that no code knows, and assigns it at the addresses.
func (h *host) foreign(name string, at ...string) string {
	h.t.Helper()
	made, err := h.client.Post(h.t.Context(), graph.V1, "/policies/tokenLifetimePolicies",
		graph.Body{"displayName": name, "definition": []any{definition("TokenLifetimePolicy", "1")}})
	if err != nil {
		h.t.Fatal(err)
	}
	id := text(made["id"])
	for _, path := range at {
		h.assign(path, id)
	}
	return id
}

func (h *host) assign(path, policy string) {
	h.t.Helper()
	_, err := h.client.Post(h.t.Context(), graph.V1, path+"/tokenLifetimePolicies/$ref", graph.Body{"@odata.id": h.url + "/v1.0/policies/tokenLifetimePolicies/" + policy})
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestPolicyGivesWay: a plan that assigns a policy says which one gives way, whose it
// is and where, in one request for all that the code adds; the apply does it.
func TestPolicyGivesWay(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	sp, app, free := h.principalOf("Time Sheets"), h.id("/applications", "displayName", "Time Sheets"), h.principalOf("Build Agent")
	other := h.foreign("Theirs", "/servicePrincipals/"+sp, "/applications/"+app)
	i := h.instance(kindNamed(t, "token_lifetime_policy"))
	code := lifetime("Ours", sp, app, free)

	before := h.routes()["POST /v1.0/$batch"]
	w, f := i.planSays(h.process(), code)
	if f != "" || strings.Count(w, `Token lifetime policy "Ours" takes Time Sheets (`) != 2 || strings.Contains(w, free) ||
		!strings.Contains(w, sp) || !strings.Contains(w, app) || !strings.Contains(w, `"Theirs" (`+other+")") || !strings.Contains(w, "no resource of this configuration") {
		t.Errorf("a new policy: %q, %q", w, f)
	}
	if n := h.routes()["POST /v1.0/$batch"] - before; n != 1 {
		t.Errorf("%d batches ask what three objects have", n)
	}

	i.apply(lifetime("Ours", free))
	if w, f = i.told(code); f != "" || strings.Count(w, " away from ") != 4 || !strings.Contains(w, other) { // a summary and a detail each
		t.Errorf("a policy that is assigned further: %q, %q", w, f)
	}
	i.apply(code)
	if !strings.Contains(i.said, `took Time Sheets (`) || !strings.Contains(i.said, other) {
		t.Errorf("the apply says %q", i.said)
	}
	i.settled(code, "after it took the places")
	before = h.routes()["POST /v1.0/$batch"]
	if w, f = i.told(code); w != "" || f != "" || h.routes()["POST /v1.0/$batch"] != before {
		t.Errorf("there is nothing to take any more: %q, %q, or more was asked", w, f)
	}
	if got := h.list("/policies/tokenLifetimePolicies/" + other + "/appliesTo"); len(got) > 0 {
		t.Errorf("the other still applies to %v", got)
	}
}

// TestPolicyAssignedSinceThePlan: what was assigned after the plan was made gives way,
// too, and the apply names it.
func TestPolicyAssignedSinceThePlan(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	sp := h.principalOf("Time Sheets")
	i := h.instance(kindNamed(t, "token_lifetime_policy"))
	i.apply(lifetime("Ours", []string{}...))
	if w, _ := i.told(lifetime("Ours", sp)); w != "" {
		t.Errorf("nothing gives way, and the plan says %q", w)
	}
	p := i.plan(lifetime("Ours", sp))
	other := h.foreign("Theirs", "/servicePrincipals/"+sp)
	if s := i.tryApply(p); s != "" || !strings.Contains(i.said, `took Time Sheets (`+sp+`) away from "Theirs"`) || !strings.Contains(i.said, other) {
		t.Errorf("%q, %q", s, i.said)
	}
	i.settled(lifetime("Ours", sp), "after it took the place")
}

// TestPoliciesOfOneConfiguration: where the code of the other lists the object, too, the
// plan is an error that names both, whichever comes first; where it gives the object up,
// its own plan shows that, and nothing else is said.
func TestPoliciesOfOneConfiguration(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	sp := h.principalOf("Time Sheets")
	first, second := h.instance(kindNamed(t, "token_lifetime_policy")), h.instance(kindNamed(t, "token_lifetime_policy"))
	first.apply(lifetime("First", sp))
	second.apply(lifetime("Second"))
	for _, order := range [][]*instance{{first, second}, {second, first}} {
		h.one = nil
		h.one = h.process()
		names := map[*instance]string{first: "First", second: "Second"}
		order[0].read()
		order[1].read()
		if _, f := order[0].planSays(h.one, lifetime(names[order[0]], sp)); f != "" {
			t.Error(f)
		}
		if _, f := order[1].planSays(h.one, lifetime(names[order[1]], sp)); !strings.Contains(f, "First") || !strings.Contains(f, "Second") || !strings.Contains(f, sp) {
			t.Errorf("two are to have one object, and the plan says %q", f)
		}
		// Said once more of the same policy, that is the same promise.
		if _, f := order[0].planSays(h.one, lifetime(names[order[0]], sp)); f != "" {
			t.Error(f)
		}
	}

	h.one = nil
	h.one = h.process()
	first.read()
	second.read()
	if w, f := second.planSays(h.one, lifetime("Second", sp)); !strings.Contains(w, "This configuration manages that one, too.") || f != "" {
		t.Errorf("the other was read, and not planned: %q, %q", w, f)
	}
	h.one = nil
	h.one = h.process()
	first.read()
	second.read()
	for _, i := range []struct {
		*instance
		code kind.Values
	}{{first, lifetime("First", []string{}...)}, {second, lifetime("Second", sp)}} {
		if w, f := i.planSays(h.one, i.code); w != "" || f != "" {
			t.Errorf("one gives the object up for the other: %q, %q", w, f)
		}
	}
	fresh := h.instance(first.kind)
	if _, f := fresh.planSays(h.one, lifetime("Third", sp)); !strings.Contains(f, "Second") || !strings.Contains(f, "Third") {
		t.Errorf("a new one is to have the same object: %q", f)
	}
	h.one = nil
	h.one = h.process() // left out, the assignments are nobody's
	first.read()
	if _, f := first.planSays(h.one, lifetime("First")); f != "" {
		t.Error(f)
	}
	if _, f := fresh.planSays(h.one, lifetime("Third", sp)); f != "" {
		t.Errorf("the code of the other does not list the object: %q", f)
	}
}

// list returns the ids of a collection.
func (h *host) list(path string) []string {
	h.t.Helper()
	var ids []string
	if err := h.client.List(h.t.Context(), graph.V1, path, nil, func(b graph.Body) error { ids = append(ids, text(b["id"])); return nil }); err != nil {
		h.t.Fatal(err)
	}
	slices.Sort(ids)
	return ids
}
