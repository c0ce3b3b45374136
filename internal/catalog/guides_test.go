package catalog

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Two pages of the docs are made from the tables, between two marks in their
// templates. `make generate` runs this test with -update, which writes them.
var update = flag.Bool("update", false, "write the guides that are made from the tables")

const (
	guides   = "../../templates/guides"
	rendered = "../../docs/guides"
	begin    = "<!-- Made from internal/catalog by make generate: do not edit from here -->\n"
	end      = "<!-- to here -->\n"
)

// TestGuides holds the pages to the tables.
func TestGuides(t *testing.T) {
	for name, make := range map[string]func() string{"not-backed-up.md": notBackedUp, "not-watched.md": notWatched} {
		file := filepath.Join(guides, name)
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, found := strings.Cut(string(page), begin)
		_, tail, closed := strings.Cut(rest, end)
		if !found || !closed {
			t.Fatalf("%s lacks the two marks between which it is made", file)
		}
		want := head + begin + make() + end + tail
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if string(page) != want {
			t.Errorf("%s is not what the tables say: make generate", file)
		}
		if copied, err := os.ReadFile(filepath.Join(rendered, name)); err != nil || !bytes.Equal(copied, page) {
			t.Errorf("docs/guides/%s is not the page in templates: make generate (%v)", name, err)
		}
	}
}

func notBackedUp() string {
	var b strings.Builder
	for _, k := range All() {
		list := Omissions(k.Name)
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n| property | reason | |\n|---|---|---|\n", capital(k.Plural), k.TypeName())
		for _, o := range list {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Property, o.Reason, o.Sentence)
		}
	}
	b.WriteString("\n## Without a resource\n\nA tenant holds these, too. `assess` counts them where one request tells how many there are.\n\n| | |\n|---|---|\n")
	for _, u := range AllUncovered() {
		fmt.Fprintf(&b, "| %s | %s |\n", u.Name, u.Sentence)
	}
	return b.String() + "\n"
}

func notWatched() string {
	var b strings.Builder
	for _, k := range All() {
		if !k.Managed() {
			continue
		}
		var rows []string
		unwatched(k.Attrs, "", func(path string, a *kind.Attr) {
			rows = append(rows, fmt.Sprintf("| `%s` | %s |\n", path, a.Unwatched()))
		})
		if len(rows) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s (`%s`)\n\n| attribute | |\n|---|---|\n%s", capital(k.Plural), k.TypeName(), strings.Join(rows, ""))
	}
	return b.String() + "\n"
}

// unwatched visits the attributes that a plan does not watch.
func unwatched(attrs []kind.Attr, path string, visit func(path string, a *kind.Attr)) {
	for i := range attrs {
		a := &attrs[i]
		if a.Unwatched() != "" {
			visit(path+a.Name, a)
		}
		unwatched(a.Attrs, path+a.Name+".", visit)
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
