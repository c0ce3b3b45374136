package emulator

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// Report tells what became of an archive.
type Report struct {
	Loaded  map[string]int    // by collection: "/groups"
	Refused []archive.Refusal // what is not in the tenant: objects, properties, links; the archive's own refusals first
	Changed []archive.Refusal // what is in the tenant in another form, such as a null list as []
	Unkept  error             // of the storage, if it has one and that failed: nothing was loaded
}

// Lines tells what is not in the tenant as it stood in a file, one a line.
func (r Report) Lines() []string {
	var out []string
	add := func(what string, all []archive.Refusal) {
		for _, x := range all {
			at := x.File
			if x.Property != "" {
				at += ": " + x.Property
			}
			out = append(out, fmt.Sprintf("%s %s: %s", what, at, x.Reason))
		}
	}
	add("refused", r.Refused)
	add("changed", r.Changed)
	return out
}

// Load puts the objects of an archive into the tenant, with their ids, client ids and
// dates. References to what is not in the archive are kept: real tenants have them too.
// What Graph could not have answered with is refused, by name and with the reason: a
// single property where the rest makes sense without it, the object where not.
func (t *Tenant) Load(a *archive.Archive) Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.consistent()
	l := &loader{t: t, report: Report{Loaded: map[string]int{}, Refused: slices.Clone(a.Refused)}}
	children := []archive.Object{}
	for _, o := range a.Objects {
		if _, _, below := parentOf(o.Collection); below {
			children = append(children, o)
			continue
		}
		l.object(o)
	}
	for _, o := range children {
		l.child(o)
	}
	t.edges.changed = t.noteLink // licences follow once all members are known
	for _, link := range a.Links {
		l.link(link)
	}
	t.loadLicenses()
	if l.report.Unkept = t.conclude(true); l.report.Unkept != nil {
		clear(l.report.Loaded)
	}
	return l.report
}

type loader struct {
	t      *Tenant
	report Report
	file   string
	fatal  string // why the object at hand cannot be taken
	strict bool   // an unusable value refuses the object, not only itself
}

func (l *loader) refuse(property, reason string) {
	l.report.Refused = append(l.report.Refused, archive.Refusal{File: l.file, Property: property, Reason: reason})
}

func (l *loader) changed(property, reason string) {
	l.report.Changed = append(l.report.Changed, archive.Refusal{File: l.file, Property: property, Reason: reason})
}

func (l *loader) object(in archive.Object) {
	l.file, l.fatal = in.File, ""
	r := l.t.byPath(in.Collection)
	switch {
	case r == nil:
		l.refuse("", "the collection "+in.Collection+" is not emulated")
		return
	case r.typ == "organization":
		l.organization(in)
		return
	case r.readOnlyAddress:
		if l.t.shelves[r.typ].live(textOf(in.Body["id"])) == nil {
			l.refuse("", "it is no "+r.typ+" that every tenant has, and others cannot be made")
		}
		return // roles are the same in every tenant
	}
	o, reason := l.build(r, in.Body)
	if reason != "" {
		l.refuse("", reason)
		return
	}
	if o == nil {
		return
	}
	l.t.rules.future.fill(o.typ, o.body)
	l.t.shelves[r.typ].put(o)
	if r.loaded != nil {
		r.loaded(l.t, o)
	}
	l.report.Loaded[r.paths[0]]++
}

