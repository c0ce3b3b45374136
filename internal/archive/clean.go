package archive

// A body as read → the body that Graph would answer with: without OData's control
// information, with RFC 3339 dates, and without placeholders.

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

type cleaner struct {
	file    string
	fatal   []string            // placeholders where ids belong
	dropped []Refusal           // properties left out
	binds   map[string][]string // relation → URLs, of the object itself
}

func (c *cleaner) object(m map[string]any, at string) map[string]any {
	out := make(map[string]any, len(m))
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if isControl(k) {
			c.control(k, m[k], at, out)
			continue
		}
		if v, ok := c.value(m[k], at+k, k); ok {
			out[k] = v
		}
	}
	return out
}

// isControl: "@odata.id", "state@odata.type", "#microsoft.graph.restore",
// "@microsoft.graph.tips".
func isControl(key string) bool {
	return strings.HasPrefix(key, "#") || strings.HasPrefix(key, "@") || strings.Contains(key, "@odata.")
}

func (c *cleaner) control(key string, v any, at string, out map[string]any) {
	if s, ok := v.(string); ok && key == "@odata.type" {
		out[key] = s
	}
	relation, ok := strings.CutSuffix(key, "@odata.bind")
	if !ok {
		return
	}
	if at != "" {
		c.drop(at+key, "binds below the object itself are not understood")
		return
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, x := range list {
		s, _ := x.(string)
		if c.binds == nil {
			c.binds = map[string][]string{}
		}
		c.binds[relation] = append(c.binds[relation], s)
	}
}

// value cleans one value; false leaves the property out.
func (c *cleaner) value(v any, at, key string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return c.object(v, at+"."), true
	case []any:
		out := make([]any, 0, len(v))
		for i, x := range v {
			x, ok := c.value(x, at+"["+strconv.Itoa(i)+"]", key)
			if !ok {
				return nil, false
			}
			out = append(out, x)
		}
		return out, true
	case string:
		return c.text(v, at, key)
	}
	return v, true
}

func (c *cleaner) text(s, at, key string) (any, bool) {
	switch {
	case isReference(key) && (isPlaceholder(s) || strings.ContainsAny(s, "<>{}")):
		c.fatal = append(c.fatal, fmt.Sprintf("%s holds %q where an id belongs: put the real one there", at, s))
		return nil, false
	case isPlaceholder(s):
		c.drop(at, fmt.Sprintf("holds the placeholder %q", s))
		return nil, false
	}
	if m := psDate.FindStringSubmatch(s); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		t := time.UnixMilli(ms).UTC()
		if err != nil || t.Year() < 1 || t.Year() > 9999 {
			c.drop(at, fmt.Sprintf("holds %q, which is no date of ours", s))
			return nil, false
		}
		return t.Format(time.RFC3339Nano), true
	}
	return s, true
}

func (c *cleaner) drop(property, reason string) {
	c.dropped = append(c.dropped, Refusal{File: c.file, Property: property, Reason: reason})
}

// psDate is how Windows PowerShell's ConvertTo-Json writes a date; an offset behind the
// milliseconds only tells the zone it was shown in.
var psDate = regexp.MustCompile(`^/Date\((-?\d+)(?:[+-]\d{4})?\)/$`)

// placeholder: <Name>, %Name%, {{name}}, ${name}, ${{NAME}} anywhere, xxxxxxxx-xxxx-….
var placeholder = regexp.MustCompile(`^(<[^<>]+>|%\w+%|\{\{[^{}]*\}\}|\$\{[^{}]*\}|[xX]{8}(-[xX]{4}){3}-[xX]{12})$|\$\{\{`)

func isPlaceholder(s string) bool { return placeholder.MatchString(s) }

// isReference tells whether a property holds ids of objects. The tenant's own id is none:
// it is the same in all objects, and another one after a recovery elsewhere.
func isReference(key string) bool {
	switch key {
	case "organizationId", "tenantId", "appOwnerOrganizationId", "principalOrganizationId":
		return false
	case "id", "ids", "termsOfUse", "members", "owners", "knownClientApplications", "customAuthenticationFactors":
		return true
	}
	if strings.HasSuffix(key, "Id") || strings.HasSuffix(key, "Ids") {
		return true
	}
	for _, prefix := range []string{"include", "exclude"} {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
			return true
		}
	}
	return false
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func isGUID(s string) bool { return guid.MatchString(s) }
