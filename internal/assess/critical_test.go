package assess_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/assess"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

func (w *world) suggest() *assess.Suggestion {
	w.Helper()
	s, err := assess.SuggestCritical(context.Background(), w.client, assess.Options{Dir: w.dir})
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// TestSuggestCritical: who is in it, who is not, and why.
func TestSuggestCritical(t *testing.T) {
	t.Parallel()
	w := empty(t)
	const global, reader = "62e90394-69f5-4237-9190-012177145e10", "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	assign := func(path, principal, role string) {
		b := graph.Body{"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/"}
		if strings.HasSuffix(path, "Requests") {
			b = graph.Body{"action": "adminAssign", "principalId": principal, "roleDefinitionId": role, "directoryScopeId": "/", "justification": "j",
				"scheduleInfo": graph.Body{"startDateTime": "2020-01-01T00:00:00Z", "expiration": graph.Body{"type": "noExpiration"}}}
		}
		w.post("/roleManagement/directory/"+path, b)
	}
	assignable, excluded := w.group("assignable", graph.Body{"isAssignableToRole": true}), w.group("excluded\nentra_group.x", nil)
	w.group("plain", nil)
	w.policy("Everybody", graph.Body{"includeUsers": []any{"All"}, "excludeGroups": []any{excluded}})
	admin, eligible, other := w.user("admin", nil), w.user("eligible", nil), w.user("reader", nil)
	assign("roleAssignments", admin, global)
	assign("roleAssignments", other, reader)
	assign("roleEligibilityScheduleRequests", eligible, global)
	own := w.signIn("RoleManagement.ReadWrite.Directory")
	w.signIn("Group.Read.All")
	w.client = w.admin
	s := w.suggest()
	why := map[string]string{}
	for _, e := range s.Entries {
		why[e.Kind+":"+e.ID] = strings.Join(e.Why, ", ")
	}
	app := w.one("/applications", "displayName", "assess RoleManagement.ReadWrite.Directory")["id"].(string)
	want := map[string]string{
		"group:" + assignable: "role-assignable", "group:" + excluded: `left out by the policy "Everybody"`, "user:" + admin: "has the role Global Administrator",
		"user:" + eligible: "may activate the role Global Administrator", "service_principal:" + own: "has the permission RoleManagement.ReadWrite.Directory",
		"application:" + app: "its service principal has the permission RoleManagement.ReadWrite.Directory",
	}
	for entry, reason := range want {
		if why[entry] != reason {
			t.Errorf("%s: %q, not %q", entry, why[entry], reason)
		}
	}
	if len(why) != len(want) {
		t.Errorf("%v", why)
	}
	var entries []string
	for _, line := range strings.Split(s.File(), "\n") {
		if line != "" && !strings.HasPrefix(line, "#") {
			entries = append(entries, line)
			if !regexp.MustCompile(`^[a-z_]+:[0-9a-f-]{36}$`).MatchString(line) {
				t.Errorf("no entry: %q", line)
			}
		}
	}
	if len(entries) != len(want) {
		t.Error(entries)
	}
}

// TestSuggestCriticalUnread: a list that may lack something says so.
func TestSuggestCriticalUnread(t *testing.T) {
	t.Parallel()
	w := empty(t, emulator.WithRequiredRoles())
	w.signIn("Group.Read.All")
	s := w.suggest()
	contains(t, s.File(), "# Not read, so that something may be missing: Conditional Access policies: grant Policy.Read.All")
}

// TestTier0: the roles and permissions have the ids and names that tenants know.
func TestTier0(t *testing.T) {
	t.Parallel()
	w := empty(t)
	for id, name := range assess.Tier0Roles {
		if got := w.one("/directoryRoleTemplates", "id", id)["displayName"]; got != name {
			t.Errorf("%s is %v, not %s", id, got, name)
		}
	}
	roles, _ := w.one("/servicePrincipals", "appId", "00000003-0000-0000-c000-000000000000")["appRoles"].([]any)
	for _, name := range assess.Tier0AppRoles {
		if !slices.ContainsFunc(roles, func(v any) bool { return v.(graph.Body)["value"] == name }) {
			t.Errorf("Microsoft Graph has no permission %s", name)
		}
	}
}

// TestShape: the names that scripts read. One that goes, or gets another type, is another
// format version.
func TestShape(t *testing.T) {
	t.Parallel()
	w := demo(t)
	w.group("new", nil)
	gone := w.one("/groups", "displayName", "Marketing")["id"].(string)
	w.remove("/groups/" + gone)
	w.remove("/directory/deletedItems/" + gone)
	w.remove("/groups/" + w.one("/groups", "displayName", "CA-BreakGlass")["id"].(string))
	w.post("/applications/"+w.one("/applications", "displayName", "Build Agent")["id"].(string)+"/addPassword", graph.Body{"passwordCredential": graph.Body{"displayName": "p"}})
	w.signIn("Directory.Read.All", "Policy.Read.All")
	content, err := json.Marshal(w.assess(func(o *assess.Options) {
		o.BreakGlass = []string{w.one("/users", "userPrincipalName", "breakglass1@contoso.com")["id"].(string)}
	}))
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(content, &tree); err != nil {
		t.Fatal(err)
	}
	paths := map[string]bool{}
	shape(tree, "", paths)
	var lines []string
	for p := range paths {
		lines = append(lines, p)
	}
	slices.Sort(lines)
	want, err := os.ReadFile("testdata/shape.txt")
	if got := strings.Join(lines, "\n") + "\n"; err != nil || got != string(want) {
		t.Errorf("%v\n%s", err, got)
	}
}

// shape notes the paths of a document and their types.
func shape(v any, path string, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, inner := range v {
			shape(inner, strings.TrimPrefix(path+"."+name, "."), out)
		}
	case []any:
		out[path+" array"] = true
		for _, inner := range v {
			shape(inner, path+"[]", out)
		}
	case string:
		out[path+" string"] = true
	case float64:
		out[path+" number"] = true
	case bool:
		out[path+" boolean"] = true
	case nil:
		out[path+" null"] = true
	}
}
