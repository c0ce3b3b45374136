package emulator

import (
	"strings"
	"unicode"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// $search on directory objects: "property:text", joined by AND and OR; see
// https://learn.microsoft.com/graph/search-query-parameter. Names and descriptions are
// searched word by word, everything else by how it starts.

// searchParser reads the expression.
type searchParser struct {
	text    string
	depth   int
	listing listing
	err     *graphError
}

func readSearch(c *call, text string, l listing) (filter, *graphError) {
	if !l.needsHeader {
		return nil, unsupported("$search is not supported for '%s'.", l.typ)
	}
	if !c.eventual() {
		return nil, unsupported("Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'")
	}
	p := &searchParser{text: text, listing: l}
	f := p.or()
	if p.skipSpace(); p.text != "" {
		p.fail(text)
	}
	return f, p.err
}

func (p *searchParser) fail(at string) {
	if p.err == nil {
		p.err = badQuery("Syntax error in $search at '%s': clauses of the form \"property:text\" in double quotes, joined by AND or OR, are expected.", at)
	}
}

func (p *searchParser) skipSpace() { p.text = strings.TrimLeft(p.text, " ") }

func (p *searchParser) take(word string) bool {
	p.skipSpace()
	rest, found := strings.CutPrefix(p.text, word)
	if found {
		p.text = rest
	}
	return found && p.err == nil
}

func (p *searchParser) or() filter {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.text)
	}
	defer func() { p.depth-- }()
	f := p.and()
	for p.take("OR") {
		left, right := f, p.and()
		f = func(t *Tenant, o *object) bool { return left(t, o) || right(t, o) }
	}
	return f
}

func (p *searchParser) and() filter {
	f := p.clause()
	for p.take("AND") {
		left, right := f, p.clause()
		f = func(t *Tenant, o *object) bool { return left(t, o) && right(t, o) }
	}
	return f
}

func (p *searchParser) clause() filter {
	none := func(*Tenant, *object) bool { return false }
	if p.err != nil {
		return none
	}
	if p.take("(") {
		f := p.or()
		if !p.take(")") {
			p.fail(p.text)
		}
		return f
	}
	if !p.take(`"`) {
		p.fail(p.text)
		return none
	}
	property, want, found := strings.Cut(p.quoted(), ":")
	if !found || want == "" {
		p.fail(property)
		return none
	}
	ops, _ := p.listing.operators(property)
	known, has := propertyOf(p.listing.typ, property, p.listing.beta)
	if !has || len(ops) == 0 || known.Type != "String" || known.Kind != metadata.Primitive {
		if p.err == nil {
			p.err = unsupported("Unsupported or invalid search clause specified for property '%s' of resource '%s'.", property, title(p.listing.typ))
		}
		return none
	}
	if property != "displayName" && property != "description" {
		want = strings.ToLower(want)
		return func(_ *Tenant, o *object) bool {
			for _, v := range append(list(o.body[property]), o.body[property]) {
				if s, isText := v.(string); isText && strings.HasPrefix(strings.ToLower(s), want) {
					return true
				}
			}
			return false
		}
	}
	wanted := words(want)
	return func(_ *Tenant, o *object) bool { return len(wanted) > 0 && hasWords(joined(o.text(property)), wanted) }
}

// quoted reads up to the closing quote; a backslash stands before a quote or a backslash.
func (p *searchParser) quoted() string {
	var out strings.Builder
	for i := 0; i < len(p.text); i++ {
		switch ch := p.text[i]; {
		case ch == '"':
			p.text = p.text[i+1:]
			return out.String()
		case ch == '\\' && i+1 < len(p.text):
			i++
			out.WriteByte(p.text[i])
		default:
			out.WriteByte(ch)
		}
	}
	p.fail(p.text)
	p.text = ""
	return out.String()
}

// words cuts text at spaces, symbols, between letters and digits and where a capital
// follows a small letter.
func words(text string) []string {
	var out []string
	for _, field := range strings.Fields(text) {
		out = append(out, fieldWords(field)...)
	}
	return out
}

// joined adds to the words of a text those that symbols alone separate, as one: a search
// for helloworld finds hello-world.
func joined(text string) []string {
	out := words(text)
	for _, field := range strings.Fields(text) {
		letters := strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, field)
		if letters != field {
			out = append(out, strings.ToLower(letters))
		}
	}
	return out
}

func fieldWords(field string) []string {
	var out []string
	var word strings.Builder
	last := rune(0)
	flush := func() {
		if word.Len() > 0 {
			out = append(out, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	for _, r := range field {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			last = 0
			continue
		case unicode.IsLower(last) && unicode.IsUpper(r), last != 0 && unicode.IsDigit(last) != unicode.IsDigit(r):
			flush()
		}
		word.WriteRune(r)
		last = r
	}
	flush()
	return out
}

// hasWords tells whether each word that is wanted is the beginning of one that is there.
func hasWords(there, wanted []string) bool {
	for _, w := range wanted {
		found := false
		for _, t := range there {
			found = found || strings.HasPrefix(t, w)
		}
		if !found {
			return false
		}
	}
	return true
}
