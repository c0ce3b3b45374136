package kind

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNamed: what the record of a removal must name, and where values do not tell it.
func TestNamed(t *testing.T) {
	t.Parallel()
	link := &Kind{Life: Linking("/links"), Removal: Unlinked("to", "Remove link"), Attrs: []Attr{
		Text("to", Required, "d").AtCreation(), Text("who", Optional, "d").AtCreation(),
		Text("scope", Default, "d").Or("/").AtCreation().Embedding(Embedded{Ref: To("unit"), Pattern: regexp.MustCompile(`^/units/(.+)$`)}),
		Text("note", Optional, "d"),
	}}
	part := &Kind{Life: In("/parents/{parent_id}/parts"), Removal: TakenOut("parent_id", "Parts", "Update parent")}
	item := &Kind{Life: ItemOf("/parents/{parent_id}", "items", "key"), Removal: TakenOut("parent_id", "Items", "Update parent")}
	for name, x := range map[string]struct {
		kind       *Kind
		v          Values
		ids, scope string
		ok         bool
	}{
		"link":                         {link, Values{"to": "a", "who": "b", "note": "n"}, "a b", "", true},
		"over a unit":                  {link, Values{"to": "a", "scope": "/units/" + some}, "a", some, true},
		"imported by its id":           {link, Values{"id": "x"}, "", "", false},
		"part":                         {part, Values{"id": "x", "parent_id": "p"}, "x", "", true},
		"item":                         {item, Values{"key": "k", "id": "p/k"}, "k", "", true},
		"item whose key nobody stated": {item, Values{"id": "p/k"}, "", "", false},
	} {
		ids, scope, ok := x.kind.Named(x.v)
		if got, want := []any{strings.Join(ids, " "), strings.Join(scope, " "), ok}, []any{x.ids, x.scope, x.ok}; cmp.Diff(want, got) != "" {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestCheckRemoval: a table says how the log tells of a removal, or why it does not.
func TestCheckRemoval(t *testing.T) {
	t.Parallel()
	table := func(life Life, removal *Removal, unlogged string, logged bool) error {
		k := Kind{Name: "k", Title: "k", Plural: "ks", Doc: "d", Life: life, Removal: removal, Unlogged: unlogged, Attrs: []Attr{Text("to", Optional, "d")}}
		if logged {
			k.Attrs = append(k.Attrs, Text("deleted_by", Computed, "d"))
		}
		return k.Check()
	}
	if err := table(Linking("/links"), Unlinked("to", "Remove link"), "", true); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"a link without words":     table(Linking("/links"), nil, "", true),
		"words for nobody to read": table(Linking("/links"), Unlinked("to", "Remove link"), "", false),
		"no activity":              table(Linking("/links"), Unlinked("to"), "", true),
		"of what it is not":        table(Linking("/links"), Unlinked("from", "Remove link"), "", true),
		"logged and not":           table(In("/things"), nil, "it is not", true),
	} {
		if err == nil {
			t.Errorf("%s: the table is accepted", name)
		}
	}
}
