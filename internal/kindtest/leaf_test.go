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
	mark  string // "#last" where it stands in the last element of a set or map, else ""
	attr  *kind.Attr
	top   *kind.Attr // the attribute of the object itself that holds it
	value any
	with  func(value any) kind.Values // nil leaves the attribute out
}

// leaves returns every attribute that v sets and that code can change, blocks
// included. Of a set or map of objects it enters the first and the last.
func leaves(k *kind.Kind, v kind.Values) []leaf {
	return leavesOf(k.Attrs, v, leaf{}, func(x kind.Values) kind.Values { return x })
}

// leavesOf returns the leaves of an object in the attribute holder.
func leavesOf(attrs []kind.Attr, v kind.Values, holder leaf, whole func(kind.Values) kind.Values) []leaf {
	var out []leaf
	for n := range attrs {
		a := &attrs[n]
		value, set := v[a.Name]
		if !set || a.Channel == kind.Local || a.Mode == kind.Computed {
			continue
		}
		top := holder.top
		if top == nil {
			top = a
		}
		l := leaf{holder.path + a.Name, holder.mark, a, top, value, func(value any) kind.Values {
			other := maps.Clone(v)
			delete(other, a.Name)
			if value != nil {
				other[a.Name] = value
			}
			return whole(other)
		}}
		out = append(out, l)
		if inner, isObject := value.(kind.Values); isObject {
			out = append(out, leavesOf(a.Attrs, inner, leaf{path: l.path + ".", mark: l.mark, top: top}, func(x kind.Values) kind.Values { return l.with(x) })...)
		}
		for n, e := range ends(value) {
			in := leaf{path: l.path + ".", mark: l.mark, top: top}
			if n > 0 {
				in.mark = last
			}
			out = append(out, leavesOf(a.Attrs, e.value, in, func(x kind.Values) kind.Values { return l.with(e.with(x)) })...)
		}
	}
	return out
}

// last marks what stands in the last element of several.
const last = "#last"

// element is one element of a set or map of objects.
type element struct {
	value   kind.Values
	with    func(kind.Values) any // the set or map with another one in its place
	without func() any            // and without it
}

// ends are the first and the last element of a set or map of objects, one where it has
// one, and none of any other value.
func ends(value any) []element {
	var out []element
	switch v := value.(type) {
	case []kind.Values:
		for n, e := range v {
			out = append(out, element{e, func(x kind.Values) any {
				other := slices.Clone(v)
				other[n] = x
				return other
			}, func() any { return slices.Delete(slices.Clone(v), n, n+1) }})
		}
	case map[string]kind.Values:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = append(out, element{v[key], func(x kind.Values) any {
				other := maps.Clone(v)
				other[key] = x
				return other
			}, func() any {
				other := maps.Clone(v)
				delete(other, key)
				return other
			}})
		}
	}
	if len(out) > 2 {
		out = []element{out[0], out[len(out)-1]}
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

// TestSamplesCoverEveryAttribute fails for an attribute that no sample sets, and for a
// set or map of objects of which none has two elements: nothing here would test it.
func TestSamplesCoverEveryAttribute(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	for name, shapes := range shapesOf {
		k := kindNamed(t, name)
		set, several := map[string]bool{}, map[string]bool{}
		for _, make := range shapes {
			for _, l := range leaves(k, k.Canonical(make(h))) {
				set[l.path] = true
				if n := len(ends(l.value)); n == 1 && !several[l.path] {
					several[l.path] = false
				} else if n > 1 {
					several[l.path] = true
				}
			}
		}
		for path, has := range several {
			if _, why := single[name+"."+path]; has == why {
				t.Errorf("%s of %s has several elements in a sample: %t, and it is said to have one alone: %t", path, name, has, why)
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

// lookUpLeaf is lookUp for a leaf, of which a table may have a line with [last].
func lookUpLeaf[T any](table map[string]T, k *kind.Kind, shape string, l leaf) (T, bool) {
	if v, ok := lookUp(table, k, shape, l.path+l.mark); ok {
		return v, ok
	}
	return lookUp(table, k, shape, l.path)
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
