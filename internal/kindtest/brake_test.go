package kindtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// max_member_removals, and activations in Privileged Identity Management: what
// keeps an apply from removing people.

// crowd makes n users and returns their ids.
func (h *host) crowd(n int) []string {
	h.t.Helper()
	var ids []string
	for i := range n {
		made, err := h.client.Post(context.Background(), graph.V1, "/users", graph.Body{"accountEnabled": true, "displayName": fmt.Sprint("Crowd ", i),
			"mailNickname": fmt.Sprint("crowd", i), "userPrincipalName": fmt.Sprint("crowd", i, "@contoso.onmicrosoft.com"),
			"passwordProfile": graph.Body{"password": "Only-for-a-test-1"}})
		if err != nil {
			h.t.Fatal(err)
		}
		ids = append(ids, made["id"].(string))
	}
	return ids
}

// team is a group whose code names adele, in place.
func team(t *testing.T) *moded {
	t.Helper()
	h := newHost(t)
	k := kindNamed(t, "group")
	x := &moded{h.instance(k), k.Attr("members"), kind.Exact, h.user("adele"), h.user("diego"), h.user("grady")}
	x.put(x.saying(x.first), "after create")
	return x
}

func (h *host) limitTo(n int64) { h.limit = &n }

// TestBrakeAtPlan: what the state knows and the code does not name, more than
// the limit, is refused by the plan, with names.
func TestBrakeAtPlan(t *testing.T) {
	t.Parallel()
	x := team(t)
	crowd := x.crowd(6)
	x.joins(crowd[:5]...)
	code := x.saying(x.first)
	if _, s := x.told(code); s != "" {
		t.Fatal("five removals are allowed: ", s)
	}
	x.joins(crowd[5])
	before := x.gets("/auditLogs/directoryAudits")
	_, s := x.told(code)
	for _, part := range []string{"remove 6 of the members", "max_member_removals allows 5", "crowd0@contoso.onmicrosoft.com (" + crowd[0] + "), added by ", " at 20", "crowd5@", `members_mode to "at_least" or "on_create"`, "-1"} {
		if !strings.Contains(s, part) {
			t.Errorf("%q is not in: %s", part, s)
		}
	}
	if strings.Contains(s, x.first) {
		t.Error("who stays is named: ", s)
	}
	if n := x.gets("/auditLogs/directoryAudits") - before; n != 2 { // the other one is who was the last to change the group
		t.Errorf("the audit log was asked %d times", n)
	}
	x.control("faults", `{"status":403,"times":2,"match":"GET /v1.0/auditLogs/directoryAudits"}`)
	if _, s := x.told(code); !strings.Contains(s, "AuditLog.Read.All") || !strings.Contains(s, "crowd0@contoso.onmicrosoft.com ("+crowd[0]+")\n") {
		t.Error("without the permission: ", s)
	}
	for limit, allowed := range map[int64]bool{0: false, 5: false, 6: true, -1: true} {
		x.limitTo(limit)
		if _, s := x.told(code); (s == "") != allowed {
			t.Errorf("max_member_removals = %d: %q", limit, s)
		}
	}
	for _, mode := range []string{kind.AtLeast, kind.OnCreate} {
		x.limitTo(0)
		if _, s := x.told(x.in(mode, x.first)); s != "" {
			t.Errorf("%s removes nobody: %s", mode, s)
		}
	}
	x.read()
	x.limitTo(6)
	x.put(code, "with a higher limit")
	x.live("afterwards,", x.first)
}

