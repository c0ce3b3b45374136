package kindtest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// What Graph holds against what the code says, property by property. Of the
// table this uses the names alone and compares the JSON as it came: a table that
// encodes and decodes a value wrongly, and the same both ways, is seen here.

// held returns what of the live object is not what code says.
func (i *instance) held(code kind.Values) []string {
	i.t.Helper()
	body := i.itself()
	for _, a := range i.kind.Attrs {
		if i.element() {
			break // an item comes whole
		}
		if _, shown := body[a.Property]; shown || a.Channel != kind.InBody || a.Shape == kind.Variant || a.Mode == kind.Computed {
			continue
		}
		// Some properties are answered only when they are asked for.
		one, err := i.client.Get(context.Background(), graph.V1, i.path(), map[string]string{"$select": a.Property})
		if err != nil {
			i.t.Fatal(err)
		}
		body[a.Property] = one[a.Property]
	}
	c := comparison{appID: text(body["appId"])}
	c.object(i.kind.Attrs, code, body, "")
	for n := range i.kind.Attrs {
		if a := &i.kind.Attrs[n]; a.Channel == kind.Link {
			one, err := i.client.Get(context.Background(), graph.V1, i.path()+"/"+a.Property, nil)
			if err != nil && !graph.IsNotFound(err) {
				i.t.Fatal(err)
			}
			if text(one["id"]) != text(code[a.Name]) {
				c.say(a.Name, "is %v, not %v", one["id"], code[a.Name])
			}
		}
	}
	for _, a := range i.kind.Relations() {
		want, owned := code[a.Name].([]string)
		if !owned {
			continue
		}
		var ids []any
		err := i.client.List(context.Background(), graph.V1, i.path()+"/"+a.Property, nil, func(b graph.Body) error {
			ids = append(ids, b["id"])
			return nil
		})
		if err != nil {
			i.t.Fatal(err)
		}
		c.strings(want, ids, a.Name)
	}
	return c.wrong
}

// comparison collects what differs.
type comparison struct {
	appID string
	wrong []string
}

func (c *comparison) say(path, format string, args ...any) {
	c.wrong = append(c.wrong, path+": "+fmt.Sprintf(format, args...))
}

func (c *comparison) object(attrs []kind.Attr, code kind.Values, body graph.Body, path string) {
	for n := range attrs {
		a := &attrs[n]
		if a.Channel != kind.InBody || a.Mode == kind.Computed {
			continue
		}
		here, value := path+a.Name, code[a.Name]
		if a.Shape == kind.Variant {
			inner, set := value.(kind.Values)
			if is := body["@odata.type"] == a.Type; is != set {
				c.say(here, "@odata.type is %v", body["@odata.type"])
			} else if set {
				c.object(a.Attrs, inner, body, here+".")
			}
			continue
		}
		if value == nil && a.Mode == kind.Default {
			value = a.Default
		}
		switch {
		case value == nil && (a.Mode == kind.Server || a.Open()): // Graph's, or others'
		case value == nil:
			c.nothing(a, body[a.Property], here)
		default:
			c.value(a, value, body[a.Property], here)
		}
	}
}

// nothing wants a property that code leaves out to be unset.
func (c *comparison) nothing(a *kind.Attr, raw any, path string) {
	if raw == nil {
		return
	}
	if a.Absent != nil {
		c.value(a, a.Absent, raw, path)
		return
	}
	switch v := raw.(type) {
	case graph.Body:
		c.object(a.Attrs, kind.Values{}, v, path+".")
	case []any:
		if left := c.telling(a, v); len(left) > 0 {
			c.say(path, "Graph holds %v, and the code nothing", left)
		}
	default:
		c.say(path, "Graph holds %v, and the code nothing", raw)
	}
}

// telling drops the elements that say nothing.
func (c *comparison) telling(a *kind.Attr, items []any) []any {
	if a.Telling == "" {
		return items
	}
	property := ""
	for _, inner := range a.Attrs {
		if inner.Name == a.Telling {
			property = inner.Property
		}
	}
	return slices.DeleteFunc(slices.Clone(items), func(item any) bool { return item.(graph.Body)[property] == nil })
}

