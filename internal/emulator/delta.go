package emulator

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// Delta queries on directory objects; see
// https://learn.microsoft.com/graph/delta-query-overview. Conditional Access has none.

// deltaTypes are those whose changes can be asked for, where the tenant has them.
var deltaTypes = []string{"user", "group", "application", "servicePrincipal", "device", "directoryRole", "administrativeUnit",
	"oAuth2PermissionGrant", "orgContact"}

const maxDeltaIDs = 50

func deltaRoutes(add func(method, pattern string, run handler), resources []*resource) {
	both := func(path string, run handler) {
		add("GET", path+"/delta", run)
		add("GET", path+"/microsoft.graph.delta", run) // as SDKs write it
	}
	none := func(*Tenant, *call) (*reply, *graphError) { return nil, noSegment("delta") }
	both("/directoryObjects", delta{path: "/directoryObjects", set: "directoryObjects"}.query)
	both("/directory/deletedItems", none)
	for _, r := range resources {
		for _, path := range r.paths {
			if slices.Contains(deltaTypes, r.typ) {
				both(path, delta{path: path, set: r.set, typ: r.typ}.query)
			} else {
				both(path, none)
			}
		}
	}
}

// delta answers GET …/delta() of one collection, or of all directory objects.
type delta struct{ path, set, typ string }

// query answers the first request of a round, or the one that a nextLink or deltaLink
// stands for.
func (d delta) query(t *Tenant, c *call) (*reply, *graphError) {
	t.changes.on = true
	s, latest, gerr := d.state(t, c)
	if gerr != nil {
		return nil, gerr
	}
	context := d.set
	if len(s.Select) > 0 {
		context += "(" + strings.Join(s.Select, ",") + ")"
	}
	out := body{"@odata.context": c.context(context), "value": []any{}}
	if latest {
		out["@odata.deltaLink"] = d.link(t, c, "$deltatoken", s.next(t))
		return ok(out), nil
	}
	var rows []any
	after := ""
	if s.First {
		rows, after = d.present(t, c, s)
	} else {
		rows, after = d.changed(t, c, s)
	}
	out["value"] = rows
	if after != "" {
		s.After = after
		out["@odata.nextLink"] = d.link(t, c, "$skiptoken", s)
	} else {
		out["@odata.deltaLink"] = d.link(t, c, "$deltatoken", s.next(t))
	}
	return ok(out), nil
}

// types are those of the rows: the collection's, or what the filter names.
func (d delta) types(s deltaState) []string {
	if d.typ != "" {
		return []string{d.typ}
	}
	if len(s.Types) > 0 {
		return s.Types
	}
	return deltaTypes
}

// present lists a page of what is there now, and the id behind which the next starts.
func (d delta) present(t *Tenant, c *call, s deltaState) (rows []any, after string) {
	var objects []*object
	for _, typ := range d.types(s) {
		if r := t.resource(typ); r != nil {
			objects = append(objects, t.shelves[r.typ].all(false)...)
		}
	}
	slices.SortFunc(objects, func(a, b *object) int { return strings.Compare(strings.ToLower(a.id), strings.ToLower(b.id)) })
	rows = []any{}
	for _, o := range objects {
		id := strings.ToLower(o.id)
		if id <= s.After || !s.wants(id) {
			continue
		}
		if len(rows) == defaultPage {
			return rows, after
		}
		row := d.row(t, c, o, s)
		for _, relation := range s.relations(t.resource(o.typ)) {
			var links []any
			for _, x := range t.related(o, relation) {
				links = append(links, body{"@odata.type": "#microsoft.graph." + x.typ, "id": x.id})
			}
			if len(links) > 0 {
				row[relation+"@delta"] = links
			}
		}
		rows, after = append(rows, row), id
	}
	return rows, ""
}

// changed lists a page of what happened since the deltaLink.
func (d delta) changed(t *Tenant, c *call, s deltaState) (rows []any, after string) {
	traces := t.changes.between(s.Since, s.Until, d.types(s))
	ids := make([]string, 0, len(traces))
	for id := range traces {
		if id > s.After && s.wants(id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	rows = []any{}
	for _, id := range ids {
		row := d.changedRow(t, c, s, traces[id])
		if row == nil {
			continue
		}
		if len(rows) == defaultPage {
			return rows, after
		}
		rows, after = append(rows, row), id
	}
	return rows, ""
}

// changedRow is nil where nothing happened that the client wants to know.
func (d delta) changedRow(t *Tenant, c *call, s deltaState, tr *trace) body {
	r := t.resource(tr.typ)
	o := t.shelves[r.typ].objects[tr.id]
	if o == nil && tr.made {
		return nil
	}
	if o == nil || !o.live() {
		row := body{"id": tr.id, "@removed": body{"reason": "deleted"}}
		if o != nil {
			row["id"], row["@removed"] = o.id, body{"reason": "changed"}
		}
		d.mark(row, tr.typ)
		return row
	}
	row := d.row(t, c, o, s)
	news := tr.whole || slices.ContainsFunc(tr.names, func(n string) bool { return len(s.Select) == 0 || slices.Contains(s.Select, n) })
	if c.prefers("return=minimal") && !tr.whole {
		for name := range row {
			if name != "id" && !strings.HasPrefix(name, "@") && !slices.Contains(tr.names, name) {
				delete(row, name)
			}
		}
	}
	for _, relation := range s.relations(r) {
		if links := d.links(t, o, relation, tr); len(links) > 0 {
			row[relation+"@delta"], news = links, true
		}
	}
	if !news {
		return nil
	}
	return row
}

// links tells of each target that was added or removed how it stands now; of an object
// that was restored, all.
func (d delta) links(t *Tenant, o *object, relation string, tr *trace) []any {
	targets := slices.Clone(tr.links[relation])
	if tr.whole {
		for _, x := range t.related(o, relation) {
			if id := strings.ToLower(x.id); !slices.Contains(targets, id) {
				targets = append(targets, id)
			}
		}
	}
	slices.Sort(targets)
	var out []any
	for _, id := range targets {
		row := body{"id": id}
		x := t.directoryObject(id, false)
		if x == nil || !t.edges.has(o.id, relation, id) {
			row["@removed"] = body{"reason": "deleted"}
		}
		if x == nil {
			x = t.directoryObject(id, true)
		}
		row["@odata.type"] = "#microsoft.graph.directoryObject"
		if x != nil {
			row["id"], row["@odata.type"] = x.id, "#microsoft.graph."+x.typ
		}
		out = append(out, row)
	}
	return out
}

// row is an object without the properties that were never set.
func (d delta) row(t *Tenant, c *call, o *object, s deltaState) body {
	var selected []string
	for _, name := range s.Select {
		if p, known := propertyOf(o.typ, name, c.beta()); known && p.Kind != metadata.Navigation {
			selected = append(selected, name)
		}
	}
	if len(s.Select) > 0 {
		selected = append(selected, "id")
	}
	row := t.render(c, o, selected)
	for name, v := range row {
		if _, set := o.body[name]; !set && name != "id" && empty(v) {
			delete(row, name)
		}
	}
	d.mark(row, o.typ)
	return row
}

func (d delta) mark(row body, typ string) {
	if d.typ == "" {
		row["@odata.type"] = "#microsoft.graph." + typ
	}
}

func (d delta) link(t *Tenant, c *call, option string, s deltaState) string {
	return c.base + d.path + "/delta?" + option + "=" + t.sealDelta(s)
}
