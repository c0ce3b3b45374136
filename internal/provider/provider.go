// Package provider is the Terraform provider: its block, its configuration and
// the list of resources and data sources, both made from the catalog.
package provider

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/managed"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Address is where registries have the provider.
const Address = "registry.terraform.io/entrarecovery/entra"

// New returns the provider. version is what `terraform version` shows.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &entra{version: version} }
}

type entra struct {
	version string
	tenant  *managed.Tenant // nil until it is configured
}

var _ provider.ProviderWithValidateConfig = (*entra)(nil)

// model is the provider block. Whatever it leaves out comes from the
// environment, in the order of [graph.Config.FromEnvironment].
type model struct {
	TenantID              types.String `tfsdk:"tenant_id"`
	ClientID              types.String `tfsdk:"client_id"`
	ClientSecret          types.String `tfsdk:"client_secret"`
	ClientCertificatePath types.String `tfsdk:"client_certificate_path"`
	Environment           types.String `tfsdk:"environment"`
	GraphEndpoint         types.String `tfsdk:"graph_endpoint"`
	UseCLI                types.Bool   `tfsdk:"use_cli"`
	UseOIDC               types.Bool   `tfsdk:"use_oidc"`
	UseMSI                types.Bool   `tfsdk:"use_msi"`
	UseInteractive        types.Bool   `tfsdk:"use_interactive"`
	UseDeviceCode         types.Bool   `tfsdk:"use_device_code"`
	DeadReferences        types.Set    `tfsdk:"dead_references"`
	MaxMemberRemovals     types.Int64  `tfsdk:"max_member_removals"`
	OnHardDelete          types.String `tfsdk:"on_hard_delete"`
	MaxDeletes            types.Int64  `tfsdk:"max_deletes"`
	AllowDestroy          types.Bool   `tfsdk:"allow_destroy"`
	Rollout               types.String `tfsdk:"conditional_access_rollout"`
	BreakGlass            types.Set    `tfsdk:"break_glass"`
	AllowSelfChange       types.Bool   `tfsdk:"allow_self_change"`
}

func (p *entra) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "entra", p.version
}

func (p *entra) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	text := func(doc string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
	flag := func(doc string) schema.BoolAttribute {
		return schema.BoolAttribute{Optional: true, MarkdownDescription: doc}
	}
	secret := text("Secret of the application that signs in. Better in the environment: `ARM_CLIENT_SECRET`.")
	secret.Sensitive = true
	resp.Schema = schema.Schema{
		MarkdownDescription: "Backs up Microsoft Entra ID as code, and brings it back with `apply`.",
		Attributes: map[string]schema.Attribute{
			"tenant_id":               text("Id of the tenant. Credentials of another tenant are refused. Environment: `ARM_TENANT_ID`, `AZURE_TENANT_ID`."),
			"client_id":               text("Client id of the application that signs in. Environment: `ARM_CLIENT_ID`, `AZURE_CLIENT_ID`."),
			"client_secret":           secret,
			"client_certificate_path": text("Path of the certificate of the application that signs in. Environment: `ARM_CLIENT_CERTIFICATE_PATH`."),
			"environment":             text("Cloud: `global`, `usgovernment`, `usgovernmentl5` or `china`. Environment: `ARM_ENVIRONMENT`."),
			"graph_endpoint":          text("Address of Microsoft Graph, where it is not the cloud's own. Environment: `ENTRA_GRAPH_ENDPOINT`."),
			"use_cli":                 flag("Whether to sign in as the Azure CLI does. Its token cannot write Conditional Access. Environment: `ARM_USE_CLI`."),
			"use_oidc":                flag("Whether to sign in with a federated token. Environment: `ARM_USE_OIDC`."),
			"use_msi":                 flag("Whether to sign in as the machine's managed identity. Environment: `ARM_USE_MSI`."),
			"use_interactive":         flag("Whether to sign in with a browser, with `client_id` of an application of your own."),
			"use_device_code":         flag("Whether to sign in with a device code, with `client_id` of an application of your own."),
			"on_hard_delete": text("What a plan does with an object that was deleted permanently and whose new id breaks what Terraform does not see, such as an application: " +
				"`refuse` makes it an error, `recreate` creates another. `refuse` unless said otherwise, here or in the resource; an export says `recreate`."),
			"dead_references": schema.SetAttribute{ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Ids that code refers to although they are known not to exist. Any other reference that does not resolve stops the write of a Conditional Access policy."},
			"max_deletes": schema.Int64Attribute{Optional: true,
				MarkdownDescription: "How many objects a plan may delete; replacements count, and so do links, such as a role assignment. One that would delete more is refused, with their names. `0` refuses every deletion, `-1` none. Default: `-1`. The guide *Recovery* says what Terraform hides from it."},
			"allow_destroy":              flag("Whether anything may be deleted. With `false` a plan that deletes is an error: for recovery runs, whose code may be older than the state. Environment: `ENTRA_ALLOW_DESTROY`. Default: `true`."),
			"conditional_access_rollout": text(rolloutDoc),
			"break_glass":                schema.SetAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: breakGlassDoc},
			"allow_self_change":          flag(selfDoc),
			"max_member_removals": schema.Int64Attribute{Optional: true,
				MarkdownDescription: "How many members, or owners, an apply may remove from one object. A plan or apply that would remove more is refused, with their names and with who added them. `0` refuses every removal, `-1` none. Default: `5`."},
		},
	}
}

