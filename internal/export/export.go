// Package export writes a tenant, or an archive of one, as Terraform code with
// references between objects, import blocks, and a manifest of all that was
// read.
//
// An export is whole or not there: it is written beside its folder and put
// into place at the end, and one kind that cannot be read fails all of it.
package export

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/backup"
	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Options say what to export and where to.
type Options struct {
	Out      string   // folder, empty or not there yet
	All      bool     // every object of every kind
	From     string   // folder of an archive instead of the tenant
	Include  []string // kinds; empty: all
	Exclude  []string // kinds
	Update   bool     // add to the export in Out what is new
	Members  string   // how members are written, one of MembersWays; "": MembersAuto
	Critical string   // file that names the objects that matter most, one a line; "": none
	Progress Progress
	Now      func() time.Time // nil: the clock
}

// Progress is told how an export goes on.
type Progress interface {
	// Reading says that a kind is being read.
	Reading(kinds string)
	// Read says how many there were.
	Read(n int)
}

// Result is what an export did.
type Result struct {
	// Changes says, after an update, what is new, gone or renamed, one a line.
	Changes  []string
	Manifest *Manifest
	Files    []string
	Warnings []string
	// Hidden counts the objects left out because Graph did not tell a value of theirs.
	Hidden int
}

// Run exports. client is not used with Options.From.
func Run(ctx context.Context, client *graph.Client, o Options) (*Result, error) {
	var before *base
	if o.Update {
		b, err := readBase(o.Out)
		if err != nil {
			return nil, err
		}
		before = b
	} else if err := checkOut(o.Out); err != nil {
		return nil, err
	}
	var err error
	if o.Members, err = checkMembers(o.Members); err != nil {
		return nil, err
	}
	kinds, err := chosen(o)
	if err != nil {
		return nil, err
	}
	e := &exporter{source: live{client}, options: o, kinds: kinds, read: map[string]*reading{}, base: before}
	if o.Critical != "" {
		if e.critical, err = readCritical(o.Critical); err != nil {
			return nil, err
		}
	}
	if o.From != "" {
		b, err := backup.Open(o.From)
		if err != nil {
			return nil, err
		}
		e.source = archived{b}
		for _, r := range b.Refused {
			e.refused = append(e.refused, Refused{r.File, r.Property, r.Reason})
		}
	}
	out, err := e.run(ctx)
	if ctx.Err() != nil {
		return nil, errCancelled
	}
	if err != nil {
		return nil, err
	}
	if len(e.refused) > 0 && len(out.Objects) == 0 && before == nil {
		return nil, fmt.Errorf("nothing of %s could be read. Nothing was written. The first of %d refusals: %s", o.From, len(e.refused), e.refused[0])
	}
	if err := e.checkLiterals(out); err != nil {
		return nil, err
	}
	if before != nil {
		return e.update(ctx, out)
	}
	manifest := e.manifest(out)
	out.Files[manifestFile], err = manifest.bytes()
	if err != nil {
		return nil, err
	}
	files, err := place(ctx, o.Out, out.Files)
	return &Result{Manifest: manifest, Files: files, Hidden: e.hidden, Warnings: append(e.warnings, out.Warnings...)}, err
}

func checkOut(dir string) error {
	if dir == "" {
		return errors.New("no folder to export to: name one with --out")
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty, and an export overwrites nothing. Name another folder with --out, or add what is new to this one with --update", dir)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("could not look into %s: %w", dir, err)
	}
	return nil
}

// chosen returns the kinds to export.
func chosen(o Options) ([]*kind.Kind, error) {
	var names []string
	var out []*kind.Kind
	for _, k := range catalog.All() {
		if !k.Managed() || k.Life.Form == kind.Edge || k.Life.Form == kind.Element {
			continue
		}
		names = append(names, k.Name)
		if (len(o.Include) == 0 && !k.OnRequest || slices.Contains(o.Include, k.Name)) && !slices.Contains(o.Exclude, k.Name) {
			out = append(out, k)
		}
	}
	for _, name := range append(append([]string{}, o.Include...), o.Exclude...) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no kind %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return out, nil
}

// place writes files into a folder beside dir and renames it; where dir is
// there already, it writes below it and moves the files up, since a folder that
// is somebody's working directory or a mount cannot be replaced.
func place(ctx context.Context, dir string, files map[string][]byte) ([]string, error) {
	parent, there := filepath.Dir(filepath.Clean(dir)), false
	if _, err := os.Stat(dir); err == nil {
		parent, there = dir, true
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("could not make %s: %w", parent, err)
	}
	temp, err := os.MkdirTemp(parent, ".export-*")
	if err != nil {
		return nil, fmt.Errorf("could not write into %s: %w", parent, err)
	}
	defer os.RemoveAll(temp)
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(temp, name), files[name], 0o644); err != nil {
			return nil, fmt.Errorf("could not write %s: %w", name, err)
		}
	}
	if ctx.Err() != nil {
		return nil, errCancelled
	}
	if there {
		return names, moveUp(temp, dir, names)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, dir); err != nil {
		return nil, fmt.Errorf("could not put the export into place: %w", err)
	}
	return names, nil
}

// moveUp moves files from temp into dir. When one cannot be moved, those that
// were not there before are taken away again.
func moveUp(temp, dir string, names []string) error {
	var added []string
	for _, name := range names {
		_, missing := os.Lstat(filepath.Join(dir, name))
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(dir, name)); err != nil {
			for _, f := range added {
				_ = os.Remove(filepath.Join(dir, f)) // the rename's error is the one to tell
			}
			return fmt.Errorf("could not put %s into place: %w", name, err)
		}
		if missing != nil {
			added = append(added, name)
		}
	}
	return nil
}

var errCancelled = errors.New("the export was cancelled; nothing was written")
