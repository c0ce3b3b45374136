package export_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

const apiScope = "0aaaaaaa-0000-4000-8000-000000000002"

// TestApplicationCycle: an API and its client that refer to each other in every
// way that Graph has are written without one literal id, and after both were
// made anew imports.tf names the items below the new ones.
func TestApplicationCycle(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	client, _ := tenant(t)
	make := func(body graph.Body) (id, appID string) {
		t.Helper()
		b, err := client.Post(ctx, graph.V1, "/applications", body)
		if err != nil {
			t.Fatal(err)
		}
		return b["id"].(string), b["appId"].(string)
	}
	patch := func(id string, body graph.Body) {
		t.Helper()
		if _, err := client.Patch(ctx, graph.V1, "/applications/"+id, body); err != nil {
			t.Fatal(err)
		}
	}
	access := func(of string) []any {
		return []any{graph.Body{"resourceAppId": of, "resourceAccess": []any{graph.Body{"id": apiScope, "type": "Scope"}}}}
	}
	link := func(api, apiApp, shop, shopApp string) {
		patch(api, graph.Body{"api": graph.Body{"knownClientApplications": []any{shopApp},
			"preAuthorizedApplications": []any{graph.Body{"appId": shopApp, "delegatedPermissionIds": []any{apiScope}}}}})
		patch(shop, graph.Body{"requiredResourceAccess": access(apiApp)})
	}
	apiBody := graph.Body{"displayName": "Cycle API", "signInAudience": "AzureADMyOrg", "api": graph.Body{"oauth2PermissionScopes": []any{graph.Body{
		"id": apiScope, "type": "User", "value": "x", "adminConsentDisplayName": "n", "adminConsentDescription": "d", "isEnabled": true}}}}
	shopBody := graph.Body{"displayName": "Cycle shop", "signInAudience": "AzureADMyOrg"}
	api, apiApp := make(apiBody)
	shop, shopApp := make(shopBody)
	link(api, apiApp, shop, shopApp)

	dir := filepath.Join(t.TempDir(), "out")
	result, err := export.Run(ctx, client, export.Options{Out: dir, Include: []string{"application"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range result.Warnings {
		if strings.Contains(w, "refer to each other") {
			t.Errorf("a cycle was cut: %s", w)
		}
	}
	for _, file := range result.Files {
		for _, id := range []string{api, apiApp, shop, shopApp} {
			if strings.HasSuffix(file, ".tf") && file != "imports.tf" && strings.Contains(read(t, dir, file), id) {
				t.Errorf("%s holds the id %s as it is, which a recovery does not follow", file, id)
			}
		}
	}
	if s := read(t, dir, "application_pre_authorized.tf") + read(t, dir, "application_api_access.tf"); !strings.Contains(s, "entra_application.cycle_api.id") || !strings.Contains(s, "entra_application.cycle_api.app_id") {
		t.Errorf("the items do not refer to what they connect:\n%s", s)
	}
	if s := read(t, dir, "applications.tf"); !strings.Contains(s, "required_resource_access = []") {
		t.Error("an application without permissions must say so, or one that is added is not seen")
	}

	for _, id := range []string{api, shop} {
		for _, path := range []string{"/applications/", "/directory/deletedItems/"} {
			if err := client.Delete(ctx, graph.V1, path+id); err != nil {
				t.Fatal(err)
			}
		}
	}
	newAPI, newAPIApp := make(apiBody)
	newShop, newShopApp := make(shopBody)
	link(newAPI, newAPIApp, newShop, newShopApp)
	if _, err := export.Imports(ctx, client, export.ImportsOptions{Dir: dir, ByName: true}); err != nil {
		t.Fatal(err)
	}
	imports := read(t, dir, "imports.tf")
	for _, want := range []string{newAPI + "/" + newShopApp, newShop + "/" + newAPIApp} {
		if !strings.Contains(imports, want) {
			t.Errorf("%s is missing in\n%s", want, imports)
		}
	}
	var moved []export.Moved
	if err := json.Unmarshal([]byte(read(t, dir, "id-map.json")), &moved); err != nil || len(moved) != 2 {
		t.Errorf("two applications have other ids: %v %v", moved, err)
	}
}