// ValidateConfig refuses a word that the provider does not know: taken for
// another it would recreate what was to be refused.
func (p *entra) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if s := m.OnHardDelete.ValueString(); s != "" && s != managed.Recreate && s != managed.Refuse {
		resp.Diagnostics.AddAttributeError(path.Root("on_hard_delete"), "Invalid on_hard_delete", fmt.Sprintf("%q is not one of %s, %s.", s, managed.Refuse, managed.Recreate))
	}
	m.checkGuards(&resp.Diagnostics)
}

func (p *entra) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var m model
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	var dead []string
	if !m.DeadReferences.IsNull() && !m.DeadReferences.IsUnknown() {
		resp.Diagnostics.Append(m.DeadReferences.ElementsAs(ctx, &dead, false)...)
	}
	if !m.MaxMemberRemovals.IsNull() && m.MaxMemberRemovals.ValueInt64() < managed.NoLimit {
		resp.Diagnostics.AddAttributeError(path.Root("max_member_removals"), "Invalid max_member_removals",
			fmt.Sprintf("%d is no number of removals. Set a number that may be removed from one object at a time, or %d for no limit.", m.MaxMemberRemovals.ValueInt64(), managed.NoLimit))
	}
	if !m.MaxDeletes.IsNull() && m.MaxDeletes.ValueInt64() < managed.NoLimit {
		resp.Diagnostics.AddAttributeError(path.Root("max_deletes"), "Invalid max_deletes",
			fmt.Sprintf("%d is no number of deletions. Set a number that a plan may delete, or %d for no limit.", m.MaxDeletes.ValueInt64(), managed.NoLimit))
	}
	allowDestroy, err := m.allowDestroy(os.Getenv)
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("allow_destroy"), "Invalid ENTRA_ALLOW_DESTROY", err.Error())
	}
	m.checkGuards(&resp.Diagnostics) // what was not known before
	if resp.Diagnostics.HasError() {
		return
	}
	config := graph.Config{
		TenantID: m.TenantID.ValueString(), ClientID: m.ClientID.ValueString(), ClientSecret: m.ClientSecret.ValueString(),
		ClientCertificatePath: m.ClientCertificatePath.ValueString(), Environment: m.Environment.ValueString(),
		Endpoint: m.GraphEndpoint.ValueString(),
		UseCLI:   m.UseCLI.ValueBoolPointer(), UseOIDC: m.UseOIDC.ValueBoolPointer(), UseMSI: m.UseMSI.ValueBoolPointer(),
		UseInteractive: m.UseInteractive.ValueBoolPointer(), UseDeviceCode: m.UseDeviceCode.ValueBoolPointer(),
		UserAgent: "terraform-provider-entra/" + p.version + " Terraform/" + req.TerraformVersion,
		Prompt:    onTerminal,
		// An engine that is interrupted tells the provider, and waits: what was made meanwhile goes into the state.
		FinishWrites: true,
	}.FromEnvironment(os.Getenv)
	client, err := graph.New(ctx, config)
	if err != nil {
		resp.Diagnostics.AddError("Could not sign in to Microsoft Entra ID", err.Error())
		return
	}
	tenant := managed.NewTenant(client, m.TenantID.ValueString(), dead, catalog.All())
	if !m.MaxMemberRemovals.IsNull() && !m.MaxMemberRemovals.IsUnknown() {
		tenant.LimitRemovals(int(m.MaxMemberRemovals.ValueInt64()))
	}
	if !m.MaxDeletes.IsNull() && !m.MaxDeletes.IsUnknown() {
		tenant.LimitDeletes(int(m.MaxDeletes.ValueInt64()))
	}
	if !allowDestroy {
		tenant.ForbidDestroy()
	}
	tenant.Guard(m.guards(&resp.Diagnostics))
	tenant.RecreateLost(m.OnHardDelete.ValueString() == managed.Recreate)
	p.tenant, resp.ResourceData, resp.DataSourceData = tenant, tenant, tenant
}

// allowDestroy is allow_destroy of the provider block, else of the environment. A
// value that is not understood is an error: taken for true it would permit what
// was to be forbidden.
func (m model) allowDestroy(getenv func(string) string) (bool, error) {
	if !m.AllowDestroy.IsNull() && !m.AllowDestroy.IsUnknown() {
		return m.AllowDestroy.ValueBool(), nil
	}
	said := getenv("ENTRA_ALLOW_DESTROY")
	if said == "" {
		return true, nil
	}
	allow, err := strconv.ParseBool(said)
	if err != nil {
		return false, fmt.Errorf("ENTRA_ALLOW_DESTROY is %q, which is neither true nor false. Nothing was read or written", said)
	}
	return allow, nil
}

// Resources returns one resource for every kind that can be managed.
func (p *entra) Resources(context.Context) []func() resource.Resource {
	var out []func() resource.Resource
	for _, k := range catalog.All() {
		if k.Managed() {
			out = append(out, managed.NewResource(k))
		}
	}
	return out
}

// DataSources returns one data source for every kind of which single objects can
// be looked up, and one for every kind of which several can.
func (p *entra) DataSources(context.Context) []func() datasource.DataSource {
	var out []func() datasource.DataSource
	for _, k := range catalog.All() {
		if k.Findable() {
			out = append(out, managed.NewDataSource(k))
		}
		if k.Listable() {
			out = append(out, managed.NewPluralDataSource(k))
		}
	}
	return out
}
