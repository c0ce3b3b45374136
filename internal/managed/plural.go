package managed

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The data source that finds several objects of a kind, by a filter of Graph's
// or by the start of their label. Finding none is an answer, not an error: a
// data source that fails stops the whole plan, a recovery included.

var _ datasource.DataSourceWithConfigure = (*several)(nil)

// NewPluralDataSource returns the data source that finds several objects of a kind.
func NewPluralDataSource(k *kind.Kind) func() datasource.DataSource {
	left := ""
	if slices.ContainsFunc(k.Attrs, func(a kind.Attr) bool { return a.Open() || a.Channel == kind.Link }) {
		left = " What links an object to others, such as members, is in the singular data source."
	}
	return func() datasource.DataSource { return &several{found{kind: listed(k)}, left} }
}

// listed is the kind as a listing shows it: without relations and others of which
// each object would cost a request, without the link that no advanced query expands,
// and without instructions to the provider.
func listed(k *kind.Kind) *kind.Kind {
	out := *k
	out.Attrs = nil
	for _, a := range k.Attrs {
		if !a.Open() && a.Channel != kind.Local && a.Channel != kind.Input && a.Channel != kind.Logged && a.Channel != kind.Link {
			out.Attrs = append(out.Attrs, a)
		}
	}
	return &out
}

// several differs from found in what it reads alone.
type several struct {
	found
	left string // for docs: what a listing leaves out
}

func (d *several) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = d.kind.PluralTypeName()
}

// The names of the attributes that follow from the label.
func (d *several) prefixName() string { return d.kind.Label + "_prefix" }
func (d *several) labelsName() string { return kind.PluralOf(d.kind.Label) }

func (d *several) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	k := d.kind
	list := func(doc string) dschema.ListAttribute {
		return dschema.ListAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: doc}
	}
	text := func(doc string) dschema.StringAttribute {
		return dschema.StringAttribute{Optional: true, MarkdownDescription: doc}
	}
	attrs := map[string]dschema.Attribute{
		"ids": list("Object ids, in the order of `objects`."),
		"objects": dschema.ListNestedAttribute{Computed: true, NestedObject: dschema.NestedAttributeObject{Attributes: dataAttributes(k.Attrs)},
			MarkdownDescription: "The " + k.Plural + ", sorted by name and id. For a map by id: `{ for o in data." + k.PluralTypeName() + ".NAME.objects : o.id => o }`."},
	}
	narrow := "Without `filter` every one is found."
	if k.Label != "" {
		attrs[d.labelsName()] = list("The `" + k.Label + "` of each, in the order of `objects`.")
		attrs[d.prefixName()] = text("Finds those whose `" + k.Label + "` begins with this text, whatever the case.")
		narrow = "Without `" + d.prefixName() + "` every one is found."
	}
	if !k.Life.NoFilter {
		attrs["filter"] = text(d.filterDoc())
		if k.Label != "" {
			narrow = "With `filter` and `" + d.prefixName() + "` both must hold; without either every one is found."
		}
	}
	for _, name := range k.Life.Placeholders() {
		attrs[name] = dschema.StringAttribute{Required: true, MarkdownDescription: k.Attr(name).Doc}
	}
	resp.Schema = dschema.Schema{
		MarkdownDescription: "All " + k.Plural + " that a filter fits, none included: an empty result is an empty list. " + narrow +
			" Objects in a recycle bin are not found." + d.left + permissions(&kind.Kind{Read: k.Read}),
		Attributes: attrs,
	}
}

// filterHelp explains Graph's filters.
const filterHelp = "https://learn.microsoft.com/graph/filter-query-parameter"

func (d *several) filterDoc() string {
	s := "Filter in the language of Microsoft Graph, as in its [`$filter`](" + filterHelp + "), with Graph's names of properties."
	if d.kind.FilterDoc != "" {
		return s + " " + d.kind.FilterDoc
	}
	return s + " Operators that Graph takes in an advanced query alone, such as `ne`, `not` and `endsWith`, are sent as one; its answer may lack what was written a moment ago."
}

// query is what a configuration asks for.
type query struct {
	within kind.Values // what stands in the path
	filter string
	prefix string
}

// Read lists what the configuration asks for.
func (d *several) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	fields, err := wire.Fields(req.Config.Raw)
	if err != nil {
		resp.Diagnostics.AddError("Configuration cannot be read", err.Error())
		return
	}
	said := func(name string) string {
		var s string
		if v, ok := fields[name]; ok && v.IsKnown() && !v.IsNull() {
			_ = v.As(&s) // the schema says that it is a string
		}
		return s
	}
	q := query{within: kind.Values{}, filter: said("filter"), prefix: said(d.prefixName())}
	for _, name := range d.kind.Life.Placeholders() {
		q.within[name] = said(name)
	}
	summary := "Could not list " + d.kind.Plural
	if _, err := d.tenant.check(ctx, ""); err != nil {
		resp.Diagnostics.AddError(summary, err.Error())
		return
	}
	all, err := d.list(ctx, q)
	if graph.IsNotFound(err) && len(q.within) > 0 {
		resp.Diagnostics.AddWarning("No "+d.kind.Plural+" were found", "What they belong to is not there, so the list is empty. "+err.Error())
		all, err = nil, nil
	}
	if err != nil {
		resp.Diagnostics.AddError(summary+q.String(), d.explain(q, err))
		return
	}
	if resp.State.Raw, err = d.state(fields, all); err != nil {
		resp.Diagnostics.AddError(summary, err.Error())
	}
}

