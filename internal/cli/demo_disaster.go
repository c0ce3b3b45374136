package cli

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// builtIn is the tenant of the demo, as lists of Graph JSON.
//
//go:embed tenant/*.json
var builtIn embed.FS

func unpackTenant(dir string) (string, error) {
	if err := os.CopyFS(dir, builtIn); err != nil {
		return "", fmt.Errorf("could not unpack the demo's tenant: %w", err)
	}
	return dir, nil
}

// disaster is something that happens to the tenant. happen returns why it
// could not, when the tenant lacks what it needs.
type disaster struct {
	name   string
	happen func(ctx context.Context) (skipped string, err error)
	stale  bool // leave the import blocks as they are afterwards
}

func (d *demo) disasters() []disaster {
	return []disaster{
		{name: "A policy is weakened by hand", happen: d.weaken},
		{name: "A group, a policy and a unit are deleted", happen: d.binSome},
		{name: "An excluded group and a location in use are purged", happen: d.purgeUsed},
		{name: "A location and its use leave the code, and are put back", happen: d.takeOutAndPutBack},
		{name: "The whole tenant is purged and the state is lost", happen: d.loseAll, stale: true},
	}
}

// objects returns the live objects of a collection by its name here, sorted by name.
func (d *demo) objects(ctx context.Context, name string) ([]graph.Body, error) {
	for _, c := range collections {
		if c.name == name {
			list, err := d.list(ctx, c.version, c.path)
			sort.Slice(list, func(i, j int) bool { return fmt.Sprint(list[i]["displayName"]) < fmt.Sprint(list[j]["displayName"]) })
			return list, err
		}
	}
	return nil, fmt.Errorf("no collection %q", name)
}

func (d *demo) weaken(ctx context.Context) (string, error) {
	policies, err := d.objects(ctx, "policy")
	if err != nil {
		return "", err
	}
	for _, p := range policies {
		if p["state"] == "enabled" {
			fmt.Fprintf(d.out, "Somebody sets %q to disabled.\n\n", p["displayName"])
			_, err := d.client.Patch(ctx, graph.Beta, "/identity/conditionalAccess/policies"+graph.Path(p["id"].(string)), graph.Body{"state": "disabled"})
			return "", err
		}
	}
	return "no policy is enabled", nil
}

// delete deletes one object softly, or for good.
func (d *demo) delete(ctx context.Context, name string, b graph.Body, purge bool) error {
	for _, c := range collections {
		if c.name != name {
			continue
		}
		id := graph.Path(b["id"].(string))
		if b["isTrusted"] == true {
			patch := graph.Body{"@odata.type": b["@odata.type"], "ipRanges": b["ipRanges"], "isTrusted": false}
			if _, err := d.client.Patch(ctx, graph.V1, c.path+id, patch); err != nil {
				return err
			}
		}
		if err := d.client.Delete(ctx, c.version, c.path+id); err != nil {
			return err
		}
		if !purge {
			return nil
		}
		version := graph.V1
		if strings.HasPrefix(c.bin, "/identity") {
			version = graph.Beta
		}
		err := d.client.Delete(ctx, version, c.bin+id)
		if graph.IsForbidden(err) || graph.IsBadRequest(err) {
			return nil // what cannot be purged by hand leaves with the clock
		}
		return err
	}
	return fmt.Errorf("no collection %q", name)
}

func (d *demo) binSome(ctx context.Context) (string, error) {
	any := false
	for _, name := range []string{"group", "policy", "unit"} {
		list, err := d.objects(ctx, name)
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			continue
		}
		any = true
		fmt.Fprintf(d.out, "Somebody deletes the %s %q.\n", name, list[len(list)/2]["displayName"])
		if err := d.delete(ctx, name, list[len(list)/2], false); err != nil {
			return "", err
		}
	}
	fmt.Fprintln(d.out)
	if !any {
		return "there is nothing to delete", nil
	}
	return "", nil
}

// used returns the ids that policies refer to.
func (d *demo) used(ctx context.Context) (map[string]bool, error) {
	policies, err := d.objects(ctx, "policy")
	out := map[string]bool{}
	for _, p := range policies {
		conditions, _ := p["conditions"].(graph.Body)
		for _, id := range guid.FindAllString(strings.ToLower(fmt.Sprint(conditions["users"], conditions["locations"])), -1) {
			out[id] = true
		}
	}
	return out, err
}

// purgeUsed purges an excluded group and a location in use. Graph refuses to
// delete a location that policies refer to, so its policies are changed first,
// as whoever does this would.
func (d *demo) purgeUsed(ctx context.Context) (string, error) {
	used, err := d.used(ctx)
	if err != nil {
		return "", err
	}
	groups, err := d.objects(ctx, "group")
	if err != nil {
		return "", err
	}
	any := false
	for _, g := range groups {
		if used[g["id"].(string)] {
			any = true
			fmt.Fprintf(d.out, "Somebody purges the group %q.\n", g["displayName"])
			if err := d.delete(ctx, "group", g, true); err != nil {
				return "", err
			}
			break
		}
	}
	locations, err := d.objects(ctx, "location")
	if err != nil {
		return "", err
	}
	for _, l := range locations {
		if used[l["id"].(string)] {
			if err := d.detach(ctx, l["id"].(string)); err != nil {
				return "", err
			}
			fmt.Fprintf(d.out, "Somebody purges the named location %q.\n\n", l["displayName"])
			return "", d.delete(ctx, "location", l, true)
		}
	}
	if !any {
		return "no policy refers to a group or a location", nil
	}
	return "", nil
}

