// Package drill rehearses a recovery: it copies a configuration, fills an
// emulated tenant with what the code describes, destroys that in one way or
// another, and lets the real Terraform or OpenTofu bring it back.
//
// What a drill proves is that the code is whole and that the recovery goes
// through in the right order. It says nothing of permissions, licences and
// Graph's own latency. Nothing leaves the machine: the copy has a local state and
// no credentials, the provider speaks to a loopback address and to no other.
//
// The stage, the comparison and the ways to lose an object serve the demo as well.
package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
	"github.com/google/uuid"
	tfjson "github.com/hashicorp/terraform-json"
)

// Options say what to rehearse.
type Options struct {
	Dir       string   // the configuration
	Binary    string   // the provider
	Version   string   // that the mirror holds it as
	Scenarios []string // none: purge-all
	VarFiles  []string // handed to plan
	Throttle  bool     // enforce the documented quotas, in real time
	Progress  func(string)
}

// Check tells whether the scenarios can be understood.
func (o Options) Check() error {
	_, err := parseScenarios(o.Scenarios)
	return err
}

// Run rehearses all scenarios. The report is there even where a scenario failed;
// the error is for what kept the drill from being one.
func Run(ctx context.Context, o Options) (*Report, error) {
	scenarios, err := parseScenarios(o.Scenarios)
	if err != nil {
		return nil, err
	}
	engine, err := tf.Find()
	if err != nil {
		return nil, err
	}
	c, err := readCode(o.Dir)
	if err != nil {
		return nil, err
	}
	if len(c.foreign) > 0 {
		return nil, fmt.Errorf("a drill runs this provider alone, offline, and the configuration needs others as well: %s. "+
			"Keep what they do in a configuration of its own, and hand the results over as variables", strings.Join(c.foreign, "; "))
	}
	temp, err := os.MkdirTemp("", "entra-drill-")
	if err != nil {
		return nil, fmt.Errorf("could not make a folder for the drill: %w", err)
	}
	defer os.RemoveAll(temp)
	r := &rehearsal{options: o, code: c, engine: engine, temp: temp}
	defer r.close()
	if r.config, err = tf.Mirror(filepath.Join(temp, "mirror"), o.Binary, o.Version); err != nil {
		return nil, err
	}
	return r.run(ctx, scenarios)
}

// rehearsal is one drill. A scenario that fails takes its tenant with it.
type rehearsal struct {
	options Options
	code    *code
	engine  string
	temp    string
	config  string // CLI configuration
	tries   int

	stage  *Stage
	meter  *meter
	copied *copied
	work   tf.Workspace
	vars   []string
	before *Snapshot
	things []*thing
	report *Report
}

func (r *rehearsal) say(format string, args ...any) {
	if r.options.Progress != nil {
		r.options.Progress(fmt.Sprintf(format, args...))
	}
}

func (r *rehearsal) run(ctx context.Context, scenarios []scenario) (*Report, error) {
	r.report = &Report{FormatVersion: 1, Proves: Proves, Dir: filepath.Base(r.code.dir), StartedAt: time.Now().UTC().Format(time.RFC3339),
		Version: r.options.Version, Engine: filepath.Base(r.engine), Throttled: r.options.Throttle}
	for _, file := range r.options.VarFiles {
		abs, err := filepath.Abs(file)
		if err != nil {
			return nil, err
		}
		r.vars = append(r.vars, "-var-file="+abs)
	}
	for _, s := range scenarios {
		if r.stage == nil {
			if err := r.open(ctx); err != nil {
				return nil, err
			}
		}
		r.say("%s: %s", s.name, s.says())
		played, err := r.play(ctx, s)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			played.Error = err.Error()
			r.close()
		}
		played.finish()
		r.report.Scenarios = append(r.report.Scenarios, *played)
		r.say("%s: %s", s.name, played.Summary())
	}
	r.report.finish()
	return r.report, nil
}

func (r *rehearsal) close() {
	if r.stage != nil {
		r.stage.Close()
		r.stage = nil
	}
}

