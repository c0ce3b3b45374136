package kindtest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const groupReadAll = "5b567255-7703-4780-807c-7be8301ae99b" // the role of Microsoft Graph

// Accounts for emergencies and the identity that runs: what a plan or an apply refuses.

// toldDestroy plans a destroy in one process with a refresh, as Terraform does.
func (i *instance) toldDestroy() (warnings, errors string) {
	i.t.Helper()
	server, none := i.process(), dynamic(i.t, tftypes.NewValue(wire.Type(i.kind), nil))
	read, err := server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: i.kind.TypeName(), CurrentState: dynamic(i.t, i.state), Private: i.private, CurrentIdentity: i.identity,
	})
	if err != nil || failed(read.Diagnostics) != "" {
		i.t.Fatal(err, failed(read.Diagnostics))
	}
	resp, err := server.PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: none, ProposedNewState: none,
		PriorState: read.NewState, PriorPrivate: read.Private, PriorIdentity: read.NewIdentity,
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return warningsIn(resp.Diagnostics), failed(resp.Diagnostics)
}

// destroying is a plan that destroys, without asking the provider.
func (i *instance) destroying() *plan {
	none := tftypes.NewValue(wire.Type(i.kind), nil)
	return &plan{config: none, planned: none, private: i.private, identity: i.identity}
}

// unasked plans as if the provider block said nothing.
func (i *instance) unasked(v kind.Values) *plan {
	i.t.Helper()
	block := i.block
	i.block = nil
	defer func() { i.block = block }()
	return i.plan(v)
}

// TestBreakGlassCaught: a plan, and an apply whatever its plan knew, stop before the policy
// that keeps out the last account. One that leaves some a way in passes.
func TestBreakGlassCaught(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	group.apply(values)
	for name, c := range map[string]struct {
		change func(v kind.Values)
		fails  bool
		warns  bool
	}{
		"everybody":   {func(v kind.Values) { conditionsOf(v)["users"] = allUsers() }, true, false},
		"both, by id": {func(v kind.Values) { conditionsOf(v)["users"] = kind.Values{"include_users": accounts} }, true, false},
		"through their group": {func(v kind.Values) {
			conditionsOf(v)["users"] = kind.Values{"include_groups": []string{group.get("id")}}
		}, true, false},
		"one of two": {func(v kind.Values) { conditionsOf(v)["users"] = kind.Values{"include_users": accounts[:1]} }, false, true},
		"all but one": {func(v kind.Values) {
			conditionsOf(v)["users"] = kind.Values{"include_users": []string{"All"}, "exclude_users": accounts[:1]}
		}, false, true},
		"the group left out": {func(kind.Values) {}, false, false},
		"report-only":        {func(v kind.Values) { conditionsOf(v)["users"] = allUsers(); v["state"] = reportOnly }, false, false},
		"another factor": {func(v kind.Values) {
			conditionsOf(v)["users"] = allUsers()
			v["grant_controls"] = kind.Values{"operator": "OR", "built_in_controls": []string{"mfa"}}
		}, false, false},
		"not everywhere": {func(v kind.Values) {
			conditionsOf(v)["users"] = allUsers()
			conditionsOf(v)["locations"] = kind.Values{"include_locations": []string{"All"}, "exclude_locations": []string{"AllTrusted"}}
		}, false, false},
		"one application": {func(v kind.Values) {
			conditionsOf(v)["users"] = allUsers()
			conditionsOf(v)["applications"] = kind.Values{"include_applications": []string{appB}}
		}, false, false},
		"old clients": {func(v kind.Values) {
			conditionsOf(v)["users"] = allUsers()
			conditionsOf(v)["client_app_types"] = []string{"exchangeActiveSync", "other"}
		}, false, false},
	} {
		code := blocking(kind.Values{"exclude_groups": []string{group.get("id")}})
		c.change(code)
		i := h.instance(rule.kind)
		_, s := i.tryPlan(i.config(code))
		if got := strings.Contains(s, "no account of break_glass could sign in"); got != c.fails || s != "" && !got {
			t.Errorf("%s: the plan says %q", name, s)
		}
		if !c.fails {
			if w := i.warnings(code); strings.Contains(w, "keeps out the break-glass account") != c.warns {
				t.Errorf("%s: the warning is %q", name, w)
			}
			continue
		}
		writes := h.watch.since()
		if s := i.tryApplyUnplanned(i.unasked(code)); !strings.Contains(s, "no account of break_glass could sign in") || len(writes()) > 0 {
			t.Errorf("%s: the apply says %q and wrote %v", name, s, writes())
		}
	}
}

