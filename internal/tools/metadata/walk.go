package main

// The walk over the models, and the table it writes.

import (
	"fmt"
	"go/ast"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

type walk struct {
	src   *source
	types map[string]*typeDecl // by Go name
	enums map[string]*enumDecl
}

// visit reads a model and what it is made of. The derived types of a mere base
// (above all of Entity) are left alone.
func (w *walk) visit(goName string, withDerived bool) error {
	d, seen := w.types[goName]
	if !seen {
		var err error
		if d, err = w.src.structDecl(goName); err != nil {
			return err
		}
		w.types[goName] = d
		if d.base != "" {
			if err := w.visit(d.base, false); err != nil {
				return err
			}
		}
		if err := w.visitProperties(d); err != nil {
			return err
		}
	}
	if !withDerived {
		return nil
	}
	for _, x := range d.derived {
		if _, seen := w.types[x]; seen {
			continue
		}
		if err := w.visit(x, true); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) visitProperties(d *typeDecl) error {
	for _, key := range slices.Sorted(maps.Keys(d.keys)) {
		if strings.HasPrefix(key, "@") {
			continue
		}
		p, err := w.property(d, key)
		if err != nil {
			return err
		}
		switch p.kind {
		case "enum":
			if w.enums[p.goType] == nil {
				e, err := w.src.enumDecl(p.goType)
				if err != nil {
					return err
				}
				w.enums[p.goType] = e
			}
		case "complex":
			if p.goType == "" { // a type of another namespace: named, not followed
				continue
			}
			if _, seen := w.types[p.goType]; !seen {
				if err := w.visit(p.goType, true); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

type property struct {
	kind, name, goType string // name as the table writes it; goType only in this package
	collection         bool
}

// primitives by the Go type of the getter's result, without its package.
var primitives = map[string]string{
	"string": "String", "bool": "Boolean", "int32": "Int32", "int64": "Int64",
	"float32": "Double", "float64": "Double", "Time": "DateTimeOffset", "DateOnly": "Date",
	"TimeOnly": "TimeOfDay", "ISODuration": "Duration", "UUID": "Guid",
	"UntypedNodeable": "Untyped",
}

func (w *walk) property(d *typeDecl, key string) (property, error) {
	t, ok := d.getters[d.keys[key]]
	if !ok {
		return property{}, fmt.Errorf("%s.%s has no getter Get%s", d.goName, key, d.keys[key])
	}
	var p property
	if a, ok := t.(*ast.ArrayType); ok {
		if id, ok := a.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return property{kind: "primitive", name: "Binary"}, nil
		}
		p.collection, t = true, a.Elt
	}
	if s, ok := t.(*ast.StarExpr); ok {
		t = s.X
	}
	if a, ok := t.(*ast.ArrayType); ok && p.collection { // [][]byte
		if id, ok := a.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return property{kind: "primitive", name: "Binary", collection: true}, nil
		}
	}
	switch t := t.(type) {
	case *ast.Ident:
		return p, w.named(&p, d, key, t.Name)
	case *ast.SelectorExpr:
		if prim, ok := primitives[t.Sel.Name]; ok {
			p.kind, p.name = "primitive", prim
			return p, nil
		}
		pkg := path.Base(d.imports[t.X.(*ast.Ident).Name])
		p.kind, p.name = "navigation", pkg+"."+lowerFirst(strings.TrimSuffix(t.Sel.Name, "able"))
		return p, nil
	}
	return p, fmt.Errorf("%s.%s: the getter's type %T is not understood", d.goName, key, t)
}

func (w *walk) named(p *property, d *typeDecl, key, goName string) error {
	if prim, ok := primitives[goName]; ok {
		p.kind, p.name = "primitive", prim
		return nil
	}
	if w.src.enum[goName] {
		p.kind, p.goType, p.name = "enum", goName, lowerFirst(goName)
		return nil
	}
	model := strings.TrimSuffix(goName, "able")
	if _, ok := w.src.files[model]; !ok {
		return fmt.Errorf("%s.%s: the SDK declares no model %s", d.goName, key, goName)
	}
	entity, err := w.isEntity(model)
	if err != nil {
		return err
	}
	p.kind, p.goType, p.name = "complex", model, lowerFirst(model)
	if entity {
		p.kind = "navigation"
	}
	return nil
}

func (w *walk) isEntity(goName string) (bool, error) {
	for goName != "" && goName != "Entity" {
		d, ok := w.types[goName]
		if !ok {
			var err error
			if d, err = w.src.structDecl(goName); err != nil {
				return false, err
			}
		}
		goName = d.base
	}
	return goName == "Entity", nil
}

// write puts out one line for each type, enum and property, sorted by name.
func (w *walk) write(out io.Writer) {
	for _, goName := range sortedByName(w.types) {
		d := w.types[goName]
		entity, _ := w.isEntity(goName)
		line := "type " + lowerFirst(goName)
		if d.base != "" {
			line += " : " + lowerFirst(d.base)
		}
		if entity {
			line += " entity"
		}
		fmt.Fprintln(out, line)
		for _, key := range slices.Sorted(maps.Keys(d.keys)) {
			if strings.HasPrefix(key, "@") {
				continue
			}
			p, _ := w.property(d, key) // visitProperties has seen it without an error
			suffix := ""
			if p.collection {
				suffix = "[]"
			}
			fmt.Fprintf(out, "\t%s %s %s%s\n", key, p.kind, p.name, suffix)
		}
	}
	for _, goName := range sortedByName(w.enums) {
		e := w.enums[goName]
		word := "enum"
		if e.flags {
			word = "flags"
		}
		fmt.Fprintf(out, "%s %s %s\n", word, lowerFirst(goName), strings.Join(e.members, " "))
	}
}

func sortedByName[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return strings.Compare(lowerFirst(a), lowerFirst(b))
	})
}

// lowerFirst gives a model its name in JSON. The SDK's discriminators spell it the
// same way (iPv4CidrRange, oAuth2PermissionGrant).
func lowerFirst(s string) string {
	return strings.ToLower(s[:1]) + s[1:]
}
