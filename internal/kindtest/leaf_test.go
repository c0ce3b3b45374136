package kindtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// leaf is one attribute of an object, at any depth, and the object with another
// value there.
type leaf struct {
	path  string // "conditions.users.exclude_groups"
	attr  *kind.Attr
	top   *kind.Attr // the attribute of the object itself that holds it
	value any
	with  func(value any) kind.Values // nil leaves the attribute out
}

// leaves returns every attribute that v sets and that code can change, blocks
// included. Of a set or map of objects it enters the first.
func leaves(k *kind.Kind, v kind.Values) []leaf {
	return leavesOf(k.Attrs, v, "", nil, func(x kind.Values) kind.Values { return x })
}

func leavesOf(attrs []kind.Attr, v kind.Values, path string, top *kind.Attr, whole func(kind.Values) kind.Values) []leaf {
	var out []leaf
	for n := range attrs {
		a := &attrs[n]
		value, set := v[a.Name]
		if !set || a.Channel == kind.Local || a.Mode == kind.Computed {
			continue
		}
		holder := top
		if holder == nil {
			holder = a
		}
		l := leaf{path + a.Name, a, holder, value, func(value any) kind.Values {
			other := maps.Clone(v)
			delete(other, a.Name)
			if value != nil {
				other[a.Name] = value
			}
			return whole(other)
		}}
		out = append(out, l)
		at := path + a.Name + "."
		switch inner := value.(type) {
		case kind.Values:
			out = append(out, leavesOf(a.Attrs, inner, at, holder, func(x kind.Values) kind.Values { return l.with(x) })...)
		case []kind.Values:
			out = append(out, leavesOf(a.Attrs, inner[0], at, holder, func(x kind.Values) kind.Values {
				return l.with(append([]kind.Values{x}, inner[1:]...))
			})...)
		case map[string]kind.Values:
			key := slices.Sorted(maps.Keys(inner))[0]
			out = append(out, leavesOf(a.Attrs, inner[key], at, holder, func(x kind.Values) kind.Values {
				other := maps.Clone(inner)
				other[key] = x
				return l.with(other)
			})...)
		}
	}
	return out
}

// mutated returns another value for a leaf, from the table alone; nil for a
// block, of which the leaves are changed one by one.
func mutated(a *kind.Attr, value any) any {
	switch v := value.(type) {
	case bool:
		return !v
	case int64:
		return v + 1
	case string:
		return mutatedText(a, v)
	case []string:
		if len(v) > 1 {
			return slices.Clone(v[:len(v)-1])
		}
		return []string{mutatedText(a, v[0])}
	}
	return nil
}

func mutatedText(a *kind.Attr, s string) string {
	for _, member := range a.Enum {
		if member != s {
			return member
		}
	}
	return s + "x"
}

// TestSamplesCoverEveryAttribute fails for an attribute that no sample sets:
// nothing here would test it.
func TestSamplesCoverEveryAttribute(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for name, shapes := range shapesOf {
		k := kindNamed(t, name)
		set := map[string]bool{}
		for _, make := range shapes {
			for _, l := range leaves(k, k.Canonical(make(h))) {
				set[l.path] = true
			}
		}
		for _, path := range paths(k.Attrs, "") {
			if _, why := untested[name+"."+path]; !set[path] && !why {
				t.Errorf("no sample of %s sets %s", name, path)
			}
		}
	}
}

// paths returns the path of every attribute that code can set.
func paths(attrs []kind.Attr, path string) []string {
	var out []string
	for i := range attrs {
		if a := &attrs[i]; a.Channel != kind.Local && a.Mode != kind.Computed {
			out = append(out, path+a.Name)
			out = append(out, paths(a.Attrs, path+a.Name+".")...)
		}
	}
	return out
}

// lookUp returns what a table that is keyed by "kind.path" or by
// "kind/shape.path" says of a leaf.
func lookUp[T any](table map[string]T, k *kind.Kind, shape, path string) (T, bool) {
	v, ok := table[fmt.Sprintf("%s/%s.%s", k.Name, shape, path)]
	if !ok {
		v, ok = table[k.Name+"."+strings.TrimPrefix(path, ".")]
	}
	return v, ok
}
