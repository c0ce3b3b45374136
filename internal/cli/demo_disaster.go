package cli

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
			list = slices.DeleteFunc(list, isBuiltIn)
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
			fmt.Fprintf(d.out, "%s sets %q to disabled.\n\n", culprit, p["displayName"])
			_, err := d.wrong.Patch(ctx, graph.Beta, "/identity/conditionalAccess/policies"+graph.Path(p["id"].(string)), graph.Body{"state": "disabled"})
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
			if _, err := d.wrong.Patch(ctx, graph.V1, c.path+id, patch); err != nil {
				return err
			}
		}
		if b["isAvailable"] == true { // a published context is not deleted
			if _, err := d.wrong.Patch(ctx, graph.V1, c.path+id, graph.Body{"isAvailable": false}); err != nil {
				return err
			}
		}
		// A service principal may have gone with its application, and a grant with that.
		if err := d.wrong.Delete(ctx, c.version, c.path+id); err != nil && !graph.IsNotFound(err) {
			return err
		}
		if !purge || c.bin == "" {
			return nil
		}
		err := d.wrong.Delete(ctx, c.binVersion(), c.bin+id)
		if graph.IsForbidden(err) || graph.IsBadRequest(err) || graph.IsNotFound(err) {
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
			fmt.Fprintf(d.out, "The tenant has no %s to delete.\n", name)
			continue
		}
		any = true
		fmt.Fprintf(d.out, "%s deletes the %s %q.\n", culprit, name, list[len(list)/2]["displayName"])
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

// referred returns the ids that the named lists of a block of conditions hold,
// over all policies.
func (d *demo) referred(ctx context.Context, block string, lists ...string) (map[string]bool, error) {
	policies, err := d.objects(ctx, "policy")
	out := map[string]bool{}
	for _, p := range policies {
		conditions, _ := p["conditions"].(graph.Body)
		inner, _ := conditions[block].(graph.Body)
		for _, list := range lists {
			ids, _ := inner[list].([]any)
			for _, id := range ids {
				out[fmt.Sprint(id)] = true
			}
		}
	}
	return out, err
}

// purgeUsed purges a group that policies exclude, and a named location that
// they use: a trusted one if there is one.
func (d *demo) purgeUsed(ctx context.Context) (string, error) {
	excluded, err := d.referred(ctx, "users", "excludeGroups")
	if err != nil {
		return "", err
	}
	used, err := d.referred(ctx, "locations", "includeLocations", "excludeLocations")
	if err != nil {
		return "", err
	}
	group, err := d.first(ctx, "group", excluded)
	if err != nil {
		return "", err
	}
	location, err := d.first(ctx, "location", used)
	if err != nil {
		return "", err
	}
	if group == nil && location == nil {
		return "no policy excludes a group or uses a named location", nil
	}
	// The location goes first: no policy that refers to a lost group can be changed.
	if location == nil {
		fmt.Fprintln(d.out, "No policy of the tenant uses a named location.")
	} else {
		if err := d.detach(ctx, location); err != nil {
			return "", err
		}
		fmt.Fprintf(d.out, "%s purges the named location %q.\n", culprit, location["displayName"])
		if err := d.delete(ctx, "location", location, true); err != nil {
			return "", err
		}
	}
	if group == nil {
		fmt.Fprintf(d.out, "No policy of the tenant excludes a group.\n\n")
		return "", nil
	}
	fmt.Fprintf(d.out, "%s purges the group %q, which policies exclude.\n\n", culprit, group["displayName"])
	return "", d.delete(ctx, "group", group, true)
}

// first returns the first object of a collection whose id is among the given
// ones, trusted ones before others; nil where there is none.
func (d *demo) first(ctx context.Context, name string, ids map[string]bool) (graph.Body, error) {
	list, err := d.objects(ctx, name)
	var found graph.Body
	for _, b := range list {
		if ids[fmt.Sprint(b["id"])] && (found == nil || b["isTrusted"] == true && found["isTrusted"] != true) {
			found = b
		}
	}
	return found, err
}

