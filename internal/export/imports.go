package export

import (
	"bytes"
	"context"
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
	"golang.org/x/text/unicode/norm"
)

// ImportsOptions say whose import blocks to bring up to date.
type ImportsOptions struct {
	Dir    string            // folder of an export, with its manifest and perhaps its state
	Adopt  map[string]string // address → id, by the user's word
	ByName bool              // take over a live object when it alone has the name

	// ReportOnly writes an override file with which lost rules come back without
	// being in force.
	ReportOnly bool
}

// ImportsResult is what Imports did.
type ImportsResult struct {
	Blocks int
	Moved  []Moved
	// Renamed names the addresses that objects have now, and had before.
	Renamed []string
	// Untouched names what is left as it was, each with the reason: addresses
	// with count or for_each, modules, blocks outside imports.tf.
	Untouched []string
	// Forget names addresses that the state has with an id that is lost, while their
	// blocks name the object that they have now. An engine skips the import block of
	// an address in its state, so the state must forget them before the next plan.
	Forget []string
	// Elsewhere is the backend that keeps the state, where nothing of it was read.
	Elsewhere string
	// Unchecked names resources of which some instances got blocks without it being
	// certain that the code still has each.
	Unchecked []string
	// Stale names lines of code that hold an id which an object has no more.
	Stale []string
	// ReportOnly names the addresses that come back without being in force, Enforced
	// those that cannot, each with the reason. ReportOnlyRemoved tells that the
	// override file of an earlier run is gone.
	ReportOnly, Enforced []string
	ReportOnlyRemoved    bool
}

// Ambiguous is the error of an address whose object is lost while live ones
// have its name.
type Ambiguous struct {
	Dir     string
	Lines   []string
	Command string // adopts one candidate for each address
	Unique  bool   // whether --by-name would take some over
}

func (e *Ambiguous) Error() string {
	s := "these objects are neither live nor in the recycle bin, and others have their names:\n  " + strings.Join(e.Lines, "\n  ") + "\nNothing was written."
	if e.Unique {
		s += " To take over those whose name is unique:\n  terraform-provider-entra imports --dir " + e.Dir + " --by-name"
	}
	return s + "\nTo say which, for instance:\n  " + e.Command
}

// Imports rewrites imports.tf, manifest.json and id-map.json of a folder so
// that every block names the object that its address has now: the id in the
// state, else the recorded one while it is live or in the recycle bin, else
// one that the user or, with ByName, its unique name tells.
func Imports(ctx context.Context, client *graph.Client, o ImportsOptions) (*ImportsResult, error) {
	m, err := ReadManifest(o.Dir)
	if err != nil {
		return nil, err
	}
	held, err := checkReportOnly(o.Dir)
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
	im := &importer{client: client, options: o, live: map[string]map[string]kind.Body{}, claimed: map[string]string{}, newID: map[string]string{}, inState: inState, unnamed: map[string]bool{}, unchecked: map[string]int{}, gone: map[string]bool{}, unfinished: map[string]bool{}, held: held, result: &ImportsResult{}}
	if inState == nil {
		im.result.Elsewhere = inCode.backend()
	}
	return im.run(ctx, m, inCode)
}

type importer struct {
	client  *graph.Client
	options ImportsOptions
	live    map[string]map[string]kind.Body // by kind and id
	claimed map[string]string               // the address that has an id
	newID   map[string]string               // old → new
	inState map[string]string               // what the state has, by address
	unnamed map[string]bool                 // addresses that get no import block
	// unchecked counts the blocks of a resource of which the code does not tell the
	// instances, so that one of them may have left it.
	unchecked map[string]int
	gone      map[string]bool // ids that lead nowhere
	// unfinished are addresses whose objects may have been made halfway.
	unfinished map[string]bool
	held       map[string]bool // addresses that an earlier run has overridden
	result     *ImportsResult
}