func (c *comparison) value(a *kind.Attr, value, raw any, path string) {
	switch v := value.(type) {
	case bool:
		if raw != v {
			c.say(path, "Graph holds %v, the code says %v", raw, v)
		}
	case int64, int:
		if n, _ := raw.(json.Number); n.String() != fmt.Sprint(v) {
			c.say(path, "Graph holds %v, the code says %v", raw, v)
		}
	case string:
		if got := plain(raw); got != c.own(v) {
			c.say(path, "Graph holds %q, the code says %q", got, c.own(v))
		}
	case []string:
		items, _ := raw.([]any)
		if joined, isText := raw.(string); isText {
			between := ","
			if a.Separator != "" {
				between = a.Separator
			}
			for _, s := range strings.Split(joined, between) {
				items = append(items, s)
			}
		}
		c.strings(v, items, path)
	case kind.Values:
		b, _ := raw.(graph.Body)
		if a.TypeBy != "" && b["@odata.type"] != a.TypeFrom[text(v[a.TypeBy])] {
			c.say(path, "@odata.type is %v", b["@odata.type"])
		}
		c.object(a.Attrs, v, b, path+".")
	case []kind.Values:
		c.set(a, v, raw, path)
	case map[string]kind.Values:
		c.byKey(a, v, raw, path)
	default:
		c.say(path, "%T is compared nowhere", value)
	}
}

// own puts the application's own id where code has {app_id}.
func (c *comparison) own(s string) string { return strings.ReplaceAll(s, kind.Self, c.appID) }

// extensionPrefix is what Graph puts before the name of an extension property.
var extensionPrefix = regexp.MustCompile(`^extension_[0-9a-f]{32}_`)

// plain is the string that Graph has for one of the code: itself, or an object
// around it.
func plain(raw any) string {
	switch v := raw.(type) {
	case string:
		return extensionPrefix.ReplaceAllString(v, "")
	case []any: // a document is the only one of a list
		if len(v) == 1 {
			return plain(v[0])
		}
	case graph.Body:
		for _, property := range []string{"cidrAddress", "id"} {
			if s, ok := v[property].(string); ok {
				return s
			}
		}
	}
	return fmt.Sprintf("%v", raw)
}

func (c *comparison) strings(want []string, items []any, path string) {
	got, says := make([]string, 0, len(items)), make([]string, 0, len(want))
	for _, item := range items {
		got = append(got, plain(item))
	}
	for _, s := range want {
		says = append(says, c.own(s))
	}
	slices.Sort(got)
	slices.Sort(says)
	if !slices.Equal(got, says) {
		c.say(path, "Graph holds %v, the code says %v", got, says)
	}
}

func (c *comparison) set(a *kind.Attr, want []kind.Values, raw any, path string) {
	items, _ := raw.([]any)
	items = c.telling(a, items)
	if len(items) != len(want) {
		c.say(path, "Graph holds %d elements, the code says %d", len(items), len(want))
		return
	}
	for _, v := range want {
		var closest []string
		found := slices.ContainsFunc(items, func(item any) bool {
			one := comparison{appID: c.appID}
			one.object(a.Attrs, v, item.(graph.Body), path+".")
			closest = one.wrong
			return len(one.wrong) == 0
		})
		if !found {
			c.say(path, "Graph has no element %v: %v", v, closest)
		}
	}
}

func (c *comparison) byKey(a *kind.Attr, want map[string]kind.Values, raw any, path string) {
	items, _ := raw.([]any)
	if len(items) != len(want) {
		c.say(path, "Graph holds %d elements, the code says %d", len(items), len(want))
	}
	for key, v := range want {
		n := slices.IndexFunc(items, func(item any) bool { return strings.EqualFold(text(item.(graph.Body)[a.Key]), key) })
		if n < 0 {
			c.say(path, "Graph has no element %s", key)
			continue
		}
		c.object(a.Attrs, v, items[n].(graph.Body), path+"."+key+".")
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// TestHeldSees: the comparison itself is no rubber stamp.
func TestHeldSees(t *testing.T) {
	t.Parallel()
	i := newHost(t).instance(kindNamed(t, "named_location"))
	code := kind.Values{"display_name": "A", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}, "is_trusted": true}}
	i.apply(code)
	if wrong := i.held(code); len(wrong) > 0 {
		t.Error(wrong)
	}
	for name, other := range map[string]kind.Values{
		"name":    {"display_name": "B", "ip": code["ip"]},
		"trust":   {"display_name": "A", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24"}}},
		"range":   {"display_name": "A", "ip": kind.Values{"ip_ranges": []string{"192.0.3.0/24"}, "is_trusted": true}},
		"number":  {"display_name": "A", "ip": kind.Values{"ip_ranges": []string{"192.0.2.0/24", "192.0.3.0/24"}, "is_trusted": true}},
		"subtype": {"display_name": "A", "country": kind.Values{"countries_and_regions": []string{"CH"}}},
	} {
		if wrong := i.held(other); len(wrong) == 0 {
			t.Errorf("%s: the difference is not seen", name)
		}
	}
}
