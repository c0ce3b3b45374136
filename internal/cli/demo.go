package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
	"github.com/spf13/cobra"
)

// demoVersion is the release that the demo's mirror holds the provider as.
const demoVersion = "99.0.0"

func demoCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "demo",
		Short: "Lose an emulated tenant and get it back",
		Long:  "The main job, end to end, on an emulated tenant: export, adopt, one disaster after another, and after each one the plan, the apply and the comparison with the tenant before.",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("could not find this program itself, which is the provider: %w", err)
			}
			return runDemo(c.Context(), c.OutOrStdout(), dir, self)
		},
	}
	c.Flags().StringVar(&dir, "tenant", "", "folder of JSON objects to use instead of the built-in tenant")
	return c
}

// demo is one run: a tenant, the code exported from it, and the tally.
type demo struct {
	out    io.Writer
	temp   string // folder of everything
	stage  *drill.Stage
	client *graph.Client
	wrong  *graph.Client // of the culprit
	work   tf.Workspace
	before *drill.Snapshot
	rows   []row
	loaded emulator.Report
}

// row is one line of the closing table.
type row struct {
	drill.Tally
	name     string
	requests int
	seconds  float64
}

// runDemo runs the whole demo with the provider in the file binary.
func runDemo(ctx context.Context, out io.Writer, dir, binary string) error {
	d, err := newDemo(ctx, out, dir, binary)
	if err != nil {
		return err
	}
	defer d.close()
	return d.play(ctx)
}

// play goes through all disasters.
func (d *demo) play(ctx context.Context) error {
	for _, x := range d.disasters() {
		if err := d.suffer(ctx, x); err != nil {
			return fmt.Errorf("%s: %w", x.name, err)
		}
	}
	if err := d.staleImports(ctx); err != nil {
		return err
	}
	d.table()
	return nil
}

// newDemo loads the tenant, exports it, and lets the code adopt it.
func newDemo(ctx context.Context, out io.Writer, dir, binary string) (*demo, error) {
	engine, err := tf.Find()
	if err != nil {
		return nil, err
	}
	d := &demo{out: out}
	if d.temp, err = os.MkdirTemp("", "entra-demo-"); err != nil {
		return nil, fmt.Errorf("could not make a folder for the demo: %w", err)
	}
	d.stage = drill.NewStage(demoTenant())
	err = d.load(dir)
	if err == nil {
		err = d.connect(ctx)
	}
	if err == nil {
		err = d.prepare(ctx, engine, binary)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// culprit does everything that goes wrong, so that a plan has somebody to name.
const culprit = "mallory@contoso.com"

func demoTenant() *emulator.Tenant { return emulator.New(emulator.WithPerson(culprit, culprit)) }

// connect makes the clients of the demo itself and of the culprit.
func (d *demo) connect(ctx context.Context) (err error) {
	config := graph.Config{Endpoint: d.stage.URL, AccessToken: d.stage.Tenant.Token(), LoopbackOnly: true}
	if d.client, err = graph.New(ctx, config); err != nil {
		return err
	}
	config.AccessToken = culprit
	d.wrong, err = graph.New(ctx, config)
	return err
}

// load fills the tenant from a folder, "" meaning the built-in one.
func (d *demo) load(dir string) error {
	if dir == "" {
		var err error
		if dir, err = unpackTenant(filepath.Join(d.temp, "tenant")); err != nil {
			return err
		}
	}
	loaded, err := d.stage.Tenant.LoadDir(dir)
	if err != nil {
		return err
	}
	for _, line := range loaded.Lines() {
		fmt.Fprintln(d.out, line)
	}
	d.loaded = loaded
	return nil
}

func (d *demo) close() {
	d.stage.Close()
	_ = os.RemoveAll(d.temp) // a temporary folder that stays harms nobody
}

// prepare exports the tenant, adopts it and checks that nothing changed.
func (d *demo) prepare(ctx context.Context, engine, binary string) error {
	d.title("The tenant is exported")
	code := filepath.Join(d.temp, "code")
	result, err := export.Run(ctx, d.client, export.Options{Out: code, All: true, Progress: &lines{w: d.out}})
	if err != nil {
		return err
	}
	report(d.out, result, export.Options{Out: "the code", All: true})
	config, err := tf.Mirror(filepath.Join(d.temp, "mirror"), binary, demoVersion)
	if err != nil {
		return err
	}
	d.work = d.stage.Workspace(engine, code, config)
	d.work.Output = d.out
	if _, err := d.work.Run(ctx, "init", "-input=false", "-no-color"); err != nil {
		return err
	}
	if d.before, err = d.stage.Snapshot(); err != nil {
		return err
	}
	if len(d.before.IDs) == 0 {
		return errors.New("the tenant holds no object that code can manage, so there is nothing to lose")
	}
	d.title("The code adopts it: imports only")
	return d.adopt(ctx)
}

// adopt plans and applies imports, and nothing else.
func (d *demo) adopt(ctx context.Context) error {
	_, n, err := d.quiet().Plan(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out, "Plan:", n)
	if !n.Empty() {
		_, _ = d.work.Run(ctx, "show", "-no-color", "plan.bin")
		return fmt.Errorf("the plan after an export must be imports only, and is %s", n)
	}
	if err := d.quiet().Apply(ctx); err != nil {
		return err
	}
	if err := d.converged(ctx); err != nil {
		return err
	}
	// An apply that only imports leaves create_before_destroy out of the state.
	fmt.Fprintln(d.out, "That plan is applied too, so that the state knows what has to be created or changed before something is destroyed.")
	return d.quiet().Apply(ctx)
}

// quiet is the workspace without its output.
func (d *demo) quiet() tf.Workspace {
	w := d.work
	w.Output = nil
	return w
}

// converged checks that the next plan is empty.
func (d *demo) converged(ctx context.Context) error {
	_, n, err := d.quiet().Plan(ctx)
	if err != nil {
		return err
	}
	if !n.Empty() || n.Import > 0 {
		_, _ = d.work.Run(ctx, "show", "-no-color", "plan.bin")
		return fmt.Errorf("the next plan must be empty, and is %s", n)
	}
	fmt.Fprintln(d.out, "The next plan is empty.")
	return nil
}

// suffer lets one disaster happen, shows the plan, applies it and compares.
func (d *demo) suffer(ctx context.Context, x disaster) error {
	d.title(x.name)
	skipped, err := x.happen(ctx)
	if err != nil {
		return err
	}
	if skipped != "" {
		fmt.Fprintln(d.out, "Skipped:", skipped)
		return nil
	}
	broken, err := d.stage.Snapshot()
	if err != nil {
		return err
	}
	purged, err := d.stage.Purged(d.before, broken)
	if err != nil {
		return err
	}
	r := row{name: x.name}
	if err := d.recover(ctx, &r); err != nil {
		return err
	}
	if err := d.converged(ctx); err != nil {
		return err
	}
	if err := d.compare(&r, broken, purged); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "The tenant equals the tenant before: %d restored with the same id, %d recreated, %d references re-linked.\n", r.Restored, r.Recreated, r.Relinked)
	d.rows = append(d.rows, r)
	if r.Recreated == 0 || x.stale {
		return nil
	}
	moved, err := export.Imports(ctx, d.client, export.ImportsOptions{Dir: d.work.Dir})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.out, "imports writes the new ids: %d of %d blocks.\n", len(moved.Moved), moved.Blocks)
	return nil
}

