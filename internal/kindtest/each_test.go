package kindtest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestEachAttribute takes every attribute that a shape sets, at every depth,
// and changes it in the code, behind Terraform's back, leaves it out, sets it
// behind Terraform's back while the code leaves it out, and sets it again.
// After each apply a refresh and a plan must find nothing to do.
func TestEachAttribute(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		if !k.Managed() {
			continue
		}
		if len(shapesOf[k.Name]) == 0 {
			t.Errorf("%s has no shape", k.Name)
		}
		if k.Life.Form == kind.Edge {
			continue // nothing about an edge can change
		}
		for shape, make := range shapesOf[k.Name] {
			t.Run(k.Name+"/"+shape, func(t *testing.T) {
				t.Parallel()
				h := newHost(t)
				full := k.Canonical(make(h))
				i := h.instance(k)
				i.brief = true
				i.begin(full)
				i.settled(full, "after create")
				for _, l := range leaves(k, full) {
					(&trial{i, full, l, shape}).run()
				}
			})
		}
	}
}

// trial is one attribute under test.
type trial struct {
	*instance
	full  kind.Values
	leaf  leaf
	shape string
}

func (x *trial) run() {
	x.t.Helper()
	if x.leaf.attr.Fixed || x.leaf.top.Fixed || x.leaf.attr.Shape == kind.Variant {
		x.refused()
		return
	}
	x.elements()
	_, stays := lookUpLeaf(kept, x.kind, x.shape, x.leaf)
	stays = stays || x.leaf.attr.Mode == kind.Required
	if other := x.other(); other != nil {
		if x.leaf.attr.Channel != kind.Stream { // which is never read
			x.tampered(x.full, x.leaf.with(other), "changed")
		}
		if x.leaf.mark == last {
			return // the code says it of the last element as of the first
		}
		x.put(x.leaf.with(other), "changed")
		if s, isSet := other.([]string); isSet && len(s) < len(x.leaf.value.([]string)) {
			x.tampered(x.leaf.with(other), x.full, "added to")
		}
		if stays {
			x.put(x.full, "changed back")
		}
	}
	if stays || x.leaf.mark == last {
		return
	}
	less := x.leaf.with(nil)
	x.put(less, "left out")
	if x.leaf.attr.Unwatched() == "" { // else it stands on the page "What a plan does not watch"
		x.tampered(less, x.full, "set although the code leaves it out")
	}
	x.put(x.full, "set again")
	if x.leaf.top.Whole && x.leaf.attr != x.leaf.top {
		x.tampered(x.full, less, "removed")
	}
}

// elements takes out and adds an element of a set or map of objects, the first and the
// last, in the code and behind Terraform's back.
func (x *trial) elements() {
	x.t.Helper()
	all := ends(x.leaf.value)
	if len(all) < 2 { // what is left of one is left out, see run
		return
	}
	for n, e := range all {
		which := []string{"first", "last"}[n]
		if _, stays := lookUp(kept, x.kind, x.shape, x.leaf.path+"#"+which); stays {
			continue
		}
		less := x.leaf.with(e.without())
		x.tampered(x.full, less, "robbed of the "+which+" element")
		x.put(less, "robbed of the "+which+" element")
		x.tampered(less, x.full, "given the "+which+" element")
		x.put(x.full, "given the "+which+" element")
	}
}

