package kindtest

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// How a policy comes into force, and that nobody is locked out meanwhile.

const reportOnly = "enabledForReportingButNotEnforced"

// blocking is an enforced policy that lets in nobody but whom it excludes.
func blocking(users kind.Values) kind.Values {
	users["include_users"] = []string{"All"}
	return policy(kind.Values{"applications": allApps(), "users": users}, kind.Values{"state": "enabled",
		"grant_controls": kind.Values{"operator": "OR", "built_in_controls": []string{"block"}}})
}

// emergency names accounts in break_glass of the provider block.
func (h *host) emergency(ids ...string) {
	var set []tftypes.Value
	for _, id := range ids {
		set = append(set, tftypes.NewValue(tftypes.String, id))
	}
	if h.block == nil {
		h.block = map[string]any{}
	}
	h.block["break_glass"] = set
}

// exempting are two accounts for emergencies, a group of them, and a policy that
// excludes the group; nothing of it is made yet.
func exempting(h *host) (group, rule *instance, groupValues kind.Values, accounts []string) {
	accounts = []string{h.newUser("bg1"), h.newUser("bg2")}
	h.emergency(accounts...)
	group, rule = h.instance(kindNamed(h.t, "group")), h.instance(kindNamed(h.t, "conditional_access_policy"))
	groupValues = group.kind.Canonical(kind.Values{"display_name": "Exempt", "mail_nickname": "exempt", "members": accounts})
	return group, rule, groupValues, accounts
}

// together applies the group and then the policy in one start of the provider, as one
// apply does.
func together(group, rule *instance, groupValues kind.Values) string {
	group.t.Helper()
	p := group.plan(groupValues)
	server := group.process()
	if s := group.applyIn(server, p); s != "" {
		group.t.Fatal(s)
	}
	// The id of the group is not known before, so that Terraform plans the rest in the process that applies.
	p, s := rule.planIn(server, rule.config(blocking(kind.Values{"exclude_groups": []string{group.get("id")}})))
	if s != "" {
		group.t.Fatal(s)
	}
	return rule.applyIn(server, p)
}

// states returns the states in which policies were written.
func states(writes []string) []string {
	var out []string
	for _, s := range writes {
		if _, state, ok := strings.Cut(s, "olicies"); ok && strings.Contains(state, " ") {
			out = append(out, state[strings.Index(state, " ")+1:])
		}
	}
	return out
}

// TestSettle: with replicas that lag, a policy whose exclusion is made or restored in the
// same apply is report-only first, and enforced once its members can be read.
func TestSettle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(3) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed), emulator.WithUnjudgedPolicies())
			group, rule, values, accounts := exempting(h)
			h.control("clock", `{"advance":"5s"}`)
			h.watch.mustGetIn(accounts...)
			group.brief, rule.brief = true, true
			for _, when := range []string{"made", "restored", "made anew"} {
				writes := h.watch.since()
				if s := together(group, rule, values); s != "" {
					t.Fatalf("seed %d, %s: %s", seed, when, s)
				}
				if got := states(writes()); !slices.Equal(got, []string{reportOnly, "enabled"}) {
					t.Errorf("seed %d, %s: the policy was written as %v", seed, when, got)
				}
				if h.watch.questions() == 0 {
					t.Errorf("seed %d, %s: What If was not asked", seed, when)
				}
				if rule.said != "" {
					t.Errorf("seed %d, %s: %s", seed, when, rule.said)
				}
				h.control("clock", `{"advance":"1m"}`)
				code := blocking(kind.Values{"exclude_groups": []string{group.get("id")}})
				rule.settled(code, when)
				if when == "made anew" {
					break
				}
				for _, i := range []*instance{rule, group} {
					i.gone(false)
					h.control("clock", `{"advance":"1m"}`)
					if when == "restored" {
						i.behind("DELETE", i.kind.Life.Bin+"/"+i.get("id"), nil)
						h.control("clock", `{"advance":"1m"}`)
					}
				}
				group.read()
				rule.read()
			}
		}
	})
}

