package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// The files of an export that change after it.
const (
	importsFile  = "imports.tf"
	manifestFile = "manifest.json"
)

// Manifest is the file manifest.json: what an export read, wrote and left out.
type Manifest struct {
	FormatVersion int              `json:"formatVersion"`
	TenantID      string           `json:"tenantId"`
	ExportedAt    string           `json:"exportedAt"` // RFC 3339, UTC
	Kinds         []ManifestKind   `json:"kinds"`
	Objects       []ManifestObject `json:"objects"`
	External      []ManifestDead   `json:"external"`
	Refused       []Refused        `json:"refused,omitempty"`
}

// Refused is a file of an archive, or one property in it, that could not be read.
type Refused struct {
	File     string `json:"file"`
	Property string `json:"property,omitempty"`
	Reason   string `json:"reason"`
}

func (r Refused) String() string {
	return strings.TrimSuffix(r.File+" "+r.Property, " ") + " was left out: " + r.Reason
}

// Files counts the refused files and objects, single properties apart.
func Files(all []Refused) int {
	n := 0
	for _, r := range all {
		if r.Property == "" {
			n++
		}
	}
	return n
}

// ManifestKind says of one kind how much there was.
type ManifestKind struct {
	Kind              string    `json:"kind"`
	Read              int       `json:"read"`
	Exported          int       `json:"exported"`
	Skipped           []Skipped `json:"skipped"`
	UnknownProperties []string  `json:"unknownProperties"` // held a value and no table knows them
}

// Skipped is an object that cannot be a resource.
type Skipped struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// ManifestObject is one exported object. Key is its natural key: its name, or of
// a link the ids of its ends.
type ManifestObject struct {
	Address     string `json:"address"`
	Kind        string `json:"kind"`
	ID          string `json:"id"`
	AppID       string `json:"appId,omitempty"`
	Key         string `json:"key"`
	DisplayName string `json:"displayName"`
	Critical    bool   `json:"critical,omitempty"` // named by export --critical; such come first
}

// ManifestDead is one object that code refers to and does not manage.
type ManifestDead struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Key  string `json:"key"`
	Dead bool   `json:"dead"`
	// Local is the map in locals, where that is not the kind's own: after an update.
	Local string `json:"local,omitempty"`
}

func (e *exporter) manifest(out *hclgen.Output) *Manifest {
	m := &Manifest{FormatVersion: 1, TenantID: e.tenant, ExportedAt: e.now().UTC().Format(time.RFC3339),
		Objects: []ManifestObject{}, External: []ManifestDead{}, Refused: e.refused}
	written := map[string]int{}
	for _, o := range out.Objects {
		written[o.Kind.Name]++
		m.Objects = append(m.Objects, ManifestObject{Address: o.Address(), Kind: o.Kind.Name, ID: o.Import(), AppID: o.AppID, Key: keyOf(o), DisplayName: o.Label, Critical: o.Critical})
	}
	sortObjects(m.Objects)
	for _, k := range e.kinds {
		r := e.read[k.Name]
		mk := ManifestKind{Kind: k.Name, Read: r.total, Exported: written[k.Name], Skipped: append([]Skipped{}, r.skipped...), UnknownProperties: []string{}}
		for u := range r.unknown {
			mk.UnknownProperties = append(mk.UnknownProperties, u)
		}
		sort.Strings(mk.UnknownProperties)
		m.Kinds = append(m.Kinds, mk)
	}
	m.External = append(m.External, recorded(out.External)...)
	return m
}

// keyOf is the natural key of an object: its label, or of a link the ids of what
// it connects, in the order of the table and with a space between.
func keyOf(o *hclgen.Object) string {
	if o.Kind.Life.Link {
		return endsOf(o.Kind, o.Load())
	}
	return o.Label
}

// endsOf is the natural key of a link; what it does not hold is a dash.
func endsOf(k *kind.Kind, v kind.Values) string {
	var ends []string
	for _, name := range k.Ends() {
		s := str(v[name])
		if s == "" {
			s = "-"
		}
		ends = append(ends, s)
	}
	return strings.Join(ends, " ")
}

// recorded returns externals as a manifest holds them.
func recorded(all []*hclgen.External) []ManifestDead {
	var out []ManifestDead
	for _, x := range all {
		d := ManifestDead{Kind: x.Kind, ID: x.ID, Key: x.Key, Dead: x.Label == ""}
		if x.Local != x.Place() {
			d.Local = x.Local
		}
		out = append(out, d)
	}
	return out
}

// write writes the manifest, one object at a time: there may be very many.
func (m *Manifest) write(w io.Writer) error {
	head := *m
	head.Objects = []ManifestObject{}
	all, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	const mark = "\n  \"objects\": [" // a line of its own, as no text in JSON holds one
	before, after, _ := strings.Cut(string(all), mark)
	text, closing := before+mark, ""
	for i := range m.Objects {
		object, err := json.MarshalIndent(m.Objects[i], "    ", "  ")
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, text+"\n    "+string(object)); err != nil {
			return err
		}
		text, closing = ",", "\n  "
	}
	if len(m.Objects) > 0 {
		text = ""
	}
	_, err = io.WriteString(w, text+closing+after+"\n")
	return err
}

var guidPattern = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)

// prose are the attributes in which people write what they like.
var prose = regexp.MustCompile(`^\s*("[^"]*"|display_name|description|notes|\w+_description|\w+_display_name)\s*=`)

// checkLiterals fails when the id of an exported object stands in the code as
// it is: a recovery would not follow it. In prose it is a warning, since
// nothing but a reader follows it there; keys of maps are a user's own choice.
// An id that an object keeps when it is made anew may stand anywhere.
func (e *exporter) checkLiterals(out *hclgen.Output, dir string) error {
	known := map[string]string{} // address by id
	if e.base != nil {
		maps.Copy(known, e.base.byID)
	}
	for _, o := range out.Objects {
		if !o.Kind.KeepsID() && kind.IsGUID(o.ID) {
			known[o.ID] = o.Address()
			if a := o.Kind.Attr("app_id"); a != nil && a.Mode == kind.Computed { // else the code says it, in one place
				known[o.AppID] = o.Address()
			}
		}
	}
	delete(known, "")
	for _, file := range out.Files {
		if file == importsFile || strings.HasPrefix(file, "external") {
			continue
		}
		err := lines(filepath.Join(dir, file), func(line string) error {
			for _, id := range guidPattern.FindAllString(line, -1) {
				address := known[strings.ToLower(id)]
				switch {
				case address == "":
				case prose.MatchString(line):
					e.warnings = append(e.warnings, fmt.Sprintf("%s mentions the id of %s in a text, which a recovery does not change: %s", file, address, strings.TrimSpace(line)))
				default:
					return fmt.Errorf("%s would hold the id %s of %s as it is, and a recovery would not follow it: %s. This is a gap of the export; please report it with that line", file, id, address, strings.TrimSpace(line))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lines hands over the lines of a file, of any length.
func lines(path string, each func(string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line != "" {
			if err := each(line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// ReadManifest reads the one of a folder that export wrote.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestFile)
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s has no manifest.json: --dir must name a folder that export wrote", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("could not read %s: %w", path, err)
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w. Take it from version control, or export again", path, err)
	}
	return &m, nil
}
