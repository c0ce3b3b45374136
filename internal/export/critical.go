package export

import (
	"fmt"
	"os"
	"regexp"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The objects that matter most, as a file names them: they are written with
// deletion_protection = true and come first in the manifest. assess
// --suggest-critical writes such a file.

// criticalEntry is one line of that file.
type criticalEntry struct {
	line int
	text string
	kind string // "" for any
	id   string
	name *regexp.Regexp // nil for any
	met  bool
}

// readCritical reads a file of one entry a line: kind, kind:id, kind:name, or *:name
// and *:id for any kind. A name may stand in double quotes, * in it stands for any
// text, and case does not matter. # begins a comment at the beginning of a line.
func readCritical(file string) ([]*criticalEntry, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("could not read what is critical: %w", err)
	}
	var out []*criticalEntry
	for i, line := range strings.Split(strings.TrimPrefix(string(b), "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		x, err := parseCritical(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %q: %w. Nothing was exported", file, i+1, line, err)
		}
		x.line, x.text = i+1, line
		out = append(out, x)
	}
	return out, nil
}

func parseCritical(line string) (*criticalEntry, error) {
	name, which, some := strings.Cut(line, ":")
	name, which = strings.TrimSpace(name), strings.TrimSpace(which)
	x := &criticalEntry{kind: name}
	switch k := catalog.ByName(name); {
	case name == "*" && some:
		x.kind = ""
	case k == nil || !k.Managed():
		return nil, fmt.Errorf("there is no kind %q; write a kind, such as group, then a colon and an id or a name", name)
	}
	if len(which) >= 2 && strings.HasPrefix(which, `"`) && strings.HasSuffix(which, `"`) {
		which = which[1 : len(which)-1]
	}
	switch {
	case which == "" && some:
		return nil, fmt.Errorf("there is nothing after the colon")
	case kind.IsGUID(which):
		x.id = strings.ToLower(which)
	case some:
		parts := strings.Split(which, "*")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		x.name = regexp.MustCompile(`(?is)^` + strings.Join(parts, ".*") + `$`)
	}
	return x, nil
}

// fits tells whether an entry names an object: by what people call it, by its id, or
// by the id that is its natural key.
func (x *criticalEntry) fits(o *hclgen.Object) bool {
	switch {
	case x.kind != "" && x.kind != o.Kind.Name:
		return false
	case x.id != "":
		return x.id == o.ID || x.id == o.AppID
	}
	return x.name == nil || x.name.MatchString(o.Label) || x.name.MatchString(o.ID)
}

// markCritical protects what the file names. An entry that names nothing is a warning:
// a typing error would leave a crown jewel without its protection.
func (e *exporter) markCritical(objects []*hclgen.Object) {
	for _, o := range objects {
		for _, x := range e.critical {
			if x.fits(o) {
				x.met, o.Critical = true, true
			}
		}
		if a := o.Kind.Attr("deletion_protection"); o.Critical && a != nil {
			o.Change(func(v kind.Values) { v[a.Name] = true })
		}
	}
	for _, x := range e.critical {
		if !x.met {
			e.warnings = append(e.warnings, fmt.Sprintf("%s:%d: %q names nothing that was exported", e.options.Critical, x.line, x.text))
		}
	}
}

// sortObjects brings the objects of a manifest into its order: what is critical, then
// the rest, each by address.
func sortObjects(all []ManifestObject) {
	sort.SliceStable(all, func(i, j int) bool {
		if all[i].Critical != all[j].Critical {
			return all[i].Critical
		}
		return all[i].Address < all[j].Address
	})
}
