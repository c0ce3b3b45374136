package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// code is what the .tf files of a folder say of resources and imports.
type code struct {
	resources map[string]*hclsyntax.Body // by address, without those of notPlain
	imports   map[string]importBlock     // by address as it is written
	notPlain  []string                   // what has no single address: count, for_each, modules
}

// importBlock is one import block.
type importBlock struct {
	id   string // "" when it is no literal
	file string // without the folder
	text string
}

// readCode parses the .tf files of a folder, modules apart.
func readCode(dir string) (*code, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return nil, err
	}
	c := &code{resources: map[string]*hclsyntax.Body{}, imports: map[string]importBlock{}}
	parser := hclparse.NewParser()
	for _, file := range files {
		f, diags := parser.ParseHCLFile(file)
		if diags.HasErrors() {
			return nil, fmt.Errorf("%s cannot be read: %w", file, diags)
		}
		body, ok := f.Body.(*hclsyntax.Body)
		if !ok {
			return nil, fmt.Errorf("%s cannot be read: it is not in HCL's native syntax", file)
		}
		for _, block := range body.Blocks {
			c.block(filepath.Base(file), block, f.Bytes)
		}
	}
	sort.Strings(c.notPlain)
	return c, nil
}

func (c *code) block(file string, block *hclsyntax.Block, source []byte) {
	attrs := block.Body.Attributes
	switch {
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
		to := string(attrs["to"].Expr.Range().SliceBytes(source))
		c.imports[to] = importBlock{id: literal(block.Body, "id"), file: file, text: string(block.Range().SliceBytes(source))}
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
			Attributes map[string]any `json:"attributes"`
		} `json:"instances"`
	} `json:"resources"`
}

// stateIDs returns the import ids of what a local state file holds, by address;
// none when there is no such file.
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
		if r.Mode == "managed" && r.Module == "" && len(r.Instances) == 1 && k != nil {
			out[r.Type+"."+r.Name] = k.ImportID(r.Instances[0].Attributes)
		}
	}
	return out, nil
}
