package emulator

import (
	"slices"
	"strings"
)

// Who has a value: for what must be unique, and for alternate keys.

// byProperty finds a live object by a text property, without regard to case.
func (t *Tenant) byProperty(typ, property, value string) *object {
	var found *object
	if value == "" {
		return nil
	}
	t.shelf(typ).each(func(o *object) bool {
		if strings.EqualFold(o.text(property), value) {
			found = o
		}
		return found == nil
	})
	return found
}

// known is like byProperty, but for the replica that takes a write: a new object may not
// exist for it yet.
func (t *Tenant) known(typ, property, value string) *object {
	if o := t.byProperty(typ, property, value); o != nil && t.shelf(typ).sees(o) {
		return o
	}
	return nil
}

// taken tells whether another live object has the value. Of mail nicknames those of
// groups with a mailbox count.
func (t *Tenant) taken(typ, property, value string, except *object) bool {
	return value != "" && t.has(typ, false, func(o *object) bool {
		return o.id != except.id && strings.EqualFold(o.text(property), value) && counts(o, property)
	})
}

func counts(o *object, property string) bool {
	return o.typ != "group" || property != "mailNickname" || o.body["mailEnabled"] == true
}

// has tells whether a live object, or one in the recycle bin, is of that kind.
func (t *Tenant) has(typ string, binned bool, is func(*object) bool) bool {
	return slices.ContainsFunc(t.shelf(typ).all(binned), is)
}

// reserved is like taken but counts objects in the recycle bin, as Graph does for
// uniqueName.
func (t *Tenant) reserved(typ, property, value string, except *object) bool {
	is := func(o *object) bool {
		return o.id != except.id && strings.EqualFold(o.text(property), value) && counts(o, property)
	}
	return t.has(typ, false, is) || t.has(typ, true, is)
}

func (t *Tenant) takenInList(typ, property, value string, except *object) bool {
	found := false
	t.shelf(typ).each(func(o *object) bool {
		found = o.id != except.id && slices.ContainsFunc(list(o.body[property]), func(v any) bool { return same(v, value) })
		return !found
	})
	return found
}