// refused changes behind Terraform's back what Graph fixes at creation: no plan has to
// see that, because Graph refuses it. An item of a list is another one then, and the plan
// has to see that this one is gone.
func (x *trial) refused() {
	x.t.Helper()
	body := x.fixed()
	if body == nil {
		return
	}
	err := x.tryPatchBehind(body)
	if err == nil && x.element() {
		x.read()
		p := x.plan(x.full)
		if x.empty(p) {
			x.t.Errorf("%s was changed behind our back, and the plan does not see it", x.leaf.path)
		}
		if s := x.tryApply(p); s != "" {
			x.t.Fatalf("%s, changed behind our back, cannot be put back: %s", x.leaf.path, s)
		}
		x.settled(x.full, "after it was made anew with its "+x.leaf.path)
		return
	}
	var refusal *graph.Error
	if !errors.As(err, &refusal) || refusal.Status != http.StatusMethodNotAllowed &&
		!strings.Contains(refusal.Message, "is read-only and cannot be set") && !strings.Contains(refusal.Message, "The type of an object cannot be changed") {
		x.t.Errorf("another %s is not refused because it cannot change: %v", x.leaf.path, err)
	}
	x.settled(x.full, "after Graph refused another "+x.leaf.path)
}

// fixed is a body with another value of the attribute, nil where no body has it: it stands
// in the path, or is a block, of which the attributes are tried one by one.
func (x *trial) fixed() graph.Body {
	x.t.Helper()
	if x.leaf.attr.Shape == kind.Variant {
		for _, v := range x.kind.Variants() {
			if v.Name != x.leaf.attr.Name {
				return graph.Body{"@odata.type": v.Type}
			}
		}
	}
	value := x.other()
	if value == nil || x.leaf.top.Property == "" {
		return nil
	}
	all := x.kind.Encode(x.leaf.with(value), x.get("app_id"))
	return graph.Body{x.leaf.top.Property: all[x.leaf.top.Property]}
}

// other returns another value for the attribute, nil for a block.
func (x *trial) other() any {
	if v, ok := lookUpLeaf(others, x.kind, x.shape, x.leaf); ok {
		return v
	}
	if x.leaf.attr.Channel == kind.Link {
		return x.user("diego")
	}
	return mutated(x.leaf.attr, x.leaf.value)
}

func (x *trial) put(v kind.Values, what string) {
	x.t.Helper()
	if s := x.tryApply(x.quickly(v)); s != "" { // TestWhole plans by the protocol
		x.t.Fatalf("%s %s: %s", x.leaf.path, what, s)
	}
	x.settled(v, "after "+x.leaf.path+" was "+what)
}

// tampered makes the live object evil, in one property, behind Terraform's
// back. The next plan must show it, and the apply bring back what code says.
func (x *trial) tampered(code, evil kind.Values, what string) {
	x.t.Helper()
	switch a := x.leaf.top; {
	case a.Channel == kind.Relation:
		x.relate(code, evil)
	case a.Channel == kind.Link:
		x.linkOne(text(evil[a.Name]))
	case a.Act != nil:
		x.behind("POST", x.path()+"/"+a.Act.Name, a.Act.Body(a.Encode(code[a.Name], ""), a.Encode(evil[a.Name], "")))
	default:
		x.write(evil)
	}
	x.read()
	p := x.quickly(code)
	if x.empty(p) {
		x.t.Errorf("%s was %s behind our back, and the plan does not see it", x.leaf.path, what)
		x.put(code, "not seen")
		return
	}
	if s := x.tryApply(p); s != "" {
		x.t.Fatalf("%s, %s behind our back, cannot be put back: %s", x.leaf.path, what, s)
	}
	x.settled(code, "after "+x.leaf.path+", "+what+" behind our back, was put back")
}

// write patches the one property of the object that holds the attribute, as
// another client would.
func (x *trial) write(evil kind.Values) {
	x.t.Helper()
	for _, b := range x.bodies(evil) {
		x.patchBehind(b)
	}
}

