package emulator

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// Bodies of requests and objects: merged, cleaned, copied, and read without types.

// merge lays a patch over an object the way the directory does: nested objects are
// merged, null clears, a collection is replaced.
func merge(into, patch body) {
	for k, v := range patch {
		sub, isObject := v.(body)
		old, was := into[k].(body)
		if isObject && was {
			merge(old, sub)
			continue
		}
		into[k] = v
	}
}

// clean drops control information from what is stored; the type of a nested object stays.
func clean(b body) body {
	out := body{}
	for k, v := range b {
		if !strings.Contains(k, "@odata.") {
			out[k] = cleanValue(v)
		}
	}
	return out
}

func cleanValue(v any) any {
	switch v := v.(type) {
	case body:
		out := clean(v)
		if typ, typed := v["@odata.type"]; typed {
			out["@odata.type"] = typ
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = cleanValue(item)
		}
		return out
	}
	return v
}

// orderFlags writes flags as Graph does: joined by commas without blanks, in the order of
// the enum. Elements of a list are left alone: a combination of authentication methods is
// a name of its own.
func orderFlags(typ string, b body) {
	mt, known := metadata.Lookup(typ)
	if !known {
		return
	}
	for name, v := range b {
		p, has := mt.Property(name)
		if !has {
			continue
		}
		e, isEnum := metadata.LookupEnum(p.Type)
		s, isText := v.(string)
		if isEnum && e.Flags && isText && !p.Collection {
			b[name] = inOrder(p.Type, s)
		}
		inner, _ := v.(body)
		for _, item := range append([]any{inner}, list(v)...) {
			if x, isObject := item.(body); isObject && p.Kind == metadata.Complex {
				t := p.Type
				if named, typed := x["@odata.type"].(string); typed {
					t = strings.TrimPrefix(named, "#microsoft.graph.")
				}
				orderFlags(t, x)
			}
		}
	}
}

func deepCopy(v any) any {
	switch v := v.(type) {
	case body:
		out := make(body, len(v))
		for k, x := range v {
			out[k] = deepCopy(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = deepCopy(x)
		}
		return out
	}
	return v
}

// list, nested, contains and setDefault read and fill loosely typed bodies.
func list(v any) []any { l, _ := v.([]any); return l }

func nested(b body, name string) body { n, _ := b[name].(body); return n }

func contains(v any, want string) bool { return slices.Contains(list(v), any(want)) }

func setDefault(b body, name string, v any) {
	if b[name] == nil {
		b[name] = v
	}
}

func number(s string) json.Number { return json.Number(s) }

func cutLast(s, sep string) (before, after string, found bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}
