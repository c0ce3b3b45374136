package export_test

import (
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
