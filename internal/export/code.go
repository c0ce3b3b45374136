package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// code is what the .tf files of a folder say of resources and imports.
type code struct {
	resources map[string]*hclsyntax.Body // of the folder itself, by address, without those of notPlain
	imports   map[string]importBlock     // by address
	notPlain  []string                   // what has no single address: count, for_each, modules
	settings  []*hclsyntax.Block         // terraform, provider
	root      *scope

	// all are the resources of the folder and of its modules, by address without keys.
	all map[string]placed
	// unread are modules whose files are not at hand, by path.
	unread []string
	moved  []moved
	looped map[string]bool // addresses without keys that import blocks with for_each name
}

// placed is a resource and where it stands.
type placed struct {
	body *hclsyntax.Body
	in   *scope
}

// importBlock is one import block.
type importBlock struct {
	id string // "" when it is no literal
	// unfinished is set where the id says so.
	unfinished bool
	loop       bool   // with for_each
	file       string // without the folder
	text       string
}

// readCode parses the .tf files of a folder and of the modules that it calls, as far as
// these are in the same place or were fetched by init.
func readCode(dir string) (*code, error) {
	c := &code{resources: map[string]*hclsyntax.Body{}, imports: map[string]importBlock{}, all: map[string]placed{}, looped: map[string]bool{}}
	values, err := rootValues(dir)
	if err != nil {
		return nil, err
	}
	c.root = &scope{values: values}
	if err := c.folder(dir, c.root, installed(dir)); err != nil {
		return nil, err
	}
	sort.Strings(c.notPlain)
	sort.Strings(c.unread)
	return c, nil
}

// folder reads the configuration of one folder.
func (c *code) folder(dir string, p *scope, installed map[string]string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return err
	}
	p.locals, p.variables = map[string]hcl.Expression{}, map[string]*hclsyntax.Body{}
	var calls []*hclsyntax.Block
	parser := hclparse.NewParser()
	for _, file := range files {
		if filepath.Base(file) == reportOnlyFile {
			continue // it only changes what stands in another file
		}
		f, diags := parser.ParseHCLFile(file)
		if diags.HasErrors() {
			return fmt.Errorf("%s cannot be read: %w", file, diags)
		}
		body, ok := f.Body.(*hclsyntax.Body)
		if !ok {
			return fmt.Errorf("%s cannot be read: it is not in HCL's native syntax", file)
		}
		for _, block := range body.Blocks {
			if p.parent == nil {
				c.block(filepath.Base(file), block, f.Bytes)
			}
			if block.Type == "module" && len(block.Labels) == 1 {
				calls = append(calls, block)
				continue
			}
			c.place(block, p)
		}
	}
	for _, call := range calls {
		path := strings.TrimPrefix(p.module+".module."+call.Labels[0], ".")
		source := literal(call.Body, "source")
		from := installed[strings.TrimPrefix(strings.ReplaceAll("."+path, ".module.", "."), ".")]
		if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
			from = filepath.Join(dir, source)
		}
		if _, err := os.Stat(from); from == "" || err != nil || strings.Count(path, "module.") > 20 {
			c.unread = append(c.unread, path)
			continue
		}
		if err := c.folder(from, &scope{module: path, parent: p, call: call.Body}, installed); err != nil {
			return err
		}
	}
	return nil
}

// place notes what a block of any folder says.
func (c *code) place(block *hclsyntax.Block, p *scope) {
	attrs := block.Body.Attributes
	within := func(address string) string { return strings.TrimPrefix(p.module+"."+address, ".") }
	switch {
	case block.Type == "resource" && len(block.Labels) == 2:
		c.all[within(block.Labels[0]+"."+block.Labels[1])] = placed{block.Body, p}
	case block.Type == "variable" && len(block.Labels) == 1:
		p.variables[block.Labels[0]] = block.Body
	case block.Type == "locals":
		for name, a := range attrs {
			p.locals[name] = a.Expr
		}
	case block.Type == "moved" && attrs["from"] != nil && attrs["to"] != nil:
		from, ok := addressOf(attrs["from"].Expr)
		to, alsoOK := addressOf(attrs["to"].Expr)
		if ok && alsoOK {
			c.moved = append(c.moved, moved{within(from), within(to)})
		}
	}
}

// block notes what a block of the folder itself says.
func (c *code) block(file string, block *hclsyntax.Block, source []byte) {
	attrs := block.Body.Attributes
	switch {
	case block.Type == "terraform" || block.Type == "provider":
		c.settings = append(c.settings, block)
	case block.Type == "module" && len(block.Labels) == 1:
		c.notPlain = append(c.notPlain, "module."+block.Labels[0])
	case block.Type == "resource" && len(block.Labels) == 2:
		address := block.Labels[0] + "." + block.Labels[1]
		if attrs["count"] != nil || attrs["for_each"] != nil {
			c.notPlain = append(c.notPlain, address)
			return
		}
		c.resources[address] = block.Body
	case block.Type == "import" && attrs["to"] != nil:
		to, ok := addressOf(attrs["to"].Expr)
		if !ok {
			to = string(attrs["to"].Expr.Range().SliceBytes(source))
		}
		if attrs["for_each"] != nil {
			c.looped[loopedOver(to)] = true
		}
		id, unfinished := strings.CutSuffix(literal(block.Body, "id"), kind.Unfinished)
		c.imports[to] = importBlock{id: id, unfinished: unfinished, loop: attrs["for_each"] != nil, file: file, text: string(block.Range().SliceBytes(source))}
	}
}

