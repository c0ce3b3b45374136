package hclgen

import (
	"slices"
	"sort"
	"strconv"
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
// of its id, so that a name does not depend on the order of a listing. Objects
// of an archive may lack an id: those are counted. used are the addresses that
// code has; those given are added. What has no label is named when the rest is,
// after what it links.
func name(objects []*Object, used map[string]bool, label func(*Object) string) {
	var labelled, links []*Object
	for _, o := range objects {
		if o.Label == "" && len(o.Kind.Ends()) > 0 {
			links = append(links, o)
		} else {
			labelled = append(labelled, o)
		}
	}
	assign(labelled, used)
	for _, o := range links {
		o.Label = label(o)
	}
	assign(links, used)
}

// label is what a link is called: the names of what it connects.
func (g *generator) label(o *Object) string {
	var parts []string
	ends := o.Kind.Ends()
	o.Kind.References(o.Load(), func(path string, _ *kind.Attr, ref *kind.Ref, id string) {
		if !slices.Contains(ends, path) {
			return
		}
		switch to, x := g.object(o, ref, id), g.external[key(ref.Space, id)]; {
		case to != nil:
			parts = append(parts, to.Name)
		case x != nil && x.Label != "":
			parts = append(parts, x.Label)
		default:
			parts = append(parts, id[:min(len(id), shortID)])
		}
	})
	for _, name := range ends {
		if note := o.Said[name]; note != "" {
			parts = append(parts, note)
		}
	}
	for i, p := range parts {
		parts[i] = p[:min(len(p), maxName/len(parts))]
	}
	return strings.Join(parts, " ")
}

func assign(objects []*Object, used map[string]bool) {
	taken := map[string][]*Object{}
	for _, o := range objects {
		o.Name = identifier(o)
		taken[o.Address()] = append(taken[o.Address()], o)
	}
	var addresses []string
	for address, list := range taken {
		if len(list) > 1 || used[address] {
			addresses = append(addresses, address)
		}
	}
	for address := range taken {
		used[address] = true
	}
	sort.Strings(addresses)
	for _, address := range addresses {
		list := taken[address]
		sort.SliceStable(list, func(i, j int) bool { return list[i].ID < list[j].ID })
		for _, o := range list {
			o.distinguish(used)
			used[o.Address()] = true
		}
	}
}

// distinguish gives the object a name that is not used: with more and more of
// its id, or else with a number.
func (o *Object) distinguish(used map[string]bool) {
	base, id := o.Name, digits(o.ID)
	for n := shortID; n <= len(id); n++ {
		if o.Name = suffixed(base, id[:n]); !used[o.Address()] {
			return
		}
	}
	for n := 1; ; n++ {
		if o.Name = suffixed(base, strconv.Itoa(n)); !used[o.Address()] {
			return
		}
	}
}

// shortID is how much of an id tells objects of one name apart.
const shortID = 8

// digits are those of an id; of an edge's id "group/member", the member's.
func digits(id string) string {
	return strings.ReplaceAll(id[strings.LastIndex(id, "/")+1:], "-", "")
}

func suffixed(base, suffix string) string {
	return strings.TrimRight(base[:min(len(base), maxName-1-len(suffix))], "_") + "_" + suffix
}

// identifier turns the label into a Terraform name: ASCII letters and digits,
// accents taken off. A label without any becomes the kind and the id's start.
func identifier(o *Object) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(o.Label) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case unicode.Is(unicode.Mn, r): // the accent of the letter before
		case spelled[r] != "":
			b.WriteString(spelled[r])
		default:
			if s := b.String(); s != "" && !strings.HasSuffix(s, "_") {
				b.WriteByte('_')
			}
		}
	}
	s := strings.Trim(b.String(), "_")
	if s == "" {
		if s = o.Kind.Name; len(digits(o.ID)) >= shortID {
			s += "_" + digits(o.ID)[:shortID]
		}
	}
	if s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return strings.TrimRight(s[:min(len(s), maxName)], "_")
}

// spelled are letters of Latin scripts that have no accent to take off.
var spelled = map[rune]string{
	'ß': "ss", 'Æ': "ae", 'æ': "ae", 'Ø': "o", 'ø': "o", 'Œ': "oe", 'œ': "oe", 'Ł': "l", 'ł': "l",
	'Đ': "d", 'đ': "d", 'Ð': "d", 'ð': "d", 'Þ': "th", 'þ': "th", 'ı': "i",
}

// nameExternal gives every external its place in locals.
func nameExternal(all []*External, suffix string) {
	seen := map[string]int{}
	for _, e := range all {
		if e.Written {
			continue
		}
		e.Local, e.Key = e.Place(), e.Label
		if e.Label == "" {
			e.Key = strings.ReplaceAll(e.Kind, "_", " ") + " " + e.ID
		}
		e.Local += suffix
		seen[e.Local+" "+e.Key]++
	}
	for _, e := range all {
		if !e.Written && seen[e.Local+" "+e.Key] > 1 {
			e.Key += " (" + e.ID + ")"
		}
	}
}

// Place is the map in locals that holds such externals, suffix apart.
func (e *External) Place() string {
	if e.Label == "" {
		return deadLocal
	}
	return kind.PluralOf(e.Kind)
}

// acyclic returns the objects in a form whose references hold no cycle, and
// what had to be told about that.
func (g *generator) acyclic(objects []*Object, breakers []*kind.Kind, used map[string]bool) ([]*Object, []string) {
	edges := g.broken(objects, breakers)
	assign(edges, used)
	var warnings []string
	for {
		from, to := g.firstCycle(objects)
		if from == nil {
			return append(objects, edges...), warnings
		}
		g.cut[from.Address()+"→"+to.Address()], from.sought = true, false
		var cut []*External
		if to.Kind.Name != AppKind {
			cut = append(cut, &External{Kind: to.Kind.Name, ID: to.ID, Label: to.Label, Note: cutNote})
		}
		if to.AppID != "" {
			cut = append(cut, &External{Kind: AppKind, ID: to.AppID, Label: to.Label, Note: cutNote})
		}
		for _, e := range cut {
			if k := key(spaceOf(e), e.ID); g.external[k] == nil {
				g.external[k] = e
				g.extra = append(g.extra, e)
			}
		}
		warnings = append(warnings, from.Address()+" and "+to.Address()+" refer to each other: the reference of the first is an id in external.tf, which a recovery does not follow")
	}
}

// cutNote stands beside an id that only breaks a cycle.
const cutNote = "Managed here, and an id all the same: Terraform takes no cycle of references. Change it after a recovery that makes the object anew."

func text(v any) string {
	s, _ := v.(string)
	return s
}
