package emulator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

const (
	defaultPage = 100
	maxPage     = 999
	maxExpand   = 20
)

// listing says how one collection may be queried.
type listing struct {
	typ         string // base type of the rows
	context     string // behind $metadata#
	rowTypes    bool   // rows carry @odata.type
	unpaged     bool   // all in one page unless $top is given
	noTop       bool
	filterable  []string // nil: every primitive property
	expandable  []string
	needsHeader bool // $count needs ConsistencyLevel: eventual
	relations   []string
	linked      bool // the rows are targets of a relation: only the index can filter them
	anyFilter   bool // every operator with every property
	beta        bool // asked for through /beta
}

// options are the query options of a request to a collection.
type options struct {
	selected []string
	top      int
	skip     int
	count    bool
	filter   filter
	search   filter
	advanced string // what needs an advanced query, "" if nothing does
	orderBy  string
	desc     bool
	expand   string
	expanded []string // $select inside $expand
}

var knownOptions = []string{"$select", "$top", "$skip", "$count", "$filter", "$orderby", "$expand", "$skiptoken", "$search", "$format"}

// options reads and checks the query of a request to a collection.
func (t *Tenant) options(c *call, l listing) (*options, *graphError) {
	for name := range c.query {
		if strings.HasPrefix(name, "$") && !slices.Contains(knownOptions, name) {
			return nil, badRequest("Query option '%s' is not supported.", name)
		}
	}
	l = t.asked(c, l)
	o := &options{top: defaultPage}
	if l.unpaged {
		o.top = maxPage
	}
	var gerr *graphError
	if o.selected, gerr = selection(c, l.typ); gerr != nil {
		return nil, gerr
	}
	for _, read := range []func(*call, listing) *graphError{o.pages, o.order, o.conditions, o.expansion} {
		if gerr := read(c, l); gerr != nil {
			return nil, gerr
		}
	}
	if o.advanced != "" && !(c.eventual() && o.count) {
		return nil, needsAdvanced(o.advanced)
	}
	return o, nil
}

// asked completes a listing with what depends on the request and on the tenant's rules.
func (t *Tenant) asked(c *call, l listing) listing {
	l.beta = c.beta()
	l.anyFilter = t.rules.anyPolicyFilter && (l.typ == "conditionalAccessPolicy" || l.typ == "namedLocation")
	return l
}

// needsAdvanced refuses a query that only the index can answer; see
// https://learn.microsoft.com/graph/aad-advanced-queries.
func needsAdvanced(operator string) *graphError {
	if operator == "ne" {
		return unsupported("Filter operator 'NotEqualsMatch' is not supported.")
	}
	return unsupported("Operator '%s' is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information", operator)
}

// pages reads $top, $skip and $count. Conditional Access can skip, the directory cannot.
func (o *options) pages(c *call, l listing) *graphError {
	if v := c.query.Get("$top"); c.query.Has("$top") {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return badRequest("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", v, maxPage)
		}
		if l.noTop {
			return badRequest("This resource does not support custom page sizes. Please retry without a page size argument.")
		}
		o.top = n
	}
	if v := c.query.Get("$skip"); c.query.Has("$skip") {
		n, err := strconv.Atoi(v)
		switch {
		case l.needsHeader:
			return badRequest("'$skip' is not supported by the service.")
		case err != nil || n < 0:
			return badRequest("Invalid value '%s' for $skip query option found.", v)
		}
		o.skip = n
	}
	switch v := c.query.Get("$count"); strings.ToLower(v) {
	case "", "false":
	case "true":
		o.count = !l.needsHeader || c.eventual()
	default:
		return badRequest("Invalid value '%s' for $count query option found.", v)
	}
	return nil
}

// conditions reads $filter and $search, which both must hold. $search takes the header
// of an advanced query and not its $count.
func (o *options) conditions(c *call, l listing) *graphError {
	if v := c.query.Get("$filter"); c.query.Has("$filter") {
		f, gerr := readFilter(v, l)
		if gerr != nil {
			return gerr
		}
		o.filter = f.test
		if f.advanced != "" {
			o.advanced = f.advanced
		} else if o.orderBy != "" && l.needsHeader {
			o.advanced = "orderby"
		}
	}
	if v := c.query.Get("$search"); c.query.Has("$search") {
		var gerr *graphError
		if o.search, gerr = readSearch(c, v, l); gerr != nil {
			return gerr
		}
		if o.advanced == "orderby" && c.eventual() {
			o.advanced = ""
		}
	}
	return nil
}

