package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain puts this program itself on PATH, so that the sessions, and the
// engine in them, run main.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"terraform-provider-entra": main})
}

// TestSessions runs what people type: commands, exit codes, what they print,
// and the files they leave. Sessions that need an engine say [engine].
func TestSessions(t *testing.T) {
	engine, err := tf.Find()
	if err != nil {
		t.Log("sessions with an engine are skipped: ", err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("internal", "cli", "testdata", "program"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("TF", engine)
			e.Setenv("CHECKPOINT_DISABLE", "1")
			e.Setenv("TF_IN_AUTOMATION", "1")
			return overrides(e)
		},
		Condition: func(name string) (bool, error) {
			if name != "engine" {
				return false, fmt.Errorf("no condition %q", name)
			}
			return engine != "", nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "sourced": sourced, "request": request, "served": served,
		},
		RequireExplicitExec: true,
	})
}

// overrides makes the engine use the program on PATH as the provider.
func overrides(e *testscript.Env) error {
	program, err := exec.LookPath("terraform-provider-entra")
	if err != nil {
		return err
	}
	config := filepath.Join(e.WorkDir, ".cli.tfrc")
	e.Setenv("TF_CLI_CONFIG_FILE", config)
	text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"entrarecovery/entra\" = %q\n  }\n}\n", filepath.ToSlash(filepath.Dir(program)))
	return os.WriteFile(config, []byte(text), 0o600)
}

// exits CODE PROGRAM ARGUMENT… runs a program that must end with the code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT]...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("%s ended with %d, not %d", args[1], code, want)
	}
}

// sourced FILE waits until emulate has written its environment, and takes it over.
func sourced(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sourced FILE")
	}
	var content []byte
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		var err error
		if content, err = os.ReadFile(ts.MkAbs(args[0])); err == nil {
			break
		}
		if time.Now().After(deadline) {
			ts.Fatalf("emulate has not written %s: %v", args[0], err)
		}
	}
	for line := range strings.Lines(string(content)) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok {
			ts.Fatalf("%s holds a line that no shell can source: %q", args[0], line)
		}
		ts.Setenv(name, value)
	}
}

// served ROUTE waits until the emulated tenant has answered a request on the route.
func served(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: served ROUTE")
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		resp, err := http.Get(ts.Getenv("ENTRA_GRAPH_ENDPOINT") + "/_emulator/stats")
		ts.Check(err)
		var stats struct{ ByRoute map[string]int }
		err = json.NewDecoder(resp.Body).Decode(&stats)
		resp.Body.Close()
		ts.Check(err)
		if stats.ByRoute[args[0]] > 0 {
			return
		}
	}
	ts.Fatalf("nobody has asked for %s", args[0])
}

// request STATUS METHOD PATH [BODY] sends one request to the emulated tenant
// and prints the answer, which must have the status.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: request STATUS METHOD PATH [BODY]")
	}
	body := ""
	if len(args) == 4 {
		body = args[3]
	}
	req, err := http.NewRequest(args[1], ts.Getenv("ENTRA_GRAPH_ENDPOINT")+args[2], strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("ENTRA_ACCESS_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(answer)
	ts.Check(err)
	if strconv.Itoa(resp.StatusCode) != args[0] {
		ts.Fatalf("%s %s was answered with %d: %s", args[1], args[2], resp.StatusCode, answer)
	}
}
