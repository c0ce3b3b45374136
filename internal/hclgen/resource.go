package hclgen

import (
	"fmt"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/hcl/v2/hclwrite"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// width is how long a list may be on one line.
const width = 80

func (g *generator) resource(b *strings.Builder, o *Object) {
	g.current = o
	fmt.Fprintf(b, "resource %s %s {\n", quote(o.Kind.TypeName()), quote(o.Name))
	g.attributes(b, o.Kind.Attrs, o.Load(), true)
	for _, note := range o.Notes {
		b.WriteString("# " + strings.ReplaceAll(note, "\n", " ") + "\n")
	}
	if o.Kind.Life.Referred {
		b.WriteString("\n  lifecycle {\n    create_before_destroy = true\n  }\n")
	}
	b.WriteString("}\n")
}

// attributes writes values in the table's order; spaced sets the nested ones
// off by a blank line.
func (g *generator) attributes(b *strings.Builder, attrs []kind.Attr, v kind.Values, spaced bool) {
	wrote := false
	for i := range attrs {
		a := &attrs[i]
		value, set := v[a.Name]
		if !set && a.Mode == kind.Required && a.Plural() { // empty, and it must be said
			value = []string{}
			if a.Shape == kind.ObjectMap {
				value = map[string]kind.Values{}
			}
			set = true
		}
		if !set || a.Mode == kind.Computed {
			continue
		}
		text := g.value(a, value)
		if spaced && wrote && nested(value) {
			b.WriteString("\n")
		}
		b.WriteString(a.Name + " = " + text)
		if note := g.current.Said[a.Name]; spaced && note != "" {
			b.WriteString(" # " + strings.ReplaceAll(note, "\n", " "))
		}
		b.WriteString("\n")
		wrote = true
	}
}

func nested(value any) bool {
	switch v := value.(type) {
	case kind.Values:
		return true
	case []kind.Values:
		return len(v) > 0
	case map[string]kind.Values:
		return len(v) > 0
	}
	return false
}

// value returns the HCL of one value.
func (g *generator) value(a *kind.Attr, value any) string {
	switch v := value.(type) {
	case string:
		if a.Codec != nil && a.Codec.JSON {
			return document(v)
		}
		return g.text(a, v)
	case bool, int64:
		return fmt.Sprint(v)
	case []string:
		return g.set(a, v)
	case kind.Values:
		return g.block(a, v)
	case []kind.Values:
		if len(v) == 0 {
			return "[]"
		}
		var items []string
		for _, item := range v {
			items = append(items, g.block(a, item))
		}
		sort.Strings(items)
		return "[\n" + strings.Join(items, ",\n") + ",\n]"
	case map[string]kind.Values:
		if len(v) == 0 {
			return "{}"
		}
		var keys []string
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		var b strings.Builder
		b.WriteString("{\n")
		for _, k := range keys {
			b.WriteString(quote(k) + " = " + g.block(a, v[k]) + "\n")
		}
		return b.String() + "}"
	}
	panic(fmt.Sprintf("hclgen: a %T is no value of a kind", value))
}

// document writes a JSON document as HCL would say it; as a text where jsonencode
// would not make the same of it.
func document(s string) string {
	t, err := ctyjson.ImpliedType([]byte(s))
	if err != nil {
		return quote(s)
	}
	v, err := ctyjson.Unmarshal([]byte(s), t)
	if err != nil {
		return quote(s)
	}
	again, err := ctyjson.Marshal(v, t)
	if err != nil || kind.Document.Canon(string(again)) != kind.Document.Canon(s) {
		return quote(s)
	}
	return "jsonencode(" + string(hclwrite.TokensForValue(v).Bytes()) + ")"
}

func (g *generator) block(a *kind.Attr, v kind.Values) string {
	if len(v) == 0 {
		return "{}"
	}
	var b strings.Builder
	b.WriteString("{\n")
	g.attributes(&b, a.Attrs, v, false)
	return b.String() + "}"
}

// set writes words first, then references, each in the order a reader sees.
func (g *generator) set(a *kind.Attr, v []string) string {
	var items []string
	for _, s := range v {
		items = append(items, g.text(a, s))
	}
	sort.SliceStable(items, func(i, j int) bool {
		wi, wj := strings.HasPrefix(items[i], `"`), strings.HasPrefix(items[j], `"`)
		if wi != wj {
			return wi
		}
		return items[i] < items[j]
	})
	line := "[" + strings.Join(items, ", ") + "]"
	if len(items) < 2 || len(a.Name)+len(line) <= width {
		return line
	}
	return "[\n" + strings.Join(items, ",\n") + ",\n]"
}

// text writes a string: a reference, a text with references in it, or itself.
func (g *generator) text(a *kind.Attr, s string) string {
	if a.Ref != nil && a.Ref.IsID(s) {
		if expr := g.reference(a.Ref, s); expr != "" {
			return expr
		}
	}
	var cuts []cut
	for _, e := range a.Embeds {
		for _, pos := range e.Find(s) {
			if expr := g.reference(e.Ref, s[pos[0]:pos[1]]); expr != "" {
				cuts = append(cuts, cut{pos[0], pos[1], expr})
			}
		}
	}
	if len(cuts) == 0 {
		return quote(s)
	}
	sort.Slice(cuts, func(i, j int) bool { return cuts[i].from < cuts[j].from })
	var b strings.Builder
	at := 0
	for _, c := range cuts {
		head := quote(s[at:c.from])
		b.WriteString(head[1:len(head)-1] + "${" + c.expr + "}")
		at = c.to
	}
	tail := quote(s[at:])
	return `"` + b.String() + tail[1:len(tail)-1] + `"`
}

// cut is a part of a text that becomes an expression.
type cut struct {
	from, to int
	expr     string
}

// reference returns the expression for an id, "" when nothing is known of it.
func (g *generator) reference(ref *kind.Ref, id string) string {
	k := key(ref.Space, id)
	if o := g.object(g.current, ref, id); o != nil && !g.isCut(g.current, o) {
		return o.Address() + "." + ref.Space.Attribute()
	}
	if e := g.external[k]; e != nil {
		g.used[e] = true
		return "local." + e.Local + "[" + quote(e.Key) + "]"
	}
	return ""
}

func names(ref *kind.Ref, name string) bool {
	for _, k := range ref.Kinds {
		if k == name {
			return true
		}
	}
	return false
}
