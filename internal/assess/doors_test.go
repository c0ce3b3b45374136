package assess_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/assess"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestSecrets: what a rebuild reissues, the nearest end first, and never the secret.
func TestSecrets(t *testing.T) {
	t.Parallel()
	w := empty(t)
	app := w.post("/applications", graph.Body{"displayName": "App", "keyCredentials": []any{graph.Body{
		"keyId": "11111111-1111-4111-8111-111111111111", "type": "AsymmetricX509Cert", "usage": "Verify", "key": testCertificate, "displayName": "CN=client"}}})
	told, err := w.admin.Post(context.Background(), graph.V1, "/applications/"+app+"/addPassword", graph.Body{"passwordCredential": graph.Body{"displayName": "pipeline", "endDateTime": "2099-01-01T00:00:00Z"}})
	if err != nil {
		t.Fatal(err)
	}
	sp := w.post("/servicePrincipals", graph.Body{"appId": w.one("/applications", "displayName", "App")["appId"]})
	w.patch("/servicePrincipals/"+sp, graph.Body{"preferredSingleSignOnMode": "saml"})
	if _, err := w.admin.Post(context.Background(), graph.V1, "/servicePrincipals/"+sp+"/addTokenSigningCertificate", graph.Body{"displayName": "CN=sso", "endDateTime": time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)}); err != nil {
		t.Fatal(err)
	}
	w.export()
	r := w.assess()
	byType := map[string][]assess.Secret{}
	for i, s := range r.Secrets {
		byType[s.Type] = append(byType[s.Type], s)
		if i > 0 && r.Secrets[i-1].Ends > s.Ends {
			t.Error("not in order")
		}
	}
	if got := byType["client secret"]; len(got) != 1 || !got[0].Reissue || got[0].Name != "pipeline" || !strings.HasPrefix(got[0].Ends, "2099-01-01") || got[0].Of.Address != "entra_application.app" {
		t.Errorf("%+v", got)
	}
	if got := byType["certificate"]; len(got) != 1 || got[0].Reissue {
		t.Errorf("the public half is in the code: %+v", got)
	}
	if got := byType["SAML signing certificate"]; len(got) != 1 || !got[0].Reissue || got[0].Of.Kind != "service_principal" {
		t.Errorf("its three entries are one certificate: %+v", got)
	}
	content, _ := json.Marshal(r)
	if secret := told["secretText"].(string); secret == "" || bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte(secret[:3]+`"`)) {
		t.Error("a secret, or its beginning, is in the report")
	}
	contains(t, said(r), "SECRETS THAT A REBUILD WOULD HAVE TO REISSUE", "2099-01-01 client secret application App pipeline")
	late := w.assess(func(o *assess.Options) { o.Now = func() time.Time { return time.Now().AddDate(100, 0, 0) } })
	if !late.Secrets[0].Expired || strings.Contains(said(late), "REISSUE") {
		t.Error("what has expired is of no use to anybody")
	}
}

