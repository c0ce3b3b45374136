//go:build unix

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
)

// TestKilledApply kills an apply, the engine, the provider, or both at once, at random
// moments of a rebuild of the whole tenant, with the state and without. What was created
// in the last moment is in no state; imports finds it by its name, and after an apply
// there is no duplicate and no loss.
// ENTRA_KILLS says how many kills, ENTRA_SEED where to begin.
func TestKilledApply(t *testing.T) {
	t.Parallel()
	binary := built(t)
	onOneEngine(t)
	kills, seed := len(targets), uint64(time.Now().UnixNano())
	if s := os.Getenv("ENTRA_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal("ENTRA_KILLS: ", err)
		}
		kills = n
	}
	if s := os.Getenv("ENTRA_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal("ENTRA_SEED: ", err)
		}
		seed = n
	}
	t.Logf("to repeat: ENTRA_SEED=%d ENTRA_KILLS=%d", seed, kills)
	d, out := start(t, "")
	k := &killer{demo: d, binary: binary, random: rand.New(rand.NewPCG(seed, 0)), requests: 200, logf: t.Logf}
	for done := 0; done < kills; {
		died, err := k.round(context.Background(), targets[done%len(targets)])
		if err != nil {
			t.Fatalf("after %d kills: %v\n%s", done, err, out.String())
		}
		if died {
			done++
		}
	}
}

// targets are what is killed, in turn.
var targets = []string{"engine and provider", "engine", "provider"}

// killer kills applies in one tenant.
type killer struct {
	*demo
	binary   string
	random   *rand.Rand
	requests int // of an apply that nobody kills
	logf     func(string, ...any)
}

// round loses everything, kills the apply that brings it back, and recovers as the guide
// says. It tells whether the apply was killed before it ended.
func (k *killer) round(ctx context.Context, target string) (bool, error) {
	file := filepath.Join(k.work.Dir, "terraform.tfstate")
	kept, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	if _, err := k.loseAll(ctx); err != nil {
		return false, err
	}
	with := "without the state"
	if k.random.IntN(2) == 0 {
		with = "with the state"
		if err := os.WriteFile(file, kept, 0o600); err != nil {
			return false, err
		}
	}
	if _, _, err := k.quiet().Plan(ctx); err != nil {
		return false, err
	}
	at := k.random.IntN(k.requests)
	died, err := k.apply(ctx, target, at)
	if err != nil {
		return false, err
	}
	broken, err := k.stage.Snapshot()
	if err != nil {
		return false, err
	}
	forgotten, err := k.imports(ctx, file)
	if err != nil {
		return false, err
	}
	if died {
		k.logf("killed: %s, at request %d, %s: %d of %d objects are in the tenant, the state forgets %d", target, at, with, len(broken.IDs), len(k.before.IDs), forgotten)
	}
	if _, _, err := k.quiet().Plan(ctx); err != nil {
		return false, err
	}
	if err := k.quiet().Apply(ctx); err != nil {
		return false, err
	}
	if err := k.converged(ctx); err != nil {
		return false, err
	}
	var r row
	return died, k.compare(&r, broken, lostSince(k.before, broken))
}

// lostSince are the ids that broken does not have any more.
func lostSince(before, broken *drill.Snapshot) map[string]bool {
	out := map[string]bool{}
	for id := range before.IDs {
		if !broken.IDs[id] {
			out[id] = true
		}
	}
	return out
}

// imports runs the command, and once more without the state where that is cut off. It
// returns how many addresses the state has forgotten.
func (k *killer) imports(ctx context.Context, file string) (int, error) {
	c := exec.CommandContext(ctx, k.binary, "imports", "--dir", k.work.Dir, "--by-name")
	c.Env = append(os.Environ(), "TF_ACC_TERRAFORM_PATH="+k.work.Engine)
	for name, value := range k.work.Env {
		c.Env = append(c.Env, name+"="+value)
	}
	out, err := c.CombinedOutput()
	state, missing := os.ReadFile(file)
	if missing == nil && !json.Valid(state) { // killed while it wrote the file, or before its first byte
		if err == nil || !strings.Contains(string(out), "is cut off") {
			return 0, fmt.Errorf("imports took a state that is cut off: %w\n%s", err, out)
		}
		if err := k.removeState(); err != nil {
			return 0, err
		}
		return k.imports(ctx, file)
	}
	if err != nil {
		return 0, fmt.Errorf("imports: %w\n%s", err, out)
	}
	_, list, _ := strings.Cut(string(out), "The state has forgotten")
	return strings.Count(list, "\n  "), nil
}

// apply applies the plan, and kills the target when the tenant has carried out so many
// requests, before it answers the last of them. When apply returns, the tenant is done
// with all that it was sent: what is on its way when somebody looks, nobody can find.
func (k *killer) apply(ctx context.Context, target string, at int) (died bool, err error) {
	c := exec.CommandContext(ctx, k.work.Engine, "-chdir="+k.work.Dir, "apply", "-input=false", "-no-color", "plan.bin")
	var sent atomic.Int64
	killed := make(chan error, 1)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent.Add(1) != int64(at)+1 {
			k.stage.Tenant.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		k.stage.Tenant.ServeHTTP(answer, r)
		killed <- kill(c.Process.Pid, target)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // to nobody, unless the provider lives
	}))
	c.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	for name, value := range k.work.Env {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Env = append(c.Env, "ENTRA_GRAPH_ENDPOINT="+front.URL)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, ended := c.CombinedOutput()
	front.Close() // once the killer is done as well
	select {
	case err := <-killed:
		return true, err
	default:
	}
	if ended != nil {
		return false, fmt.Errorf("the apply that nobody killed: %w\n%s", ended, out)
	}
	k.requests = int(sent.Load())
	return false, nil
}

// kill kills an engine, or the provider that it has started, or both.
func kill(engine int, target string) error {
	switch target {
	case "engine and provider":
		return syscall.Kill(-engine, syscall.SIGKILL) // the engine leads a process group
	case "engine":
		return alsoEnds(engine)
	}
	providers, err := startedBy(engine)
	for _, pid := range providers {
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return err
}

// alsoEnds kills an engine, and waits until its provider has noticed.
func alsoEnds(engine int) error {
	providers, err := startedBy(engine)
	if err != nil {
		return err
	}
	if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
		return err
	}
	for _, pid := range providers {
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
			if err != nil || strings.HasPrefix(string(state), "Z") { // ended, and perhaps nobody has asked how
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("the provider, process %d, lives on without its engine", pid)
			}
		}
	}
	return nil
}

// startedBy returns the processes that an engine has started.
func startedBy(engine int) ([]int, error) {
	list, err := exec.Command("ps", "-A", "-o", "ppid=,pid=").Output()
	if err != nil {
		return nil, fmt.Errorf("could not look for the provider's process: %w", err)
	}
	var out []int
	for line := range strings.Lines(string(list)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == strconv.Itoa(engine) {
			pid, err := strconv.Atoi(f[1])
			if err != nil {
				return nil, err
			}
			out = append(out, pid)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("the engine, process %d, has started no provider", engine)
	}
	return out, nil
}
