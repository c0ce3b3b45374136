package export_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
)

func writeFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "critical.txt")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestCritical: what the file names is protected and comes first; what it does not
// name is written as ever; an entry that names nothing is told.
func TestCritical(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	for _, name := range []string{"[Tier 0] Admins", "[Tier 0] Breakglass", "zz by id", "Plain"} {
		post(t, client, "/groups", newGroup(name))
	}
	byID := post(t, client, "/groups", newGroup("another by id"))
	file := writeFile(t, "\ufeff# crown jewels\r\n\r\nnamed_location\r\n group : \"[tier 0]*\"\r\n*:zz by ID\r\ngroup:"+strings.ToUpper(byID)+"\r\ngroup:Nobody has this name\r\n")
	dir := filepath.Join(t.TempDir(), "out")
	r, err := export.Run(context.Background(), client, export.Options{Out: dir, All: true, Critical: file})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"[Tier 0] Admins", "[Tier 0] Breakglass", "zz by id", "another by id"}
	first := true
	for _, o := range r.Manifest.Objects {
		critical := o.Kind == "named_location" || o.Kind == "group" && slices.Contains(want, o.DisplayName)
		if o.Critical != critical {
			t.Errorf("%s %q: critical is %v", o.Address, o.DisplayName, o.Critical)
		}
		if !critical {
			first = false
		} else if !first {
			t.Errorf("%s comes after what is not critical", o.Address)
		}
	}
	groups, err := os.ReadFile(filepath.Join(dir, "groups.tf"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(groups), "deletion_protection = true"); n != len(want) {
		t.Errorf("%d groups are protected instead of %d", n, len(want))
	}
	told := strings.Join(r.Warnings, "\n")
	if !strings.Contains(told, `:7: "group:Nobody has this name" names nothing`) || strings.Count(told, "names nothing") != 1 {
		t.Errorf("what was told: %s", told)
	}
	if _, err := export.Imports(context.Background(), client, export.ImportsOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil || strings.Count(string(kept), `"critical": true`) < len(want) || strings.Index(string(kept), `"critical"`) > strings.Index(string(kept), `"Plain"`) {
		t.Errorf("imports does not keep the marks and their order: %v", err)
	}
}

// TestCriticalRefused: a file that cannot be understood stops the export, by line.
func TestCriticalRefused(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	for content, part := range map[string]string{
		"group\ngruop:x":                      `:2: "gruop:x": there is no kind "gruop"`,
		"group:":                              "nothing after the colon",
		"*":                                   `there is no kind "*"`,
		"directory_role_template:Application": "there is no kind",
	} {
		dir := filepath.Join(t.TempDir(), "out")
		_, err := export.Run(context.Background(), client, export.Options{Out: dir, Critical: writeFile(t, content)})
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v", content, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%q: something was written", content)
		}
	}
	if _, err := export.Run(context.Background(), client, export.Options{Out: filepath.Join(t.TempDir(), "out"), Critical: "no such file"}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}
