package kind

import "strings"

// An element is one item of a collection that its parent holds as a property.
// It is written by the parent's PATCH, read and modified under a lock, or by a
// pair of actions where Graph has one.

// ItemOf returns the Life of the items of property, a path such as
// "api.preAuthorizedApplications", of the object at path, such as
// "/applications/{application_id}". key names the attribute that tells them
// apart; "id" where Graph makes it.
func ItemOf(path, property, key string) Life {
	return Life{Form: Element, Path: path, ReadFrom: V1, Property: property, Key: key}
}

// Pair is the two actions below the parent by which an item comes and goes.
type Pair struct {
	Add, Remove string // POSTed: "addPassword", "removePassword"
	Wrap        string // the parameter of Add that holds the item: "passwordCredential"
}

// ByActions says that a pair of actions writes the items. Nothing about such an
// item can change: another takes its place.
func (l Life) ByActions(p Pair) Life { l.Actions = &p; return l }

// Paired tells whether an object has no id of its own, but is known by what it
// connects: an edge, or an item whose key the code says.
func (l Life) Paired() bool {
	return l.Form == Edge || l.Form == Element && l.Key != "id"
}

// Items returns what a body of the parent holds in the property of the items.
func (l Life) Items(parent Body) []Body {
	var value any = parent
	for _, name := range strings.Split(l.Property, ".") {
		b, _ := value.(Body)
		value = b[name]
	}
	list, _ := value.([]any)
	out := make([]Body, 0, len(list))
	for _, item := range list {
		if b, ok := item.(Body); ok {
			out = append(out, b)
		}
	}
	return out
}

// With returns the PATCH that makes items the parent's. Graph merges the blocks
// around them (P4), so that nothing else is touched.
func (l Life) With(items []Body) Body {
	list := make([]any, 0, len(items))
	for _, b := range items {
		list = append(list, b)
	}
	names := strings.Split(l.Property, ".")
	var value any = list
	for i := len(names) - 1; i >= 0; i-- {
		value = Body{names[i]: value}
	}
	b, _ := value.(Body)
	return b
}

// Top is the property of the parent itself that holds the items, for $select.
func (l Life) Top() string {
	name, _, _ := strings.Cut(l.Property, ".")
	return name
}

// KeyProperty is the property that tells items apart.
func (k *Kind) KeyProperty() string {
	if a := k.Attr(k.Life.Key); a != nil && a.Name != "id" {
		return a.Property
	}
	return k.ownKey()
}

// ownKey is the property of a key that Graph makes.
func (k *Kind) ownKey() string {
	if a := k.Attr("id"); a != nil && a.Property != "" {
		return a.Property
	}
	return "id"
}

// KeyOf returns an item's key as values hold it.
func (k *Kind) KeyOf(item Body) string { return strings.ToLower(text(item[k.KeyProperty()])) }

// elementIdentity names what identifies an item: its parent and its key.
func (k *Kind) elementIdentity() []string { return append(k.Life.Placeholders(), k.Life.Key) }

// An Output is a secret that Graph tells once, in the answer that makes an
// object. It is kept as another attribute, Keeper, says, or not at all.
type Output struct {
	Keeper string
	Word   string // the keeper's value under which it is kept as it is; "" where it is sealed
	Prefix string // of the keeper's values that are recipients to whom it is sealed
	Plain  string // the attribute that holds it as it is, where it can be sealed later
}

// Keeps tells whether a secret is kept here when the keeper has the value.
func (o *Output) Keeps(keeper string) bool {
	if o.Word != "" {
		return keeper == o.Word
	}
	return strings.HasPrefix(keeper, o.Prefix)
}

// Told returns an attribute that holds a secret of Graph's, told as property.
func Told(name, property string, o Output, doc string) Attr {
	a := Text(name, Computed, doc).As(property)
	a.Output = &o
	return a
}

// Shown is a string of Graph's as code has it: without what Graph adds to it.
func (a *Attr) Shown(raw any) string {
	if a.Codec != nil {
		if s, ok := a.Codec.Decode(raw); ok {
			return s
		}
	}
	return text(raw)
}

// Secret tells whether Graph tells a secret when it makes such an object.
func (k *Kind) Secret() bool {
	for i := range k.Attrs {
		if k.Attrs[i].Output != nil {
			return true
		}
	}
	return false
}

// Streamed returns the content of a file, in base64, that Graph takes by PUT.
func Streamed(name, doc string) Attr {
	a := Text(name, Optional, doc)
	a.Channel = Stream
	return a
}

// LeftOpen says that code which leaves the property out leaves it to others: to
// the resources for its single items. It is then neither written nor planned.
// Export writes it even when it is empty, so that what others add is seen.
func (a Attr) LeftOpen() Attr { a.Shared = true; return a }

// HoldsOpen tells whether something that may be left to others is in an object.
func (a *Attr) HoldsOpen() bool {
	if a.Shape != Object {
		return false
	}
	for i := range a.Attrs {
		if inner := &a.Attrs[i]; inner.Open() || inner.HoldsOpen() {
			return true
		}
	}
	return false
}

// Owned returns v without what is open and said does not set: said is what the
// code says, or what the state holds.
func (k *Kind) Owned(v, said Values) Values { return owned(k.Attrs, v, said) }

func owned(attrs []Attr, v, said Values) Values {
	out := Values{}
	for name, value := range v {
		a := find(attrs, name)
		if a == nil {
			out[name] = value
			continue
		}
		_, kept := said[name]
		if a.Open() && !kept {
			continue
		}
		inner, isObject := value.(Values)
		if isObject && a.HoldsOpen() {
			mine, _ := said[name].(Values)
			if inner = owned(a.Attrs, inner, mine); len(inner) == 0 {
				continue
			}
			value = inner
		}
		out[name] = value
	}
	return out
}

// TakeOut removes the value at a path such as "api.pre_authorized_applications"
// from values that nobody else holds, and returns it; blocks that are left
// empty go with it.
func (v Values) TakeOut(path string) any {
	name, rest, below := strings.Cut(path, ".")
	if !below {
		value := v[name]
		delete(v, name)
		return value
	}
	inner, _ := v[name].(Values)
	if inner == nil {
		return nil
	}
	copied := Values{}
	for k, value := range inner {
		copied[k] = value
	}
	value := copied.TakeOut(rest)
	if v[name] = copied; len(copied) == 0 {
		delete(v, name)
	}
	return value
}

// At returns the value at a path, nil where there is none.
func (v Values) At(path string) any {
	name, rest, below := strings.Cut(path, ".")
	if !below {
		return v[name]
	}
	inner, _ := v[name].(Values)
	return inner.At(rest)
}
