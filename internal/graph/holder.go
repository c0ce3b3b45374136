package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Who has what must be unique: Graph refuses a second object with it, and does not say
// where the first one is.

// Contested is an object that Graph refuses because of what another has.
type Contested struct {
	Type    string // "user"
	Path    string // of the live ones
	Bin     string // of the recycle bin, to which an id is appended; "" where there is none
	BinList string // that lists it

	ID   string // of one in the recycle bin, which is asked what it has
	Live string // of one that is live, "" of one that is to be made
	Body Body   // of these: as it was to be written
}

// Holding is a value that must be unique, and who has it.
type Holding struct {
	Property string
	Values   []string
	By       []Holder // none where nobody was found
}

// Holder is an object that has such a value.
type Holder struct {
	Type, ID, Name string
	Binned         bool // it is in the recycle bin, and keeps the value there
}

func (h Holder) String() string {
	s := h.Type + " " + h.ID
	if h.Name != "" {
		s = fmt.Sprintf("%s %q (%s)", h.Type, h.Name, h.ID)
	}
	if h.Binned {
		s += " in the recycle bin"
	}
	return s
}

// String reads `userPrincipalName "ann@contoso.com" belongs to user "Ann" (1f0…)`.
func (h Holding) String() string {
	what, who := h.Property, []string{}
	for _, v := range h.Values {
		what += fmt.Sprintf(" %q", v)
	}
	for _, one := range h.By {
		who = append(who, one.String())
	}
	if len(who) == 0 {
		return what + " belongs to an object that was not found"
	}
	return what + " belongs to " + strings.Join(who, " and ")
}

// sameValue finds the property in "Another object with the same value for property … already exists."
var sameValue = regexp.MustCompile(`same value for property (\w+)`)

// Taken returns the property of which another object has the value; "" where the error
// says something else.
func Taken(err error) string {
	var e *Error
	switch errors.As(err, &e); {
	case e == nil:
	case IsTaken(err):
		if m := sameValue.FindStringSubmatch(e.Message); m != nil {
			return m[1]
		}
	case e.Code == "Request_MultipleObjectsWithSameKeyValue" && strings.Contains(e.Message, "service principal name"):
		return "appId"
	}
	return ""
}

// kindsWith are the collections among which a value must be unique, where it is not the
// object's own alone, and what one of them is called.
var kindsWith = map[string][]string{"proxyAddresses": {"/users", "/groups"}, "mail": {"/users", "/groups"}}

// Holding finds out who has what the object cannot have, as err says. What cannot be
// asked is left out: the refusal itself is what counts.
func (c *Client) Holding(ctx context.Context, err error, x Contested) (Holding, bool) {
	h := Holding{Property: Taken(err)}
	if h.Property == "" {
		return h, false
	}
	body := x.Body
	if x.ID != "" {
		body, _ = c.Get(ctx, V1, x.Bin+Path(x.ID)+"/microsoft.graph."+x.Type, map[string]string{"$select": "id," + h.Property})
	}
	if filter := h.read(body, x.ID); filter != "" {
		paths := kindsWith[h.Property]
		if paths == nil {
			paths = []string{x.Path}
		}
		for _, path := range paths {
			h.find(ctx, c, path, filter, x, false)
		}
		if x.BinList != "" && len(h.By) == 0 {
			h.find(ctx, c, x.BinList, filter, x, true)
		}
	}
	if len(h.By) == 0 {
		h.told(ctx, c, err)
	}
	return h, true
}

// told takes the holders from the error itself, where Graph names their ids.
func (h *Holding) told(ctx context.Context, c *Client, err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	var ids []string
	for _, d := range e.Details {
		if d.Code == "ConflictingObjects" {
			ids = append(ids, guids.FindAllString(d.Message, -1)...)
		}
	}
	if len(ids) == 0 {
		return
	}
	answer, err := c.Do(ctx, Request{Method: "POST", Path: "/directoryObjects/getByIds", Body: Body{"ids": ids}, Idempotent: true})
	if err != nil {
		return
	}
	list, _ := answer.Body["value"].([]any)
	for _, item := range list {
		b, _ := item.(Body)
		h.By = append(h.By, Holder{Type: spoken(strings.TrimPrefix(word(b, "@odata.type"), "#microsoft.graph.")), ID: word(b, "id"), Name: word(b, "displayName")})
	}
}

var guids = regexp.MustCompile(`[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`)

// read notes the values of the object, and returns the filter that finds them. A user's
// name stands behind the id while the user is in the recycle bin.
func (h *Holding) read(body Body, id string) string {
	var terms []string
	equals := func(what, value string) string { return what + " eq '" + strings.ReplaceAll(value, "'", "''") + "'" }
	switch v := body[h.Property].(type) {
	case string:
		if aside := strings.ReplaceAll(id, "-", ""); h.Property == "userPrincipalName" && len(v) > len(aside) && strings.EqualFold(v[:len(aside)], aside) {
			v = v[len(aside):]
		}
		if v != "" {
			h.Values, terms = []string{v}, []string{equals(h.Property, v)}
		}
	case []any:
		for _, item := range v {
			if s, isText := item.(string); isText {
				h.Values = append(h.Values, s)
				terms = append(terms, h.Property+"/any(x:"+equals("x", s)+")")
			}
		}
	}
	return strings.Join(terms[:min(len(terms), 10)], " or ")
}

func (h *Holding) find(ctx context.Context, c *Client, path, filter string, x Contested, binned bool) {
	typ := x.Type
	for _, other := range []string{"user", "group"} {
		if path == "/"+other+"s" {
			typ = other
		}
	}
	var taken []string
	note := func(b Body) error {
		if id := word(b, "id"); strings.EqualFold(id, x.ID) || strings.EqualFold(id, x.Live) {
			return nil
		}
		has, _ := b[h.Property].([]any)
		if one := word(b, h.Property); one != "" {
			has = []any{one}
		}
		mine := slices.ContainsFunc(has, func(v any) bool {
			s, _ := v.(string)
			found := slices.ContainsFunc(h.Values, func(want string) bool { return strings.EqualFold(want, s) })
			if found {
				taken = append(taken, strings.ToLower(s))
			}
			return found
		})
		if mine {
			h.By = append(h.By, Holder{Type: spoken(typ), ID: word(b, "id"), Name: word(b, "displayName"), Binned: binned})
		}
		return nil
	}
	query := map[string]string{"$filter": filter, "$select": "id,displayName," + h.Property}
	err := c.List(ctx, V1, path, query, note)
	switch {
	case !IsBadRequest(err):
	case binned: // not every property can be filtered
		delete(query, "$filter")
		_ = c.List(ctx, V1, path, query, note)
	case h.Property == "uniqueName": // which is a key
		if b, err := c.Get(ctx, V1, path+"(uniqueName='"+url.PathEscape(strings.ReplaceAll(h.Values[0], "'", "''"))+"')", nil); err == nil {
			_ = note(b) // it has no error
		}
	}
	if len(taken) > 0 { // of several values those in question
		h.Values = slices.DeleteFunc(h.Values, func(v string) bool { return !slices.Contains(taken, strings.ToLower(v)) })
	}
}

// spoken is a type as a sentence has it.
func spoken(typ string) string {
	if typ == "servicePrincipal" {
		return "service principal"
	}
	return typ
}
