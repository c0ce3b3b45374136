// Command azuread runs the acceptance tests of terraform-provider-azuread, unchanged and
// from a checkout of its source, against our emulated tenant over TLS: a stranger's
// client that was written for Microsoft Graph, as a witness of the emulator.
//
//	make azuread PEER=/path/to/terraform-provider-azuread
//
// It builds the test binaries, starts the emulator, runs the tests that apply (list.tsv
// says which do not, and why), many of them at once since their waits are wall time, and
// prints the outcome of each. It fails when a test fails that the list does not name, when
// one passes that it does, or when fewer than nine in ten pass.
//
// Every test of azuread's wants the provider hashicorp/random 3.6.2, which Terraform
// downloads; offline, -random builds it from a checkout of that version.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

type settings struct {
	peer, random, emulator, terraform, work string
	packages                                []string
	run                                     *regexp.Regexp
	parallel                                int
	timeout                                 time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "azuread:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context) error {
	s := settings{}
	flag.StringVar(&s.peer, "peer", "", "checkout of terraform-provider-azuread, with its vendor folder")
	flag.StringVar(&s.random, "random", "", "checkout of terraform-provider-random, version 3.6.2; without it Terraform downloads the provider")
	flag.StringVar(&s.emulator, "emulator", "", "our binary, terraform-provider-entra")
	flag.StringVar(&s.terraform, "terraform", os.Getenv("TF_ACC_TERRAFORM_PATH"), "Terraform; by default the one on PATH")
	flag.StringVar(&s.work, "work", "", "folder for binaries and logs")
	flag.IntVar(&s.parallel, "parallel", 40, "tests at a time, over all packages")
	flag.DurationVar(&s.timeout, "timeout", 90*time.Minute, "for all tests of a package")
	run := flag.String("run", ".", "expression of the tests to run")
	packages := flag.String("packages", "", "packages of internal/services, separated by commas; by default all on the list")
	flag.Parse()
	var err error
	if s.run, err = regexp.Compile(*run); err != nil {
		return err
	}
	all, err := readList()
	if err != nil {
		return err
	}
	if s.packages = all.packages; *packages != "" {
		s.packages = strings.Split(*packages, ",")
	}
	if err := s.complete(); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	began := time.Now()
	outcomes, err := s.runAll(ctx, all)
	if err != nil {
		return err
	}
	return report(os.Stdout, all, outcomes, time.Since(began), s.work)
}

// complete checks the settings and makes their paths absolute.
func (s *settings) complete() error {
	if s.peer == "" || s.emulator == "" || s.work == "" {
		return errors.New("-peer, -emulator and -work are required (make azuread PEER=/path/to/terraform-provider-azuread)")
	}
	if s.terraform == "" {
		s.terraform = "terraform"
	}
	found, err := exec.LookPath(s.terraform)
	if err != nil {
		return fmt.Errorf("azuread's tests need Terraform: %w", err)
	}
	s.terraform = found
	for _, p := range []*string{&s.peer, &s.random, &s.emulator, &s.terraform, &s.work} {
		if *p == "" {
			continue
		}
		if *p, err = filepath.Abs(*p); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(s.peer, "vendor", "modules.txt")); err != nil {
		return fmt.Errorf("-peer %s is no checkout of terraform-provider-azuread: %w", s.peer, err)
	}
	return os.MkdirAll(s.work, 0o777)
}

// build makes one test binary per package, and the random provider where it was given.
func (s *settings) build(ctx context.Context) error {
	for _, p := range s.packages {
		fmt.Fprintf(os.Stderr, "building the tests of %s\n", p)
		if err := goTool(ctx, s.peer, "test", "-mod=vendor", "-c", "-o", s.binary(p), "./internal/services/"+p); err != nil {
			return err
		}
	}
	config := "disable_checkpoint = true\n"
	if s.random != "" {
		mirror := filepath.Join(s.work, "mirror")
		to := filepath.Join(mirror, "registry.terraform.io", "hashicorp", "random", "3.6.2", runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-random_v3.6.2")
		if err := goTool(ctx, s.random, "build", "-o", to, "."); err != nil {
			return err
		}
		config += fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	}
	return os.WriteFile(s.terraformConfig(), []byte(config), 0o666)
}

func (s *settings) binary(p string) string  { return filepath.Join(s.work, p+".test") }
func (s *settings) log(name string) string  { return filepath.Join(s.work, name+".log") }
func (s *settings) terraformConfig() string { return filepath.Join(s.work, "terraform.tfrc") }

func goTool(ctx context.Context, dir string, args ...string) error {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s in %s: %w\n%s", strings.Join(args, " "), dir, err, bytes.TrimSpace(out))
	}
	return nil
}
