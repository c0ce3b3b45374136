package cli

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// built returns the provider's binary. These tests drive a real engine, so
// they run only when TF_ACC says so.
func built(t *testing.T) string {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance test: set TF_ACC=1 and run make build first")
	}
	path, err := filepath.Abs("../../bin/terraform-provider-entra")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal("run make build first: ", err)
	}
	return path
}

// onOneEngine skips, with the second engine, what is about the provider alone.
func onOneEngine(t *testing.T) {
	t.Helper()
	if os.Getenv("ENTRA_TEST_BRIEF") != "" {
		t.Skip("the first engine has been through it")
	}
}

// start returns a tenant that code has adopted.
func start(t *testing.T, dir string) (*demo, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	d, err := newDemo(context.Background(), &out, dir, built(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	t.Cleanup(d.close)
	return d, &out
}

// TestDemo: the built-in tenant through all disasters.
func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := runDemo(context.Background(), &out, "", built(t)); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
}

// TestDemoCorpus: real tenants through disasters, the last of which purges all
// that there is; where ENTRA_TEST_BRIEF is set, as it is for the second engine,
// through that one alone. Every object is then equal to what it was, or was refused with
// a reason before.
func TestDemoCorpus(t *testing.T) {
	t.Parallel()
	built(t)
	for name, whole := range map[string]bool{"AlexFilipin+ConditionalAccess": false, "Cloudshield-io+Conditional-Access-Framework": true,
		"Clutch2View+nis2-conditional-access-policies": false, "OfficeDev+microsoft-365-agents-toolkit-samples": false,
		"cisagov+ScubaGear": false, "j0eyv+ConditionalAccessBaseline": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join("../../../shared/corpus", name)
			if _, err := os.Stat(dir); err != nil {
				t.Skip("the corpus is not beside the project: ", err)
			}
			all, err := archive.Read(dir)
			if err != nil {
				t.Fatal(err)
			}
			read, refused := len(all.Objects)+objectsIn(all.Refused), objectsIn(all.Refused)
			if len(all.Objects) == 0 {
				t.Logf("%s: %d read, %d refused with a reason", name, read, refused)
				return
			}
			d, out := start(t, dir)
			play := d.play
			if !whole || os.Getenv("ENTRA_TEST_BRIEF") != "" { // names that are not unique cannot be adopted by name
				play = func(ctx context.Context) error { return d.suffer(ctx, disaster{name: "all", happen: d.loseAll}) }
			}
			if err := play(context.Background()); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			refused = objectsIn(d.loaded.Refused)
			equal := d.before.Len()
			t.Logf("%s: %d read, %d refused with a reason, %d equal after recovery", name, read, refused, equal)
			if refused+equal != read {
				t.Error("these do not add up")
			}
		})
	}
}

// list returns all pages of a collection.
func (d *demo) list(version graph.Version, path string) ([]graph.Body, error) {
	return d.stage.List("/" + string(version) + path)
}

// refusal tells whether the tenant refused a request as wrong.
func refusal(err error) bool {
	var r *drill.Refusal
	return errors.As(err, &r) && r.Status == http.StatusBadRequest
}

// objectsIn counts the refusals of whole objects.
func objectsIn(all []archive.Refusal) int {
	n := 0
	for _, r := range all {
		if r.Property == "" {
			n++
		}
	}
	return n
}

