package wire

import (
	"fmt"
	"maps"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Plan returns the object that an apply is to leave behind. prior is null for
// a new object. lost says that the object is neither live nor in the recycle
// bin: then everything that Graph makes is unknown, because the object will be
// made anew. relink names relations in which something stood that is made anew.
func Plan(k *kind.Kind, config, prior tftypes.Value, lost bool, relink ...string) (tftypes.Value, error) {
	cfg, err := Fields(config)
	if err != nil {
		return tftypes.Value{}, fmt.Errorf("%s: configuration: %w", k.TypeName(), err)
	}
	was, err := Fields(prior)
	if err != nil {
		return tftypes.Value{}, fmt.Errorf("%s: prior state: %w", k.TypeName(), err)
	}
	if was != nil && Moved(k, config, prior) {
		lost = true
	}
	anew := lost || was == nil
	fields, err := plan(k.Attrs, cfg, was, anew)
	if err == nil {
		err = planRelations(k.Attrs, cfg, was, fields, anew, relink)
	}
	if err != nil {
		return tftypes.Value{}, fmt.Errorf("%s: %w", k.TypeName(), err)
	}
	keepLogged(k, was, fields)
	return tftypes.NewValue(objectType(k.Attrs), fields), nil
}

// Moved tells whether an object is to belong to, or connect, other objects than
// before, so that another must take its place. prior may not be null.
func Moved(k *kind.Kind, config, prior tftypes.Value) bool {
	cfg, err := Fields(config)
	if err != nil || cfg == nil {
		return false
	}
	was, err := Fields(prior)
	if err != nil || was == nil {
		return false
	}
	for _, name := range k.Ends() {
		a := k.Attr(name)
		if fits(a, cfg[name], was[name]) {
			continue
		}
		now, errNow := goValue(a, cfg[name])
		before, errBefore := goValue(a, was[name])
		if errNow != nil || errBefore != nil || !cfg[name].IsKnown() || !kind.Equal(a.Canonical(now), a.Canonical(before)) {
			return true
		}
	}
	return false
}

// fits tells whether an end stays although it is not the same: Graph has chosen
// what the code does not say, and an instruction to the provider that is new
// speaks of what is to come.
func fits(a *kind.Attr, cfg, was tftypes.Value) bool {
	return a.Mode == kind.Server && cfg.IsNull() || a.Channel == kind.Local && was.IsNull()
}

func plan(attrs []kind.Attr, cfg, was map[string]tftypes.Value, anew bool) (map[string]tftypes.Value, error) {
	out := make(map[string]tftypes.Value, len(attrs))
	for i := range attrs {
		a := &attrs[i]
		value, err := planOf(a, cfg[a.Name], was[a.Name], anew)
		if a.Output != nil {
			value = planOutput(a, cfg, was, anew)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		out[a.Name] = value
	}
	return out, nil
}

// keepLogged leaves what the audit log told where it is while nothing else is
// planned: a plan with nothing to do is empty. Whatever is written loses it.
func keepLogged(k *kind.Kind, was, planned map[string]tftypes.Value) {
	if was == nil {
		return
	}
	logged := map[string]tftypes.Value{}
	for name, value := range planned {
		switch before := was[name]; {
		case k.Attr(name).Channel == kind.Logged:
			logged[name] = before
		case !value.Equal(before):
			return
		}
	}
	maps.Copy(planned, logged)
}

func planOf(a *kind.Attr, cfg, was tftypes.Value, anew bool) (tftypes.Value, error) {
	t := attrType(a)
	null, unknown := tftypes.NewValue(t, nil), tftypes.NewValue(t, tftypes.UnknownValue)
	before := was
	if was.Type() == nil {
		before = null
	}
	switch {
	case a.Name == "deleted_date_time", a.Channel == kind.Logged:
		return null, nil
	case a.Mode == kind.Computed && anew:
		return unknown, nil
	case a.Mode == kind.Computed:
		return before, nil
	case !cfg.IsKnown():
		return cfg, nil
	case !cfg.IsNull():
		return planInside(a, cfg, before, anew)
	case a.Mode == kind.Default:
		return build(a, nil, tftypes.Value{})
	case a.Mode == kind.Server && anew && a.MakesID && !before.IsNull():
		return before, nil
	case a.HoldsOpen() && !anew:
		return planOpen(a, before)
	case a.Mode == kind.Server && anew:
		return unknown, nil
	case a.Mode == kind.Server, a.Open() && !anew:
		return before, nil
	}
	return null, nil
}

// planInside plans what is below a value that the configuration sets.
func planInside(a *kind.Attr, cfg, was tftypes.Value, anew bool) (tftypes.Value, error) {
	switch a.Shape {
	case kind.Object, kind.Variant:
		inner, err := Fields(cfg)
		if err != nil {
			return tftypes.Value{}, err
		}
		before, err := Fields(known(was))
		if err != nil {
			return tftypes.Value{}, err
		}
		fields, err := plan(a.Attrs, inner, before, anew)
		return tftypes.NewValue(attrType(a), fields), err
	case kind.ObjectMap:
		var items, before map[string]tftypes.Value
		if err := cfg.As(&items); err != nil {
			return tftypes.Value{}, err
		}
		if !was.IsNull() && was.IsKnown() {
			if err := was.As(&before); err != nil {
				return tftypes.Value{}, err
			}
		}
		object := kind.Attr{Shape: kind.Object, Attrs: a.Attrs}
		out := make(map[string]tftypes.Value, len(items))
		for key, item := range items {
			if !item.IsKnown() || item.IsNull() {
				out[key] = item
				continue
			}
			value, err := planInside(&object, item, before[key], anew)
			if err != nil {
				return tftypes.Value{}, err
			}
			out[key] = value
		}
		return tftypes.NewValue(attrType(a), out), nil
	}
	return cfg, nil
}

// planOpen plans a block that the code leaves out: what may be left to others in
// it stays as the state has it, and nothing else.
func planOpen(a *kind.Attr, was tftypes.Value) (tftypes.Value, error) {
	null := tftypes.NewValue(attrType(a), nil)
	before, err := Fields(known(was))
	if err != nil || before == nil {
		return null, err
	}
	fields, some := make(map[string]tftypes.Value, len(a.Attrs)), false
	for i := range a.Attrs {
		inner := &a.Attrs[i]
		value := tftypes.NewValue(attrType(inner), nil)
		switch {
		case inner.Open():
			value = before[inner.Name]
		case inner.HoldsOpen():
			if value, err = planOpen(inner, before[inner.Name]); err != nil {
				return null, err
			}
		}
		fields[inner.Name] = value
		some = some || !value.IsNull()
	}
	if !some {
		return null, nil
	}
	return tftypes.NewValue(attrType(a), fields), nil
}

// planOutput plans what holds a secret: Graph tells it when it makes the object,
// and afterwards it is what the state holds. One that the state holds in the
// open can still be sealed.
func planOutput(a *kind.Attr, cfg, was map[string]tftypes.Value, anew bool) tftypes.Value {
	null, unknown := tftypes.NewValue(tftypes.String, nil), tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	keeper := cfg[a.Output.Keeper]
	if !keeper.IsKnown() {
		return unknown
	}
	var s string
	if keeper.IsNull() || keeper.As(&s) != nil || !a.Output.Keeps(s) {
		return null
	}
	if anew {
		return unknown
	}
	if before := was[a.Name]; before.Type() != nil && !before.IsNull() {
		return before
	}
	if open := was[a.Output.Plain]; a.Output.Plain != "" && open.Type() != nil && !open.IsNull() {
		return unknown
	}
	return null
}