// TestPermissions: the token against what the tables say that a write needs.
func TestPermissions(t *testing.T) {
	t.Parallel()
	w := demo(t)
	lacks := func(r *assess.Report) map[string]string {
		out := map[string]string{}
		for _, o := range r.CannotRestore {
			out[o.Kind+" "+o.Reason] = o.Todo
			if len(o.Objects) == 0 || o.Objects[0].Address == "" {
				t.Errorf("%+v", o)
			}
		}
		return out
	}
	if r := w.assess(); r.Identity.Known || len(r.CannotRestore) != 0 {
		t.Errorf("an opaque token tells nothing: %+v", r.CannotRestore)
	}
	w.signIn("Directory.Read.All", "Policy.Read.All", "Group.ReadWrite.All", "Policy.ReadWrite.ConditionalAccess", "RoleManagement.Read.Directory")
	r := w.assess()
	got := lacks(r)
	if !r.Identity.Known || !r.Identity.Application || r.Identity.ObjectID == "" || !slices.Contains(r.Identity.Permissions, "Group.ReadWrite.All") {
		t.Errorf("%+v", r.Identity)
	}
	for _, want := range []string{"application the token lacks Application.ReadWrite.All", "administrative_unit the token lacks AdministrativeUnit.ReadWrite.All",
		"group the token lacks RoleManagement.ReadWrite.Directory, which role-assignable groups need"} {
		if got[want] == "" {
			t.Errorf("%s is missing in %v", want, got)
		}
	}
	for reason := range got {
		if strings.HasPrefix(reason, "conditional_access_policy") || strings.HasPrefix(reason, "named_location") || reason == "group the token lacks Group.ReadWrite.All" {
			t.Errorf("it may: %s", reason)
		}
	}
	for _, o := range r.CannotRestore {
		if o.Kind == "group" && (len(o.Objects) != 1 || o.Objects[0].Name != "Tier 0 Administrators") {
			t.Errorf("only role-assignable groups need it: %+v", o.Objects)
		}
	}
	contains(t, said(r), "WHAT THIS IDENTITY COULD NOT RESTORE", "Grant Application.ReadWrite.All")
}

// TestRestrictedUnits: nobody without a role over the unit changes what is in it.
func TestRestrictedUnits(t *testing.T) {
	t.Parallel()
	w := empty(t)
	group := w.group("guarded", nil)
	unit := w.post("/directory/administrativeUnits", graph.Body{"displayName": "Tier 0", "isMemberManagementRestricted": true})
	if _, err := w.admin.Post(context.Background(), graph.V1, "/directory/administrativeUnits/"+unit+"/members/$ref", graph.Body{"@odata.id": w.url + "/v1.0/groups/" + group}); err != nil {
		t.Fatal(err)
	}
	w.export()
	all := []string{"Directory.Read.All", "Directory.ReadWrite.All", "Policy.Read.All", "Group.ReadWrite.All", "AdministrativeUnit.ReadWrite.All", "Application.ReadWrite.All", "RoleManagement.ReadWrite.Directory"}
	me := w.signIn(all...)
	r := w.assess()
	if len(r.CannotRestore) != 1 || r.CannotRestore[0].Objects[0].Address != "entra_group.guarded" || !strings.Contains(r.CannotRestore[0].Reason, `"Tier 0" with restricted management`) {
		t.Fatalf("%+v", r.CannotRestore)
	}
	assign := func(principal string) string {
		return w.post("/roleManagement/directory/roleAssignments", graph.Body{"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": principal,
			"roleDefinitionId": "fdd7a751-b60b-444a-984c-02652fe8fa1c", "directoryScopeId": "/administrativeUnits/" + unit})
	}
	own := assign(me)
	if r := w.assess(); len(r.CannotRestore) != 0 {
		t.Errorf("it has a role over the unit: %+v", r.CannotRestore)
	}
	w.remove("/roleManagement/directory/roleAssignments/" + own)
	holders := w.group("holders", graph.Body{"isAssignableToRole": true})
	assign(holders)
	if r := w.assess(); len(r.CannotRestore) != 1 {
		t.Errorf("a group that it is not in has the role: %+v", r.CannotRestore)
	}
	if _, err := w.admin.Post(context.Background(), graph.V1, "/groups/"+holders+"/members/$ref", graph.Body{"@odata.id": w.url + "/v1.0/directoryObjects/" + me}); err != nil {
		t.Fatal(err)
	}
	if r := w.assess(); len(r.CannotRestore) != 0 {
		t.Errorf("it has a role over the unit by a group: %+v", r.CannotRestore)
	}
}

