package export_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// ways is a tenant with a group of each sort that --members tells apart.
type ways struct {
	t      *testing.T
	client *graph.Client
	url    string
	user   string
	ids    map[string]string
}

func newWays(t *testing.T) *ways {
	t.Helper()
	client, url := tenant(t)
	w := &ways{t: t, client: client, url: url, ids: map[string]string{}}
	w.user = w.person("someone")
	assignable := newGroup("Assignable")
	assignable["isAssignableToRole"] = true
	w.ids["Assignable"] = post(t, client, "/groups", assignable)
	for _, name := range []string{"Plain", "Nobody in it", "In a policy", "Inside of that", "In a unit", "Ruling", "Large", "Large and in a policy"} {
		w.ids[name] = post(t, client, "/groups", newGroup(name))
	}
	for _, name := range []string{"Assignable", "Plain", "In a policy", "Inside of that", "In a unit", "Ruling", "Large", "Large and in a policy"} {
		w.member("/groups/"+w.ids[name], w.user)
	}
	w.member("/groups/"+w.ids["In a policy"], w.ids["Inside of that"])
	for i := range 200 {
		id := w.person(fmt.Sprint("many", i))
		w.member("/groups/"+w.ids["Large"], id)
		w.member("/groups/"+w.ids["Large and in a policy"], id)
	}
	dynamic := newGroup("By rule")
	dynamic["groupTypes"], dynamic["membershipRuleProcessingState"] = []any{"DynamicMembership"}, "On"
	dynamic["membershipRule"] = "user.memberof -any (group.objectId -in ['" + w.ids["Ruling"] + "'])"
	w.ids["By rule"] = post(t, client, "/groups", dynamic)
	post(t, client, "/identity/conditionalAccess/policies", policy("Ways", graph.Body{"excludeGroups": []any{w.ids["In a policy"], w.ids["By rule"], w.ids["Large and in a policy"]}}))
	for name, restricted := range map[string]bool{"Restricted": true, "Open": false} {
		id := post(t, client, "/directory/administrativeUnits", graph.Body{"displayName": name, "isMemberManagementRestricted": restricted})
		w.member("/directory/administrativeUnits/"+id, w.user)
		if restricted {
			w.member("/directory/administrativeUnits/"+id, w.ids["In a unit"])
		}
	}
	return w
}

func (w *ways) person(name string) string {
	return post(w.t, w.client, "/users", graph.Body{"accountEnabled": true, "displayName": name, "mailNickname": name,
		"userPrincipalName": name + "@contoso.onmicrosoft.com", "passwordProfile": graph.Body{"password": "Only-for-a-test-1"}})
}

func (w *ways) member(of, id string) { w.link(of+"/members", id) }

func (w *ways) link(path, id string) {
	w.t.Helper()
	body := graph.Body{"@odata.id": w.url + "/v1.0/directoryObjects/" + id}
	if _, err := w.client.Do(context.Background(), graph.Request{Method: "POST", Path: path + "/$ref", Body: body}); err != nil {
		w.t.Fatal(err)
	}
}

// export returns the code by resource name, and the warnings.
func (w *ways) export(o export.Options) (code map[string]string, warnings string) {
	w.t.Helper()
	o.Out, o.All = filepath.Join(w.t.TempDir(), "out"), true
	r, err := export.Run(context.Background(), w.client, o)
	if err != nil {
		w.t.Fatal(err)
	}
	code = map[string]string{}
	for _, file := range []string{"groups.tf", "administrative_units.tf"} {
		for _, name := range r.Files {
			if name != file {
				continue
			}
			for _, m := range regexp.MustCompile(`(?s)resource "\w+" "(\w+)" \{.*?\n\}\n`).FindAllStringSubmatch(read(w.t, o.Out, file), -1) {
				code[m[1]] = m[0]
			}
		}
	}
	return code, strings.Join(r.Warnings, "\n")
}

