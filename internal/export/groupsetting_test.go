package export_test

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// TestGroupSettings: a group's own setting is written with it, and only Microsoft 365
// groups are asked for theirs.
func TestGroupSettings(t *testing.T) {
	t.Parallel()
	client, url := tenant(t)
	group := post(t, client, "/groups", graph.Body{"displayName": "Project", "mailNickname": "project", "mailEnabled": true, "securityEnabled": false, "groupTypes": []any{"Unified"}})
	post(t, client, "/groups/"+group+"/settings", graph.Body{"templateId": "08d542b9-071f-4e16-94b0-74abb372e3d9", "values": []any{graph.Body{"name": "AllowToAddGuests", "value": "false"}}})
	plain := id(t, client, "/groups", "displayName", "Tier 0 Administrators")
	fault(t, url, `{"status":403,"times":9,"match":"GET /v1.0/groups/`+plain+`/settings"}`)
	dir, _ := exported(t, client)
	has(t, read(t, dir, "group_settings.tf"), `"entra_group_setting" "project"`, "group_id    = entra_group.project.id", `"AllowToAddGuests"`)
}

// TestGroupLicences: who has licences is written with them; nobody else says anything.
func TestGroupLicences(t *testing.T) {
	t.Parallel()
	client, _ := tenant(t)
	group := post(t, client, "/groups", newGroup("Licensed"))
	if _, err := client.Post(context.Background(), graph.V1, "/groups/"+group+"/assignLicense", graph.Body{"removeLicenses": []any{},
		"addLicenses": []any{graph.Body{"skuId": "84a661c4-e949-4bd2-a560-ed7766fcaf2b", "disabledPlans": []any{}}}}); err != nil {
		t.Fatal(err)
	}
	for _, more := range []int{0, 41} { // read one by one, and by a listing
		for range more {
			post(t, client, "/groups", newGroup("Filler"))
		}
		dir, _ := exported(t, client)
		code := read(t, dir, "groups.tf")
		if n := strings.Count(code, "assigned_licenses = ["); n != 1 {
			t.Errorf("one group has licences, and %d say so", n)
		}
		has(t, code, `sku_id = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"`)
	}
}
