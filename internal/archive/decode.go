package archive

// Bytes → JSON values, in the encodings that backup tools write.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// decode reads UTF-8, with or without a byte order mark, or UTF-16 with one, and in it
// exactly one JSON value.
func decode(b []byte) (any, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), b)
	if err != nil {
		return nil, fmt.Errorf("is not text: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("is empty")
	}
	if !utf8.Valid(text) {
		return nil, errors.New("is neither UTF-8 nor UTF-16 with a byte order mark")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("is not JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("goes on after its JSON value")
	}
	return v, nil
}

var pascal = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)

// unfit tells why an object is none of a tenant's, before any of it is read.
func unfit(m map[string]any) string {
	if _, ok := m["@removed"]; ok {
		return "is the mark of a deletion from a delta query, not an object"
	}
	var keys []string
	pascalKeys("", m, &keys)
	if len(keys) > 0 {
		slices.Sort(keys)
		shown := strings.Join(keys[:min(len(keys), 3)], ", ")
		return fmt.Sprintf("has keys in PascalCase (%s), as PowerShell prints objects, not Microsoft Graph: export it again as Graph's own JSON", shown)
	}
	return ""
}

// pascalKeys looks at every depth but below custom security attributes, whose names
// are the tenant's own.
func pascalKeys(at string, v any, found *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if pascal.MatchString(k) {
				*found = append(*found, at+k)
			}
			if k != "customSecurityAttributes" {
				pascalKeys(at+k+".", x, found)
			}
		}
	case []any:
		for _, x := range v {
			pascalKeys(at, x, found)
		}
	}
}