// build makes a stored object of a body.
func (l *loader) build(r *resource, in body) (*object, string) {
	typ := r.typ
	if name, typed := in["@odata.type"].(string); typed {
		typ = strings.TrimPrefix(name, "#microsoft.graph.")
	}
	mt, known := metadata.Lookup(typ)
	if !known || !metadata.IsA(typ, r.typ) || mt.Abstract || r.polymorphic && typ == r.typ {
		return nil, fmt.Sprintf("the type %q does not belong to %s", typ, r.paths[0])
	}
	id, _ := in["id"].(string)
	if id == "" {
		id = uuid.NewString()
	}
	if !isGUID(id) && (r.loadable == nil || !r.loadable.MatchString(id)) {
		return nil, fmt.Sprintf("the id %q is not a GUID", id)
	}
	if isGUID(id) {
		id = strings.ToLower(id)
	}
	if gone, reason := l.makeRoom(r, id, in); gone || reason != "" {
		return nil, reason
	}
	l.strict = r.typ == "conditionalAccessPolicy" || r.typ == "namedLocation"
	o := &object{typ: typ, id: id, body: l.complex(typ, in, "")}
	if l.fatal != "" {
		return nil, l.fatal
	}
	if at, _ := o.body["deletedDateTime"].(string); at != "" {
		if o.deleted, _ = time.Parse(time.RFC3339Nano, at); o.deleted.Before(l.t.now().Add(-retention)) {
			return nil, "it was deleted at " + at + ", longer ago than a recycle bin keeps it"
		}
	}
	delete(o.body, "id")
	delete(o.body, "deletedDateTime")
	delete(o.body, "@odata.type")
	l.secrets(o)
	if gerr := l.t.settle(r, o); gerr != nil {
		reason := gerr.Message
		if gerr.Inner != "" {
			reason = gerr.Inner
		}
		return nil, "Graph could not hold this object: " + reason
	}
	return o, ""
}

// secrets names what is not kept of an object, because no answer of Graph holds it, or
// because Graph sets it.
func (l *loader) secrets(o *object) {
	if o.typ == "user" && o.body["passwordProfile"] != nil {
		l.changed("passwordProfile", "a password is not kept")
	}
	for _, s := range list(o.body["passwordCredentials"]) {
		if s.(body)["secretText"] != nil {
			l.changed("passwordCredentials", "the text of a secret is not kept")
		}
	}
	if o.typ == "application" && o.text("signInAudience") == "" {
		l.changed("signInAudience", "the missing audience is taken as AzureADMyOrg")
	}
}

// makeRoom deals with an id or client id that the tenant has already: built-in objects
// that an export repeats are passed over, seeded service principals give way.
func (l *loader) makeRoom(r *resource, id string, in body) (gone bool, reason string) {
	existing := l.t.shelves[r.typ].objects[strings.ToLower(id)]
	if existing == nil && r.directory {
		if existing = l.t.directoryObject(id, false); existing == nil {
			existing = l.t.directoryObject(id, true)
		}
	}
	if existing != nil {
		if existing.text("policyType") == "builtIn" {
			if name := textOf(in["displayName"]); name != "" && name != existing.text("displayName") {
				return false, fmt.Sprintf("the id %s is that of the built-in authentication strength %q", id, existing.text("displayName"))
			}
			return true, ""
		}
		if existing.body["isBuiltIn"] == true || existing.typ == "domain" {
			return true, ""
		}
		return false, fmt.Sprintf("the id %s is already that of %s %q", id, existing.typ, existing.text("displayName"))
	}
	appID, _ := in["appId"].(string)
	if r.typ == "servicePrincipal" && appID != "" {
		if sp := l.t.byProperty(r.typ, "appId", appID); sp != nil {
			if !sp.seeded {
				return false, "there is already a service principal of the application " + appID
			}
			l.t.purge(r, sp)
		}
	}
	return false, ""
}

// complex takes over one object level, property by property.
func (l *loader) complex(typ string, in body, at string) body {
	mt, known := metadata.Lookup(typ)
	out := body{}
	if !known {
		l.unusable(at, "its type is not known")
		return out
	}
	for name, v := range in {
		if name == "@odata.type" {
			out[name] = v
			continue
		}
		p, has := mt.Property(name)
		switch {
		case !has && l.t.rules.future.has(typ, name):
			out[name] = v
		case !has && l.strict && at != "" && v != nil && !emptyValue(v) && strings.HasPrefix(at, "conditions."):
			// A condition that is left out would make the policy concern others than it did.
			l.unusable(at+name, "microsoft.graph."+typ+" has no such property")
		case !has:
			l.refuse(at+name, "microsoft.graph."+typ+" has no such property")
		case p.Kind == metadata.Navigation:
			l.navigation(p, v, at+name, out)
		default:
			if v, take := l.value(p, v, at+name); take {
				out[name] = v
			}
		}
	}
	if at != "" {
		l.complete(mt, out, at)
	}
	return out
}

