package emulator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// filter tells whether an object passes a $filter.
type filter func(*Tenant, *object) bool

var filterToken = regexp.MustCompile(`'(?:[^']|'')*'|[A-Za-z_#@][\w./]*|[\d][\w.:+-]*|[(),:]|-\d+`)

// filterParser reads the part of OData's filter language that is documented for these
// objects: eq, ne, not, in, ge, le, startswith, endswith, any, isof, and, or. Everything
// else is refused, never ignored.
type filterParser struct {
	tokens   []string
	at       int
	listing  listing
	advanced bool
	failed   bool
}

// parseFilter also tells whether the filter needs an advanced query.
func parseFilter(text string, l listing) (filter, bool, *graphError) {
	if strings.TrimSpace(filterToken.ReplaceAllString(text, "")) != "" {
		return nil, false, badRequest("Invalid filter clause: There is an unsupported character in '%s'.", text)
	}
	p := &filterParser{tokens: filterToken.FindAllString(text, -1), listing: l}
	f := p.or()
	if p.failed || p.at != len(p.tokens) {
		return nil, false, unsupported("Unsupported or invalid query filter clause specified: '%s'.", text)
	}
	return f, p.advanced && l.needsHeader, nil
}

func (p *filterParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *filterParser) next() string {
	s := p.peek()
	p.at++
	return s
}

func (p *filterParser) take(want string) bool {
	if strings.EqualFold(p.peek(), want) {
		p.at++
		return true
	}
	return false
}

func (p *filterParser) expect(want string) {
	if !p.take(want) {
		p.failed = true
	}
}

func (p *filterParser) or() filter {
	f := p.and()
	for p.take("or") {
		left, right := f, p.and()
		f = func(t *Tenant, o *object) bool { return left(t, o) || right(t, o) }
	}
	return f
}

func (p *filterParser) and() filter {
	f := p.term()
	for p.take("and") {
		left, right := f, p.term()
		f = func(t *Tenant, o *object) bool { return left(t, o) && right(t, o) }
	}
	return f
}

func (p *filterParser) term() filter {
	if p.failed {
		return func(*Tenant, *object) bool { return false }
	}
	switch {
	case p.take("not"):
		p.advanced = true
		inner := p.term()
		return func(t *Tenant, o *object) bool { return !inner(t, o) }
	case p.take("("):
		inner := p.or()
		p.expect(")")
		return inner
	case p.take("isof"):
		p.expect("(")
		name, _ := unquote(p.next())
		p.expect(")")
		name = strings.TrimPrefix(strings.TrimPrefix(name, "#"), castPrefix)
		return func(_ *Tenant, o *object) bool { return metadata.IsA(o.typ, name) }
	case p.take("startswith"):
		return p.affix(strings.HasPrefix)
	case p.take("endswith"):
		p.advanced = true
		return p.affix(strings.HasSuffix)
	}
	return p.comparison()
}

func (p *filterParser) affix(has func(s, affix string) bool) filter {
	p.expect("(")
	property := p.property()
	p.expect(",")
	want := p.literal()
	p.expect(")")
	return func(_ *Tenant, o *object) bool {
		s, isText := valueOf(o, property).(string)
		w, _ := want.(string)
		return isText && has(strings.ToLower(s), strings.ToLower(w))
	}
}

func (p *filterParser) comparison() filter {
	if name, isAny := strings.CutSuffix(p.peek(), "/any"); isAny {
		p.tokens[p.at] = name
		return p.any()
	}
	property := p.property()
	switch op := strings.ToLower(p.next()); op {
	case "eq", "ne":
		want := p.literal()
		if op == "ne" {
			p.advanced = true
		}
		return func(_ *Tenant, o *object) bool { return same(valueOf(o, property), want) == (op == "eq") }
	case "ge", "le":
		want := textOf(p.literal())
		return func(_ *Tenant, o *object) bool {
			got := textOf(valueOf(o, property))
			return got != "" && (op == "ge" && got >= want || op == "le" && got <= want)
		}
	case "in":
		wants := p.list()
		return func(_ *Tenant, o *object) bool {
			return slices.ContainsFunc(wants, func(w any) bool { return same(valueOf(o, property), w) })
		}
	}
	p.failed = true
	return nil
}

// any reads property/any(x:x eq 'value') behind the property's name.
func (p *filterParser) any() filter {
	property := p.property()
	p.expect("(")
	variable := p.next()
	p.expect(":")
	if p.next() != variable {
		p.failed = true
	}
	p.expect("eq")
	want := p.literal()
	p.expect(")")
	return func(_ *Tenant, o *object) bool {
		list, _ := valueOf(o, property).([]any)
		return slices.ContainsFunc(list, func(v any) bool { return same(v, want) })
	}
}

func (p *filterParser) list() []any {
	var out []any
	p.expect("(")
	for !p.failed {
		out = append(out, p.literal())
		if !p.take(",") {
			break
		}
	}
	p.expect(")")
	if len(out) > 15 {
		p.failed = true
	}
	return out
}

func (p *filterParser) property() string {
	name := p.next()
	known, has := propertyOf(p.listing.typ, name, true)
	if name != "id" && (!has || known.Kind == metadata.Complex || known.Kind == metadata.Navigation) {
		p.failed = true
	}
	if p.listing.filterable != nil && !slices.Contains(p.listing.filterable, name) {
		p.failed = true
	}
	return name
}

// literal reads a quoted text, true, false, null, a number or a date.
func (p *filterParser) literal() any {
	s := p.next()
	if text, quoted := unquote(s); quoted {
		return text
	}
	switch s {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	case "", "(", ")", ",", ":":
		p.failed = true
		return nil
	}
	if s[0] >= '0' && s[0] <= '9' || s[0] == '-' {
		return s
	}
	p.failed = true
	return nil
}

// valueOf reads a property of an object, its id included.
func valueOf(o *object, property string) any {
	switch property {
	case "id":
		return o.id
	case "deletedDateTime":
		if o.live() {
			return nil
		}
		return timestamp(o.deleted)
	}
	return o.body[property]
}

// same compares as the directory does: text without regard to case, and a flag that was
// never set is null.
func same(got, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	if g, isText := got.(string); isText {
		w, also := want.(string)
		return also && strings.EqualFold(g, w)
	}
	return textOf(got) == textOf(want)
}
