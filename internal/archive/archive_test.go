package archive

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"
)

const (
	id1 = "11111111-1111-4111-8111-111111111111"
	id2 = "22222222-2222-4222-8222-222222222222"
	id3 = "33333333-3333-4333-8333-333333333333"
)

// readFiles reads an archive of the given files.
func readFiles(t *testing.T, files map[string]string) *Archive {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	a, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// one reads an archive that must hold one object and refuse nothing.
func one(t *testing.T, name, content string) Object {
	t.Helper()
	a := readFiles(t, map[string]string{name: content})
	if len(a.Objects) != 1 || len(a.Refused) != 0 {
		t.Fatalf("%s: objects %v, refused %v", name, a.Objects, a.Refused)
	}
	return a.Objects[0]
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const text = `{"@odata.type":"#microsoft.graph.group","id":"` + id1 + `","displayName":"Zürich 東京 😀"}`
	utf16 := func(e unicode.Endianness) string {
		s, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, content := range map[string]string{
		"utf8":    text,
		"bom":     "\ufeff" + text,
		"utf16le": utf16(unicode.LittleEndian),
		"utf16be": utf16(unicode.BigEndian),
	} {
		if got := one(t, "x.json", content).Body["displayName"]; got != "Zürich 東京 😀" {
			t.Errorf("%s: displayName = %q", name, got)
		}
	}
}

func TestCollection(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, body, want string }{
		{"type", "x.json", `{"@odata.type":"#microsoft.graph.conditionalAccessPolicy"}`, policies},
		{"type without hash", "x.json", `{"@odata.type":"microsoft.graph.user","id":"1"}`, "/users"},
		{"type before folder", "Groups/x.json", `{"@odata.type":"#microsoft.graph.application"}`, "/applications"},
		{"context", "x.json", `{"@odata.context":"https://graph.microsoft.com/beta/$metadata#identity/conditionalAccess/policies/$entity","id":"1"}`, policies},
		{"context with a selection", "x.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)/$entity","id":"1"}`, "/users"},
		{"context with an old path", "x.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#administrativeUnits/$entity","id":"1"}`, units},
		{"context of a singleton", "x.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#policies/authorizationPolicy/$entity","id":"1"}`, "/policies/authorizationPolicy"},
		{"context before folder", "Groups/x.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#users/$entity","id":"1"}`, "/users"},
		{"context of the common base", "Groups/x.json", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#directoryObjects/$entity","id":"1"}`, "/groups"},
		{"folder", "Groups/x.json", `{"id":"1"}`, "/groups"},
		{"folder in another", "Export/2026/AuthenticationStrengths/x.json", `{"id":"1"}`, strengths},
		{"inner folder", "ConditionalAccess/NamedLocations/x.json", `{"displayName":"x","ipRanges":[]}`, namedLocations},
		{"EntraExporter", "Identity/Conditional/AccessPolicies/" + id1 + "/" + id1 + ".json", `{"id":"` + id1 + `"}`, policies},
		{"EntraExporter, domain", "Domains/contoso.com/contoso.com.json", `{"id":"contoso.com"}`, "/domains"},
		{"EntraExporter, child", "Applications/" + id1 + "/ExtensionProperties/" + id2 + "/" + id2 + ".json", `{"id":"` + id2 + `"}`, "/applications/" + id1 + "/extensionProperties"},
		{"EntraExporter, grant", "ServicePrincipals/" + id1 + "/Oauth2PermissionGrants/x/x.json", `{"id":"x"}`, permissionGrants},
		{"shape, policy", "x.json", `{"conditions":{},"state":"enabled","displayName":"x"}`, policies},
		{"shape, group", "x.json", `{"displayName":"x","securityEnabled":true,"mailEnabled":false}`, "/groups"},
		{"shape, user", "x.json", `{"displayName":"x","userPrincipalName":"x@contoso.com"}`, "/users"},
		{"shape, application", "x.json", `{"appId":"1","displayName":"x","signInAudience":"AzureADMyOrg"}`, "/applications"},
		{"shape, service principal", "x.json", `{"appId":"1","displayName":"x","servicePrincipalType":"Application","signInAudience":"AzureADMyOrg"}`, "/servicePrincipals"},
		{"shape, organization", "Organization/Organization.json", `{"id":"1","displayName":"x","verifiedDomains":[]}`, "/organization"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := one(t, tt.file, tt.body)
			if o.Collection != tt.want || o.File != tt.file {
				t.Errorf("got %s from %s, want %s", o.Collection, o.File, tt.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, body, reason string }{
		{"not JSON", "x.json", `{"id":`, "is not JSON"},
		{"empty", "x.json", "\ufeff \n", "is empty"},
		{"Latin-1", "x.json", "{\"displayName\":\"Z\xfcrich\"}", "neither UTF-8 nor UTF-16"},
		{"two values", "x.json", `{} {}`, "goes on after"},
		{"a string", "x.json", `"hello"`, "no JSON object"},
		{"an empty list", "x.json", `[]`, "empty list"},
		{"nothing known", "package.json", `{"name":"x","version":"1"}`, "neither @odata.type"},
		{"ambiguous", "x.json", `{"conditions":{},"state":"enabled","displayName":"x","ipRanges":[]}`, "could belong to " + policies + " or " + namedLocations},
		{"folder against shape", "ConditionalAccess/x.json", `{"displayName":"x","ipRanges":[]}`, "looks like one of " + namedLocations},
		{"folder and nothing else", "Groups/settings.json", `{"theme":"dark"}`, "neither id nor displayName"},
		{"a type without collection", "x.json", `{"@odata.type":"#microsoft.graph.message","id":"1"}`, "is a message"},
		{"PascalCase", "x.json", `{"Id":"1","DisplayName":"x"}`, "PascalCase (DisplayName, Id)"},
		{"PascalCase below", "Groups/x.json", `{"id":"1","a":[{"KeyId":"1"}]}`, "PascalCase (a.KeyId)"},
		{"delta removal", "Groups/x.json", `{"id":"1","@removed":{"reason":"deleted"}}`, "mark of a deletion"},
		{"placeholder in a list", "ConditionalAccess/x.json", `{"displayName":"x","conditions":{"users":{"excludeGroups":["a","<Admins>"]}}}`, `conditions.users.excludeGroups[1] holds "<Admins>"`},
		{"placeholder of a GUID's shape", "ConditionalAccess/x.json", `{"displayName":"x","grantControls":{"termsOfUse":["xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"]}}`, "grantControls.termsOfUse[0]"},
		{"placeholder for the id", "Applications/x.json", `{"id":"${{AAD_APP_OBJECT_ID}}","displayName":"x"}`, `id holds "${{AAD_APP_OBJECT_ID}}"`},
		{"not covered folder", "PIM/Groups/" + id1 + "/" + id1 + ".json", `{"id":"1"}`, "below PIM"},
		{"not covered child", "Groups/" + id1 + "/Photos/x.json", `{"id":"1"}`, "Photos of /groups/" + id1},
		{"member without id", "Groups/" + id1 + "/Members/x.json", `{"displayName":"x"}`, "has no id"},
		{"location of unknown type", "NamedLocations/x.json", `{"id":"1","displayName":"x"}`, "unknown type"},
		{"Organization's neighbour", "Organization/CertificateBasedAuthConfiguration.json", `{"id":"1","certificateAuthorities":[]}`, "neither @odata.type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := readFiles(t, map[string]string{tt.file: tt.body})
			if len(a.Objects) != 0 || len(a.Refused) != 1 {
				t.Fatalf("objects %v, refused %v", a.Objects, a.Refused)
			}
			r := a.Refused[0]
			if r.File != tt.file || r.Property != "" || !strings.Contains(r.Reason, tt.reason) {
				t.Errorf("refused %+v\nwant %q", r, tt.reason)
			}
		})
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	o := one(t, "x.json", `{
		"@odata.context": "https://graph.microsoft.com/beta/$metadata#identity/conditionalAccess/policies/$entity",
		"@odata.type": "#microsoft.graph.conditionalAccessPolicy",
		"@odata.id": "identity/conditionalAccess/policies('1')",
		"#microsoft.graph.restore": {"target": "x"},
		"id": "1",
		"state@odata.type": "#microsoft.graph.conditionalAccessPolicyState",
		"state": "enabled",
		"createdDateTime": "/Date(1647536088205)/",
		"modifiedDateTime": "\/Date(1647536088000+0200)\/",
		"big": 12345678901234567890,
		"conditions": {
			"@odata.type": "#microsoft.graph.conditionalAccessConditionSet",
			"clientAppTypes@odata.type": "#Collection(microsoft.graph.conditionalAccessClientApp)",
			"clientAppTypes": ["all"],
			"locations": null,
			"users": [{"authenticationStrength@odata.navigationLink": "x", "@odata.type": "#microsoft.graph.x", "a": 1.50}]
		}
	}`)
	want := map[string]any{
		"@odata.type": "#microsoft.graph.conditionalAccessPolicy", "id": "1", "state": "enabled",
		"createdDateTime": "2022-03-17T16:54:48.205Z", "modifiedDateTime": "2022-03-17T16:54:48Z",
		"big": json.Number("12345678901234567890"),
		"conditions": map[string]any{
			"@odata.type": "#microsoft.graph.conditionalAccessConditionSet", "clientAppTypes": []any{"all"}, "locations": nil,
			"users": []any{map[string]any{"@odata.type": "#microsoft.graph.x", "a": json.Number("1.50")}},
		},
	}
	if diff := cmp.Diff(want, o.Body); diff != "" {
		t.Error(diff)
	}
}

func TestPropertyRefused(t *testing.T) {
	t.Parallel()
	a := readFiles(t, map[string]string{"Groups/x.json": `{"id":"1","displayName":"<RING> - Admins","organizationId":"%OrganizationId%",
		"proxyAddresses":["a","${{MAIL}}"],"createdDateTime":"/Date(9999999999999999999)/"}`})
	if len(a.Objects) != 1 {
		t.Fatalf("objects %v, refused %v", a.Objects, a.Refused)
	}
	if diff := cmp.Diff(map[string]any{"id": "1", "displayName": "<RING> - Admins"}, a.Objects[0].Body); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, r := range a.Refused {
		got = append(got, r.Property)
	}
	if diff := cmp.Diff([]string{"createdDateTime", "organizationId", "proxyAddresses[1]"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	const items = `[{"id":"` + id1 + `"},7,{"Id":"x"},{"id":"` + id2 + `"}]`
	for name, content := range map[string]string{
		"array":      items,
		"answer":     `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#groups","@odata.count":4,"value":` + items + `}`,
		"PowerShell": `{"value":` + items + `,"Count":4}`,
	} {
		a := readFiles(t, map[string]string{"Groups/x.json": content})
		if len(a.Objects) != 2 || a.Objects[1].Body["id"] != id2 {
			t.Errorf("%s: objects %v", name, a.Objects)
		}
		if len(a.Refused) != 2 || !strings.HasPrefix(a.Refused[0].Reason, "object 2 of 4: ") || !strings.HasPrefix(a.Refused[1].Reason, "object 3 of 4: ") {
			t.Errorf("%s: refused %v", name, a.Refused)
		}
	}
	a := readFiles(t, map[string]string{"Groups/x.json": `{"value":[{"id":"1"}],"@odata.nextLink":"https://graph.microsoft.com/v1.0/groups?$skiptoken=x"}`})
	if len(a.Objects) != 1 || len(a.Refused) != 1 || a.Refused[0].Property != "@odata.nextLink" {
		t.Errorf("an unfinished list: objects %v, refused %v", a.Objects, a.Refused)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	user := `{"@odata.type":"#microsoft.graph.user","id":"` + id2 + `","displayName":"Ada","userPrincipalName":"ada@contoso.com"}`
	a := readFiles(t, map[string]string{
		"Groups/" + id1 + "/" + id1 + ".json":                                      `{"id":"` + id1 + `","displayName":"x"}`,
		"Groups/" + id1 + "/Members/" + id2 + "/" + id2 + ".json":                  user,
		"Groups/" + id1 + "/Members/" + id3 + "/" + id3 + ".json":                  `{"@odata.type":"#microsoft.graph.group","id":"` + id3 + `","displayName":"nested"}`,
		"Groups/" + id1 + "/Owners.json":                                           `[` + user + `]`,
		"administrative-unit.json":                                                 `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#directory/administrativeUnits('` + id1 + `')/members","value":[{"id":"` + id3 + `"}]}`,
		"OnPremisesPublishingProfiles/x/" + id1 + "/Applications/" + id2 + ".json": `{"id":"` + id2 + `"}`,
		"Groups/bind.json":                                                         `{"id":"` + id3 + `","displayName":"y","members@odata.bind":["https://graph.microsoft.com/v1.0/directoryObjects/` + id2 + `","https://graph.microsoft.com/v1.0/users('` + id1 + `')","nonsense"]}`,
	})
	var got []string
	for _, l := range a.Links {
		got = append(got, l.Collection+"/"+l.ID[:1]+" "+l.Relation+" "+l.Target[:1])
	}
	slices.Sort(got)
	want := []string{
		"/directory/administrativeUnits/1 members 3", "/groups/1 members 2", "/groups/1 members 3",
		"/groups/1 owners 2", "/groups/3 members 1", "/groups/3 members 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var objects []string
	for _, o := range a.Objects {
		objects = append(objects, o.Collection+"/"+o.Body["id"].(string)[:1])
	}
	if diff := cmp.Diff([]string{"/groups/1", "/groups/3", "/users/2"}, objects); diff != "" {
		t.Errorf("the user known by relations alone stands once, the nested group does not:\n%s", diff)
	}
	if len(a.Refused) != 2 {
		t.Errorf("refused %v", a.Refused)
	}
}

// TestStubYields: a user of whom a relation tells and who is there whole.
func TestStubYields(t *testing.T) {
	t.Parallel()
	a := readFiles(t, map[string]string{
		"Groups/" + id1 + "/Members/" + id2 + ".json": `{"@odata.type":"#microsoft.graph.user","id":"` + id2 + `"}`,
		"Users/" + id2 + "/" + id2 + ".json":          `{"id":"` + id2 + `","displayName":"Ada","jobTitle":"x"}`,
	})
	if len(a.Objects) != 1 || a.Objects[0].Body["jobTitle"] != "x" || len(a.Refused) != 0 {
		t.Errorf("objects %v, refused %v", a.Objects, a.Refused)
	}
}

func TestDuplicates(t *testing.T) {
	t.Parallel()
	a := readFiles(t, map[string]string{
		"Groups/a.json": `{"id":"` + id1 + `","displayName":"a"}`,
		"Groups/b.json": `{"id":"` + strings.ToUpper(id1) + `","displayName":"b"}`,
		"Users/c.json":  `{"id":"` + id1 + `","displayName":"c"}`,
		"Groups/d.json": `{"displayName":"d"}`,
		"Groups/e.json": `{"displayName":"d"}`,
	})
	if len(a.Objects) != 4 || len(a.Refused) != 1 {
		t.Fatalf("objects %v, refused %v", a.Objects, a.Refused)
	}
	if r := a.Refused[0]; r.File != "Groups/b.json" || !strings.Contains(r.Reason, "Groups/a.json") {
		t.Errorf("refused %+v: want both files named", r)
	}
}

func TestLocationTypes(t *testing.T) {
	t.Parallel()
	o := one(t, "x.json", `{"displayName":"x","ipRanges":[{"cidrAddress":"192.0.2.0/24"},{"cidrAddress":"2001:db8::/32"},{"cidrAddress":"?"}]}`)
	want := map[string]any{
		"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "x",
		"ipRanges": []any{
			map[string]any{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"},
			map[string]any{"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"},
			map[string]any{"cidrAddress": "?"},
		},
	}
	if diff := cmp.Diff(want, o.Body); diff != "" {
		t.Error(diff)
	}
	if got := one(t, "x.json", `{"displayName":"x","countriesAndRegions":["CH"]}`).Body["@odata.type"]; got != "#microsoft.graph.countryNamedLocation" {
		t.Errorf("@odata.type = %v", got)
	}
}

func TestFilesPassedOver(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(outside, []byte(`{"@odata.type":"#microsoft.graph.user","id":"1"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"README.md": "{", "users.csv": "id", "x.JSON": `{"@odata.type":"#microsoft.graph.group","id":"1"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "link.json")); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "folder")); err != nil {
		t.Fatal(err)
	}
	a, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Objects) != 1 || a.Objects[0].File != "x.JSON" {
		t.Errorf("objects %v", a.Objects)
	}
	if len(a.Refused) != 2 || a.Refused[0].File != "folder" || a.Refused[1].File != "link.json" {
		t.Errorf("refused %v", a.Refused)
	}
}

func TestReadMissing(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := Read(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("error = %v", err)
	}
}

// FuzzFile: whatever a file holds, it is not lost and nothing panics.
func FuzzFile(f *testing.F) {
	for _, s := range []string{`{}`, `[]`, `{"value":[{}]}`, `{"id":{}}`, `{"@odata.type":1,"members@odata.bind":[1]}`, "\xff\xfe{", `{"ipRanges":[1]}`} {
		f.Add("Groups/"+id1+"/Members/x.json", []byte(s))
		f.Add("NamedLocations/x.json", []byte(s))
	}
	f.Fuzz(func(t *testing.T, file string, b []byte) {
		r := &reader{seen: map[string]string{}}
		r.file(file, b)
		r.addStubs()
		if len(r.archive.Objects)+len(r.archive.Links)+len(r.archive.Refused) == 0 {
			t.Errorf("%q with %q left no trace", file, b)
		}
	})
}
