package emulator

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// What a delta query knows of its client: everything stands in the token, nothing here.

// deltaState is the content of a token. Since and Until are points in the change log.
type deltaState struct {
	Path, Version string
	Link          bool // of a deltaLink, not of a nextLink
	First         bool // the round lists what is there, not what changed
	Since, Until  int64
	After         string // the id that the page before ended with
	Select        []string
	IDs, Types    []string
	Issued        int64
}

// next is the state of the round behind this one.
func (s deltaState) next(t *Tenant) deltaState {
	s.Link, s.First, s.After = true, false, ""
	s.Since, s.Issued = s.Until, t.now().Unix()
	return s
}

func (s deltaState) wants(id string) bool { return len(s.IDs) == 0 || slices.Contains(s.IDs, id) }

// relations are those whose changes the client follows: those it selected, or members.
func (s deltaState) relations(r *resource) []string {
	var out []string
	for _, relation := range []string{"members", "owners"} {
		_, has := r.relations[relation]
		if has && (len(s.Select) == 0 && relation == "members" || slices.Contains(s.Select, relation)) {
			out = append(out, relation)
		}
	}
	return out
}

// state reads the options of a first request, or the token of a later one. latest tells
// that only a deltaLink is wanted.
func (d delta) state(t *Tenant, c *call) (s deltaState, latest bool, gerr *graphError) {
	token, option := "", ""
	for name := range c.query {
		switch strings.ToLower(name) {
		case "$deltatoken", "$skiptoken":
			if option != "" {
				return s, false, badRequest("A delta query takes one token.")
			}
			token, option = c.query.Get(name), strings.ToLower(name)
		case "$select", "$filter", "$format":
		default:
			if strings.HasPrefix(name, "$") {
				return s, false, badRequest("Query option '%s' is not supported by a delta query.", name)
			}
		}
	}
	if token == "" || option == "$deltatoken" && strings.EqualFold(token, "latest") {
		s, gerr = d.first(t, c)
		return s, token != "", gerr
	}
	if c.query.Has("$filter") || c.query.Has("$select") && option == "$skiptoken" {
		return s, false, badRequest("Query options of a delta query stand in its token and cannot be changed.")
	}
	s, valid := t.openDelta(token)
	if !valid || s.Path != d.path || s.Version != c.version || s.Link != (option == "$deltatoken") {
		return s, false, badRequest("Badly formed token.")
	}
	if t.now().Sub(time.Unix(s.Issued, 0)) >= deltaLife || !s.First && s.Since < t.changes.floor {
		return s, false, &graphError{Status: 410, Code: "syncStateNotFound",
			Message: "The sync state generation is not found; it is expired or was reset. A full synchronization is required.",
			Header:  map[string]string{"Location": c.base + d.path + "/delta?$deltatoken="}}
	}
	if s.Link {
		s.Until = t.changes.seq
		if c.query.Has("$select") {
			s.Select, gerr = d.selected(t, c)
		}
		s.Link = false
	}
	return s, false, gerr
}

func (d delta) first(t *Tenant, c *call) (deltaState, *graphError) {
	s := deltaState{Path: d.path, Version: c.version, First: true, Until: t.changes.seq, Issued: t.now().Unix()}
	var gerr *graphError
	if s.Select, gerr = d.selected(t, c); gerr != nil {
		return s, gerr
	}
	if c.query.Has("$filter") {
		if s.IDs, s.Types, gerr = d.scope(c.query.Get("$filter")); gerr != nil {
			return s, gerr
		}
	} else if d.typ == "" {
		return s, unsupported("A delta query on directoryObjects needs a $filter by type or id.")
	}
	return s, nil
}

// selected reads $select, in which relations can stand.
func (d delta) selected(_ *Tenant, c *call) ([]string, *graphError) {
	typ := d.typ
	if typ == "" {
		typ = "directoryObject"
	}
	return selection(c, typ)
}

// scope reads the filters that a delta query takes: ids, and on directoryObjects types,
// joined by or. An id and a type together want both.
func (d delta) scope(filter string) (ids, types []string, gerr *graphError) {
	refused := unsupported("A delta query can be filtered by id alone, and directoryObjects by type: '%s'.", filter)
	tokens, bad := lex(filter)
	if bad != "" || len(tokens) == 0 {
		return nil, nil, refused
	}
	word := func(i int, kind tokenKind, text string) bool {
		return i < len(tokens) && tokens[i].kind == kind && (text == "" || strings.EqualFold(tokens[i].text, text))
	}
	for i := 0; ; i++ {
		switch {
		case word(i, nameToken, "id") && word(i+1, nameToken, "eq") && word(i+2, textToken, ""):
			ids = append(ids, strings.ToLower(tokens[i+2].text))
			i += 3
		case d.typ == "" && word(i, nameToken, "isof") && word(i+1, signToken, "(") && word(i+2, textToken, "") && word(i+3, signToken, ")"):
			typ := strings.TrimPrefix(tokens[i+2].text, castPrefix)
			if !slices.Contains(deltaTypes, typ) {
				return nil, nil, refused
			}
			types = append(types, typ)
			i += 4
		default:
			return nil, nil, refused
		}
		if i == len(tokens) {
			break
		}
		if !word(i, nameToken, "or") {
			return nil, nil, refused
		}
	}
	if len(ids) > maxDeltaIDs {
		return nil, nil, unsupported("A delta query can be filtered by at most %d ids.", maxDeltaIDs)
	}
	return ids, types, nil
}

// sealDelta writes a state as a token that only this tenant can have made.
func (t *Tenant) sealDelta(s deltaState) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // texts and numbers alone
	}
	return base64.RawURLEncoding.EncodeToString(append(t.deltaSum(text), text...))
}

func (t *Tenant) openDelta(token string) (s deltaState, valid bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < 16 || !hmac.Equal(raw[:16], t.deltaSum(raw[16:])) {
		return s, false
	}
	return s, json.Unmarshal(raw[16:], &s) == nil
}

func (t *Tenant) deltaSum(text []byte) []byte {
	h := hmac.New(sha256.New, t.secret)
	h.Write([]byte("delta"))
	h.Write(text)
	return h.Sum(nil)[:16]
}
