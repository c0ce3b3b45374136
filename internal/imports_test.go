// Package internal_test holds the packages to the layout: each may import
// those of ours that its line names, and no others.
package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/entrarecovery/terraform-provider-entra/internal/"

// arrows names what a package may import of ours.
var arrows = map[string][]string{
	"cli":               {"drill", "export", "backup", "tf", "emulator", "graph", "catalog"},
	"drill":             {"export", "tf", "emulator", "catalog"},
	"provider":          {"managed", "catalog", "graph"},
	"managed":           {"wire", "kind", "graph"},
	"export":            {"hclgen", "backup", "catalog", "kind", "graph"},
	"hclgen":            {"kind"},
	"backup":            {"archive", "kind"},
	"wire":              {"kind"},
	"catalog":           {"kind"},
	"kind":              nil,
	"tf":                nil,
	"graph":             nil,
	"emulator":          {"archive", "emulator/metadata"},
	"emulator/metadata": nil,
	"archive":           nil,
}

// frameworkIn are the packages that may know the plugin framework.
var frameworkIn = []string{"managed", "provider"}

// broken returns the sentence that says what is wrong with an import, or "".
func broken(pkg, imported string) string {
	allowed, known := arrows[pkg]
	switch {
	case !known:
		return fmt.Sprintf("internal/%s is not in the layout: give it a line in the design and here", pkg)
	case strings.HasPrefix(imported, module):
		if ours := strings.TrimPrefix(imported, module); !slices.Contains(allowed, ours) {
			return fmt.Sprintf("internal/%s imports internal/%s; it may import %v", pkg, ours, allowed)
		}
	case strings.Contains(imported, "/terraform-plugin-framework") && !slices.Contains(frameworkIn, pkg):
		return fmt.Sprintf("internal/%s imports the plugin framework, which only %v may", pkg, frameworkIn)
	case strings.HasSuffix(imported, "msgraph-sdk-go/models"):
		return fmt.Sprintf("internal/%s imports the SDK's models, which lose data", pkg)
	case pkg == "kind" && strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return fmt.Sprintf("internal/kind imports %s; it may import the standard library alone", imported)
	}
	return ""
}

func TestArrows(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		if d.IsDir() && (d.Name() == "tools" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if s := broken(pkg, imported); s != "" {
				t.Errorf("%s: %s", path, s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestBroken: the check itself sees a wrong arrow.
func TestBroken(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pkg, imported string
		wrong         bool
	}{
		{"emulator", module + "kind", true},
		{"emulator", module + "archive", false},
		{"nowhere", "fmt", true},
		{"wire", "github.com/hashicorp/terraform-plugin-framework/resource", true},
		{"managed", "github.com/hashicorp/terraform-plugin-framework/resource", false},
		{"kind", "github.com/google/uuid", true},
		{"kind", "encoding/json", false},
		{"graph", "github.com/microsoftgraph/msgraph-sdk-go/models", true},
	} {
		if (broken(c.pkg, c.imported) != "") != c.wrong {
			t.Errorf("%s → %s: got %q", c.pkg, c.imported, broken(c.pkg, c.imported))
		}
	}
}