// detach takes a location out of all policies.
func (d *demo) detach(ctx context.Context, id string) error {
	policies, err := d.objects(ctx, "policy")
	if err != nil {
		return err
	}
	for _, p := range policies {
		conditions, _ := p["conditions"].(graph.Body)
		if !strings.Contains(fmt.Sprint(conditions["locations"]), id) {
			continue
		}
		fmt.Fprintf(d.out, "Somebody deletes the policy %q.\n", p["displayName"])
		if err := d.delete(ctx, "policy", p, false); err != nil {
			return err
		}
	}
	return nil
}

// takeOutAndPutBack removes a location and whatever refers to it from the
// code, applies, and puts the files back as they were.
func (d *demo) takeOutAndPutBack(ctx context.Context) (string, error) {
	kept := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(d.work.Dir, "*.tf"))
	if err != nil {
		return "", err
	}
	for _, f := range files {
		if kept[f], err = os.ReadFile(f); err != nil {
			return "", err
		}
	}
	target := location.FindSubmatch(kept[filepath.Join(d.work.Dir, "named_locations.tf")])
	if target == nil {
		return "the code has no named location", nil
	}
	address := "entra_named_location." + string(target[1])
	fmt.Fprintf(d.out, "%s and what refers to it leave the code, which is applied.\n\n", address)
	left, err := takeOut(kept, address)
	if err != nil {
		return "", err
	}
	for f, content := range left {
		if err := os.WriteFile(f, content, 0o600); err != nil {
			return "", err
		}
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		return "", err
	}
	if err := d.quiet().Apply(ctx); err != nil {
		return "", err
	}
	fmt.Fprintf(d.out, "The code is put back as it was.\n\n")
	for f, content := range kept {
		if err := os.WriteFile(f, content, 0o600); err != nil {
			return "", err
		}
	}
	return "", nil
}

var location = regexp.MustCompile(`resource "entra_named_location" "(\w+)"`)

// takeOut removes from all files an object, what refers to it, and their
// import blocks.
func takeOut(files map[string][]byte, address string) (map[string][]byte, error) {
	gone := map[string]bool{}
	parsed := map[string]*hclwrite.File{}
	for name, content := range files {
		f, diags := hclwrite.ParseConfig(content, name, hcl.InitialPos)
		if diags.HasErrors() {
			return nil, diags
		}
		parsed[name] = f
		for _, b := range f.Body().Blocks() {
			own := strings.Join(b.Labels(), ".")
			text := string(b.BuildTokens(nil).Bytes())
			if b.Type() == "resource" && (own == address || strings.Contains(text, address+".")) {
				gone[own] = true
				f.Body().RemoveBlock(b)
			}
		}
	}
	out := map[string][]byte{}
	for name, f := range parsed {
		for _, b := range f.Body().Blocks() {
			if to := b.Body().GetAttribute("to"); b.Type() == "import" && to != nil && gone[strings.TrimSpace(string(to.Expr().BuildTokens(nil).Bytes()))] {
				f.Body().RemoveBlock(b)
			}
		}
		out[name] = f.Bytes()
	}
	return out, nil
}

// loseAll purges every object and removes the state.
func (d *demo) loseAll(ctx context.Context) (string, error) {
	for _, c := range collections {
		list, err := d.objects(ctx, c.name)
		if err != nil {
			return "", err
		}
		for _, b := range list {
			if err := d.delete(ctx, c.name, b, true); err != nil {
				return "", err
			}
		}
	}
	if err := d.control(ctx, "POST", "/_emulator/clock", graph.Body{"advance": "745h"}, nil); err != nil {
		return "", err
	}
	fmt.Fprintf(d.out, "Everything is purged, and the state file is gone.\n\n")
	return "", d.removeState()
}

func (d *demo) removeState() error {
	files, err := filepath.Glob(filepath.Join(d.work.Dir, "terraform.tfstate*"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}

// staleImports loses the state after a recovery: the import blocks hold ids
// that are gone. The plan refuses to make second objects, imports heals it,
// and the next plan adopts.
func (d *demo) staleImports(ctx context.Context) error {
	d.title("The state is lost once more, with the old import blocks")
	if err := d.removeState(); err != nil {
		return err
	}
	_, _, err := d.quiet().Plan(ctx)
	if err == nil {
		return errors.New("a plan with stale import blocks must be refused, and was not")
	}
	text := err.Error()
	if i := strings.Index(text, "Error:"); i >= 0 {
		text = text[i:]
	}
	if i := strings.Index(text, "Error:"); i >= 0 && strings.Count(text, "Error:") > 1 {
		text = text[:i+strings.Index(text[i+1:], "Error:")+1] + "…"
	}
	fmt.Fprintf(d.out, "The plan is refused:\n%s\n", text)
	r, err := export.Imports(ctx, d.client, export.ImportsOptions{Dir: d.work.Dir, ByName: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "\nimports --by-name writes %d blocks, %d of them with a new id.\n", r.Blocks, len(r.Moved))
	if err := d.adopt(ctx); err != nil {
		return err
	}
	after, err := d.snapshot(ctx)
	if err != nil {
		return err
	}
	if diff := d.before.difference(after); diff != "" {
		return fmt.Errorf("the tenant is not as it was: %s", diff)
	}
	return nil
}
