package emulator

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

// LoadDir reads folders of JSON files into the tenant, as [Tenant.Load] does
// with an archive: all of them as one, since a link may stand in another folder
// than the objects that it connects. An error means that a folder itself cannot
// be read, or that the tenant's storage failed.
func (t *Tenant) LoadDir(dirs ...string) (Report, error) {
	all := &archive.Archive{}
	for _, dir := range dirs {
		a, err := archive.Read(dir)
		if err != nil {
			return Report{}, fmt.Errorf("could not load %s: %w", dir, err)
		}
		all.Objects = append(all.Objects, a.Objects...)
		all.Links = append(all.Links, a.Links...)
		all.Refused = append(all.Refused, a.Refused...)
	}
	report := t.Load(all)
	return report, report.Unkept
}
