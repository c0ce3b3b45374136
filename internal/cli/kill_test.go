//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
)

// TestKilledApply kills an apply, the engine and the provider at once, at random moments
// of a rebuild of the whole tenant. What was created in the last moment is in no state;
// imports finds it by its name, and after an apply there is no duplicate and no loss.
// ENTRA_KILLS says how many rounds, ENTRA_SEED where to begin.
func TestKilledApply(t *testing.T) {
	t.Parallel()
	built(t)
	onOneEngine(t)
	rounds, seed := 1, uint64(time.Now().UnixNano())
	if s := os.Getenv("ENTRA_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal("ENTRA_KILLS: ", err)
		}
		rounds = n
	}
	if s := os.Getenv("ENTRA_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal("ENTRA_SEED: ", err)
		}
		seed = n
	}
	t.Logf("to repeat: ENTRA_SEED=%d ENTRA_KILLS=%d", seed, rounds)
	d, out := start(t, "")
	random := rand.New(rand.NewPCG(seed, 0))
	for round := range rounds {
		if err := d.killed(context.Background(), random, t.Logf); err != nil {
			t.Fatalf("round %d: %v\n%s", round+1, err, out.String())
		}
	}
}

// killed loses everything, kills the apply that brings it back, and recovers.
func (d *demo) killed(ctx context.Context, random *rand.Rand, logf func(string, ...any)) error {
	if _, err := d.loseAll(ctx); err != nil {
		return err
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		return err
	}
	died, err := d.killApply(random.IntN(400))
	if err != nil {
		return err
	}
	state, missing := os.ReadFile(filepath.Join(d.work.Dir, "terraform.tfstate"))
	if missing != nil && !os.IsNotExist(missing) {
		return missing
	}
	broken, err := d.stage.Snapshot()
	if err != nil {
		return err
	}
	logf("killed: %v, with %d of %d objects in the tenant and %d bytes of state", died, len(broken.IDs), len(d.before.IDs), len(state))
	if err := os.Remove(filepath.Join(d.work.Dir, ".terraform.tfstate.lock.info")); err != nil && !os.IsNotExist(err) {
		return err // a killed engine leaves it behind
	}
	options := export.ImportsOptions{Dir: d.work.Dir, ByName: true}
	_, err = export.Imports(ctx, d.client, options)
	if missing == nil && !json.Valid(state) { // killed while it wrote the file, or before its first byte
		if err == nil || !strings.Contains(err.Error(), "is cut off") {
			return fmt.Errorf("imports took a state that is cut off: %w", err)
		}
		if err := d.removeState(); err != nil {
			return err
		}
		_, err = export.Imports(ctx, d.client, options)
	}
	if err != nil {
		return err
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		return err
	}
	if err := d.quiet().Apply(ctx); err != nil {
		return err
	}
	if err := d.converged(ctx); err != nil {
		return err
	}
	var r row
	return d.compare(&r, broken, lostSince(d.before, broken))
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

// killApply starts the apply of the plan and kills its whole process group once the
// tenant has answered so many requests more. It tells whether it was killed in time.
func (d *demo) killApply(after int) (bool, error) {
	before := d.stage.Requests()
	c := exec.Command(d.work.Engine, "-chdir="+d.work.Dir, "apply", "-input=false", "-no-color", "plan.bin")
	c.Env = append(os.Environ(), "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1")
	for name, value := range d.work.Env {
		c.Env = append(c.Env, name+"="+value)
	}
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return false, err
	}
	ended := make(chan struct{})
	go func() {
		_ = c.Wait() // it was killed, or the plan afterwards tells
		close(ended)
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return false, nil
		case <-tick.C:
			if d.stage.Requests()-before < after {
				continue
			}
			if killErr := syscall.Kill(-c.Process.Pid, syscall.SIGKILL); killErr != nil {
				return false, killErr
			}
			<-ended
			return true, nil
		}
	}
}
