// Package archive reads what backup tools leave behind - EntraExporter, IntuneManagement,
// or plain answers of Microsoft Graph saved as JSON - and tells of each object which
// collection of Graph it belongs to.
//
// Every .json file below the folder ends as an Object, as a Link or as a Refusal with
// the reason: nothing is lost in silence. Other files are passed over. The collection is
// decided by @odata.type, else @odata.context, else the folder's name, else the shape
// of the body; what remains open is refused, never guessed.
//
// A reference that cannot be one (`<AdministratorGroup>`, `xxxxxxxx-…`, `${{ID}}`) refuses
// the whole object, for leaving an exclusion out of a policy locks people out; a
// placeholder elsewhere costs only that property. Keys in PascalCase, as PowerShell's
// cmdlets print them, refuse the object too: they lose what the cmdlet's own model did
// not know, so a mapping would look complete and not be.
package archive

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// Object is one object as Graph answers with it.
type Object struct {
	// Collection is the path that lists such objects: "/groups",
	// "/identity/conditionalAccess/policies", below a parent
	// "/applications/{id}/extensionProperties". Where Graph has one object and no
	// collection, the path of the object: "/policies/authorizationPolicy".
	Collection string
	// Body is as read, with numbers as json.Number, OData's control information removed
	// at every depth except @odata.type, and /Date(…)/ written as RFC 3339. A named
	// location without @odata.type has it added where its shape leaves no doubt. It has
	// no id where the file had none.
	Body map[string]any
	File string // relative to the folder read, with slashes
}

// Link is one relation between two objects, from folders such as Groups/{id}/Members
// or from "members@odata.bind".
type Link struct {
	Collection, ID string // the object that has the relation
	Relation       string // "members", "owners", "tokenLifetimePolicies" …
	Target         string // id of the other object
	File           string
}

// Refusal is what was not taken over, and why.
type Refusal struct {
	File     string
	Property string // path of the property left out; "" for an object, or the whole file
	Reason   string
}

// Archive is what a folder holds, in the order of the file names.
type Archive struct {
	Objects []Object
	Links   []Link
	Refused []Refusal
}

// Read reads all .json files below dir. The error says that dir cannot be read; what is
// wrong with single files is in Refused. Symbolic links are not followed.
func Read(dir string) (*Archive, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the archive %s: %w", dir, err)
	}
	defer root.Close()
	r := &reader{fsys: root.FS(), seen: map[string]string{}}
	err = fs.WalkDir(r.fsys, ".", r.visit)
	if err != nil {
		return nil, fmt.Errorf("reading the archive %s: %w", dir, err)
	}
	r.addStubs()
	return &r.archive, nil
}

type reader struct {
	fsys    fs.FS
	archive Archive
	seen    map[string]string // collection and id → file
	stubs   []Object          // directory objects known by a relation's file alone
}

func (r *reader) visit(file string, d fs.DirEntry, err error) error {
	switch {
	case err != nil && file == ".":
		return err
	case err != nil:
		r.refuse(file, "", fmt.Sprintf("cannot be read: %v", err))
		if d != nil && d.IsDir() {
			return fs.SkipDir
		}
		return nil
	case d.IsDir():
		return nil
	case d.Type()&fs.ModeSymlink != 0:
		r.refuse(file, "", "is a symbolic link, which is not followed")
		return nil
	case !strings.EqualFold(path.Ext(file), ".json"):
		return nil
	case !d.Type().IsRegular():
		r.refuse(file, "", "is no regular file")
		return nil
	}
	b, err := fs.ReadFile(r.fsys, file)
	if err != nil {
		r.refuse(file, "", fmt.Sprintf("cannot be read: %v", err))
		return nil
	}
	r.file(file, b)
	return nil
}

func (r *reader) refuse(file, property, reason string) {
	r.archive.Refused = append(r.archive.Refused, Refusal{File: file, Property: property, Reason: reason})
}

// file takes the objects of one file over: a single one, an array, or an answer
// {"value": […]}.
func (r *reader) file(file string, b []byte) {
	v, err := decode(b)
	if err != nil {
		r.refuse(file, "", err.Error())
		return
	}
	var context string
	list, isList := v.([]any)
	if m, ok := v.(map[string]any); ok {
		context, _ = m["@odata.context"].(string)
		if value, ok := m["value"].([]any); ok && isAnswer(m) {
			list, isList = value, true
			if next, ok := m["@odata.nextLink"]; ok {
				r.refuse(file, "@odata.nextLink", fmt.Sprintf("the answer goes on at %v: what stands there is not in this file", next))
			}
		}
	}
	if !isList {
		list = []any{v}
	}
	if len(list) == 0 {
		r.refuse(file, "", "is an empty list: holds no object")
	}
	for i, v := range list {
		which := ""
		if isList {
			which = fmt.Sprintf("object %d of %d: ", i+1, len(list))
		}
		m, ok := v.(map[string]any)
		if !ok {
			r.refuse(file, "", which+"is no JSON object")
			continue
		}
		r.object(file, which, context, m)
	}
}

