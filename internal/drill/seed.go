package drill

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/google/uuid"
	"github.com/hashicorp/hcl/v2"
	tfjson "github.com/hashicorp/terraform-json"
)

// What code refers to and does not make has to be in the tenant before the code
// is applied: people, Microsoft's applications, what Graph alone makes. The
// manifest of the export names it; what was written since is found in the plan.

// expect notes a data source that finds one object by literals.
func (c *code) expect(name string, b *hcl.Block) {
	k := catalog.ByName(name)
	if k == nil || !k.Findable() {
		return
	}
	if by := literals(b.Body, append([]string{"id", "app_id"}, k.Keys...)...); len(by) > 0 {
		c.data = append(c.data, lookup{name, "data." + b.Labels[0] + "." + b.Labels[1], by})
	}
}

// madeByGraph notes a resource that code can adopt and not create.
func (c *code) madeByGraph(name string, b *hcl.Block) {
	k := catalog.ByName(name)
	if k == nil || b.Labels[0] != k.TypeName() {
		return
	}
	for _, a := range k.Variants() {
		if a.Made == "" {
			continue
		}
		content, _, _ := b.Body.PartialContent(&hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: a.Name}}})
		if content.Attributes[a.Name] != nil {
			by := literals(b.Body, k.Label)
			by["@odata.type"] = a.Type
			c.made = append(c.made, lookup{name, b.Labels[0] + "." + b.Labels[1], by})
		}
	}
}

// seeds are objects to put into the tenant, by collection and id.
type seeds struct {
	stage *Stage
	all   map[string]map[string]Body
	known map[string]bool   // ids and app ids that are spoken for, the dead ones among them
	apps  map[string]string // name → app id, as the manifest has them
	notes []string
}

func newSeeds(s *Stage) *seeds {
	return &seeds{stage: s, all: map[string]map[string]Body{}, known: map[string]bool{}, apps: map[string]string{}}
}

// manifest takes what an export recorded. Dead references stay dead.
func (s *seeds) manifest(m *export.Manifest) {
	for _, x := range m.External {
		if x.Kind == "application" && !x.Dead {
			s.apps[x.Key] = strings.ToLower(x.ID)
		}
	}
	for _, x := range m.External {
		if s.known[strings.ToLower(x.ID)] = true; !x.Dead {
			s.add(x.Kind, x.Kind == "application", strings.ToLower(x.ID), x.Key)
		}
	}
}

// add seeds an object of a kind, by its id or its app id.
func (s *seeds) add(kind string, byApp bool, id, name string) {
	s.known[id] = true
	switch {
	case byApp:
		s.principal(s.ownedBy(id), id, name)
	case kind == "service_principal":
		app := s.apps[name]
		if b := s.first(name); app == "" && b != nil {
			app = str(b["appId"])
		}
		if app == "" {
			app = uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
		}
		s.principal(id, app, name)
	default:
		s.object(kind, Body{"id": id, "displayName": name})
	}
}

// first returns Microsoft's service principal of a name, or app id, which every
// tenant has.
func (s *seeds) first(nameOrApp string) Body {
	all, err := s.stage.List("/v1.0/servicePrincipals")
	if err != nil {
		return nil
	}
	for _, b := range all {
		if b["displayName"] == nameOrApp || b["appId"] == nameOrApp {
			return b
		}
	}
	return nil
}

// ownedBy is the object id that the service principal of an application is to have.
func (s *seeds) ownedBy(app string) string {
	for id, b := range s.all["/servicePrincipals"] {
		if b["appId"] == app {
			return id
		}
	}
	if b := s.first(app); b != nil {
		return str(b["id"])
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte("principal of "+app)).String()
}

// principal seeds a service principal. One that every tenant has keeps what it
// offers and takes the id that the code knows.
func (s *seeds) principal(id, app, name string) {
	b := Body{"displayName": name}
	if first := s.first(app); first != nil {
		if str(first["id"]) == id {
			return
		}
		for _, property := range []string{"displayName", "appOwnerOrganizationId", "appRoles", "oauth2PermissionScopes"} {
			b[property] = first[property]
		}
	}
	for other, old := range s.all["/servicePrincipals"] {
		if old["appId"] == app && other != id {
			delete(s.all["/servicePrincipals"], other)
		}
	}
	b["id"], b["appId"], b["accountEnabled"] = id, app, true
	s.put("/servicePrincipals", b)
}

// object seeds anything else, with what Graph has no such object without.
func (s *seeds) object(name string, b Body) {
	k := catalog.ByName(name)
	label := str(b["displayName"])
	switch {
	case name == "device":
		s.put("/devices", b)
		return
	case k == nil:
		s.notes = append(s.notes, fmt.Sprintf("the %s %q is of a kind that no table knows, so it is not in the rehearsed tenant", strings.ReplaceAll(name, "_", " "), label))
		return
	case name == "user":
		if s.setDefault(b, "userPrincipalName", label); !strings.Contains(str(b["userPrincipalName"]), "@") {
			b["userPrincipalName"] = str(b["id"]) + "@contoso.onmicrosoft.com"
		}
		s.setDefault(b, "accountEnabled", true)
	case name == "group":
		s.setDefault(b, "securityEnabled", true)
		s.setDefault(b, "mailEnabled", false)
	case name == "named_location" && b["@odata.type"] == nil:
		b["@odata.type"], b["countriesAndRegions"] = "#microsoft.graph.countryNamedLocation", []any{"CH"}
	case name == "authentication_strength_policy":
		s.setDefault(b, "allowedCombinations", []any{"fido2"})
	}
	s.put(k.Life.Path, b)
}

