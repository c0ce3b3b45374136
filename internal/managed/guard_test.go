package managed

import (
	"context"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestProtectedByDefault: without a recycle bin an object is protected as long
// as its state does not say otherwise; with one, and between two others, it is not.
func TestProtectedByDefault(t *testing.T) {
	t.Parallel()
	protection := kind.Flag(deletionProtection, kind.Optional, "d")
	protection.Channel = kind.Local
	replace := kind.Flag("allow_replacement", kind.Optional, "d")
	replace.Channel = kind.Local
	attrs := []kind.Attr{kind.Text("id", kind.Computed, "d"), kind.Text("display_name", kind.Required, "d"),
		kind.Text("fixed", kind.Optional, "d").AtCreation(), protection, replace}
	final := kind.Kind{Name: "sample", Title: "sample", Plural: "samples", Doc: "d", Life: kind.In("/samples"), Label: "display_name", Attrs: attrs}
	kept, link := final, final
	kept.Life = kept.Life.DirectoryBin("sample")
	link.Life.Link = true
	for name, c := range map[string]struct {
		kind  *kind.Kind
		says  any
		fails bool
	}{
		"without a recycle bin":         {&final, nil, true},
		"without, and the state false":  {&final, false, false},
		"without, and the state true":   {&final, true, true},
		"with a recycle bin":            {&kept, nil, false},
		"with one, and the state true":  {&kept, true, true},
		"a link":                        {&link, nil, false},
		"a link, and the state says so": {&link, true, true},
	} {
		if err := c.kind.Check(); err != nil {
			t.Fatal(err)
		}
		r := &object{kind: c.kind, tenant: NewTenant(nil, "", nil, nil)}
		r.tenant.guard.me = &graph.Identity{} // unknown
		schema := resourceSchema(c.kind)
		typ := wire.Type(c.kind)
		state := func(fixed string) tftypes.Value {
			return tftypes.NewValue(typ, map[string]tftypes.Value{
				"id": tftypes.NewValue(tftypes.String, "1"), "display_name": tftypes.NewValue(tftypes.String, "S"), "fixed": tftypes.NewValue(tftypes.String, fixed),
				deletionProtection: tftypes.NewValue(tftypes.Bool, c.says), "allow_replacement": tftypes.NewValue(tftypes.Bool, true),
			})
		}
		null := tftypes.NewValue(typ, nil)
		for what, req := range map[string]resource.ModifyPlanRequest{
			"destroy": {Config: tfsdk.Config{Raw: null}, Plan: tfsdk.Plan{Raw: null}, State: tfsdk.State{Raw: state("a"), Schema: schema}},
			"replace": {Config: tfsdk.Config{Raw: state("b")}, Plan: tfsdk.Plan{Raw: state("b")}, State: tfsdk.State{Raw: state("a"), Schema: schema}},
		} {
			if c.kind == &link && what == "replace" {
				continue // it moves, see kindtest
			}
			var resp resource.ModifyPlanResponse
			r.ModifyPlan(context.Background(), req, &resp)
			if resp.Diagnostics.HasError() != c.fails {
				t.Errorf("%s, %s: %v", name, what, resp.Diagnostics)
			}
			if c.fails != (len(resp.RequiresReplace) == 0) && what == "replace" {
				t.Errorf("%s: replaced: %v", name, resp.RequiresReplace)
			}
			if c.fails && c.says == nil && !strings.Contains(resp.Diagnostics[0].Detail(), "there is no recycle bin for a sample and a deletion is final") {
				t.Errorf("%s, %s: %s", name, what, resp.Diagnostics[0].Detail())
			}
		}
	}
	for k, want := range map[*kind.Kind]string{&final: "Left out it is `true`", &kept: "Left out it is `false`", &link: "Left out it is `false`"} {
		if doc := resourceSchema(k).Attributes[deletionProtection].GetMarkdownDescription(); !strings.Contains(doc, want) {
			t.Errorf("the docs say %q", doc)
		}
	}
}