// order reads $orderby: one property. Groups and users sort by name without the
// advanced query header, every other property of the directory needs it.
func (o *options) order(c *call, l listing) *graphError {
	v := strings.TrimSpace(c.query.Get("$orderby"))
	if v == "" {
		return nil
	}
	property, direction, _ := strings.Cut(v, " ")
	direction = strings.ToLower(strings.TrimSpace(direction))
	if strings.Contains(v, ",") || direction != "" && direction != "asc" && direction != "desc" {
		return unsupported("Sorting by '%s' is not supported.", v)
	}
	p, known := propertyOf(l.typ, property, c.beta())
	if !known {
		return badQuery("Could not find a property named '%s' on type 'microsoft.graph.%s'.", property, l.typ)
	}
	if p.Kind != metadata.Primitive || p.Collection || l.needsHeader && !l.can(property, "orderby") {
		return unsupported("Sorting not supported for current query.")
	}
	o.orderBy, o.desc = property, direction == "desc"
	simple := property == "displayName" && (l.typ == "group" || l.typ == "user") || property == "userPrincipalName"
	if l.needsHeader && !simple {
		o.advanced = "orderby"
	}
	return nil
}

// relations are those that $expand names.
func (o *options) relations(l listing) []string {
	switch o.expand {
	case "":
		return nil
	case "*":
		return l.expandable
	}
	return []string{o.expand}
}

// expansion reads $expand=members or $expand=members($select=id,displayName): one
// relation, and not in an advanced query. Policies expand all that they have with *.
func (o *options) expansion(c *call, l listing) *graphError {
	v := strings.TrimSpace(c.query.Get("$expand"))
	if v == "" {
		return nil
	}
	name, inner, nested := strings.Cut(v, "(")
	outside := name
	if nested {
		end := strings.IndexByte(inner, ')')
		if end < 0 {
			return badQuery("Invalid $expand '%s'.", v)
		}
		outside += inner[end+1:]
		chosen, isSelect := strings.CutPrefix(inner[:end], "$select=")
		if !isSelect || strings.ContainsAny(chosen, ";(") {
			return unsupported("Expanding '%s' is not supported: only $select can stand inside.", v)
		}
		var gerr *graphError
		if o.expanded, gerr = c.chosenOf("directoryObject", chosen); gerr != nil {
			return gerr
		}
	}
	if strings.Contains(outside, ",") {
		return unsupported("Expanding '%s' is not supported: only one property can be expanded in a query.", v)
	}
	if name = strings.TrimSpace(name); outside != name {
		return badQuery("Invalid $expand '%s'.", v)
	}
	if name == "*" && !nested && !l.needsHeader && len(l.expandable) > 0 {
		o.expand = name
		return nil
	}
	if !slices.Contains(l.expandable, name) {
		if _, known := propertyOf(l.typ, name, c.beta()); !known {
			return badQuery("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, l.typ)
		}
		return unsupported("Expanding '%s' is not supported.", v)
	}
	if l.needsHeader && c.eventual() && (o.count || o.search != nil) {
		return unsupported("$expand cannot be combined with an advanced query.")
	}
	o.expand = name
	return nil
}

// selection reads $select; a property that the type does not have is an error.
func selection(c *call, typ string) ([]string, *graphError) {
	if !c.query.Has("$select") {
		return nil, nil
	}
	return c.chosenOf(typ, c.query.Get("$select"))
}

func (c *call) chosenOf(typ, text string) ([]string, *graphError) {
	names := splitList(text)
	for _, name := range names {
		if name == "*" {
			return nil, nil
		}
		if _, known := propertyOf(typ, name, c.beta()); !known && name != "id" && !c.future.selectable(typ, name) {
			return nil, badQuery("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, typ)
		}
	}
	return names, nil
}

func splitList(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// propertyOf finds a property that the version shows, for polymorphic and for abstract
// base types among the derived types too.
func propertyOf(typ, name string, beta bool) (metadata.Property, bool) {
	types := []string{typ}
	if typ == "directoryObject" || typ == "namedLocation" {
		for _, other := range metadata.Names() {
			if other != typ && metadata.IsA(other, typ) {
				types = append(types, other)
			}
		}
	}
	for _, n := range types {
		mt, known := metadata.Lookup(n)
		if !known {
			continue
		}
		if p, has := mt.Property(name); has && (beta || !p.Beta) {
			return p, true
		}
	}
	return metadata.Property{}, false
}
