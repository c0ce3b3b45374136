package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// kinds are those that a tenant of a size holds.
func (s size) kinds() string {
	out := "conditional_access_policy,named_location,group"
	if s.applications > 0 {
		out += ",application,service_principal"
	}
	if s.units > 0 {
		out += ",administrative_unit"
	}
	return out
}

// stage is one tenant with the code that manages it.
type stage struct {
	*settings
	tenant    *tenant
	size      size
	times     int    // directory
	dir       string // of everything
	cli       string // configuration of the engine
	usageFile string
	census    census
	ids       map[string][]string // of what is managed, by kind
}

// newStage starts a tenant and fills it with what is managed.
func (s *settings) newStage(ctx context.Context, z size, times int, overTLS bool) (*stage, error) {
	g := &stage{settings: s, size: z, times: times, dir: filepath.Join(s.work, fmt.Sprintf("%s-%d", z.name, times))}
	var err error
	if g.tenant, err = startTenant(ctx, s.provider, filepath.Join(g.dir, "tenant"), overTLS); err != nil {
		return nil, err
	}
	g.usageFile = filepath.Join(g.dir, "usage.jsonl")
	if g.cli, err = installPlugins(filepath.Join(g.dir, "plugins")); err == nil {
		err = g.tenant.populate(ctx, z, times)
	}
	if err != nil {
		g.tenant.stop()
	}
	return g, err
}

// environment is that of a client of the tenant.
func (g *stage) environment() map[string]string {
	return map[string]string{"TF_CLI_CONFIG_FILE": g.cli, "ENTRA_GRAPH_ENDPOINT": g.tenant.env["ENTRA_GRAPH_ENDPOINT"],
		"ENTRA_ACCESS_TOKEN": g.tenant.env["ENTRA_ACCESS_TOKEN"], "ENTRA_PACED": g.tenant.env["ENTRA_PACED"], "SSL_CERT_FILE": g.tenant.env["SSL_CERT_FILE"], variableUsage: g.usageFile}
}

// workspace runs the engine on a folder of code with a provider's binary; "" is the provider
// that does nothing.
func (g *stage) workspace(dir, binary string) tf.Workspace {
	env := g.environment()
	env[variableBinary] = binary
	return tf.Workspace{Engine: g.engine, Dir: dir, Env: env, Hidden: []string{"ARM_", "AZURE_", "ENTRA_", "BENCH_"}}
}

// measure runs something with full quotas, and tells what it took, also where it failed.
func (g *stage) measure(ctx context.Context, provider, what string, do func(context.Context) (string, error)) (row, error) {
	r := row{Time: time.Now().UTC().Truncate(time.Second), Provider: provider, Objects: g.size.name, Directory: g.times, What: what}
	if err := g.tenant.advance(ctx, 10*time.Minute); err != nil {
		return r, err
	}
	before, err := g.tenant.stats(ctx)
	if err != nil {
		return r, err
	}
	bounded, cancel := context.WithTimeout(ctx, g.bound)
	defer cancel()
	began := time.Now()
	said, err := do(bounded)
	r.Seconds = time.Since(began).Seconds()
	r.Cut = err != nil && bounded.Err() != nil && ctx.Err() == nil
	failed := err
	if r.Cut {
		failed = nil
	}
	after, err := g.tenant.stats(ctx)
	if err != nil {
		return r, err
	}
	took, err := takeUsage(g.usageFile)
	if err != nil {
		return r, err
	}
	counted := after.since(before)
	r.Requests, r.Parts, r.Throttled, r.Routes = counted.Total, counted.Parts, counted.Throttled, counted.ByRoute
	r.PeakMB, r.CPUSeconds, r.Plan = took.PeakMB, took.Seconds, summary(said)
	if failed != nil {
		r.Failed = true
		return r, fmt.Errorf("%s: %w", what, failed)
	}
	return r, nil
}

var summaryLine = regexp.MustCompile(`(?m)^(No changes|Plan:|Apply complete!).*`)

// summary is the line in which the engine says what it did.
func summary(out string) string { return summaryLine.FindString(out) }

// terraform returns a command of the engine, to measure.
func terraform(w tf.Workspace, args ...string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		return w.Run(ctx, slices.Insert(slices.Clone(args), 1, "-input=false", "-no-color")...)
	}
}

// runExport exports the tenant and notes what that took.
func (g *stage) runExport(dir string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		c := exec.CommandContext(ctx, g.provider, "export", "--out", dir, "--members", "exact", "--include", g.size.kinds())
		c.Env = os.Environ()
		for k, v := range g.environment() {
			c.Env = append(c.Env, k+"="+v)
		}
		out, err := c.CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("export: %w\n%s", err, out)
		}
		return "", noteUsage(c.ProcessState, g.usageFile)
	}
}

// readManifest learns from an export what is managed.
func readManifest(dir string) (map[string][]string, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	var m struct {
		Objects []struct{ Kind, ID string }
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	ids := map[string][]string{}
	for _, o := range m.Objects {
		ids[o.Kind] = append(ids[o.Kind], o.ID)
	}
	return ids, nil
}

// prepareCode exports the code that is measured, and then surrounds what it manages.
func (g *stage) prepareCode(ctx context.Context) (string, error) {
	code := filepath.Join(g.dir, "code")
	if _, err := g.runExport(code)(ctx); err != nil {
		return "", err
	}
	var err error
	if g.ids, err = readManifest(code); err != nil {
		return "", err
	}
	if err := g.tenant.surround(ctx, g.size, g.times); err != nil {
		return "", err
	}
	g.census, err = g.tenant.census(ctx, g.ids)
	return code, err
}

// change rewrites the description of one group in the code, and returns the group's address.
func change(code, to string) (string, error) {
	file := filepath.Join(code, "groups.tf")
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	at := description.FindStringSubmatchIndex(string(raw))
	if at == nil {
		return "", fmt.Errorf("%s has no group with a description", file)
	}
	text := string(raw[:at[4]]) + to + string(raw[at[5]:])
	return "entra_group." + string(raw[at[2]:at[3]]), os.WriteFile(file, []byte(text), 0o644)
}

var description = regexp.MustCompile(`resource "entra_group" "(\w+)" {\n[^}]*? description += "([^"]*)"`)

// copyCode copies the files of a configuration, without the import blocks where said so.
func copyCode(from, to string, withImports bool) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, "*.tf"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(file), "imports") && !withImports {
			continue
		}
		if err := copyFile(file, filepath.Join(to, filepath.Base(file))); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, 0o644)
}
