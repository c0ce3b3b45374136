package kind

import (
	"encoding/json"
	"testing"
)

func TestDocument(t *testing.T) {
	t.Parallel()
	for a, b := range map[string]string{
		`{"b":1,"a":[2,1]}`:       "{ \"a\": [2, 1],\n \"b\": 1 }",
		`{"a":"<b> & c"}`:         `{"a":"\u003cb\u003e \u0026 c"}`,
		`{"n":12345678901234567}`: `{ "n" : 12345678901234567 }`,
		`no { JSON`:               `no { JSON`,
		`{} {}`:                   `{} {}`,
	} {
		if Document.Canon(a) != Document.Canon(b) {
			t.Errorf("%s is %s, and %s is %s", a, Document.Canon(a), b, Document.Canon(b))
		}
	}
	for _, b := range []string{`{"b":1,"a":[1,2]}`, `{"b":"1","a":[2,1]}`, `{"b":1}`} {
		if Document.Canon(`{"b":1,"a":[2,1]}`) == Document.Canon(b) {
			t.Errorf("%s says another thing", b)
		}
	}
	for _, raw := range []any{nil, "x", []any{}, []any{"a", "b"}, []any{1}} {
		if s, ok := Document.Decode(raw); ok {
			t.Errorf("%v is no document, and reads as %q", raw, s)
		}
	}
}

// TestBetween: permissions of a grant stand in one string with spaces between, and
// often one before.
func TestBetween(t *testing.T) {
	t.Parallel()
	k := &Kind{Attrs: []Attr{Joined("scope", Required, "d").Between(" ")}}
	v, unknown := k.Decode(Body{"scope": " User.Read  openid User.Read"})
	if len(unknown) > 0 || !Equal(v["scope"], []string{"User.Read", "openid"}) {
		t.Errorf("%v %v", v, unknown)
	}
	b, err := json.Marshal(k.Encode(v, ""))
	if err != nil || string(b) != `{"scope":"User.Read openid"}` {
		t.Errorf("%s %v", b, err)
	}
}

// TestSelf: the app id that Graph made is the object's own; the one that the code
// chose is a reference like any other.
func TestSelf(t *testing.T) {
	t.Parallel()
	const app = "0f4c6a7e-1111-4222-8333-944455556666"
	attrs := func(mode Mode) []Attr {
		return []Attr{Text("app_id", mode, "d").To(ToApp("application")), Text("other", Optional, "d").To(ToApp("application"))}
	}
	made, _ := (&Kind{Attrs: attrs(Computed)}).Decode(Body{"appId": app, "other": app})
	chosen, _ := (&Kind{Attrs: attrs(Required)}).Decode(Body{"appId": app, "other": app})
	if made["other"] != Self || chosen["other"] != app || chosen["app_id"] != app {
		t.Errorf("%v, %v", made, chosen)
	}
}
