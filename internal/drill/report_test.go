package drill

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const nasty = `<script>alert("1")</script> & Söhne`

// sample is a report with all that a page can show.
func sample(objects int) *Report {
	s := Scenario{Name: "kinds:group,named_location", Says: "What happened.", Converged: true, Equal: true, Applies: 1, Seconds: 3.2,
		Requests: Requests{Total: 300, ConditionalAccess: 90, Directory: 200}, Estimate: 93.2, Notes: []string{"a note on " + nasty},
		Lost: []Lost{{Kind: "application", Why: "The new id breaks things.", Objects: []string{"entra_application.a"}}}}
	var all []*thing
	for i := range objects {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", i)
		kind := []string{"group", "conditional_access_policy", "application", "named_location"}[i%4]
		t := &thing{address: fmt.Sprintf("entra_%s.x%d", kind, i), kind: kind, name: nasty, values: map[string]any{"id": id}}
		if kind == "conditional_access_policy" {
			t.refs = []reference{{path: "conditions.users.exclude_groups", id: fmt.Sprintf("00000000-0000-4000-8000-%012d", i-1), kinds: []string{"group"}},
				{path: "conditions.users.exclude_users", id: "11111111-0000-4000-8000-000000000000", kinds: []string{"user"}}}
		}
		all = append(all, t)
		o := Object{Address: t.address, Kind: kind, Name: nasty, Happened: purged, Outcome: Recreated, Relinked: len(t.refs)}
		switch i {
		case 0:
			o.Outcome, o.Reason = Failed, "it is gone: "+nasty
		case 1:
			o.Outcome, o.Reason = Refused, "policy of the user"
		case 2:
			o.Outcome = Restored
		}
		s.Objects = append(s.Objects, o)
	}
	s.finish()
	r := &Report{Proves: Proves, FormatVersion: 1, Dir: nasty, Engine: "terraform", Version: "1.2.3", StartedAt: "2026-11-20T14:03:00Z",
		Scenarios: []Scenario{s}, Notes: []string{"assumed " + nasty}, Graph: dependencies(all)}
	r.finish()
	return r
}

// element is a start tag of a page, with its text.
type element struct {
	name  string
	attrs map[string]string
	text  string
}

// elements reads a page; a tag that is not closed, or closed twice, is an error.
func elements(t *testing.T, content []byte) []*element {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(content))
	d.Entity = xml.HTMLEntity
	var out, open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal("the page is not well formed: ", err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			e := &element{name: x.Name.Local, attrs: map[string]string{}}
			for _, a := range x.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			out, open = append(out, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(x)
			}
		}
	}
	return out
}

func count(all []*element, name string, is func(*element) bool) int {
	n := 0
	for _, e := range all {
		if e.name == name && (is == nil || is(e)) {
			n++
		}
	}
	return n
}

// TestPage: the page has its landmarks, names what scrolls, escapes what people
// wrote, and says of every object what became of it.
func TestPage(t *testing.T) {
	t.Parallel()
	const n = 300
	content, err := sample(n).HTML()
	if err != nil {
		t.Fatal(err)
	}
	all := elements(t, content)
	for name, want := range map[string]int{"html": 1, "main": 1, "header": 1, "footer": 1, "nav": 1, "h1": 1, "svg": 1, "script": 0, "link": 0, "img": 0, "iframe": 0} {
		if got := count(all, name, nil); got != want {
			t.Errorf("%d elements %s, want %d", got, name, want)
		}
	}
	ids := map[string]bool{}
	for _, e := range all {
		id := e.attrs["id"]
		if id != "" && ids[id] {
			t.Errorf("the id %q is there twice", id)
		}
		ids[id] = true
		for name, v := range e.attrs {
			if strings.Contains(v, "://") || strings.HasPrefix(name, "on") {
				t.Errorf("%s has %s=%q", e.name, name, v)
			}
		}
	}
	for _, e := range all {
		for _, name := range []string{"aria-labelledby", "href"} {
			if to := strings.TrimPrefix(e.attrs[name], "#"); to != "" && !ids[to] {
				t.Errorf("%s of %s leads to %q, which is not there", name, e.name, to)
			}
		}
		switch {
		case e.name == "html" && e.attrs["lang"] != "en", e.name == "th" && e.attrs["scope"] == "":
			t.Errorf("%s lacks its attribute: %v", e.name, e.attrs)
		case e.name == "table" && !strings.Contains(string(content), "<caption"):
			t.Error("a table has no caption")
		case strings.Contains(e.attrs["class"], "scroll") && (e.attrs["tabindex"] != "0" || e.attrs["role"] != "region" || e.attrs["aria-labelledby"]+e.attrs["aria-label"] == ""):
			t.Errorf("what scrolls cannot be reached by keyboard: %v", e.attrs)
		}
	}
	if count(all, "table", nil) != count(all, "caption", nil) {
		t.Error("not every table has a caption")
	}
	if body := find(all, "body").text; !strings.HasPrefix(strings.TrimSpace(strings.Replace(body, "To the results", "", 1)), Proves) {
		t.Error("the first line does not say what the drill proves")
	}
	if title := find(all, "title").text; !strings.HasPrefix(title, "Not everything came back") || !strings.Contains(title, nasty) {
		t.Errorf("the title is %q", title)
	}
	if !strings.Contains(find(all, "h1").text, nasty) {
		t.Error("a name is not shown as it is written")
	}
	row := func(address string) func(*element) bool {
		return func(e *element) bool { return strings.HasPrefix(strings.TrimSpace(e.text), address+nasty) }
	}
	if count(all, "tr", row("entra_group.x0")) != 1 || count(all, "tr", row("entra_named_location.x299")) != 1 {
		t.Error("an object has no row")
	}
	if got := count(all, "rect", nil); got != 5 {
		t.Errorf("the drawing has %d boxes, want 4 kinds and the users", got)
	}
	if got := count(all, "path", nil); got != 2 {
		t.Errorf("the drawing has %d lines, want 2", got)
	}
}

