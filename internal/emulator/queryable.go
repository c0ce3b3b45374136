package emulator

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// Which property may be asked for what: seed/filters.tsv, from Microsoft's reference. See
// https://learn.microsoft.com/graph/aad-advanced-queries for what "advanced" means.

//go:embed seed/filters.tsv
var filtersTable string

// queryable is filters.tsv: type → property → what may be done with it.
var queryable = sync.OnceValue(func() map[string]map[string][]string {
	out := map[string]map[string][]string{}
	for _, row := range rows(filtersTable) {
		if out[row[0]] == nil {
			out[row[0]] = map[string][]string{}
		}
		out[row[0]][row[1]] = strings.Fields(row[2])
	}
	return out
})

// linkedTypes are what a relation between directory objects leads to.
var linkedTypes = []string{"user", "group", "servicePrincipal", "device", "application", "administrativeUnit", "directoryRole"}

// operators lists what may be done with a property: one below it stands for it. all tells
// that the type is not in the table and so no operator is refused.
func (l listing) operators(path string) (ops []string, all bool) {
	name, _, _ := strings.Cut(path, "/")
	if l.anyFilter {
		return nil, true
	}
	if l.typ == "directoryObject" {
		for _, typ := range linkedTypes {
			ops = append(ops, queryable()[typ][name]...)
		}
		return ops, false
	}
	if table, known := queryable()[l.typ]; known {
		return table[name], false
	}
	return nil, l.filterable == nil || slices.Contains(l.filterable, name)
}

// can tells whether the operator may be used with the property.
func (l listing) can(path, operator string) bool {
	ops, all := l.operators(path)
	return all || slices.Contains(ops, operator)
}

// needsIndex tells whether only an advanced query can filter by the property.
func (l listing) needsIndex(path string) bool {
	ops, _ := l.operators(path)
	return slices.Contains(ops, "advanced")
}

// polymorphic tells whether the rows of the collection have derived types.
func (l listing) polymorphic() bool { return l.typ == "directoryObject" || l.typ == "namedLocation" }

// resolve finds the property that a path such as passwordProfile/forceChangePassword
// leads to, through complex properties alone.
func (l listing) resolve(path string) (metadata.Property, bool) {
	parts := strings.Split(path, "/")
	p, known := propertyOf(l.typ, parts[0], l.beta)
	if parts[0] == "id" && !known {
		p, known = metadata.Property{Name: "id", Type: "String"}, true
	}
	return follow(p, known, parts[1:], l.beta)
}

// follow follows the rest of a path.
func follow(p metadata.Property, known bool, parts []string, beta bool) (metadata.Property, bool) {
	for _, name := range parts {
		if !known || p.Collection || p.Kind != metadata.Complex {
			return p, false
		}
		p, known = propertyOf(p.Type, name, beta)
	}
	return p, known
}

// valueAt reads the value that a path leads to.
func valueAt(o *object, path string) any {
	name, rest, nested := strings.Cut(path, "/")
	v := valueOf(o, name)
	for nested {
		name, rest, nested = strings.Cut(rest, "/")
		b, _ := v.(body)
		v = b[name]
	}
	return v
}

// valueOf reads a property of an object, its id included.
func valueOf(o *object, property string) any {
	switch property {
	case "id":
		return o.id
	case "deletedDateTime":
		if o.live() {
			return nil
		}
		return timestamp(o.deleted)
	}
	return o.body[property]
}

// same compares as the directory does: text without regard to case, and a flag that was
// never set is null.
func same(got, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	if g, isText := got.(string); isText {
		w, also := want.(string)
		return also && strings.EqualFold(g, w)
	}
	return textOf(got) == textOf(want)
}