// isAnswer tells a list answer from an object with a property "value", such as an
// app role's: all else in it is control information, or the count that Windows
// PowerShell adds.
func isAnswer(m map[string]any) bool {
	for k := range m {
		if k != "value" && k != "Count" && !strings.HasPrefix(k, "@") {
			return false
		}
	}
	return true
}

func (r *reader) object(file, which, context string, m map[string]any) {
	if reason := unfit(m); reason != "" {
		r.refuse(file, "", which+reason)
		return
	}
	if own, ok := m["@odata.context"].(string); ok {
		context = own
	}
	c := cleaner{file: file}
	body := c.object(m, "")
	if len(c.fatal) > 0 {
		r.refuse(file, "", which+strings.Join(c.fatal, "; "))
		return
	}
	p, reason := locate(file, context, body)
	if reason != "" {
		r.refuse(file, "", which+reason)
		return
	}
	for _, dropped := range c.dropped {
		dropped.Reason = which + dropped.Reason
		r.archive.Refused = append(r.archive.Refused, dropped)
	}
	id, _ := body["id"].(string)
	if p.relation != "" {
		r.relation(file, which, p, id, body)
		return
	}
	if id != "" {
		key := p.collection + "\x00" + strings.ToLower(id)
		if first, ok := r.seen[key]; ok {
			r.refuse(file, "", fmt.Sprintf("%sis a second %s with the id %s; the first one, in %s, is taken", which, p.collection, id, first))
			return
		}
		r.seen[key] = file
	}
	inside := r.inline(file, p.collection, id, body)
	r.archive.Objects = append(r.archive.Objects, Object{Collection: p.collection, Body: body, File: file})
	r.archive.Objects = append(r.archive.Objects, inside...)
	r.binds(file, which, p.collection, id, c.binds)
}

// inline takes out of an object those that exist only below it, as an answer to
// $expand holds them, and places them where Graph has them.
func (r *reader) inline(file, collection, id string, body map[string]any) []Object {
	var out []Object
	for _, property := range slices.Sorted(maps.Keys(relations[collection])) {
		list, isList := body[property].([]any)
		if relations[collection][property] || !isList || id == "" {
			continue
		}
		delete(body, property)
		for _, item := range list {
			if b, ok := item.(map[string]any); ok {
				out = append(out, Object{Collection: collection + "/" + id + "/" + property, Body: b, File: file})
			}
		}
	}
	return out
}

func (r *reader) relation(file, which string, p place, target string, body map[string]any) {
	if target == "" {
		r.refuse(file, "", fmt.Sprintf("%sstands among the %s of %s/%s and has no id", which, p.relation, p.collection, p.parent))
		return
	}
	r.archive.Links = append(r.archive.Links, Link{p.collection, p.parent, p.relation, target, file})
	if collection, ok := stubTypes[typeName(body)]; ok {
		r.stubs = append(r.stubs, Object{Collection: collection, Body: body, File: file})
	}
}

// addStubs keeps what relations tell of users, devices and contacts that the archive does
// not hold otherwise (EntraExporter leaves users out by default): their names. Of other
// types a handful of properties would look like the whole object.
func (r *reader) addStubs() {
	for _, o := range r.stubs {
		id, _ := o.Body["id"].(string)
		key := o.Collection + "\x00" + strings.ToLower(id)
		if _, ok := r.seen[key]; ok {
			continue
		}
		r.seen[key] = o.File
		r.archive.Objects = append(r.archive.Objects, o)
	}
}

// binds makes links of "members@odata.bind" and its like, in request bodies.
func (r *reader) binds(file, which, collection, id string, binds map[string][]string) {
	relations := make([]string, 0, len(binds))
	for relation := range binds {
		relations = append(relations, relation)
	}
	slices.Sort(relations)
	for _, relation := range relations {
		for _, url := range binds[relation] {
			target := lastID(url)
			switch {
			case id == "":
				r.refuse(file, relation+"@odata.bind", which+"the object has no id, so nothing can be linked to it")
			case target == "":
				r.refuse(file, relation+"@odata.bind", fmt.Sprintf("%s%q names no object", which, url))
			default:
				r.archive.Links = append(r.archive.Links, Link{collection, id, relation, target, file})
			}
		}
	}
}

// lastID reads the id at the end of ".../directoryObjects/{id}" or "…('{id}')".
func lastID(url string) string {
	url = strings.TrimSuffix(strings.TrimSuffix(url, "/$ref"), "')")
	if i := strings.LastIndexAny(url, "/'"); i >= 0 {
		url = url[i+1:]
	}
	if !isGUID(url) {
		return ""
	}
	return url
}
