package kind

import (
	"bytes"
	"encoding/json"
)

// Document is the codec of a JSON document that Graph keeps as the only string of
// a list, such as the definition of a token policy. Two documents are the same
// when they say the same, however they are spelled.
var Document = &Codec{
	Encode: func(s string) any { return []any{s} },
	Decode: func(raw any) (string, bool) {
		items, _ := raw.([]any)
		if len(items) != 1 {
			return "", false
		}
		s, ok := items[0].(string)
		return s, ok
	},
	Canon: canonicalJSON,
	JSON:  true,
}

// canonicalJSON orders the members of objects and drops space; what is no JSON
// stays as it is, for Graph to judge.
func canonicalJSON(s string) string {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		return s
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return s
	}
	return string(bytes.TrimSpace(out.Bytes()))
}
