package kindtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Random configurations: resources of every kind that refer to each other, in
// an order in which each stands behind what it refers to. What they say comes
// from the shapes; the references are put in by the tables.

// estate is a configuration, and the tenant that it is about.
type estate struct {
	*host
	r     *rand.Rand
	items []*item
	taken map[string]bool        // what there can be only one of
	must  map[string]*item       // by path: what the next item has to refer to there
	seen  map[string]kind.Values // shapes, by name: to make one takes requests
	mode  string                 // of all relations that have one; "" for any
	staff *staff                 // of the application that runs, nil where it is another's

	refusal error // of what was tried last behind Terraform's back
}

// item is one resource of the configuration.
type item struct {
	*instance
	n     int
	shape string
	code  kind.Values // with placeholders for the ids of other items
	needs []*item
	turn

	// joined and left are, by relation, the ids of those whom somebody else put in and took
	// out of the object whose id was stood.
	joined, left map[string][]string
	stood        string
}

// address is what Terraform calls the resource.
func (x *item) address() string { return fmt.Sprintf("%s.n%d", x.kind.TypeName(), x.n) }

// A placeholder stands in code for an id that is another item's: it looks like
// one, so that the tables treat it as one.
var placeholder = regexp.MustCompile(`eeeeeee([01])-0000-4000-8000-([0-9a-f]{12})`)

// is is the placeholder for an id of the item.
func (x *item) is(space kind.Space) string {
	return fmt.Sprintf("eeeeeee%d-0000-4000-8000-%012x", int(space), x.n)
}

// resolved is code with what id returns for each placeholder. Where that is "",
// the placeholder stays.
func (e *estate) resolved(code kind.Values, id func(x *item, space kind.Space) string) kind.Values {
	out, _ := rewritten(code, func(s string) string {
		return placeholder.ReplaceAllStringFunc(s, func(p string) string {
			x, space := e.meant(p)
			if known := id(x, space); known != "" {
				return known
			}
			return p
		})
	}).(kind.Values)
	return out
}

func (e *estate) meant(p string) (*item, kind.Space) {
	m := placeholder.FindStringSubmatch(p)
	var n int
	_, _ = fmt.Sscanf(m[2], "%x", &n)
	return e.items[n], kind.Space(m[1][0] - '0')
}

// rewritten is a copy of a value with every string in it put through f.
func rewritten(value any, f func(string) string) any {
	switch v := value.(type) {
	case string:
		return f(v)
	case []string:
		out := make([]string, len(v))
		for i, s := range v {
			out[i] = f(s)
		}
		return out
	case kind.Values:
		out := kind.Values{}
		for name, inner := range v {
			out[name] = rewritten(inner, f)
		}
		return out
	case []kind.Values:
		out := make([]kind.Values, len(v))
		for i, inner := range v {
			out[i], _ = rewritten(inner, f).(kind.Values)
		}
		return out
	case map[string]kind.Values:
		out := map[string]kind.Values{}
		for key, inner := range v {
			out[key], _ = rewritten(inner, f).(kind.Values)
		}
		return out
	}
	return value
}

// grow adds n items of random kinds.
func (e *estate) grow(n int) {
	e.t.Helper()
	var names []string
	for _, k := range catalog.All() {
		if k.Managed() {
			names = append(names, k.Name)
		}
		if slices.Contains([]string{"user", "group", "application", "service_principal", "conditional_access_policy", "group_member"}, k.Name) {
			names = append(names, k.Name, k.Name) // what most of a tenant is
		}
	}
	for tries := 0; len(e.items) < n && tries < 50*n; tries++ {
		e.add(pick(e.r, names))
	}
}

// add makes one item of a kind, nil where the configuration lacks what it needs.
func (e *estate) add(name string) *item {
	e.t.Helper()
	make := makers[name]
	if make == nil {
		e.t.Fatalf("no random configuration has a %s", name)
	}
	x := &item{instance: e.instance(kindNamed(e.t, name)), n: len(e.items), joined: map[string][]string{}, left: map[string][]string{}}
	x.brief = true
	v := make(e, x)
	if v == nil {
		return nil
	}
	for _, a := range x.kind.Relations() {
		if v[a.Name] == nil || a.ModeBy == "" {
			continue
		}
		if v[a.ModeBy] = e.mode; e.mode == "" {
			v[a.ModeBy] = pick(e.r, append(modes, kind.OnCreate)) // which is what export writes for most
		}
	}
	return e.say(x, v)
}

// put adds an item that says v.
func (e *estate) put(name string, v kind.Values) *item {
	e.t.Helper()
	x := &item{instance: e.instance(kindNamed(e.t, name)), n: len(e.items), joined: map[string][]string{}, left: map[string][]string{}}
	x.brief = true
	return e.say(x, x.kind.Canonical(v))
}

