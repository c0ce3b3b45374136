package emulator

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

// LoadDir reads a folder of JSON files into the tenant, as [Tenant.Load] does
// with an archive. An error means that the folder itself cannot be read.
func (t *Tenant) LoadDir(dir string) (Report, error) {
	a, err := archive.Read(dir)
	if err != nil {
		return Report{}, fmt.Errorf("could not load %s: %w", dir, err)
	}
	return t.Load(a), nil
}
