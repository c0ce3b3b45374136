package export_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// tenant serves the demo's tenant.
func tenant(t *testing.T) (*graph.Client, string) {
	t.Helper()
	return loaded(t, "../cli/tenant")
}

// loaded serves the tenant of a folder.
func loaded(t *testing.T, dir string) (*graph.Client, string) {
	t.Helper()
	em := emulator.New()
	report, err := em.LoadDir(dir)
	if err != nil || len(report.Refused) > 0 {
		t.Fatal(err, report.Refused)
	}
	server := httptest.NewServer(em)
	t.Cleanup(server.Close)
	client, err := graph.New(context.Background(), graph.Config{Endpoint: server.URL, AccessToken: em.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return client, server.URL
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRun: everything is written, by reference, and the manifest counts it.
func TestRun(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(context.Background(), client, export.Options{Out: dir, All: true}); err != nil {
		t.Fatal(err)
	}
	var m export.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	for _, k := range m.Kinds {
		if k.Read != k.Exported+len(k.Skipped) || len(k.UnknownProperties) > 0 {
			t.Errorf("%+v", k)
		}
	}
	policies := read(t, dir, "conditional_access_policies.tf")
	for _, want := range []string{"entra_group.ca_breakglass.id", "entra_named_location.branch_offices.id", `local.directory_role_templates["Directory Synchronization Accounts"]`, "entra_application.orders_portal.app_id", `local.authentication_strength_policies["Phishing-resistant MFA"]`} {
		if !strings.Contains(policies, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(policies, "null") || strings.Contains(policies, "[]") {
		t.Error("something that is null or empty was written")
	}
	if !strings.Contains(read(t, dir, "applications.tf"), `["api://{app_id}"]`) {
		t.Error("the own app id stands as it is")
	}
	if !strings.Contains(read(t, dir, "named_locations.tf"), "create_before_destroy = true") {
		t.Error("a location whose deletion Graph refuses needs create_before_destroy")
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := export.Run(context.Background(), client, export.Options{Out: again, All: true}); err != nil {
		t.Fatal(err)
	}
	for _, f := range []string{"groups.tf", "conditional_access_policies.tf", "external.tf", "imports.tf"} {
		if read(t, dir, f) != read(t, again, f) {
			t.Errorf("%s is another one the second time", f)
		}
	}
}

// TestSelection: without All, groups come only where they matter.
func TestSelection(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(context.Background(), client, export.Options{Out: dir}); err != nil {
		t.Fatal(err)
	}
	groups := read(t, dir, "groups.tf")
	if strings.Contains(groups, `"marketing"`) || !strings.Contains(groups, "tier_0_administrators") || !strings.Contains(groups, "site_reliability") {
		t.Errorf("role-assignable groups and what policies lead to, no others:\n%s", groups)
	}
}

// TestRefusals: nothing is overwritten, and nothing is left half-written.
func TestRefusals(t *testing.T) {
	t.Parallel()
	client, url := tenant(t)
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine.tf"), []byte("# mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(context.Background(), client, export.Options{Out: full}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Error(err)
	}
	parent := t.TempDir()
	out := filepath.Join(parent, "out")
	if _, err := export.Run(context.Background(), client, export.Options{Out: out, Include: []string{"nothing"}}); err == nil || !strings.Contains(err.Error(), "named_location") {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := export.Run(cancelled, client, export.Options{Out: out}); err == nil || !strings.Contains(err.Error(), "cancelled") {
		t.Error(err)
	}
	body := strings.NewReader(`{"status":403,"every":1,"match":"GET /v1.0/groups"}`)
	resp, err := http.Post(url+"/_emulator/faults", "application/json", body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatal(err, resp)
	}
	resp.Body.Close()
	if _, err := export.Run(context.Background(), client, export.Options{Out: out}); err == nil || !strings.Contains(err.Error(), "Group.Read.All") {
		t.Error("a 403 names the permission: ", err)
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("something is left behind: %v", left)
	}
}

// TestFromArchive: an archive gives the same code as the tenant it describes,
// apart from what only a tenant knows.
func TestFromArchive(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	live, archived := filepath.Join(t.TempDir(), "live"), filepath.Join(t.TempDir(), "archived")
	if _, err := export.Run(context.Background(), client, export.Options{Out: live, All: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(context.Background(), nil, export.Options{Out: archived, All: true, From: "../cli/tenant"}); err != nil {
		t.Fatal(err)
	}
	if a, b := read(t, live, "named_locations.tf"), read(t, archived, "named_locations.tf"); a != b {
		t.Errorf("live:\n%s\narchived:\n%s", a, b)
	}
}

// TestImports: the recorded ids stay while they lead somewhere; a lost object
// is taken over by its unique name only when the user says so.
func TestImports(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(ctx, client, export.Options{Out: dir, All: true}); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir, "imports.tf")
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
	if err != nil || len(r.Moved) != 0 || read(t, dir, "imports.tf") != before {
		t.Fatal("nothing was lost, and something changed: ", err, r)
	}
	var m export.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	var old string
	for _, o := range m.Objects {
		if o.Address == "entra_group.ca_serviceaccounts" {
			old = o.ID
		}
	}
	for _, path := range []string{"/groups/" + old, "/directory/deletedItems/" + old} {
		if err := client.Delete(ctx, graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir}); err != nil || len(r.Moved) != 0 {
		t.Fatal("lost without a namesake stays as it was: ", err)
	}
	made, err := client.Post(ctx, graph.V1, "/groups", graph.Body{"displayName": "CA-ServiceAccounts", "mailNickname": "x", "mailEnabled": false, "securityEnabled": true})
	if err != nil {
		t.Fatal(err)
	}
	var ambiguous *export.Ambiguous
	if _, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir}); !errors.As(err, &ambiguous) || !strings.Contains(err.Error(), made["id"].(string)) {
		t.Fatal("a namesake is named, not taken: ", err)
	}
	if read(t, dir, "imports.tf") != before {
		t.Error("a refusal wrote something")
	}
	if r, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil || len(r.Moved) != 1 {
		t.Fatal(err, r)
	}
	if s := read(t, dir, "imports.tf"); !strings.Contains(s, made["id"].(string)) || strings.Contains(s, old) {
		t.Error("the new id is not in imports.tf")
	}
	if !bytes.Contains([]byte(read(t, dir, "id-map.json")), []byte(old)) {
		t.Error("id-map.json does not tell the old id")
	}
}
