package kindtest

import (
	"fmt"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Terraform's part in a plan and an apply of many resources: each one is planned
// with what was planned for those it refers to, and applied with what these have
// become, once they have; a failure stops what depends on it. Up to ten at a time.

// turn is one resource's part in a plan and its apply.
type turn struct {
	planned *plan
	changes bool
	failed  string // the error of its apply, or of one that it needs
	done    chan struct{}
}

// walk visits every item behind those it needs, width at a time.
func (e *estate) walk(width int, visit func(x *item)) {
	e.t.Helper()
	var all sync.WaitGroup
	free := make(chan struct{}, width)
	for _, x := range e.items {
		x.done = make(chan struct{})
	}
	for _, x := range e.items {
		run := func() {
			defer close(x.done)
			for _, other := range x.needs {
				<-other.done
			}
			free <- struct{}{}
			defer func() { <-free }()
			visit(x)
		}
		if width == 1 {
			free <- struct{}{}
			<-free
		}
		all.Add(1)
		if width > 1 {
			go func() { defer all.Done(); run() }()
			continue
		}
		func() { defer all.Done(); run() }() // the same order every time
	}
	all.Wait()
	if e.t.Failed() {
		e.t.FailNow()
	}
}

// configured is the item's configuration, where ids tells those of other items;
// what it does not know is unknown.
func (e *estate) configured(x *item, ids func(*item, kind.Space) string) tftypes.Value {
	e.t.Helper()
	config, err := tftypes.Transform(x.config(x.kind.Canonical(e.resolved(x.code, ids))), func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		var s string
		if v.Type().Is(tftypes.String) && v.IsKnown() && !v.IsNull() && v.As(&s) == nil && placeholder.MatchString(s) {
			return tftypes.NewValue(tftypes.String, tftypes.UnknownValue), nil
		}
		return v, nil
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return config
}

// now are the ids that the states hold.
func now(x *item, space kind.Space) string { return x.get(space.Attribute()) }

// coming are the ids that the plans hold.
func coming(x *item, space kind.Space) string {
	fields, err := wire.Fields(x.planned.planned)
	if err != nil {
		x.t.Fatal(err)
	}
	var s string
	if v := fields[space.Attribute()]; v.IsKnown() && !v.IsNull() {
		_ = v.As(&s)
	}
	return s
}

// plan refreshes and plans all, in one start of the provider, and returns which
// of them are to change.
func (e *estate) plan(width int) []*item {
	e.t.Helper()
	e.inOneStart(func() {
		e.walk(width, func(x *item) {
			if !x.state.IsNull() {
				if s := x.tryRead(); s != "" {
					e.t.Errorf("%s: refresh: %s", x.address(), s)
					return
				}
			}
			p, s := x.planIn(e.one, e.configured(x, coming))
			switch {
			case s != "":
				e.t.Errorf("%s: plan: %s", x.address(), s)
				return
			case p.replace:
				e.t.Errorf("%s is to be replaced", x.address())
			}
			x.planned, x.changes = p, !x.empty(p)
		})
	})
	var changed []*item
	for _, x := range e.items {
		if x.changes {
			changed = append(changed, x)
		}
	}
	return changed
}

// apply applies what was planned, in another start of the provider, and returns
// the errors.
func (e *estate) apply(width int) []string {
	e.t.Helper()
	e.inOneStart(func() {
		e.walk(width, func(x *item) {
			x.failed = ""
			for _, other := range x.needs {
				if other.failed != "" {
					x.failed = "it needs " + other.address()
					return
				}
			}
			if !x.changes {
				return
			}
			p, s := x.planIn(e.one, e.configured(x, now))
			if s != "" {
				x.failed = "plan in apply: " + s
				return
			}
			if s := conflict(x.planned.planned, p.planned); s != "" {
				e.t.Errorf("%s: the plan in apply is another one: %s", x.address(), s)
			}
			x.failed = x.applyIn(e.one, p)
		})
	})
	var failed []string
	for _, x := range e.items {
		if x.failed != "" {
			failed = append(failed, x.address()+": "+x.failed)
		}
	}
	return failed
}

// inOneStart lets all of do go through one start of the provider.
func (e *estate) inOneStart(do func()) {
	e.one = e.process()
	defer func() { e.one = nil }()
	do()
}

// conflict tells where a plan does not keep what an earlier one has promised.
func conflict(before, after tftypes.Value) string {
	diffs, err := before.Diff(after)
	if err != nil {
		return err.Error()
	}
	for _, d := range diffs {
		if d.Value1 != nil && d.Value1.IsFullyKnown() && !unknownElement(d.Path) {
			return d.String()
		}
	}
	return ""
}

// unknownElement tells whether a path leads into an element of a set that is not all known: what
// is known of it cannot be compared, because it becomes another element.
func unknownElement(path *tftypes.AttributePath) bool {
	for _, step := range path.Steps() {
		if element, inSet := step.(tftypes.ElementKeyValue); inSet && !tftypes.Value(element).IsFullyKnown() {
			return true
		}
	}
	return false
}

// holds returns what of the tenant is not as the code says, and what is there
// that nobody made.
func (e *estate) holds() []string {
	e.t.Helper()
	var wrong []string
	for _, x := range e.items {
		if x.kind.Life.Form == kind.Edge {
			continue // a plan that is empty says all about it
		}
		for _, s := range x.held(e.due(x)) {
			wrong = append(wrong, fmt.Sprintf("%s (%s): %s", x.address(), x.get("id"), s))
		}
	}
	return wrong
}
