package catalog

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The witness: the tables against Microsoft's own description of types, read
// from beside the repository. What a table has must stand there; what stands
// there must be in the table, or in omissions with the reason.

type csdlProperty struct {
	Name string `xml:"Name,attr"`
	Type string `xml:"Type,attr"`
}

type csdlType struct {
	Name       string         `xml:"Name,attr"`
	Base       string         `xml:"BaseType,attr"`
	Properties []csdlProperty `xml:"Property"`
	Navigation []csdlProperty `xml:"NavigationProperty"`
	Members    []csdlProperty `xml:"Member"`
}

// witness is one version of the description.
type witness struct {
	types, enums map[string]csdlType
	derived      map[string][]string
}

// openWitness reads a version; nil where it is not there.
func openWitness(t *testing.T, version string) *witness {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "graph-metadata", version+".csdl.xml"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Schemas []struct {
			Namespace string     `xml:"Namespace,attr"`
			Entities  []csdlType `xml:"EntityType"`
			Complexes []csdlType `xml:"ComplexType"`
			Enums     []csdlType `xml:"EnumType"`
		} `xml:"DataServices>Schema"`
	}
	if err := xml.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	w := &witness{map[string]csdlType{}, map[string]csdlType{}, map[string][]string{}}
	for _, s := range doc.Schemas {
		if s.Namespace != "microsoft.graph" {
			continue
		}
		for _, x := range slices.Concat(s.Entities, s.Complexes) {
			w.types[x.Name] = x
			w.derived[short(x.Base)] = append(w.derived[short(x.Base)], x.Name)
		}
		for _, x := range s.Enums {
			w.enums[x.Name] = x
		}
	}
	if len(w.types) < 1000 {
		t.Fatalf("the metadata has only %d types", len(w.types))
	}
	return w
}

// short is a type's name without namespace and collection.
func short(name string) string {
	name = strings.TrimSuffix(strings.TrimPrefix(name, "Collection("), ")")
	return strings.TrimPrefix(strings.TrimPrefix(name, "microsoft."), "graph.")
}

// properties returns the type of each property and navigation property of a
// type, those of its base types and, for a nested object, derived types included.
func (w *witness) properties(name string, derived bool) map[string]string {
	all := map[string]string{}
	if name == "" {
		return all
	}
	for base := name; base != ""; base = short(w.types[base].Base) {
		for _, p := range slices.Concat(w.types[base].Properties, w.types[base].Navigation) {
			all[p.Name] = short(p.Type)
		}
	}
	if derived {
		for _, d := range w.derived[name] {
			for p, typ := range w.properties(d, true) {
				all[p] = typ
			}
		}
	}
	return all
}

// walk calls missing for every property of a type that attrs lack, and extra for
// every attribute whose property the type lacks.
func (w *witness) walk(attrs []kind.Attr, typ, path string, missing func(path string), extra func(path string, a *kind.Attr)) {
	// Of an object's own type the derived ones count where the table has subtypes.
	all := w.properties(typ, path != "" || slices.ContainsFunc(attrs, func(a kind.Attr) bool { return a.Shape == kind.Variant }))
	known := map[string]bool{}
	for i := range attrs {
		a := &attrs[i]
		if a.Channel == kind.Local || a.Channel == kind.Logged || a.Shape == kind.Variant {
			continue
		}
		if a.Channel == kind.InPath && a.Property == "" {
			known[a.Name] = true // an id that stands in the path alone
			continue
		}
		known[a.Property] = true
		inner, there := all[a.Property]
		if !there {
			extra(path+a.Property, a)
			continue
		}
		if _, described := w.types[inner]; described && len(a.Attrs) > 0 {
			nested := a.Attrs
			if a.Shape == kind.ObjectMap {
				nested = append(slices.Clone(nested), kind.Text(a.Key, kind.Required, "the key").As(a.Key))
			}
			w.walk(nested, inner, path+a.Property+".", missing, extra)
		}
	}
	for p := range all {
		if !known[p] {
			missing(path + p)
		}
	}
}

// subject is a kind with its attributes in one list, subtypes included, and the
// type that has their properties.
func subject(k *kind.Kind) []kind.Attr {
	attrs := slices.Clone(k.Attrs)
	for _, v := range k.Variants() {
		attrs = append(attrs, v.Attrs...)
	}
	return attrs
}