// instance is one address of a managed resource, as the code alone tells it.
type instance struct {
	address string
	kind    *kind.Kind
	label   string // what the code calls the object, "" where it does not tell
}

// instances are the addresses that the code has for certain. open are those without
// keys of which it does not tell the instances.
func (c *code) instances() (out []instance, open map[string]bool) {
	open = map[string]bool{}
	for _, address := range slices.Sorted(maps.Keys(c.all)) {
		k, r := catalog.ByName(typeOf(address)), c.all[address]
		if k == nil || !k.Managed() {
			continue
		}
		modules, known := r.in.instances()
		for _, m := range modules {
			ctx := r.in.context(m.at)
			keys, told := expand(ctx, r.body)
			known = known && told
			for _, key := range keys {
				x := instance{address: strings.TrimPrefix(m.address+"."+resourceOf(address), ".") + suffix(key), kind: k}
				if a := r.body.Attributes[k.Label]; a != nil {
					if v, diags := a.Expr.Value(each(ctx, r.body, key)); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
						x.label = v.AsString()
					}
				}
				out = append(out, x)
			}
		}
		if !known {
			open[address] = true
		}
	}
	return out, open
}

// moduleInstance is one instance of a module and the keys that lead there.
type moduleInstance struct {
	address string
	at      keys
}

// instances are those of the module, as far as the code tells them.
func (p *scope) instances() (out []moduleInstance, known bool) {
	if p.parent == nil {
		return []moduleInstance{{}}, true
	}
	outer, known := p.parent.instances()
	name := p.module[strings.LastIndex(p.module, "module."):]
	for _, m := range outer {
		all, told := expand(p.parent.context(m.at), p.call)
		known = known && told
		for _, key := range all {
			out = append(out, moduleInstance{strings.TrimPrefix(m.address+"."+name, ".") + suffix(key), append(slices.Clone(m.at), key)})
		}
	}
	return out, known
}

// loopedOver is the address without keys of an import block with for_each.
func loopedOver(to string) string {
	for {
		i, j := strings.Index(to, "["), strings.Index(to, "]")
		if i < 0 || j < i {
			return to
		}
		to = to[:i] + to[j+1:]
	}
}

// literal returns an attribute that is a string without references, else "".
func literal(body *hclsyntax.Body, name string) string {
	a := body.Attributes[name]
	if a == nil {
		return ""
	}
	v, diags := a.Expr.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// stateFile is what is needed of a state file of format 4.
type stateFile struct {
	Version   int `json:"version"`
	Resources []struct {
		Mode      string `json:"mode"`
		Type      string `json:"type"`
		Name      string `json:"name"`
		Module    string `json:"module"`
		Instances []struct {
			Index      any            `json:"index_key"` // with count a number, with for_each a string
			Deposed    string         `json:"deposed"`   // what another instance has replaced and is still to be deleted
			Attributes map[string]any `json:"attributes"`
		} `json:"instances"`
	} `json:"resources"`
}

// stateIDs returns the import ids of what a local state file holds, by address, in
// modules and with count and for_each too; none when there is no such file.
func stateIDs(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("could not read the state %s: %w", path, err)
	}
	var s stateFile
	if err := json.Unmarshal(b, &s); err != nil && !json.Valid(b) {
		return nil, fmt.Errorf("the state %s is cut off, as an apply leaves it that was killed while writing: %w. Move it away, take the backup that lies beside it or none, "+
			"and run again with --by-name: the import blocks take the place of the state", path, err)
	} else if err != nil {
		return nil, fmt.Errorf("the state %s cannot be read: %w", path, err)
	}
	if s.Version != 4 {
		return nil, fmt.Errorf("the state %s has format %d, and this program knows 4", path, s.Version)
	}
	out := map[string]string{}
	for _, r := range s.Resources {
		k := catalog.ByName(strings.TrimPrefix(r.Type, "entra_"))
		if r.Mode != "managed" || k == nil {
			continue
		}
		address := strings.TrimPrefix(r.Module+"."+r.Type+"."+r.Name, ".")
		for _, x := range r.Instances {
			if x.Deposed == "" {
				out[address+index(x.Index)] = k.ImportID(x.Attributes)
			}
		}
	}
	return out, nil
}

// index is the end of an instance's address.
func index(key any) string {
	switch key := key.(type) {
	case string:
		return fmt.Sprintf("[%q]", key)
	case float64:
		return fmt.Sprintf("[%d]", int(key))
	}
	return ""
}
