package kind

import (
	"regexp"
	"strings"
)

// What a string refers to: in which space of ids, to which kinds of object, and which
// words stand in the place of ids.

// Space is a space of ids. The same GUID means different objects in different
// spaces.
type Space int

const (
	// ObjectID is the id of a directory object, policy or location.
	ObjectID Space = iota
	// AppID is the client id of an application and of its service principals.
	AppID
)

// Attribute returns the attribute that holds an object's id of the space.
func (s Space) Attribute() string {
	if s == AppID {
		return "app_id"
	}
	return "id"
}

// Property returns the property that holds an object's id of the space.
func (s Space) Property() string {
	if s == AppID {
		return "appId"
	}
	return "id"
}

// Ref says what a string refers to.
type Ref struct {
	Kinds []string // the kinds of object that it can be, most likely first
	Space Space
	Words []string       // members that are not ids: "All", "None"
	Form  *regexp.Regexp // of an id that is no GUID: "c1"
}

// To returns a reference by object id to one of kinds.
func To(kinds ...string) *Ref { return &Ref{Kinds: kinds} }

// ToApp returns a reference by app id.
func ToApp(kinds ...string) *Ref { return &Ref{Kinds: kinds, Space: AppID} }

// Or adds the words that are not ids.
func (r *Ref) Or(words ...string) *Ref {
	return &Ref{Kinds: r.Kinds, Space: r.Space, Form: r.Form, Words: append(append([]string{}, r.Words...), words...)}
}

// Like says what ids look like that are no GUIDs.
func (r *Ref) Like(form *regexp.Regexp) *Ref {
	return &Ref{Kinds: r.Kinds, Space: r.Space, Words: r.Words, Form: form}
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// IsID tells whether s is an id and not one of the words.
func (r *Ref) IsID(s string) bool {
	for _, w := range r.Words {
		if strings.EqualFold(w, s) {
			return false
		}
	}
	if r.Form != nil {
		return r.Form.MatchString(s)
	}
	return guid.MatchString(s)
}

// IsGUID tells whether s has the form of a GUID.
func IsGUID(s string) bool { return guid.MatchString(s) }

// Embedded says that text holds references. Pattern has one group, the id.
type Embedded struct {
	Ref     *Ref
	Pattern *regexp.Regexp
}

// Find returns the positions of the ids in text, each [start, end).
func (e Embedded) Find(text string) [][2]int {
	var out [][2]int
	for _, m := range e.Pattern.FindAllStringSubmatchIndex(text, -1) {
		if len(m) >= 4 && m[2] >= 0 && e.Ref.IsID(text[m[2]:m[3]]) {
			out = append(out, [2]int{m[2], m[3]})
		}
	}
	return out
}