func (im *importer) run(ctx context.Context, m *Manifest, c *code) (*ImportsResult, error) {
	objects := im.objects(m, c, im.inState)
	known := map[string]bool{}
	for _, obj := range objects {
		known[obj.Address] = true
	}
	for address := range im.options.Adopt {
		if !known[address] {
			return nil, fmt.Errorf("--adopt names %s, and there is no such resource in %s. Nothing was written", address, im.options.Dir)
		}
	}
	var open, ones []*ManifestObject
	for _, obj := range objects {
		k := catalog.ByName(obj.Kind)
		if k.Life.Link || k.Life.Below() {
			continue // when all that it can belong to has its id
		}
		id := obj.ID
		if s := k.Life.ID(im.inState[obj.Address]); s != "" {
			there, err := im.there(ctx, k, s)
			if err != nil {
				return nil, err
			}
			if there {
				id = s
			}
		}
		adopted := k.Life.ID(im.options.Adopt[obj.Address])
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
		case k.Life.OneFor != "" && adopted == "" && im.live[k.Name][id] == nil:
			ones = append(ones, obj) // when what it is the one for has its id
		case !there:
			open = append(open, obj)
		case im.claimed[id] != "":
			return nil, fmt.Errorf("%s and %s would both be the %s %s. Nothing was written; name the right one with --adopt ADDRESS=ID", im.claimed[id], obj.Address, k.Title, id)
		default:
			im.move(obj, k, id, strings.ToLower(str(im.live[k.Name][id]["appId"])))
			im.unfinished[obj.Address] = adopted != "" && im.young(obj)
		}
	}
	if err := im.adopt(ctx, open); err != nil {
		return nil, err
	}
	for _, obj := range ones {
		if err := im.theOne(ctx, obj); err != nil {
			return nil, err
		}
	}
	for _, obj := range objects {
		if err := im.follow(ctx, obj, im.inState[obj.Address]); err != nil {
			return nil, err
		}
	}
	im.forget(objects, c)
	return im.result, im.write(m, objects, c)
}

// there tells whether an object is live or in the recycle bin.
func (im *importer) there(ctx context.Context, k *kind.Kind, id string) (bool, error) {
	if id == "" || im.gone[id] {
		return false, nil
	}
	all, err := im.list(ctx, k)
	if err != nil {
		return false, err
	}
	if all[id] != nil {
		return true, nil
	}
	// A listing lags; what an apply made a moment ago is not lost.
	b, err := im.client.Get(ctx, graph.Version(k.Life.ReadFrom), k.Life.Path+graph.Path(id), nil)
	if err == nil {
		all[id] = b
		return true, nil
	}
	if graph.IsBadRequest(err) {
		return false, nil // what somebody wrote into an import block is no id
	}
	if !graph.IsNotFound(err) {
		return false, fmt.Errorf("could not look for the %s %s: %w", k.Title, id, err)
	}
	if k.Life.Bin == "" {
		im.gone[id] = true
		return false, nil
	}
	_, err = im.client.Get(ctx, graph.Version(k.Life.BinVersion), k.Life.Bin+graph.Path(id), nil)
	if graph.IsNotFound(err) {
		im.gone[id] = true
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("could not look for the %s %s in the recycle bin: %w", k.Title, id, err)
	}
	return true, nil
}

func (im *importer) list(ctx context.Context, k *kind.Kind) (map[string]kind.Body, error) {
	if im.live[k.Name] == nil {
		bodies, err := all(ctx, live{client: im.client}, k)
		if err != nil {
			return nil, err
		}
		im.live[k.Name] = map[string]kind.Body{}
		for _, b := range bodies {
			im.live[k.Name][k.Life.ID(str(b["id"]))] = b
		}
	}
	return im.live[k.Name], nil
}