// TestProtectedActions: what asks for an authentication context, no application does.
func TestProtectedActions(t *testing.T) {
	t.Parallel()
	w := demo(t, emulator.WithProtectedActions("microsoft.directory/conditionalAccessPolicies/basic/update"))
	r := w.assess()
	if len(r.CannotRestore) != 1 || r.CannotRestore[0].Kind != "conditional_access_policy" || len(r.CannotRestore[0].Objects) != of(r, "conditional_access_policy").InCode {
		t.Errorf("%+v", r.CannotRestore)
	}
	contains(t, said(r), "conditionalAccessPolicies/basic/update is protected: it asks for authentication context c1")
}

// domain is one in which users can be made.
func (w *world) domain() string {
	w.Helper()
	var id string
	if err := w.admin.List(context.Background(), graph.V1, "/domains", nil, func(b graph.Body) error { id, _ = b["id"].(string); return nil }); err != nil || id == "" {
		w.Fatal(id, err)
	}
	return id
}

func (w *world) user(name string, more graph.Body) string {
	w.Helper()
	b := graph.Body{"displayName": name, "userPrincipalName": name + "@" + w.domain(), "mailNickname": name, "accountEnabled": true,
		"passwordProfile": graph.Body{"password": "aA1!" + strings.Repeat("x", 20), "forceChangePasswordNextSignIn": false}}
	for k, v := range more {
		b[k] = v
	}
	return w.post("/users", b)
}

func (w *world) policy(name string, users graph.Body) string {
	w.Helper()
	return w.post("/identity/conditionalAccess/policies", graph.Body{"displayName": name, "state": "enabled",
		"conditions":    graph.Body{"clientAppTypes": []any{"all"}, "applications": graph.Body{"includeApplications": []any{"All"}}, "users": users},
		"grantControls": graph.Body{"operator": "OR", "builtInControls": []any{"mfa"}}})
}

func account(r *assess.Report, id string) assess.Account {
	for _, x := range r.BreakGlass.Accounts {
		if x.ID == id {
			return x
		}
	}
	return assess.Account{}
}

// TestBreakGlass: cloud-only, enabled, left out of every enforced policy, at least two.
func TestBreakGlass(t *testing.T) {
	t.Parallel()
	w := demo(t, emulator.WithUnprovenDomains())
	w.post("/domains", graph.Body{"id": "contoso.com"})
	w.post("/domains/contoso.com/verify", nil)
	r := w.assess()
	if r.BreakGlass.Good != 2 || r.BreakGlass.Enforced == 0 || *r.SecurityDefaults {
		t.Fatalf("%+v", r.BreakGlass)
	}
	contains(t, said(r), "security defaults are off", "2 accounts for emergencies could still sign in", "breakglass1@contoso.com: good; it is no Global Administrator for good")
	one, two := w.one("/users", "userPrincipalName", "breakglass1@contoso.com")["id"].(string), w.one("/users", "userPrincipalName", "breakglass2@contoso.com")["id"].(string)
	w.post("/roleManagement/directory/roleAssignments", graph.Body{"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "principalId": one,
		"roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10", "directoryScopeId": "/"})
	if r := w.assess(); !account(r, one).Global || len(account(r, one).Notes) != 0 || account(r, two).Global {
		t.Errorf("%+v", r.BreakGlass.Accounts)
	}

	w.patch("/users/"+one, graph.Body{"accountEnabled": false})
	if r := w.assess(); r.BreakGlass.Good != 1 || !slices.Contains(account(r, one).Why, "it is disabled") {
		t.Errorf("%+v", r.BreakGlass)
	}
	w.patch("/users/"+one, graph.Body{"accountEnabled": true})

	// A policy that covers everybody and leaves nobody out.
	all := w.policy("Everybody", graph.Body{"includeUsers": []any{"All"}})
	r = w.assess()
	if r.BreakGlass.Good != 0 || len(r.BreakGlass.Accounts) != 0 || !strings.Contains(r.BreakGlass.Sentence, "at least two") {
		t.Errorf("%+v", r.BreakGlass)
	}
	// Named, it is looked at all the same, and the policy is named.
	r = w.assess(func(o *assess.Options) { o.BreakGlass = []string{one} })
	if x := account(r, one); !x.Named || x.Good || !slices.Equal(x.Reached, []string{"Everybody"}) {
		t.Errorf("%+v", x)
	}
	w.patch("/identity/conditionalAccess/policies/"+all, graph.Body{"state": "enabledForReportingButNotEnforced"})
	if r := w.assess(); r.BreakGlass.Good != 2 {
		t.Errorf("report-only enforces nothing: %+v", r.BreakGlass)
	}

	// Policies for some: a group, a role, and one of neither's.
	for name, users := range map[string]graph.Body{
		"by group": {"includeGroups": []any{w.group("admins", graph.Body{"members@odata.bind": []any{w.url + "/v1.0/users/" + two}})}},
		"by role":  {"includeRoles": []any{"62e90394-69f5-4237-9190-012177145e10"}},
		"by id":    {"includeUsers": []any{w.user("somebody", nil)}},
	} {
		id := w.policy(name, users)
		r := w.assess()
		want := map[string][]string{"by group": {two}, "by role": {one}}[name]
		for _, x := range []string{one, two} {
			if reached := len(account(r, x).Reached) > 0; reached != slices.Contains(want, x) {
				t.Errorf("%s: %+v", name, account(r, x))
			}
		}
		w.remove("/identity/conditionalAccess/policies/" + id)
	}
}

