package emulator_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGuide: the guide of the emulator names every option of this package, none that does
// not exist, and stands in docs as in templates.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	if docs, err := os.ReadFile("../../docs/guides/emulator.md"); err != nil || !bytes.Equal(docs, guide) {
		t.Errorf("docs/guides/emulator.md is not the page in templates: make generate (%v)", err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(guide)) {
		if name, _, row := strings.Cut(strings.TrimPrefix(line, "| `"), "`"); row && strings.HasPrefix(line, "| `With") {
			named[name] = true
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	options := 0
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv != nil || !strings.HasPrefix(f.Name.Name, "With") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			options++
			if !named[f.Name.Name] {
				t.Errorf("the guide has no row for %s", f.Name.Name)
			}
			delete(named, f.Name.Name)
		}
	}
	for name := range named {
		t.Errorf("the guide names %s, which does not exist", name)
	}
	if options == 0 {
		t.Error("no options found")
	}
}