// adopt finds other objects for the addresses whose object is lost.
func (im *importer) adopt(ctx context.Context, open []*ManifestObject) error {
	var doubts []doubt
	refused := &Ambiguous{Dir: im.options.Dir, Command: "terraform-provider-entra imports --dir " + im.options.Dir}
	wanted, offered := map[string]int{}, map[string]bool{}
	for _, obj := range open {
		wanted[obj.Kind+" "+spelled(obj.Key)]++
	}
	for _, obj := range open {
		k := catalog.ByName(obj.Kind)
		candidates, namesakes, err := im.candidates(ctx, k, obj.Key)
		if err != nil {
			return err
		}
		switch {
		case len(candidates) == 0:
			// An apply creates it. Where others have its name, its import block would
			// make the plan take one of them for it; without the block it will not.
			im.unnamed[obj.Address] = namesakes > 0
			if s := k.Life.ID(im.inState[obj.Address]); s != "" {
				im.move(obj, k, s, "") // what belongs to it knows it by the latest id, too
			}
		case im.options.ByName && len(candidates) == 1 && wanted[obj.Kind+" "+spelled(obj.Key)] == 1:
			im.move(obj, k, candidates[0].id, candidates[0].appID)
			im.unfinished[obj.Address] = im.young(obj)
		default:
			choice := ""
			for _, c := range candidates {
				if choice == "" && !offered[c.id] {
					choice = c.id
				}
			}
			doubts = append(doubts, doubt{obj, candidates})
			if choice != "" {
				offered[choice] = true
				refused.Command += " --adopt " + obj.Address + "=" + choice
			}
			refused.Unique = refused.Unique || len(candidates) == 1 && wanted[obj.Kind+" "+spelled(obj.Key)] == 1
		}
	}
	if len(doubts) == 0 {
		return nil
	}
	im.creators(ctx, doubts)
	for _, x := range doubts {
		var told []string
		for _, c := range x.candidates {
			told = append(told, c.String())
		}
		was := ""
		if x.obj.ID != "" {
			was = " (was " + x.obj.ID + ")"
		}
		refused.Lines = append(refused.Lines, fmt.Sprintf("%s %q%s: %s", x.obj.Address, x.obj.Key, was, strings.Join(told, "; ")))
	}
	return refused
}

// doubt is an address and the objects that may be its.
type doubt struct {
	obj        *ManifestObject
	candidates []candidate
}

// candidate is an object that may be the one of an address.
type candidate struct{ id, appID, created, by, deleted string }

func (c candidate) String() string {
	s := c.id
	if c.created != "" {
		s += " created " + c.created
	}
	if c.by != "" {
		s += " by " + c.by
	}
	if c.deleted != "" {
		s += ", in the recycle bin since " + c.deleted
	}
	return s
}

// spelled is the one form of a name: Terraform writes text as NFC, whatever the
// tenant had.
func spelled(name string) string { return norm.NFC.String(name) }

// candidates returns the objects of that name that no address has and that can
// be managed at all: the live ones, or else those in the recycle bin. namesakes
// counts those that other addresses have.
func (im *importer) candidates(ctx context.Context, k *kind.Kind, name string) (out []candidate, namesakes int, err error) {
	if name == "" {
		return nil, 0, nil
	}
	all, err := im.list(ctx, k)
	if err != nil {
		return nil, 0, err
	}
	take := func(id string, b kind.Body) {
		switch {
		case spelled(str(b[k.Attr(k.Label).Property])) != spelled(name) || skip(k, b) != "":
		case im.claimed[id] != "":
			namesakes++
		default:
			out = append(out, candidate{id, strings.ToLower(str(b["appId"])), str(b["createdDateTime"]), "", str(b["deletedDateTime"])})
		}
	}
	for id, b := range all {
		take(id, b)
	}
	if len(out) == 0 && k.Life.BinList != "" {
		err = im.client.List(ctx, graph.Version(k.Life.BinVersion), k.Life.BinList, nil, func(b kind.Body) error {
			take(k.Life.ID(str(b["id"])), b)
			return nil
		})
		if err != nil {
			return nil, 0, fmt.Errorf("could not list the recycle bin of %s: %w", k.Plural, err)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].id < out[j].id })
	return out, namesakes, nil
}

