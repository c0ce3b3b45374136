package emulator

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// The five verbs, the same for every resource; what differs stands in its table entry.

// visible lists the live objects that the version shows.
func (t *Tenant) visible(c *call, r *resource) []*object {
	objects := t.shelves[r.typ].all(false)
	return slices.DeleteFunc(objects, func(o *object) bool { return hidden(c, o) || !t.whole(r, o) })
}

// hidden tells whether an object stands in beta only.
func hidden(c *call, o *object) bool {
	if c.beta() {
		return false
	}
	mt, _ := metadata.Lookup(o.typ)
	return o.preview || mt.Beta
}

func (r *resource) list(t *Tenant, c *call) (*reply, *graphError) {
	return t.page(c, r.listing(), t.rows(c, r))
}

// rows lists the objects that a page is made of. Where the query looks at no others than
// those of the page, they are no more than that, so that a page of a tenant of 100,000
// groups costs what it costs anywhere.
func (t *Tenant) rows(c *call, r *resource) []*object {
	for name := range c.query {
		switch name {
		case "$select", "$expand", "$top", "$skiptoken", "$format":
		default:
			return t.visible(c, r)
		}
	}
	s, start := t.shelves[r.typ], 0
	order := s.sorted()
	if after, valid := t.openToken(c); valid {
		start, _ = s.from(after)
	}
	var out []*object
	for _, o := range order[start:] {
		if o.live() && !hidden(c, o) && t.whole(r, o) {
			out = append(out, o)
		}
		if len(out) > maxPage+1 { // one behind the page says that there is a next one, one may be the token's own
			break
		}
	}
	return out
}

func (r *resource) countAll(t *Tenant, c *call) (*reply, *graphError) {
	return t.tally(c, r.listing(), t.visible(c, r))
}

// target finds the live object that the address names by id, or by an alternate key.
func (t *Tenant) target(c *call, r *resource) (*object, *graphError) {
	id := c.params["id"]
	o := t.lookUp(r, id)
	if o == nil && r.directory && r.typ != "user" && !isGUID(id) && !strings.HasPrefix(id, keyMark) {
		return nil, badRequest("Invalid object identifier '%s'.", id)
	}
	if o == nil {
		return nil, r.missing(id)
	}
	if o.preview && !c.beta() {
		return nil, caBad("1037: The policy you requested contains preview features. Use the Beta endpoint to retrieve this policy.")
	}
	if hidden(c, o) || !t.whole(r, o) {
		return nil, r.missing(id)
	}
	return o, nil
}

func (t *Tenant) lookUp(r *resource, id string) *object {
	if key, marked := strings.CutPrefix(id, keyMark); marked {
		property, value, _ := strings.Cut(key, "=")
		if !slices.Contains(r.keys, property) {
			return nil
		}
		return t.known(r.typ, property, value)
	}
	if r.typ == "user" && strings.Contains(id, "@") {
		return t.known("user", "userPrincipalName", id)
	}
	return t.shelves[r.typ].live(id)
}

// missing is the service's answer for an id that it does not have.
func (r *resource) missing(id string) *graphError {
	id = strings.TrimPrefix(id, keyMark)
	if r.directory || r.policies {
		return notFound(id)
	}
	name := map[string]string{"conditionalAccessPolicy": "ConditionalAccessPolicy", "namedLocation": "NamedLocation",
		"authenticationContextClassReference": "AuthenticationContextClassReference"}[r.typ]
	return &graphError{Status: 404, Code: "ResourceNotFound", Message: name + " with id " + id + " does not exist in the directory."}
}

func (r *resource) read(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	return t.one(c, r, o, r.set+"/$entity")
}

