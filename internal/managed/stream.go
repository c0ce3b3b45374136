package managed

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Contents of files, such as a logo: put below the object when the code has
// another than the state. What Graph returns is not what was put, so nothing is
// read, and the state holds what was written last.

// stream puts the contents that differ.
func (w writer) stream(ctx context.Context, had, want kind.Values, id string) error {
	for i := range w.kind.Attrs {
		a := &w.kind.Attrs[i]
		value, owned := want[a.Name].(string)
		if a.Channel != kind.Stream || !owned || kind.Equal(had[a.Name], value) {
			continue
		}
		content, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return fmt.Errorf("%s is no base64: write it with filebase64", a.Name)
		}
		_, err = w.send(ctx, []string{id}, graph.Request{
			Method: "PUT", Path: w.at(want, id) + "/" + a.Property, Body: content,
			Header: map[string]string{"Content-Type": http.DetectContentType(content)},
		})
		if err != nil {
			return fmt.Errorf("could not put its %s: %w", a.Name, err)
		}
	}
	return nil
}

// validateStreams checks that contents are base64, before there is an object that
// would lack them.
func (r *object) validateStreams(fields map[string]tftypes.Value, diags *diag.Diagnostics) {
	for i := range r.kind.Attrs {
		a := &r.kind.Attrs[i]
		v := fields[a.Name]
		var s string
		if a.Channel != kind.Stream || !v.IsKnown() || v.IsNull() || v.As(&s) != nil {
			continue
		}
		if _, err := base64.StdEncoding.DecodeString(s); err != nil || s == "" {
			diags.AddAttributeError(path.Root(a.Name), "Invalid "+a.Name, a.Name+" must be the content of a file in base64: filebase64(\"…\"). To leave it as it is, leave it out.")
		}
	}
}
