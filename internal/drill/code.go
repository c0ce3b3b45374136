package drill

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
)

// What the user's code is, and a copy of it that can be rehearsed with. The
// code itself is never written to.

// code is what the drill has to know of a configuration and its local modules.
type code struct {
	dir     string              // the configuration, absolute
	modules []string            // folders of it and of all local modules, absolute, its own first
	remote  []string            // modules from elsewhere, each as "name (source)"
	foreign []string            // providers that the drill cannot run, each as "random (hashicorp/random) in groups.tf"
	named   map[string][]string // by folder: local names of this provider
	blocks  map[string][]string // by folder: provider blocks of it, as their alias, "" without
	data    []lookup
	made    []lookup // objects that Graph alone makes
}

// lookup is an object that code expects to exist, by literals.
type lookup struct {
	kind, address string
	by            map[string]string // attribute → literal
}

// blocksOf are the blocks of a configuration that a drill looks at.
var blocksOf = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "terraform"}, {Type: "provider", LabelNames: []string{"name"}}, {Type: "module", LabelNames: []string{"name"}},
	{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "ephemeral", LabelNames: []string{"type", "name"}},
}}

// own is the end of this provider's source address, whatever the registry.
const own = "entrarecovery/entra"

// readCode reads a configuration with the local modules that it calls.
func readCode(dir string) (*code, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, fmt.Errorf("could not read the configuration: %w", err)
	}
	c := &code{dir: dir, named: map[string][]string{}, blocks: map[string][]string{}}
	todo := []string{dir}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		if slices.Contains(c.modules, at) {
			continue
		}
		c.modules = append(c.modules, at)
		called, err := c.read(at)
		if err != nil {
			return nil, err
		}
		todo = append(todo, called...)
	}
	sort.Strings(c.foreign)
	c.foreign = slices.Compact(c.foreign)
	return c, nil
}

// read reads the files of one folder and returns the folders of the local
// modules that they call.
func (c *code) read(dir string) ([]string, error) {
	files, err := configFiles(dir)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no configuration: no .tf file is in it", dir)
	}
	var called []string
	var all []*hcl.Block
	where := map[*hcl.Block]string{}
	for _, file := range files {
		body, err := parse(file)
		if err != nil {
			return nil, err
		}
		content, _, diags := body.PartialContent(blocksOf)
		if diags.HasErrors() {
			return nil, fmt.Errorf("%s cannot be read: %w", file, diags)
		}
		for _, b := range content.Blocks {
			where[b], all = filepath.Base(file), append(all, b)
		}
	}
	for _, b := range all {
		if b.Type == "terraform" {
			c.required(dir, where[b], b.Body)
		}
	}
	if len(c.named[dir]) == 0 {
		c.named[dir] = []string{"entra"}
	}
	for _, b := range all {
		switch b.Type {
		case "module":
			if at := c.module(dir, b); at != "" {
				called = append(called, at)
			}
		case "provider":
			if slices.Contains(c.named[dir], b.Labels[0]) {
				c.blocks[dir] = append(c.blocks[dir], b.Labels[0]+"."+literals(b.Body, "alias")["alias"])
			}
		case "resource", "data", "ephemeral":
			c.object(dir, where[b], b)
		}
	}
	return called, nil
}

// configFiles returns the files that an engine would read in a folder.
func configFiles(dir string) ([]string, error) {
	var out []string
	for _, pattern := range []string{"*.tf", "*.tf.json", "*.tofu", "*.tofu.json"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

func parse(file string) (hcl.Body, error) {
	p := hclparse.NewParser()
	read := p.ParseHCLFile
	if strings.HasSuffix(file, ".json") {
		read = p.ParseJSONFile
	}
	f, diags := read(file)
	if diags.HasErrors() {
		return nil, fmt.Errorf("%s cannot be read: %w", file, diags)
	}
	return f.Body, nil
}

// required looks through required_providers.
func (c *code) required(dir, file string, body hcl.Body) {
	content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "required_providers"}}})
	for _, b := range content.Blocks {
		attrs, _ := b.Body.JustAttributes()
		for name, a := range attrs {
			source := "hashicorp/" + name
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.CanIterateElements() {
				for key, x := range v.AsValueMap() {
					if key == "source" && x.Type() == cty.String && !x.IsNull() {
						source = x.AsString()
					}
				}
			}
			if strings.HasSuffix(source, own) {
				c.named[dir] = append(c.named[dir], name)
			} else if source != "terraform.io/builtin/terraform" {
				c.foreign = append(c.foreign, fmt.Sprintf("%s (%s) in %s", name, source, c.short(dir, file)))
			}
		}
	}
}

