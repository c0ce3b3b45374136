package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// measureTenant goes through the life of one tenant: its first plan, a refresh, a change, the
// loss of everything and the way back, and its export.
func (s *settings) measureTenant(ctx context.Context, z size, times int) error {
	g, err := s.newStage(ctx, z, times, false)
	if err != nil {
		return err
	}
	defer g.tenant.stop()
	code, err := g.prepareCode(ctx)
	if err != nil {
		return err
	}
	firstPlan, err := g.firstPlanAlone(ctx, code)
	if err != nil {
		return err
	}
	w := g.workspace(code, s.provider)
	step := func(what string, f floor, engine float64, args ...string) (row, error) {
		r, err := g.measure(ctx, "entra", what, terraform(w, args...))
		if err == nil {
			r.beside(f, engine)
			err = s.out.add(r, s.routes)
		}
		return r, err
	}
	refresh := g.census.refresh()
	if _, err := step("first plan", refresh, firstPlan, "plan", "-out=plan.bin"); err != nil {
		return err
	}
	if _, err := step("adopt", floor{requests: 0}, 0, "apply", "plan.bin"); err != nil {
		return err
	}
	engine, err := g.engineAlone(ctx, code)
	if err != nil {
		return err
	}
	if _, err := step("refresh", refresh, engine.refresh, "plan"); err != nil {
		return err
	}
	address, err := change(code, "changed once")
	if err != nil {
		return err
	}
	if _, err := step("change of one", floor{refresh.requests + 1, refresh.seconds}, engine.change, "apply", "-auto-approve"); err != nil {
		return err
	}
	if _, err := change(code, "changed twice"); err != nil {
		return err
	}
	if _, err := step("change, targeted", floor{requests: 1}, engine.target, "apply", "-auto-approve", "-refresh=false", "-target="+address); err != nil {
		return err
	}
	exported, err := g.measure(ctx, "entra", "export", g.runExport(filepath.Join(g.dir, "exported")))
	if err != nil {
		return err
	}
	exported.beside(g.census.export(), 0)
	if err := s.out.add(exported, s.routes); err != nil {
		return err
	}
	if z.kept {
		return nil
	}
	if err := g.tenant.purge(ctx, g.ids); err != nil {
		return fmt.Errorf("could not purge the tenant: %w", err)
	}
	return g.rebuild(ctx, code, engine)
}

// rebuild makes everything anew, and looks whether that was all.
func (g *stage) rebuild(ctx context.Context, code string, engine engineTimes) error {
	w := g.workspace(code, g.provider)
	planned, err := g.measure(ctx, "entra", "rebuild: plan", terraform(w, "plan", "-out=plan.bin"))
	if err != nil {
		return err
	}
	applied, err := g.measure(ctx, "entra", "rebuild: apply", terraform(w, "apply", "plan.bin"))
	if err != nil {
		return err
	}
	planned.Engine, applied.Engine = engine.rebuildPlan, engine.rebuildApply
	both := planned.and(applied)
	both.What = "rebuild"
	both.beside(g.census.rebuild(), engine.rebuildPlan+engine.rebuildApply)
	after, err := g.measure(ctx, "entra", "refresh after rebuild", terraform(w, "plan"))
	if err != nil {
		return err
	}
	after.beside(g.census.refresh(), engine.refresh)
	for _, r := range []row{planned, applied, both, after} {
		if err := g.out.add(r, g.routes); err != nil {
			return err
		}
	}
	return nil
}

// engineTimes are the seconds that the engine takes by itself.
type engineTimes struct{ refresh, change, target, rebuildPlan, rebuildApply float64 }

// engineAlone goes the same way with a provider that does nothing, from the same state. What
// it changes and makes is nowhere, so that nothing has to be purged.
func (g *stage) engineAlone(ctx context.Context, code string) (engineTimes, error) {
	var out engineTimes
	adopted, anew := filepath.Join(g.dir, "engine"), filepath.Join(g.dir, "engine-anew")
	if err := errors.Join(copyCode(code, adopted, true), copyCode(code, anew, false)); err != nil {
		return out, err
	}
	if err := copyFile(filepath.Join(code, "terraform.tfstate"), filepath.Join(adopted, "terraform.tfstate")); err != nil {
		return out, err
	}
	address, err := change(adopted, "changed once")
	if err != nil {
		return out, err
	}
	w, again := g.workspace(adopted, ""), g.workspace(anew, "")
	steps := []struct {
		into *float64
		what func(context.Context) (string, error)
	}{
		{&out.refresh, terraform(w, "plan")},
		{&out.target, terraform(w, "apply", "-auto-approve", "-refresh=false", "-target="+address)},
		{&out.change, func(ctx context.Context) (string, error) {
			if _, err := change(adopted, "changed twice"); err != nil {
				return "", err
			}
			return terraform(w, "apply", "-auto-approve")(ctx)
		}},
		{&out.rebuildPlan, terraform(again, "plan", "-out=plan.bin")},
		{&out.rebuildApply, terraform(again, "apply", "plan.bin")},
	}
	if g.size.kept {
		steps = steps[:3]
	}
	for _, step := range steps {
		began := time.Now()
		if _, err := step.what(ctx); err != nil {
			return out, fmt.Errorf("the engine with a provider that does nothing: %w", err)
		}
		*step.into = time.Since(began).Seconds()
	}
	return out, nil
}

// firstPlanAlone is the first plan with a provider that does nothing. It knows the ids alone,
// so that it plans changes, too.
func (g *stage) firstPlanAlone(ctx context.Context, code string) (float64, error) {
	dir := filepath.Join(g.dir, "engine-first")
	if err := copyCode(code, dir, true); err != nil {
		return 0, err
	}
	began := time.Now()
	_, err := terraform(g.workspace(dir, ""), "plan", "-out=plan.bin")(ctx)
	return time.Since(began).Seconds(), err
}
