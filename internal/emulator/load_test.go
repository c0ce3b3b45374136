package emulator_test

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

func TestLoadCorpus(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]int{
		"j0eyv+ConditionalAccessBaseline": {"/groups": 34, "/identity/conditionalAccess/policies": 36, "/identity/conditionalAccess/namedLocations": 3},
		"Cloudshield-io+Conditional-Access-Framework": {"/groups": 36, "/identity/conditionalAccess/policies": 42,
			"/identity/conditionalAccess/namedLocations": 4, "/policies/authenticationStrengthPolicies": 2},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := archive.Read(corpus(t, name))
			if err != nil {
				t.Fatal(err)
			}
			e := newTenant(t)
			r := e.Load(a)
			for path, n := range want {
				same(t, path, r.Loaded[path], n)
			}
			for _, x := range r.Refused {
				twice := x.Property == "" && strings.Contains(x.Reason, "a second /groups")
				if !twice && x.Property != "organizationId" {
					t.Errorf("%s %s: %s", x.File, x.Property, x.Reason)
				}
			}
			for _, x := range r.Changed {
				t.Errorf("%s %s: %s", x.File, x.Property, x.Reason)
			}
			if a := e.want(200, "GET", locations, nil); strings.Contains(a.raw, "compliantNetwork") {
				t.Error("v1.0 shows a compliant network location")
			}
			all := e.want(200, "GET", "/beta/identity/conditionalAccess/policies", nil).ids()
			stable := e.want(200, "GET", policies, nil).ids()
			if len(all) <= len(stable) || len(stable) == 0 {
				t.Errorf("beta lists %d policies, v1.0 %d: it must hide those with preview features", len(all), len(stable))
			}
			recreate(t, e)
		})
	}
}

// recreate purges every policy and posts what was read: what a tenant holds, Graph must
// take again.
func recreate(t *testing.T, e *tenant) {
	t.Helper()
	const beta = "/beta/identity/conditionalAccess/policies"
	rows := e.want(200, "GET", beta, nil, "Prefer", "include-unknown-enum-members").body["value"].([]any)
	for _, row := range rows {
		before := row.(object)
		id := before["id"].(string)
		e.want(204, "DELETE", beta+"/"+id, nil)
		e.want(204, "DELETE", "/beta/identity/conditionalAccess/deletedItems/policies/"+id, nil)
		for _, name := range []string{"id", "templateId", "createdDateTime", "modifiedDateTime", "deletedDateTime", "partialEnablementStrategy"} {
			delete(before, name)
		}
		body, _ := sendable(before).(object)
		if s, is := at(body, "grantControls.authenticationStrength.id").(string); is {
			with(body, "grantControls.authenticationStrength", object{"id": s})
		}
		a := e.do("POST", beta, body)
		if a.status != 201 {
			t.Errorf("%v: %s", before["displayName"], a.raw)
			continue
		}
		after := e.want(200, "GET", beta+"/"+a.id(), nil, "Prefer", "include-unknown-enum-members").body
		for _, name := range []string{"displayName", "state", "conditions", "sessionControls"} {
			same(t, "recreated "+name, sendable(after[name]), sendable(before[name]))
		}
	}
}

// sendable drops null and control information, as a client must.
func sendable(v any) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, x := range v {
			if x == nil || strings.Contains(k, "@odata.context") {
				continue
			}
			out[k] = sendable(x)
		}
		return out
	case []any:
		out := []any{}
		for _, x := range v {
			out = append(out, sendable(x))
		}
		return out
	}
	return v
}

// TestLoadBadInput loads folders that hold request bodies, placeholders and manifests:
// every object is in the tenant or named as refused.
func TestLoadBadInput(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"AlexFilipin+ConditionalAccess", "Clutch2View+nis2-conditional-access-policies",
		"cisagov+ScubaGear", "OfficeDev+microsoft-365-agents-toolkit-samples"} {
		t.Run(name, func(t *testing.T) {
			a, err := archive.Read(corpus(t, name))
			if err != nil {
				t.Fatal(err)
			}
			e := newTenant(t)
			r := e.Load(a)
			loaded, refused := 0, 0
			for path, n := range r.Loaded {
				if !strings.HasSuffix(path, "members") && !strings.HasSuffix(path, "owners") {
					loaded += n
				}
			}
			for _, x := range r.Refused[len(a.Refused):] {
				if x.Property == "" {
					refused++
				}
				if x.Reason == "" || x.File == "" {
					t.Errorf("a refusal without file or reason: %+v", x)
				}
			}
			if loaded+refused < len(a.Objects) {
				t.Errorf("%d objects read, %d loaded, %d refused", len(a.Objects), loaded, refused)
			}
			t.Logf("%d objects read, %d loaded, %d refused; %d more refused by the archive", len(a.Objects), loaded, refused, len(a.Refused))
			for i, x := range r.Refused[len(a.Refused):] {
				if i < 12 {
					t.Logf("%s %s: %s", x.File, x.Property, x.Reason)
				}
			}
			recreate(t, e)
		})
	}
}

