package export

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// What code manages, as far as its folder tells.

// Code is what a folder of code manages.
type Code struct {
	Dir      string
	TenantID string       // from which it was exported; "" where no manifest says
	Objects  []CodeObject // what is critical first, then by address
	// Untold are resources and modules of which the folder does not say what they are in
	// the tenant: there is no import block, no manifest and no local state with their ids.
	Untold []string
	// Settings are the blocks terraform and provider, and Values what their expressions may
	// refer to, as far as the folder tells.
	Settings []*hclsyntax.Block
	Values   *hcl.EvalContext
}

// CodeObject is one object that code manages. ID is what an import block names it by.
type CodeObject struct {
	Address string `json:"address"`
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"displayName"`
	// Critical is set for what the manifest marks so, by export --critical.
	Critical bool `json:"critical,omitempty"`
}

// ReadCode reads the .tf files, the manifest and the local state of a folder. The id of an
// object is that of the state, else of its import block, else of the manifest.
func ReadCode(dir string) (*Code, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	inCode, err := readCode(dir)
	if err != nil {
		return nil, err
	}
	state, err := stateIDs(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		return nil, err
	}
	m := &Manifest{}
	if _, err := os.Stat(filepath.Join(dir, manifestFile)); !errors.Is(err, os.ErrNotExist) {
		if m, err = ReadManifest(dir); err != nil {
			return nil, err
		}
	}
	out := &Code{Dir: dir, TenantID: m.TenantID, Settings: inCode.settings, Values: inCode.root.context(nil)}
	out.Objects, out.Untold = inCode.objects(m, state)
	return out, nil
}

// objects returns what the code manages and what it does not tell.
func (c *code) objects(m *Manifest, state map[string]string) (out []CodeObject, untold []string) {
	recorded := map[string]ManifestObject{}
	for _, o := range m.Objects {
		recorded[o.Address] = o
	}
	told := map[string]bool{}
	add := func(address, id string) {
		k := catalog.ByName(typeOf(address))
		if k == nil || !k.Managed() || id == "" || told[address] {
			return
		}
		name := recorded[address].DisplayName
		if body := c.resources[address]; name == "" && body != nil && k.Label != "" {
			name = literal(body, k.Label)
		}
		told[address] = true
		for _, part := range []string{resourceOf(address), moduleOf(address)} {
			told[part] = true
		}
		out = append(out, CodeObject{Address: address, Kind: k.Name, ID: k.Life.ID(id), Name: name, Critical: recorded[address].Critical})
	}
	for _, address := range slices.Sorted(maps.Keys(state)) {
		if c.has(address) {
			add(address, state[address])
		}
	}
	for _, address := range slices.Sorted(maps.Keys(c.imports)) {
		if c.has(address) {
			add(address, c.imports[address].id)
		}
	}
	for _, address := range slices.Sorted(maps.Keys(c.resources)) {
		add(address, recorded[address].ID)
		if typeName, _, _ := strings.Cut(address, "."); !told[address] && strings.HasPrefix(typeName, "entra_") {
			untold = append(untold, address)
		}
	}
	for _, name := range c.notPlain {
		if !told[name] && (strings.HasPrefix(name, "entra_") || strings.HasPrefix(name, "module.")) {
			untold = append(untold, name)
		}
	}
	slices.SortFunc(out, func(a, b CodeObject) int {
		if a.Critical != b.Critical {
			return map[bool]int{true: -1, false: 1}[a.Critical]
		}
		return strings.Compare(a.Address, b.Address)
	})
	slices.Sort(untold)
	return out, untold
}

// has tells whether an address, of the state for instance, still is one of the code: an
// object that has left the code is destroyed by the next apply, not kept by it.
func (c *code) has(address string) bool {
	return c.resources[address] != nil || slices.Contains(c.notPlain, resourceOf(address)) || slices.Contains(c.notPlain, moduleOf(address))
}

// moduleOf is the module of the folder itself that an address leads through, "" where it
// leads through none.
func moduleOf(address string) string {
	if !strings.HasPrefix(address, "module.") {
		return ""
	}
	end := strings.IndexAny(address[len("module."):], ".[")
	if end < 0 {
		return address
	}
	return address[:len("module.")+end]
}
