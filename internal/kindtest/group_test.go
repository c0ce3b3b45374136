package kindtest

import (
	"context"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

const guestTemplate = "08d542b9-071f-4e16-94b0-74abb372e3d9" // Group.Unified.Guest

// unified makes a Microsoft 365 group and returns its id.
func (h *host) unified() string {
	h.t.Helper()
	made, err := h.client.Post(context.Background(), graph.V1, "/groups", graph.Body{"displayName": "Unified", "mailNickname": "unified", "mailEnabled": true,
		"securityEnabled": false, "groupTypes": []any{"Unified"}})
	if err != nil {
		h.t.Fatal(err)
	}
	return made["id"].(string)
}
