package export

import (
	"fmt"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
)

// warnOfInputs tells what no export can hold, because Graph returns it to nobody, and
// without which an object cannot be made anew.
func (e *exporter) warnOfInputs(objects []*hclgen.Object) {
	for _, o := range objects {
		for _, a := range o.Kind.Inputs() {
			e.warnings = append(e.warnings, fmt.Sprintf("%s of the %s %q is not in the code, because Microsoft Graph returns it to nobody: write it there, or it cannot be made anew", a.Name, o.Kind.Title, o.Label))
		}
	}
}
