package export_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestUnmanagedGroups: G19, a group that is synchronized from on-premises, and one with a
// mailbox that Graph cannot make, stand in external.tf with the reason.
func TestUnmanagedGroups(t *testing.T) {
	t.Parallel()
	const synced, list = "0bbbbbbb-0000-4000-8000-000000000001", "0bbbbbbb-0000-4000-8000-000000000002"
	from := t.TempDir()
	write(t, `{"@odata.type":"#microsoft.graph.group","id":"`+synced+`","displayName":"Synced","mailNickname":"synced","mailEnabled":false,"securityEnabled":true,"groupTypes":[],"onPremisesSyncEnabled":true}`, from, "synced.json")
	write(t, `{"@odata.type":"#microsoft.graph.group","id":"`+list+`","displayName":"Everybody","mailNickname":"everybody","mailEnabled":true,"securityEnabled":true,"groupTypes":[]}`, from, "list.json")
	em := emulator.New()
	if report, err := em.LoadDir(from); err != nil || len(report.Refused) > 0 {
		t.Fatal(err, report.Refused)
	}
	server := httptest.NewServer(em)
	t.Cleanup(server.Close)
	client, err := graph.New(context.Background(), graph.Config{Endpoint: server.URL, AccessToken: em.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	post(t, client, "/identity/conditionalAccess/policies", policy("P", graph.Body{"excludeGroups": []any{synced, list}}))
	for _, all := range []bool{true, false} {
		dir := filepath.Join(t.TempDir(), "out")
		if _, err := export.Run(context.Background(), client, export.Options{Out: dir, All: all}); err != nil {
			t.Fatal(err)
		}
		has(t, read(t, dir, "external.tf"), "# Not managed: it is synchronized from on-premises and read-only in the cloud.", `"Synced" = "`+synced+`"`,
			"# Not managed: it is a distribution list or a mail-enabled security group", `"Everybody" = "`+list+`"`)
		has(t, read(t, dir, "conditional_access_policies.tf"), `local.groups["Synced"]`, `local.groups["Everybody"]`)
		if strings.Contains(read(t, dir, "imports.tf"), "entra_group.") {
			t.Error("a group that cannot be managed is imported")
		}
	}
}
