package kind

import (
	"sort"
	"strings"
)

// Encode returns the body that makes an object with these values: what is set,
// and the defaults, which Graph's own need not equal. appID takes the place of
// [Self]; "" leaves it standing, see [HasSelf].
func (k *Kind) Encode(v Values, appID string) Body {
	b := Body{}
	encodeFields(k.Attrs, v, appID, b)
	return b
}

func encodeFields(attrs []Attr, v Values, appID string, b Body) {
	for i := range attrs {
		a := &attrs[i]
		if !a.atCreation() || a.Mode == Computed {
			continue
		}
		value, set := v[a.Name]
		if a.Shape == Variant {
			if inner, ok := value.(Values); ok {
				b["@odata.type"] = a.Type
				encodeFields(a.Attrs, inner, appID, b)
			}
			continue
		}
		if !set && a.Mode == Default {
			value, set = widen(a.Default), true
		}
		if set {
			b[a.Property] = a.Encode(value, appID)
		}
	}
}

// atCreation tells whether the body that makes an object holds the attribute.
func (a *Attr) atCreation() bool {
	switch a.Channel {
	case InBody, Input:
		return true
	case InPath:
		return a.Property != ""
	case Action:
		return a.Act.AtCreation
	}
	return false
}

// Encode returns the JSON value of one attribute.
func (a *Attr) Encode(value any, appID string) any {
	switch v := value.(type) {
	case string:
		return a.encodeString(v, appID)
	case []string:
		if a.Shape == Flags {
			return strings.Join(a.inOrder(v), a.joint())
		}
		out := make([]any, 0, len(v))
		for _, s := range v {
			out = append(out, a.encodeString(s, appID))
		}
		return out
	case Values:
		b := Body{}
		encodeFields(a.Attrs, v, appID, b)
		if t, ok := a.TypeFrom[text(v[a.TypeBy])]; ok {
			b["@odata.type"] = t
		}
		return b
	case []Values:
		out := make([]any, 0, len(v))
		for _, item := range v {
			b := Body{}
			encodeFields(a.Attrs, item, appID, b)
			out = append(out, b)
		}
		return out
	case map[string]Values:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		out := make([]any, 0, len(v))
		for _, key := range keys {
			b := Body{a.Key: key}
			encodeFields(a.Attrs, v[key], appID, b)
			out = append(out, b)
		}
		return out
	}
	return value
}

func (a *Attr) encodeString(s, appID string) any {
	if appID != "" && (a.Ref != nil || len(a.Embeds) > 0) {
		s = strings.ReplaceAll(s, Self, appID)
	}
	if a.Codec != nil {
		return a.Codec.Encode(s)
	}
	return s
}

// inOrder puts flags in the order in which Graph declares them, which is the
// order in which it returns them.
func (a *Attr) inOrder(flags []string) []string {
	rank := map[string]int{}
	for i, member := range a.Enum {
		rank[member] = i + 1
	}
	out := append([]string{}, flags...)
	sort.SliceStable(out, func(i, j int) bool {
		ri, rj := rank[out[i]], rank[out[j]]
		if ri == 0 || rj == 0 {
			return ri > rj
		}
		return ri < rj
	})
	return out
}

// HasSelf tells whether a JSON value still holds [Self], so that it cannot be
// written before the object has its app id.
func HasSelf(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.Contains(v, Self)
	case []any:
		for _, item := range v {
			if HasSelf(item) {
				return true
			}
		}
	case Body:
		for _, item := range v {
			if HasSelf(item) {
				return true
			}
		}
	}
	return false
}

// References calls visit for every id that values refer to, with the attribute
// it stands in and the path to it; words and [Self] are left out.
func (k *Kind) References(v Values, visit func(path string, a *Attr, ref *Ref, id string)) {
	references(k.Attrs, v, "", visit)
}

func references(attrs []Attr, v Values, path string, visit func(string, *Attr, *Ref, string)) {
	for i := range attrs {
		a := &attrs[i]
		value, set := v[a.Name]
		if !set {
			continue
		}
		at := path + a.Name
		for _, inner := range objects(value) {
			references(a.Attrs, inner, at+".", visit)
		}
		for _, s := range strs(value) {
			if a.Ref != nil && a.Ref.IsID(s) {
				visit(at, a, a.Ref, strings.ToLower(s))
			}
			for _, e := range a.Embeds {
				for _, pos := range e.Find(s) {
					visit(at, a, e.Ref, strings.ToLower(s[pos[0]:pos[1]]))
				}
			}
		}
	}
}

func strs(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []string:
		return v
	}
	return nil
}
