package managed

import (
	"fmt"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// resourceSchema derives the schema of a resource from its kind. Plan
// modifiers and defaults are not in it: wire.Plan does all planning.
func resourceSchema(k *kind.Kind) rschema.Schema {
	attrs := resourceAttributes(k.Attrs)
	if a := k.Attr(deletionProtection); a != nil {
		otherwise := "Left out it is `false`."
		switch {
		case k.Guarded():
			otherwise = "Left out it is `true`: no recycle bin keeps a deleted " + k.Title + "."
		case k.Life.Bin != "":
			otherwise = "Left out it is `false`: the recycle bin keeps a deleted " + k.Title + "."
		}
		attrs[a.Name] = rschema.BoolAttribute{Optional: true, MarkdownDescription: a.Doc + " " + otherwise}
	}
	if a := k.Attr(onHardDelete); a != nil {
		attrs[a.Name] = rschema.StringAttribute{Optional: true, MarkdownDescription: describe(a) + " A new id breaks " + k.NewIDBreaks + "."}
	}
	return rschema.Schema{MarkdownDescription: k.Doc + permissions(k), Attributes: attrs}
}

func permissions(k *kind.Kind) string {
	s := "\n\nApplication permissions: " + codes(k.Read) + " to read"
	if len(k.Write) > 0 {
		s += ", " + codes(k.Write) + " to write"
	}
	return s + "."
}

func codes(words []string) string {
	return "`" + strings.Join(words, "`, `") + "`"
}

func resourceAttributes(attrs []kind.Attr) map[string]rschema.Attribute {
	out := make(map[string]rschema.Attribute, len(attrs))
	for i := range attrs {
		out[attrs[i].Name] = resourceAttribute(&attrs[i])
	}
	return out
}

func resourceAttribute(a *kind.Attr) rschema.Attribute {
	required := a.Mode == kind.Required
	computed := a.Mode == kind.Computed || a.Mode == kind.Default || a.Mode == kind.Server || a.Open() || a.HoldsOpen()
	optional := !required && a.Mode != kind.Computed
	doc := describe(a)
	if a.Maker {
		doc += " Microsoft Graph adds the person who is signed in when the object is made; the apply removes that person again where the code owns the set and does not list them."
	}
	switch a.Shape {
	case kind.Bool:
		return rschema.BoolAttribute{Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	case kind.Int:
		return rschema.Int64Attribute{Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	case kind.StringSet, kind.Flags:
		return rschema.SetAttribute{ElementType: types.StringType, Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	case kind.Object, kind.Variant:
		return rschema.SingleNestedAttribute{Attributes: resourceAttributes(a.Attrs), Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	case kind.ObjectSet:
		return rschema.SetNestedAttribute{NestedObject: rschema.NestedAttributeObject{Attributes: resourceAttributes(a.Attrs)}, Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	case kind.ObjectMap:
		return rschema.MapNestedAttribute{NestedObject: rschema.NestedAttributeObject{Attributes: resourceAttributes(a.Attrs)}, Required: required, Optional: optional, Computed: computed, MarkdownDescription: doc}
	}
	return rschema.StringAttribute{Required: required, Optional: optional, Computed: computed, Sensitive: a.Output != nil && a.Output.Word != "", MarkdownDescription: doc}
}

// dataSchema derives the schema of a data source: every attribute computed,
// and the keys by which one object is found optional.
func dataSchema(k *kind.Kind) dschema.Schema {
	attrs := dataAttributes(k.Attrs)
	for i := range k.Attrs {
		a := &k.Attrs[i]
		if a.Name == "id" || slices.Contains(k.Keys, a.Name) {
			attrs[a.Name] = dschema.StringAttribute{Optional: true, Computed: true, MarkdownDescription: describe(a)}
		}
	}
	return dschema.Schema{
		MarkdownDescription: k.Doc + "\n\nSet one of " + codes(lookupKeys(k)) + ". With `id` and another one the object is found by `id`, and a warning says when the other no longer fits: names are not identities." + permissions(&kind.Kind{Read: k.Read}),
		Attributes:          attrs,
	}
}

func lookupKeys(k *kind.Kind) []string { return append([]string{"id"}, k.Keys...) }

func dataAttributes(attrs []kind.Attr) map[string]dschema.Attribute {
	out := make(map[string]dschema.Attribute, len(attrs))
	for i := range attrs {
		a := &attrs[i]
		if a.Channel != kind.Local && a.Channel != kind.Stream && a.Channel != kind.Logged {
			out[a.Name] = dataAttribute(a)
		}
	}
	return out
}

func dataAttribute(a *kind.Attr) dschema.Attribute {
	doc := describe(a)
	switch a.Shape {
	case kind.Bool:
		return dschema.BoolAttribute{Computed: true, MarkdownDescription: doc}
	case kind.Int:
		return dschema.Int64Attribute{Computed: true, MarkdownDescription: doc}
	case kind.StringSet, kind.Flags:
		return dschema.SetAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: doc}
	case kind.Object, kind.Variant:
		return dschema.SingleNestedAttribute{Attributes: dataAttributes(a.Attrs), Computed: true, MarkdownDescription: doc}
	case kind.ObjectSet:
		return dschema.SetNestedAttribute{NestedObject: dschema.NestedAttributeObject{Attributes: dataAttributes(a.Attrs)}, Computed: true, MarkdownDescription: doc}
	case kind.ObjectMap:
		return dschema.MapNestedAttribute{NestedObject: dschema.NestedAttributeObject{Attributes: dataAttributes(a.Attrs)}, Computed: true, MarkdownDescription: doc}
	}
	return dschema.StringAttribute{Computed: true, MarkdownDescription: doc}
}

func identitySchema(k *kind.Kind) identityschema.Schema {
	attrs := map[string]identityschema.Attribute{}
	for _, name := range k.Identity() {
		attrs[name] = identityschema.StringAttribute{RequiredForImport: true, Description: k.Attr(name).Doc}
	}
	return identityschema.Schema{Attributes: attrs}
}

// describe adds to an attribute's doc what follows from the table.
func describe(a *kind.Attr) string {
	s := a.Doc
	if len(a.Enum) > 0 {
		s += " One of " + codes(a.Enum) + "."
		if a.Shape == kind.StringSet || a.Shape == kind.Flags {
			s = a.Doc + " Any of " + codes(a.Enum) + "."
		}
	}
	if a.Mode == kind.Default {
		s += fmt.Sprintf(" Default: `%v`.", a.Default)
	}
	s += limits(a)
	if a.Made != "" {
		s += " Nobody can create or delete such an object: import it. " + a.Made
	}
	if a.Fixed && a.Channel != kind.Local {
		s += " Fixed at creation."
	}
	if a.Beta {
		s += " Known to the beta version of Microsoft Graph only."
	}
	return s
}
