package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// addresses returns the addresses of the resources in a folder's code.
func addresses(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	parser := hclparse.NewParser()
	for _, file := range files {
		f, diags := parser.ParseHCLFile(file)
		if diags.HasErrors() {
			return nil, fmt.Errorf("%s cannot be read: %w", file, diags)
		}
		body, ok := f.Body.(*hclsyntax.Body)
		if !ok {
			continue
		}
		for _, block := range body.Blocks {
			if block.Type == "resource" && len(block.Labels) == 2 {
				out[block.Labels[0]+"."+block.Labels[1]] = true
			}
		}
	}
	return out, nil
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
			Attributes struct {
				ID string `json:"id"`
			} `json:"attributes"`
		} `json:"instances"`
	} `json:"resources"`
}

// stateIDs returns the ids in a local state file by address; none when there
// is no such file.
func stateIDs(path string) (map[string]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("could not read the state %s: %w", path, err)
	}
	var s stateFile
	if err := json.Unmarshal(b, &s); err != nil {
		return nil, fmt.Errorf("the state %s cannot be read: %w", path, err)
	}
	if s.Version != 4 {
		return nil, fmt.Errorf("the state %s has format %d, and this program knows 4", path, s.Version)
	}
	out := map[string]string{}
	for _, r := range s.Resources {
		if r.Mode == "managed" && r.Module == "" && len(r.Instances) == 1 {
			out[r.Type+"."+r.Name] = r.Instances[0].Attributes.ID
		}
	}
	return out, nil
}
