package emulator

import (
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// properties are those of every type, the inherited ones included, laid out once: a page
// of users asks for them a thousand times.
var properties = sync.OnceValue(func() map[string][]metadata.Property {
	out := map[string][]metadata.Property{}
	for _, name := range metadata.Names() {
		t, _ := metadata.Lookup(name)
		out[name] = t.All()
	}
	return out
})

// render makes the JSON of an object for one client: the properties that the version
// shows, every unset one as null or [], and enum members that the client did not ask
// for as unknownFutureValue.
func (t *Tenant) render(c *call, o *object, selected []string) body {
	if c.future != t.rules.future {
		again := *c
		again.future, c = t.rules.future, &again
	}
	r := t.resource(o.typ)
	out := body{}
	if r.polymorphic {
		out["@odata.type"] = "#microsoft.graph." + o.typ
	}
	for _, p := range r.shown(o.typ, selected, c.beta()) {
		switch {
		case p.Name == "id":
			out["id"] = o.id
		case p.Name == "deletedDateTime":
			if out[p.Name] = any(nil); !o.live() {
				out[p.Name] = timestamp(o.deleted)
			}
		default:
			out[p.Name] = c.value(p, o.body[p.Name])
		}
	}
	if selected == nil || slices.Contains(selected, "id") || r.polymorphic {
		out["id"] = o.id
	}
	if selected == nil && !o.live() {
		out["deletedDateTime"] = timestamp(o.deleted) // in a bin even of a type whose default properties lack it
	}
	c.future.show(o.typ, o.body, out, selected, false)
	if r.embellish != nil {
		r.embellish(t, c, o, out)
	}
	return out
}

// shown lists the properties of an answer. Those of a request without $select are laid
// out once: to ask each property of a page of groups takes longer than to write it.
func (r *resource) shown(typ string, selected []string, beta bool) []metadata.Property {
	key := shownKey{typ, beta}
	if all, known := r.defaults[key]; known && selected == nil {
		return all
	}
	var out []metadata.Property
	for _, p := range properties()[typ] {
		if (beta || !p.Beta) && r.shows(p, selected, beta) {
			out = append(out, p)
		}
	}
	if selected == nil {
		if r.defaults == nil {
			r.defaults = map[shownKey][]metadata.Property{}
		}
		r.defaults[key] = out
	}
	return out
}

type shownKey struct {
	typ  string
	beta bool
}

// shows tells whether a property stands in an answer.
func (r *resource) shows(p metadata.Property, selected []string, beta bool) bool {
	if p.Kind == metadata.Navigation || p.Type == "Stream" {
		return false
	}
	if selected != nil {
		return slices.Contains(selected, p.Name)
	}
	if slices.Contains(r.basic, p.Name) || beta && slices.Contains(r.basicBeta, p.Name) {
		return true
	}
	return r.basic == nil && !slices.Contains(r.selectOnly, p.Name)
}

// value completes one property's value.
func (c *call) value(p metadata.Property, v any) any {
	if p.Collection {
		list, _ := v.([]any)
		out := make([]any, 0, len(list))
		for _, item := range list {
			out = append(out, c.single(p, item))
		}
		return out
	}
	if v == nil {
		return nil
	}
	return c.single(p, v)
}

func (c *call) single(p metadata.Property, v any) any {
	switch p.Kind {
	case metadata.EnumValue:
		if s, isText := v.(string); isText {
			return c.enumValue(p.Type, s)
		}
	case metadata.Complex:
		if b, isObject := v.(body); isObject {
			return c.complexValue(p.Type, b)
		}
	}
	return v
}

// complexValue fills what is unset in a nested object. A derived type keeps its
// @odata.type, without which a client could not tell what it holds.
func (c *call) complexValue(declared string, b body) body {
	typ, out := declared, body{}
	if name, has := b["@odata.type"].(string); has {
		if typ = strings.TrimPrefix(name, "#microsoft.graph."); typ != declared {
			out["@odata.type"] = name
		}
	}
	all, known := properties()[typ]
	if !known {
		return b
	}
	for _, p := range all {
		if p.Kind == metadata.Navigation || p.Type == "Stream" || p.Beta && !c.beta() {
			continue
		}
		out[p.Name] = c.value(p, b[p.Name])
	}
	c.future.show(typ, b, out, nil, true)
	return out
}

// enumValue hides members that were added after unknownFutureValue from clients that
// did not send `Prefer: include-unknown-enum-members`.
func (c *call) enumValue(name, v string) string {
	e, known := metadata.LookupEnum(name)
	if !known || c.unknownEnums() || e.Sentinel < 0 {
		return v
	}
	members := strings.Split(v, ",")
	hidden := false
	for i, m := range members {
		if m = strings.TrimSpace(m); slices.Index(e.Members, m) > e.Sentinel || c.future.member(name, m) {
			members[i], hidden = "unknownFutureValue", true
		}
	}
	if !hidden {
		return v
	}
	return strings.Join(slices.Compact(members), ",")
}

// expandInto adds to an answer what $expand asks for. A link to one object stands in it as
// that object, and not at all where there is none.
func (t *Tenant) expandInto(out body, c *call, o *object, relation string, selected []string) {
	v := t.expand(c, o, relation, selected)
	if relation == "manager" {
		one, _ := v.([]any)
		if len(one) == 0 {
			return
		}
		v = one[0]
	}
	out[relation] = v
}

// expand lists at most 20 related objects, without a link to the rest.
func (t *Tenant) expand(c *call, o *object, relation string, selected []string) any {
	rows := []any{}
	if r := t.resource(o.typ); r.expand != nil {
		return r.expand(t, c, o, relation)
	}
	for _, x := range t.related(o, relation) {
		if len(rows) == maxExpand {
			break
		}
		row := t.render(c, x, selected)
		row["@odata.type"] = "#microsoft.graph." + x.typ
		rows = append(rows, row)
	}
	return rows
}

// timestamp writes a time as the directory does, to the second.
func timestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// preciseTimestamp writes a time as Conditional Access does, with seven digits.
func preciseTimestamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.0000000Z") }
