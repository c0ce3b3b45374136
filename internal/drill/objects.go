package drill

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	tfjson "github.com/hashicorp/terraform-json"
)

// thing is one object of the code, as the state has it.
type thing struct {
	address, kind, name string
	id                  string         // as an import block would name it
	values              map[string]any // canonical, by attribute
	refs                []reference
}

// reference is an id that an object holds.
type reference struct {
	path, id string
	kinds    []string // that it can lead to, most likely first
	byApp    bool
}

// references returns what values of a kind refer to.
func references(name string, values map[string]any) []reference {
	var out []reference
	for _, r := range catalog.ByName(name).Referred(values) {
		out = append(out, reference{r.Path, r.ID, r.Kinds, r.ByApp})
	}
	return out
}

// exists tells whether the tenant has the object, in what every tenant has as well.
func (r reference) exists(s *Stage) bool {
	if r.byApp {
		found, err := s.List("/v1.0/servicePrincipals?$filter=" + url.QueryEscape("appId eq '"+r.id+"'"))
		return err == nil && len(found) > 0
	}
	for _, name := range r.kinds {
		path := "/devices"
		version := "v1.0"
		if k := catalog.ByName(name); k != nil {
			path, version = k.Life.Path, string(k.Life.ReadFrom)
		}
		if _, err := s.Do(http.MethodGet, item("/"+version+path, r.id), nil); err == nil {
			return true
		}
	}
	return false
}

// things returns the objects that a state holds, modules included, by address.
func things(state *tfjson.State) []*thing {
	var out []*thing
	var walk func(m *tfjson.StateModule)
	walk = func(m *tfjson.StateModule) {
		for _, r := range m.Resources {
			k := catalog.ByName(strings.TrimPrefix(r.Type, "entra_"))
			if r.Mode != tfjson.ManagedResourceMode || k == nil {
				continue
			}
			v := k.FromState(r.AttributeValues)
			t := &thing{address: r.Address, kind: k.Name, id: k.ImportID(v), values: v, name: str(v[k.Label])}
			if t.refs = references(k.Name, v); t.name == "" {
				t.name = r.Name
			}
			out = append(out, t)
		}
		for _, child := range m.ChildModules {
			walk(child)
		}
	}
	if state.Values != nil && state.Values.RootModule != nil {
		walk(state.Values.RootModule)
	}
	slices.SortFunc(out, func(a, b *thing) int { return strings.Compare(a.address, b.address) })
	return out
}

// standing tells whether an object stands in a collection of its own: it is not
// part of another one and no link to it.
func (t *thing) standing() bool {
	k := catalog.ByName(t.kind)
	return !k.Life.Below() && !k.Life.Paired()
}

// path is the address of an object in the tenant; "" of an item of a list.
func (t *thing) path() string {
	k := catalog.ByName(t.kind)
	switch {
	case k.Life.Property != "":
		return ""
	case k.Life.Paired():
		ends := k.Identity()
		return "/" + string(k.Life.ReadFrom) + k.Life.Expand(t.values) + "/" + url.PathEscape(str(t.values[ends[len(ends)-1]])) + "/$ref"
	}
	return "/" + string(k.Life.ReadFrom) + k.Life.Item(t.values)
}

// live returns the object as the tenant has it, nil where it has none.
func (t *thing) live(s *Stage) (Body, error) {
	b, err := s.Do(http.MethodGet, t.path(), nil)
	if status(err) == http.StatusNotFound {
		return nil, nil
	}
	return b, err
}

// byID returns the objects by every id under which others refer to them.
func byID(all []*thing) map[string]*thing {
	out := map[string]*thing{}
	for _, t := range all {
		if id := strings.ToLower(str(t.values["id"])); id != "" {
			out[id] = t
		}
	}
	for _, t := range all { // a service principal shares the app id of its application, which comes first
		if app := strings.ToLower(str(t.values["app_id"])); app != "" && t.standing() && (out[app] == nil || t.kind == "application") {
			out[app] = t
		}
	}
	return out
}
