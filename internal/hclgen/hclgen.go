// Package hclgen writes objects as Terraform code that a person would be glad
// to maintain: readable names, the table's order of attributes, references
// instead of ids, and nothing that is null, empty or default.
//
// What it writes is what `terraform fmt` would write, and never holds a cycle:
// an attribute that is part of one, and whose items can be resources, is left to
// one of these each, as a group's members to entra_group_member; any other cycle
// is cut at one reference, which then goes through a local, with a warning.
package hclgen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// Object is one object to write. Name is given by Generate.
type Object struct {
	Kind      *kind.Kind
	ID, AppID string      // as Graph has them, lower case; "" for an object of an archive that says none
	Label     string      // what people know it by
	Values    kind.Values // nil where they are kept on a shelf: see Load
	kept      place
	Notes     []string // comments at the end of the resource
	Name      string   // of the resource
	At        string   // its address, where that is more than the type and Name: in a module, with a key
	ImportID  string   // of its import block, where Values do not say it
	// Said are what ids stand for, by attribute: comments beside these.
	Said     map[string]string
	Critical bool // among the objects that matter most
	// Written says that code has the object already, under Name: others refer to
	// it, and it is not written again.
	Written bool
	to      []*Object // that its code refers to; of no use before sought is set
	sought  bool
}

// Import returns what its import block names the object by, "" for one that
// exists in no tenant yet.
func (o *Object) Import() string {
	if o.ImportID != "" || o.ID == "" {
		return o.ImportID
	}
	if o.Kind.Life.Paired() || !o.Kind.Life.Below() {
		return o.ID
	}
	v := maps.Clone(o.Load())
	v["id"] = o.ID
	return o.Kind.ImportID(v)
}

// Address is the object's address in the code.
func (o *Object) Address() string {
	if o.At != "" {
		return o.At
	}
	return o.Kind.TypeName() + "." + o.Name
}

// External is an object that code refers to and does not manage.
type External struct {
	Kind  string
	ID    string
	Label string // "" when nobody has such an object: the reference is dead
	Note  string
	Local string // name of the map in locals; given by Generate
	Key   string // key in that map; given by Generate
	// Written says that external.tf has it already, under Local and Key.
	Written bool
}

// Input is what Generate works on.
type Input struct {
	TenantID string
	Objects  []*Object
	External []*External
	// Breakers are the kinds that stand for one item of an attribute, see
	// kind.Kind.Breaks.
	Breakers []*kind.Kind
	// Taken are further addresses that code has.
	Taken []string
	// Suffix ends the names of files and of maps in locals, for what is added to
	// code that exists: "_2". The provider block is then not written.
	Suffix string
}

// Output says what was written, and what to tell about it.
type Output struct {
	Files    []string  // by name
	Objects  []*Object // the given ones and those made of cycles
	External []*External
	Warnings []string
}

// generator holds what a reference needs to be written.
type generator struct {
	objects  map[string][]*Object // by space and id: an application and its service principal share a client id
	external map[string]*External // by space and id
	cut      map[string]bool      // "from→to" written through a local, to break a cycle
	extra    []*External          // made for the cuts
	used     map[*External]bool
	current  *Object
}

// Generate writes the code into a folder. It names the objects and externals it is
// given, and takes off objects on a cycle what can stand alone.
func Generate(in Input, dir string) (*Output, error) {
	g := &generator{objects: map[string][]*Object{}, external: map[string]*External{}, cut: map[string]bool{}, used: map[*External]bool{}}
	var objects []*Object
	taken := map[string]bool{}
	for _, address := range in.Taken {
		taken[address] = true
	}
	for _, o := range in.Objects {
		if o.Written {
			taken[o.Address()] = true
		} else {
			objects = append(objects, o)
		}
	}
	for _, o := range in.Objects {
		if o.ID != "" {
			g.objects[key(kind.ObjectID, o.ID)] = append(g.objects[key(kind.ObjectID, o.ID)], o)
		}
		if o.AppID != "" {
			g.objects[key(kind.AppID, o.AppID)] = append(g.objects[key(kind.AppID, o.AppID)], o)
		}
	}
	for _, e := range in.External {
		g.external[key(spaceOf(e), e.ID)] = e
	}
	name(objects, taken, g.label)
	objects, warnings := g.acyclic(objects, in.Breakers, taken)
	external := append(append([]*External{}, in.External...), g.extra...)
	nameExternal(external, in.Suffix)
	out := &Output{Objects: objects, Warnings: warnings}
	write := func(name string, content func(io.Writer) error) error {
		out.Files = append(out.Files, name)
		return WriteFile(filepath.Join(dir, name), content)
	}
	byFile := map[string][]*Object{}
	for _, o := range objects {
		file := o.Kind.ManyName() + in.Suffix + ".tf"
		byFile[file] = append(byFile[file], o)
	}
	for _, file := range slices.Sorted(maps.Keys(byFile)) {
		if err := write(file, func(w io.Writer) error { return g.resources(w, byFile[file]) }); err != nil {
			return nil, err
		}
	}
	for _, e := range external {
		if g.used[e] && !e.Written {
			out.External = append(out.External, e)
		}
	}
	if in.Suffix == "" {
		if err := write("provider.tf", whole(providerFile(in.TenantID, out.External))); err != nil {
			return nil, err
		}
	}
	if len(out.External) > 0 {
		if err := write("external"+in.Suffix+".tf", whole(externalFile(out.External))); err != nil {
			return nil, err
		}
	}
	err := write("imports.tf", func(w io.Writer) error { return writeImports(w, objects) })
	slices.Sort(out.Files)
	return out, err
}

