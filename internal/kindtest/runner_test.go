package kindtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Rules for applications, and for people, against the application or the person by whom the
// apply runs: what random_runner_test.go meets by chance.

// running is an application by which the provider runs, and a rule that is not made yet.
func running(t *testing.T, audience string) (app, principal, rule *instance) {
	t.Helper()
	h := newHost(t)
	app, principal, rule = h.instance(kindNamed(t, "application")), h.instance(kindNamed(t, "service_principal")), h.instance(kindNamed(t, "conditional_access_policy"))
	app.apply(kind.Values{"display_name": "Runner", "sign_in_audience": audience})
	principal.apply(kind.Values{"app_id": app.get("app_id")})
	h.runAs(map[string]any{"idtyp": "app", "oid": principal.get("id"), "appid": app.get("app_id")})
	return app, principal, rule
}

// TestSelfAmongAll: a rule about all applications of the tenant is about the one that runs,
// unless it leaves that out, or that is none of those.
func TestSelfAmongAll(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		audience string
		spared   func(me, other string) []string
		refused  bool
	}{
		"all":                 {"AzureADMyOrg", func(_, _ string) []string { return nil }, true},
		"all but another":     {"AzureADMyOrg", func(_, other string) []string { return []string{other} }, true},
		"all but itself":      {"AzureADMyOrg", func(me, _ string) []string { return []string{me} }, false},
		"it is a multitenant": {"AzureADMultipleOrgs", func(_, other string) []string { return []string{other} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, principal, rule := running(t, c.audience)
			code := closed(c.spared(principal.get("id"), principal.id("/servicePrincipals", "appId", appA))...)
			p, s := rule.tryPlan(rule.config(code))
			if got := strings.Contains(s, `keep out the identity that runs this, "Runner" (`+principal.get("id")); got != c.refused || s != "" && !got {
				t.Fatalf("the plan says %q", s)
			}
			if !c.refused {
				rule.watch.mustGetIn(principal.get("id"))
				if s := rule.tryApply(p); s != "" {
					t.Error(s)
				}
				return
			}
			writes := rule.watch.since()
			rule.block = map[string]any{"allow_self_change": true}
			p = rule.plan(code)
			rule.block = nil
			if s := rule.tryApplyUnplanned(p); !strings.Contains(s, "keep out the identity that runs this") || len(writes()) > 0 {
				t.Errorf("the apply says %q and wrote %v", s, writes())
			}
		})
	}
}

// shutRule is a policy in the recycle bin, whose exclusion somebody took away before, where shut
// is set, and the code of it.
func shutRule(t *testing.T, byApplication, shut bool) (rule *instance, code kind.Values, who string) {
	t.Helper()
	var ids []string
	var open kind.Values
	if byApplication {
		_, principal, policy := running(t, "AzureADMyOrg")
		rule, ids, who = policy, []string{principal.get("id")}, `"Runner"`
		code, open = closed(ids...), closed()
	} else {
		h := newHost(t, emulator.WithUnjudgedPolicies())
		group, policy, values, accounts := exempting(h)
		group.apply(values)
		rule, ids, who = policy, accounts, `"bg1@contoso.onmicrosoft.com"`
		code, open = blocking(kind.Values{"exclude_groups": []string{group.get("id")}}), blocking(kind.Values{})
	}
	code = rule.kind.Canonical(code)
	rule.apply(code)
	if shut {
		rule.behind("PATCH", rule.path(), graph.Body{"conditions": rule.kind.Encode(rule.kind.Canonical(open), "")["conditions"]})
	}
	rule.gone(false)
	rule.watch.mustGetIn(ids...)
	return rule, code, who
}

// TestShutInBin: a policy that would keep out whom it left out, from its restore until it is
// changed, is made anew instead.
func TestShutInBin(t *testing.T) {
	t.Parallel()
	for _, byApplication := range []bool{true, false} {
		for _, shut := range []bool{true, false} {
			t.Run(fmt.Sprintf("by an application %v, shut %v", byApplication, shut), func(t *testing.T) {
				t.Parallel()
				rule, code, who := shutRule(t, byApplication, shut)
				was := rule.get("id")
				if w, s := rule.told(code); s != "" || strings.Contains(w, "would keep out") != shut || shut && (!strings.Contains(w, who) || !strings.Contains(w, "creates it anew")) {
					t.Errorf("the plan says %q %q", w, s)
				}
				rule.read()
				rule.apply(code)
				rule.settled(code, "after the recovery")
				if (rule.get("id") != was) != shut {
					t.Errorf("it has the id %s, before it had %s", rule.get("id"), was)
				}
			})
		}
	}
}

// TestShutInBinUnplanned: the apply looks once more, and the plan after it makes the policy anew.
func TestShutInBinUnplanned(t *testing.T) {
	t.Parallel()
	rule, code, who := shutRule(t, false, true)
	block := rule.block
	rule.block = nil // a plan that does not know of the accounts
	rule.read()
	p := rule.plan(code)
	rule.block = block
	writes := rule.watch.since()
	if s := rule.tryApplyUnplanned(p); !strings.Contains(s, "was not restored") || !strings.Contains(s, who) || len(writes()) > 0 {
		t.Errorf("the apply says %q and wrote %v", s, writes())
	}
	rule.read()
	rule.apply(code)
	rule.settled(code, "after the next apply")
}
