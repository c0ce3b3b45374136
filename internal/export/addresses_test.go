package export_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// purge deletes a group for good.
func purge(t *testing.T, c *graph.Client, id string) {
	t.Helper()
	for _, path := range []string{"/groups/" + id, "/directory/deletedItems/" + id} {
		if err := c.Delete(context.Background(), graph.V1, path); err != nil {
			t.Fatal(err)
		}
	}
}

// rewritten is an export of groups with these names whose code somebody has rewritten
// since: groups.tf is gone, and files take its place.
func rewritten(t *testing.T, files map[string]string, names ...string) (client *graph.Client, dir string, ids map[string]string) {
	t.Helper()
	client, _ = loaded(t, t.TempDir())
	ids = map[string]string{}
	for _, name := range names {
		ids[name] = post(t, client, "/groups", newGroup(name))
	}
	dir = filepath.Join(t.TempDir(), "out")
	if _, err := export.Run(context.Background(), client, export.Options{Out: dir, All: true, Include: []string{"group"}}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "groups.tf")); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, content, dir, name)
	}
	return client, dir, ids
}

func block(address, id string) string { return "to = " + address + "\n  id = \"" + id + "\"" }

const inModule = `
module "teams" {
  source   = "./modules/team"
  for_each = local.teams
  title    = each.value
}

locals {
  teams = { red = "Red team", blue = "Blue team" }
}
`

const teamModule = `
variable "title" {
  type = string
}

resource "entra_group" "this" {
  for_each      = toset(["Members", "Guests"])
  display_name  = "${var.title} ${each.key}"
  mail_nickname = "x"
}
`

// TestImportsOfModules: instances of for_each in modules of for_each are known from
// the files alone, by their names, and follow a recreation with and without a state.
func TestImportsOfModules(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	names := []string{"Red team Members", "Red team Guests", "Blue team Members", "Blue team Guests"}
	client, dir, ids := rewritten(t, map[string]string{"main.tf": inModule, "modules/team/main.tf": teamModule}, names...)
	address := map[string]string{
		"Red team Members": `module.teams["red"].entra_group.this["Members"]`, "Red team Guests": `module.teams["red"].entra_group.this["Guests"]`,
		"Blue team Members": `module.teams["blue"].entra_group.this["Members"]`, "Blue team Guests": `module.teams["blue"].entra_group.this["Guests"]`,
	}
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		has(t, read(t, dir, "imports.tf"), block(address[name], ids[name]))
	}
	if len(r.Renamed) != len(names) || len(r.Unchecked) > 0 || len(r.Moved) > 0 || len(r.Untouched) > 0 {
		t.Errorf("renamed %q, unchecked %q, moved %v, untouched %q", r.Renamed, r.Unchecked, r.Moved, r.Untouched)
	}

	purge(t, client, ids[names[0]])
	purge(t, client, ids[names[2]])
	red, blue := post(t, client, "/groups", newGroup(names[0])), post(t, client, "/groups", newGroup(names[2]))
	write(t, `{"version":4,"resources":[{"module":"module.teams[\"red\"]","mode":"managed","type":"entra_group","name":"this","instances":[{"index_key":"Members","attributes":{"id":"`+red+`"}}]}]}`, dir, "terraform.tfstate")
	if _, err = export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "imports.tf"), block(address[names[0]], red), block(address[names[2]], blue), block(address[names[1]], ids[names[1]]))
	var moved []export.Moved
	if err := json.Unmarshal([]byte(read(t, dir, "id-map.json")), &moved); err != nil || len(moved) != 2 {
		t.Errorf("%v: %+v", err, moved)
	}
}

