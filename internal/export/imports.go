package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
}

// Ambiguous is the error of an address whose object is lost while live ones
// have its name.
type Ambiguous struct{ Lines []string }

func (e *Ambiguous) Error() string {
	return "these objects are neither live nor in the recycle bin, and live ones have their names:\n  " + strings.Join(e.Lines, "\n  ") +
		"\nRun again with --by-name to take over those whose name is unique, or with --adopt ADDRESS=ID. Nothing was written"
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
	inCode, err := addresses(o.Dir)
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
	im := &importer{client: client, options: o, live: map[string]map[string]kind.Body{}, claimed: map[string]bool{}}
	return im.run(ctx, m, inCode, inState)
}

type importer struct {
	client  *graph.Client
	options ImportsOptions
	live    map[string]map[string]kind.Body // by kind and id
	claimed map[string]bool                 // ids that an address has
}

func (im *importer) run(ctx context.Context, m *Manifest, inCode map[string]bool, inState map[string]string) (*ImportsResult, error) {
	var open []*ManifestObject
	newID := map[string]string{} // old → new
	result := &ImportsResult{}
	for i := range m.Objects {
		obj := &m.Objects[i]
		k := catalog.ByName(obj.Kind)
		if !inCode[obj.Address] || k == nil || k.Life.Form != kind.Collection {
			continue
		}
		id := obj.ID
		if s := inState[obj.Address]; s != "" {
			id = s
		}
		if s := im.options.Adopt[obj.Address]; s != "" {
			id = strings.ToLower(s)
		}
		there, err := im.there(ctx, k, id)
		if err != nil {
			return nil, err
		}
		if !there {
			open = append(open, obj)
			continue
		}
		im.claimed[id] = true
		im.move(result, newID, obj, k, id)
	}
	if err := im.adopt(ctx, open, result, newID); err != nil {
		return nil, err
	}
	return result, im.write(m, inCode, newID, result)
}

// there tells whether an object is live or in the recycle bin.
func (im *importer) there(ctx context.Context, k *kind.Kind, id string) (bool, error) {
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
func (im *importer) adopt(ctx context.Context, open []*ManifestObject, result *ImportsResult, newID map[string]string) error {
	var ambiguous []string
	wanted := map[string]int{}
	for _, obj := range open {
		wanted[obj.Kind+" "+obj.Key]++
	}
	for _, obj := range open {
		k := catalog.ByName(obj.Kind)
		all, err := im.list(ctx, k)
		if err != nil {
			return err
		}
		var candidates []string
		for id, b := range all {
			if str(b[k.Attr(k.Label).Property]) == obj.Key && !im.claimed[id] {
				candidates = append(candidates, id)
			}
		}
		sort.Strings(candidates)
		switch {
		case len(candidates) == 0: // an apply creates it
		case im.options.ByName && len(candidates) == 1 && wanted[obj.Kind+" "+obj.Key] == 1:
			im.claimed[candidates[0]] = true
			im.move(result, newID, obj, k, candidates[0])
		default:
			var told []string
			for _, id := range candidates {
				told = append(told, fmt.Sprintf("%s created %s", id, str(all[id]["createdDateTime"])))
			}
			ambiguous = append(ambiguous, fmt.Sprintf("%s %q (was %s): %s", obj.Address, obj.Key, obj.ID, strings.Join(told, "; ")))
		}
	}
	if len(ambiguous) > 0 {
		return &Ambiguous{Lines: ambiguous}
	}
	return nil
}

// move notes that the object of an address has the given id.
func (im *importer) move(result *ImportsResult, newID map[string]string, obj *ManifestObject, k *kind.Kind, id string) {
	if id == obj.ID {
		return
	}
	line := Moved{Kind: k.Name, Name: obj.Key, OldID: obj.ID, NewID: id, OldAppID: obj.AppID}
	if app := strings.ToLower(str(im.live[k.Name][id]["appId"])); app != "" {
		line.NewAppID, obj.AppID = app, app
	}
	result.Moved = append(result.Moved, line)
	newID[obj.ID], obj.ID = id, id
}

func (im *importer) write(m *Manifest, inCode map[string]bool, newID map[string]string, result *ImportsResult) error {
	var blocks []*hclgen.Object
	for i := range m.Objects {
		obj := &m.Objects[i]
		k := catalog.ByName(obj.Kind)
		if k == nil || !inCode[obj.Address] {
			continue
		}
		if k.Life.Form == kind.Edge {
			parts := strings.Split(obj.ID, "/")
			for j, p := range parts {
				if n := newID[p]; n != "" {
					parts[j] = n
				}
			}
			obj.ID = strings.Join(parts, "/")
		}
		_, name, _ := strings.Cut(obj.Address, ".")
		blocks = append(blocks, &hclgen.Object{Kind: k, Name: name, ID: obj.ID})
	}
	result.Blocks = len(blocks)
	content, err := m.bytes()
	if err != nil {
		return err
	}
	idMap, err := json.MarshalIndent(result.Moved, "", "  ")
	if err != nil {
		return err
	}
	if result.Moved == nil {
		idMap = []byte("[]")
	}
	for name, b := range map[string][]byte{"imports.tf": hclgen.ImportsFile(blocks), "manifest.json": content, "id-map.json": append(idMap, '\n')} {
		if err := replaceFile(filepath.Join(im.options.Dir, name), b); err != nil {
			return err
		}
	}
	return nil
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
	path := filepath.Join(dir, "manifest.json")
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
