// Command bench measures what the provider costs, on the emulator with the throttling that
// Microsoft documents, in real time and through a real Terraform or OpenTofu:
//
//	go run ./internal/bench -objects 100,1000        plan, refresh, change, rebuild, export
//	go run ./internal/bench -linear                  growth with the size of the tenant
//	go run ./internal/bench -peer DIR                the same beside terraform-provider-azuread
//
// Each measurement is one JSON line in the file that -json names, for trends; a table closes
// the run. Beside the figures stand the floor, which is what the documentation of Graph says
// that nobody can go below, and what the engine takes with a provider that does nothing.
// Figures are from one run on one machine: compare ratios, and seconds only within a run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// settings are the flags of all measurements.
type settings struct {
	engine, provider, peer, work string
	sizes                        []size
	directories                  []int // how many times as large as what is managed
	scale                        float64
	bound                        time.Duration
	routes                       bool
	out                          *results
}

func main() {
	if startedByEngine() {
		servePlugin()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	run := command
	if file := os.Getenv(variableRead); file != "" {
		run = func(ctx context.Context) error { return readListed(ctx, file) }
	}
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context) error {
	var s settings
	flag.StringVar(&s.provider, "provider", "bin/terraform-provider-entra", "our binary")
	flag.StringVar(&s.peer, "peer", "", "binary of terraform-provider-azuread, or a checkout of its source, to measure beside ours")
	flag.StringVar(&s.work, "work", "", "folder for code, state and logs; by default a temporary one")
	flag.Float64Var(&s.scale, "scale", 1, "share of the objects that a tenant has, for a shorter run")
	flag.DurationVar(&s.bound, "bound", time.Hour, "for one command of the engine; one that takes longer is cut, and the output says so")
	flag.BoolVar(&s.routes, "routes", false, "print the requests of each measurement by route")
	objects := flag.String("objects", "100,1000", "tenants: numbers of objects, or refresh and rebuild, which the limits are agreed for")
	directories := flag.String("directory", "1,10", "how many times as large as the managed objects the directory is")
	lines := flag.String("json", "", "file that the measurements are added to, as JSON lines")
	linear := flag.Bool("linear", false, "measure the growth with 1,000, 10,000 and 100,000 groups")
	startup := flag.Bool("startup", false, "measure terraform providers schema, and the size of the binaries")
	flag.Parse()
	var err error
	if s.sizes, err = parseSizes(*objects, s.scale); err != nil {
		return err
	}
	if s.directories, err = numbers(*directories); err != nil {
		return fmt.Errorf("-directory: %w", err)
	}
	if s.engine, err = tf.Find(); err != nil {
		return err
	}
	if s.out, err = openResults(*lines); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	defer s.clear()
	switch {
	case *linear:
		err = s.measureGrowth(ctx)
	case *startup:
		err = s.measureStartup(ctx)
	case s.peer != "":
		err = s.measureBeside(ctx)
	default:
		err = s.measureAll(ctx)
	}
	return errors.Join(err, s.out.close())
}

// prepare makes paths absolute and the folder of the run.
func (s *settings) prepare(ctx context.Context) error {
	if s.work == "" {
		dir, err := os.MkdirTemp("", "entra-bench-")
		if err != nil {
			return err
		}
		s.work = dir
	} else if err := os.MkdirAll(s.work, 0o755); err != nil {
		return err
	}
	for _, p := range []*string{&s.provider, &s.peer, &s.work} {
		if *p == "" {
			continue
		}
		var err error
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	if _, err := os.Stat(s.provider); err != nil {
		return fmt.Errorf("there is no provider to measure, run make build: %w", err)
	}
	return s.buildPeer(ctx)
}

// clear removes the folder of the run, if it was a temporary one.
func (s *settings) clear() {
	if strings.HasPrefix(filepath.Base(s.work), "entra-bench-") {
		_ = os.RemoveAll(s.work)
	}
}

// measureAll goes through all tenants, each in a directory of which the managed objects are
// most and in larger ones.
func (s *settings) measureAll(ctx context.Context) error {
	for _, size := range s.sizes {
		for _, times := range s.directories {
			if err := s.measureTenant(ctx, size, times); err != nil {
				return fmt.Errorf("%s objects in a directory %d times as large: %w", size.name, times, err)
			}
		}
	}
	return nil
}