// TestBrakeAtApply: what only Graph knows is refused before any write.
func TestBrakeAtApply(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"newly owned", "restored"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := team(t)
			code := x.saying(x.first)
			if name == "newly owned" { // the state says nothing of the members
				x.lose()
				x.instance = x.instance.instance(x.kind)
				x.apply(x.kind.Canonical(kind.Values{"display_name": "Mine", "mail_nickname": "mine"}))
			}
			crowd := x.crowd(6)
			x.joins(crowd...)
			if name == "restored" {
				x.gone(false)
				x.read()
			}
			code["display_name"] = "Renamed"
			s := x.tryApply(x.plan(code))
			for _, part := range []string{"remove 6 of the members", "crowd5@contoso.onmicrosoft.com (" + crowd[5] + "), added by"} {
				if !strings.Contains(s, part) {
					t.Errorf("%q is not in: %s", part, s)
				}
			}
			if got := x.property(x.path(), "displayName"); got == "Renamed" {
				t.Error("the group was written before it was refused")
			}
			if name == "restored" {
				if !strings.Contains(s, "it was restored from the recycle bin, and nothing else") {
					t.Error(s)
				}
				x.live("refused,", append(crowd, x.first)...)
			} else {
				x.live("refused,", crowd...)
			}
			x.read()
			x.limitTo(-1)
			x.put(code, "without a limit")
			x.live("allowed,", x.first)
		})
	}
}

// TestNewlyOwned: code that begins to say the members of a group removes the others. The plan
// has only the code's, so it says whom it does not show, and refuses too many.
func TestNewlyOwned(t *testing.T) {
	t.Parallel()
	x := team(t)
	x.lose()
	x.instance = x.instance.instance(x.kind)
	x.apply(x.kind.Canonical(kind.Values{"display_name": "Mine", "mail_nickname": "mine"}))
	x.joins(x.first, x.second)
	code := x.saying(x.first)
	if warned, s := x.told(code); s != "" || !strings.Contains(warned, "loses members that the plan does not show") || !strings.Contains(warned, x.second) || strings.Contains(warned, x.first) {
		t.Errorf("the plan warns %q and fails %q", warned, s)
	}
	x.joins(x.crowd(6)...)
	if _, s := x.told(code); !strings.Contains(s, "remove 7 of the members") {
		t.Errorf("the plan fails %q", s)
	}
	x.joins(x.stranger)
	x.limitTo(-1)
	x.put(code, "after the members were taken over")
	x.live("taken over,", x.first)
	if warned, s := x.told(code); warned+s != "" {
		t.Errorf("once more it warns %q and fails %q", warned, s)
	}
}

// TestBrakeUnknown: members that are not known yet may be the very ones that
// the state has.
func TestBrakeUnknown(t *testing.T) {
	t.Parallel()
	x := team(t)
	x.limitTo(0)
	server := x.process()
	read, err := server.ReadResource(context.Background(), &tfprotov6.ReadResourceRequest{
		TypeName: x.kind.TypeName(), CurrentState: dynamic(t, x.state), Private: x.private, CurrentIdentity: x.identity})
	if err != nil || failed(read.Diagnostics) != "" {
		t.Fatal(err, failed(read.Diagnostics))
	}
	if _, s := x.planIn(server, x.open()); s != "" {
		t.Error("one unknown member for one known: ", s)
	}
	if _, s := x.planIn(server, x.config(x.saying())); !strings.Contains(s, "would lose too many members") {
		t.Error("no member for one known: ", s)
	}
}

// TestLimitInvalid: below -1 there is nothing to mean.
func TestLimitInvalid(t *testing.T) {
	t.Parallel()
	server := provider.NewServer("test")()
	block := providerBlock()
	fields := map[string]tftypes.Value{}
	for name, at := range block.AttributeTypes {
		fields[name] = tftypes.NewValue(at, nil)
	}
	fields["max_member_removals"] = tftypes.NewValue(tftypes.Number, -2)
	resp, err := server.ConfigureProvider(context.Background(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, tftypes.NewValue(block, fields))})
	if err != nil || !strings.Contains(failed(resp.Diagnostics), "Invalid max_member_removals") {
		t.Error(err, failed(resp.Diagnostics))
	}
}

const pimPath = "/identityGovernance/privilegedAccess/group/assignment"

// activates makes somebody eligible and lets the activation run.
func (x *moded) activates(access, id string) {
	x.t.Helper()
	ask := graph.Body{"action": "adminAssign", "accessId": access, "principalId": id, "groupId": x.get("id"), "justification": "j",
		"scheduleInfo": graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "P30D"}}}
	x.behind("POST", strings.Replace(pimPath, "assignment", "eligibility", 1)+"ScheduleRequests", ask)
	ask["action"], ask["scheduleInfo"] = "selfActivate", graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "PT8H"}}
	x.behind("POST", pimPath+"ScheduleRequests", ask)
}

