package export

import (
	"context"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// theOne finds the object that is the only one for the application that its address
// is about, which may have another client id by now. No name is needed to tell it.
func (im *importer) theOne(ctx context.Context, obj *ManifestObject) error {
	k, app := catalog.ByName(obj.Kind), obj.AppID
	for _, m := range im.result.Moved {
		if m.OldAppID == app && app != "" && m.NewAppID != "" {
			app = m.NewAppID
			break
		}
	}
	all, err := im.list(ctx, k)
	if err != nil || app == "" {
		return err
	}
	for id, b := range all {
		if strings.EqualFold(str(b["appId"]), app) && im.claimed[id] == "" {
			im.move(obj, k, id, app)
			return nil
		}
	}
	return nil // an apply makes it, or takes over the one that there is by then
}