func (e *estate) say(x *item, v kind.Values) *item {
	for _, needed := range placeholder.FindAllString(fmt.Sprint(v), -1) {
		if other, _ := e.meant(needed); !slices.Contains(x.needs, other) {
			x.needs = append(x.needs, other)
		}
	}
	x.code = v
	e.items = append(e.items, x)
	return x
}

// shaped returns what a random one of the shapes says, with references to items.
func (e *estate) shaped(x *item, shapes ...string) kind.Values {
	e.t.Helper()
	x.shape = pick(e.r, shapes)
	at := x.kind.Name + "/" + x.shape
	if e.seen[at] == nil {
		e.seen[at] = x.kind.Canonical(shapesOf[x.kind.Name][x.shape](e.host))
	}
	v, _ := rewritten(e.seen[at], func(s string) string { return s }).(kind.Values)
	return e.wired(x, v)
}

// wired puts references to items in the place of those of the shape.
func (e *estate) wired(x *item, v kind.Values) kind.Values {
	return e.wire(x, x.kind.Attrs, v, "")
}

func (e *estate) wire(x *item, attrs []kind.Attr, v kind.Values, path string) kind.Values {
	for n := range attrs {
		a := &attrs[n]
		at := path + a.Name
		switch value := v[a.Name].(type) {
		case kind.Values:
			e.wire(x, a.Attrs, value, at+".")
		case []kind.Values:
			for _, inner := range value {
				e.wire(x, a.Attrs, inner, at+".")
			}
		case map[string]kind.Values:
			for _, key := range slices.Sorted(maps.Keys(value)) {
				e.wire(x, a.Attrs, value[key], at+".")
			}
		case string:
			v[a.Name] = e.wireText(x, a, at, value)
		case []string:
			if a.Ref != nil {
				v[a.Name] = e.wireSet(x, a, at, value)
			}
		}
	}
	return v
}

func (e *estate) wireText(x *item, a *kind.Attr, path, s string) string {
	if a.Ref != nil && a.Ref.IsID(s) {
		if to := e.target(x, path, a.Ref); to != nil {
			return to.is(a.Ref.Space)
		}
	}
	for _, embedded := range a.Embeds {
		for _, at := range embedded.Find(s) {
			if to := e.target(x, path, embedded.Ref); to != nil {
				return s[:at[0]] + to.is(embedded.Ref.Space) + s[at[1]:]
			}
		}
	}
	return s
}

func (e *estate) wireSet(x *item, a *kind.Attr, path string, ids []string) []string {
	var out []string
	for range 1 + e.r.IntN(3) {
		if to := e.target(x, path, a.Ref); to != nil && !slices.Contains(out, to.is(a.Ref.Space)) {
			out = append(out, to.is(a.Ref.Space))
		}
	}
	for _, s := range ids {
		if !a.Ref.IsID(s) || len(out) == 0 || (a.Limits.Most == 0 || len(out) < a.Limits.Most) && e.r.IntN(3) == 0 {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// target is a random item to which x may refer, nil for none.
func (e *estate) target(x *item, path string, ref *kind.Ref) *item {
	suits := suitable[x.kind.Name+"."+path]
	if to := e.must[path]; to != nil && slices.Contains(ref.Kinds, to.kind.Name) && (suits == nil || suits(e, x, to)) {
		return to
	}
	var all []*item
	for _, to := range e.items {
		if slices.Contains(ref.Kinds, to.kind.Name) && (suits == nil || suits(e, x, to)) {
			all = append(all, to)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return pick(e.r, all)
}

// some is a random item of one of the kinds that is fit for it.
func (e *estate) some(path string, fit func(*item) bool, kinds ...string) *item {
	if to := e.must[path]; to != nil && slices.Contains(kinds, to.kind.Name) {
		if fit == nil || fit(to) {
			return to
		}
		return nil
	}
	var all []*item
	for _, to := range e.items {
		if slices.Contains(kinds, to.kind.Name) && (fit == nil || fit(to)) {
			all = append(all, to)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return pick(e.r, all)
}

// first tells whether nobody has asked for the same before.
func (e *estate) first(what ...any) bool {
	key := fmt.Sprint(what...)
	if e.taken[key] {
		return false
	}
	e.taken[key] = true
	return true
}

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// named makes v's names those of the item alone.
func (x *item) named(v kind.Values, names ...string) kind.Values {
	for _, name := range names {
		if s, isText := v[name].(string); isText {
			if local, domain, isAddress := strings.Cut(s, "@"); isAddress {
				v[name] = fmt.Sprintf("%s%d@%s", local, x.n, domain)
				continue
			}
			v[name] = fmt.Sprintf("%s%d", s, x.n)
		}
	}
	return v
}
