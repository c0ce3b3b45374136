package hclgen

import (
	"sort"
	"strings"
	"unicode"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"golang.org/x/text/unicode/norm"
)

// maxName keeps addresses readable.
const maxName = 64

// deadLocal is the local that holds the ids which lead nowhere.
const deadLocal = "dead_references"

// name gives every object a resource name from its label: lower case words
// with underscores. Where two of a kind would be the same, each gets the start
// of its id, so that a name does not depend on the order of a listing.
func name(objects []*Object) {
	taken := map[string][]*Object{}
	for _, o := range objects {
		o.Name = identifier(o.Label, o.Kind.Name)
		taken[o.Address()] = append(taken[o.Address()], o)
	}
	used := map[string]bool{}
	for address := range taken {
		used[address] = true
	}
	var addresses []string
	for address, list := range taken {
		if len(list) > 1 {
			addresses = append(addresses, address)
		}
	}
	sort.Strings(addresses)
	for _, address := range addresses {
		list := taken[address]
		sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
		for _, o := range list {
			base := o.Name
			for n := 8; ; n++ {
				id := strings.ReplaceAll(o.ID, "-", "")
				if o.Name = base + "_" + id[:min(n, len(id))]; !used[o.Address()] {
					break
				}
			}
			used[o.Address()] = true
		}
	}
}

// identifier turns a label into a Terraform name.
func identifier(label, fallback string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(label) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		default:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
				b.WriteByte('_')
			}
		}
		if b.Len() >= maxName {
			break
		}
	}
	s := strings.Trim(b.String(), "_")
	switch {
	case s == "":
		return fallback
	case s[0] >= '0' && s[0] <= '9':
		return "_" + s
	}
	return s
}

// nameExternal gives every external its place in locals.
func nameExternal(all []*External) {
	seen := map[string]int{}
	for _, e := range all {
		e.Local, e.Key = plural(e.Kind), e.Label
		if e.Label == "" {
			e.Local, e.Key = deadLocal, strings.ReplaceAll(e.Kind, "_", " ")+" "+e.ID
		}
		seen[e.Local+" "+e.Key]++
	}
	for _, e := range all {
		if seen[e.Local+" "+e.Key] > 1 {
			e.Key += " (" + e.ID + ")"
		}
	}
}

// plural is the name of a kind's file and of its map in locals.
func plural(name string) string {
	if strings.HasSuffix(name, "policy") {
		return strings.TrimSuffix(name, "y") + "ies"
	}
	if strings.HasSuffix(name, "s") || strings.HasSuffix(name, "use") {
		return name
	}
	return name + "s"
}

// acyclic returns the objects in a form whose references hold no cycle, and
// what had to be told about that.
func (g *generator) acyclic(objects []*Object, edge *kind.Kind) ([]*Object, []string) {
	onCycle := g.cycles(objects)
	var edges []*Object
	if edge != nil {
		parent := edge.Attr(edge.Life.Placeholders()[0])
		for _, o := range objects {
			members, _ := o.Values["members"].([]string)
			if !onCycle[o] || !names(parent.Ref, o.Kind.Name) || len(members) == 0 {
				continue
			}
			delete(o.Values, "members")
			for _, id := range members {
				label := o.Name + " " + id[:8]
				if m := g.objects[key(kind.ObjectID, id)]; m != nil {
					label = o.Name + " " + m.Name
				}
				edges = append(edges, &Object{Kind: edge, ID: o.ID + "/" + id, Label: label,
					Values: kind.Values{parent.Name: o.ID, memberAttr(edge): id}})
			}
		}
	}
	name(edges)
	var warnings []string
	for {
		from, to := g.firstCycle(objects)
		if from == nil {
			return append(objects, edges...), warnings
		}
		g.cut[from.Address()+"→"+to.Address()] = true
		id, k := to.ID, to.Kind.Name
		if to.AppID != "" {
			id, k = to.AppID, AppKind
		}
		if e := (&External{Kind: k, ID: id, Label: to.Label}); g.external[key(spaceOf(e), id)] == nil {
			g.external[key(spaceOf(e), id)] = e
			g.extra = append(g.extra, e)
		}
		warnings = append(warnings, from.Address()+" and "+to.Address()+" refer to each other: the reference of the first is an id in external.tf, which a recovery does not follow")
	}
}

func memberAttr(edge *kind.Kind) string {
	last := ""
	for _, a := range edge.Attrs {
		if a.Mode == kind.Required {
			last = a.Name
		}
	}
	return last
}
