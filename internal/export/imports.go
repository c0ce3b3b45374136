package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/hclgen"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// ImportsOptions say whose import blocks to bring up to date.
type ImportsOptions struct {
	Dir    string            // folder of an export, with its manifest and perhaps its state
	Adopt  map[string]string // address → id, by the user's word
	ByName bool              // take over a live object when it alone has the name
}

// Moved is one line of id-map.json: an object that has another id than before.
type Moved struct {
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	OldID    string `json:"oldId"`
	NewID    string `json:"newId"`
	OldAppID string `json:"oldAppId,omitempty"`
	NewAppID string `json:"newAppId,omitempty"`
}

// ImportsResult is what Imports did.
type ImportsResult struct {
	Blocks int
	Moved  []Moved
	// Untouched names what is left as it was, each with the reason: addresses
	// with count or for_each, modules, blocks outside imports.tf.
	Untouched []string
}

// Ambiguous is the error of an address whose object is lost while live ones
// have its name.
type Ambiguous struct {
	Dir     string
	Lines   []string
	Command string // adopts the first candidate of each address
}

func (e *Ambiguous) Error() string {
	return "these objects are neither live nor in the recycle bin, and live ones have their names:\n  " + strings.Join(e.Lines, "\n  ") +
		"\nNothing was written. To take over those whose name is unique:\n  terraform-provider-entra imports --dir " + e.Dir + " --by-name\nTo say which:\n  " + e.Command
}

// Imports rewrites imports.tf, manifest.json and id-map.json of a folder so
// that every block names the object that its address has now: the id in the
// state, else the recorded one while it is live or in the recycle bin, else
// one that the user or, with ByName, its unique name tells.
func Imports(ctx context.Context, client *graph.Client, o ImportsOptions) (*ImportsResult, error) {
	m, err := readManifest(o.Dir)
	if err != nil {
		return nil, err
	}
	inCode, err := readCode(o.Dir)
	if err != nil {
		return nil, err
	}
	inState, err := stateIDs(filepath.Join(o.Dir, "terraform.tfstate"))
	if err != nil {
		return nil, err
	}
	if tenant, err := client.TenantID(ctx); err != nil {
		return nil, fmt.Errorf("could not find out which tenant this is: %w", err)
	} else if m.TenantID != "" && !strings.EqualFold(tenant, m.TenantID) {
		return nil, fmt.Errorf("%s was exported from tenant %s, but the credentials belong to %s. Nothing was written", o.Dir, m.TenantID, tenant)
	}
	im := &importer{client: client, options: o, live: map[string]map[string]kind.Body{}, claimed: map[string]string{}, newID: map[string]string{}, result: &ImportsResult{}}
	return im.run(ctx, m, inCode, inState)
}

type importer struct {
	client  *graph.Client
	options ImportsOptions
	live    map[string]map[string]kind.Body // by kind and id
	claimed map[string]string               // the address that has an id
	newID   map[string]string               // old → new
	result  *ImportsResult
}

func (im *importer) run(ctx context.Context, m *Manifest, c *code, inState map[string]string) (*ImportsResult, error) {
	objects := im.objects(m, c, inState)
	known := map[string]bool{}
	for _, obj := range objects {
		known[obj.Address] = true
	}
	for address := range im.options.Adopt {
		if !known[address] {
			return nil, fmt.Errorf("--adopt names %s, and there is no such resource in %s. Nothing was written", address, im.options.Dir)
		}
	}
	var open []*ManifestObject
	for _, obj := range objects {
		k := catalog.ByName(obj.Kind)
		if k.Life.Form != kind.Collection {
			continue
		}
		id := obj.ID
		if s := inState[obj.Address]; s != "" {
			id = strings.ToLower(s)
		}
		adopted := strings.ToLower(im.options.Adopt[obj.Address])
		if adopted != "" {
			id = adopted
		}
		there, err := im.there(ctx, k, id)
		if err != nil {
			return nil, err
		}
		switch {
		case !there && adopted != "":
			return nil, fmt.Errorf("--adopt %s=%s: there is no %s with that id, live or in the recycle bin. Nothing was written", obj.Address, adopted, k.Title)
		case !there:
			open = append(open, obj)
		case im.claimed[id] != "":
			return nil, fmt.Errorf("%s and %s would both be the %s %s. Nothing was written; name the right one with --adopt ADDRESS=ID", im.claimed[id], obj.Address, k.Title, id)
		default:
			im.move(obj, k, id)
		}
	}
	if err := im.adopt(ctx, open); err != nil {
		return nil, err
	}
	return im.result, im.write(m, objects, c)
}