// TestSettleNothingNew: a policy whose exclusions are as they were, and one with
// rollout direct, are written once, and nobody is asked.
func TestSettleNothingNew(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	h.watch.mustGetIn(accounts...)
	group.apply(values)
	writes := h.watch.since()
	rule.apply(blocking(kind.Values{"exclude_groups": []string{group.get("id")}}))
	if got := states(writes()); !slices.Equal(got, []string{"enabled"}) || h.watch.questions() != 0 {
		t.Errorf("an old exclusion: the policy was written as %v, with %d questions", got, h.watch.questions())
	}
	h.block["conditional_access_rollout"] = "direct"
	other, another := h.instance(group.kind), h.instance(rule.kind)
	values["display_name"] = "Exempt, too"
	writes = h.watch.since()
	if s := together(other, another, values); s != "" {
		t.Fatal(s)
	}
	if got := states(writes()); !slices.Equal(got, []string{"enabled"}) || h.watch.questions() != 0 {
		t.Errorf("direct: the policy was written as %v, with %d questions", got, h.watch.questions())
	}
}

// none checks that no rule was left behind: one that is made and not enforced is withdrawn,
// because Terraform would call it tainted, and replace it.
func (i *instance) none(when string) {
	i.t.Helper()
	err := i.client.List(context.Background(), graph.Beta, i.kind.Life.Path, nil, func(b graph.Body) error {
		if b["state"] == reportOnly && b["displayName"] == blocking(kind.Values{})["display_name"] {
			i.t.Errorf("%s: %v is still there", when, b["displayName"])
		}
		return nil
	})
	if err != nil {
		i.t.Fatal(err)
	}
	if !i.state.IsNull() {
		i.t.Errorf("%s: the state has it, tainted: %v", when, i.state)
	}
}

// TestSettleRefused: What If says that an account for emergencies is kept out. A policy that
// is there already stays report-only, and the state says so; one that is made is withdrawn.
// The next apply enforces it.
func TestSettleRefused(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"created", "updated"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, emulator.WithUnjudgedPolicies())
			group, rule, values, accounts := exempting(h)
			h.watch.mustGetIn(accounts...)
			if how == "updated" {
				rule.apply(policy(kind.Values{"applications": allApps(), "users": allUsers()}, nil))
				rule.read()
			}
			values["members"] = accounts[:1]
			s := together(group, rule, values)
			for _, part := range []string{"Microsoft Graph says", `"bg2@contoso.onmicrosoft.com" (` + accounts[1] + ")", "Leave that account out", reportOnly} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			next := []string{"enabled"}
			if how == "created" {
				rule.none(how)
				next = []string{reportOnly, "enabled"}
			} else if rule.get("state") != reportOnly || rule.property(rule.path(), "state") != reportOnly {
				t.Fatalf("the state says %q and the tenant %q", rule.get("state"), rule.property(rule.path(), "state"))
			}
			values["members"] = group.kind.Canonical(kind.Values{"members": accounts})["members"]
			group.read()
			if how == "updated" {
				rule.read()
			}
			writes := h.watch.since()
			if s := together(group, rule, values); s != "" {
				t.Fatal(s)
			}
			if got := states(writes()); !slices.Equal(got, next) {
				t.Errorf("then the policy was written as %v", got)
			}
			rule.settled(blocking(kind.Values{"exclude_groups": []string{group.get("id")}}), "in the end")
		})
	}
}

// TestSettleStays: one that can be neither enforced nor withdrawn is in the state, and the
// error says what to do before the next apply.
func TestSettleStays(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	h.watch.mustGetIn(accounts...)
	h.control("faults", `{"status":403,"times":1,"match":"DELETE /v1.0/identity/conditionalAccess/policies/{id}"}`)
	values["members"] = accounts[:1]
	s := together(group, rule, values)
	for _, part := range []string{"Microsoft Graph says", "could not be moved to the recycle bin", "terraform untaint"} {
		if !strings.Contains(s, part) {
			t.Errorf("%q is not in: %s", part, s)
		}
	}
	if rule.get("state") != reportOnly || rule.property(rule.path(), "state") != reportOnly {
		t.Errorf("the state says %q and the tenant %q", rule.get("state"), rule.property(rule.path(), "state"))
	}
}

