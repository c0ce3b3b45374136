package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// exported is the code of a tenant, "" meaning the built-in one.
func exported(t *testing.T, dir string) string {
	t.Helper()
	if dir == "" {
		var err error
		if dir, err = unpackTenant(filepath.Join(t.TempDir(), "tenant")); err != nil {
			t.Fatal(err)
		}
	}
	stage := drill.NewStage(emulator.New())
	defer stage.Close()
	if _, err := stage.Tenant.LoadDir(dir); err != nil {
		t.Fatal(err)
	}
	client, err := graph.New(t.Context(), graph.Config{Endpoint: stage.URL, AccessToken: stage.Tenant.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	code := filepath.Join(t.TempDir(), "code")
	if _, err := export.Run(t.Context(), client, export.Options{Out: code, All: true, Progress: &lines{w: &bytes.Buffer{}}}); err != nil {
		t.Fatal(err)
	}
	return code
}

// drilled runs the command as a user would, with credentials of a real tenant in
// the environment, and reads its report.
func drilled(t *testing.T, code string, args ...string) (*drill.Report, string, error) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report")
	c := exec.CommandContext(t.Context(), built(t), append([]string{"drill", "--dir", code, "--report", report}, args...)...)
	c.Env = append(os.Environ(), "ARM_CLIENT_ID=11111111-0000-4000-8000-000000000000", "ARM_CLIENT_SECRET=theirs",
		"ARM_TENANT_ID=22222222-0000-4000-8000-000000000000", "ENTRA_GRAPH_ENDPOINT=https://graph.microsoft.com")
	out, err := c.CombinedOutput()
	content, missing := os.ReadFile(filepath.Join(report, "report.json"))
	if missing != nil {
		return nil, string(out), err
	}
	var r drill.Report
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	return &r, string(out), err
}

// tree is all that lies in a folder, as one text.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		out.WriteString(path + "\n" + string(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestDrill: code with a cloud block, a module and an application that must not
// be made anew without being asked about. Two kinds are lost and come back; the
// code is as it was, and the report says all that there is to say.
func TestDrill(t *testing.T) {
	t.Parallel()
	built(t)
	code := exported(t, "")
	provider, err := os.ReadFile(filepath.Join(code, "provider.tf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(provider), `on_hard_delete = "recreate"`, `client_secret = "theirs"`, 1)
	text = strings.Replace(text, "terraform {\n", "terraform {\n  cloud {\n    organization = \"contoso\"\n    workspaces {\n      name = \"live\"\n    }\n  }\n", 1)
	extra := filepath.Join(filepath.Dir(code), "modules", "extra")
	if err := os.MkdirAll(extra, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(code, "provider.tf"):   text,
		filepath.Join(code, "extra.tf"):      "variable \"name\" {}\n\nmodule \"extra\" {\n  source = \"../modules/extra\"\n  name   = var.name\n}\n\ndata \"entra_user\" \"carol\" {\n  user_principal_name = \"carol@contoso.com\"\n}\n",
		filepath.Join(code, "x.auto.tfvars"): "name = \"Extra\"\n",
		filepath.Join(extra, "main.tf"): "terraform {\n  required_providers {\n    entra = {\n      source = \"entrarecovery/entra\"\n    }\n  }\n}\n\nvariable \"name\" {}\n\n" +
			"resource \"entra_application\" \"this\" {\n  for_each     = toset([\"a\", \"b\"])\n  display_name = \"${var.name} ${each.key}\"\n}\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := tree(t, filepath.Dir(code))
	r, out, err := drilled(t, code, "--scenario", "kinds:group,application")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.HasPrefix(out, drill.Proves+"\n") || !strings.Contains(out, "on_hard_delete refuses") {
		t.Error(out)
	}
	if tree(t, filepath.Dir(code)) != before {
		t.Error("the drill changed the code")
	}
	s := r.Scenarios[0]
	if !r.Recovered || !s.Converged || !s.Equal || s.Total.Refused != 8 || s.Total.Failed != 0 || s.Seconds <= 0 || s.Estimate < s.Seconds {
		t.Errorf("%+v", s.Total)
	}
	for _, k := range s.Kinds {
		if k.Kind == "group" && (k.Objects != 13 || k.Recreated != 13) || k.Kind == "named_location" && k.Untouched != 4 || k.Kind == "conditional_access_policy" && k.Relinked == 0 {
			t.Errorf("%+v", k)
		}
	}
	if len(s.Lost) != 1 || s.Lost[0].Kind != "application" || len(s.Lost[0].Objects) != 8 {
		t.Errorf("what a new client id breaks is not told, or more than that: %+v", s.Lost)
	}
}

// TestDrillRefuses: what a drill cannot run is named before anything is copied,
// and a wrong command line is one.
func TestDrillRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("resource \"random_id\" \"x\" {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"drill"}, 2, "--dir"},
		{[]string{"drill", "--dir", dir, "--scenario", "flood"}, 2, `no scenario "flood"`},
		{[]string{"drill", "--dir", filepath.Join(dir, "none")}, 1, "could not read the configuration"},
		{[]string{"drill", "--dir", dir}, 1, "random (random_id.x) in main.tf"},
	} {
		var out, errOut bytes.Buffer
		t.Log(c.args)
		if got := Run(context.Background(), "0.0.0", c.args, nil, &out, &errOut); got != c.code || !strings.Contains(errOut.String(), c.want) {
			if strings.Contains(errOut.String(), "neither terraform nor tofu") {
				t.Skip("no engine on this machine")
			}
			t.Errorf("exit %d, want %d: %s", got, c.code, errOut.String())
		}
	}
}

// TestDrillFinds: a drill fails where a recovery would: here a variable has no
// value, so that no apply on an empty tenant goes through. With one it does, in a
// configuration without a manifest.
func TestDrillFinds(t *testing.T) {
	t.Parallel()
	built(t)
	dir := t.TempDir()
	code := "terraform {\n  required_providers {\n    entra = {\n      source = \"entrarecovery/entra\"\n    }\n  }\n}\n\nvariable \"secret\" {}\n\nresource \"entra_group\" \"a\" {\n  display_name     = \"A ${var.secret}\"\n  mail_nickname    = \"a\"\n  security_enabled = true\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, err := drilled(t, dir)
	if err == nil || !strings.Contains(out, "Name a file with values by --var-file") {
		t.Errorf("%v\n%s", err, out)
	}
	values := filepath.Join(t.TempDir(), "values.tfvars")
	if err := os.WriteFile(values, []byte("secret = \"x\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, out, err := drilled(t, dir, "--var-file", values, "--scenario", "soft-delete-all")
	if err != nil || r.Scenarios[0].Total.Restored != 1 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestDrillCorpus: real tenants' code, through every scenario, on one engine.
func TestDrillCorpus(t *testing.T) {
	t.Parallel()
	built(t)
	if os.Getenv("ENTRA_TEST_WHOLE") == "" {
		t.Skip("takes minutes: make nightly runs it")
	}
	for _, name := range []string{"j0eyv+ConditionalAccessBaseline", "Cloudshield-io+Conditional-Access-Framework"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("../../../shared/corpus", name)
			if _, err := os.Stat(dir); err != nil {
				t.Skip("the corpus is not beside the project: ", err)
			}
			scenarios := []string{"--scenario", "purge-all", "--scenario", "soft-delete-all", "--scenario", "random:1", "--scenario", "failing-apply"}
			r, out, err := drilled(t, exported(t, dir), scenarios...)
			if err != nil || !r.Recovered || len(r.Scenarios) != len(scenarios)/2 {
				t.Fatalf("%v\n%s", err, out)
			}
			for _, s := range r.Scenarios {
				t.Logf("%s: %s", s.Name, s.Summary())
			}
		})
	}
}