func (s *seeds) setDefault(b Body, property string, v any) {
	if b[property] == nil || b[property] == "" {
		b[property] = v
	}
}

func (s *seeds) put(collection string, b Body) {
	if s.all[collection] == nil {
		s.all[collection] = map[string]Body{}
	}
	s.all[collection][str(b["id"])] = b
}

// code takes what data sources look for, and what Graph alone makes. It returns
// the import blocks of the latter.
func (s *seeds) code(c *code, m *export.Manifest) string {
	var blocks strings.Builder
	for _, x := range c.data {
		if id := strings.ToLower(x.by["id"]); id != "" && !s.known[id] {
			s.add(x.kind, false, id, x.address)
			continue
		}
		if app := strings.ToLower(x.by["app_id"]); app != "" {
			s.add(x.kind, true, app, x.address)
			continue
		}
		s.byKey(x)
	}
	for _, x := range c.made {
		id := uuid.NewSHA1(uuid.NameSpaceOID, []byte(x.address)).String()
		for _, o := range m.Objects {
			if o.Address == x.address {
				id = o.ID
			}
		}
		k := catalog.ByName(x.kind)
		b := Body{"id": id, "@odata.type": x.by["@odata.type"], k.Attr(k.Label).Property: x.by[k.Label]}
		s.setDefault(b, k.Attr(k.Label).Property, x.address)
		s.put(k.Life.Path, b)
		fmt.Fprintf(&blocks, "import {\n  to = %s\n  id = %q\n}\n", x.address, id)
	}
	return blocks.String()
}

// byKey seeds what a data source finds by name, unless it is there.
func (s *seeds) byKey(x lookup) {
	k := catalog.ByName(x.kind)
	b := Body{}
	for _, name := range k.Keys {
		if v := x.by[name]; v != "" {
			b[k.Attr(name).Property] = v
		}
	}
	if len(b) == 0 {
		return
	}
	there, err := s.stage.List("/" + string(k.Life.ReadFrom) + k.Life.Path)
	if err != nil {
		return
	}
	for _, list := range [][]Body{there, slices.Collect(maps.Values(s.all[k.Life.Path]))} {
		for _, o := range list {
			for property, v := range b {
				if o[property] == v {
					return
				}
			}
		}
	}
	b["id"] = uuid.NewSHA1(uuid.NameSpaceOID, []byte(x.address)).String()
	s.setDefault(b, "displayName", x.address)
	if x.kind == "service_principal" {
		s.principal(str(b["id"]), uuid.NewSHA1(uuid.NameSpaceOID, []byte("app of "+x.address)).String(), str(b["displayName"]))
		return
	}
	s.object(x.kind, b)
}

// plan takes the literal ids that planned objects refer to and nobody spoke of.
func (s *seeds) plan(p *tfjson.Plan) {
	var named []string
	for _, c := range p.ResourceChanges {
		k := catalog.ByName(strings.TrimPrefix(c.Type, "entra_"))
		after, _ := c.Change.After.(map[string]any)
		if k == nil || c.Mode != tfjson.ManagedResourceMode || after == nil {
			continue
		}
		v := k.FromState(after)
		for i := range k.Attrs {
			a := &k.Attrs[i]
			if a.NameOf != "" {
				s.offer(strings.ToLower(str(v[a.NameOf])), a.NameIn, strings.ToLower(str(v[a.Name])))
			}
		}
		for _, r := range references(k.Name, v) {
			if s.known[r.id] || !guid.MatchString(r.id) || r.exists(s.stage) {
				continue
			}
			s.add(r.kinds[0], r.byApp, r.id, r.id)
			named = append(named, fmt.Sprintf("%s (in %s)", r.id, c.Address))
		}
	}
	if len(named) > 0 {
		s.notes = append(s.notes, "ids that neither the code nor its manifest.json explains were taken to exist: "+strings.Join(named, ", "))
	}
}

// offer makes an object have an element of that id in one of its lists, such as
// an app role that somebody is assigned.
func (s *seeds) offer(of, list, id string) {
	b := s.all["/servicePrincipals"][of]
	if b == nil || id == "" || id == "00000000-0000-0000-0000-000000000000" {
		return
	}
	elements, _ := b[list].([]any)
	for _, x := range elements {
		if e, ok := x.(Body); ok && strings.EqualFold(str(e["id"]), id) {
			return
		}
	}
	b[list] = append(elements, Body{"id": id, "value": "Role." + id, "displayName": id, "description": id, "isEnabled": true, "allowedMemberTypes": []any{"User", "Application"}})
}

// load puts the seeds into the tenant. The folder is for what the emulator reads.
func (s *seeds) load(dir string) error {
	if len(s.all) == 0 {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for n, collection := range slices.Sorted(maps.Keys(s.all)) {
		var list []Body
		for _, id := range slices.Sorted(maps.Keys(s.all[collection])) {
			list = append(list, s.all[collection][id])
		}
		content, err := json.Marshal(Body{"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#" + strings.TrimPrefix(collection, "/"), "value": list})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%02d.json", n)), content, 0o600)
		}
		if err != nil {
			return err
		}
	}
	report, err := s.stage.Tenant.LoadDir(dir)
	if err != nil {
		return err
	}
	for _, r := range report.Refused {
		s.notes = append(s.notes, "not in the rehearsed tenant: "+strings.TrimSpace(r.Property+" "+r.Reason))
	}
	s.all = map[string]map[string]Body{}
	return nil
}