// TestNothingIsForgotten: every property of Microsoft's v1.0 metadata is in the
// table, or in omissions with the reason; and nothing is in both.
func TestNothingIsForgotten(t *testing.T) {
	t.Parallel()
	w := openWitness(t, "v1.0")
	if w == nil {
		t.Skip("Microsoft's v1.0 metadata is not here: no ../shared/graph-metadata/v1.0.csdl.xml beside the repository")
	}
	for _, k := range All() {
		if !k.Managed() || k.Life.Form == kind.Edge {
			continue // an edge has two ends and no properties
		}
		why := map[string]Omission{}
		for _, o := range Omissions(k.Name) {
			why[o.Property] = o
		}
		lacks := map[string]bool{}
		w.walk(subject(k), k.Type, "", func(path string) {
			lacks[path] = true
			if _, told := why[path]; !told {
				t.Errorf("%s: %s is in Microsoft's metadata, not in the table, and not in omissions: {%q, …, \"…\"},", k.Name, path, path)
			}
		}, func(string, *kind.Attr) {})
		for path, o := range why {
			if !lacks[path] {
				t.Errorf("%s: omissions has %s, which is in the table, or not in the metadata", k.Name, path)
			}
			if !slices.Contains(reasons, o.Reason) || len(strings.Fields(o.Sentence)) < 4 || !strings.HasSuffix(o.Sentence, ".") {
				t.Errorf("%s: %s needs a reason of the list and a sentence, not %q %q", k.Name, path, o.Reason, o.Sentence)
			}
		}
	}
	for name := range omissions {
		if k := ByName(name); k == nil || !k.Managed() {
			t.Errorf("omissions has %s, which is no managed kind", name)
		}
	}
}

// TestTablesStandInTheMetadata: what is not marked InBeta is in v1.0, and what is
// marked is not there but in beta.
func TestTablesStandInTheMetadata(t *testing.T) {
	t.Parallel()
	v1, beta := openWitness(t, "v1.0"), openWitness(t, "beta")
	if v1 == nil {
		t.Skip("Microsoft's v1.0 metadata is not here: no ../shared/graph-metadata/v1.0.csdl.xml beside the repository")
	}
	if beta == nil {
		t.Log("Microsoft's beta metadata is not here: whether beta knows what is marked InBeta is not checked")
	}
	for _, k := range All() {
		if k.Life.Form == kind.Edge {
			continue
		}
		marked := map[string]bool{}
		betaPaths(subject(k), "", false, marked)
		v1.walk(subject(k), k.Type, "", func(string) {}, func(path string, a *kind.Attr) {
			if !marked[path] && len(k.Variants()) == 0 {
				t.Errorf("%s: %s is not marked InBeta, and not in the v1.0 metadata", k.Name, path)
			}
			delete(marked, path)
			for nested := range marked {
				if strings.HasPrefix(nested, path+".") {
					delete(marked, nested)
				}
			}
		})
		for path := range marked {
			t.Errorf("%s: %s is marked InBeta, and in the v1.0 metadata", k.Name, path)
		}
		if beta != nil {
			beta.walk(subject(k), k.Type, "", func(string) {}, func(path string, _ *kind.Attr) {
				t.Errorf("%s: %s is in no version of the metadata", k.Name, path)
			})
		}
		if !k.Managed() {
			continue
		}
		for _, said := range strange(v1, subject(k), k.Type, k.Name) {
			t.Error(said)
		}
	}
}

// betaPaths collects the paths of attributes that only beta knows.
func betaPaths(attrs []kind.Attr, path string, inside bool, out map[string]bool) {
	for i := range attrs {
		a := &attrs[i]
		if a.Shape == kind.Variant {
			continue
		}
		if inside || a.Beta {
			out[path+a.Property] = true
		}
		betaPaths(a.Attrs, path+a.Property+".", inside || a.Beta, out)
	}
}

// strange returns the members of enumerations that the metadata does not know.
func strange(w *witness, attrs []kind.Attr, typ, path string) []string {
	var out []string
	all := w.properties(typ, true)
	for i := range attrs {
		a := &attrs[i]
		if a.Channel == kind.Local || a.Channel == kind.Logged || a.Shape == kind.Variant {
			continue
		}
		out = append(out, strange(w, a.Attrs, all[a.Property], path+"."+a.Name)...)
		enum, is := w.enums[all[a.Property]]
		if !is || a.Mode == kind.Computed || a.Channel == kind.Action {
			continue // not for people to write, or combined to words that are no members
		}
		for _, member := range a.Enum {
			if !slices.ContainsFunc(enum.Members, func(m csdlProperty) bool { return m.Name == member }) {
				out = append(out, fmt.Sprintf("%s.%s: %s is no member of %s", path, a.Name, member, enum.Name))
			}
		}
		for _, m := range enum.Members {
			if m.Name != "unknownFutureValue" && !slices.Contains(narrower, path+"."+a.Name) && !slices.Contains(a.Enum, m.Name) && !slices.Contains(unsaid, enum.Name+"."+m.Name) {
				out = append(out, fmt.Sprintf("%s.%s: the docs do not say that it can be %s", path, a.Name, m.Name))
			}
		}
	}
	return out
}

// unsaid are members that mean nothing, and that the docs leave out.
var unsaid = []string{"conditionalAccessTransferMethods.none"}

// narrower are attributes that take fewer members than their type has.
var narrower = []string{"authentication_strength_combination_configuration.applies_to_combinations"}
