package kindtest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What others do to a tenant: delete, purge, edit, remove, add. All of it goes
// through Graph, and what Graph refuses has not happened.

// try sends a write behind Terraform's back and tells whether Graph took it.
func (e *estate) try(method, path string, body any) bool {
	_, e.refusal = e.client.Do(context.Background(), graph.Request{Method: method, Version: graph.Beta, Path: path, Body: body})
	return e.refusal == nil
}

// there is the live object, nil where there is none.
func (e *estate) there(x *item) graph.Body {
	path := x.path()
	if x.kind.Life.Form == kind.Edge {
		return nil
	}
	if x.element() {
		parent, err := e.client.Get(context.Background(), graph.V1, x.kind.Life.Expand(x.values()), nil)
		if err != nil {
			return nil
		}
		for _, b := range x.kind.Life.Items(parent) {
			if x.kind.KeyOf(b) == x.get(x.kind.Life.Key) {
				return b
			}
		}
		return nil
	}
	b, err := e.client.Get(context.Background(), graph.Beta, path, nil)
	if err != nil {
		return nil
	}
	return b
}

// breakIt does one random thing to the tenant, and says what; "" where Graph
// refused, or there was nothing to do it to.
func (e *estate) breakIt() string {
	x := pick(e.r, e.items)
	if e.staff != nil && e.r.IntN(3) == 0 {
		if x = pick(e.r, e.staff.items); e.r.IntN(3) == 0 {
			return e.shut()
		}
	}
	switch e.r.IntN(10) {
	case 0, 1, 2:
		if e.remove(x) {
			return "deleted " + x.address()
		}
	case 3, 4:
		if e.remove(x); e.purge(x) {
			return "purged " + x.address()
		}
	case 5, 6:
		return e.edit(x)
	case 7:
		return e.relink(x)
	case 8:
		return e.intrude(x)
	default:
		hours := 1 + e.r.IntN(48)
		if e.r.IntN(25) == 0 {
			hours = 31 * 24 // whatever is in a recycle bin leaves it
		}
		e.control("clock", fmt.Sprintf(`{"advance":"%dh"}`, hours))
		return fmt.Sprintf("%d hours passed", hours)
	}
	return ""
}

// remove deletes an object as its kind is deleted.
func (e *estate) remove(x *item) bool {
	live := e.there(x)
	switch {
	case e.spared(x):
		return false
	case x.kind.Life.Form == kind.Edge:
		ends := x.kind.Ends()
		return e.try("DELETE", x.kind.Life.Expand(x.values())+"/"+x.get(ends[len(ends)-1])+"/$ref", nil)
	case live == nil:
		return false
	case x.element():
		x.removeBehind()
		return true
	case live["isTrusted"] == true:
		e.try("PATCH", x.path(), graph.Body{"@odata.type": live["@odata.type"], "ipRanges": live["ipRanges"], "isTrusted": false})
	case x.kind.Name == "authentication_context":
		e.try("PATCH", x.path(), graph.Body{"isAvailable": false})
	case x.kind.Name == "group":
		var skus []any
		for _, l := range x.licences() {
			skus = append(skus, l.(graph.Body)["skuId"])
		}
		if skus != nil {
			e.try("POST", x.path()+"/assignLicense", graph.Body{"addLicenses": []any{}, "removeLicenses": skus})
		}
	}
	return e.try("DELETE", x.path(), nil)
}

// purge takes an object out of its recycle bin, for good.
func (e *estate) purge(x *item) bool {
	return x.kind.Life.Bin != "" && e.try("DELETE", x.kind.Life.Bin+"/"+x.get("id"), nil)
}

// edit changes one property to another valid value.
func (e *estate) edit(x *item) string {
	e.settle() // what one replica still has, another has deleted: the change takes several reads
	if x.kind.Life.Form == kind.Edge || e.there(x) == nil {
		return ""
	}
	full := x.kind.Canonical(e.resolved(x.code, now))
	var all []leaf
	for _, l := range leaves(x.kind, full) {
		if e.spared(x) && (l.attr.Disables != nil || l.attr.Name == "sign_in_audience") {
			continue // nobody signs in then; or rules for the tenant's own are no longer about it, and which comes back first is the engine's
		}
		if !l.attr.Fixed && !l.top.Fixed && l.attr.Shape != kind.Variant && l.top.Channel == kind.InBody && l.attr.Ref == nil && l.attr.Embeds == nil {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return ""
	}
	one := &trial{x.instance, full, pick(e.r, all), x.shape}
	evil := one.other()
	if evil == nil {
		return ""
	}
	for _, body := range one.bodies(one.leaf.with(evil)) {
		path := x.path()
		if x.element() {
			items := x.items()
			for n, b := range items {
				if x.kind.KeyOf(b) == x.get(x.kind.Life.Key) {
					maps.Copy(items[n], body)
				}
			}
			path, body = x.kind.Life.Expand(x.values()), x.kind.Life.With(items)
		}
		if !e.try("PATCH", path, body) {
			return ""
		}
	}
	return fmt.Sprintf("changed %s of %s to %v", one.leaf.path, x.address(), evil)
}

// relink takes somebody out of a relation, or adds a stranger to it.
func (e *estate) relink(x *item) string {
	relations := x.kind.Relations()
	if len(relations) == 0 || e.there(x) == nil {
		return ""
	}
	a := pick(e.r, relations)
	ids := strs(e.resolved(x.code, now)[a.Name])
	path := x.path() + "/" + a.Property
	if a.Far != "" {
		return "" // the far end may be gone
	}
	if len(ids) > 0 && e.r.IntN(2) == 0 {
		if id := pick(e.r, ids); e.try("DELETE", path+"/"+id+"/$ref", nil) {
			x.meddled(x.left, a.Name, id)
			return fmt.Sprintf("removed %s from %s of %s", id, a.Name, x.address())
		}
		return ""
	}
	if stranger := e.user("grady"); !slices.Contains(ids, stranger) && e.try("POST", path+"/$ref", graph.Body{"@odata.id": e.url + "/v1.0/directoryObjects/" + stranger}) {
		x.meddled(x.joined, a.Name, stranger)
		return fmt.Sprintf("added a stranger to %s of %s", a.Name, x.address())
	}
	return ""
}

// meddled notes what somebody else did to a relation.
func (x *item) meddled(who map[string][]string, name, id string) {
	who[name], x.stood = append(who[name], id), x.get("id")
}

// due is what the tenant has to hold of the item: what the code says, and of relations that
// are not all the code's what became of them by somebody else's hand while the object lasted.
func (e *estate) due(x *item) kind.Values {
	code := x.kind.Canonical(e.resolved(x.code, now))
	if x.get("id") != x.stood {
		return code
	}
	for _, a := range x.kind.Relations() {
		mode, ids := a.ModeIn(code), strs(code[a.Name])
		if mode == kind.OnCreate { // one that was made anew has another id, and is back
			ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(x.left[a.Name], id) })
		}
		if mode != kind.Exact {
			code[a.Name] = append(ids, x.joined[a.Name]...)
		}
	}
	return x.kind.Canonical(code)
}

// intrude leaves a way in: a secret of the intruder's own.
func (e *estate) intrude(x *item) string {
	switch x.kind.Name {
	case "application", "service_principal":
		if e.try("POST", x.path()+"/addPassword", graph.Body{"passwordCredential": graph.Body{"displayName": "intruder"}}) {
			return "added a secret to " + x.address()
		}
	}
	return ""
}