// resources writes the objects of one file, one after the other: there may be very many.
func (g *generator) resources(w io.Writer, list []*Object) error {
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	for i, o := range list {
		var b strings.Builder
		if i > 0 {
			b.WriteString("\n")
		}
		g.resource(&b, o)
		if _, err := w.Write(hclwrite.Format([]byte(b.String()))); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile makes a file of what content writes.
func WriteFile(path string, content func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return fmt.Errorf("could not write %s: %w", filepath.Base(path), err)
	}
	w := bufio.NewWriter(f)
	err = content(w)
	if err == nil {
		err = w.Flush()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("could not write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func whole(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

// object returns the object that from refers to, of the kind most likely first; nil
// when there is none but itself.
func (g *generator) object(from *Object, ref *kind.Ref, id string) *Object {
	all := g.objects[key(ref.Space, id)]
	for _, name := range ref.Kinds {
		for _, o := range all {
			if o != from && o.Kind.Name == name {
				return o
			}
		}
	}
	return nil
}

func key(s kind.Space, id string) string { return fmt.Sprint(int(s), " ", strings.ToLower(id)) }

// AppKind is the kind of an external that is referred to by client id.
const AppKind = "application"

func spaceOf(e *External) kind.Space {
	if e.Kind == AppKind {
		return kind.AppID
	}
	return kind.ObjectID
}

// ImportsFile is what writeImports writes.
func ImportsFile(objects []*Object) []byte {
	var b bytes.Buffer
	_ = writeImports(&b, objects) // a buffer takes everything
	return b.Bytes()
}

// writeImports writes one import block for each object that has an id. One
// without exists in no tenant yet, and an apply creates it.
func writeImports(w io.Writer, objects []*Object) error {
	var sorted []*Object
	for _, o := range objects {
		if o.Import() != "" {
			sorted = append(sorted, o)
		}
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Address() < sorted[j].Address() })
	for i, o := range sorted {
		block := fmt.Sprintf("import {\n  to = %s\n  id = %s\n}\n", o.Address(), quote(o.Import()))
		if i > 0 {
			block = "\n" + block
		}
		if _, err := w.Write(hclwrite.Format([]byte(block))); err != nil {
			return err
		}
	}
	return nil
}

// hardDelete lets one plain apply bring back the whole tenant.
const hardDelete = `  # An application that was deleted permanently is created anew, with a new client id. That
  # breaks its secrets, its grants and the clients that have the old id configured; the plan
  # warns. Without this line a plan stops there, with an error, until you decide.
  on_hard_delete = "recreate"
`

// breakGlass reminds of what an export cannot know.
const breakGlass = `
  # Your accounts for emergencies, by object id, two at least: no plan may lock them all out.
  # break_glass = ["...", "..."]
`

// providerFile names the tenant where it is known, so that the credentials of
// another are refused.
func providerFile(tenant string, external []*External) []byte {
	var b strings.Builder
	b.WriteString("terraform {\n  required_providers {\n    entra = {\n      source = \"entrarecovery/entra\"\n    }\n  }\n}\n\nprovider \"entra\" {\n")
	if tenant != "" {
		b.WriteString("  tenant_id = " + quote(tenant) + "\n\n")
	}
	b.WriteString(hardDelete)
	b.WriteString(breakGlass)
	for _, e := range external {
		if e.Label == "" {
			b.WriteString("\n  # Known at the export not to exist; see external.tf.\n  dead_references = values(local." + deadLocal + ")\n")
			break
		}
	}
	b.WriteString("}\n")
	return hclwrite.Format([]byte(b.String()))
}

// longMap is how many ids a map in locals has at most. A plan walks the expression of a local once for each reference
// to it (relevantResourceAttrsForPlan in Terraform and OpenTofu): 4,400 references into 27,000 ids take 75 s of CPU,
// against 3 s where the local names a variable, whose default is walked by nobody.
const longMap = 100

func externalFile(external []*External) []byte {
	byLocal := map[string][]*External{}
	var names []string
	for _, e := range external {
		if byLocal[e.Local] == nil {
			names = append(names, e.Local)
		}
		byLocal[e.Local] = append(byLocal[e.Local], e)
	}
	sort.Strings(names)
	var b strings.Builder
	b.WriteString("# What the code refers to and does not manage. For another tenant, change the ids here.\nlocals {\n")
	for i, name := range names {
		if i > 0 {
			b.WriteString("\n")
		}
		if strings.HasPrefix(name, deadLocal) {
			b.WriteString("  # These ids led nowhere at the export. The policies that hold them are written with a warning.\n")
		}
		if len(byLocal[name]) > longMap {
			b.WriteString("  " + name + " = var." + name + "\n")
			continue
		}
		b.WriteString("  " + name + " = {\n" + entries(byLocal[name]) + "}\n")
	}
	b.WriteString("}\n")
	for _, name := range names {
		if len(byLocal[name]) > longMap {
			b.WriteString("\n# As a default, since every reference to a local costs a plan a walk through all that the local says.\n" +
				"variable " + quote(name) + " {\n  type = map(string)\n  default = {\n" + entries(byLocal[name]) + "}\n}\n")
		}
	}
	return hclwrite.Format([]byte(b.String()))
}

// entries are the ids of a map, by name.
func entries(list []*External) string {
	sort.Slice(list, func(i, j int) bool { return list[i].Key < list[j].Key })
	var b strings.Builder
	for _, e := range list {
		if e.Note != "" {
			b.WriteString("    # " + strings.ReplaceAll(e.Note, "\n", " ") + "\n")
		}
		b.WriteString("    " + quote(e.Key) + " = " + quote(e.ID) + "\n")
	}
	return b.String()
}

// quote writes a string as HCL does, template marks and newlines escaped.
func quote(s string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes())
}
