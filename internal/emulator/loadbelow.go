package emulator

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
)

// What an archive holds below other objects, and the links to policies.

// parentOf splits the collection of an object that stands below another one:
// /applications/{id}/extensionProperties.
func parentOf(collection string) (parents, id string, below bool) {
	parts := strings.Split(collection, "/")
	if len(parts) < 4 || !isGUID(parts[len(parts)-2]) {
		return "", "", false
	}
	return strings.Join(parts[:len(parts)-2], "/"), parts[len(parts)-2], true
}

// child takes over what stands below another object: credentials, extension properties,
// classifications, configurations; and app role assignments, which both ends list.
func (l *loader) child(in archive.Object) {
	l.file, l.fatal, l.strict = in.File, "", false
	parents, id, _ := parentOf(in.Collection)
	segment := lastSegment(in.Collection)
	if segment == "appRoleAssignedTo" {
		segment = "appRoleAssignments"
	}
	at := slices.IndexFunc(l.t.resources, func(r *resource) bool { return r.set == segment && (r.child || r.bound != nil) })
	holder := l.t.byPath(parents)
	if at < 0 || holder == nil {
		l.refuse("", "the collection "+in.Collection+" is not emulated")
		return
	}
	r, parent := l.t.resources[at], l.t.shelves[holder.typ].objects[strings.ToLower(id)]
	if parent == nil {
		l.refuse("", "the "+holder.typ+" "+id+" is not in the tenant")
		return
	}
	typ := r.typ
	if r.polymorphic {
		typ = strings.TrimPrefix(textOf(in.Body["@odata.type"]), "#microsoft.graph.")
	}
	o := &object{typ: typ, id: textOf(in.Body["id"]), body: l.complex(typ, in.Body, "")}
	delete(o.body, "id")
	delete(o.body, "@odata.type")
	delete(o.body, "deletedDateTime")
	if r.child {
		o.parent = parent.id
	}
	if old := l.t.shelves[r.typ].objects[strings.ToLower(o.id)]; old != nil && !r.child {
		return // the other end listed it too
	} else if old != nil || o.id == "" || r.child && !isGUID(o.id) {
		o.id = uuid.NewString()
	}
	l.t.shelves[r.typ].put(o)
	l.report.Loaded[parents+"/{id}/"+r.set]++
}

// policyLink takes over the policies of applications and service principals.
func (l *loader) policyLink(link archive.Link) bool {
	for _, k := range append(slices.Clone(stsKinds), appManagementKind) {
		if k.segment != link.Relation {
			continue
		}
		holder := l.t.byPath(link.Collection)
		switch {
		case holder == nil || !slices.Contains(k.holders, holder.typ):
			l.refuse(link.Relation, "the relation "+link.Collection+"/{id}/"+link.Relation+" is not emulated")
		case l.t.shelves[holder.typ].objects[strings.ToLower(link.ID)] == nil:
			l.refuse(link.Relation, link.Collection+"/"+link.ID+" is not in the tenant")
		case l.t.shelf(k.typ).live(link.Target) == nil:
			l.refuse(link.Relation, "the policy "+link.Target+" is not in the tenant")
		default:
			l.t.edges.add(link.ID, link.Relation, link.Target)
			l.report.Loaded[link.Collection+"/{id}/"+link.Relation]++
		}
		return true
	}
	return false
}
