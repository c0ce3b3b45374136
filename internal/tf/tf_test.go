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