// one answers with a single object.
func (t *Tenant) one(c *call, r *resource, o *object, context string) (*reply, *graphError) {
	for name := range c.query {
		if strings.HasPrefix(name, "$") && name != "$select" && name != "$expand" && name != "$format" {
			return nil, badRequest("Query option '%s' is not allowed for a single object.", name)
		}
	}
	selected, gerr := selection(c, o.typ)
	if gerr != nil {
		return nil, gerr
	}
	opts := &options{}
	if gerr := opts.expansion(c, r.listing()); gerr != nil {
		return nil, gerr
	}
	out := t.render(c, o, selected)
	for _, relation := range opts.relations(r.listing()) {
		t.expandInto(out, c, o, relation, opts.expanded)
	}
	out["@odata.context"] = c.context(context)
	return ok(out), nil
}

func (r *resource) create(t *Tenant, c *call) (*reply, *graphError) {
	b, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	o, gerr := t.make(c, r, b)
	if gerr != nil {
		return nil, gerr
	}
	rep, gerr := t.one(&call{base: c.base, version: c.version, header: c.header}, r, o, r.set+"/$entity")
	if gerr != nil {
		return nil, gerr
	}
	rep.status = 201
	if r.tell != nil {
		r.tell(o, rep.body.(body))
	}
	if len(r.paths) > 0 {
		rep.header = map[string]string{"Location": c.base + r.paths[0] + "/" + o.id}
	}
	return rep, nil
}

// make checks the body of a POST and puts the new object, with its relations, into the
// tenant.
func (t *Tenant) make(c *call, r *resource, b body) (*object, *graphError) {
	typ, gerr := r.exactType(c, b, "")
	if gerr != nil {
		return nil, gerr
	}
	binds, gerr := t.takeBinds(c, r, b)
	if gerr != nil {
		return nil, gerr
	}
	check := t.checker(c, r, true)
	if gerr := check.top(typ, b); gerr != nil {
		return nil, gerr
	}
	delete(b, "id")
	o := &object{typ: typ, id: c.newID(), parent: c.parent, body: clean(b)}
	orderFlags(typ, o.body)
	if r.prepare != nil {
		r.prepare(t, o)
	}
	if r.check != nil {
		if gerr := r.check(t, c, nil, o, b); gerr != nil {
			return nil, gerr
		}
	}
	if gerr := t.checkBinds(r, o, binds); gerr != nil {
		return nil, gerr
	}
	if binds, gerr = t.bindCreator(c, o, binds); gerr != nil {
		return nil, gerr
	}
	t.rules.future.fill(typ, o.body)
	t.shelves[r.typ].put(o)
	t.audit(c, auditAdd, o)
	for _, bind := range binds {
		t.edges.add(o.id, bind.relation, bind.target)
		t.auditLink(c, o, bind.relation, bind.target, true)
	}
	return o, nil
}

func (t *Tenant) checker(c *call, r *resource, create bool) *checker {
	return &checker{beta: c.beta(), ca: !r.directory && !r.policies, create: create, rules: &t.rules, res: r}
}

// exactType reads @odata.type, which a polymorphic resource demands on POST and PATCH,
// and which no other type than the resource's own may have.
func (r *resource) exactType(c *call, b body, current string) (string, *graphError) {
	v, given := b["@odata.type"]
	name, _ := v.(string)
	name = strings.TrimPrefix(name, "#microsoft.graph.")
	mt, known := metadata.Lookup(name)
	switch {
	case !given && r.polymorphic:
		return "", caBad("The request body must name its type: @odata.type is missing.")
	case !given:
		return r.typ, nil
	case !known || !metadata.IsA(name, r.typ) || mt.Abstract || r.polymorphic && name == r.typ || mt.Beta && !c.beta():
		return "", &graphError{Status: 400, Code: "BadRequest", Message: "A type named '" + name + "' could not be resolved by the model."}
	case current != "" && name != current:
		return "", &graphError{Status: 400, Code: "BadRequest", Message: "The type of an object cannot be changed."}
	}
	return name, nil
}