// TestNamedBreakGlass: the provider block names accounts, through locals too.
func TestNamedBreakGlass(t *testing.T) {
	t.Parallel()
	w := empty(t)
	guest, gone := w.user("guest", graph.Body{"userType": "Guest"}), "99999999-9999-4999-8999-999999999999"
	w.write("main.tf", "locals {\n  users = var.users\n}\nvariable \"users\" {\n  type = map(string)\n  default = {\n    guest = \""+guest+"\"\n  }\n}\nprovider \"entra\" {\n  break_glass = [local.users[\"guest\"], \""+gone+"\"]\n}\n")
	r := w.assess()
	if x := account(r, guest); !x.Named || x.Cloud || x.Good {
		t.Errorf("%+v", x)
	}
	if x := account(r, gone); !slices.Equal(x.Why, []string{"it does not exist"}) {
		t.Errorf("%+v", x)
	}
	w.write("main.tf", "")
	contains(t, w.assess().BreakGlass.Sentence, "name them with --break-glass")
}

// TestSecurityDefaults: a switch of the tenant.
func TestSecurityDefaults(t *testing.T) {
	t.Parallel()
	w := empty(t)
	w.patch("/policies/identitySecurityDefaultsEnforcementPolicy", graph.Body{"isEnabled": true})
	r := w.assess()
	if r.SecurityDefaults == nil || !*r.SecurityDefaults {
		t.Error(r.SecurityDefaults)
	}
	contains(t, said(r), "security defaults are on")
}

