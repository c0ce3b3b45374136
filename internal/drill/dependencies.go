package drill

import (
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// Who depends on whom: by kind, in the order of the recovery, and by object.

// Graph is the dependencies of a configuration.
type Graph struct {
	Kinds []GraphKind `json:"kinds"` // what depends on nothing first
	Edges []GraphEdge `json:"edges"`
	// Referrers says of each object whom it refers to, by address.
	Objects []GraphObject `json:"objects"`
}

// GraphKind is one kind of object, or of what the code does not manage.
type GraphKind struct {
	Kind    string `json:"kind"`
	Title   string `json:"title"`
	Objects int    `json:"objects"`
	Outside bool   `json:"outside"` // referred to and not managed
	Layer   int    `json:"layer"`   // 0 refers to nothing in the code
	Own     int    `json:"own"`     // references among its own
}

// GraphEdge counts the references from one kind to another.
type GraphEdge struct {
	From       string `json:"from"` // refers
	To         string `json:"to"`   // is referred to
	References int    `json:"references"`
}

// GraphObject is one object and what it refers to in the code.
type GraphObject struct {
	Address string   `json:"address"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	To      []string `json:"to"` // addresses
	Outside int      `json:"outside"`
}

// outside marks the name of a kind that the code does not manage.
const outside = "outside:"

func dependencies(all []*thing) *Graph {
	g := &Graph{}
	targets, counts, objects, own := byID(all), map[[2]string]int{}, map[string]int{}, map[string]int{}
	others := map[string]map[string]bool{}
	for _, t := range all {
		objects[t.kind]++
		o := GraphObject{Address: t.address, Kind: t.kind, Name: t.name, To: []string{}}
		for _, r := range t.refs {
			to := targets[r.id]
			if to == nil {
				kind := outside + r.kinds[0]
				if others[kind] == nil {
					others[kind] = map[string]bool{}
				}
				others[kind][r.id] = true
				counts[[2]string{t.kind, kind}]++
				o.Outside++
				continue
			}
			if to == t {
				continue
			}
			if o.To = append(o.To, to.address); to.kind == t.kind {
				own[t.kind]++
				continue
			}
			counts[[2]string{t.kind, to.kind}]++
		}
		slices.Sort(o.To)
		o.To = slices.Compact(o.To)
		g.Objects = append(g.Objects, o)
	}
	for pair, n := range counts {
		g.Edges = append(g.Edges, GraphEdge{From: pair[0], To: pair[1], References: n})
	}
	sort.Slice(g.Edges, func(i, j int) bool { return g.Edges[i].From+" "+g.Edges[i].To < g.Edges[j].From+" "+g.Edges[j].To })
	layers := g.layers()
	for _, k := range catalog.All() {
		if objects[k.Name] > 0 {
			g.Kinds = append(g.Kinds, GraphKind{Kind: k.Name, Title: k.Plural, Objects: objects[k.Name], Layer: layers[k.Name], Own: own[k.Name]})
		}
		if n := len(others[outside+k.Name]); n > 0 {
			g.Kinds = append(g.Kinds, GraphKind{Kind: outside + k.Name, Title: k.Plural, Objects: n, Outside: true})
		}
		delete(others, outside+k.Name)
	}
	for _, kind := range slices.Sorted(maps.Keys(others)) { // no table knows these: devices
		g.Kinds = append(g.Kinds, GraphKind{Kind: kind, Title: strings.TrimPrefix(kind, outside) + "s", Objects: len(others[kind]), Outside: true})
	}
	sort.SliceStable(g.Kinds, func(i, j int) bool { return g.Kinds[i].Layer < g.Kinds[j].Layer })
	return g
}

// layers gives each kind a place behind all that it refers to. A reference that
// closes a circle is left aside: a recovery breaks it, too, by writing it later.
func (g *Graph) layers() map[string]int {
	to := map[string][]string{}
	for _, e := range g.Edges {
		to[e.From] = append(to[e.From], e.To)
	}
	layers, open := map[string]int{}, map[string]bool{}
	var visit func(kind string) int
	visit = func(kind string) int {
		if n, done := layers[kind]; done {
			return n
		}
		open[kind] = true
		n := 0
		for _, other := range to[kind] {
			if !open[other] {
				n = max(n, visit(other)+1)
			}
		}
		open[kind] = false
		layers[kind] = n
		return n
	}
	for _, k := range catalog.All() {
		visit(k.Name)
	}
	return layers
}
