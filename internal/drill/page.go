package drill

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
)

// The page: one file without scripts, fonts or pictures from elsewhere.

//go:embed page.html.tmpl
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"duration": Duration,
	"seconds":  func(s float64) string { return fmt.Sprintf("%.1f s", s) },
	"plural":   func(kind string) string { return titleOf(kind, true) },
	"title":    func(kind string) string { return titleOf(kind, false) },
	"id":       func(s string) string { return strings.NewReplacer(":", "-", ",", "-", " ", "-").Replace(s) },
	"capital":  capital,
}).Parse(pageText))

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// titleOf is a kind in words.
func titleOf(kind string, many bool) string {
	k := catalog.ByName(strings.TrimPrefix(kind, outside))
	switch {
	case k == nil && many:
		return strings.TrimPrefix(kind, outside) + "s"
	case k == nil:
		return strings.TrimPrefix(kind, outside)
	case many:
		return k.Plural
	}
	return k.Title
}

// HTML is the report as one page.
func (r *Report) HTML() ([]byte, error) {
	var out bytes.Buffer
	err := page.Execute(&out, struct {
		*Report
		Drawing   *drawing
		ByKind    []kindObjects
		Referrers []referrer
	}{r, r.Graph.draw(), r.Graph.byKind(), r.Graph.referrers()})
	if err != nil {
		return nil, fmt.Errorf("could not write the page: %w", err)
	}
	return out.Bytes(), nil
}

// kindObjects are the objects of one kind and whom they refer to.
type kindObjects struct {
	Kind    string
	Objects []GraphObject
}

func (g *Graph) byKind() []kindObjects {
	if g == nil {
		return nil
	}
	var out []kindObjects
	for _, k := range g.Kinds {
		one := kindObjects{Kind: k.Kind}
		for _, o := range g.Objects {
			if o.Kind == k.Kind {
				one.Objects = append(one.Objects, o)
			}
		}
		if len(one.Objects) > 0 {
			out = append(out, one)
		}
	}
	return out
}

// referrer is one kind and what it refers to: the drawing in words.
type referrer struct {
	GraphKind
	To []GraphEdge
}

func (g *Graph) referrers() []referrer {
	if g == nil {
		return nil
	}
	var out []referrer
	for _, k := range g.Kinds {
		one := referrer{GraphKind: k}
		for _, e := range g.Edges {
			if e.From == k.Kind {
				one.To = append(one.To, e)
			}
		}
		out = append(out, one)
	}
	return out
}

// drawing is the graph of kinds, laid out: what is referred to on the left, who
// refers to it on the right.
type drawing struct {
	Width, Height int
	Boxes         []box
	Lines         []line
}

type box struct {
	X, Y, W, H int
	Words      []string
	Count      string
	Outside    bool
	kind       string
}

type line struct {
	Path  string
	Width string
	Says  string
}

// The measures of the drawing, in pixels.
const (
	boxWidth, boxHeight = 172, 58
	columnGap, rowGap   = 72, 14
	margin              = 2
	wordsInLine         = 20
)

func (g *Graph) draw() *drawing {
	if g == nil || len(g.Kinds) == 0 {
		return nil
	}
	d := &drawing{}
	at, rows := map[string]int{}, map[int]int{}
	for _, k := range g.ordered() {
		count := fmt.Sprint(k.Objects)
		switch {
		case k.Outside:
			count += ", not in the code"
		case k.Own > 0:
			count += fmt.Sprintf(", linked among them: %d", k.Own)
		}
		b := box{X: margin + k.Layer*(boxWidth+columnGap), Y: margin + rows[k.Layer]*(boxHeight+rowGap), W: boxWidth, H: boxHeight,
			Words: wrap(capital(k.Title)), Count: count, Outside: k.Outside, kind: k.Kind}
		rows[k.Layer]++
		at[k.Kind] = len(d.Boxes)
		d.Boxes = append(d.Boxes, b)
		d.Width, d.Height = max(d.Width, b.X+b.W+margin), max(d.Height, b.Y+b.H+margin)
	}
	g.connect(d, at)
	return d
}

// ordered puts the kinds of each column near those that they refer to.
func (g *Graph) ordered() []GraphKind {
	out := slices.Clone(g.Kinds)
	place := map[string]float64{}
	for layer := 0; ; layer++ {
		var column []GraphKind
		for _, k := range out {
			if k.Layer == layer {
				column = append(column, k)
			}
		}
		if len(column) == 0 {
			break
		}
		weight := map[string]float64{}
		for i, k := range column {
			total, n := 0.0, 0.0
			for _, e := range g.Edges {
				if p, placed := place[e.To]; e.From == k.Kind && placed {
					total, n = total+p, n+1
				}
			}
			if weight[k.Kind] = float64(i); n > 0 {
				weight[k.Kind] = total / n
			}
		}
		slices.SortStableFunc(column, func(a, b GraphKind) int {
			if a.Outside != b.Outside { // what is not in the code stands below
				return map[bool]int{true: 1, false: -1}[a.Outside]
			}
			return int(1000 * (weight[a.Kind] - weight[b.Kind]))
		})
		for i, k := range column {
			place[k.Kind] = float64(i)
		}
		rest := slices.DeleteFunc(slices.Clone(out), func(k GraphKind) bool { return k.Layer == layer })
		out = append(rest, column...)
	}
	return out
}

// connect draws a line for each pair of kinds. Where several end at one box they
// are spread along its side.
func (g *Graph) connect(d *drawing, at map[string]int) {
	port := func(kind string, left bool, other string) int {
		var others []string
		for _, e := range g.Edges {
			if left && e.From == kind {
				others = append(others, e.To)
			} else if !left && e.To == kind {
				others = append(others, e.From)
			}
		}
		slices.SortStableFunc(others, func(a, b string) int { return d.Boxes[at[a]].Y - d.Boxes[at[b]].Y })
		return d.Boxes[at[kind]].Y + boxHeight*(slices.Index(others, other)+1)/(len(others)+1)
	}
	for _, e := range g.Edges {
		from, to := d.Boxes[at[e.From]], d.Boxes[at[e.To]]
		x1, y1 := to.X+to.W, port(e.To, false, e.From)
		x2, y2 := from.X, port(e.From, true, e.To)
		bend := max((x2-x1)/2, columnGap/2)
		width := 1.0
		for n := e.References; n >= 4; n /= 4 {
			width += 0.75
		}
		d.Lines = append(d.Lines, line{
			Path: fmt.Sprintf("M%d %d C%d %d %d %d %d %d", x1, y1, x1+bend, y1, x2-bend, y2, x2, y2), Width: fmt.Sprintf("%.2f", width),
			Says: fmt.Sprintf("%s refer to %s: %d", titleOf(e.From, true), titleOf(e.To, true), e.References),
		})
	}
}

// wrap breaks a title into two lines at most.
func wrap(title string) []string {
	lines := []string{""}
	for _, word := range strings.Fields(title) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len(*last)+1+len(word) <= wordsInLine || len(lines) == 2:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
