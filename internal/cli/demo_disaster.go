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
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
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

func (d *demo) weaken(ctx context.Context) (string, error) {
	policies, err := d.stage.Objects("conditional_access_policy")
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

func (d *demo) binSome(context.Context) (string, error) {
	any := false
	for _, name := range []string{"group", "conditional_access_policy", "administrative_unit"} {
		title := catalog.ByName(name).Title
		list, err := d.stage.Objects(name)
		if err != nil {
			return "", err
		}
		if len(list) == 0 {
			fmt.Fprintf(d.out, "The tenant has no %s to delete.\n", title)
			continue
		}
		any = true
		fmt.Fprintf(d.out, "%s deletes the %s %q.\n", culprit, title, list[len(list)/2]["displayName"])
		if err := d.stage.As(culprit).Delete(name, list[len(list)/2], false); err != nil {
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
func (d *demo) referred(block string, lists ...string) (map[string]bool, error) {
	policies, err := d.stage.Objects("conditional_access_policy")
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
	excluded, err := d.referred("users", "excludeGroups")
	if err != nil {
		return "", err
	}
	used, err := d.referred("locations", "includeLocations", "excludeLocations")
	if err != nil {
		return "", err
	}
	group, err := d.first("group", excluded)
	if err != nil {
		return "", err
	}
	location, err := d.first("named_location", used)
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
		if err := d.stage.As(culprit).Delete("named_location", location, true); err != nil {
			return "", err
		}
	}
	if group == nil {
		fmt.Fprintf(d.out, "No policy of the tenant excludes a group.\n\n")
		return "", nil
	}
	fmt.Fprintf(d.out, "%s purges the group %q, which policies exclude.\n\n", culprit, group["displayName"])
	return "", d.stage.As(culprit).Delete("group", group, true)
}

// first returns the first object of a collection whose id is among the given
// ones, trusted ones before others; nil where there is none.
func (d *demo) first(name string, ids map[string]bool) (graph.Body, error) {
	list, err := d.stage.Objects(name)
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
	policies, err := d.stage.Objects("conditional_access_policy")
	if err != nil {
		return err
	}
	for _, p := range policies {
		conditions, _ := p["conditions"].(graph.Body)
		locations, _ := conditions["locations"].(graph.Body)
		without := func(property string) []any {
			return slices.DeleteFunc(listed(locations[property]), func(x any) bool { return x == location["id"] })
		}
		include, exclude := without("includeLocations"), without("excludeLocations")
		if !slices.Contains(append(listed(locations["includeLocations"]), listed(locations["excludeLocations"])...), location["id"]) {
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

// listed is a copy of a list, nil where there is none.
func listed(v any) []any {
	list, _ := v.([]any)
	return slices.Clone(list)
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
func (d *demo) loseAll(context.Context) (string, error) {
	for _, name := range d.stage.Kinds() {
		list, err := d.stage.Objects(name)
		if err != nil {
			return "", err
		}
		for _, b := range list {
			if err := d.stage.As(culprit).Delete(name, b, true); err != nil {
				return "", err
			}
		}
	}
	if err := d.stage.PassMonth(); err != nil {
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
	after, err := d.stage.Snapshot()
	if err != nil {
		return err
	}
	if diff := d.before.Difference(after); diff != "" {
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
	for id := range d.before.IDs {
		switch {
		case strings.Contains(plan, id):
			named++
		case strings.HasPrefix(d.before.Names[id], "named_location:"):
			return fmt.Errorf("the refused plan does not name %s (%s)", d.before.Names[id], id)
		}
	}
	if named == 0 {
		return fmt.Errorf("the refused plan names no live object: %s", plan)
	}
	fmt.Fprintf(d.out, "The plan is refused:\n\nError: %s\n\nThe plan names %d of the %d live objects; the others depend on these, and were not planned.\n", strings.TrimSpace(first), named, len(d.before.IDs))
	return nil
}