// tryApplyUnplanned applies a plan that was made with another provider block.
func (i *instance) tryApplyUnplanned(p *plan) string {
	brief := i.brief
	i.brief = true
	defer func() { i.brief = brief }()
	return i.tryApply(p)
}

// warnings are those of a plan that creates.
func (i *instance) warnings(v kind.Values) string {
	i.t.Helper()
	config := i.config(v)
	resp, err := i.process().PlanResourceChange(context.Background(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: i.kind.TypeName(), Config: dynamic(i.t, config), ProposedNewState: dynamic(i.t, config), PriorState: dynamic(i.t, i.state),
	})
	if err != nil {
		i.t.Fatal(err)
	}
	return warningsIn(resp.Diagnostics)
}

func conditionsOf(v kind.Values) kind.Values { return v["conditions"].(kind.Values) }

// TestBreakGlassSplit: two policies that keep out one account each are as bad as one.
func TestBreakGlassSplit(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	_, rule, _, accounts := exempting(h)
	code := blocking(kind.Values{"exclude_users": accounts[1:]})
	code["display_name"] = "First"
	rule.apply(code)
	other := h.instance(rule.kind)
	_, s := other.tryPlan(other.config(blocking(kind.Values{"exclude_users": accounts[:1]})))
	if !strings.Contains(s, `kept out by Conditional Access policy "First"`) {
		t.Error("the second policy is planned: ", s)
	}
	rule.read()
	if _, s := rule.told(code); s != "" {
		t.Error("what is in force is refused: ", s)
	}
}

// TestExemptionLost: a plan warns of the account that loses its exemption, in the policy, by
// leaving the group, and with the group.
func TestExemptionLost(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	group.apply(values)
	code := blocking(kind.Values{"exclude_groups": []string{group.get("id")}})
	rule.apply(code)
	if w, s := rule.told(code); w != "" || s != "" {
		t.Errorf("nothing changes: %q %q", w, s)
	}
	w, s := rule.told(blocking(kind.Values{"exclude_users": accounts[:1]}))
	if !strings.Contains(w, "no longer leaves out the break-glass account \"bg2") || strings.Contains(w, "no longer leaves out the break-glass account \"bg1") || s != "" {
		t.Errorf("by its id: %q %q", w, s)
	}
	less := group.kind.Canonical(kind.Values{"display_name": "Exempt", "mail_nickname": "exempt", "members": accounts[:1]})
	if w, s := group.told(less); !strings.Contains(w, "takes an exemption from the break-glass account \"bg2") || strings.Contains(w, "\"bg1") || s != "" {
		t.Errorf("out of the group: %q %q", w, s)
	}
	if w, s := group.toldDestroy(); !strings.Contains(w, "\"bg1") || !strings.Contains(w, "\"bg2") || s != "" {
		t.Errorf("with the group: %q %q", w, s)
	}
	member := h.instance(kindNamed(t, "group_member"))
	member.importID(group.get("id") + "/" + accounts[0])
	if w, s := member.toldDestroy(); !strings.Contains(w, "takes an exemption from the break-glass account \"bg1") || s != "" {
		t.Errorf("by a membership of its own: %q %q", w, s)
	}
}

// TestBreakGlassAccounts: an account for emergencies is never written, and one that is no
// good is told.
func TestBreakGlassAccounts(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	i := h.instance(kindNamed(t, "user"))
	values := samples["user"](h).full
	i.apply(values)
	values["account_enabled"] = false
	change, destroy := i.plan(values), i.destroying()
	h.emergency(i.get("id"), "0fffffff-0000-4000-8000-000000000002")
	if _, s := i.told(values); !strings.Contains(s, "is a break-glass account") || !strings.Contains(s, "terraform state rm") {
		t.Error("a change is planned: ", s)
	}
	if _, s := i.toldDestroy(); !strings.Contains(s, "is a break-glass account") {
		t.Error("a destroy is planned: ", s)
	}
	writes := h.watch.since()
	for _, p := range []*plan{change, destroy} {
		if s := i.tryApplyUnplanned(p); !strings.Contains(s, "neither writes nor deletes it") || len(writes()) > 0 {
			t.Errorf("an apply says %q and wrote %v", s, writes())
		}
	}
	i.behind("PATCH", i.path(), graph.Body{"accountEnabled": false})
	rule := h.instance(kindNamed(t, "conditional_access_policy"))
	w := rule.warnings(policy(kind.Values{"applications": allApps(), "users": allUsers()}, nil))
	if !strings.Contains(w, "is disabled") || !strings.Contains(w, "does not exist") {
		t.Errorf("of the accounts it is told: %q", w)
	}
}

