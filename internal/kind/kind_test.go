package kind

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func body(t *testing.T, s string) Body {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var b Body
	if err := d.Decode(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

const some = "11111111-2222-3333-4444-55555555abcd"

var sample = Kind{
	Name: "sample", Title: "sample", Plural: "samples", Doc: "A sample.", Life: In("/samples"), Ignored: []string{"createdDateTime"},
	Attrs: []Attr{
		Text("id", Computed, "d"),
		Text("app_id", Computed, "d"),
		Text("display_name", Required, "d"),
		Flag("enabled", Default, "d").Or(true),
		Text("visibility", Optional, "d").Unset("Public").OneOf("Public", "Private"),
		Set("groups", Optional, "d").To(To("group").Or("All")),
		Set("uris", Optional, "d").Embedding(Embedded{Ref: ToApp("application"), Pattern: regexp.MustCompile(`^api://([0-9a-f-]{36})`)}),
		Joined("flows", Optional, "d").OneOf("second", "first"),
		Block("nested", Optional, "d", Number("count", Optional, "d"), Flag("on", Optional, "d").Unset(false)),
		Blocks("items", Optional, "d", Text("name", Required, "d")),
		MapBy("id", "roles", Optional, "d", Text("value", Optional, "d"), Flag("is_enabled", Default, "d").Or(true)),
		Subtype("round", "#t.round", "d", Number("radius", Required, "d")),
		Links("members", "d", To("user")),
	},
}

// TestDecode: one canonical form, whatever Graph's spelling of nothing is.
func TestDecode(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		body    string
		want    Values
		unknown []string
	}{
		"null, [] and {} are absent": {
			body: `{"displayName":"a","enabled":true,"visibility":"Public","groups":[],"flows":null,"nested":{"count":null,"on":false},"items":[],"roles":[]}`,
			want: Values{"display_name": "a"},
		},
		"defaults are absent, others are not": {
			body: `{"displayName":"a","enabled":false,"visibility":"private"}`,
			want: Values{"display_name": "a", "enabled": false, "visibility": "Private"},
		},
		"sets are sorted, ids lower case, twice is once": {
			body: `{"groups":["` + strings.ToUpper(some) + `","All","All"],"flows":"second, first"}`,
			want: Values{"groups": []string{some, "All"}, "flows": []string{"first", "second"}},
		},
		"own app id": {
			body: `{"appId":"` + some + `","uris":["api://` + strings.ToUpper(some) + `/x","https://a"]}`,
			want: Values{"app_id": some, "uris": []string{"api://{app_id}/x", "https://a"}},
		},
		"objects": {
			body: `{"nested":{"count":3,"@odata.type":"#t.n"},"items":[{"name":"b"},{"name":"a"},{"name":"b"}],"roles":[{"id":"` + some + `","value":"v","isEnabled":true}]}`,
			want: Values{"nested": Values{"count": int64(3)}, "items": []Values{{"name": "a"}, {"name": "b"}}, "roles": map[string]Values{some: {"value": "v"}}},
		},
		"a subtype": {
			body: `{"@odata.type":"#t.round","radius":2}`,
			want: Values{"round": Values{"radius": int64(2)}},
		},
		"what nobody knows is named": {
			body:    `{"createdDateTime":"2026","future":{"a":1},"nothing":null,"nested":{"x":"y","count":1},"displayName":7,"x@odata.context":"z","#action":{}}`,
			want:    Values{"nested": Values{"count": int64(1)}},
			unknown: []string{"displayName", "future", "nested.x"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, unknown := sample.Decode(body(t, c.body))
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(c.unknown, unknown); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestEncode: what is set, the defaults, and nothing else; and back again.
func TestEncode(t *testing.T) {
	t.Parallel()
	v := Values{
		"id": "x", "display_name": "a", "groups": []string{"All"}, "flows": []string{"first", "second"}, "uris": []string{"api://{app_id}"},
		"nested": Values{"count": int64(3)}, "items": []Values{{"name": "a"}}, "roles": map[string]Values{some: {"value": "v"}},
		"round": Values{"radius": int64(2)}, "members": []string{some},
	}
	got := sample.Encode(v, "")
	if !HasSelf(got["uris"]) || HasSelf(got["displayName"]) {
		t.Error("HasSelf does not see where the own app id is missing")
	}
	got = sample.Encode(v, some)
	want := Body{
		"displayName": "a", "enabled": true, "groups": []any{"All"}, "flows": "second,first", "uris": []any{"api://" + some},
		"nested": Body{"count": int64(3)}, "items": []any{Body{"name": "a"}}, "roles": []any{Body{"id": some, "value": "v", "isEnabled": true}},
		"@odata.type": "#t.round", "radius": int64(2),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	got["appId"] = some
	back, unknown := sample.Decode(got)
	delete(v, "id")
	delete(v, "members")
	v["app_id"] = some
	if d := cmp.Diff(v, back); d != "" || len(unknown) > 0 {
		t.Error(d, unknown)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	var got []string
	v := Values{"groups": []string{some, "All"}, "members": []string{some}, "uris": []string{"api://" + some, "api://{app_id}"}}
	sample.References(v, func(path string, _ *Attr, ref *Ref, id string) { got = append(got, path+" "+ref.Kinds[0]+" "+id) })
	want := []string{"groups group " + some, "uris application " + some, "members user " + some}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestCheck: the tables that cannot work are refused.
func TestCheck(t *testing.T) {
	t.Parallel()
	if err := sample.Check(); err != nil {
		t.Error(err)
	}
	for name, attrs := range map[string][]Attr{
		"a default below a set":  {Blocks("s", Optional, "d", Flag("f", Default, "d").Or(true))},
		"computed below a set":   {Blocks("s", Optional, "d", Block("o", Optional, "d", Text("c", Computed, "d")))},
		"twice":                  {Text("a", Optional, "d"), Text("a", Optional, "d")},
		"without doc":            {Text("a", Optional, "")},
		"default without value":  {Text("a", Default, "d")},
		"object without content": {Block("o", Optional, "d")},
		"two links":              {LinkTo("a", "d", To("x")), LinkTo("b", "d", To("x"))},
		"a maker of no relation": {Text("a", Optional, "d").WithMaker()},
		"map without key":        {New("m", ObjectMap, Optional, "d", Text("a", Optional, "d"))},
	} {
		k := sample
		k.Attrs = attrs
		if k.Check() == nil {
			t.Errorf("%s was not refused", name)
		}
	}
}

// TestPlural: one plural for data sources, files and locals.
func TestPlural(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"group": "groups", "conditional_access_policy": "conditional_access_policies", "display_name": "display_names",
		"authentication_key": "authentication_keys", "terms_of_use": "terms_of_use",
	} {
		if got := PluralOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	k := sample
	k.Keys = []string{"display_name"}
	if k.Name = "terms_of_use"; k.Check() == nil {
		t.Error("a data source of one and one of several may not have the same name")
	}
	if k.Many = "terms_of_use_agreements"; k.Check() != nil || k.PluralTypeName() != "entra_terms_of_use_agreements" {
		t.Error(k.Check(), k.PluralTypeName())
	}
}

// FuzzDecode: any JSON has a canonical form, and that form survives a trip
// through Graph's.
func FuzzDecode(f *testing.F) {
	f.Add(`{"displayName":"a","groups":["All"],"nested":{"count":1},"roles":[{"id":"x"}]}`)
	f.Add(`{"items":[{"name":"a"},3,null],"flows":["x"],"radius":1,"@odata.type":"#t.round"}`)
	f.Fuzz(func(t *testing.T, s string) {
		var b Body
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if d.Decode(&b) != nil {
			return
		}
		delete(b, "appId")
		delete(b, "id")
		v, _ := sample.Decode(b)
		again, _ := sample.Decode(sample.Encode(v, ""))
		if diff := cmp.Diff(v, again); diff != "" {
			t.Error(diff)
		}
	})
}