func (q query) String() string {
	if q.filter == "" {
		return ""
	}
	return fmt.Sprintf(" with the filter %q", q.filter)
}

func (d *several) explain(q query, err error) string {
	s := explain(d.kind, false, err)
	if q.filter == "" || !graph.IsBadRequest(err) {
		return s
	}
	s += " Correct the filter; " + filterHelp + " explains the language."
	if d.kind.FilterDoc != "" {
		s += " " + d.kind.FilterDoc
	}
	return s
}

// list returns the objects by id. A collection that is one cheap request, and
// of which nothing was written since, is asked for once in a process.
func (d *several) list(ctx context.Context, q query) (map[string]kind.Body, error) {
	k, t := d.kind, d.tenant
	out := map[string]kind.Body{}
	keep := func(b kind.Body) error {
		if label := k.Attr(k.Label); label == nil || hasPrefixFold(label.Shown(b[label.Property]), q.prefix) {
			out[strings.ToLower(text(b["id"]))] = b
		}
		return nil
	}
	if k.Life.OnePage && q.filter == "" && len(q.within) == 0 && !t.wroteAny() {
		all, err := t.list(ctx, k, k.Life.ReadFrom, k.Life.Path)
		for _, b := range all {
			_ = keep(b) // never fails
		}
		return out, err
	}
	r := graph.Request{Version: graph.Version(k.Life.ReadFrom), Path: k.Life.Expand(q.within), Query: map[string]string{}}
	directory := !k.Life.OnePage && len(q.within) == 0
	if directory {
		r.Query["$top"] = "999"
	}
	maps.Copy(r.Query, selected(k))
	if filter := d.filter(q, directory); filter != "" {
		r.Query["$filter"] = filter
	}
	err := t.client.ListRequest(ctx, r, keep)
	if directory && needsAdvanced(err) {
		clear(out)
		r.Header, r.Query["$count"] = map[string]string{"ConsistencyLevel": "eventual"}, "true"
		err = t.client.ListRequest(ctx, r, keep)
	}
	return out, err
}

// filter is the filter to send: of the prefix, too, where that can shorten a
// long listing.
func (d *several) filter(q query, directory bool) string {
	if q.prefix == "" || !directory || d.kind.Life.NoFilter {
		return q.filter
	}
	starts := "startsWith(" + d.kind.Attr(d.kind.Label).Property + "," + quoted(q.prefix) + ")"
	if q.filter == "" {
		return starts
	}
	return "(" + q.filter + ") and " + starts
}

func hasPrefixFold(s, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(s), strings.ToLower(prefix))
}

// needsAdvanced tells whether Graph refused a query that it may take as an
// advanced one. Only then is one made: it is answered from an index that lags.
// https://learn.microsoft.com/graph/aad-advanced-queries
func needsAdvanced(err error) bool {
	var e *graph.Error
	return errors.As(err, &e) && e.Status == 400 && e.Code == "Request_UnsupportedQuery"
}

// state returns the data source's state: the configuration, and what was found.
func (d *several) state(config map[string]tftypes.Value, all map[string]kind.Body) (tftypes.Value, error) {
	var found []kind.Values
	for _, b := range all {
		v, _ := d.kind.Decode(b)
		v["id"] = d.kind.Life.ID(text(b["id"])) // where it stands in the path, the body says it all the same
		for name, within := range config {      // not in the body, and the same for all
			if a := d.kind.Attr(name); a != nil && within.Type().Is(tftypes.String) {
				var s string
				_ = within.As(&s)
				v[name] = s
			}
		}
		found = append(found, v)
	}
	sort.Slice(found, func(i, j int) bool {
		if a, b := text(found[i][d.kind.Label]), text(found[j][d.kind.Label]); a != b {
			return a < b
		}
		return text(found[i]["id"]) < text(found[j]["id"])
	})
	object := wire.Type(d.kind)
	ids, labels, objects := []tftypes.Value{}, []tftypes.Value{}, []tftypes.Value{}
	for _, v := range found {
		value, err := wire.State(d.kind, v, tftypes.NewValue(object, nil))
		if err != nil {
			return tftypes.Value{}, err
		}
		ids = append(ids, tftypes.NewValue(tftypes.String, text(v["id"])))
		labels = append(labels, tftypes.NewValue(tftypes.String, text(v[d.kind.Label])))
		objects = append(objects, value)
	}
	fields, attrTypes := map[string]tftypes.Value{}, map[string]tftypes.Type{}
	for name, value := range config {
		fields[name] = value
	}
	texts := tftypes.List{ElementType: tftypes.String}
	fields["ids"] = tftypes.NewValue(texts, ids)
	fields["objects"] = tftypes.NewValue(tftypes.List{ElementType: object}, objects)
	if d.kind.Label != "" {
		fields[d.labelsName()] = tftypes.NewValue(texts, labels)
	}
	for name, value := range fields {
		attrTypes[name] = value.Type()
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: attrTypes}, fields), nil
}
