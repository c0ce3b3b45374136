package export_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestImportsReportOnly: policies that are lost or in the recycle bin, and that the code
// enforces, are overridden; others are not; and the file goes again.
func TestImportsReportOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	dir := filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(ctx, client, export.Options{Out: dir, All: true}); err != nil {
		t.Fatal(err)
	}
	const policies, file = "/identity/conditionalAccess/policies", "report_only_override.tf"
	var m export.Manifest
	if err := json.Unmarshal([]byte(read(t, dir, "manifest.json")), &m); err != nil {
		t.Fatal(err)
	}
	var enforced []string
	for _, o := range m.Objects {
		if o.Kind != "conditional_access_policy" {
			continue
		}
		b, err := client.Get(ctx, graph.Beta, policies+"/"+o.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b["state"] == "enabled" {
			enforced = append(enforced, o.Address)
		}
		if len(enforced) < 3 || b["state"] != "enabled" { // in the recycle bin
			if err := client.Delete(ctx, graph.Beta, policies+"/"+o.ID); err != nil {
				t.Fatal(err)
			}
		}
		if len(enforced) == 1 { // lost
			_ = client.Delete(ctx, graph.Beta, "/identity/conditionalAccess/deletedItems/policies/"+o.ID)
		}
	}
	if len(enforced) < 3 {
		t.Fatal("the tenant has too few enforced policies: ", enforced)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file, "# mine\n")
	if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ReportOnly: true}); err == nil || !strings.Contains(err.Error(), "was not written by imports") {
		t.Error("somebody's own override file is replaced: ", err)
	}
	if err := os.Remove(filepath.Join(dir, file)); err != nil {
		t.Fatal(err)
	}
	before := ""
	for range 2 { // the second run reads the code beside the file of the first
		r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ReportOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.ReportOnly, enforced[:2]) || len(r.Enforced) > 0 || r.ReportOnlyRemoved {
			t.Errorf("overridden are %v instead of %v, not %v", r.ReportOnly, enforced[:2], r.Enforced)
		}
		content := read(t, dir, file)
		_, name, _ := strings.Cut(enforced[0], ".")
		want := "resource \"entra_conditional_access_policy\" \"" + name + "\" {\n  state = \"enabledForReportingButNotEnforced\"\n}"
		if !strings.Contains(content, want) || before != "" && content != before {
			t.Errorf("the file is\n%s", content)
		}
		before = content
	}
	// An apply has brought back the one in the recycle bin, and was stopped before the rest.
	second := m.Objects[slices.IndexFunc(m.Objects, func(o export.ManifestObject) bool { return o.Address == enforced[1] })].ID
	if _, err := client.Post(ctx, graph.Beta, "/identity/conditionalAccess/deletedItems/policies/"+second+"/restore", nil); err != nil {
		t.Fatal(err)
	}
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ReportOnly: true})
	if err != nil || !slices.Equal(r.ReportOnly, enforced[:2]) {
		t.Errorf("halfway: %v %v", r, err)
	}
	if err := client.Delete(ctx, graph.Beta, policies+"/"+second); err != nil {
		t.Fatal(err)
	}
	r, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
	if err != nil || !r.ReportOnlyRemoved || len(r.ReportOnly) > 0 {
		t.Errorf("without the option: %v %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
		t.Error("the file is still there")
	}
	// What stands in a module, or has several instances, is named.
	_, name, _ := strings.Cut(enforced[0], ".")
	head := "resource \"entra_conditional_access_policy\" \"" + name + "\" {\n"
	files, _ := filepath.Glob(filepath.Join(dir, "*.tf"))
	for _, path := range files {
		if code := read(t, dir, filepath.Base(path)); strings.Contains(code, head) {
			write(filepath.Base(path), strings.Replace(code, head, head+"  count = 1\n", 1))
		}
	}
	r, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ReportOnly: true, Adopt: nil})
	if err != nil || !slices.Equal(r.ReportOnly, enforced[1:2]) || len(r.Enforced) != 1 || !strings.Contains(r.Enforced[0], "all instances") {
		t.Errorf("with count: %+v %v", r, err)
	}
}
