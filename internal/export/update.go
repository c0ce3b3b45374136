package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// base is the code that an update adds to. Its .tf files belong to their
// authors: an update writes new ones beside them, and imports.tf and
// manifest.json anew.
type base struct {
	dir      string
	manifest *Manifest
	code     *code
	byID     map[string]string // address by id
	suffix   string            // of the files to add: "_2"
}

func readBase(dir string) (*base, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, fmt.Errorf("--update adds to an export: %w", err)
	}
	c, err := readCode(dir)
	if err != nil {
		return nil, err
	}
	state, err := stateIDs(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		return nil, err
	}
	b := &base{dir: dir, manifest: m, code: c, byID: map[string]string{}}
	for _, obj := range m.Objects {
		b.byID[obj.ID] = obj.Address
	}
	for address, x := range c.imports {
		b.byID[idOf(address, x.id)] = address
	}
	for address, id := range state {
		b.byID[idOf(address, id)] = address
	}
	delete(b.byID, "")
	for n := 2; ; n++ {
		b.suffix = fmt.Sprintf("_%d", n)
		if used, err := filepath.Glob(filepath.Join(dir, "*"+b.suffix+".tf")); err != nil || len(used) == 0 {
			return b, err
		}
	}
}

// idOf is an import id as it is compared.
func idOf(address, id string) string {
	if k := catalog.ByName(typeOf(address)); k != nil {
		return k.Life.ID(id)
	}
	return strings.ToLower(id)
}

// input tells the generator what is there already. An object that was exported
// and whose resource was taken out of the code since stays out: the ids of
// such objects are not to be found again as resources.
func (b *base) input(in hclgen.Input) hclgen.Input {
	in.Suffix = b.suffix
	for address := range b.code.resources {
		in.Taken = append(in.Taken, address)
	}
	in.Taken = append(in.Taken, b.code.notPlain...)
	for _, o := range in.Objects {
		if address := b.byID[o.Import()]; o.ID != "" && address != "" {
			_, o.Name, _ = strings.Cut(address, ".")
			o.Written = true
		}
	}
	for _, x := range in.External {
		for _, d := range b.manifest.External {
			if d.ID == x.ID && d.Kind == x.Kind {
				x.Written, x.Key, x.Local = true, d.Key, d.Local
				if x.Local == "" {
					x.Local = (&hclgen.External{Kind: d.Kind, Label: map[bool]string{false: d.Key}[d.Dead]}).Place()
				}
			}
		}
	}
	return in
}

// removed tells whether an object was exported and its resource is in the code
// no more, or stands in a module: what refers to it then needs its id.
func (b *base) removed(id string) bool {
	address := b.byID[id]
	return moduleOf(address) != "" || address != "" && b.code.resources[address] == nil && b.code.imports[address].file == ""
}

// update writes what is new. Before it, everything was read as for an export.
func (e *exporter) update(ctx context.Context, out *hclgen.Output, to *target) (*Result, error) {
	b, now, err := e.base, e.manifest(out), error(nil)
	if t := b.manifest.TenantID; t != "" && e.tenant != "" && !strings.EqualFold(t, e.tenant) {
		return nil, fmt.Errorf("%s was exported from tenant %s, and this is tenant %s. Nothing was written", b.dir, t, e.tenant)
	}
	result := &Result{Manifest: now, Hidden: e.hidden, Warnings: append(e.warnings, out.Warnings...), Changes: e.changes(out)}
	for _, x := range out.External {
		if x.Label == "" {
			result.Warnings = append(result.Warnings, "add values(local."+x.Local+") to dead_references in the provider block, as in concat(values(local.dead_references), values(local."+x.Local+")): "+x.Key+" leads nowhere")
		}
	}
	if len(out.Objects) == 0 {
		return result, nil
	}
	if out.Files, err = addImports(b.dir, to, out.Files); err != nil {
		return nil, err
	}
	now.Objects = append(now.Objects, b.manifest.Objects...)
	sortObjects(now.Objects)
	now.External = append(append([]ManifestDead{}, b.manifest.External...), now.External...)
	written := map[string]int{}
	for _, obj := range now.Objects {
		written[obj.Kind]++
	}
	for i := range now.Kinds {
		now.Kinds[i].Exported = written[now.Kinds[i].Kind]
	}
	if err = to.add(manifestFile, now.write); err != nil {
		return nil, err
	}
	result.Files, err = to.place(ctx, append(out.Files, manifestFile))
	return result, err
}

// addImports puts the import blocks that there were before the new ones, and returns the
// files without imports.tf where there are no new ones.
func addImports(dir string, to *target, files []string) ([]string, error) {
	before, err := os.ReadFile(filepath.Join(dir, importsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("could not read %s: %w", importsFile, err)
	}
	added, err := os.ReadFile(filepath.Join(to.temp, importsFile))
	if err != nil {
		return nil, err
	}
	if len(added) == 0 {
		return slices.DeleteFunc(files, func(name string) bool { return name == importsFile }), nil
	}
	if len(before) > 0 {
		before = append(before, '\n')
	}
	return files, to.add(importsFile, func(w io.Writer) error {
		_, err := w.Write(append(before, added...))
		return err
	})
}

// changes says what is new, renamed or gone since the manifest. Attributes are
// compared by terraform plan, which knows the code's values.
func (e *exporter) changes(out *hclgen.Output) []string {
	var lines []string
	for _, o := range out.Objects {
		lines = append(lines, fmt.Sprintf("new: %s %q (%s)", o.Address(), o.Label, o.ID))
	}
	for _, obj := range e.base.manifest.Objects {
		k := catalog.ByName(obj.Kind)
		if k == nil || k.Life.Form == kind.Edge || e.read[k.Name] == nil {
			continue
		}
		own := obj.ID[strings.LastIndex(obj.ID, "/")+1:] // behind what it belongs to
		switch o := e.read[k.Name].objects[own]; {
		case e.base.removed(obj.ID):
			lines = append(lines, fmt.Sprintf("no longer in the code, so left out: %s %q (%s)", obj.Address, obj.DisplayName, obj.ID))
		case o == nil:
			lines = append(lines, fmt.Sprintf("gone from the tenant: %s %q (%s); an apply restores or recreates it", obj.Address, obj.DisplayName, obj.ID))
		case k.Label != "" && o.Label != obj.DisplayName:
			lines = append(lines, fmt.Sprintf("renamed: %s %q is now %q", obj.Address, obj.DisplayName, o.Label))
		}
	}
	sort.Strings(lines)
	return lines
}
