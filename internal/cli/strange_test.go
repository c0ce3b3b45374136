package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// plain are ordinary objects, and oddities what their answers say beside that, or
// instead: values as tenants hold them that break one rule or another of today's
// Graph. They are older than the rule, written by the portal, or newer than this
// program. Validators bind what a user writes, not what a tenant has.
const plain = `[
{"@odata.type":"#microsoft.graph.group","id":"10000000-0000-4000-8000-000000000001","displayName":"Plain","mailNickname":"plain","securityEnabled":true,"mailEnabled":false},
{"@odata.type":"#microsoft.graph.countryNamedLocation","id":"20000000-0000-4000-8000-000000000001","displayName":"Nowhere","countriesAndRegions":["CH"]},
{"@odata.type":"#microsoft.graph.ipNamedLocation","id":"20000000-0000-4000-8000-000000000002","displayName":"Office","isTrusted":true,"ipRanges":[{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"192.0.2.0/24"}]},
{"@odata.type":"#microsoft.graph.conditionalAccessPolicy","id":"30000000-0000-4000-8000-000000000001","displayName":"From tomorrow","state":"enabled",
 "conditions":{"clientAppTypes":["all"],"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"]}},"grantControls":{"operator":"OR","builtInControls":["mfa"]}},
{"@odata.type":"#microsoft.graph.application","id":"40000000-0000-4000-8000-000000000001","appId":"40000000-0000-4000-8000-00000000000a","displayName":"Old one","signInAudience":"AzureADMyOrg"}
]`

var oddities = map[string]string{
	"10000000-0000-4000-8000-000000000001": `{"displayName":"","mailNickname":"has space","visibility":"Hiddenmembership","groupTypes":["Brandnew"],"quantumState":{"spin":"up"}}`,
	"20000000-0000-4000-8000-000000000001": `{"countriesAndRegions":[],"countryLookupMethod":"astrology"}`,
	"20000000-0000-4000-8000-000000000002": `{"ipRanges":[{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"192.0.2.77/24"},{"@odata.type":"#microsoft.graph.iPv6CidrRange","cidrAddress":"2001:0DB8:0:0:0:0:0:1/64"},{"@odata.type":"#microsoft.graph.iPv4CidrRange","cidrAddress":"nonsense"}]}`,
	"30000000-0000-4000-8000-000000000001": `{"state":"enabledOnMondays","conditions":{"clientAppTypes":["all","telepathy"],"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"],"includeRobots":["R2"]},"platforms":{"includePlatforms":["all","fridge"]},"signInRiskLevels":["high","absurd"]},"grantControls":{"operator":"XOR","builtInControls":["mfa","quantumProof"]}}`,
	"40000000-0000-4000-8000-000000000001": `{"identifierUris":["urn:old:thing","https://old.example/thing"],"signInAudience":"Everybody","appRoles":[{"id":"40000000-0000-4000-8000-00000000000b","allowedMemberTypes":[],"displayName":null,"isEnabled":false,"value":"has space"}],"web":{"redirectUris":["https://*.old.example/cb","not a url"]},"groupMembershipClaims":"SecurityGroup, None, Brandnew"}`,
}

// oddly lays the oddities over the answers of a tenant.
func oddly(t *testing.T, tenant http.Handler) http.Handler {
	t.Helper()
	extra := map[string]map[string]any{}
	for id, s := range oddities {
		var b map[string]any
		if err := json.Unmarshal([]byte(s), &b); err != nil {
			t.Fatal(id, err)
		}
		extra[id] = b
	}
	var lay func(v any)
	lay = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				lay(item)
			}
		case map[string]any:
			if id, _ := v["id"].(string); extra[id] != nil {
				maps.Copy(v, extra[id])
				return
			}
			for _, item := range v {
				lay(item)
			}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		tenant.ServeHTTP(rec, r)
		content := rec.Body.Bytes()
		var body any
		if json.Unmarshal(content, &body) == nil {
			lay(body)
			content, _ = json.Marshal(body)
		}
		maps.Copy(w.Header(), rec.Header())
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(content)
	})
}

// TestStrangeTenant: objects that break rules are exported, what no table knows
// is named, and the code is adopted without a change.
func TestStrangeTenant(t *testing.T) {
	t.Parallel()
	binary, ctx := built(t), context.Background()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "plain.json"), []byte(plain), 0o600); err != nil {
		t.Fatal(err)
	}
	engine, err := tf.Find()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d := &demo{out: &out, stage: drill.NewStage(demoTenant()), temp: t.TempDir()}
	defer d.stage.Close()
	server := httptest.NewServer(oddly(t, d.stage.Tenant))
	defer server.Close()
	d.stage.URL = server.URL
	if err := d.load(dir); err != nil {
		t.Fatal(err)
	}
	if err := d.connect(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.prepare(ctx, engine, binary); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if s := out.String(); strings.Contains(s, "not managed: 10000000") || !strings.Contains(s, "quantumState") || !strings.Contains(s, "conditions.users.includeRobots") {
		t.Errorf("what is unknown is not named, or something is left out:\n%s", s)
	}
	for file, words := range map[string][]string{
		"conditional_access_policies": {"enabledOnMondays", "telepathy", "fridge", "absurd", "XOR", "quantumProof"},
		"groups":                      {"has space", "Brandnew"},
		"named_locations":             {"astrology", "nonsense", "countries_and_regions = []"},
		"applications":                {"Everybody", "Brandnew", "not a url", "allowed_member_types = []"},
	} {
		code, err := os.ReadFile(filepath.Join(d.work.Dir, file+".tf"))
		if err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
		for _, word := range words {
			if !strings.Contains(strings.Join(strings.Fields(string(code)), " "), word) {
				t.Errorf("%s is lost in %s:\n%s", word, file, code)
			}
		}
	}
}
