package kindtest

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
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

const skuE5, skuP2 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06", "84a661c4-e949-4bd2-a560-ed7766fcaf2b" // products of the tenant

// licences are the licences of the group as Graph has them.
func (i *instance) licences() []any {
	i.t.Helper()
	b, err := i.client.Get(context.Background(), graph.V1, i.path(), map[string]string{"$select": "assignedLicenses"})
	if err != nil {
		i.t.Fatal(err)
	}
	list, _ := b["assignedLicenses"].([]any)
	return list
}

// TestLicences: a group without licences in the code keeps what others gave it; one with
// loses what the code does not list; [] takes all away.
func TestLicences(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "group"))
	values := kind.Values{"display_name": "Licensed", "mail_nickname": "licensed"}
	i.apply(values)
	give := func(sku string) {
		i.behind("POST", i.path()+"/assignLicense", graph.Body{"addLicenses": []any{graph.Body{"skuId": sku, "disabledPlans": []any{}}}, "removeLicenses": []any{}})
	}
	give(skuP2)
	i.settled(values, "with a licence that is not the code's")
	values["assigned_licenses"] = []kind.Values{{"sku_id": skuE5}}
	i.apply(values)
	i.settled(values, "with licences")
	if held := i.licences(); len(held) != 1 || held[0].(graph.Body)["skuId"] != skuE5 {
		t.Errorf("the group has %v", held)
	}
	give(skuP2)
	i.read()
	if i.empty(i.plan(values)) {
		t.Error("a licence that somebody added is not seen")
	}
	i.apply(values)
	values["assigned_licenses"] = []kind.Values{}
	i.apply(values)
	i.settled(values, "with none")
	if held := i.licences(); len(held) != 0 {
		t.Errorf("the group has %v", held)
	}
	give(skuP2)
	i.read()
	if i.empty(i.plan(values)) {
		t.Error("a licence where the code wants none is not seen")
	}
}

// TestLicensedGroupDeleted: G15, a group with licences is deleted, because the provider
// takes them away first; and gets them back where the deletion fails.
func TestLicensedGroupDeleted(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "group"))
	values := kind.Values{"display_name": "Licensed", "mail_nickname": "licensed", "assigned_licenses": []kind.Values{{"sku_id": skuE5}}}
	i.apply(values)
	i.control("faults", `{"status":403,"times":1,"match":"DELETE /v1.0/groups"}`)
	if s := i.destroy(); !strings.Contains(s, "403") || len(i.licences()) != 1 {
		t.Errorf("after a refused deletion it has %v: %s", i.licences(), s)
	}
	i.read()
	if s := i.destroy(); s != "" {
		t.Fatal(s)
	}
	other := newHost(t).instance(i.kind)
	other.apply(values)
	other.behind("POST", other.path()+"/assignLicense", graph.Body{"addLicenses": []any{}, "removeLicenses": []any{skuE5}})
	other.gone(false)
	other.read()
	other.apply(values)
	other.settled(values, "after the restore")
	if len(other.licences()) != 1 {
		t.Error("a restored group lacks its licences")
	}
}