func (x *trial) bodies(evil kind.Values) []kind.Body {
	x.t.Helper()
	all := x.kind.Encode(evil, x.get("app_id"))
	body := graph.Body{}
	names := []*kind.Attr{x.leaf.top}
	if t := all["@odata.type"]; t != nil {
		body["@odata.type"] = t
	}
	if x.leaf.top.Shape == kind.Variant {
		names = nil
		for i := range x.leaf.top.Attrs {
			names = append(names, &x.leaf.top.Attrs[i])
		}
	}
	for _, a := range names {
		body[a.Property] = all[a.Property] // null where evil leaves it out
		if value, set := evil[a.Name]; a.Channel == kind.Alone && set {
			body[a.Property] = a.Encode(value, "")
		}
		if body[a.Property] == nil && (a.Shape == kind.StringSet || a.Shape == kind.ObjectSet || a.Shape == kind.ObjectMap) {
			body[a.Property] = []any{}
		}
	}
	if x.kind.Steps != nil {
		return x.kind.Steps(x.itself(), body)
	}
	return []kind.Body{body}
}

// relate makes the relation what evil says, by $ref.
func (x *trial) relate(code, evil kind.Values) {
	x.t.Helper()
	before, _ := code[x.leaf.attr.Name].([]string)
	after, _ := evil[x.leaf.attr.Name].([]string)
	for _, id := range before {
		if !slices.Contains(after, id) {
			x.unlink(x.leaf.attr, id)
		}
	}
	for _, id := range after {
		if !slices.Contains(before, id) {
			x.link(x.leaf.attr, id)
		}
	}
}

// linkOne makes the link to one object what another client would.
func (x *trial) linkOne(id string) {
	x.t.Helper()
	at := x.path() + "/" + x.leaf.top.Property + "/$ref"
	if id == "" {
		x.behind("DELETE", at, nil)
		return
	}
	x.behind("PUT", at, graph.Body{"@odata.id": x.url + "/v1.0/users/" + id})
}

// TestFixed: what Graph fixes at creation cannot change unless the user accepts
// another object, and then the object is replaced.
func TestFixed(t *testing.T) {
	t.Parallel()
	for _, k := range catalog.All() {
		for shape, make := range shapesOf[k.Name] {
			t.Run(k.Name+"/"+shape, func(t *testing.T) {
				t.Parallel()
				h := newHost(t)
				full := k.Canonical(make(h))
				var all []leaf
				for _, l := range leaves(k, full) {
					if l.attr.Fixed && !slices.Contains(k.Ends(), l.path) && l.path != "id" {
						all = append(all, l)
					}
				}
				if len(all) == 0 {
					return
				}
				i := h.instance(k)
				i.begin(full)
				i.unprotect()
				for _, l := range all {
					if other, given := lookUp(others, k, shape, l.path); given && other == nil {
						continue
					}
					changed := l.with(mutated(l.attr, l.value))
					before := i.state
					if _, s := i.tryPlan(i.config(changed)); !strings.Contains(s, l.path+" cannot be changed") {
						t.Errorf("a change of %s must be an error that names it, not %q", l.path, s)
					}
					p, s := i.tryPlan(i.permitting(changed))
					if s != "" || !p.replace {
						t.Errorf("with allow_replacement a change of %s must replace the object: %s", l.path, s)
					}
					if !i.state.Equal(before) {
						t.Error("a plan changed the state")
					}
				}
			})
		}
	}
}

// permitting is the configuration that says v and allow_replacement, which is
// no part of the object.
func (i *instance) permitting(v kind.Values) tftypes.Value {
	i.t.Helper()
	config := i.config(v)
	fields, err := wire.Fields(config)
	if err != nil {
		i.t.Fatal(err)
	}
	fields["allow_replacement"] = tftypes.NewValue(tftypes.Bool, true)
	return tftypes.NewValue(config.Type(), fields)
}

func kindNamed(t *testing.T, name string) *kind.Kind {
	t.Helper()
	k := catalog.ByName(name)
	if k == nil {
		t.Fatalf("there is no kind %s", name)
	}
	return k
}

// property returns a string property of the object at path.
func (h *host) property(path, name string) string {
	h.t.Helper()
	b, err := h.client.Get(context.Background(), graph.Beta, path, nil)
	s, _ := b[name].(string)
	if err != nil || s == "" {
		h.t.Fatalf("%s has no %s: %v", path, name, err)
	}
	return s
}