// objects returns what the code has and the tables know: those of the
// manifest, and those written by hand since, which join the manifest.
func (im *importer) objects(m *Manifest, c *code, inState map[string]string) []*ManifestObject {
	recorded := map[string]bool{}
	for _, obj := range m.Objects {
		recorded[obj.Address] = true
	}
	for _, address := range slices.Sorted(maps.Keys(c.resources)) {
		typeName, _, _ := strings.Cut(address, ".")
		k := catalog.ByName(strings.TrimPrefix(typeName, "entra_"))
		if k == nil || !k.Managed() || recorded[address] {
			continue
		}
		id := c.imports[address].id
		if id == "" {
			id = inState[address]
		}
		label := literal(c.resources[address], k.Label)
		m.Objects = append(m.Objects, ManifestObject{Address: address, Kind: k.Name, ID: strings.ToLower(id), Key: label, DisplayName: label})
	}
	sort.SliceStable(m.Objects, func(i, j int) bool { return m.Objects[i].Address < m.Objects[j].Address })
	var out []*ManifestObject
	for i := range m.Objects {
		if obj := &m.Objects[i]; c.resources[obj.Address] != nil && catalog.ByName(obj.Kind) != nil {
			out = append(out, obj)
		}
	}
	for _, name := range c.notPlain {
		im.result.Untouched = append(im.result.Untouched, name+": only resources of the folder itself, without count and for_each, are brought up to date")
	}
	return out
}

// there tells whether an object is live or in the recycle bin.
func (im *importer) there(ctx context.Context, k *kind.Kind, id string) (bool, error) {
	if id == "" {
		return false, nil
	}
	all, err := im.list(ctx, k)
	if err != nil {
		return false, err
	}
	if all[id] != nil {
		return true, nil
	}
	if k.Life.Bin == "" {
		return false, nil
	}
	_, err = im.client.Get(ctx, graph.Version(k.Life.BinVersion), k.Life.Bin+graph.Path(id), nil)
	if graph.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("could not look for the %s %s in the recycle bin: %w", k.Title, id, err)
	}
	return true, nil
}

func (im *importer) list(ctx context.Context, k *kind.Kind) (map[string]kind.Body, error) {
	if im.live[k.Name] == nil {
		bodies, err := live{im.client}.list(ctx, k)
		if err != nil {
			return nil, err
		}
		im.live[k.Name] = map[string]kind.Body{}
		for _, b := range bodies {
			im.live[k.Name][strings.ToLower(str(b["id"]))] = b
		}
	}
	return im.live[k.Name], nil
}

// adopt finds live objects for the addresses whose object is lost.
func (im *importer) adopt(ctx context.Context, open []*ManifestObject) error {
	refused := &Ambiguous{Dir: im.options.Dir, Command: "terraform-provider-entra imports --dir " + im.options.Dir}
	wanted := map[string]int{}
	for _, obj := range open {
		wanted[obj.Kind+" "+obj.Key]++
	}
	for _, obj := range open {
		k := catalog.ByName(obj.Kind)
		candidates, err := im.candidates(ctx, k, obj.Key)
		if err != nil {
			return err
		}
		switch {
		case len(candidates) == 0: // an apply creates it
		case im.options.ByName && len(candidates) == 1 && wanted[obj.Kind+" "+obj.Key] == 1:
			im.move(obj, k, candidates[0])
		default:
			var told []string
			for _, id := range candidates {
				told = append(told, fmt.Sprintf("%s created %s", id, str(im.live[k.Name][id]["createdDateTime"])))
			}
			refused.Lines = append(refused.Lines, fmt.Sprintf("%s %q (was %s): %s", obj.Address, obj.Key, obj.ID, strings.Join(told, "; ")))
			refused.Command += " --adopt " + obj.Address + "=" + candidates[0]
		}
	}
	if len(refused.Lines) > 0 {
		return refused
	}
	return nil
}

