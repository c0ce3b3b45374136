package drill

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// The files that turn a copy of a configuration into one of the drill. Override
// files are merged in the order of their names, so that these come last.
const (
	overrideFile = "zzzz_drill_override.tf"
	recreateFile = "zzzz_drill_recreate_override.tf"
	importsFile  = "zzzz_drill_imports.tf"
)

// signIn are the settings of the provider block by which it signs in elsewhere.
var signIn = []string{"client_id", "client_secret", "client_certificate_path", "environment", "use_cli", "use_oidc", "use_msi", "use_interactive", "use_device_code"}

// redirect points the copy to a tenant: a local state, no credentials, and no
// import blocks, whose ids are the real tenant's. A backend in an override file
// replaces a cloud block as well as another backend.
func (c *copied) redirect(endpoint, tenantID string) error {
	if err := c.dropImports(); err != nil {
		return err
	}
	for _, dir := range c.modules {
		copyOf := c.copyOf(dir)
		var text strings.Builder
		if dir == c.dir {
			text.WriteString("terraform {\n  backend \"local\" {}\n}\n")
		}
		blocks := slices.Clone(c.blocks[dir])
		if dir == c.dir && !slices.Contains(blocks, c.named[dir][0]+".") {
			blocks = append(blocks, c.named[dir][0]+".")
		}
		slices.Sort(blocks)
		for _, b := range slices.Compact(blocks) {
			name, alias, _ := strings.Cut(b, ".")
			fmt.Fprintf(&text, "\nprovider %q {\n", name)
			if alias != "" {
				fmt.Fprintf(&text, "  alias = %q\n", alias)
			}
			fmt.Fprintf(&text, "  graph_endpoint = %q\n  tenant_id = %q\n", endpoint, tenantID)
			for _, setting := range signIn {
				fmt.Fprintf(&text, "  %s = null\n", setting)
			}
			text.WriteString("}\n")
		}
		if text.Len() > 0 {
			if err := os.WriteFile(filepath.Join(copyOf, overrideFile), []byte(text.String()), 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyOf is where a folder of the configuration has its copy.
func (c *copied) copyOf(dir string) string {
	rel, err := filepath.Rel(c.dir, dir)
	if err != nil {
		return dir // both are absolute, and on one volume: copyTo has been there
	}
	return filepath.Join(c.work, rel)
}

// dropImports removes the import blocks, which only the root module has.
func (c *copied) dropImports() error {
	files, err := configFiles(c.work)
	if err != nil {
		return err
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		without := withoutImports
		if strings.HasSuffix(file, ".json") {
			without = withoutJSONImports
		}
		changed, err := without(content, file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, changed, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func withoutImports(content []byte, file string) ([]byte, error) {
	f, diags := hclwrite.ParseConfig(content, file, hcl.InitialPos)
	if diags.HasErrors() {
		return nil, diags
	}
	dropped := false
	for _, b := range f.Body().Blocks() {
		if b.Type() == "import" {
			dropped = f.Body().RemoveBlock(b)
		}
	}
	if !dropped {
		return content, nil // as it is: Bytes would format it
	}
	return f.Bytes(), nil
}

func withoutJSONImports(content []byte, file string) ([]byte, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(content, &all); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", file, err)
	}
	delete(all, "import")
	return json.Marshal(all)
}

// permit says in an override file that lost objects are to be made anew, which
// on_hard_delete refuses. lifted takes it back.
func (c *copied) permit(addresses []string) error {
	byDir := map[string][]string{}
	for _, address := range addresses {
		module, typeName, name := parts(address)
		dir, err := c.moduleDir(module)
		if err != nil {
			return err
		}
		byDir[dir] = append(byDir[dir], fmt.Sprintf("resource %s %s {\n  on_hard_delete = \"recreate\"\n}\n", strconv.Quote(typeName), strconv.Quote(name)))
	}
	for dir, blocks := range byDir {
		slices.Sort(blocks)
		if err := os.WriteFile(filepath.Join(dir, recreateFile), []byte(strings.Join(slices.Compact(blocks), "\n")), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (c *copied) lifted(addresses []string) error {
	for _, address := range addresses {
		module, _, _ := parts(address)
		dir, err := c.moduleDir(module)
		if err != nil {
			return err
		}
		if err := os.Remove(filepath.Join(dir, recreateFile)); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// parts splits an address: module.a["x"].module.b.entra_group.c[0] is the group
// c of the module a.b.
func parts(address string) (module, typeName, name string) {
	var plain []string
	var part strings.Builder
	depth, quoted := 0, false
	for i, r := range address {
		switch {
		case r == '"' && (i == 0 || address[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth > 0:
		case r == '.':
			plain = append(plain, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	plain = append(plain, part.String())
	var modules []string
	for len(plain) > 2 && plain[0] == "module" {
		modules, plain = append(modules, plain[1]), plain[2:]
	}
	if len(plain) < 2 {
		return strings.Join(modules, "."), "", strings.Join(plain, ".")
	}
	return strings.Join(modules, "."), plain[len(plain)-2], plain[len(plain)-1]
}

// moduleDir is the folder of a module in the copy, as init recorded it.
func (c *copied) moduleDir(module string) (string, error) {
	if module == "" {
		return c.work, nil
	}
	var index struct {
		Modules []struct{ Key, Dir string }
	}
	content, err := os.ReadFile(filepath.Join(c.work, ".terraform", "modules", "modules.json"))
	if err == nil {
		err = json.Unmarshal(content, &index)
	}
	if err != nil {
		return "", fmt.Errorf("could not find the folder of module %s: %w", module, err)
	}
	for _, m := range index.Modules {
		if m.Key == module {
			return filepath.Join(c.work, m.Dir), nil
		}
	}
	return "", fmt.Errorf("init installed no module %s", module)
}
