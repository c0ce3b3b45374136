// Package managed makes any kind of object a Terraform resource, and any a
// data source. There is one implementation for all kinds; what is special
// about a kind stands in its table.
//
// The contract, which no kind can change:
//
//   - Read never removes an address. An object in the recycle bin keeps its
//     state, with deleted_date_time set; one that is neither live nor in the
//     bin is lost, which private state remembers.
//   - The plan of a binned object sets deleted_date_time to null; that of a lost
//     one makes its id unknown, so that whatever refers to it is planned with it.
//   - Update restores the one, creates the other, and patches the rest.
//   - A new id is returned only where the plan left it unknown. An object that
//     is purged between plan and apply is an error, and the next plan creates it.
//   - A 403, an error on the recycle bin and a list that lags are not "lost".
//
// Only this package and package provider know the plugin framework.
package managed

import (
	"context"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var (
	_ resource.ResourceWithConfigure      = (*object)(nil)
	_ resource.ResourceWithIdentity       = (*object)(nil)
	_ resource.ResourceWithImportState    = (*object)(nil)
	_ resource.ResourceWithModifyPlan     = (*object)(nil)
	_ resource.ResourceWithValidateConfig = (*object)(nil)
)

// NewResource returns the resource of a kind.
func NewResource(k *kind.Kind) func() resource.Resource {
	return func() resource.Resource { return &object{kind: k} }
}

// object is the resource of one kind.
type object struct {
	kind   *kind.Kind
	tenant *Tenant
}

func (r *object) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.kind.TypeName()
	resp.ResourceBehavior.MutableIdentity = true // a lost object is created anew under its address
}

func (r *object) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(r.kind)
}

func (r *object) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identitySchema(r.kind)
}

func (r *object) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if req.ProviderData == nil {
		return
	}
	tenant, ok := req.ProviderData.(*Tenant)
	if !ok {
		resp.Diagnostics.AddError("Provider is not configured", fmt.Sprintf("%s was given a %T instead of a tenant. This is a fault of the provider; please report it.", r.kind.TypeName(), req.ProviderData))
		return
	}
	r.tenant = tenant
}

// ValidateConfig checks what the schema cannot say: exactly one subtype, and
// what an object must hold to be one. It binds what a user writes; whatever a
// tenant holds can be read.
func (r *object) ValidateConfig(_ context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	fields, err := wire.Fields(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Configuration cannot be read", err.Error())
		return
	}
	r.validate(r.kind.Attrs, fields, path.Empty(), &resp.Diagnostics)
	r.validateModes(fields, resp)
	r.validateOutputs(fields, &resp.Diagnostics)
	r.validateStreams(fields, &resp.Diagnostics)
	variants := r.kind.Variants()
	if len(variants) == 0 {
		return
	}
	var names []string
	set := 0
	for _, v := range variants {
		names = append(names, "`"+v.Name+"`")
		if !fields[v.Name].IsKnown() {
			return
		}
		if !fields[v.Name].IsNull() {
			set++
		}
	}
	if set != 1 {
		resp.Diagnostics.AddError("Invalid "+r.kind.Title, fmt.Sprintf("Exactly one of %s must be set; %d are.", strings.Join(names, " and "), set))
	}
}

// validate checks the objects among attrs, at every depth but below sets.
func (r *object) validate(attrs []kind.Attr, fields map[string]tftypes.Value, at path.Path, diags *diag.Diagnostics) {
	for i := range attrs {
		a := &attrs[i]
		if a.Shape != kind.Object && a.Shape != kind.Variant {
			continue
		}
		inner, err := wire.Fields(fields[a.Name])
		if err != nil || inner == nil {
			continue // null, unknown, or for the schema to refuse
		}
		here := at.AtName(a.Name)
		if len(a.AnyOf) > 0 && !anySet(a, inner) {
			diags.AddAttributeError(here, "Invalid "+r.kind.Title,
				fmt.Sprintf("%s must set one of %s at least. Microsoft Graph drops it otherwise; leave it out to have none.", here, strings.Join(a.AnyOf, ", ")))
		}
		r.validate(a.Attrs, inner, here, diags)
	}
}

