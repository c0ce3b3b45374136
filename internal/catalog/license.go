package catalog

import (
	"maps"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// assignedLicenses are the licences that a group passes on to its members. Graph returns
// them only when they are asked for, changes them by an action, and deletes no group that
// has any (G15).
func assignedLicenses() kind.Attr {
	return kind.Blocks("assigned_licenses", kind.Optional, "Licences that the group gives its members. Left out, licences are not managed here; `[]` for none. Microsoft Graph deletes no group that has any: the provider takes those away first that the code lists.",
		kind.Text("sku_id", kind.Required, "Id of the product (`skuId`), the same in every tenant.").FoldCase(),
		kind.Set("disabled_plans", kind.Optional, "Ids of the product's service plans that members do not get.").FoldCase()).
		KnownBy("sku_id").OnItsOwnBy(kind.Act{Name: "assignLicense", Body: licenseChange, Emptied: true}).InListings()
}

// licenseChange names what to give, with its disabled plans, and what to take away. A
// product that stays with other plans is given again.
func licenseChange(before, after any) kind.Body {
	held, wanted := bySku(before), bySku(after)
	add, remove := []any{}, []any{}
	list, _ := after.([]any)
	for _, v := range list {
		if b, ok := v.(kind.Body); ok && !kind.Equal(held[skuOf(b)], b) {
			add = append(add, withPlans(b))
		}
	}
	list, _ = before.([]any)
	for _, v := range list {
		if b, ok := v.(kind.Body); ok && wanted[skuOf(b)] == nil {
			remove = append(remove, skuOf(b))
		}
	}
	if len(add)+len(remove) == 0 {
		return nil
	}
	return kind.Body{"addLicenses": add, "removeLicenses": remove}
}

func bySku(value any) map[string]kind.Body {
	out := map[string]kind.Body{}
	list, _ := value.([]any)
	for _, v := range list {
		if b, ok := v.(kind.Body); ok {
			out[skuOf(b)] = b
		}
	}
	return out
}

func skuOf(b kind.Body) string {
	s, _ := b["skuId"].(string)
	return strings.ToLower(s)
}

// withPlans adds the list of plans, which Graph wants even where it is empty.
func withPlans(b kind.Body) kind.Body {
	plans, _ := b["disabledPlans"].([]any)
	if plans == nil {
		plans = []any{}
	}
	b = maps.Clone(b)
	b["disabledPlans"] = plans
	return b
}
