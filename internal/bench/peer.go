package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// The same tenants with terraform-provider-azuread: same objects, same engine, same emulator,
// and code for both that leaves nothing to change.

// buildPeer builds the peer where it was given as a checkout.
func (s *settings) buildPeer(ctx context.Context) error {
	info, err := os.Stat(s.peer)
	if s.peer == "" || err == nil && !info.IsDir() {
		return nil
	}
	if err != nil {
		return fmt.Errorf("-peer: %w", err)
	}
	fmt.Fprintln(os.Stderr, "building terraform-provider-azuread")
	binary := filepath.Join(s.work, "azuread", "terraform-provider-azuread")
	c := exec.CommandContext(ctx, "go", "build", "-mod=vendor", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	c.Dir = s.peer
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("could not build %s: %w\n%s", s.peer, err, out)
	}
	s.peer = binary
	return nil
}

// measureBeside refreshes the tenants that are kept, with both providers, and makes the others
// anew.
func (s *settings) measureBeside(ctx context.Context) error {
	for _, z := range s.sizes {
		z.applications, z.units = 0, 0 // azuread spreads these over other resources
		directories := s.directories
		if !z.kept {
			directories = []int{1}
		}
		for _, times := range directories {
			if err := s.measurePair(ctx, z, times); err != nil {
				return fmt.Errorf("%s in a directory %d times as large: %w", z.name, times, err)
			}
		}
	}
	return nil
}

func (s *settings) measurePair(ctx context.Context, z size, times int) error {
	g, err := s.newStage(ctx, z, times, true)
	if err != nil {
		return err
	}
	defer g.tenant.stop()
	ours, err := g.prepareCode(ctx)
	if err != nil {
		return err
	}
	theirs := filepath.Join(g.dir, "azuread")
	if err := g.writePeerCode(ctx, theirs); err != nil {
		return err
	}
	w := map[string]tf.Workspace{"entra": g.workspace(ours, s.provider), "azuread": g.peerWorkspace(theirs)}
	if z.kept {
		return g.refreshBoth(ctx, w)
	}
	return g.rebuildBoth(ctx, w, ours, theirs)
}

var both = []string{"entra", "azuread"}

// refreshBoth adopts the tenant with each provider, without waiting for quotas, and measures
// a plan that has nothing to do.
func (g *stage) refreshBoth(ctx context.Context, w map[string]tf.Workspace) error {
	for _, name := range both {
		if err := g.unthrottled(ctx, terraform(w[name], "apply", "-auto-approve")); err != nil {
			return fmt.Errorf("%s could not adopt the tenant: %w", name, err)
		}
	}
	return g.pair(ctx, "refresh", w, nil, "plan")
}

// rebuildBoth has each provider make the tenant anew from its code alone.
func (g *stage) rebuildBoth(ctx context.Context, w map[string]tf.Workspace, dirs ...string) error {
	for _, dir := range dirs {
		for _, file := range []string{"imports.tf", "imports.tf.json"} {
			if err := os.Remove(filepath.Join(dir, file)); err != nil && !os.IsNotExist(err) {
				return err
			}
		}
	}
	return g.pair(ctx, "rebuild", w, g.purgeAll, "apply", "-auto-approve")
}

// pair measures one command with both providers and prints the ratios. Where throttling makes
// azuread fail, it is measured again with one request at a time, as its documentation advises.
func (g *stage) pair(ctx context.Context, what string, w map[string]tf.Workspace, before func(context.Context) error, args ...string) error {
	one := func(name, what string, args ...string) (row, error) {
		if before != nil {
			if err := before(ctx); err != nil {
				return row{}, err
			}
		}
		r, err := g.measure(ctx, name, what, terraform(w[name], args...))
		if err != nil && !r.Failed {
			return r, err
		}
		return r, errors.Join(err, g.out.add(r, g.routes))
	}
	ours, err := one("entra", what, args...)
	if err != nil {
		return err
	}
	theirs, err := one("azuread", what, args...)
	if theirs.Failed {
		g.out.notes = append(g.out.notes, fmt.Sprintf("%s of %s in ×%d: azuread fails after %.0f s and %d requests, %d of them throttled: %.600s", what, g.size.name, g.times, theirs.Seconds, theirs.Requests, theirs.Throttled, err))
		what += ", one at a time"
		theirs, err = one("azuread", what, append(args, "-parallelism=1")...)
	}
	if theirs.Failed {
		g.out.notes = append(g.out.notes, fmt.Sprintf("%s of %s in ×%d: azuread fails again: %.600s", what, g.size.name, g.times, err))
	} else if err != nil {
		return err
	}
	g.out.notes = append(g.out.notes, ratios(ours, theirs))
	return nil
}

// ratios is the line that compares the two.
func ratios(ours, theirs row) string {
	times := func(a, b float64) string {
		if a == 0 {
			return fmt.Sprintf("%.0f against none", b)
		}
		return fmt.Sprintf("%.1f ×", b/a)
	}
	cut := ""
	if theirs.Cut || theirs.Failed {
		cut = ", at least, since it did not come to its end"
	}
	return fmt.Sprintf("%s of %s in ×%d: azuread takes %s the requests, %s the seconds, %s the 429s, %s the memory%s",
		ours.What, ours.Objects, ours.Directory, times(float64(ours.Requests), float64(theirs.Requests)), times(ours.Seconds, theirs.Seconds),
		times(float64(ours.Throttled), float64(theirs.Throttled)), times(ours.PeakMB, theirs.PeakMB), cut)
}

// unthrottled runs something while the tenant's clock runs fast.
func (g *stage) unthrottled(ctx context.Context, do func(context.Context) (string, error)) error {
	running, stop := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for running.Err() == nil {
			_ = g.tenant.advance(running, 2*time.Second) // should it fail, the run takes longer
			time.Sleep(120 * time.Millisecond)           // an hour in 3.6 minutes: tokens last no longer
		}
	}()
	_, err := do(ctx)
	stop()
	<-stopped
	_, usageErr := takeUsage(g.usageFile)
	if err != nil {
		return err
	}
	return usageErr
}

// purgeAll empties the tenant of policies, locations and groups, whoever made them.
func (g *stage) purgeAll(ctx context.Context) error {
	ids := map[string][]string{}
	for _, c := range collections {
		if !strings.Contains(g.size.kinds(), c.kind) { // such as the application that signs azuread in
			continue
		}
		all, err := g.tenant.list(ctx, "/v1.0"+c.path)
		if err != nil {
			return err
		}
		for _, o := range all {
			ids[c.kind] = append(ids[c.kind], fmt.Sprint(o["id"]))
		}
	}
	return g.tenant.purge(ctx, ids)
}
