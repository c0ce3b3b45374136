package drill

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// write writes files of a configuration.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestCopy: the copy has the modules where the code looks for them, nothing of
// the working directory, no import blocks, and a provider that leads to the tenant.
func TestCopy(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	main := `terraform {
  required_providers {
    aad = { source = "entrarecovery/entra" }
  }
  cloud {
    organization = "contoso"
  }
}
provider "aad" {
  client_secret = "s3cret"
}
provider "aad" {
  alias = "second"
}
module "groups" {
  source = "../modules/groups"
}
# kept as it is
resource "entra_group" "a" {
  display_name = "A"
}
import {
  to = entra_group.a
  id = "00000000-0000-4000-8000-000000000001"
}
`
	write(t, root, map[string]string{
		"live/main.tf": main, "live/terraform.tfvars": "a = 1\n", "live/more.tf.json": `{"import":[{"to":"entra_group.b","id":"x"}],"resource":{"entra_group":{"b":{"display_name":"B"}}}}`,
		"live/terraform.tfstate": "{}", "live/terraform.tfstate.d/x/terraform.tfstate": "{}", "live/.terraform.lock.hcl": "", "live/.terraform/x": "", "live/.git/x": "",
		"modules/groups/main.tf": `resource "entra_group" "c" { display_name = "C" }`, "elsewhere/main.tf": "",
	})
	c, err := readCode(filepath.Join(root, "live"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.foreign) > 0 || len(c.modules) != 2 {
		t.Errorf("foreign %v, modules %v", c.foreign, c.modules)
	}
	to := t.TempDir()
	copied, err := c.copyTo(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := copied.redirect("http://127.0.0.1:1", "tenant"); err != nil {
		t.Fatal(err)
	}
	var got []string
	err = filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(to, path); err == nil && !d.IsDir() {
			got = append(got, filepath.ToSlash(rel))
		}
		return err
	})
	want := []string{"live/main.tf", "live/more.tf.json", "live/terraform.tfvars", "live/" + overrideFile, "modules/groups/main.tf"}
	if slices.Sort(want); err != nil || !slices.Equal(got, want) {
		t.Errorf("copied %v, want %v (%v)", got, want, err)
	}
	kept := read(t, filepath.Join(copied.work, "main.tf"))
	if strings.Contains(kept, "import {") || !strings.Contains(kept, "# kept as it is\nresource \"entra_group\" \"a\" {\n  display_name = \"A\"\n}") {
		t.Error(kept)
	}
	if text := read(t, filepath.Join(copied.work, "more.tf.json")); strings.Contains(text, "import") || !strings.Contains(text, `"B"`) {
		t.Error(text)
	}
	over := read(t, filepath.Join(copied.work, overrideFile))
	for _, want := range []string{`backend "local" {}`, `provider "aad" {`, `alias = "second"`, `graph_endpoint = "http://127.0.0.1:1"`, "client_secret = null"} {
		if !strings.Contains(over, want) {
			t.Errorf("%s is not in the override file:\n%s", want, over)
		}
	}
	if strings.Count(over, "provider ") != 2 {
		t.Error(over)
	}
	if read(t, filepath.Join(root, "live/main.tf")) != main {
		t.Error("the code itself was changed")
	}
}

// TestForeign: providers that a drill cannot run are named with their file, and
// so are modules that nobody has downloaded.
func TestForeign(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"a.tf": `terraform {
  required_providers {
    random = { source = "hashicorp/random" }
  }
}
resource "terraform_data" "fine" {}`,
		"b.tf": `resource "azurerm_key_vault" "x" {}
data "terraform_remote_state" "x" { backend = "azurerm" }
module "far" { source = "contoso/groups/entra" }`,
	})
	c, err := readCode(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"azurerm (azurerm_key_vault.x) in b.tf", "random (hashicorp/random) in a.tf", "terraform (terraform_remote_state, which reads another state) in b.tf"}
	if !slices.Equal(c.foreign, want) {
		t.Errorf("%q", c.foreign)
	}
	if _, err := c.copyTo(t.TempDir()); err == nil || !strings.Contains(err.Error(), "far (contoso/groups/entra)") {
		t.Error(err)
	}
	write(t, dir, map[string]string{".terraform/modules/modules.json": "{}", ".terraform/modules/far/main.tf": ""})
	copied, err := c.copyTo(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	read(t, filepath.Join(copied.work, ".terraform/modules/far/main.tf"))
	if _, err := readCode(t.TempDir()); err == nil || !strings.Contains(err.Error(), "no .tf file") {
		t.Error("an empty folder: ", err)
	}
}

func TestParts(t *testing.T) {
	t.Parallel()
	for address, want := range map[string][3]string{
		"entra_group.a":        {"", "entra_group", "a"},
		`entra_group.a["x.y"]`: {"", "entra_group", "a"},
		`module.a["module.b.c"].module.d[0].entra_group.e[1]`: {"a.d", "entra_group", "e"},
	} {
		module, typeName, name := parts(address)
		if got := [3]string{module, typeName, name}; got != want {
			t.Errorf("%s: %q", address, got)
		}
	}
}

// TestPermit: an override file lets a lost object be made anew, in the folder of
// its module, and goes again.
func TestPermit(t *testing.T) {
	t.Parallel()
	work := t.TempDir()
	write(t, work, map[string]string{".terraform/modules/modules.json": `{"Modules":[{"Key":"","Dir":"."},{"Key":"apps","Dir":"apps"}]}`, "apps/main.tf": ""})
	c := &copied{code: &code{dir: work}, work: work}
	addresses := []string{"entra_application.a", "module.apps.entra_application.b[0]", "module.apps.entra_application.b[1]"}
	if err := c.permit(addresses); err != nil {
		t.Fatal(err)
	}
	if got := read(t, filepath.Join(work, recreateFile)); got != "resource \"entra_application\" \"a\" {\n  on_hard_delete = \"recreate\"\n}\n" {
		t.Error(got)
	}
	if got := read(t, filepath.Join(work, "apps", recreateFile)); strings.Count(got, "resource") != 1 {
		t.Error(got)
	}
	if err := c.lifted(addresses); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(work, "*", recreateFile)); len(left) > 0 {
		t.Error(left)
	}
}
