package emulator

import (
	"regexp"
	"slices"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// filter tells whether an object passes a $filter.
type filter func(*Tenant, *object) bool

// condition is a part of a filter; item is the element at hand inside of any().
type condition func(t *Tenant, o *object, item any) bool

const (
	maxTerms = 15  // of one "in", or joined by "or" at one place
	maxDepth = 100 // of parentheses
)

// parsedFilter is a filter that was read.
type parsedFilter struct {
	test filter
	// advanced is what needs an advanced query, "" if nothing does.
	advanced string
}

// filterParser reads OData's filter language as far as directory objects have it:
// comparisons, in, startsWith, endsWith, any, $count, isof, not, and, or. What is not
// documented for a property is refused, never ignored.
type filterParser struct {
	tokens   []token
	at       int
	depth    int
	listing  listing
	text     string
	advanced string
	err      *graphError // the first
	variable string      // of the any() that is being read
	element  metadata.Property
	inside   string // the collection that any() stands behind
}

// oneID is the filter that clients look for one member or owner with; it needs no index.
var oneID = regexp.MustCompile(`(?i)^\s*id\s+eq\s+'[^']*'\s*$`)

// readFilter reads a $filter for a collection.
func readFilter(text string, l listing) (*parsedFilter, *graphError) {
	tokens, bad := lex(text)
	if bad != "" {
		return nil, badQuery("Invalid filter clause: There is an unsupported character or an unterminated string literal in '%s'.", text)
	}
	p := &filterParser{tokens: tokens, listing: l, text: text}
	test := p.or()
	if p.err == nil && p.at < len(p.tokens) {
		p.syntax()
	}
	if p.err != nil {
		return nil, p.err
	}
	if !l.needsHeader {
		p.advanced = ""
	} else if l.linked && p.advanced == "" && !oneID.MatchString(text) {
		p.advanced = "filter" // of members and the like: none is in the default store
	}
	return &parsedFilter{func(t *Tenant, o *object) bool { return test(t, o, nil) }, p.advanced}, nil
}

func (p *filterParser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{}
}

func (p *filterParser) next() token {
	t := p.peek()
	p.at++
	return t
}

// keyword takes the word if it comes next, a function's only in front of a parenthesis.
func (p *filterParser) keyword(word string) bool {
	if t := p.peek(); t.kind != nameToken || !strings.EqualFold(t.text, word) {
		return false
	}
	p.at++
	return true
}

func (p *filterParser) function(name string) bool {
	if p.at+1 >= len(p.tokens) || p.tokens[p.at+1] != (token{signToken, "("}) || !p.keyword(name) {
		return false
	}
	p.at++
	return true
}

func (p *filterParser) sign(s string) bool {
	if p.peek() != (token{signToken, s}) {
		return false
	}
	p.at++
	return true
}

func (p *filterParser) expect(s string) {
	if !p.sign(s) {
		p.syntax()
	}
}

func (p *filterParser) fail(e *graphError) {
	if p.err == nil {
		p.err = e
	}
}

func (p *filterParser) syntax() {
	p.fail(badQuery("Invalid filter clause: Syntax error in '%s'.", p.text))
}

// unsupported refuses what the property's index cannot answer.
func (p *filterParser) unsupported(path string) {
	p.fail(unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", path, title(p.listing.typ)))
}

// needs notes that an operator takes an advanced query.
func (p *filterParser) needs(operator string) {
	if p.advanced == "" {
		p.advanced = operator
	}
}

func never(*Tenant, *object, any) bool { return false }

func (p *filterParser) or() condition {
	if p.depth++; p.depth > maxDepth {
		p.fail(badQuery("Invalid filter clause: The filter is nested too deeply."))
	}
	defer func() { p.depth-- }()
	terms := []condition{p.and()}
	for p.err == nil && p.keyword("or") {
		terms = append(terms, p.and())
	}
	p.limit(len(terms), "OR")
	return func(t *Tenant, o *object, item any) bool {
		return slices.ContainsFunc(terms, func(c condition) bool { return c(t, o, item) })
	}
}

func (p *filterParser) and() condition {
	terms := []condition{p.term()}
	for p.err == nil && p.keyword("and") {
		terms = append(terms, p.term())
	}
	return func(t *Tenant, o *object, item any) bool {
		return !slices.ContainsFunc(terms, func(c condition) bool { return !c(t, o, item) })
	}
}

func (p *filterParser) limit(n int, operator string) {
	if n > maxTerms {
		p.fail(unsupported("Too many child clauses specified in search filter expression containing '%s' operators: %d. Max allowed: %d.", operator, n, maxTerms))
	}
}

func (p *filterParser) term() condition {
	switch {
	case p.err != nil:
		return never
	case p.function("not"):
		p.at-- // the parenthesis belongs to what is negated
		return p.not()
	case p.keyword("not"):
		return p.not()
	case p.sign("("):
		inner := p.or()
		p.expect(")")
		return inner
	case p.function("isof"):
		return p.isOf()
	case p.function("startswith"):
		return p.affix("startsWith", strings.HasPrefix)
	case p.function("endswith"):
		return p.affix("endsWith", strings.HasSuffix)
	case p.function("contains"):
		return p.affix("contains", strings.Contains)
	}
	t := p.next()
	switch {
	case t.kind != nameToken:
		p.syntax()
		return never
	case p.variable == "" && hasSuffixFold(t.text, "/any") && p.sign("("):
		return p.any(t.text[:len(t.text)-len("/any")])
	case p.variable == "" && strings.HasSuffix(t.text, "/$count"):
		return p.count(strings.TrimSuffix(t.text, "/$count"))
	case p.peek() == token{signToken, "("}:
		p.fail(badQuery("Invalid filter clause: An unknown function with name '%s' was found.", t.text))
		return never
	}
	return p.comparison(t.text)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) > len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// not negates a parenthesis or a function; in front of a bare comparison it would
// negate the property alone.
func (p *filterParser) not() condition {
	p.needs("not")
	start := p.at
	inner := p.term()
	for _, t := range p.tokens[min(start, len(p.tokens)):min(p.at, len(p.tokens))] {
		if t.kind == nameToken && !p.allowed(t.text, "not") {
			p.unsupported(t.text)
		}
	}
	if p.err == nil && p.tokens[p.at-1] != (token{signToken, ")"}) {
		p.syntax()
	}
	return func(t *Tenant, o *object, item any) bool { return !inner(t, o, item) }
}

// allowed tells whether a word is no property, or one that the operator can be used with.
func (p *filterParser) allowed(word, operator string) bool {
	name, _, _ := strings.Cut(word, "/")
	if _, known := propertyOf(p.listing.typ, name, true); !known || name == p.variable {
		return true
	}
	if operator == "not" && p.listing.can(name, "ne") {
		return true // whatever can be compared with ne can be negated
	}
	return p.listing.can(name, operator) || strings.HasSuffix(word, "/$count")
}

func (p *filterParser) isOf() condition {
	t := p.next()
	p.expect(")")
	name := strings.TrimPrefix(strings.TrimPrefix(t.text, "#"), castPrefix)
	if t.kind != textToken || !p.listing.polymorphic() || !metadata.IsA(name, p.listing.typ) {
		p.fail(badQuery("Invalid filter clause: The type '%s' cannot be tested for here.", t.text))
	}
	return func(_ *Tenant, o *object, _ any) bool { return metadata.IsA(o.typ, name) }
}

// affix reads the rest of startsWith(property,'text').
func (p *filterParser) affix(operator string, has func(s, affix string) bool) condition {
	name := p.next()
	p.expect(",")
	want := p.next()
	p.expect(")")
	get, property := p.operand(name, operator)
	if p.err == nil && (want.kind != textToken || property.Kind != metadata.Primitive || property.Type != "String") {
		p.syntax()
	}
	if operator == "endsWith" {
		p.needs(operator)
	}
	affix := strings.ToLower(want.text)
	return func(_ *Tenant, o *object, item any) bool {
		s, isText := get(o, item).(string)
		return isText && has(strings.ToLower(s), affix)
	}
}
