package kindtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// bond is a reference of a table to one of the kinds that it can lead to, a
// resource that holds it, and the one to which it leads.
type bond struct {
	at     string // "conditions.users.exclude_groups → group"
	path   string
	space  kind.Space
	target string
	from   *item
	to     *item
	old    string
}

// TestEveryReferenceIsRelinked goes through every reference of every table, those
// inside strings too, and through every kind of resource that it can lead to:
// when that is deleted permanently, what refers to it is planned as unknown, and
// after one apply Graph holds the new id there. A reference that no random
// configuration has fails. Relations are tried in each mode.
func TestEveryReferenceIsRelinked(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() || len(bondsOf(k)) == 0 {
			continue
		}
		in := []string{kind.Exact}
		if slices.ContainsFunc(k.Relations(), func(a kind.Attr) bool { return a.ModeBy != "" }) {
			in = modes
		}
		for _, mode := range in {
			t.Run(k.Name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				e := newEstate(t, rand.New(rand.NewPCG(1, 2)))
				e.mode = mode
				bonds := bondsOf(k)
				if e.tie(k, bonds); t.Failed() {
					return
				}
				e.begin(1)
				for n := range bonds {
					e.sever(&bonds[n])
				}
				e.control("clock", `{"advance":"745h"}`) // administrative units leave their recycle bin by age alone
				e.plan(1)
				for _, b := range bonds {
					if id := coming(b.to, b.space); id == b.old && !b.to.kind.KeepsID() {
						t.Errorf("%s: the target is planned with the id that is gone", b.at)
					}
					if !b.to.kind.KeepsID() && (!b.from.changes || !unknownBelow(b.from.planned.planned, b.path)) {
						t.Errorf("%s: the plan of what refers to it does not leave it open", b.at)
					}
				}
				for _, s := range e.apply(1) {
					t.Error("apply: ", s)
				}
				for _, x := range e.plan(1) {
					t.Errorf("%s is not settled after the apply", x.address())
				}
				for _, wrong := range e.holds() {
					t.Error(wrong)
				}
				for _, b := range bonds {
					if id := now(b.to, b.space); (id == b.old) != b.to.kind.KeepsID() {
						t.Errorf("%s: the target had %s and has %s", b.at, b.old, id)
					}
				}
			})
		}
	}
}

// bondsOf are the references of a table, one for each kind of resource.
func bondsOf(k *kind.Kind) []bond {
	var out []bond
	add := func(path string, ref *kind.Ref) {
		for _, name := range ref.Kinds {
			if to := catalog.ByName(name); to != nil && to.Managed() && unreachable[k.Name+"."+path+" → "+name] == "" {
				out = append(out, bond{at: k.Name + "." + path + " → " + name, path: path, space: ref.Space, target: name})
			}
		}
	}
	var enter func(attrs []kind.Attr, path string)
	enter = func(attrs []kind.Attr, path string) {
		for i := range attrs {
			a := &attrs[i]
			if a.Ref != nil {
				add(path+a.Name, a.Ref)
			}
			for _, embedded := range a.Embeds {
				add(path+a.Name, embedded.Ref)
			}
			enter(a.Attrs, path+a.Name+".")
		}
	}
	enter(k.Attrs, "")
	return out
}

// unreachable names references that nothing can hold, with the reason.
var unreachable = map[string]string{
	"service_principal.app_id → service_principal": "its own client id comes from its application; another tenant's is no resource here",
}

// tie makes resources that together hold the references, and what these lead to.
func (e *estate) tie(k *kind.Kind, bonds []bond) {
	e.t.Helper()
	targets := map[string]*item{}
	for try := range 100 {
		e.must = map[string]*item{}
		left := 0
		for n := range slices.Backward(bonds) { // an application behind the service principals that might take it
			b := &bonds[n]
			if b.from != nil {
				continue
			}
			key := b.target // one for many, but what an object connects are two
			if !strings.Contains(b.path, ".") {
				key += " " + b.path
			}
			must := e.must
			e.must = map[string]*item{}                    // which is not for the targets
			if left++; targets[key] == nil || try%4 == 3 { // another, which may be fit for more
				targets[key] = e.provide(b.target)
			}
			if e.must = must; must[b.path] == nil || e.r.IntN(2) == 0 {
				must[b.path] = targets[key]
			}
		}
		if left == 0 {
			return
		}
		must := e.must
		from := e.add(k.Name)
		e.must = map[string]*item{}
		if from == nil {
			clear(targets)
			e.prepare(k)
			continue
		}
		news := false
		for n := range bonds {
			b := &bonds[n]
			if to := must[b.path]; b.from == nil && to != nil && to.kind.Name == b.target && slices.Contains(stringsAt(from.code, b.path), to.is(b.space)) {
				b.from, b.to, news = from, to, true
			}
		}
		if !news {
			e.items = e.items[:from.n]
		}
	}
	for _, b := range bonds {
		if b.from == nil {
			e.t.Errorf("no random configuration has %s", b.at)
		}
	}
}

// provide adds an item of a kind, and before it what it needs.
func (e *estate) provide(name string) *item {
	e.t.Helper()
	for range 60 {
		if x := e.add(name); x != nil {
			return x
		}
		e.prepare(kindNamed(e.t, name))
	}
	e.t.Fatalf("no configuration has a %s", name)
	return nil
}

// prepare adds what an item of the kind may lack.
func (e *estate) prepare(k *kind.Kind) {
	for _, b := range bondsOf(k) {
		if !strings.Contains(b.path, ".") && e.r.IntN(2) == 0 && b.target != k.Name {
			e.add(b.target)
		}
	}
	e.add("application")
}

// stringsAt are the ids that stand in code at a path, whichever element they are in.
func stringsAt(v kind.Values, path string) []string {
	name, rest, deeper := strings.Cut(path, ".")
	switch value := v[name].(type) {
	case string:
		return placeholderIDs(value)
	case []string:
		return placeholderIDs(fmt.Sprint(value))
	case kind.Values:
		if deeper {
			return stringsAt(value, rest)
		}
	case []kind.Values:
		var out []string
		for _, inner := range value {
			out = append(out, stringsAt(inner, rest)...)
		}
		return out
	}
	return nil
}

func placeholderIDs(s string) []string { return placeholder.FindAllString(s, -1) }

// sever deletes the target for good; where Graph refuses while something refers
// to it, that goes first. A client id goes with its application.
func (e *estate) sever(b *bond) {
	e.t.Helper()
	b.old = now(b.to, b.space)
	to := b.to
	if b.space == kind.AppID {
		to = to.app()
	}
	if e.there(to) == nil {
		return // another reference leads to it, too
	}
	if !e.remove(to) {
		for _, x := range slices.Backward(e.items) {
			if slices.Contains(x.needs, to) {
				e.remove(x)
				e.purge(x)
			}
		}
		if !e.remove(to) {
			e.t.Fatalf("%s: the target cannot be deleted: %v", b.at, e.refusal)
		}
	}
	e.purge(to)
}

// unknownBelow tells whether the value at a path of objects is not all known.
func unknownBelow(v tftypes.Value, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	fields, err := wire.Fields(v)
	if err != nil || fields == nil {
		return !v.IsKnown()
	}
	at := fields[name]
	if !deeper || !at.Type().Is(tftypes.Object{}) {
		return !at.IsFullyKnown()
	}
	return unknownBelow(at, rest)
}