// TestImportsFollowNames: what was moved, renamed or put into a for_each since the
// export keeps its object: by a moved block, by its id in the state, or by its name,
// but never by a name that two have.
func TestImportsFollowNames(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	code := `
resource "entra_group" "new_address" {
  display_name  = "By block, and called otherwise"
  mail_nickname = "x"
}

moved {
  from = entra_group.by_block
  to   = entra_group.between
}

moved {
  from = entra_group.between
  to   = entra_group.new_address
}

resource "entra_group" "from_state" {
  display_name  = "By state, and called otherwise"
  mail_nickname = "x"
}

variable "prefix" {
  default = "none"
}

resource "entra_group" "counted" {
  count         = length(["a", "b"])
  display_name  = "${var.prefix} ${count.index}"
  mail_nickname = "x"
}

resource "entra_group" "one" {
  display_name  = "Twins"
  mail_nickname = "x"
}

resource "entra_group" "two" {
  display_name  = "Twins"
  mail_nickname = "x"
}
`
	client, dir, ids := rewritten(t, map[string]string{"main.tf": code, "terraform.tfvars": "prefix = \"Counted\"\n"}, "By block", "By state", "Counted 0", "Counted 1", "Twins")
	write(t, `{"version":4,"resources":[{"mode":"managed","type":"entra_group","name":"from_state","instances":[{"attributes":{"id":"`+ids["By state"]+`"}}]}]}`, dir, "terraform.tfstate")
	_, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
	var unclear *export.Ambiguous
	if !errors.As(err, &unclear) {
		t.Fatal("two addresses want the one that has the name: ", err)
	}
	has(t, err.Error(), "entra_group.one", "entra_group.two", ids["Twins"], " by ")
	r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, Adopt: map[string]string{"entra_group.one": ids["Twins"]}})
	if err != nil {
		t.Fatal(err)
	}
	has(t, read(t, dir, "imports.tf"), block("entra_group.new_address", ids["By block"]), block("entra_group.from_state", ids["By state"]),
		block("entra_group.counted[0]", ids["Counted 0"]), block("entra_group.counted[1]", ids["Counted 1"]), block("entra_group.one", ids["Twins"]))
	if len(r.Moved) > 0 {
		t.Errorf("no object has another id: %+v", r.Moved)
	}
	if m := read(t, dir, "manifest.json"); strings.Contains(m, "entra_group.by_block") || strings.Count(m, ids["By block"]) != 1 {
		t.Error("the manifest holds the old address")
	}
}

// TestImportsWithoutTerraform: where only Terraform can tell the instances, the state
// and the manifest say which there are, and the command says that it did not check; a
// loop of import blocks belongs to its author; a module that is not there is named.
func TestImportsWithoutTerraform(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	code := `
variable "teams" {
  type = set(string)
}

resource "entra_group" "open" {
  for_each      = var.teams
  display_name  = "Open ${each.key}"
  mail_nickname = "x"
}

resource "entra_group" "silent" {
  for_each      = var.teams
  display_name  = "Silent ${each.key}"
  mail_nickname = "x"
}

resource "entra_group" "looped" {
  for_each      = toset(["a"])
  display_name  = "Looped ${each.key}"
  mail_nickname = "x"
}

module "elsewhere" {
  source = "example.com/not/here"
}
`
	client, dir, ids := rewritten(t, map[string]string{"main.tf": code}, "Open a", "Looped a")
	loop := "import {\n  for_each = { a = \"" + ids["Looped a"] + "\" }\n  to       = entra_group.looped[each.key]\n  id       = each.value\n}\n"
	write(t, read(t, dir, "imports.tf")+"\n"+loop, dir, "imports.tf")
	write(t, `{"version":4,"resources":[{"mode":"managed","type":"entra_group","name":"open","instances":[{"index_key":"a","attributes":{"id":"`+ids["Open a"]+`"}}]}]}`, dir, "terraform.tfstate")
	for range 2 { // the second time the state is lost
		r, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		imports := read(t, dir, "imports.tf")
		has(t, imports, block(`entra_group.open["a"]`, ids["Open a"]), loop)
		if strings.Contains(imports, `looped["a"]`) || strings.Count(imports, "import {") != 2 {
			t.Errorf("imports.tf: %s", imports)
		}
		has(t, strings.Join(r.Unchecked, "\n"), "entra_group.open: 1 instances")
		has(t, strings.Join(r.Untouched, "\n"), "entra_group.silent", "entra_group.looped", "module.elsewhere")
		if err := os.Remove(filepath.Join(dir, "terraform.tfstate")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}
