package main

// The SDK's source: where each model stands, and its declaration read from the
// syntax tree.

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

type typeDecl struct {
	goName, base string              // base is a Go name, "" without
	derived      []string            // Go names, direct and indirect
	getters      map[string]ast.Expr // Go name of the property → result type
	keys         map[string]string   // JSON name → Go name of the property
	imports      map[string]string   // alias → import path
}

type enumDecl struct {
	goName  string
	flags   bool
	members []string
}

// source is the folder of the models and an index of where each is declared.
type source struct {
	files map[string]string // Go type → file
	enum  map[string]bool   // Go types that are enums
}

var declaration = regexp.MustCompile(`(?m)^type ([A-Z]\w*) (struct|int)\b`)

func openSource(dir string) (*source, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	s := &source{files: map[string]string{}, enum: map[string]bool{}}
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			return nil, err
		}
		for _, m := range declaration.FindAllSubmatch(b, -1) {
			s.files[string(m[1])] = n
			s.enum[string(m[1])] = string(m[2]) == "int"
		}
	}
	if len(s.files) == 0 {
		return nil, fmt.Errorf("no models in %s", dir)
	}
	return s, nil
}

func (s *source) parse(goName string) (*ast.File, error) {
	file, ok := s.files[goName]
	if !ok {
		return nil, fmt.Errorf("the SDK declares no model %s", goName)
	}
	return parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
}

// structDecl reads a model: what it embeds, the types its discriminator knows, and
// which getter holds which JSON property (the deserializer of the property calls
// the setter of the same name).
func (s *source) structDecl(goName string) (*typeDecl, error) {
	f, err := s.parse(goName)
	if err != nil {
		return nil, err
	}
	d := &typeDecl{
		goName:  goName,
		getters: map[string]ast.Expr{}, keys: map[string]string{}, imports: map[string]string{},
	}
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return nil, err
		}
		if i.Name != nil {
			d.imports[i.Name.Name] = p
		} else {
			d.imports[path.Base(p)] = p
		}
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.GenDecl:
			d.readBase(decl)
		case *ast.FuncDecl:
			if err := d.readFunc(decl); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func (d *typeDecl) readBase(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		t, ok := spec.(*ast.TypeSpec)
		if !ok || t.Name.Name != d.goName {
			continue
		}
		for _, field := range t.Type.(*ast.StructType).Fields.List {
			if id, ok := field.Type.(*ast.Ident); ok && len(field.Names) == 0 {
				d.base = id.Name
			}
		}
	}
}

func (d *typeDecl) readFunc(f *ast.FuncDecl) error {
	switch name := f.Name.Name; {
	case name == "Create"+d.goName+"FromDiscriminatorValue":
		if wrong := d.readDiscriminator(f); len(wrong) > 0 {
			return fmt.Errorf("JSON names that do not follow from the Go name: %s", strings.Join(wrong, ", "))
		}
	case f.Recv == nil:
	case name == "GetFieldDeserializers":
		d.readDeserializers(f)
	case strings.HasPrefix(name, "Get") && f.Type.Results != nil && len(f.Type.Params.List) == 0:
		d.getters[strings.TrimPrefix(name, "Get")] = f.Type.Results.List[0].Type
	}
	return nil
}

// readDiscriminator finds `case "#microsoft.graph.x": return NewX(), nil`.
// The table derives a model's JSON name from its Go name; this is where that is seen
// to hold.
func (d *typeDecl) readDiscriminator(f *ast.FuncDecl) (misnamed []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CaseClause)
		if !ok || len(c.List) != 1 || len(c.Body) != 1 {
			return true
		}
		ret, ok := c.Body[0].(*ast.ReturnStmt)
		if !ok {
			return true
		}
		call, ok := ret.Results[0].(*ast.CallExpr)
		if !ok {
			return true
		}
		id, ok := call.Fun.(*ast.Ident)
		if !ok { // a type of another package
			return true
		}
		goName := strings.TrimPrefix(id.Name, "New")
		if json := strings.TrimPrefix(stringLit(c.List[0]), "#microsoft.graph."); json != lowerFirst(goName) {
			misnamed = append(misnamed, goName+" is "+json)
		}
		if goName != d.goName {
			d.derived = append(d.derived, goName)
		}
		return true
	})
	return misnamed
}

// readDeserializers finds `res["key"] = func(n) { … m.SetX(…) … }`.
func (d *typeDecl) readDeserializers(f *ast.FuncDecl) {
	ast.Inspect(f, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 {
			return true
		}
		index, ok := a.Lhs[0].(*ast.IndexExpr)
		if !ok {
			return true
		}
		key := stringLit(index.Index)
		ast.Inspect(a.Rhs[0], func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "m" && strings.HasPrefix(sel.Sel.Name, "Set") {
					d.keys[key] = strings.TrimPrefix(sel.Sel.Name, "Set")
				}
			}
			return true
		})
		return false
	})
}

// enumDecl reads the strings that an enum's String method chooses from, and whether
// the enum says that it holds several values at once.
func (s *source) enumDecl(goName string) (*enumDecl, error) {
	f, err := s.parse(goName)
	if err != nil {
		return nil, err
	}
	e := &enumDecl{goName: goName}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if fn.Name.Name == "String" && len(e.members) == 0 {
					for _, x := range n.Elts {
						e.members = append(e.members, stringLit(x))
					}
				}
			case *ast.ReturnStmt:
				if id, ok := n.Results[0].(*ast.Ident); ok && fn.Name.Name == "isMultiValue" {
					e.flags = id.Name == "true"
				}
			}
			return true
		})
	}
	if len(e.members) == 0 {
		return nil, fmt.Errorf("the SDK's enum %s has no members", goName)
	}
	return e, nil
}

func stringLit(x ast.Expr) string {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}
