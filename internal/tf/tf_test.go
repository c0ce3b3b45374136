package tf

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestPlan runs the engine that is there on a configuration without providers.
func TestPlan(t *testing.T) {
	t.Parallel()
	engine, err := Find()
	if err != nil {
		t.Skip("no engine on this machine: ", err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte("resource \"terraform_data\" \"a\" {\n  input = \"x\"\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := Workspace{Engine: engine, Dir: dir}
	ctx := context.Background()
	if _, err := w.Run(ctx, "init", "-input=false"); err != nil {
		t.Fatal(err)
	}
	if state, err := w.State(ctx); err != nil || state.Values != nil {
		t.Fatal(state, err)
	}
	_, n, err := w.Plan(ctx)
	if err != nil || n != (Counts{Create: 1}) || n.Empty() {
		t.Fatal(n, err)
	}
	if err := w.Apply(ctx); err != nil {
		t.Fatal(err)
	}
	if _, n, err = w.Plan(ctx); err != nil || !n.Empty() {
		t.Fatal(n, err)
	}
	state, err := w.State(ctx)
	if err != nil || len(state.Values.RootModule.Resources) != 1 || state.Values.RootModule.Resources[0].AttributeValues["input"] != "x" {
		t.Fatal(state, err)
	}
	if _, err := w.Run(ctx, "validate", "-no-such-flag"); err == nil {
		t.Error("a failing command is no error")
	}
}

// TestMirror: both registries' addresses lead to the binary.
func TestMirror(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	binary := filepath.Join(dir, "binary")
	if err := os.WriteFile(binary, []byte("x"), 0o700); err != nil {
		t.Fatal(err)
	}
	config, err := Mirror(filepath.Join(dir, "mirror"), binary, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		path := filepath.Join(filepath.Dir(config), host, "entrarecovery/entra/1.2.3", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-entra_v1.2.3")
		if info, err := os.Stat(path); err != nil || info.Mode()&0o100 == 0 {
			t.Error(path, err)
		}
	}
	if _, err := Mirror(dir, filepath.Join(dir, "none"), "1.2.3"); err == nil {
		t.Error("a missing binary is no error")
	}
}

// TestInit: the engine that is there takes the short source from the mirror,
// without a network. Installing does not start the provider.
func TestInit(t *testing.T) {
	t.Parallel()
	engine, err := Find()
	if err != nil {
		t.Skip("no engine on this machine: ", err)
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "binary")
	code := "terraform {\n  required_providers {\n    entra = {\n      source  = \"entrarecovery/entra\"\n      version = \"~> 1.2\"\n    }\n  }\n}\n"
	for path, text := range map[string]string{binary: "x", filepath.Join(dir, "main.tf"): code} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config, err := Mirror(filepath.Join(dir, "mirror"), binary, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	w := Workspace{Engine: engine, Dir: dir, Env: map[string]string{"TF_CLI_CONFIG_FILE": config}}
	if _, err := w.Run(t.Context(), "init", "-input=false", "-no-color"); err != nil {
		t.Fatal(err)
	}
	installed, err := filepath.Glob(filepath.Join(dir, ".terraform/providers/*/entrarecovery/entra/1.2.3/*/*_v1.2.3"))
	if err != nil || len(installed) != 1 {
		t.Errorf("installed %v, %v", installed, err)
	}
}
