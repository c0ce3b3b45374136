package catalog

import (
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// TestTables holds every table to the rules of the vocabulary.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, k := range All() {
		if err := k.Check(); err != nil {
			t.Error(err)
		}
		if ByName(k.Name) != k {
			t.Errorf("ByName(%q) is another kind", k.Name)
		}
	}
}

// TestInstructions: what a user can tell the provider about an object stands on
// every kind of object that is managed.
func TestInstructions(t *testing.T) {
	t.Parallel()
	for _, k := range All() {
		want := k.Managed() && k.Life.Form != kind.Edge && k.Life.Form != kind.Element && !k.Life.Link
		if a := k.Attr("deletion_protection"); (a != nil) != want {
			t.Errorf("%s: deletion_protection: %v, want %v", k.Name, a != nil, want)
		}
	}
}

// TestTypeNames: no two data sources have one name.
func TestTypeNames(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, k := range All() {
		var names []string
		if k.Findable() {
			names = append(names, k.TypeName())
		}
		if k.Listable() {
			names = append(names, k.PluralTypeName())
		}
		for _, name := range names {
			if other := seen[name]; other != "" {
				t.Errorf("%s is a data source of %s and of %s", name, other, k.Name)
			}
			seen[name] = k.Name
		}
	}
}

// TestUncovered: what has a table by now leaves the list of what has none.
func TestUncovered(t *testing.T) {
	t.Parallel()
	covered := map[string]string{}
	for _, k := range All() {
		if k.Managed() {
			covered[k.Life.Path] = k.Name
		}
	}
	seen := map[string]bool{}
	for _, u := range AllUncovered() {
		if name := covered[strings.TrimSuffix(u.Path, "/$count")]; name != "" {
			t.Errorf("%s are the kind %s", u.Name, name)
		}
		if u.Name == "" || seen[u.Name] || !strings.HasSuffix(u.Sentence, ".") || (u.Path == "") != (u.Read == nil) {
			t.Errorf("%+v", u)
		}
		seen[u.Name] = true
	}
}

// TestProtectable: the actions have the names by which Graph addresses them.
func TestProtectable(t *testing.T) {
	t.Parallel()
	for _, k := range All() {
		for _, action := range k.Protectable {
			if kind.ActionID(action) == "" {
				t.Errorf("%s: %s ends in no verb", k.Name, action)
			}
		}
	}
	if got, want := kind.ActionID("microsoft.directory/conditionalAccessPolicies/basic/update"), "microsoft.directory-conditionalAccessPolicies-basic-update-patch"; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
