package tf

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Forget takes addresses out of the state of a folder of the user's own, wherever that
// state is kept: by his engine, with his environment. Nothing is deleted but the entries.
// The error holds the command that does it by hand.
func Forget(ctx context.Context, dir string, addresses []string) error {
	engine, err := findFor(dir)
	if err == nil {
		c := exec.CommandContext(ctx, engine, append([]string{"-chdir=" + dir, "state", "rm", "-no-color"}, addresses...)...)
		c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
		alone(c)
		var out []byte
		if out, err = c.CombinedOutput(); err != nil {
			err = fmt.Errorf("%s state rm: %w\n%s", filepath.Base(engine), err, strings.TrimSpace(string(out)))
		}
	}
	if err != nil {
		return fmt.Errorf("the state could not be made to forget what is gone: %w\nDo it before the next plan, in %s:\n  terraform state rm '%s'", err, dir, strings.Join(addresses, "' '"))
	}
	return nil
}

// findFor is Find, and the engine that initialized the folder where both are there.
func findFor(dir string) (string, error) {
	lock, err := os.ReadFile(filepath.Join(dir, ".terraform.lock.hcl"))
	if err == nil && os.Getenv("TF_ACC_TERRAFORM_PATH") == "" && strings.Contains(string(lock), `"`+hosts[1]+`/`) {
		if path, err := exec.LookPath("tofu"); err == nil {
			return filepath.Abs(path)
		}
	}
	return Find()
}
