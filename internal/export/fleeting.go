package export

import (
	"context"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// noPremium is what Graph answers at the addresses of Privileged Identity Management in
// a tenant without the licence: nothing is activated there.
const noPremium = "AadPremiumLicenseRequired"

// fleeting returns the objects of a kind that exist for a while only, by id, and why.
func (e *exporter) fleeting(ctx context.Context, k *kind.Kind) (map[string]string, error) {
	if k.Fleeting == nil {
		return nil, nil
	}
	entries := &kind.Kind{Name: k.Name, Plural: k.Plural + " that run for a while", Life: kind.In(k.Fleeting.Path), Read: k.Read}
	list, err := all(ctx, e.source, entries)
	if graph.HasCode(err, noPremium) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, b := range list {
		if id, reason := k.Fleeting.Of(b); id != "" {
			out[k.Life.ID(id)] = reason
		}
	}
	return out, nil
}
