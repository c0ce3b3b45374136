//go:build unix

package tf

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// script writes an engine made of shell.
func script(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFind: the variable, then terraform, then tofu, and never a wrong guess.
func TestFind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	t.Setenv("TF_ACC_TERRAFORM_PATH", "")
	if path, err := Find(); err == nil || !strings.Contains(err.Error(), "Install one") {
		t.Errorf("with nothing there: %q, %v", path, err)
	}
	for _, name := range []string{"tofu", "terraform", "named"} {
		want := script(t, dir, name, "exit 0")
		if name == "named" {
			t.Setenv("TF_ACC_TERRAFORM_PATH", want)
		}
		if path, err := Find(); path != want || err != nil {
			t.Errorf("with %s: %q, %v", name, path, err)
		}
	}
	t.Setenv("TF_ACC_TERRAFORM_PATH", filepath.Join(dir, "none"))
	if path, err := Find(); err == nil {
		t.Errorf("a variable that names no program led to %q", path)
	}
}

// TestRunEnvironment: the workspace's variables arrive, the user's own do not.
func TestRunEnvironment(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TF_CLI_ARGS_plan", "-destroy")
	t.Setenv("TF_DATA_DIR", "theirs")
	t.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(dir, "none"))
	t.Setenv("SOMETHING", "else")
	t.Setenv("ARM_CLIENT_SECRET", "theirs")
	w := Workspace{
		Engine: script(t, dir, "engine", `echo "$1 $2 [$TF_CLI_ARGS_plan] [$TF_DATA_DIR] [$TF_CLI_CONFIG_FILE] [$TF_VAR_b] [$SOMETHING] [$ARM_CLIENT_SECRET]"; echo loud >&2`),
		Dir:    "code", Env: map[string]string{"TF_VAR_b": "ours"}, Hidden: []string{"ARM_"},
	}
	var output bytes.Buffer
	w.Output = &output
	got, err := w.Run(t.Context(), "plan")
	if want := "-chdir=code plan [] [] [] [ours] [else] []\n"; got != want || err != nil {
		t.Errorf("got %q, want %q (%v)", got, want, err)
	}
	if !strings.Contains(output.String(), got) || !strings.Contains(output.String(), "loud\n") {
		t.Errorf("streamed %q", output.String())
	}
}

// TestRunFails: the error says which command failed and what it printed.
func TestRunFails(t *testing.T) {
	t.Parallel()
	w := Workspace{Engine: script(t, t.TempDir(), "tofu", "echo half; echo 'Error: broken' >&2; exit 3")}
	out, err := w.Run(t.Context(), "apply")
	if out != "half\n" || err == nil || !strings.Contains(err.Error(), "tofu apply: exit status 3\nError: broken") {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestRunInterrupt: a cancelled context is an interrupt, after which the engine
// still finishes in its own time.
func TestRunInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r, started := io.Pipe()
	go func() {
		_, _ = r.Read(make([]byte, 1))
		cancel()
		_, _ = io.Copy(io.Discard, r)
	}()
	w := Workspace{Output: started, Engine: script(t, t.TempDir(), "terraform", `
trap 'echo saved; exit 1' INT
echo started
while :; do sleep 0.05; done`)}
	out, err := w.Run(ctx, "apply")
	if !strings.HasSuffix(out, "saved\n") || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestCount: data sources do not count, a replacement counts twice, an import
// that changes something counts as both.
func TestCount(t *testing.T) {
	t.Parallel()
	change := func(mode tfjson.ResourceMode, importing bool, actions ...tfjson.Action) *tfjson.ResourceChange {
		c := &tfjson.ResourceChange{Mode: mode, Change: &tfjson.Change{Actions: actions}}
		if importing {
			c.Change.Importing = &tfjson.Importing{ID: "x"}
		}
		return c
	}
	got := Count(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{
		change(tfjson.DataResourceMode, false, tfjson.ActionRead),
		change(tfjson.ManagedResourceMode, false, tfjson.ActionNoop),
		change(tfjson.ManagedResourceMode, true, tfjson.ActionNoop),
		change(tfjson.ManagedResourceMode, true, tfjson.ActionUpdate),
		change(tfjson.ManagedResourceMode, false, tfjson.ActionDelete, tfjson.ActionCreate),
	}})
	if want := (Counts{Import: 2, Create: 1, Update: 1, Delete: 1}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if (Counts{Import: 3}).Empty() != true || (Counts{Delete: 1}).Empty() {
		t.Error("only what changes something makes a plan not empty")
	}
}