// complete refuses a nested object without what Graph never answers without.
func (l *loader) complete(mt *metadata.Type, b body, at string) {
	for _, p := range mt.All() {
		if b[p.Name] == nil && !p.Nullable && !p.Collection && p.Kind != metadata.Navigation && p.Type != "Boolean" && !p.Beta {
			l.unusable(at+p.Name, "is missing")
		}
	}
}

// navigation keeps the id of a policy's authentication strength and the combination
// configurations of a strength; other relations come as links.
func (l *loader) navigation(p metadata.Property, v any, at string, out body) {
	if v == nil || emptyValue(v) {
		return
	}
	switch p.Name {
	case "authenticationStrength":
		if b, isObject := v.(body); isObject && textOf(b["id"]) != "" {
			out[p.Name] = body{"id": strings.ToLower(textOf(b["id"]))}
			return
		}
		l.unusable(at, "names no id")
	case "combinationConfigurations":
		out[p.Name] = v
	default:
		l.refuse(at, "is a relation, which is not read from the object itself")
	}
}

// unusable refuses a property, or the whole object where a missing part would change
// whom it concerns.
func (l *loader) unusable(at, reason string) {
	if l.strict {
		l.fatal = "property " + at + ": " + reason
		return
	}
	l.refuse(at, reason)
}

func (l *loader) value(p metadata.Property, v any, at string) (any, bool) {
	if p.Collection {
		return l.collection(p, v, at)
	}
	if many, isList := v.([]any); isList {
		e, flags := metadata.LookupEnum(p.Type)
		switch {
		case len(many) == 0:
			l.changed(at, "an empty list where one value belongs is taken as null")
			v = nil
		case p.Kind == metadata.EnumValue && flags && e.Flags:
			var members []string
			for _, m := range many {
				members = append(members, textOf(m))
			}
			l.changed(at, "a list of flags is taken as one text")
			v = strings.Join(members, ",")
		}
	}
	if v == nil {
		return nil, true
	}
	if b, isObject := v.(body); isObject && p.Kind == metadata.Complex && len(b) == 0 && p.Nullable {
		l.changed(at, "an empty object is taken as null")
		return nil, true
	}
	return l.single(p, v, at)
}

func (l *loader) collection(p metadata.Property, v any, at string) (any, bool) {
	if v == nil {
		l.changed(at, "null where a list belongs is taken as an empty list")
		return []any{}, true
	}
	many, isList := v.([]any)
	if !isList {
		l.changed(at, "a single value where a list belongs is taken as a list of one")
		many = []any{v}
	}
	out := make([]any, 0, len(many))
	for i, item := range many {
		x, take := l.single(p, item, fmt.Sprintf("%s[%d]", at, i))
		if !take {
			continue
		}
		if s, isText := x.(string); isText && slices.Contains(out, any(s)) {
			l.changed(at, "the duplicate "+s+" is left out")
			continue
		}
		out = append(out, x)
	}
	return out, true
}

func (l *loader) single(p metadata.Property, v any, at string) (any, bool) {
	switch p.Kind {
	case metadata.Complex:
		b, isObject := v.(body)
		if !isObject {
			l.unusable(at, fmt.Sprintf("holds %v where an object belongs", v))
			return nil, false
		}
		return l.nested(p, b, at), true
	case metadata.EnumValue:
		return l.enum(p, v, at)
	}
	if !primitive(p.Type, v) {
		l.unusable(at, fmt.Sprintf("holds %v where Edm.%s belongs", v, p.Type))
		return nil, false
	}
	return v, true
}