// TestBrokenApply: an apply that fails in the middle leaves a configuration
// whose next plan works and whose next apply finishes, with the state and,
// after imports, without.
func TestBrokenApply(t *testing.T) {
	t.Parallel()
	for _, keepState := range []bool{true, false} {
		name := map[bool]string{true: "with state", false: "without state"}[keepState]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			d, _ := start(t, "")
			before := d.before
			if _, err := d.loseAll(ctx); err != nil {
				t.Fatal(err)
			}
			// 403 is not repeated by the client, so these POSTs fail for good.
			fault := map[string]any{"status": 403, "every": 3, "times": 6, "match": "POST /v1.0/groups"}
			if _, err := d.stage.Do("POST", "/_emulator/faults", fault); err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.quiet().Plan(ctx); err != nil {
				t.Fatal(err)
			}
			if err := d.quiet().Apply(ctx); err == nil || !strings.Contains(err.Error(), "403") {
				t.Fatal("the apply should have failed with 403: ", err)
			}
			if _, err := d.stage.Do("DELETE", "/_emulator/faults", nil); err != nil {
				t.Fatal(err)
			}
			if !keepState {
				if err := d.removeState(); err != nil {
					t.Fatal(err)
				}
				if _, err := export.Imports(ctx, d.client, export.ImportsOptions{Dir: d.work.Dir, ByName: true}); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := d.quiet().Plan(ctx); err != nil {
				t.Fatal("the next plan: ", err)
			}
			if err := d.quiet().Apply(ctx); err != nil {
				t.Fatal("the next apply: ", err)
			}
			if err := d.converged(ctx); err != nil {
				t.Fatal(err)
			}
			after, err := d.stage.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			if diff := before.Difference(after); diff != "" {
				t.Fatal(diff)
			}
		})
	}
}

// TestThirdPOSTUnavailable: a 503 on every third POST only costs time.
func TestThirdPOSTUnavailable(t *testing.T) {
	t.Parallel()
	onOneEngine(t)
	ctx := context.Background()
	d, _ := start(t, "")
	before := d.before
	if _, err := d.loseAll(ctx); err != nil {
		t.Fatal(err)
	}
	fault := map[string]any{"status": 503, "every": 3, "match": "POST /v1.0/", "retryAfter": "0s"}
	if _, err := d.stage.Do("POST", "/_emulator/faults", fault); err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.quiet().Apply(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := d.stage.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if diff := before.Difference(after); diff != "" {
		t.Fatal(diff)
	}
}

// TestRemovedAfterAdoption: a location and its use can leave the code right
// after the adoption, and come back.
func TestRemovedAfterAdoption(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d, out := start(t, "")
	for _, x := range d.disasters() {
		if strings.HasPrefix(x.name, "A location and its use") {
			if err := d.suffer(ctx, x); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			return
		}
	}
	t.Fatal("the demo has no such disaster")
}

// TestForbiddenBin: a recycle bin that may not be read is an error, and
// nothing is created twice.
func TestForbiddenBin(t *testing.T) {
	t.Parallel()
	onOneEngine(t)
	ctx := context.Background()
	d, _ := start(t, "")
	groups, err := d.stage.Objects("group")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.stage.Delete("group", groups[0], false); err != nil {
		t.Fatal(err)
	}
	if _, err := d.stage.Do("POST", "/_emulator/faults", map[string]any{"status": 403, "match": "GET /v1.0/directory/deletedItems"}); err != nil {
		t.Fatal(err)
	}
	_, _, err = d.quiet().Plan(ctx)
	if err == nil || !strings.Contains(err.Error(), "recycle bin could not be") {
		t.Fatal("a 403 on the bin must stop the plan and say so: ", err)
	}
	after, err := d.list(graph.V1, "/groups")
	if err != nil || len(after) != len(groups)-1 {
		t.Fatal(len(after), err)
	}
}

// TestAllBinned: everything is in the recycle bin at once; one apply brings it
// back with every id, whatever refers to what.
func TestAllBinned(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d, _ := start(t, "")
	before := d.before
	for _, name := range d.stage.Kinds() {
		list, err := d.stage.Objects(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range list {
			err := d.stage.Delete(name, b, false)
			if catalog.ByName(name).Life.Bin == "" && refusal(err) {
				continue // what the policies in the recycle bin refer to stays
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, _, err := d.quiet().Plan(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.quiet().Apply(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.converged(ctx); err != nil {
		t.Fatal(err)
	}
	after, err := d.stage.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if diff := before.Difference(after); diff != "" {
		t.Fatal(diff)
	}
	for id := range before.IDs {
		if !after.IDs[id] {
			t.Errorf("%s lost its id", before.Names[id])
		}
	}
}
