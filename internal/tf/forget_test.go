//go:build unix

package tf

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForget: the user's own engine takes the addresses out, with the user's environment:
// the one that initialized the folder where both are there. Where that fails, the error
// holds the command.
func TestForget(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	t.Setenv("TF_ACC_TERRAFORM_PATH", "")
	t.Setenv("TF_WORKSPACE", "theirs")
	for _, name := range []string{"tofu", "terraform"} {
		script(t, dir, name, `echo "`+name+` $TF_WORKSPACE $*" > "`+dir+`/ran"`)
	}
	ran := func() string {
		b, err := os.ReadFile(filepath.Join(dir, "ran"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	addresses := []string{"entra_group.a", `module.teams["red"].entra_group.b[0]`}
	for _, x := range []struct{ lock, engine string }{
		{`provider "registry.terraform.io/entrarecovery/entra" {}`, "terraform"},
		{`provider "registry.opentofu.org/entrarecovery/entra" {}`, "tofu"},
	} {
		if err := os.WriteFile(filepath.Join(dir, ".terraform.lock.hcl"), []byte(x.lock), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Forget(context.Background(), dir, addresses); err != nil {
			t.Fatal(err)
		}
		if want := x.engine + " theirs -chdir=" + dir + " state rm -no-color " + strings.Join(addresses, " "); ran() != want {
			t.Errorf("ran %s, not %s", ran(), want)
		}
	}
	script(t, dir, "tofu", "echo locked >&2; exit 1")
	err := Forget(context.Background(), dir, addresses)
	if err == nil || !strings.Contains(err.Error(), "locked") || !strings.Contains(err.Error(), `state rm 'entra_group.a' 'module.teams["red"].entra_group.b[0]'`) {
		t.Error(err)
	}
}