func find(all []*element, name string) *element {
	for _, e := range all {
		if e.name == name {
			return e
		}
	}
	return &element{}
}

// TestJUnit: each object is a case of its scenario, and what failed or was
// refused is told apart.
func TestJUnit(t *testing.T) {
	t.Parallel()
	var got suites
	if err := xml.Unmarshal(sample(8).junit(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Tests != 9 || got.Failures != 1 || got.Skipped != 1 || len(got.Suites) != 1 || len(got.Suites[0].Cases) != 9 {
		t.Fatalf("%+v", got)
	}
	if c := got.Suites[0].Cases[1]; c.Class != "group" || c.Name != "entra_group.x0" || c.Failure == nil || c.Failure.Text != "it is gone: "+nasty {
		t.Errorf("%+v", c)
	}
}

// TestWrite: all three files are there, and the JSON says whether all came back.
func TestWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	if err := sample(4).Write(dir); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got Report
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if got.Recovered || !strings.HasPrefix(string(content), "{\n  \"proves\": ") || got.Scenarios[0].Total.Failed != 1 || got.Scenarios[0].Total.Refused != 1 || got.Scenarios[0].Total.Restored != 1 {
		t.Errorf("%+v", got.Scenarios[0].Total)
	}
	for _, name := range []string{"report.xml", "report.html"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestEstimate: the slowest quota counts, and what fits into a burst costs nothing.
func TestEstimate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r    Requests
		want float64
	}{
		"Conditional Access": {Requests{ConditionalAccess: 90, Directory: 200}, 95},
		"a burst":            {Requests{Directory: 1000, DirectoryWrites: 900}, 5},
		"the directory":      {Requests{Directory: 3500, ConditionalAccess: 2}, 15},
		"the audit log":      {Requests{Audit: 20}, 45},
	} {
		if got := c.r.Estimate(5); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestLayers: what is referred to stands left of who refers to it, and a circle
// of references has an end.
func TestLayers(t *testing.T) {
	t.Parallel()
	const a, b, c = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b", "00000000-0000-4000-8000-00000000000c"
	to := func(kind, id string) []reference { return []reference{{path: "x", id: id, kinds: []string{kind}}} }
	g := dependencies([]*thing{
		{address: "entra_group.a", kind: "group", values: map[string]any{"id": a}, refs: to("administrative_unit", c)},
		{address: "entra_administrative_unit.c", kind: "administrative_unit", values: map[string]any{"id": c}, refs: to("group", a)},
		{address: "entra_conditional_access_policy.b", kind: "conditional_access_policy", values: map[string]any{"id": b}, refs: to("group", a)},
	})
	at := map[string]int{}
	for _, k := range g.Kinds {
		at[k.Kind] = k.Layer
	}
	if at["conditional_access_policy"] <= at["group"] || at["group"] == at["administrative_unit"] {
		t.Errorf("%v", at)
	}
	d := g.draw()
	if len(d.Boxes) != 3 || len(d.Lines) != 3 {
		t.Errorf("%d boxes and %d lines", len(d.Boxes), len(d.Lines))
	}
}
