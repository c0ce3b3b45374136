package cli

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
)

// TestReportOnlyRecovery: with the file of imports --report-only, policies that were purged
// or deleted come back without being in force, those that live stay as they are, and nothing
// but the file stands between the code and the tenant: once it is gone, an apply enforces them.
func TestReportOnlyRecovery(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d, _ := start(t, "")
	rollout := catalog.ByName("conditional_access_policy").Rollout
	policies := func() map[string]string { // name → state
		list, err := d.stage.Objects("conditional_access_policy")
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, b := range list {
			out[b["displayName"].(string)], _ = b["state"].(string)
		}
		return out
	}
	before, want := policies(), policies()
	list, err := d.stage.Objects("conditional_access_policy")
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for i, b := range list {
		if i%3 == 2 {
			continue // it lives
		}
		if err := d.stage.Delete("conditional_access_policy", b, i%3 == 0); err != nil {
			t.Fatal(err)
		}
		if name := b["displayName"].(string); before[name] == rollout.Enforced {
			want[name] = rollout.Quiet
			held++
		}
	}
	r, err := export.Imports(ctx, d.client, export.ImportsOptions{Dir: d.work.Dir, ReportOnly: true})
	if err != nil || len(r.ReportOnly) != held || held < 4 {
		t.Fatalf("%d come back report-only, not %d: %+v %v", len(r.ReportOnly), held, r, err)
	}
	put := func(when string, want map[string]string) {
		if _, _, err := d.quiet().Plan(ctx); err != nil {
			t.Fatal(when, err)
		}
		if err := d.quiet().Apply(ctx); err != nil {
			t.Fatal(when, err)
		}
		if err := d.converged(ctx); err != nil {
			t.Fatal(when, err)
		}
		now := policies()
		for name, state := range want {
			if now[name] != state {
				t.Errorf("%s: policy %q is %q, not %q", when, name, now[name], state)
			}
		}
	}
	put("with the file", want)
	if err := os.Remove(filepath.Join(d.work.Dir, "report_only_override.tf")); err != nil {
		t.Fatal(err)
	}
	put("without it", before)
	after, err := d.stage.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if diff := d.before.Difference(after); diff != "" {
		t.Error(diff)
	}
}
