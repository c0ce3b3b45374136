package wire_test

import (
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/google/go-cmp/cmp"
)

// TestPatch: the body for a change, and nothing for no change.
func TestPatch(t *testing.T) {
	t.Parallel()
	type values = kind.Values
	type body = kind.Body
	rule := values{"rule": "r"}
	for name, c := range map[string]struct {
		had, want values
		live      body
		patch     body
	}{
		"nothing":                    {values{"name": "n", "tags": []string{"a"}}, values{"name": "n", "tags": []string{"a"}}, nil, nil},
		"one of two":                 {values{"name": "n", "note": "x"}, values{"name": "m", "note": "x"}, nil, body{"name": "m"}},
		"a text removed":             {values{"note": "x"}, values{}, nil, body{"note": nil}},
		"a text never there":         {values{}, values{}, nil, nil},
		"a set removed":              {values{"tags": []string{"a"}}, values{}, nil, body{"tags": []any{}}},
		"flags removed":              {values{"claims": []string{"a"}}, values{}, nil, body{"claims": nil}},
		"flags in Graph's order":     {values{}, values{"claims": []string{"a", "b"}}, nil, body{"claims": "b,a"}},
		"back to the default":        {values{"level": "high"}, values{}, nil, body{"level": "low"}},
		"back to what Graph shows":   {values{"hidden": true}, values{}, nil, body{"hidden": false}},
		"computed":                   {values{"id": "1"}, values{"id": "2"}, nil, nil},
		"relations":                  {values{"members": []string{"x"}}, values{"members": []string{"y"}}, nil, nil},
		"inside a merged block":      {values{"web": values{"url": "u", "uris": []string{"a"}}}, values{"web": values{"url": "u", "uris": []string{"b"}}}, nil, body{"web": body{"uris": []any{"b"}}}},
		"a merged block removed":     {values{"web": values{"url": "u", "on": false, "uris": []string{"a"}}}, values{}, nil, body{"web": body{"url": nil, "on": true, "uris": []any{}}}},
		"removed from a whole block": {values{"rules": values{"include": []string{"a"}, "exclude": []string{"b"}}}, values{"rules": values{"include": []string{"a"}}}, body{"rules": body{"include": []any{"a"}, "exclude": []any{"b"}}}, body{"rules": body{"include": []any{"a"}, "exclude": []any{}}}},
		"null only where it had": {values{"rules": values{"include": []string{"a"}}}, values{"rules": values{"include": []string{"b"}}},
			body{"rules": body{"include": []any{"a"}, "exclude": []any{}, "nullable": nil, "bare": nil}}, body{"rules": body{"include": []any{"b"}}}},
		"nullable is nulled, bare is left out": {values{"rules": values{"include": []string{"a"}, "bare": rule, "nullable": rule}}, values{"rules": values{"include": []string{"a"}}},
			body{"rules": body{"include": []any{"a"}, "bare": body{"rule": "r"}, "nullable": body{"rule": "r"}}}, body{"rules": body{"include": []any{"a"}, "nullable": nil}}},
		"what the table does not know stays": {values{"rules": values{"include": []string{"a"}}}, values{"rules": values{"include": []string{"b"}}},
			body{"rules": body{"include": []any{"a"}, "new": []any{"x"}, "empty": []any{}, "note@odata.type": "#x"}}, body{"rules": body{"include": []any{"b"}, "new": []any{"x"}}}},
		"and below a block inside": {values{"rules": values{"include": []string{"a"}, "nullable": rule}}, values{"rules": values{"include": []string{"b"}, "nullable": rule}},
			body{"rules": body{"include": []any{"a"}, "nullable": body{"rule": "r", "new": "x"}}}, body{"rules": body{"include": []any{"b"}, "nullable": body{"rule": "r", "new": "x"}}}},
		"a whole block removed": {values{"rules": values{"include": []string{"a"}}}, values{}, body{"rules": body{"include": []any{"a"}}}, body{"rules": nil}},
		"a map by its key": {values{}, values{"roles": map[string]values{"k2": {"value": "b", "is_enabled": false}, "k1": {"value": "a"}}}, nil,
			body{"roles": []any{body{"id": "k1", "value": "a", "isEnabled": true}, body{"id": "k2", "value": "b", "isEnabled": false}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(c.patch, wire.Patch(&sample, c.had, c.want, c.live, "")); d != "" {
				t.Error(d)
			}
			touches := !kind.Equal(c.had["rules"], c.want["rules"])
			if got := wire.NeedsLive(&sample, c.had, c.want); got != touches {
				t.Errorf("NeedsLive says %t", got)
			}
		})
	}
}

// TestPatchNamesTheSubtype: Graph wants @odata.type with every PATCH of a type
// that has subtypes, also for a property that they share.
func TestPatchNamesTheSubtype(t *testing.T) {
	t.Parallel()
	k := catalog.ByName("named_location")
	ip := kind.Values{"ip_ranges": []string{"192.0.2.0/24"}}
	got := wire.Patch(k, kind.Values{"display_name": "a", "ip": ip}, kind.Values{"display_name": "b", "ip": ip}, nil, "")
	want := kind.Body{"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "b"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestPatchToAnotherType: an object that becomes another type takes nothing
// over from the old one, which has properties that the new one lacks.
func TestPatchToAnotherType(t *testing.T) {
	t.Parallel()
	k := catalog.ByName("conditional_access_policy")
	policy := func(tenants kind.Values) kind.Values {
		return kind.Values{"conditions": kind.Values{"users": kind.Values{"include_guests_or_external_users": kind.Values{
			"guest_or_external_user_types": []string{"internalGuest"}, "external_tenants": tenants}}}}
	}
	had := policy(kind.Values{"membership_kind": "enumerated", "members": []string{"t"}})
	live := k.Encode(had, "")
	got := wire.Patch(k, had, policy(kind.Values{"membership_kind": "all"}), live, "")
	want := kind.Body{"conditions": kind.Body{"users": kind.Body{"includeGuestsOrExternalUsers": kind.Body{
		"guestOrExternalUserTypes": "internalGuest",
		"externalTenants":          kind.Body{"@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants", "membershipKind": "all"}}}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestPatchOwnAppID: the app id of the object takes the place of {app_id}.
func TestPatchOwnAppID(t *testing.T) {
	t.Parallel()
	k := catalog.ByName("application")
	got := wire.Patch(k, kind.Values{}, kind.Values{"identifier_uris": []string{"api://{app_id}/v2"}, "notes": "{app_id}"}, nil, "1234")
	want := kind.Body{"identifierUris": []any{"api://1234/v2"}, "notes": "{app_id}"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestKeepsWhatNobodyKnows: an element that stays is written with what the table does not
// know of it, one that changed with that of the element of its key, and a new one without.
func TestKeepsWhatNobodyKnows(t *testing.T) {
	t.Parallel()
	type body = kind.Body
	claim := func(name string, more ...string) body {
		b := body{"name": name}
		for i := 0; i < len(more); i += 2 {
			b[more[i]] = more[i+1]
		}
		return b
	}
	keyed := kind.Blocks("claims", kind.Optional, "d", kind.Text("name", kind.Required, "d"), kind.Text("source", kind.Optional, "d"),
		kind.Block("inner", kind.Optional, "d", kind.Text("x", kind.Optional, "d")))
	bare := keyed
	keyed = keyed.KnownBy("name")
	location := catalog.ByName("named_location")
	ranges := &location.Attr("ip").Attrs[0]
	v4 := func(s string) body { return body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": s} }
	for name, c := range map[string]struct {
		attr            *kind.Attr
		now, live, want []any
	}{
		"the same":        {&bare, []any{claim("a"), claim("b")}, []any{claim("b", "new", "2"), claim("a", "new", "1", "x@odata.type", "#y")}, []any{claim("a", "new", "1"), claim("b", "new", "2")}},
		"changed":         {&bare, []any{claim("a", "source", "u")}, []any{claim("a", "new", "1")}, []any{claim("a", "source", "u")}},
		"changed, by key": {&keyed, []any{claim("A", "source", "u"), claim("c")}, []any{claim("b", "new", "2"), claim("a", "new", "1")}, []any{claim("A", "source", "u", "new", "1"), claim("c")}},
		"of one key, one is the same": {&keyed, []any{claim("a"), claim("a", "source", "v")}, []any{claim("a", "source", "u", "new", "1"), claim("a", "new", "2")},
			[]any{claim("a", "new", "2"), claim("a", "source", "v", "new", "1")}},
		"of one key, none is the same": {&keyed, []any{claim("a", "source", "w")}, []any{claim("a", "source", "u", "new", "1"), claim("a", "new", "2")}, []any{claim("a", "source", "w")}},
		"an object inside": {&keyed, []any{body{"name": "a", "inner": body{"x": "2"}}}, []any{body{"name": "a", "inner": body{"x": "1", "new": "i"}}},
			[]any{body{"name": "a", "inner": body{"x": "2", "new": "i"}}}},
		"around a string": {ranges, []any{v4("192.0.2.0/24"), v4("198.51.100.0/24")}, []any{body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.7/24", "new": "1"}},
			[]any{body{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24", "new": "1"}, v4("198.51.100.0/24")}},
	} {
		wire.Keep(location, c.attr, c.now, c.live)
		if d := cmp.Diff(c.want, c.now); d != "" {
			t.Error(name, d)
		}
	}
}

// TestNeedsLive: a request more is made where something is replaced as a whole that Graph
// has, and nowhere else.
func TestNeedsLive(t *testing.T) {
	t.Parallel()
	type values = kind.Values
	k := kind.Kind{Attrs: []kind.Attr{kind.Text("name", kind.Required, "d"), kind.Blocks("items", kind.Optional, "d", kind.Text("name", kind.Required, "d")),
		kind.Block("web", kind.Optional, "d", kind.Text("url", kind.Optional, "d"), kind.Blocks("settings", kind.Optional, "d", kind.Text("uri", kind.Required, "d")))}}
	of := func(s string) []values { return []values{{"name": s}} }
	web := func(url, uri string) values { return values{"url": url, "settings": []values{{"uri": uri}}} }
	for name, c := range map[string]struct {
		had, want values
		needs     bool
	}{
		"another text":        {values{"name": "a", "items": of("x")}, values{"name": "b", "items": of("x")}, false},
		"another element":     {values{"items": of("x")}, values{"items": of("y")}, true},
		"the first element":   {values{}, values{"items": of("y")}, false},
		"no element any more": {values{"items": of("x")}, values{}, false},
		"beside a list":       {values{"web": web("u", "a")}, values{"web": web("v", "a")}, false},
		"a list in a block":   {values{"web": web("u", "a")}, values{"web": web("u", "b")}, true},
		"a whole block more":  {values{}, values{"web": web("u", "b")}, false},
	} {
		if got := wire.NeedsLive(&k, c.had, c.want); got != c.needs {
			t.Errorf("%s: %t", name, got)
		}
	}
}
