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
	"os"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/backup"
	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
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
	Resume   bool     // go on where an earlier export to Out broke off
	Progress Progress
	Now      func() time.Time // nil: the clock
	// Answers writes down what is read, so that Resume can go on; nil: nothing is. The
	// client's requests must go through it.
	Answers *Answers
}

// Progress is told how an export goes on.
type Progress interface {
	// Reading says that a kind is being read.
	Reading(kinds string)
	// Read says how many there were.
	Read(n int)
	// Say tells something that is worth a line.
	Say(text string)
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
	// Runs is when each part began of an export that broke off and was resumed: the parts
	// show the tenant at these times. Else there is one.
	Runs []time.Time
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
	e := &exporter{source: live{client, o.Answers}, options: o, kinds: kinds, read: map[string]*reading{}, related: map[*hclgen.Object]bool{}, base: before}
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
	to := &target{dir: o.Out}
	defer to.clear()
	result, err := e.export(ctx, to)
	if err != nil && ctx.Err() != nil {
		err = errCancelled
	}
	if e.shelf != nil {
		e.shelf.Close()
	}
	if err = e.partial.end(err); err != nil {
		return nil, err
	}
	if e.partial != nil {
		result.Runs = e.partial.note.Runs
	}
	return result, nil
}

// begin has the answers written down from now on, and makes the place for values: where
// the answers are, or among the temporary files.
func (e *exporter) begin() (err error) {
	s, tenant := e.source.(live)
	dir := ""
	switch {
	case tenant && s.answers != nil:
		var told string
		if e.partial, told, err = begin(e.options.Out, e.options.Resume, s.answers, e.tenant, s.client.Endpoint(), e.now()); err != nil {
			return err
		}
		if told != "" && e.options.Progress != nil {
			e.options.Progress.Say(told)
		}
		if e.partial != nil {
			dir = e.partial.dir
		}
	case e.options.Resume:
		return errors.New("only an export of a tenant is resumed; one of an archive begins anew")
	}
	e.shelf, err = hclgen.NewShelf(dir)
	return err
}

func (e *exporter) now() time.Time {
	if e.options.Now != nil {
		return e.options.Now()
	}
	return time.Now()
}

// export writes beside the target and puts the files into place.
func (e *exporter) export(ctx context.Context, to *target) (*Result, error) {
	out, err := e.run(ctx, to.make)
	if err != nil {
		return nil, err
	}
	if len(e.refused) > 0 && len(out.Objects) == 0 && e.base == nil {
		return nil, fmt.Errorf("nothing of %s could be read. Nothing was written. The first of %d refusals: %s", e.options.From, len(e.refused), e.refused[0])
	}
	if err := e.checkLiterals(out, to.temp); err != nil {
		return nil, err
	}
	if e.base != nil {
		return e.update(ctx, out, to)
	}
	manifest := e.manifest(out)
	if err := to.add(manifestFile, manifest.write); err != nil {
		return nil, err
	}
	files, err := to.place(ctx, append(out.Files, manifestFile))
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
