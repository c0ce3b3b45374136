package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// collection is where objects of one kind live, and their recycle bin.
type collection struct {
	name, path, bin string
	version         graph.Version
	relations       []string
	parts           []string // collections below an object
}

// binVersion: the bins of Conditional Access are in beta only.
func (c collection) binVersion() graph.Version {
	if strings.HasPrefix(c.bin, "/identity") {
		return graph.Beta
	}
	return graph.V1
}

// collections are what a snapshot compares.
var collections = []collection{
	{"policy", "/identity/conditionalAccess/policies", "/identity/conditionalAccess/deletedItems/policies", graph.Beta, nil, nil},
	{"location", "/identity/conditionalAccess/namedLocations", "/identity/conditionalAccess/deletedItems/namedLocations", graph.V1, nil, nil},
	{"strength", "/policies/authenticationStrengthPolicies", "", graph.V1, nil, nil},
	{"context", "/identity/conditionalAccess/authenticationContextClassReferences", "", graph.V1, nil, nil},
	{"group", "/groups", "/directory/deletedItems", graph.V1, []string{"members", "owners"}, nil},
	{"application", "/applications", "/directory/deletedItems", graph.V1, []string{"owners"}, []string{"federatedIdentityCredentials"}},
	{"principal", "/servicePrincipals", "/directory/deletedItems", graph.V1, []string{"owners"}, []string{"appRoleAssignedTo"}},
	{"grant", "/oauth2PermissionGrants", "", graph.V1, nil, nil},
	{"unit", "/directory/administrativeUnits", "/directory/deletedItems", graph.V1, []string{"members"}, nil},
}

// volatile are properties that Graph makes anew with an object.
var volatile = map[string]bool{
	"id": true, "createdDateTime": true, "modifiedDateTime": true, "renewedDateTime": true, "deletedDateTime": true,
	"securityIdentifier": true, "appId": true, "templateId": true, "expirationDateTime": true, "createdByAppId": true,
}

// object is one object's properties as canonical JSON.
type object map[string]string

// snapshot is the tenant at one moment: each object with ids replaced by
// names, so that two moments can be compared across a recreation.
type snapshot struct {
	ids     map[string]bool     // of all objects
	names   map[string]string   // id or client id → name
	bodies  map[string]object   // kind and name; a second of the name gets a number
	refs    map[string][]string // kind and name → the ids in the object, its own apart
	isValid map[string]bool     // every id that exists, users and the like included
}

func (d *demo) snapshot(ctx context.Context) (*snapshot, error) {
	s := &snapshot{ids: map[string]bool{}, names: map[string]string{}, bodies: map[string]object{}, refs: map[string][]string{}, isValid: map[string]bool{}}
	objects := map[string][]graph.Body{}
	for _, c := range collections {
		list, err := d.list(ctx, c.version, c.path)
		if err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(list, isBuiltIn)
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
			for _, part := range c.parts {
				bodies, err := d.list(ctx, graph.V1, c.path+graph.Path(b["id"].(string))+"/"+part)
				if err != nil {
					return nil, err
				}
				var all []any
				for _, p := range bodies {
					all = append(all, p)
				}
				b["~"+part] = all
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

// isBuiltIn tells of an authentication strength, or a service principal of
// Microsoft's, that every tenant has.
func isBuiltIn(b graph.Body) bool {
	return b["policyType"] == "builtIn" || slices.Contains([]any{
		"f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47", "cdc5aeea-15c5-4db6-b079-fcadd2505dc2",
	}, b["appOwnerOrganizationId"])
}

func (s *snapshot) add(kind string, list []graph.Body) {
	sort.Slice(list, func(i, j int) bool { return s.text(list[i]) < s.text(list[j]) })
	for i, b := range list {
		key := fmt.Sprint(kind, " ", b["displayName"])
		if _, twice := s.bodies[key]; twice {
			key = fmt.Sprint(key, " ", i)
		}
		o := object{}
		plain, _ := s.plain(b).(map[string]any)
		for property, v := range plain {
			o[property] = text(v)
		}
		s.bodies[key] = o
		for _, id := range guid.FindAllString(text(b), -1) {
			if id = strings.ToLower(id); id != b["id"] && id != b["appId"] {
				s.refs[key] = append(s.refs[key], id)
			}
		}
	}
}

// text orders objects: by name, then by all the rest.
func (s *snapshot) text(b graph.Body) string {
	return fmt.Sprint(b["displayName"]) + "\x00" + text(s.plain(b))
}

// text is a value as JSON, with the properties of objects in order.
func text(v any) string {
	content, err := json.Marshal(v)
	if err != nil {
		panic(err) // it came from JSON
	}
	return string(content)
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
		var out []any
		for _, x := range v {
			out = append(out, s.plain(x))
		}
		sort.Slice(out, func(i, j int) bool { return text(out[i]) < text(out[j]) })
		if len(out) > 0 {
			return out
		}
		return nil
	case string:
		return guid.ReplaceAllStringFunc(v, func(id string) string {
			if name := s.names[strings.ToLower(id)]; name != "" {
				return name
			}
			return id
		})
	}
	return v
}

// difference names the first object that is not the same, and each property
// in which it differs; "" when all objects are the same.
func (s *snapshot) difference(after *snapshot) string {
	for _, key := range union(s.bodies, after.bodies) {
		was, existed := s.bodies[key]
		is, exists := after.bodies[key]
		switch {
		case !exists:
			return key + " is missing"
		case !existed:
			return key + " was not there before"
		}
		var lines []string
		for _, property := range union(was, is) {
			if was[property] != is[property] {
				lines = append(lines, fmt.Sprintf("\n  %s\n    before: %s\n    after:  %s", property, orNothing(was[property]), orNothing(is[property])))
			}
		}
		if len(lines) > 0 {
			return key + " differs in" + strings.Join(lines, "")
		}
	}
	return ""
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// union returns the keys of both maps in order.
func union[V any](a, b map[string]V) []string {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// dangling names an id in a policy that leads nowhere. Ids that led nowhere
// before either, such as template ids and what the tenant never had, are left
// aside.
func (s *snapshot) dangling(before *snapshot) string {
	dead := map[string]bool{}
	for _, ids := range before.refs {
		for _, id := range ids {
			dead[id] = dead[id] || !before.isValid[id]
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.refs)) {
		for _, id := range s.refs[key] {
			if strings.HasPrefix(key, "policy ") && !s.isValid[id] && !dead[id] {
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
		for _, id := range ids {
			if after.names[id] != "" && !slices.Contains(s.refs[key], id) {
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