// candidates returns the live objects of that name that no address has and
// that can be managed at all.
func (im *importer) candidates(ctx context.Context, k *kind.Kind, name string) ([]string, error) {
	all, err := im.list(ctx, k)
	if err != nil || name == "" {
		return nil, err
	}
	var out []string
	for id, b := range all {
		if str(b[k.Attr(k.Label).Property]) == name && im.claimed[id] == "" && skip(k, b) == "" {
			out = append(out, id)
		}
	}
	sort.Strings(out)
	return out, nil
}

// move notes that the object of an address has the given id.
func (im *importer) move(obj *ManifestObject, k *kind.Kind, id string) {
	im.claimed[id] = obj.Address
	if id == obj.ID {
		return
	}
	line := Moved{Kind: k.Name, Name: obj.Key, OldID: obj.ID, NewID: id, OldAppID: obj.AppID}
	if app := strings.ToLower(str(im.live[k.Name][id]["appId"])); app != "" {
		line.NewAppID, obj.AppID = app, app
	}
	if obj.ID != "" {
		im.result.Moved = append(im.result.Moved, line)
		im.newID[obj.ID] = id
	}
	obj.ID = id
}

func (im *importer) write(m *Manifest, objects []*ManifestObject, c *code) error {
	var blocks []*hclgen.Object
	for _, obj := range objects {
		k := catalog.ByName(obj.Kind)
		if k.Life.Form == kind.Edge {
			parts := strings.Split(obj.ID, "/")
			for j, p := range parts {
				if n := im.newID[p]; n != "" {
					parts[j] = n
				}
			}
			obj.ID = strings.Join(parts, "/")
		}
		if x := c.imports[obj.Address]; x.file != "" && x.file != importsFile {
			if x.id != obj.ID {
				im.result.Untouched = append(im.result.Untouched, fmt.Sprintf("%s: its import block stands in %s; the id there should be %s", obj.Address, x.file, obj.ID))
			}
			continue
		}
		_, name, _ := strings.Cut(obj.Address, ".")
		blocks = append(blocks, &hclgen.Object{Kind: k, Name: name, ID: obj.ID})
	}
	im.result.Blocks = len(blocks)
	manifest, err := m.bytes()
	if err != nil {
		return err
	}
	idMap, err := mergeIDMap(filepath.Join(im.options.Dir, "id-map.json"), im.result.Moved)
	if err != nil {
		return err
	}
	imports := append(hclgen.ImportsFile(blocks), c.kept()...)
	for _, f := range []struct {
		name    string
		content []byte
	}{{"id-map.json", idMap}, {importsFile, imports}, {manifestFile, manifest}} {
		if err := replaceFile(filepath.Join(im.options.Dir, f.name), f.content); err != nil {
			return err
		}
	}
	return nil
}

// kept are the blocks of imports.tf whose address is not a plain one: they
// stay as they are written.
func (c *code) kept() []byte {
	var out []byte
	for _, to := range slices.Sorted(maps.Keys(c.imports)) {
		if x := c.imports[to]; x.file == importsFile && strings.ContainsAny(to, "[") || strings.HasPrefix(to, "module.") && x.file == importsFile {
			out = append(out, "\n"+x.text+"\n"...)
		}
	}
	return out
}

// mergeIDMap adds moves to those of earlier recoveries, so that an id from
// long ago still leads to the object's id of today.
func mergeIDMap(path string, moved []Moved) ([]byte, error) {
	all := []Moved{}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("could not read %s: %w. Nothing was written", path, err)
	}
	for _, line := range moved {
		for i := range all {
			if all[i].Kind == line.Kind && all[i].NewID == line.OldID {
				all[i].Name, all[i].NewID, all[i].NewAppID = line.Name, line.NewID, line.NewAppID
			}
		}
		all = append(all, line)
	}
	content, err := json.MarshalIndent(all, "", "  ")
	return append(content, '\n'), err
}

// replaceFile puts a file into place whole.
func replaceFile(path string, content []byte) error {
	temp := path + ".new"
	err := os.WriteFile(temp, content, 0o644)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		return fmt.Errorf("could not write %s: %w", path, err)
	}
	return nil
}

func readManifest(dir string) (*Manifest, error) {
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
