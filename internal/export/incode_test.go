package export_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
)

// TestReadCode: the state's id comes first, then the import block's, then the manifest's;
// modules, count and for_each too; what the folder does not tell is named.
func TestReadCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	id := func(n string) string { return strings.Repeat(n, 8) + "-1111-4111-8111-111111111111" }
	for name, content := range map[string]string{
		"main.tf": `
provider "entra" {
  on_hard_delete = "recreate"
}
resource "entra_group" "state" {
  display_name = "State"
}
resource "entra_group" "block" {
  display_name = "Block"
}
resource "entra_group" "manifest" {
  display_name = var.name
}
resource "entra_group" "nowhere" {
}
resource "entra_group" "each" {
  for_each = toset(["a", "b"])
}
resource "entra_group" "counted" {
  count = 2
}
resource "entra_group" "never" {
  count = 2
}
resource "azurerm_storage_account" "x" {
}
module "mine" {
  source = "./m"
}
module "other" {
  source = "./m"
}
import {
  to = entra_group.state
  id = "` + id("9") + `"
}
import {
  to = entra_group.block
  id = "` + strings.ToUpper(id("b")) + `"
}
import {
  to = entra_group.each["a"]
  id = "` + id("a") + `"
}
`,
		"manifest.json": `{"formatVersion":1,"tenantId":"t","objects":[{"address":"entra_group.manifest","kind":"group","id":"` + id("c") + `","displayName":"Manifest"},
{"address":"entra_group.state","kind":"group","id":"` + id("8") + `","displayName":"State"},{"address":"entra_group.left","kind":"group","id":"` + id("7") + `"}]}`,
		"terraform.tfstate": `{"version":4,"resources":[
{"mode":"managed","type":"entra_group","name":"state","instances":[{"attributes":{"id":"` + id("d") + `"}},{"deposed":"x","attributes":{"id":"` + id("6") + `"}}]},
{"mode":"managed","type":"entra_group","name":"left","instances":[{"attributes":{"id":"` + id("7") + `"}}]},
{"mode":"managed","type":"entra_group","name":"counted","instances":[{"index_key":0,"attributes":{"id":"` + id("0") + `"}},{"index_key":1,"attributes":{"id":"` + id("1") + `"}}]},
{"mode":"managed","module":"module.mine[\"k\"]","type":"entra_group","name":"inner","instances":[{"index_key":"x","attributes":{"id":"` + id("e") + `"}}]},
{"mode":"data","type":"entra_group","name":"state","instances":[{"attributes":{"id":"` + id("5") + `"}}]}]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := export.ReadCode(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range c.Objects {
		got[o.Address] = o.ID + " " + o.Name
	}
	want := map[string]string{
		"entra_group.state": id("d") + " State", "entra_group.block": id("b") + " Block", "entra_group.manifest": id("c") + " Manifest",
		`entra_group.each["a"]`: id("a") + " ", "entra_group.counted[0]": id("0") + " ", "entra_group.counted[1]": id("1") + " ",
		`module.mine["k"].entra_group.inner["x"]`: id("e") + " ",
	}
	for address, x := range want {
		if got[address] != x {
			t.Errorf("%s: %q, not %q", address, got[address], x)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%v", got)
	}
	if untold := []string{"entra_group.never", "entra_group.nowhere", "module.other"}; !slices.Equal(c.Untold, untold) {
		t.Errorf("%v", c.Untold)
	}
	if c.TenantID != "t" || len(c.Settings) != 1 {
		t.Errorf("%q %d", c.TenantID, len(c.Settings))
	}
}