func (r *resource) update(t *Tenant, c *call) (*reply, *graphError) {
	b, gerr := c.decode()
	if gerr != nil {
		return nil, gerr
	}
	o, gerr := t.target(c, r)
	if gerr != nil {
		if key, marked := strings.CutPrefix(c.params["id"], keyMark); marked && gerr.Status == 404 && c.prefers("create-if-missing") {
			return t.upsert(c, r, key, b)
		}
		return nil, gerr
	}
	return t.change(c, r, o, b)
}

// upsert answers a PATCH of an alternate key with `Prefer: create-if-missing`.
func (t *Tenant) upsert(c *call, r *resource, key string, b body) (*reply, *graphError) {
	property, value, _ := strings.Cut(key, "=")
	if sent, given := b[property]; given && sent != value {
		return nil, badRequest("The key of the address and property '%s' differ.", property)
	}
	b[property] = value
	raw, err := json.Marshal(b)
	if err != nil {
		return nil, badRequest("%v", err)
	}
	again := *c
	again.raw = raw
	return r.create(t, &again)
}

// change applies the body of a PATCH.
func (t *Tenant) change(c *call, r *resource, o *object, b body) (*reply, *graphError) {
	if _, gerr := r.exactType(c, b, o.typ); gerr != nil {
		return nil, gerr
	}
	binds, gerr := t.takeBinds(c, r, b)
	if gerr != nil {
		return nil, gerr
	}
	// A body that repeats the id of its address changes nothing; clients of the directory
	// send it. https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part1-protocol.html#sec_UpdateanEntity
	r.dropNulls(b)
	if (r.directory || r.policies) && b["id"] != nil && same(b["id"], o.id) {
		delete(b, "id")
	}
	if gerr := t.checker(c, r, false).top(o.typ, b); gerr != nil {
		return nil, gerr
	}
	for _, name := range r.fixed {
		if v, given := b[name]; given && !unchanged(o.body[name], v) {
			return nil, badRequest("Property '%s' is read-only and cannot be set.", name)
		}
	}
	next := &object{typ: o.typ, id: o.id, parent: o.parent, body: deepCopy(o.body).(body), preview: o.preview}
	sent := clean(deepCopy(b).(body))
	orderFlags(o.typ, sent)
	for k, v := range sent {
		if r.directory && !slices.Contains(r.whole, k) {
			merge(next.body, body{k: v})
			continue
		}
		next.body[k] = v
	}
	if r.check != nil {
		if gerr := r.check(t, c, o, next, b); gerr != nil {
			return nil, gerr
		}
	}
	if gerr := t.checkBinds(r, next, binds); gerr != nil {
		return nil, gerr
	}
	t.auditChange(c, o, next, b)
	names := differing(o.body, next.body)
	o.body, o.preview = next.body, next.preview
	if len(names) > 0 {
		t.touched(o, names...)
	}
	for _, bind := range binds {
		t.edges.add(o.id, bind.relation, bind.target)
		t.auditLink(c, o, bind.relation, bind.target, true)
	}
	return noContent, nil
}

// unchanged tells whether a fixed property keeps its value; never set, false, "" and []
// are one.
func unchanged(old, sent any) bool {
	return reflect.DeepEqual(old, sent) || empty(old) && empty(sent)
}

func empty(v any) bool {
	l, isList := v.([]any)
	return v == nil || v == false || v == "" || isList && len(l) == 0
}

func (r *resource) remove(t *Tenant, c *call) (*reply, *graphError) {
	o, gerr := t.target(c, r)
	if gerr != nil {
		return nil, gerr
	}
	if r.deletable != nil {
		if gerr := r.deletable(t, o); gerr != nil {
			return nil, gerr
		}
	}
	t.delete(c, r, o)
	return noContent, nil
}

// filled refuses empty text where a name is needed.
func filled(o *object, names ...string) *graphError {
	for _, name := range names {
		if v := o.text(name); v == "" || name == "displayName" && utf8.RuneCountInString(v) > 256 {
			return badRequest("Invalid value specified for property '%s' of resource '%s'.", name, title(o.typ))
		}
	}
	return nil
}