// detach takes a location out of all policies: Graph refuses to delete one
// that a policy refers to, so whoever deletes it does this first.
func (d *demo) detach(ctx context.Context, location graph.Body) error {
	policies, err := d.objects(ctx, "policy")
	if err != nil {
		return err
	}
	for _, p := range policies {
		conditions, _ := p["conditions"].(graph.Body)
		locations, _ := conditions["locations"].(graph.Body)
		without := func(property string) []any {
			list, _ := locations[property].([]any)
			return slices.DeleteFunc(slices.Clone(list), func(x any) bool { return x == location["id"] })
		}
		include, exclude := without("includeLocations"), without("excludeLocations")
		if !strings.Contains(text(locations), fmt.Sprint(location["id"])) {
			continue
		}
		if len(include) == 0 {
			include = []any{"AllTrusted"} // a policy with a block of locations includes one
		}
		fmt.Fprintf(d.out, "%s takes the named location %q out of the policy %q.\n", culprit, location["displayName"], p["displayName"])
		changed := said(conditions)
		changed["locations"] = graph.Body{"includeLocations": include, "excludeLocations": exclude}
		if _, err := d.wrong.Patch(ctx, graph.Beta, "/identity/conditionalAccess/policies"+graph.Path(p["id"].(string)), graph.Body{"conditions": changed}); err != nil {
			return err
		}
	}
	return nil
}

// said is a body without its nulls, which Graph writes and does not read.
func said(b graph.Body) graph.Body {
	out := graph.Body{}
	for property, v := range b {
		if inner, ok := v.(graph.Body); ok {
			out[property] = said(inner)
		} else if v != nil {
			out[property] = v
		}
	}
	return out
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
	address := usedLocation(kept)
	if address == "" {
		return "no policy in the code refers to a named location", nil
	}
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
	_, n, err := d.quiet().Plan(ctx)
	if err != nil {
		return "", err
	}
	if err := d.quiet().Apply(ctx); err != nil {
		return "", err
	}
	fmt.Fprintf(d.out, "That plan was %s. The code is put back as it was.\n\n", n)
	for f, content := range kept {
		if err := os.WriteFile(f, content, 0o600); err != nil {
			return "", err
		}
	}
	return "", nil
}

var inUse = regexp.MustCompile(`\b(entra_named_location\.\w+)\.id\b`)

// usedLocation returns the address of a named location that a policy refers
// to, "" where none does.
func usedLocation(files map[string][]byte) string {
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if found := inUse.FindSubmatch(files[file]); found != nil {
			return string(found[1])
		}
	}
	return ""
}

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
	if err := d.refused(err.Error()); err != nil {
		return err
	}
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

// refused shows the first error of a refused plan, and checks that the errors
// name the live objects: every named location, which depends on nothing. The
// engine plans no object that depends on a refused one, so others may be left out.
func (d *demo) refused(plan string) error {
	_, first, found := strings.Cut(plan, "Error: ")
	if !found {
		return fmt.Errorf("the plan failed without an error of its own: %s", plan)
	}
	first, _, _ = strings.Cut(first, "Error: ")
	named := 0
	for id := range d.before.ids {
		switch {
		case strings.Contains(plan, id):
			named++
		case strings.HasPrefix(d.before.names[id], "location:"):
			return fmt.Errorf("the refused plan does not name %s (%s)", d.before.names[id], id)
		}
	}
	if named == 0 {
		return fmt.Errorf("the refused plan names no live object: %s", plan)
	}
	fmt.Fprintf(d.out, "The plan is refused:\n\nError: %s\n\nThe plan names %d of the %d live objects; the others depend on these, and were not planned.\n", strings.TrimSpace(first), named, len(d.before.ids))
	return nil
}