// nested takes over an object inside. Hand-written policies leave out which kind of
// external tenants they mean; membershipKind tells.
func (l *loader) nested(p metadata.Property, b body, at string) body {
	typ := p.Type
	if name, typed := b["@odata.type"].(string); typed {
		typ = strings.TrimPrefix(name, "#microsoft.graph.")
	} else if mt, known := metadata.Lookup(typ); known && mt.Abstract {
		switch b["membershipKind"] {
		case "all":
			typ = "conditionalAccessAllExternalTenants"
		case "enumerated":
			typ = "conditionalAccessEnumeratedExternalTenants"
		default:
			l.unusable(at, "has no @odata.type")
			return nil
		}
		l.changed(at, "the missing @odata.type is taken as "+typ)
		b = deepCopy(b).(body)
		b["@odata.type"] = "#microsoft.graph." + typ
	}
	if !metadata.IsA(typ, p.Type) {
		l.unusable(at, "cannot hold a "+typ)
		return nil
	}
	out := l.complex(typ, b, at+".")
	if typ == p.Type {
		delete(out, "@odata.type")
	}
	return out
}

func (l *loader) enum(p metadata.Property, v any, at string) (any, bool) {
	e, known := metadata.LookupEnum(p.Type)
	s, isText := v.(string)
	if !known || !isText {
		l.unusable(at, fmt.Sprintf("holds %v where a member of %s belongs", v, p.Type))
		return nil, false
	}
	members := []string{s}
	if e.Flags {
		members = strings.Split(strings.ReplaceAll(s, ", ", ","), ",")
	}
	for i, m := range members {
		if l.t.rules.future.member(p.Type, m) {
			continue
		}
		at2 := slices.IndexFunc(e.Members, func(x string) bool { return strings.EqualFold(x, m) })
		if at2 < 0 || e.Members[at2] == "unknownFutureValue" {
			l.unusable(at, fmt.Sprintf("%q is no member of %s", m, p.Type))
			return nil, false
		}
		if e.Members[at2] != m {
			l.changed(at, m+" is taken as "+e.Members[at2])
		}
		members[i] = e.Members[at2]
	}
	return strings.Join(members, ","), true
}

func (l *loader) link(link archive.Link) {
	l.file = link.File
	at := link.Collection + "/" + link.ID + "/" + link.Relation
	if l.policyLink(link) {
		return
	}
	r := l.t.byPath(link.Collection)
	if r == nil {
		l.refuse("", "the collection "+link.Collection+" is not emulated")
		return
	}
	types, has := r.relations[link.Relation]
	source := l.t.shelves[r.typ].objects[strings.ToLower(link.ID)]
	target := l.t.directoryObject(link.Target, false)
	switch {
	case !has:
		l.refuse(link.Relation, "the relation "+at+" is not emulated")
	case source == nil:
		l.refuse(link.Relation, link.Collection+"/"+link.ID+" is not in the tenant")
	case target == nil:
		l.refuse(link.Relation, "the object "+link.Target+" in "+at+" is not in the tenant")
	case !slices.Contains(types, target.typ):
		l.refuse(link.Relation, "a "+target.typ+" cannot stand in "+at)
	default:
		l.t.edges.add(source.id, link.Relation, target.id)
		l.t.linked(source, link.Relation, target.id)
		l.report.Loaded[link.Collection+"/{id}/"+link.Relation]++
	}
}

// organization takes the name and the domains of the tenant over, never its id.
func (l *loader) organization(in archive.Object) {
	own := l.t.shelf("organization").live(l.t.id)
	b := l.complex("organization", in.Body, "")
	for _, name := range []string{"displayName", "verifiedDomains", "countryLetterCode"} {
		if v := b[name]; !empty(v) {
			own.body[name] = v
		}
	}
	l.report.Loaded["/organization"]++
}

// byPath finds the resource of a collection path.
func (t *Tenant) byPath(path string) *resource {
	for _, r := range t.resources {
		if slices.Contains(r.paths, path) {
			return r
		}
	}
	return nil
}
