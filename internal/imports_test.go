// Package internal_test holds the packages to the layout: each may import
// those of ours that its line names, and no others.
package internal_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/entrarecovery/terraform-provider-entra/internal/"

// arrows names what a package may import of ours. Nothing may import kindtest
// but tests: no line names it.
var arrows = map[string][]string{
	"main":              {"cli", "provider"},
	"kindtest":          {"provider", "catalog", "kind", "emulator"},
	"cli":               {"drill", "assess", "export", "recyclebin", "backup", "tf", "emulator", "emulator/disk", "graph", "catalog"},
	"assess":            {"export", "catalog", "kind", "graph"},
	"drill":             {"export", "tf", "emulator", "catalog"},
	"provider":          {"managed", "catalog", "graph"},
	"managed":           {"wire", "kind", "graph"},
	"export":            {"hclgen", "backup", "catalog", "kind", "graph"},
	"recyclebin":        {"catalog", "kind", "graph"},
	"hclgen":            {"kind"},
	"backup":            {"archive", "kind"},
	"wire":              {"kind"},
	"catalog":           {"kind"},
	"kind":              nil,
	"tf":                nil,
	"graph":             nil,
	"emulator":          {"archive", "emulator/metadata"},
	"emulator/disk":     {"emulator"},
	"emulator/metadata": nil,
	"archive":           nil,
	"bench":             {"bench/noop", "provider", "tf"},
	"bench/noop":        {"provider"},
}

// frameworkIn are the packages that may know the plugin framework; provider serves it.
var frameworkIn = []string{"managed", "provider", "kindtest"}

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

// brokenInTest is the same for test files, which may import what they like with
// one exception: where one table defines both sides, no wrong name is ever seen.
func brokenInTest(pkg, imported string) string {
	ours := strings.TrimPrefix(imported, module)
	if strings.HasPrefix(pkg, "emulator") && (ours == "kind" || ours == "catalog") {
		return fmt.Sprintf("a test of internal/%s imports internal/%s: the emulator would be measured by the provider's own tables", pkg, ours)
	}
	return ""
}

func TestArrows(t *testing.T) {
	t.Parallel()
	seen := 0
	check := func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "tools" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}
		pkg, rule := filepath.ToSlash(filepath.Dir(path)), broken
		if pkg == ".." {
			pkg = "main"
		}
		if strings.HasSuffix(path, "_test.go") {
			rule = brokenInTest
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		for _, i := range file.Imports {
			imported, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if s := rule(pkg, imported); s != "" {
				t.Errorf("%s: %s", path, s)
			}
		}
		return nil
	}
	if err := filepath.WalkDir(".", check); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("../main.go")
	if err != nil {
		t.Fatal(err)
	}
	if err := check("../main.go", fs.FileInfoToDirEntry(info), nil); err != nil {
		t.Fatal(err)
	}
	if seen < len(arrows) {
		t.Errorf("only %d files were found: this test looks in the wrong folder", seen)
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
		{"graph", "github.com/microsoftgraph/msgraph-sdk-go-core", false},
		{"provider", module + "kindtest", true},
		{"main", module + "emulator", true},
	} {
		if (broken(c.pkg, c.imported) != "") != c.wrong {
			t.Errorf("%s → %s: got %q", c.pkg, c.imported, broken(c.pkg, c.imported))
		}
	}
}

// TestBrokenInTest: the emulator's own tests stay clear of the tables, others need not.
func TestBrokenInTest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pkg, imported string
		wrong         bool
	}{
		{"emulator", module + "catalog", true},
		{"emulator/metadata", module + "kind", true},
		{"emulator", module + "graph", false},
		{"provider", module + "catalog", false},
	} {
		if (brokenInTest(c.pkg, c.imported) != "") != c.wrong {
			t.Errorf("%s → %s: got %q", c.pkg, c.imported, brokenInTest(c.pkg, c.imported))
		}
	}
}
