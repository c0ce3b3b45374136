package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/bench/noop"
)

// The engine starts this very program where it looks for a provider: it then is either the
// provider that does nothing, or starts the one that is measured and notes what it took.

// Variables that tell it which, and where the notes go.
const (
	variableBinary = "BENCH_PROVIDER"
	variableUsage  = "BENCH_USAGE"
)

func startedByEngine() bool { return os.Getenv("TF_PLUGIN_MAGIC_COOKIE") != "" }

func servePlugin() {
	var err error
	if binary := os.Getenv(variableBinary); binary != "" {
		err = launch(binary, os.Getenv(variableUsage))
	} else {
		err = noop.Serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// usage is what one process of the provider took.
type usage struct {
	PeakMB  float64 `json:"peakMB"`  // largest resident size
	Seconds float64 `json:"seconds"` // of the processor
}

// launch runs a provider in place of this program and adds what it took to a file.
func launch(binary, file string) error {
	signal.Ignore(os.Interrupt) // it comes to the whole group; the provider decides
	c := exec.Command(binary)
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
	runErr := c.Run()
	if c.ProcessState == nil {
		return runErr
	}
	return errors.Join(runErr, noteUsage(c.ProcessState, file))
}

// noteUsage adds what a process took to a file.
func noteUsage(p *os.ProcessState, file string) error {
	line, err := json.Marshal(usage{PeakMB: peakMB(p), Seconds: (p.UserTime() + p.SystemTime()).Seconds()})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return err
	}
	return f.Close()
}

// takeUsage sums up what the processes took since the file was last read: the largest peak,
// and all seconds.
func takeUsage(file string) (usage, error) {
	raw, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return usage{}, nil
	}
	if err != nil {
		return usage{}, err
	}
	var sum usage
	for line := range strings.Lines(string(raw)) {
		var u usage
		if err := json.Unmarshal([]byte(line), &u); err != nil {
			return sum, fmt.Errorf("%s: %w", file, err)
		}
		sum.PeakMB, sum.Seconds = max(sum.PeakMB, u.PeakMB), sum.Seconds+u.Seconds
	}
	return sum, os.Remove(file)
}

// installPlugins puts this program where the engine looks for providers, and returns the CLI
// configuration that says so. No init is needed then.
func installPlugins(dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"entra", "azuread"} {
		link := filepath.Join(dir, "terraform-provider-"+name)
		_ = os.Remove(link)
		if err := os.Symlink(self, link); err != nil {
			return "", err
		}
	}
	file := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"entrarecovery/entra\" = %[1]q\n    \"hashicorp/azuread\" = %[1]q\n  }\n  direct {}\n}\n", dir)
	return file, os.WriteFile(file, []byte(text), 0o644)
}