// TestSettleUnanswered: where What If may not be asked, or cannot judge, the wait decides,
// and a warning says so.
func TestSettleUnanswered(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"403", "404", "400"} {
		h := newHost(t, emulator.WithUnjudgedPolicies())
		group, rule, values, accounts := exempting(h)
		h.watch.mustGetIn(accounts...)
		h.control("faults", `{"status":`+status+`,"times":9,"match":"POST /v1.0/identity/conditionalAccess/evaluate"}`)
		writes := h.watch.since()
		if s := together(group, rule, values); s != "" {
			t.Fatal(status, s)
		}
		if got := states(writes()); !slices.Equal(got, []string{reportOnly, "enabled"}) {
			t.Errorf("%s: the policy was written as %v", status, got)
		}
		if !strings.Contains(rule.said, "without asking Microsoft Graph what it does") || status == "403" && !strings.Contains(rule.said, "Policy.Read.All") {
			t.Errorf("%s: the warning is %q", status, rule.said)
		}
	}
}

// TestSettleUnansweredCaught: where nobody can be asked, what is known decides as well.
func TestSettleUnansweredCaught(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	h.watch.mustGetIn(accounts...)
	h.control("faults", `{"status":403,"times":9,"match":"POST /v1.0/identity/conditionalAccess/evaluate"}`)
	values["members"] = []string{h.user("adele")}
	block := h.block
	h.block = nil // a plan that does not know of them
	p := group.plan(values)
	h.block = block
	apply := group.process()
	if s := group.applyIn(apply, p); s != "" {
		t.Fatal(s)
	}
	rule.brief = true
	h.block = nil
	p = rule.plan(blocking(kind.Values{"exclude_groups": []string{group.get("id")}}))
	h.block = block
	if s := rule.applyIn(apply, p); !strings.Contains(s, "no account of break_glass could sign in") {
		t.Error("the policy was enforced: ", s)
	}
	rule.none("not enforced")
}

// TestSettleMembership: a membership of its own is new as well.
func TestSettleMembership(t *testing.T) {
	t.Parallel()
	h := newHost(t, emulator.WithUnjudgedPolicies())
	group, rule, values, accounts := exempting(h)
	h.watch.mustGetIn(accounts...)
	delete(values, "members")
	group.apply(values)
	member := h.instance(kindNamed(t, "group_member"))
	server := h.process()
	for _, id := range accounts {
		member.state, member.private, member.identity = h.instance(member.kind).state, nil, nil
		if s := member.applyIn(server, member.plan(kind.Values{"group_id": group.get("id"), "member_id": id})); s != "" {
			t.Fatal(s)
		}
	}
	writes := h.watch.since()
	if s := rule.applyIn(server, rule.plan(blocking(kind.Values{"exclude_groups": []string{group.get("id")}}))); s != "" {
		t.Fatal(s)
	}
	if got := states(writes()); !slices.Equal(got, []string{reportOnly, "enabled"}) {
		t.Errorf("with new members the policy was written as %v", got)
	}
}

// TestSettleWaits: nothing is enforced while the members of an exclusion are not readable,
// whether there is anybody to ask about or not; what may not be read is an error.
func TestSettleWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t)
		group, rule, values, accounts := exempting(h)
		h.block = nil
		h.watch.mustGetIn(accounts...)
		h.control("faults", `{"status":404,"times":2,"match":"GET /v1.0/groups/{id}/members"}`)
		before := group.gets("/groups/{id}/members")
		writes := h.watch.since()
		if s := together(group, rule, values); s != "" {
			t.Fatal(s)
		}
		if got := states(writes()); !slices.Equal(got, []string{reportOnly, "enabled"}) {
			t.Errorf("the policy was written as %v", got)
		}
		if n := group.gets("/groups/{id}/members") - before; n < 3 {
			t.Errorf("the members were read %d times, two of them in vain", n)
		}
		if h.watch.questions() != 0 {
			t.Error("What If was asked, and there is nobody to ask about")
		}
		h.control("faults", `{"status":403,"times":1,"match":"GET /v1.0/groups/{id}/members"}`)
		other, another := h.instance(group.kind), h.instance(rule.kind)
		values["display_name"] = "Unreadable"
		if s := together(other, another, values); !strings.Contains(s, "cannot be read yet") {
			t.Error(s)
		}
		another.none("unreadable")
	})
}