// open makes a tenant and lets the code fill it.
func (r *rehearsal) open(ctx context.Context) error {
	m, err := export.ReadManifest(r.code.dir)
	if _, missing := os.Stat(filepath.Join(r.code.dir, "manifest.json")); errors.Is(missing, os.ErrNotExist) {
		m, err = &export.Manifest{}, nil
		r.note("the configuration has no manifest.json, so what it refers to and does not manage was found in its plan")
	}
	if err != nil {
		return err
	}
	r.meter = &meter{}
	options := []emulator.Option{emulator.WithLogger(r.meter.log)}
	if uuid.Validate(m.TenantID) == nil {
		options = append(options, emulator.WithTenantID(m.TenantID))
	}
	if slices.ContainsFunc(m.External, func(x export.ManifestDead) bool { return x.Dead }) {
		options = append(options, emulator.WithDanglingReferences())
		r.note("the code has references that were dead at the export; they stay dead, and the rehearsed tenant takes them. Whether Graph does is not known")
	}
	if r.options.Throttle {
		options = append(options, emulator.WithDocumentedThrottling())
	}
	r.stage = NewStage(emulator.New(options...))
	r.tries++
	if r.copied, err = r.code.copyTo(filepath.Join(r.temp, fmt.Sprintf("copy%d", r.tries))); err != nil {
		return err
	}
	if err := r.copied.redirect(r.stage.URL, r.stage.Tenant.TenantID()); err != nil {
		return fmt.Errorf("could not prepare the copy of the configuration: %w", err)
	}
	r.work = r.stage.Workspace(r.engine, r.copied.work, r.config)
	return r.fill(ctx, m)
}

// note puts a sentence into the report, once.
func (r *rehearsal) note(s string) {
	if !slices.Contains(r.report.Notes, s) {
		r.report.Notes = append(r.report.Notes, s)
	}
}

// fill applies the code to the tenant, which holds what the code refers to.
func (r *rehearsal) fill(ctx context.Context, m *export.Manifest) error {
	s := newSeeds(r.stage)
	s.manifest(m)
	blocks := s.code(r.code, m)
	dir := filepath.Join(r.temp, "seeds")
	if err := s.load(dir); err != nil {
		return err
	}
	if blocks != "" {
		if err := os.WriteFile(filepath.Join(r.copied.work, importsFile), []byte(blocks), 0o600); err != nil {
			return err
		}
	}
	if _, err := r.work.Run(ctx, "init", "-input=false", "-no-color"); err != nil {
		return fmt.Errorf("the copy of the configuration could not be initialized, offline and with this provider alone: %w", err)
	}
	plan, _, err := r.plan(ctx)
	if err != nil {
		return r.cannotFill("planned", err)
	}
	s.plan(plan)
	if len(s.all) > 0 {
		if err := s.load(dir); err != nil {
			return err
		}
		if _, _, err = r.plan(ctx); err != nil {
			return r.cannotFill("planned", err)
		}
	}
	for _, n := range s.notes {
		r.note(n)
	}
	if err := r.work.Apply(ctx); err != nil {
		return r.cannotFill("applied", err)
	}
	return r.rest(ctx)
}

func (r *rehearsal) cannotFill(what string, err error) error {
	hint := ""
	if strings.Contains(err.Error(), "No value for required variable") {
		hint = " Name a file with values by --var-file, or set TF_VAR_…: any value of the right form will do for a secret."
	}
	return fmt.Errorf("the code could not be %s on an empty tenant, so there is nothing to recover yet. That would happen in an emergency, too.%s\n%w", what, hint, err)
}

// rest takes the tenant as the one to come back to: its plan is empty.
func (r *rehearsal) rest(ctx context.Context) error {
	plan, n, err := r.plan(ctx)
	if err != nil {
		return err
	}
	if !n.Empty() {
		return fmt.Errorf("the code does not settle: after an apply the next plan is %s (%s)", n, firstOf(changedIn(plan)))
	}
	state, err := r.work.State(ctx)
	if err != nil {
		return err
	}
	r.things = things(state)
	if len(r.things) == 0 {
		return errors.New("the configuration makes no object of this provider, so there is nothing to lose")
	}
	for _, t := range r.things {
		if !slices.Contains(r.stage.Also, t.kind) {
			r.stage.Also = append(r.stage.Also, t.kind)
		}
	}
	if r.before, err = r.stage.Snapshot(); err != nil {
		return err
	}
	if r.report.Graph == nil {
		r.report.Graph = dependencies(r.things)
	}
	return nil
}

func (r *rehearsal) plan(ctx context.Context) (*tfjson.Plan, tf.Counts, error) {
	return r.work.Plan(ctx, r.vars...)
}

// play lets one scenario happen, recovers, and judges.
func (r *rehearsal) play(ctx context.Context, s scenario) (*Scenario, error) {
	out := &Scenario{Name: s.name, Says: s.says()}
	d, err := s.inflict(r.stage, r.things)
	if err != nil {
		return out, fmt.Errorf("the damage could not be done: %w", err)
	}
	out.Notes = d.notes
	broken, err := r.stage.Snapshot()
	if err != nil {
		return out, err
	}
	gone, err := r.stage.Purged(r.before, broken)
	if err != nil {
		return out, err
	}
	first, refused, err := r.recover(ctx, s, out)
	if err != nil {
		return out, err
	}
	before := r.things
	state, err := r.work.State(ctx)
	if err != nil {
		return out, err
	}
	after := things(state)
	out.Objects = outcomes(before, after, first, d, refused)
	out.Lost = losses(out.Objects, before)
	if err := r.judge(ctx, out, broken, gone); err != nil {
		return out, err
	}
	if len(refused) > 0 {
		if err := r.copied.lifted(refused); err != nil {
			return out, err
		}
		if _, _, err := r.plan(ctx); err != nil {
			return out, err
		}
		if err := r.work.Apply(ctx); err != nil {
			return out, err
		}
	}
	return out, r.rest(ctx)
}

