package export_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestUnlistedAndAdopted: what Graph answers only to $select is exported, and so is
// the compliant network, with an import block, for nobody can create it.
func TestUnlistedAndAdopted(t *testing.T) {
	t.Parallel()
	files := t.TempDir()
	for name, b := range map[string]graph.Body{
		"location.json": {"@odata.type": "#microsoft.graph.compliantNetworkNamedLocation", "id": "0aaaaaaa-0000-4000-8000-000000000004",
			"displayName": "All Compliant Network locations", "isTrusted": true, "compliantNetworkType": "allTenantCompliantNetworks"},
		"application.json": {"@odata.type": "#microsoft.graph.application", "id": "0aaaaaaa-0000-4000-8000-000000000005", "appId": "0aaaaaaa-0000-4000-8000-000000000006",
			"displayName": "Off", "signInAudience": "AzureADMyOrg", "isDisabled": true},
	} {
		content, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		write(t, string(content), files, name)
	}
	em := emulator.New()
	if report, err := em.LoadDir(files); err != nil || len(report.Refused) > 0 {
		t.Fatal(err, report.Refused)
	}
	server := httptest.NewServer(em)
	t.Cleanup(server.Close)
	client, err := graph.New(t.Context(), graph.Config{Endpoint: server.URL, AccessToken: em.Token(), LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	dir, _ := exported(t, client)
	has(t, read(t, dir, "applications.tf"), "is_disabled", "= true")
	has(t, read(t, dir, "named_locations.tf"), "compliant_network = {", "is_trusted = true")
	has(t, read(t, dir, "imports.tf"), "0aaaaaaa-0000-4000-8000-000000000004")
}