// anySet tells whether an object holds one of the attributes that it needs, or
// may hold one once everything is known.
func anySet(a *kind.Attr, inner map[string]tftypes.Value) bool {
	for _, name := range a.AnyOf {
		v := inner[name]
		if !v.IsKnown() {
			return true
		}
		var items []tftypes.Value
		if !v.IsNull() && (!v.Type().Is(tftypes.Set{}) || v.As(&items) == nil && len(items) > 0) {
			return true
		}
	}
	return false
}

// ImportState takes "id", or "parent/child" for an edge. It asks nothing:
// Read, which follows at once, finds out whether the object is live, in the
// recycle bin or lost, and all three can be imported.
func (r *object) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	keys := r.kind.Identity()
	var parts []string
	id, unfinished := strings.CutSuffix(req.ID, kind.Unfinished)
	if id != "" {
		parts = strings.SplitN(id, "/", len(keys))
	} else if req.Identity != nil {
		for _, name := range keys {
			var s string
			resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), &s)...)
			parts = append(parts, s)
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}
	valid := len(parts) == len(keys)
	what := "each a GUID"
	for i, p := range parts {
		opaque := i == len(parts)-1 && r.kind.Life.Opaque
		valid = valid && p != "" && (opaque || kind.IsGUID(p))
		if opaque {
			what = "as Microsoft Graph spells the last"
		}
	}
	if !valid {
		resp.Diagnostics.AddError("Import id of a "+r.kind.Title+" is not valid",
			fmt.Sprintf("%q is not an import id of %s: it must be %s, %s. Nothing was imported.", req.ID, r.kind.TypeName(), strings.Join(keys, "/"), what))
		return
	}
	for i, name := range keys {
		parts[i] = r.kind.Life.ID(parts[i])
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), parts[i])...)
	}
	if r.kind.Life.Paired() {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), strings.Join(parts, "/"))...)
	}
	r.identify(ctx, resp.Identity, resp.State, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, markKey, mark{Imported: true, Adopted: true, Halfway: unfinished}.bytes())...)
}

// identify writes the identity that a state has.
func (r *object) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, state tfsdk.State, diags *diag.Diagnostics) {
	if identity == nil || state.Raw.IsNull() {
		return
	}
	fields, err := wire.Fields(state.Raw)
	if err != nil {
		diags.AddError("State cannot be read", err.Error())
		return
	}
	for _, name := range r.kind.Identity() {
		var s string
		if v := fields[name]; v.IsKnown() && !v.IsNull() && v.As(&s) == nil {
			diags.Append(identity.SetAttribute(ctx, path.Root(name), s)...)
		}
	}
}

// values reads a Terraform value into canonical form, with an error that
// cannot happen unless schema and table disagree.
func (r *object) values(v tftypes.Value, diags *diag.Diagnostics) kind.Values {
	out, err := wire.Values(r.kind, v)
	if err != nil {
		diags.AddError("Terraform's value cannot be read", err.Error())
	}
	return out
}

// name is what people call the object: its label, else its id.
func (r *object) name(v kind.Values) string {
	if s, ok := v[r.kind.Label].(string); ok && s != "" {
		return fmt.Sprintf("%s %q", r.kind.Title, s)
	}
	names := r.kind.Ends()
	if len(names) == 0 || !r.kind.Life.Link && !r.kind.Life.Paired() && r.kind.Life.OneFor == "" {
		names = r.kind.Identity()
	}
	var parts []string
	for _, name := range names {
		if s := text(v[name]); s != "" {
			parts = append(parts, s)
		}
	}
	return fmt.Sprintf("%s %s", r.kind.Title, strings.Join(parts, "/"))
}

// title is name with a capital, as diagnostics begin.
func (r *object) title(v kind.Values) string {
	s := r.name(v)
	return strings.ToUpper(s[:1]) + s[1:]
}

func text(v any) string {
	s, _ := v.(string)
	return s
}