// module returns the folder of a local module, "" for one from elsewhere.
func (c *code) module(dir string, b *hcl.Block) string {
	source := literals(b.Body, "source")["source"]
	if strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") {
		return filepath.Join(dir, filepath.FromSlash(source))
	}
	c.remote = append(c.remote, fmt.Sprintf("%s (%s)", b.Labels[0], source))
	return ""
}

// object notes a resource or data source of another provider, and what of this
// provider's is expected to exist.
func (c *code) object(dir, file string, b *hcl.Block) {
	prefix, rest, _ := strings.Cut(b.Labels[0], "_")
	switch {
	case prefix == "terraform" && b.Labels[0] == "terraform_data":
	case prefix == "terraform":
		c.foreign = append(c.foreign, fmt.Sprintf("terraform (%s, which reads another state) in %s", b.Labels[0], c.short(dir, file)))
	case prefix != "entra" && !slices.Contains(c.named[dir], prefix):
		c.foreign = append(c.foreign, fmt.Sprintf("%s (%s.%s) in %s", prefix, b.Labels[0], b.Labels[1], c.short(dir, file)))
	case prefix == "entra" && b.Type == "data":
		c.expect(rest, b)
	case prefix == "entra" && b.Type == "resource" && dir == c.dir:
		c.madeByGraph(rest, b)
	}
}

func (c *code) short(dir, file string) string {
	if rel, err := filepath.Rel(c.dir, filepath.Join(dir, file)); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}

// literals returns those attributes of a body that are strings without references.
func literals(body hcl.Body, names ...string) map[string]string {
	schema := &hcl.BodySchema{}
	for _, name := range names {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: name})
	}
	content, _, _ := body.PartialContent(schema)
	out := map[string]string{}
	for name, a := range content.Attributes {
		if v, diags := a.Expr.Value(nil); !diags.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String {
			out[name] = v.AsString()
		}
	}
	return out
}

// copied is a copy of a configuration, which a drill may change.
type copied struct {
	*code
	root string // temporary folder of everything
	work string // the configuration in it
}

// copyTo copies the configuration and its modules below root, so that relative
// paths between them stay what they are.
func (c *code) copyTo(root string) (*copied, error) {
	base := c.dir
	for _, m := range c.modules {
		for !within(base, m) {
			base = filepath.Dir(base)
		}
	}
	place := func(dir string) (string, error) {
		rel, err := filepath.Rel(base, dir)
		return filepath.Join(root, rel), err
	}
	for _, m := range c.modules {
		to, err := place(m)
		if err == nil {
			err = copyTree(m, to)
		}
		if err != nil {
			return nil, fmt.Errorf("could not copy the configuration: %w", err)
		}
	}
	work, err := place(c.dir)
	if err != nil {
		return nil, err
	}
	out := &copied{code: c, root: root, work: work}
	return out, out.copyInstalled()
}

func within(base, dir string) bool {
	return dir == base || strings.HasPrefix(dir, strings.TrimSuffix(base, string(filepath.Separator))+string(filepath.Separator))
}

// copyInstalled takes over the modules from elsewhere that init has downloaded.
func (c *copied) copyInstalled() error {
	if len(c.remote) == 0 {
		return nil
	}
	from := filepath.Join(c.dir, ".terraform", "modules")
	if _, err := os.Stat(filepath.Join(from, "modules.json")); err != nil {
		return fmt.Errorf("the configuration calls modules from elsewhere, and a drill downloads nothing: %s. Run terraform init in %s first, so that they lie in .terraform/modules", strings.Join(c.remote, ", "), c.dir)
	}
	return copyTree(from, filepath.Join(c.work, ".terraform", "modules"))
}

// regular tells whether a path leads to a file: not to a link to nowhere, a
// socket or a linked folder, none of which an engine reads.
func regular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// copyTree copies a folder without what belongs to a working directory: state,
// plans, lock file, downloads and version control.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != from && (name == ".terraform" || name == ".git" || name == "terraform.tfstate.d") {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if strings.Contains(name, ".tfstate") || name == ".terraform.lock.hcl" || strings.HasSuffix(name, ".tfplan") {
			return nil
		}
		if !regular(path) {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, 0o600)
	})
}