// move notes that the object of an address has the given id.
func (im *importer) move(obj *ManifestObject, k *kind.Kind, id, appID string) {
	im.claimed[id] = obj.Address
	if s := k.Life.ID(im.inState[obj.Address]); s != "" && s != id {
		im.newID[s] = id
	}
	if id == obj.ID {
		return
	}
	line := Moved{Kind: k.Name, Name: obj.Key, OldID: obj.ID, NewID: id, OldAppID: obj.AppID}
	if appID != "" {
		line.NewAppID, obj.AppID = appID, appID
	}
	if obj.ID != "" {
		im.result.Moved = append(im.result.Moved, line)
		im.newID[obj.ID] = id
		if line.OldAppID != "" && appID != "" {
			im.newID[line.OldAppID] = appID // what is known by the client ids of others
		}
	}
	obj.ID = id
}

func (im *importer) write(m *Manifest, objects []*ManifestObject, c *code) error {
	var blocks []*hclgen.Object
	for _, obj := range objects {
		k := catalog.ByName(obj.Kind)
		if x := c.imports[obj.Address]; x.file != "" && x.file != importsFile {
			if x.id != obj.ID {
				im.result.Untouched = append(im.result.Untouched, fmt.Sprintf("%s: its import block stands in %s; the id there should be %s", obj.Address, x.file, obj.ID))
			}
			continue
		}
		if im.unnamed[obj.Address] {
			im.result.Untouched = append(im.result.Untouched, fmt.Sprintf("%s: it is lost, and others of its name belong to other addresses, so it has no import block and an apply creates it; if the state has the address, run \"terraform state rm\" on it first", obj.Address))
			continue
		}
		block := &hclgen.Object{Kind: k, At: obj.Address, ImportID: obj.ID}
		if im.unfinished[obj.Address] && addsWhenMade(k, c.all[configured(obj.Address)].body) {
			block.ImportID += kind.Unfinished
		}
		blocks = append(blocks, block)
	}
	im.result.Blocks = len(blocks)
	var manifest bytes.Buffer
	if err := m.write(&manifest); err != nil {
		return err
	}
	idMap, err := mergeIDMap(filepath.Join(im.options.Dir, "id-map.json"), im.result.Moved)
	if err != nil {
		return err
	}
	if im.result.Stale, err = stale(im.options.Dir, im.result.Moved); err != nil {
		return err
	}
	imports := append(hclgen.ImportsFile(blocks), c.kept(blocks)...)
	for _, f := range []struct {
		name    string
		content []byte
	}{{"id-map.json", idMap}, {importsFile, imports}, {manifestFile, manifest.Bytes()}} {
		if err := replaceFile(filepath.Join(im.options.Dir, f.name), f.content); err != nil {
			return err
		}
	}
	return im.placeReportOnly(im.reportOnly(objects, c))
}

// stale looks for old ids in the code, which no reference follows: those that
// break a cycle, and those in a text.
func stale(dir string, moved []Moved) ([]string, error) {
	now := map[string]string{}
	for _, m := range moved {
		now[m.OldID] = m.NewID
		if m.OldAppID != m.NewAppID {
			now[m.OldAppID] = m.NewAppID
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil {
		return nil, err
	}
	var out []string
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("could not look for old ids in %s: %w", file, err)
		}
		if filepath.Base(file) == importsFile {
			continue
		}
		for n, line := range strings.Split(string(content), "\n") {
			for _, id := range guidPattern.FindAllString(line, -1) {
				if to := now[strings.ToLower(id)]; to != "" {
					out = append(out, fmt.Sprintf("%s line %d holds %s, which is now %s", filepath.Base(file), n+1, id, to))
				}
			}
		}
	}
	return out, nil
}

// kept are the blocks of imports.tf that this program does not write: those that a
// for_each makes, and those for instances and modules that it knows nothing of.
func (c *code) kept(written []*hclgen.Object) []byte {
	ours := map[string]bool{}
	for _, o := range written {
		ours[o.Address()] = true
	}
	var out []byte
	for _, to := range slices.Sorted(maps.Keys(c.imports)) {
		plain := to == configured(to) && !strings.HasPrefix(to, "module.")
		if x := c.imports[to]; x.file == importsFile && !ours[to] && (!plain || x.loop) {
			out = append(out, "\n"+x.text+"\n"...)
		}
	}
	return out
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