// runAs makes the token of the provider say who sends the requests.
func (h *host) runAs(claims map[string]any) {
	h.t.Helper()
	content, err := json.Marshal(claims)
	if err != nil {
		h.t.Fatal(err)
	}
	jwt := "e30." + base64.RawURLEncoding.EncodeToString(content) + ".x"
	h.watch.instead(jwt)
	h.token = jwt
}

// TestSelfApplication: an application keeps itself, what it signs in with and what it was
// given, unless allow_self_change is set.
func TestSelfApplication(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, principal, credential := h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal")), h.instance(kindNamed(t, "application_federated_identity_credential"))
	role := h.instance(kindNamed(t, "app_role_assignment"))
	appValues := kind.Values{"display_name": "Runner"}
	app.apply(appValues)
	appValues["deletion_protection"] = false
	app.apply(appValues)
	principalValues := kind.Values{"app_id": app.get("app_id")}
	principal.apply(principalValues)
	credential.apply(kind.Values{"application_id": app.get("id"), "name": "pipeline", "issuer": "https://issuer.example", "subject": "main", "audiences": []string{"api://AzureADTokenExchange"}, "deletion_protection": false})
	role.apply(kind.Values{"resource_id": h.id("/servicePrincipals", "appId", appA), "principal_id": principal.get("id"), "app_role_id": groupReadAll})
	h.runAs(map[string]any{"idtyp": "app", "oid": principal.get("id"), "appid": strings.ToUpper(app.get("app_id"))})
	for name, i := range map[string]*instance{"application": app, "service principal": principal, "credential": credential, "role": role} {
		if _, s := i.toldDestroy(); !strings.Contains(s, "the identity that runs this") || !strings.Contains(s, "allow_self_change") {
			t.Errorf("the destroy of its own %s is planned: %q", name, s)
		}
		writes := h.watch.since()
		if s := i.tryApply(i.destroying()); !strings.Contains(s, "the identity that runs this") || len(writes()) > 0 {
			t.Errorf("its own %s: the apply says %q and wrote %v", name, s, writes())
		}
	}
	principalValues["account_enabled"] = false
	if _, s := principal.told(principalValues); !strings.Contains(s, "disable the service principal") {
		t.Error("its own service principal is to be disabled: ", s)
	}
	other := h.instance(app.kind)
	other.apply(kind.Values{"display_name": "Another"})
	if _, s := other.toldDestroy(); strings.Contains(s, "runs this") {
		t.Error("another application is taken for its own: ", s)
	}
	h.block = map[string]any{"allow_self_change": true}
	if _, s := role.toldDestroy(); s != "" {
		t.Error("with allow_self_change: ", s)
	}
}

// TestSelfPerson: a person is not shut out by the policy that they apply, nor taken out of a group.
func TestSelfPerson(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	me := h.newUser("operator")
	h.runAs(map[string]any{"scp": "Policy.Read.All", "oid": me, "appid": appB})
	rule := h.instance(kindNamed(t, "conditional_access_policy"))
	_, s := rule.tryPlan(rule.config(blocking(kind.Values{"exclude_users": []string{h.user("adele")}})))
	if !strings.Contains(s, "It would keep out the identity that runs this, \"operator@") {
		t.Error("it is planned: ", s)
	}
	group := h.instance(kindNamed(t, "group"))
	values := group.kind.Canonical(kind.Values{"display_name": "Out", "mail_nickname": "out", "members": []string{me}})
	group.apply(values)
	rule.apply(blocking(kind.Values{"exclude_groups": []string{group.get("id")}}))
	values["members"] = []string{}
	if _, s := group.told(values); !strings.Contains(s, "take out of its members") {
		t.Error("it leaves the group: ", s)
	}
	h.block = map[string]any{"allow_self_change": true}
	p := group.plan(values)
	h.block = nil
	writes := h.watch.since()
	if s := group.tryApplyUnplanned(p); !strings.Contains(s, "take out of its members") || len(writes()) > 0 {
		t.Errorf("the apply says %q and wrote %v", s, writes())
	}
	if slices.Contains(h.watch.Blocked(me), "Shape") {
		t.Error("it is locked out")
	}
}

// TestRecoveryPlanned: while the group that a policy leaves out is in the recycle bin, nobody
// knows its members, so the plan that brings both back is no lock-out.
func TestRecoveryPlanned(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	group.apply(values)
	code := blocking(kind.Values{"exclude_groups": []string{group.get("id")}})
	rule.apply(code)
	rule.gone(false)
	group.gone(false)
	if _, s := rule.told(code); s != "" {
		t.Error("the recovery is refused: ", s)
	}
	h.watch.mustGetIn(accounts...)
	group.read()
	rule.read()
	if s := together(group, rule, values); s != "" {
		t.Fatal(s)
	}
	rule.settled(code, "after the recovery")
}
