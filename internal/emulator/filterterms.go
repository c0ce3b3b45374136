package emulator

import (
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// The single conditions of a $filter: what is compared, and with what.

// operand finds the property, or inside of any() the element or its part, that a name
// stands for, and refuses it where the operator cannot be used with it.
func (p *filterParser) operand(name token, operator string) (func(*object, any) any, metadata.Property) {
	if p.err != nil || name.kind != nameToken {
		p.syntax()
		return nil, metadata.Property{}
	}
	if first, rest, below := strings.Cut(name.text, "/"); p.variable != "" && first == p.variable {
		return p.elementPart(rest, below, operator)
	}
	property, known := p.listing.resolve(name.text)
	switch {
	case p.variable != "" || !known:
		p.fail(badQuery("Invalid filter clause: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name.text, p.listing.typ))
	case property.Collection || property.Kind == metadata.Navigation || property.Kind == metadata.Complex || !p.listing.can(name.text, operator):
		p.unsupported(name.text)
	case p.listing.needsIndex(name.text):
		p.needs(operator)
	}
	return func(o *object, _ any) any { return valueAt(o, name.text) }, property
}

func (p *filterParser) elementPart(rest string, below bool, operator string) (func(*object, any) any, metadata.Property) {
	property, known := p.element, true
	if below {
		property, known = follow(p.element, true, strings.Split(rest, "/"), p.listing.beta)
	}
	if !known || property.Collection || property.Kind == metadata.Complex || property.Kind == metadata.Navigation || !p.listing.can(p.inside, operator) {
		p.unsupported(p.inside)
	}
	return func(_ *object, item any) any {
		for part := rest; below; {
			name, more, again := strings.Cut(part, "/")
			b, _ := item.(body)
			item, part = b[name], more
			if !again {
				break
			}
		}
		return item
	}, property
}

func (p *filterParser) comparison(name string) condition {
	operator := p.next()
	op := strings.ToLower(operator.text)
	if operator.kind != nameToken || !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le", "in"}, op) {
		p.syntax()
		return never
	}
	get, property := p.operand(token{nameToken, name}, op)
	if op == "ne" {
		p.needs("ne")
	}
	if op == "in" {
		return p.in(get, property)
	}
	want := p.value(property)
	if p.err == nil && want == nil {
		p.null(name, op)
	}
	switch op {
	case "eq", "ne":
		return func(_ *Tenant, o *object, item any) bool { return equal(get(o, item), want) == (op == "eq") }
	}
	return func(_ *Tenant, o *object, item any) bool {
		order, comparable := compare(get(o, item), want)
		switch {
		case !comparable:
			return false
		case order < 0:
			return op == "lt" || op == "le"
		case order > 0:
			return op == "gt" || op == "ge"
		}
		return op == "le" || op == "ge"
	}
}

// null allows a comparison with null where the property's index knows of it.
func (p *filterParser) null(name, op string) {
	if p.variable != "" || op != "eq" && op != "ne" || !p.listing.can(name, "null") {
		p.unsupported(name)
	}
	p.needs(op + " null")
}

func (p *filterParser) value(property metadata.Property) any {
	if p.err != nil {
		return nil
	}
	t := p.next()
	v, fits := literal(property, t)
	if !fits {
		p.fail(badQuery("Invalid filter clause: A value of type 'Edm.%s' is expected where '%s' stands.", property.Type, t.text))
	}
	return v
}

func (p *filterParser) in(get func(*object, any) any, property metadata.Property) condition {
	var wants []any
	p.expect("(")
	for p.err == nil {
		wants = append(wants, p.value(property))
		if !p.sign(",") {
			break
		}
	}
	p.expect(")")
	p.limit(len(wants), "IN")
	return func(_ *Tenant, o *object, item any) bool {
		got := get(o, item)
		return slices.ContainsFunc(wants, func(w any) bool { return equal(got, w) })
	}
}

// any reads the rest of property/any(x:x eq 'value' and …).
func (p *filterParser) any(path string) condition {
	property, known := p.listing.resolve(path)
	if ops, all := p.listing.operators(path); !known || !property.Collection || property.Kind == metadata.Navigation || !all && len(ops) == 0 {
		p.unsupported(path)
	}
	if p.listing.needsIndex(path) {
		p.needs("any")
	}
	variable := p.next()
	p.expect(":")
	if variable.kind != nameToken || strings.ContainsAny(variable.text, "/.") {
		p.syntax()
	}
	property.Collection = false
	p.variable, p.element, p.inside = variable.text, property, path
	inner := p.or()
	p.variable = ""
	p.expect(")")
	return func(t *Tenant, o *object, _ any) bool {
		return slices.ContainsFunc(list(valueAt(o, path)), func(item any) bool { return inner(t, o, item) })
	}
}

// count reads the rest of owners/$count eq 0: of relations and collections, only none or
// one can be asked for.
func (p *filterParser) count(path string) condition {
	p.needs("$count")
	op, n := strings.ToLower(p.next().text), p.next()
	one := n.text == "1" && (p.listing.can(path, "count1"))
	if op != "eq" && op != "ne" || n.kind != numberToken || !one && (n.text != "0" || !p.listing.can(path, "count0") && !p.listing.can(path, "count1")) {
		p.unsupported(path)
		return never
	}
	want := int(n.text[0] - '0')
	property, known := p.listing.resolve(path)
	switch {
	case known && property.Kind == metadata.Navigation && slices.Contains(p.listing.relations, path):
		return func(t *Tenant, o *object, _ any) bool { return (len(t.related(o, path)) == want) == (op == "eq") }
	case known && property.Collection && property.Kind != metadata.Navigation:
		return func(_ *Tenant, o *object, _ any) bool {
			return (len(list(valueAt(o, path))) == want) == (op == "eq")
		}
	}
	p.unsupported(path)
	return never
}