// TestActivations: whoever is a member or owner because an activation runs is
// no drift: in place, imported and restored. Who is assigned or joined is.
func TestActivations(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"members", "owners"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := team(t)
			x.rel = x.kind.Attr(name)
			code := x.saying(x.first)
			x.put(code, "before the activation")
			asked := x.gets(pimPath + "ScheduleInstances")
			x.read()
			if x.gets(pimPath+"ScheduleInstances") != asked {
				t.Error("nobody is there whom the state has not, and yet activations were asked for")
			}
			x.activates(strings.TrimSuffix(name, "s"), x.stranger)
			x.live("activated,", x.first, x.stranger)
			x.settled(code, "while the activation runs")
			code["description"] = "Written meanwhile"
			x.put(code, "after another change")
			x.live("still activated,", x.first, x.stranger)

			other := *x
			other.instance = x.instance.instance(x.kind)
			other.importID(x.get("id"))
			other.settled(code, "after an import")

			x.joins(x.second)
			x.read()
			if x.empty(x.plan(code)) {
				t.Error("somebody joined for good, and the plan does not see it")
			}
			x.put(code, "after who joined was removed")
			x.live("without who joined,", x.first, x.stranger)

			x.gone(false)
			x.read()
			x.put(code, "after the restore")
			x.live("restored,", x.first, x.stranger)
		})
	}
}

// TestActivationsUnavailable: without the permission or the licence the plan
// does not fail. It shows what it would remove, and says once that this may be
// an activation.
func TestActivationsUnavailable(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]string{
		"permission": `{"status":403,"times":9,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`,
		"licence":    `{"status":400,"code":"AadPremiumLicenseRequired","message":"The tenant needs a license.","times":9,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := team(t)
			code := x.saying(x.first)
			x.control("faults", fault)
			if w, s := x.told(code); w != "" || s != "" {
				t.Error("nobody is to be removed: ", w, s)
			}
			x.activates("member", x.stranger)
			w, s := x.told(code)
			if s != "" || !strings.Contains(w, "cannot be told from drift") || !strings.Contains(w, "PrivilegedAssignmentSchedule.Read.AzureADGroup") {
				t.Errorf("%q %q", w, s)
			}
			for _, mode := range []string{kind.AtLeast, kind.OnCreate} {
				if w, _ := x.told(x.in(mode, x.first)); strings.Contains(w, "told from drift") {
					t.Errorf("%s removes nobody: %s", mode, w)
				}
			}
		})
	}
	t.Run("one group", func(t *testing.T) { // that cannot be asked about says nothing of the others
		t.Parallel()
		x := team(t)
		x.activates("member", x.stranger)
		x.control("faults", `{"status":400,"code":"InvalidFilter","times":1,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`)
		if w, s := x.told(x.saying(x.first)); s != "" || !strings.Contains(w, "cannot be told from drift") {
			t.Errorf("%q %q", w, s)
		}
		x.settled(x.saying(x.first), "in the next process")
	})
	t.Run("any other answer", func(t *testing.T) {
		t.Parallel()
		x := team(t)
		x.joins(x.stranger)
		x.control("faults", `{"status":404,"times":1,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`)
		if s := x.tryRead(); !strings.Contains(s, "activation") {
			t.Error("an answer that nobody knows is no answer: ", s)
		}
	})
}

// TestBrakeEverywhere: every relation that has a mode is braked where it is
// exact, and the audit log says who added whom.
func TestBrakeEverywhere(t *testing.T) {
	eachMode(t, func(x *moded) {
		x.joins(x.stranger)
		x.limitTo(0)
		_, s := x.told(x.saying(x.first))
		if stopped := strings.Contains(s, "would lose too many "+x.rel.Name) && strings.Contains(s, "grady@contoso.com ("+x.stranger+"), added by "); stopped != (x.mode == kind.Exact) {
			x.t.Errorf("%q", s)
		}
	})
}