// written says how members stand in a resource: "exact", another mode, or "none".
func written(code string) string {
	mode := regexp.MustCompile(`members_mode += "(\w+)"`).FindStringSubmatch(code)
	switch lists := regexp.MustCompile(`(?m)^  members +=`).MatchString(code); {
	case mode != nil && !lists:
		return "a mode without members"
	case mode != nil:
		return mode[1]
	case lists:
		return "exact"
	}
	return "none"
}

// TestMembers: how members are written, by the way and the sort of group.
func TestMembers(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	all := []string{"assignable", "plain", "nobody_in_it", "in_a_policy", "inside_of_that", "in_a_unit", "ruling", "large", "large_and_in_a_policy", "restricted", "open", "by_rule"}
	for way, want := range map[string][]string{
		"":          {"exact", "on_create", "none", "exact", "exact", "exact", "exact", "none", "exact", "exact", "on_create", "none"},
		"exact":     {"exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "exact", "none"},
		"at_least":  {"at_least", "at_least", "none", "at_least", "at_least", "at_least", "at_least", "at_least", "at_least", "at_least", "at_least", "none"},
		"on_create": {"on_create", "on_create", "none", "on_create", "on_create", "on_create", "on_create", "on_create", "on_create", "on_create", "on_create", "none"},
		"none":      {"none", "none", "none", "none", "none", "none", "none", "none", "none", "none", "none", "none"},
	} {
		code, warnings := w.export(export.Options{Members: way})
		for i, name := range all {
			if got := written(code[name]); got != want[i] {
				t.Errorf("--members %q: the members of %s are %s, not %s:\n%s", way, name, got, want[i], code[name])
			}
			if name != "restricted" && name != "open" && !strings.Contains(code[name], "owners ") || strings.Contains(code[name], "owners_mode") {
				t.Errorf("--members %q: the owners of %s are not exact:\n%s", way, name, code[name])
			}
		}
		comment := strings.Contains(code["large"], "# 201 members are ")
		if told := strings.Contains(warnings, `group "Large": 201 members are left to an archive`); told != (way == "") || comment != (way == "" || way == "none") {
			t.Errorf("--members %q: told %v, as a comment %v", way, told, comment)
		}
		if strings.Contains(code["nobody_in_it"], "#") {
			t.Errorf("a comment about no members:\n%s", code["nobody_in_it"])
		}
	}
	if _, err := export.Run(context.Background(), w.client, export.Options{Out: t.TempDir(), Members: "some"}); err == nil || !strings.Contains(err.Error(), "at_least") {
		t.Error("a way that there is none of: ", err)
	}
}

// TestMembersOfLeftOutKinds: policies decide although they are not exported; if
// they cannot be read, every membership may be one that they depend on.
func TestMembersOfLeftOutKinds(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	only := export.Options{Include: []string{"group"}}
	code, warnings := w.export(only)
	for name, want := range map[string]string{"in_a_policy": "exact", "inside_of_that": "exact", "in_a_unit": "exact", "plain": "on_create"} {
		if got := written(code[name]); got != want {
			t.Errorf("without policies in the export the members of %s are %s:\n%s", name, got, warnings)
		}
	}
	w.fault(`{"status":403,"times":9,"match":"GET /beta/identity/conditionalAccess/policies"}`)
	code, warnings = w.export(only)
	if written(code["plain"]) != "exact" || !strings.Contains(warnings, "Conditional Access policies could not be read") {
		t.Errorf("%s\n%s", code["plain"], warnings)
	}
}

func (w *ways) fault(body string) {
	w.t.Helper()
	resp, err := http.Post(w.url+"/_emulator/faults", "application/json", strings.NewReader(body))
	if err != nil || resp.StatusCode >= 300 {
		w.t.Fatal(err, resp)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// TestMembersActivated: whoever is there because an activation runs is not in
// what is exact; without the permission, and without the licence, he is, with a warning.
func TestMembersActivated(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	visitor := w.person("visitor")
	const path = "/identityGovernance/privilegedAccess/group/"
	for _, access := range []string{"member", "owner"} {
		ask := graph.Body{"action": "adminAssign", "accessId": access, "principalId": visitor, "groupId": w.ids["In a policy"], "justification": "j",
			"scheduleInfo": graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "P30D"}}}
		post(t, w.client, path+"eligibilityScheduleRequests", ask)
		ask["action"], ask["scheduleInfo"] = "selfActivate", graph.Body{"expiration": graph.Body{"type": "afterDuration", "duration": "PT8H"}}
		post(t, w.client, path+"assignmentScheduleRequests", ask)
	}
	code, warnings := w.export(export.Options{})
	if group := code["in_a_policy"]; strings.Contains(group, "visitor") || !strings.Contains(group, "someone") || !strings.Contains(group, "owners ") {
		t.Errorf("%s\n%s", group, warnings)
	}
	if strings.Contains(warnings, "activation") {
		t.Error(warnings)
	}
	for name, fault := range map[string]string{
		"permission": `{"status":403,"times":1,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`,
		"licence":    `{"status":400,"code":"AadPremiumLicenseRequired","message":"No license.","times":1,"match":"GET /v1.0/identityGovernance/privilegedAccess"}`,
	} {
		w.fault(fault)
		code, warnings := w.export(export.Options{})
		if strings.Count(code["in_a_policy"], "visitor") != 2 || !strings.Contains(warnings, "PrivilegedAssignmentSchedule.Read.AzureADGroup") {
			t.Errorf("%s: %s\n%s", name, code["in_a_policy"], warnings)
		}
	}
}

// TestMembersOnCycle: a group on a cycle leaves to single memberships only what
// the cycle is made of, as far as the rest is for a new group alone.
func TestMembersOnCycle(t *testing.T) {
	t.Parallel()
	w := newWays(t)
	other := post(t, w.client, "/groups", newGroup("Other"))
	w.member("/groups/"+other, w.ids["Plain"])
	w.member("/groups/"+w.ids["Plain"], other)
	code, _ := w.export(export.Options{})
	if written(code["plain"]) != "on_create" || !strings.Contains(code["plain"], "someone@") || strings.Contains(code["plain"], "entra_group.other") {
		t.Error(code["plain"])
	}
	if written(code["other"]) != "none" {
		t.Error(code["other"])
	}
}

// TestMembersOfSkippedPolicy: a policy that code cannot describe still depends
// on its groups; and an archive is treated as a tenant is.
func TestMembersOfSkippedPolicy(t *testing.T) {
	t.Parallel()
	archive, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	const excluded, plain, user = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	for id, name := range map[string]string{excluded: "Excluded", plain: "Plain"} {
		write(t, `{"@odata.type":"#microsoft.graph.group","id":"`+id+`","displayName":"`+name+`","mailNickname":"x","mailEnabled":false,"securityEnabled":true,"groupTypes":[],
			"members@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/`+user+`"]}`, archive, "groups", name+".json")
	}
	write(t, `{"@odata.type":"#microsoft.graph.conditionalAccessPolicy","id":"44444444-4444-4444-8444-444444444444","displayName":"Hidden","state":"enabled",
		"conditions":{"clientAppTypes":["all"],"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"],"excludeGroups":["`+excluded+`"]}},
		"grantControls":{"operator":"OR","builtInControls":["unknownFutureValue"]}}`, archive, "policy.json")
	r, err := export.Run(context.Background(), nil, export.Options{Out: out, All: true, From: archive})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r.Manifest.Kinds {
		if k.Kind == "conditional_access_policy" && len(k.Skipped) != 1 {
			t.Fatalf("the policy was not skipped: %+v", k)
		}
	}
	groups := read(t, out, "groups.tf")
	has(t, groups, `"excluded"`, `"plain"`)
	if n := strings.Count(groups, `members_mode  = "on_create"`); n != 1 || strings.Index(groups, "on_create") < strings.Index(groups, `"plain"`) {
		t.Error(groups)
	}
}
