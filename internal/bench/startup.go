package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// pairs is how often each provider is asked for its schemas, in turn.
const pairs = 15

// measureStartup times terraform providers schema with our provider and, where it was given,
// the peer, in turn, and prints the size of the binaries.
func (s *settings) measureStartup(ctx context.Context) error {
	binaries := map[string]string{"entra": s.provider}
	if s.peer != "" {
		binaries["azuread"] = s.peer
	}
	sources := map[string]string{"entra": "entrarecovery/entra", "azuread": "hashicorp/azuread"}
	spaces, times := map[string]tf.Workspace{}, map[string][]float64{}
	for name, binary := range binaries {
		dir := filepath.Join(s.work, "schema-"+name)
		if err := os.MkdirAll(filepath.Join(dir, "plugins"), 0o755); err != nil {
			return err
		}
		link := filepath.Join(dir, "plugins", "terraform-provider-"+name)
		_ = os.Remove(link)
		if err := os.Symlink(binary, link); err != nil {
			return err
		}
		cli := filepath.Join(dir, "cli.tfrc")
		for file, text := range map[string]string{
			cli:                           fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", sources[name], filepath.Join(dir, "plugins")),
			filepath.Join(dir, "main.tf"): fmt.Sprintf("terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n", name, sources[name]),
		} {
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				return err
			}
		}
		spaces[name] = tf.Workspace{Engine: s.engine, Dir: dir, Env: map[string]string{"TF_CLI_CONFIG_FILE": cli}}
	}
	for i := range pairs + 1 {
		for _, name := range both {
			w, given := spaces[name]
			if !given {
				continue
			}
			began := time.Now()
			if _, err := w.Run(ctx, "providers", "schema", "-json"); err != nil {
				return err
			}
			if i > 0 { // the first reads the binaries from the disk
				times[name] = append(times[name], time.Since(began).Seconds())
			}
		}
	}
	if s.peer != "" {
		s.out.notes = append(s.out.notes, fmt.Sprintf("pair by pair, ours takes %.2f × the time of azuread's (median)", ratioOfPairs(times["entra"], times["azuread"])))
	}
	for _, name := range both {
		if len(times[name]) == 0 {
			continue
		}
		info, err := os.Stat(binaries[name])
		if err != nil {
			return err
		}
		slices.Sort(times[name])
		r := row{Time: time.Now().UTC().Truncate(time.Second), Provider: name, What: "providers schema", Seconds: times[name][pairs/2], BinaryMB: float64(info.Size()) / 1e6}
		if err := s.out.write(r); err != nil {
			return err
		}
		s.out.notes = append(s.out.notes, fmt.Sprintf("%s: providers schema takes %.0f ms (median of %d, in turn; %.0f to %.0f), the binary %.1f MB",
			name, 1000*r.Seconds, pairs, 1000*times[name][0], 1000*times[name][pairs-1], r.BinaryMB))
	}
	return nil
}

// ratioOfPairs is the median of the ratios of what was measured one after the other.
func ratioOfPairs(a, b []float64) float64 {
	var out []float64
	for i := range a {
		out = append(out, a[i]/b[i])
	}
	slices.Sort(out)
	return out[len(out)/2]
}