// recover plans and applies as somebody would in an emergency, and measures it.
// It returns the first plan that the engine took.
func (r *rehearsal) recover(ctx context.Context, s scenario, out *Scenario) (first *tfjson.Plan, refused []string, err error) {
	r.meter.take()
	begin := time.Now()
	for {
		if first, _, err = r.plan(ctx); err == nil {
			break
		}
		more := refusedIn(err)
		if len(more) == 0 || slices.Contains(refused, more[0]) {
			return nil, refused, fmt.Errorf("the plan of the recovery failed: %w", err)
		}
		refused = append(refused, more...)
		if err := r.copied.permit(refused); err != nil {
			return nil, refused, err
		}
	}
	if s.way == failingApply {
		if err := r.disturbed(ctx, first, out); err != nil {
			return nil, refused, err
		}
	}
	if err := r.work.Apply(ctx); err != nil {
		return nil, refused, fmt.Errorf("the apply of the recovery failed: %w", err)
	}
	out.Applies++
	out.Seconds = time.Since(begin).Seconds()
	out.Requests = r.meter.take()
	if out.Estimate = out.Seconds; !r.options.Throttle { // else it was measured
		out.Estimate = out.Requests.Estimate(out.Seconds)
	}
	return first, refused, nil
}

// disturbed is an apply that must fail in the middle, and the plan after it.
func (r *rehearsal) disturbed(ctx context.Context, p *tfjson.Plan, out *Scenario) error {
	path, nth := victim(p)
	for _, fault := range []Body{
		{"status": 503, "every": 5, "times": 10, "match": "* /v1.0", "retryAfter": "0s"},
		{"status": 403, "every": nth, "times": 1, "match": "POST /v1.0" + path},
	} {
		if _, err := r.stage.Do("POST", "/_emulator/faults", fault); err != nil {
			return err
		}
	}
	err := r.work.Apply(ctx)
	out.Applies++
	if _, cleared := r.stage.Do("DELETE", "/_emulator/faults", nil); cleared != nil {
		return cleared
	}
	switch {
	case err == nil:
		return fmt.Errorf("the first apply was to fail with a 403 at creation %d in %s, and did not", nth, path)
	case !strings.Contains(err.Error(), "403"):
		return fmt.Errorf("the first apply was to fail with a 403, and failed otherwise: %w", err)
	}
	out.Notes = append(out.Notes, fmt.Sprintf("the first apply failed, as it was to: Graph refused creation %d in %s (403), and was unavailable ten times (503)", nth, path))
	if _, _, err := r.plan(ctx); err != nil {
		return fmt.Errorf("the plan after an apply that failed halfway: %w", err)
	}
	return nil
}

// judge looks whether everything is as it was: the next plan is empty, and the
// tenant equals the tenant before, ids aside.
func (r *rehearsal) judge(ctx context.Context, out *Scenario, broken *Snapshot, gone map[string]bool) error {
	plan, n, err := r.plan(ctx)
	if err != nil {
		return fmt.Errorf("the plan after the recovery: %w", err)
	}
	changed := changedIn(plan)
	for i := range out.Objects {
		if why := changed[out.Objects[i].Address]; why != "" {
			out.Objects[i].Outcome, out.Objects[i].Reason = Failed, why
		}
	}
	if !n.Empty() {
		return fmt.Errorf("the next plan must be empty, and is %s (%s)", n, firstOf(changed))
	}
	out.Converged = true
	after, err := r.stage.Snapshot()
	if err != nil {
		return err
	}
	differing := r.before.Differences(after)
	for i, o := range out.Objects {
		if why := differing[o.Kind+" "+o.Name]; why != "" {
			out.Objects[i].Outcome, out.Objects[i].Reason = Failed, "it "+why
		}
	}
	if _, err := Compare(r.before, broken, after, gone); err != nil {
		return err
	}
	out.Equal = true
	for _, o := range out.Objects {
		if o.Outcome == Failed {
			return fmt.Errorf("%s has not come back: %s", o.Address, o.Reason)
		}
	}
	return nil
}
