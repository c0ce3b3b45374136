package managed

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var _ datasource.DataSourceWithConfigure = (*found)(nil)

// NewDataSource returns the data source of a kind.
func NewDataSource(k *kind.Kind) func() datasource.DataSource {
	return func() datasource.DataSource { return &found{kind: readable(k)} }
}

// readable is the kind as a data source shows it: without instructions to the
// provider and what the audit log tells, which are no part of an object.
func readable(k *kind.Kind) *kind.Kind {
	out := *k
	out.Attrs = nil
	for _, a := range k.Attrs {
		if a.Channel != kind.Local && a.Channel != kind.Input && a.Channel != kind.Logged {
			out.Attrs = append(out.Attrs, a)
		}
	}
	return &out
}

// found is the data source of one kind.
type found struct {
	kind   *kind.Kind
	tenant *Tenant
}

func (d *found) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.kind.TypeName()
}

func (d *found) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = dataSchema(d.kind)
}

func (d *found) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	tenant, ok := req.ProviderData.(*Tenant)
	if !ok {
		resp.Diagnostics.AddError("Provider is not configured", fmt.Sprintf("%s was given a %T instead of a tenant. This is a fault of the provider; please report it.", d.kind.TypeName(), req.ProviderData))
		return
	}
	d.tenant = tenant
}

// Read finds the one object that the configuration names.
func (d *found) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	fields, err := wire.Fields(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Configuration cannot be read", err.Error())
		return
	}
	by := map[string]string{}
	for _, name := range lookupKeys(d.kind) {
		var s string
		if v := fields[name]; v.IsKnown() && !v.IsNull() && v.As(&s) == nil && s != "" {
			by[name] = s
		}
	}
	if len(by) == 0 {
		resp.Diagnostics.AddError("Nothing to look for", fmt.Sprintf("data %q needs one of %s.", d.kind.TypeName(), strings.Join(lookupKeys(d.kind), ", ")))
		return
	}
	if _, err := d.tenant.check(ctx, ""); err != nil {
		resp.Diagnostics.AddError("Could not read a "+d.kind.Title, err.Error())
		return
	}
	body, err := d.find(ctx, by)
	if err != nil {
		resp.Diagnostics.AddError("Could not read a "+d.kind.Title, explain(d.kind, false, err))
		return
	}
	now, _ := d.kind.Decode(body)
	now["id"] = d.kind.Life.ID(text(body["id"])) // where it stands in the path, the body's says it all the same
	for name, s := range by {
		if has := text(now[name]); !strings.EqualFold(has, s) {
			resp.Diagnostics.AddAttributeWarning(path.Root(name), "The "+d.kind.Title+" has another "+name,
				fmt.Sprintf("The object with the id %s was found, but its %s is %q and not %q. The id decides.", text(now["id"]), name, has, s))
		}
		now[name] = s // Terraform wants what was configured back as it was written
	}
	if err := d.tenant.readAlone(ctx, d.kind, nil, now, true); err != nil {
		resp.Diagnostics.AddError("Could not read all of a "+d.kind.Title, explain(d.kind, false, err))
		return
	}
	for _, a := range d.kind.Relations() {
		ids, err := d.tenant.related(ctx, d.kind, now, &a)
		if err != nil {
			resp.Diagnostics.AddError("Could not read "+a.Name+" of a "+d.kind.Title, explain(d.kind, false, err))
			return
		}
		now[a.Name] = ids
	}
	value, err := wire.State(d.kind, now, tftypes.NewValue(wire.Type(d.kind), nil))
	if err != nil {
		resp.Diagnostics.AddError("Could not read a "+d.kind.Title, err.Error())
		return
	}
	resp.State.Raw = value
}

// find looks by id when there is one, else by the first key that is set.
func (d *found) find(ctx context.Context, by map[string]string) (kind.Body, error) {
	if id := by["id"]; id != "" {
		body, where, err := d.tenant.find(ctx, d.kind, byID(id))
		if err == nil && where != live {
			return nil, fmt.Errorf("no %s with the id %s is live. Correct the id, or restore the object first", d.kind.Title, id)
		}
		return body, err
	}
	for _, name := range d.kind.Keys {
		s := by[name]
		if s == "" {
			continue
		}
		all, err := d.tenant.named(ctx, d.kind, nil, d.kind.Attr(name), s)
		switch {
		case err != nil:
			return nil, err
		case len(all) == 1:
			return all[0], nil
		case len(all) == 0:
			return nil, fmt.Errorf("no live %s has the %s %q. Correct it, or look the object up by id", d.kind.Title, name, s)
		}
		var ids []string
		for _, b := range all {
			ids = append(ids, fmt.Sprintf("%s (created %s)", text(b["id"]), text(b["createdDateTime"])))
		}
		sort.Strings(ids)
		return nil, fmt.Errorf("%d %s have the %s %q: %s. Look it up by id", len(all), d.kind.Plural, name, s, strings.Join(ids, ", "))
	}
	return nil, &graph.Refused{Reason: "no key is set"}
}
