package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// collections are what a snapshot compares, with the recycle bin of each.
var collections = []struct {
	name, path, bin string
	version         graph.Version
	relations       []string
}{
	{"policy", "/identity/conditionalAccess/policies", "/identity/conditionalAccess/deletedItems/policies", graph.Beta, nil},
	{"location", "/identity/conditionalAccess/namedLocations", "/identity/conditionalAccess/deletedItems/namedLocations", graph.V1, nil},
	{"group", "/groups", "/directory/deletedItems", graph.V1, []string{"members", "owners"}},
	{"application", "/applications", "/directory/deletedItems", graph.V1, []string{"owners"}},
	{"unit", "/directory/administrativeUnits", "/directory/deletedItems", graph.V1, []string{"members"}},
}

// volatile are properties that Graph makes anew with an object.
var volatile = map[string]bool{
	"id": true, "createdDateTime": true, "modifiedDateTime": true, "renewedDateTime": true, "deletedDateTime": true,
	"securityIdentifier": true, "appId": true, "templateId": true, "expirationDateTime": true, "createdByAppId": true,
}

// snapshot is the tenant at one moment: each object with ids replaced by
// names, so that two moments can be compared across a recreation.
type snapshot struct {
	ids     map[string]bool     // of all objects
	names   map[string]string   // id or client id → name
	bodies  map[string]string   // kind and name → canonical JSON; a second of the name gets a number
	refs    map[string][]string // kind and name → the ids in the object
	isValid map[string]bool     // every id that exists, users and the like included
}

func (d *demo) snapshot(ctx context.Context) (*snapshot, error) {
	s := &snapshot{ids: map[string]bool{}, names: map[string]string{}, bodies: map[string]string{}, refs: map[string][]string{}, isValid: map[string]bool{}}
	objects := map[string][]graph.Body{}
	for _, c := range collections {
		list, err := d.list(ctx, c.version, c.path)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			for _, rel := range c.relations {
				members, err := d.list(ctx, graph.V1, c.path+graph.Path(b["id"].(string))+"/"+rel)
				if err != nil {
					return nil, err
				}
				var ids []any
				for _, m := range members {
					ids = append(ids, m["id"])
				}
				b["~"+rel] = ids
			}
			id := strings.ToLower(b["id"].(string))
			s.ids[id] = true
			s.names[id] = c.name + ":" + fmt.Sprint(b["displayName"])
			if app, ok := b["appId"].(string); ok {
				s.names[strings.ToLower(app)] = "app:" + fmt.Sprint(b["displayName"])
			}
		}
		objects[c.name] = list
	}
	for id := range s.names {
		s.isValid[id] = true
	}
	for _, path := range []string{"/users", "/servicePrincipals", "/directoryRoleTemplates", "/policies/authenticationStrengthPolicies", "/identity/conditionalAccess/namedLocations"} {
		list, err := d.list(ctx, graph.Beta, path)
		if err != nil {
			return nil, err
		}
		for _, b := range list {
			for _, property := range []string{"id", "appId"} {
				if id, ok := b[property].(string); ok {
					s.isValid[strings.ToLower(id)] = true
				}
			}
		}
	}
	for name, list := range objects {
		s.add(name, list)
	}
	return s, nil
}

func (s *snapshot) add(kind string, list []graph.Body) {
	var texts []string
	byText := map[string]graph.Body{}
	for _, b := range list {
		content, err := json.Marshal(s.plain(b))
		if err != nil {
			panic(err) // it came from JSON
		}
		text := fmt.Sprint(b["displayName"]) + "\x00" + string(content)
		texts = append(texts, text)
		byText[text] = b
	}
	sort.Strings(texts)
	for i, text := range texts {
		name, content, _ := strings.Cut(text, "\x00")
		key := kind + " " + name
		if _, twice := s.bodies[key]; twice {
			key = fmt.Sprint(key, " ", i)
		}
		s.bodies[key] = content
		whole, _ := json.Marshal(byText[text])
		s.refs[key] = guid.FindAllString(strings.ToLower(string(whole)), -1)
	}
}

// plain is a value without what is volatile, null or empty, with sets sorted
// and ids replaced by names.
func (s *snapshot) plain(v any) any {
	switch v := v.(type) {
	case graph.Body:
		out := map[string]any{}
		for k, x := range v {
			if volatile[k] || strings.Contains(k, "@odata") || strings.HasPrefix(k, "#") {
				continue
			}
			if x = s.plain(x); x != nil {
				out[k] = x
			}
		}
		if len(out) > 0 {
			return out
		}
		return nil
	case []any:
		var texts []string
		for _, x := range v {
			b, err := json.Marshal(s.plain(x))
			if err != nil {
				panic(err)
			}
			texts = append(texts, string(b))
		}
		sort.Strings(texts)
		if len(texts) > 0 {
			return texts
		}
		return nil
	case string:
		return guid.ReplaceAllStringFunc(strings.ToLower(v), func(id string) string {
			if name := s.names[id]; name != "" {
				return name
			}
			return id
		})
	}
	return v
}

// difference names the first object that is not the same, "" when all are.
func (s *snapshot) difference(after *snapshot) string {
	var keys []string
	for k := range s.bodies {
		keys = append(keys, k)
	}
	for k := range after.bodies {
		if _, known := s.bodies[k]; !known {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		if s.bodies[k] != after.bodies[k] {
			return fmt.Sprintf("%s\n  before: %s\n  after:  %s", k, s.bodies[k], after.bodies[k])
		}
	}
	return ""
}

// dangling names an id in a policy that led somewhere before and no longer does.
func (s *snapshot) dangling(before *snapshot) string {
	for key, ids := range s.refs {
		for _, id := range ids {
			if strings.HasPrefix(key, "policy ") && before.isValid[id] && !s.isValid[id] {
				return key + " → " + id
			}
		}
	}
	return ""
}

// relinked counts the references that lead to another id than before.
func (s *snapshot) relinked(after *snapshot) int {
	n := 0
	for key, ids := range after.refs {
		was := map[string]bool{}
		for _, id := range s.refs[key] {
			was[id] = true
		}
		for _, id := range ids {
			if after.names[id] != "" && !was[id] && !strings.HasSuffix(after.names[id], ":"+strings.SplitN(key, " ", 2)[1]) {
				n++
			}
		}
	}
	return n
}

func (d *demo) list(ctx context.Context, v graph.Version, path string) ([]graph.Body, error) {
	var out []graph.Body
	err := d.client.List(ctx, v, path, nil, func(b graph.Body) error {
		out = append(out, b)
		return nil
	})
	return out, err
}

// control speaks to the emulator's own addresses.
func (d *demo) control(ctx context.Context, method, path string, body, into any) error {
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, d.server.URL+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	resp, err := d.server.Client().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s", method, path, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}
