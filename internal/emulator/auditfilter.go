package emulator

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// $filter of the audit log, which has a grammar of its own: paths into initiatedBy, one
// lambda over targetResources, and for each property only the operators that Microsoft's
// page on directoryAudit lists. Everything else is refused. Names are compared to the
// letter, ids without regard to case. (The directory's filter.go tests objects, by the
// properties of their types.)

type auditFilter func(*auditRecord) bool

// maxAuditFilter bounds the depth of parentheses, too.
const maxAuditFilter = 8000

// auditField is a property that can be filtered by.
type auditField struct {
	path string
	ops  []string
	get  func(*auditRecord) string
}

func auditFields() []auditField {
	user := func(get func(*actingUser) string) func(*auditRecord) string {
		return func(r *auditRecord) string {
			if r.by.user == nil {
				return ""
			}
			return get(r.by.user)
		}
	}
	app := func(get func(actor) string) func(*auditRecord) string {
		return func(r *auditRecord) string {
			if r.by.user != nil {
				return ""
			}
			return get(r.by)
		}
	}
	return []auditField{
		{"activityDisplayName", []string{"eq", "startswith"}, func(r *auditRecord) string { return r.activity.name }},
		{"category", []string{"eq"}, func(r *auditRecord) string { return r.activity.category }},
		{"correlationId", []string{"eq"}, func(r *auditRecord) string { return r.correlation }},
		{"id", []string{"eq"}, func(r *auditRecord) string { return r.id }},
		{"loggedByService", []string{"eq"}, func(r *auditRecord) string { return r.activity.service }},
		{"initiatedBy/user/id", []string{"eq"}, user(func(u *actingUser) string { return u.id })},
		{"initiatedBy/user/displayName", []string{"eq"}, user(func(u *actingUser) string { return u.displayName })},
		{"initiatedBy/user/userPrincipalName", []string{"eq", "startswith"}, user(func(u *actingUser) string { return u.userPrincipalName })},
		{"initiatedBy/app/appId", []string{"eq"}, app(func(a actor) string { return a.appID })},
		{"initiatedBy/app/displayName", []string{"eq"}, app(func(a actor) string { return a.displayName })},
	}
}

// auditParser reads a filter by recursive descent.
type auditParser struct {
	tokens []string
	at     int
	failed bool
	fields []auditField
}

var auditToken = regexp.MustCompile(`'(?:[^']|'')*'|[A-Za-z][\w/]*|\d[\w.:+-]*|[(),:]`)

func parseAuditFilter(text string) (auditFilter, *graphError) {
	bad := auditBad("Invalid filter clause: '%s'.", text)
	if strings.TrimSpace(auditToken.ReplaceAllString(text, "")) != "" || len(text) > maxAuditFilter {
		return nil, bad
	}
	p := &auditParser{tokens: auditToken.FindAllString(text, -1), fields: auditFields()}
	f := p.either()
	if p.failed || p.at != len(p.tokens) {
		return nil, bad
	}
	return f, nil
}

func (p *auditParser) peek() string {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return ""
}

func (p *auditParser) next() string {
	s := p.peek()
	p.at++
	return s
}

func (p *auditParser) take(want string) bool {
	if !strings.EqualFold(p.peek(), want) {
		return false
	}
	p.at++
	return true
}

func (p *auditParser) expect(want string) {
	if !p.take(want) {
		p.failed = true
	}
}

func (p *auditParser) either() auditFilter {
	f := p.both()
	for p.take("or") {
		left, right := f, p.both()
		f = func(r *auditRecord) bool { return left(r) || right(r) }
	}
	return f
}

func (p *auditParser) both() auditFilter {
	f := p.clause()
	for p.take("and") {
		left, right := f, p.clause()
		f = func(r *auditRecord) bool { return left(r) && right(r) }
	}
	return f
}

func (p *auditParser) clause() auditFilter {
	none := func(*auditRecord) bool { return false }
	switch {
	case p.failed:
		return none
	case p.take("("):
		f := p.either()
		p.expect(")")
		return f
	case p.take("targetResources/any"):
		return p.targets()
	case p.peek() == "activityDateTime":
		return p.time()
	}
	path, op, want := p.comparison()
	at := slices.IndexFunc(p.fields, func(f auditField) bool { return f.path == path })
	if p.failed || at < 0 || !slices.Contains(p.fields[at].ops, op) {
		p.failed = true
		return none
	}
	get := p.fields[at].get
	matches := matcher(path, op, want)
	return func(r *auditRecord) bool { return matches(get(r)) }
}

// comparison reads `path op 'text'` or `startswith(path,'text')`.
func (p *auditParser) comparison() (path, op, want string) {
	if p.take("startswith") {
		p.expect("(")
		path, op = p.next(), "startswith"
		p.expect(",")
		want = p.text()
		p.expect(")")
		return path, op, want
	}
	path, op = p.next(), strings.ToLower(p.next())
	return path, op, p.text()
}

func (p *auditParser) text() string {
	s, quoted := unquote(p.next())
	if !quoted {
		p.failed = true
	}
	return s
}

func matcher(path, op, want string) func(string) bool {
	isID := strings.HasSuffix(strings.ToLower(path), "id")
	return func(got string) bool {
		switch {
		case op == "startswith":
			return strings.HasPrefix(got, want)
		case isID:
			return strings.EqualFold(got, want)
		}
		return got == want
	}
}

// targets reads the lambda over targetResources: one comparison of its id or name.
func (p *auditParser) targets() auditFilter {
	p.expect("(")
	variable := p.next()
	p.expect(":")
	path, op, want := p.comparison()
	p.expect(")")
	field, of := strings.CutPrefix(path, variable+"/")
	if !of || field != "displayName" && (field != "id" || op != "eq") || op != "eq" && op != "startswith" {
		p.failed = true
	}
	matches := matcher(path, op, want)
	return func(r *auditRecord) bool {
		return slices.ContainsFunc(r.targets, func(t auditTarget) bool {
			if field == "id" {
				return matches(t.id)
			}
			return matches(t.name)
		})
	}
}

// time reads `activityDateTime ge 2026-11-01T00:00:00Z`.
func (p *auditParser) time() auditFilter {
	p.next()
	op := strings.ToLower(p.next())
	at, err := time.Parse(time.RFC3339Nano, strings.ToUpper(p.next()))
	if err != nil || op != "eq" && op != "ge" && op != "le" {
		p.failed = true
	}
	return func(r *auditRecord) bool {
		return op == "eq" && r.at.Equal(at) || op == "ge" && !r.at.Before(at) || op == "le" && !r.at.After(at)
	}
}
