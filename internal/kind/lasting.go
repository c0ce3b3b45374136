package kind

import (
	"path"
	"strings"
)

// What of an object lasts, and what does not: ids that stay, values that are given once,
// and objects that exist for a while only.

// Fleeting is a listing that tells which objects exist for a while only.
type Fleeting struct {
	Path string
	// Of returns the id of the object that an entry is about, and why it does not
	// last; "" for an entry that says nothing of that kind.
	Of func(Body) (id, reason string)
}

// KeepsID tells whether an object that is made anew has the id that it had.
func (k *Kind) KeepsID() bool {
	if k.Life.Form == Keyed {
		return true
	}
	for i := range k.Attrs {
		if k.Attrs[i].MakesID {
			return true
		}
	}
	return false
}

// Inputs returns the attributes that Graph takes once and tells nobody.
func (k *Kind) Inputs() []*Attr {
	var out []*Attr
	for i := range k.Attrs {
		if k.Attrs[i].Channel == Input {
			out = append(out, &k.Attrs[i])
		}
	}
	return out
}

// verbs are the methods of the requests that an action is about, by its last word.
var verbs = map[string]string{"create": "post", "update": "patch", "delete": "delete"}

// ActionID returns the id by which Graph addresses an action of a role, such as
// microsoft.directory/namedLocations/create; "" where the action ends in no known word.
func ActionID(action string) string {
	verb := verbs[path.Base(action)]
	if verb == "" {
		return ""
	}
	return strings.ReplaceAll(action, "/", "-") + "-" + verb
}