// TestState: whether the state can be had without the tenant.
func TestState(t *testing.T) {
	t.Parallel()
	const tenant = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	w := empty(t, emulator.WithTenantID(tenant))
	for name, c := range map[string]struct{ code, recorded, backend, needs string }{
		"none":              {"", "", "local", "no"},
		"azurerm, this":     {`terraform { backend "azurerm" { tenant_id = "` + strings.ToUpper(tenant) + `" } }`, "", "azurerm", "yes"},
		"azurerm, other":    {`terraform { backend "azurerm" { tenant_id = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb" } }`, "", "azurerm", "no"},
		"azurerm, nothing":  {`terraform { backend "azurerm" {} }`, "", "azurerm", "unknown"},
		"azurerm, key":      {`terraform { backend "azurerm" { access_key = "k" } }`, "", "azurerm", "no"},
		"azurerm, key, AAD": {"terraform {\n  backend \"azurerm\" {\n    access_key       = \"k\"\n    use_azuread_auth = true\n    tenant_id        = \"" + tenant + "\"\n  }\n}", "", "azurerm", "yes"},
		"azurerm, recorded": {`terraform { backend "azurerm" {} }`, `{"backend":{"type":"azurerm","config":{"tenant_id":"` + tenant + `","access_key":null,"use_azuread_auth":true}}}`, "azurerm", "yes"},
		"cloud":             {"terraform {\n  cloud {\n    organization = \"x\"\n  }\n}", "", "cloud", "unknown"},
		"remote":            {`terraform { backend "remote" {} }`, "", "remote", "unknown"},
		"s3":                {`terraform { backend "s3" {} }`, "", "s3", "unknown"},
	} {
		w.dir = t.TempDir()
		w.write("main.tf", strings.NewReplacer("{ backend", "{\n backend", "} }", "}\n}").Replace(c.code)+"\n")
		if c.recorded != "" {
			if err := os.Mkdir(filepath.Join(w.dir, ".terraform"), 0o700); err != nil {
				t.Fatal(err)
			}
			w.write(".terraform/terraform.tfstate", c.recorded)
		}
		if s := w.assess().State; s.Backend != c.backend || s.NeedsTenant != c.needs || s.Sentence == "" || strings.Contains(s.Sentence, `"k"`) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestUnread: what may not be read is named with the permission, the rest is there, and a
// gate that depends on it fails.
func TestUnread(t *testing.T) {
	t.Parallel()
	w := demo(t, emulator.WithRequiredRoles())
	w.signIn("Group.Read.All", "Application.Read.All")
	r := w.assess()
	if of(r, "group").InCode == 0 || of(r, "group").Unread != "" || of(r, "conditional_access_policy").Unread == "" || r.SecurityDefaults != nil {
		t.Errorf("%+v", r.Kinds)
	}
	named := map[string][]string{}
	for _, u := range r.Unread {
		named[u.What] = u.Permissions
	}
	for what, permission := range map[string]string{"Conditional Access policies": "Policy.Read.All", "administrative units": "AdministrativeUnit.Read.All",
		"the recycle bin of named locations": "Policy.Read.All", "whether security defaults are on": "Policy.Read.All", "the number of domains": "Domain.Read.All"} {
		if !slices.Contains(named[what], permission) {
			t.Errorf("%s: %v", what, named[what])
		}
	}
	if of(r, "conditional_access_policy").Missing != 0 {
		t.Error("what could not be read is not lost")
	}
	if got := r.Failures(under(1)); len(got) != 1 || !strings.Contains(got[0], "could not be read: Conditional Access policies") {
		t.Error(got)
	}
	if got := r.Failures(binDays(1)); len(got) == 0 || !strings.Contains(got[0], "cannot be said") {
		t.Error(got)
	}
	contains(t, said(r), "conditional_access_policy ? ? ? ?", "WHAT COULD NOT BE READ", "Conditional Access policies: grant Policy.Read.All", "it is not known whom the policies leave out")
}

const testCertificate = "MIIBeTCCAR+gAwIBAgIUEhDQYNtx75+3v9WroF8PqUuEM0IwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGY2xpZW50MCAXDTI2MTEyOTE5MTUyOVoYDzIxMjYxMTA1MTkxNTI5WjARMQ8wDQYDVQQDDAZjbGllbnQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATnd/d5uJoXwo76HXzIJSbiWmwpj0ihhxtsJpvYdyDLGtiJwKFVQCfw9iP26E/4J8mJ6V0145NXtSF7sochuiTIo1MwUTAdBgNVHQ4EFgQUYQuf3jppPiB5PyytFM/OCESm3A0wHwYDVR0jBBgwFoAUYQuf3jppPiB5PyytFM/OCESm3A0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA2YuFsP7HdhVAbKzg71h746uJDifh+K2dIkhwK+wOk7gIhANGmGdnFsnB8Y/PmdGTNMb0u7st7sJy62F8jL1rcTfD/"
