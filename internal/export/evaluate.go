package export

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// What expressions of a configuration are, as far as its files tell: enough to know the
// keys of a for_each and the name of each instance without Terraform, a state or a
// provider. What hangs on anything else is not known, and never guessed.

// functions are those of Terraform that for_each and names are commonly made with.
var functions = map[string]function.Function{
	"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)),
	"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)), "tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number),
	"keys": stdlib.KeysFunc, "values": stdlib.ValuesFunc, "merge": stdlib.MergeFunc, "concat": stdlib.ConcatFunc, "flatten": stdlib.FlattenFunc,
	"distinct": stdlib.DistinctFunc, "setunion": stdlib.SetUnionFunc, "setsubtract": stdlib.SetSubtractFunc, "zipmap": stdlib.ZipmapFunc,
	"lookup": stdlib.LookupFunc, "length": stdlib.LengthFunc, "contains": stdlib.ContainsFunc, "range": stdlib.RangeFunc, "coalesce": stdlib.CoalesceFunc,
	"format": stdlib.FormatFunc, "join": stdlib.JoinFunc, "split": stdlib.SplitFunc, "replace": stdlib.ReplaceFunc, "lower": stdlib.LowerFunc,
	"upper": stdlib.UpperFunc, "title": stdlib.TitleFunc, "trimspace": stdlib.TrimSpaceFunc, "jsondecode": stdlib.JSONDecodeFunc, "formatlist": stdlib.FormatListFunc,
}

// scope is the configuration of one folder where it is called: the root, or a module.
type scope struct {
	module    string // path without keys, such as module.teams.module.inner; "" of the root
	parent    *scope
	call      *hclsyntax.Body // the module block; nil of the root
	locals    map[string]hcl.Expression
	variables map[string]*hclsyntax.Body
	values    map[string]cty.Value // of the root's variables, from files
}

// keys are each.key and count.index on the way to an instance, outermost first.
type keys []cty.Value

// context is what expressions of the scope may refer to, in the module instance of
// those keys.
func (p *scope) context(at keys) *hcl.EvalContext {
	ctx := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{}}
	vars := map[string]cty.Value{}
	for name, body := range p.variables {
		if v, ok := p.values[name]; ok {
			vars[name] = v
		} else if a := body.Attributes["default"]; a != nil {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
				vars[name] = v
			}
		}
	}
	if p.parent != nil {
		outer := p.parent.context(at[:max(len(at)-1, 0)])
		if len(at) > 0 {
			outer = each(outer, p.call, at[len(at)-1])
		}
		for name := range p.variables {
			if a := p.call.Attributes[name]; a != nil {
				delete(vars, name)
				if v, diags := a.Expr.Value(outer); !diags.HasErrors() {
					vars[name] = v
				}
			}
		}
	}
	ctx.Variables["var"] = cty.ObjectVal(vars)
	locals := map[string]cty.Value{}
	for more := true; more; { // each round knows what the one before found out
		more = false
		ctx.Variables["local"] = cty.ObjectVal(locals)
		for _, name := range slices.Sorted(maps.Keys(p.locals)) {
			if _, known := locals[name]; known {
				continue
			}
			if v, diags := p.locals[name].Value(ctx); !diags.HasErrors() {
				locals[name], more = v, true
			}
		}
	}
	return ctx
}

// each adds each or count of one instance of a block.
func each(ctx *hcl.EvalContext, block *hclsyntax.Body, key cty.Value) *hcl.EvalContext {
	if key == cty.NilVal {
		return ctx
	}
	inner := ctx.NewChild()
	inner.Variables = map[string]cty.Value{}
	if block.Attributes["count"] != nil {
		inner.Variables["count"] = cty.ObjectVal(map[string]cty.Value{"index": key})
		return inner
	}
	of := map[string]cty.Value{"key": key}
	if v, diags := block.Attributes["for_each"].Expr.Value(ctx); !diags.HasErrors() && v.IsWhollyKnown() {
		for it := v.ElementIterator(); it.Next(); {
			if k, value := it.Element(); v.Type().IsSetType() && value.RawEquals(key) || !v.Type().IsSetType() && k.RawEquals(key) {
				of["value"] = value
			}
		}
	}
	inner.Variables["each"] = cty.ObjectVal(of)
	return inner
}

// expand returns the keys of a block's instances: one without a value where the block
// stands once. known is false where the files do not tell.
func expand(ctx *hcl.EvalContext, block *hclsyntax.Body) (out []cty.Value, known bool) {
	switch a := block.Attributes["count"]; {
	case a != nil:
		v, diags := a.Expr.Value(ctx)
		var n int
		if diags.HasErrors() || !v.IsKnown() || v.IsNull() || v.Type() != cty.Number {
			return nil, false
		}
		if f, _ := v.AsBigFloat().Int64(); f >= 0 && f < 100_000 {
			n = int(f)
		}
		for i := range n {
			out = append(out, cty.NumberIntVal(int64(i)))
		}
		return out, true
	case block.Attributes["for_each"] == nil:
		return []cty.Value{cty.NilVal}, true
	}
	v, diags := block.Attributes["for_each"].Expr.Value(ctx)
	if diags.HasErrors() || !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() || v.Type().IsListType() || v.Type().IsTupleType() {
		return nil, false
	}
	for it := v.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if v.Type().IsSetType() {
			key = value
		}
		if key.Type() != cty.String {
			return nil, false
		}
		out = append(out, key)
	}
	return out, true
}

// suffix is a key as it ends an address.
func suffix(key cty.Value) string {
	switch {
	case key == cty.NilVal:
		return ""
	case key.Type() == cty.String:
		return index(key.AsString())
	}
	n, _ := key.AsBigFloat().Float64()
	return index(n)
}

// rootValues are the values of the root's variables that Terraform reads by itself:
// terraform.tfvars, terraform.tfvars.json and *.auto.tfvars, the last one wins.
func rootValues(dir string) (map[string]cty.Value, error) {
	out := map[string]cty.Value{}
	auto, err := filepath.Glob(filepath.Join(dir, "*.auto.tfvars"))
	if err != nil {
		return nil, err
	}
	for _, file := range append([]string{filepath.Join(dir, "terraform.tfvars")}, auto...) {
		if _, err := os.Stat(file); err != nil {
			continue
		}
		f, diags := hclparse.NewParser().ParseHCLFile(file)
		if diags.HasErrors() {
			return nil, fmt.Errorf("%s cannot be read: %w", file, diags)
		}
		attrs, _ := f.Body.JustAttributes()
		for name, a := range attrs {
			if v, diags := a.Expr.Value(nil); !diags.HasErrors() {
				out[name] = v
			}
		}
	}
	return out, nil
}

// installed are the folders of the modules that init has fetched, by their path without
// "module.", such as teams.inner; none before an init.
func installed(dir string) map[string]string {
	out := map[string]string{}
	b, err := os.ReadFile(filepath.Join(dir, ".terraform", "modules", "modules.json"))
	if err != nil {
		return out
	}
	var list struct{ Modules []struct{ Key, Dir string } }
	if json.Unmarshal(b, &list) == nil {
		for _, m := range list.Modules {
			out[m.Key] = filepath.Join(dir, m.Dir)
		}
	}
	return out
}
