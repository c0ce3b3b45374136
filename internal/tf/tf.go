// Package tf finds and runs Terraform or OpenTofu, and reads their plans.
//
// It runs the engine as a user would: init from a local mirror of the built
// provider, no development overrides, no network. Output goes to the writer
// of the workspace; plans are read from `show -json`. A cancelled context is
// one interrupt: the engine finishes what it is writing and saves its state.
package tf

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	tfjson "github.com/hashicorp/terraform-json"
)

// Find returns the absolute path of the engine: $TF_ACC_TERRAFORM_PATH, else
// terraform, else tofu on PATH, else the OpenTofu that make built beside this
// program.
func Find() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		found, err := exec.LookPath(path)
		if err != nil {
			return "", fmt.Errorf("TF_ACC_TERRAFORM_PATH names no program: %w", err)
		}
		return filepath.Abs(found)
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return filepath.Abs(path)
		}
	}
	if self, err := os.Executable(); err == nil {
		if path, err := exec.LookPath(filepath.Join(filepath.Dir(self), "tofu")); err == nil {
			return path, nil
		}
	}
	return "", errors.New("neither terraform nor tofu is on PATH. Install one, or run make demo in the source folder, which builds OpenTofu")
}

// hosts are the registries whose address the short source of the provider
// means, by engine.
var hosts = []string{"registry.terraform.io", "registry.opentofu.org"}

// Mirror lays out dir as a filesystem mirror that holds binary as the given
// version of the provider, for both engines, and returns the path of a CLI
// configuration that uses it and nothing else.
func Mirror(dir, binary, version string) (string, error) {
	content, err := os.ReadFile(binary)
	if err != nil {
		return "", fmt.Errorf("could not read the provider's binary: %w", err)
	}
	for _, host := range hosts {
		folder := filepath.Join(dir, host, "entrarecovery", "entra", version, runtime.GOOS+"_"+runtime.GOARCH)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return "", fmt.Errorf("could not make the provider mirror: %w", err)
		}
		file := filepath.Join(folder, "terraform-provider-entra_v"+version)
		if err := os.WriteFile(file, content, 0o755); err != nil {
			return "", fmt.Errorf("could not fill the provider mirror: %w", err)
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(dir))
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return "", fmt.Errorf("could not write the CLI configuration: %w", err)
	}
	return config, nil
}

// Workspace is a folder of configuration and the engine that works in it.
type Workspace struct {
	Engine string            // path of terraform or tofu
	Dir    string            // the configuration
	Env    map[string]string // added to the environment
	Hidden []string          // beginnings of the names of variables that the engine must not see
	Output io.Writer         // what the engine prints
}

// Run runs one command of the engine and returns what it printed on standard
// output, after a failure, too. The error holds what it printed on standard
// error, and is the context's where that ended the command.
func (w Workspace) Run(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, w.Engine, append([]string{"-chdir=" + w.Dir}, args...)...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = time.Minute
	alone(c)
	c.Env = w.environ()
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if w.Output != nil {
		c.Stdout, c.Stderr = io.MultiWriter(&out, w.Output), io.MultiWriter(&errOut, w.Output)
	}
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("interrupted: %w", context.Cause(ctx))
		}
		return out.String(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(w.Engine), strings.Join(args, " "), err, strings.TrimSpace(errOut.String()))
	}
	return out.String(), nil
}

// own are the variables, or their beginnings, with which users bend an engine
// to their own work. Here they would change what is planned, or where it is
// kept, or fill the output with a log. TF_VAR_… belongs to the code and stays.
var own = []string{
	"TF_CLI_ARGS", "TF_DATA_DIR", "TF_LOG", "TF_PLUGIN_CACHE_DIR", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE",
}

// environ is this process's environment without what is the user's own, and
// with what the workspace says.
func (w Workspace) environ() []string {
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, value, _ := strings.Cut(variable, "=")
		if name == "TF_CLI_CONFIG_FILE" {
			// Where the file is missing, OpenTofu warns on standard output, amid the JSON.
			_, err := os.Stat(value)
			return err != nil
		}
		return slices.ContainsFunc(slices.Concat(own, w.Hidden), func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	})
	env = append(env, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1", "TF_INPUT=0")
	for k, v := range w.Env {
		env = append(env, k+"="+v)
	}
	return env
}

// Counts is what a plan would do. A replacement counts as a create and a delete.
type Counts struct{ Import, Create, Update, Delete int }

// Empty tells whether nothing would change, imports apart.
func (c Counts) Empty() bool { return c.Create+c.Update+c.Delete == 0 }

// String says it as the engines do.
func (c Counts) String() string {
	return fmt.Sprintf("%d to import, %d to add, %d to change, %d to destroy", c.Import, c.Create, c.Update, c.Delete)
}

// Plan makes a plan and keeps it in the file plan.bin of the folder.
func (w Workspace) Plan(ctx context.Context, args ...string) (*tfjson.Plan, Counts, error) {
	args = append([]string{"plan", "-input=false", "-no-color", "-out=plan.bin"}, args...)
	if _, err := w.Run(ctx, args...); err != nil {
		return nil, Counts{}, err
	}
	quiet := w
	quiet.Output = nil
	out, err := quiet.Run(ctx, "show", "-json", "plan.bin")
	if err != nil {
		return nil, Counts{}, err
	}
	var plan tfjson.Plan
	if err := json.Unmarshal([]byte(out), &plan); err != nil {
		return nil, Counts{}, fmt.Errorf("the plan cannot be read: %w", err)
	}
	return &plan, Count(&plan), nil
}

// Count counts what a plan would do to resources.
func Count(plan *tfjson.Plan) Counts {
	var n Counts
	for _, c := range plan.ResourceChanges {
		if c.Mode == tfjson.DataResourceMode {
			continue
		}
		if c.Change.Importing != nil {
			n.Import++
		}
		for _, action := range c.Change.Actions {
			switch action {
			case tfjson.ActionCreate:
				n.Create++
			case tfjson.ActionUpdate:
				n.Update++
			case tfjson.ActionDelete:
				n.Delete++
			}
		}
	}
	return n
}

// Apply applies the plan that Plan made.
func (w Workspace) Apply(ctx context.Context) error {
	_, err := w.Run(ctx, "apply", "-input=false", "-no-color", "plan.bin")
	return err
}

// State reads the state, which is empty, not an error, before the first apply.
func (w Workspace) State(ctx context.Context) (*tfjson.State, error) {
	w.Output = nil
	out, err := w.Run(ctx, "show", "-json")
	if err != nil {
		return nil, err
	}
	var state tfjson.State
	if err := json.Unmarshal([]byte(out), &state); err != nil {
		return nil, fmt.Errorf("the state cannot be read: %w", err)
	}
	return &state, nil
}