// recover plans and applies, and notes what that cost.
func (d *demo) recover(ctx context.Context, r *row) error {
	before, start := d.stage.Requests(), time.Now()
	if _, _, err := d.work.Plan(ctx); err != nil {
		return err
	}
	if err := d.work.Apply(ctx); err != nil {
		return err
	}
	r.seconds = time.Since(start).Seconds()
	r.requests = d.stage.Requests() - before
	return nil
}

// compare holds the tenant against the tenant before, which it becomes.
func (d *demo) compare(r *row, broken *drill.Snapshot, purged map[string]bool) error {
	after, err := d.stage.Snapshot()
	if err != nil {
		return err
	}
	if r.Tally, err = drill.Compare(d.before, broken, after, purged); err != nil {
		return err
	}
	d.before = after
	return nil
}

func (d *demo) title(s string) {
	fmt.Fprintf(d.out, "\n━━━ %s\n\n", s)
}

func (d *demo) table() {
	d.title("What came back")
	fmt.Fprintf(d.out, "%-64s %7s %8s %9s %9s %8s %7s\n", "disaster", "objects", "restored", "recreated", "re-linked", "requests", "seconds")
	var sum row
	for _, r := range d.rows {
		fmt.Fprintf(d.out, "%-64s %7d %8d %9d %9d %8d %7.1f\n", r.name, r.Objects, r.Restored, r.Recreated, r.Relinked, r.requests, r.seconds)
		sum.Restored, sum.Recreated, sum.Relinked = sum.Restored+r.Restored, sum.Recreated+r.Recreated, sum.Relinked+r.Relinked
		sum.requests, sum.seconds = sum.requests+r.requests, sum.seconds+r.seconds
	}
	fmt.Fprintf(d.out, "%-64s %7s %8d %9d %9d %8d %7.1f\n", "all", "", sum.Restored, sum.Recreated, sum.Relinked, sum.requests, sum.seconds)
}