func TestLoadNormalises(t *testing.T) {
	t.Parallel()
	const user, group, app = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
	const all = "/identity/conditionalAccess/policies"
	a := &archive.Archive{
		Objects: []archive.Object{
			{Collection: "/users", File: "user", Body: object{"id": strings.ToUpper(user), "displayName": "U", "userPrincipalName": "u@example.org"}},
			{Collection: "/groups", File: "group", Body: object{"id": group, "displayName": "G", "proxyAddresses": nil, "colour": "red"}},
			{Collection: "/groups", File: "again", Body: object{"id": group, "displayName": "G"}},
			{Collection: "/groups", File: "id", Body: object{"id": "one", "displayName": "G"}},
			{Collection: "/groups", File: "deleted", Body: object{"id": nobody, "displayName": "D", "deletedDateTime": "2026-11-20T00:00:00Z"}},
			{Collection: "/applications", File: "app", Body: object{"id": app, "appId": user, "displayName": "A", "createdDateTime": "2020-01-01T00:00:00Z",
				"appRoles": []any{object{"id": group, "displayName": "R", "isEnabled": true, "origin": "Application", "allowedMemberTypes": []any{"User"}}}}},
			{Collection: "/applications/" + app + "/federatedIdentityCredentials", File: "fic", Body: object{"name": "ci-1", "issuer": "i", "subject": "s", "audiences": []any{"a"}}},
			{Collection: "/contacts", File: "contact", Body: object{"id": nobody}},
			{Collection: all, File: "odd", Body: policy("conditions.locations", []any{}, "conditions.clientAppTypes", "All", "conditions.users.excludeGroups", nil,
				"conditions.users.excludeUsers", []any{user, user, nobody}, "conditions.authenticationFlows", object{"transferMethods": []any{"deviceCodeFlow", "authenticationTransfer"}},
				"conditions.users.includeGuestsOrExternalUsers", object{"guestOrExternalUserTypes": "serviceProvider,internalGuest", "externalTenants": object{"membershipKind": "all"}})},
			{Collection: all, File: "empty", Body: policy("grantControls", object{})},
			{Collection: all, File: "enum", Body: policy("conditions.clientAppTypes", []any{"telepathy"})},
			{Collection: all, File: "condition", Body: policy("conditions.weather", []any{"rain"})},
			{Collection: all, File: "placeholder", Body: policy("conditions.users.excludeGroups", []any{"<Admins>"})},
		},
		Links: []archive.Link{
			{Collection: "/groups", ID: group, Relation: "members", Target: user, File: "member"},
			{Collection: "/groups", ID: group, Relation: "members", Target: "44444444-4444-4444-8444-444444444444", File: "stranger"},
			{Collection: "/groups", ID: group, Relation: "settings", Target: user, File: "setting"},
		},
	}
	e := newTenant(t)
	r := e.Load(a)
	refused := map[string]string{}
	for _, x := range r.Refused {
		refused[x.File+" "+x.Property] = x.Reason
	}
	for file, part := range map[string]string{"group colour": "no such property", "again ": "already that of group", "id ": "not a GUID", "contact ": "not emulated",
		"empty ": "InvalidControls", "enum ": "telepathy", "condition ": "weather", "placeholder ": "1054", "stranger members": "not in the tenant", "setting settings": "not emulated"} {
		if !strings.Contains(refused[file], part) {
			t.Errorf("%s: %q, want …%s…", file, refused[file], part)
		}
		delete(refused, file)
	}
	same(t, "other refusals", refused, map[string]string{})
	same(t, "loaded policies", r.Loaded[all], 1)
	p := e.want(200, "GET", policies, nil).body["value"].([]any)[0].(object)
	for path, want := range map[string]any{"conditions.locations": nil, "conditions.clientAppTypes": []any{"all"}, "conditions.users.excludeGroups": []any{},
		"conditions.users.excludeUsers": []any{user, nobody}, "conditions.authenticationFlows.transferMethods": "deviceCodeFlow,authenticationTransfer",
		"conditions.users.includeGuestsOrExternalUsers.guestOrExternalUserTypes": "internalGuest,serviceProvider"} {
		same(t, path, at(p, path), want)
	}
	changed := ""
	for _, x := range r.Changed {
		changed += x.Property + " "
	}
	for _, property := range []string{"conditions.locations", "conditions.clientAppTypes", "excludeUsers", "transferMethods", "externalTenants", "proxyAddresses"} {
		if !strings.Contains(changed, property) {
			t.Errorf("nobody is told that %s was changed: %s", property, changed)
		}
	}
	same(t, "member", e.want(200, "GET", "/v1.0/groups/"+group+"/members", nil).ids(), []string{user})
	same(t, "binned", e.want(200, "GET", bin+"/microsoft.graph.group", nil).ids(), []string{nobody})
	got := e.want(200, "GET", "/v1.0/applications/"+app, nil).body
	same(t, "appId", got["appId"], user)
	same(t, "created", got["createdDateTime"], "2020-01-01T00:00:00Z")
	same(t, "audience", got["signInAudience"], "AzureADMyOrg")
	same(t, "credentials", len(e.want(200, "GET", "/v1.0/applications/"+app+"/federatedIdentityCredentials", nil).ids()), 1)
}
