package emulator

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
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
}

// options are the query options of a request to a collection.
type options struct {
	selected []string
	top      int
	count    bool
	filter   filter
	advanced bool
	orderBy  string
	desc     bool
	expand   string
	expanded []string // $select inside $expand
}

var knownOptions = []string{"$select", "$top", "$count", "$filter", "$orderby", "$expand", "$skiptoken", "$search", "$format"}

// options reads and checks the query of a request to a collection.
func (t *Tenant) options(c *call, l listing) (*options, *graphError) {
	for name := range c.query {
		if strings.HasPrefix(name, "$") && !slices.Contains(knownOptions, name) {
			return nil, badRequest("Query option '%s' is not supported.", name)
		}
	}
	if c.query.Has("$search") {
		return nil, unsupported("Request with $search query parameter is not answered by this emulator.")
	}
	o := &options{top: defaultPage}
	if l.unpaged {
		o.top = maxPage
	}
	var gerr *graphError
	if o.selected, gerr = selection(c, l.typ); gerr != nil {
		return nil, gerr
	}
	if v := c.query.Get("$top"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxPage {
			return nil, badRequest("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", v, maxPage)
		}
		if l.noTop {
			return nil, badRequest("This resource does not support custom page sizes. Please retry without a page size argument.")
		}
		o.top = n
	}
	switch v := c.query.Get("$count"); v {
	case "", "false":
	case "true":
		o.count = !l.needsHeader || c.eventual()
	default:
		return nil, badRequest("Invalid value '%s' for $count query option found.", v)
	}
	if gerr := o.order(c, l); gerr != nil {
		return nil, gerr
	}
	if gerr := o.expansion(c, l); gerr != nil {
		return nil, gerr
	}
	if v := c.query.Get("$filter"); v != "" {
		f, advanced, gerr := parseFilter(v, l)
		if gerr != nil {
			return nil, gerr
		}
		o.filter, o.advanced = f, o.advanced || advanced || o.orderBy != "" && l.needsHeader
	}
	if o.advanced && !(c.eventual() && o.count) {
		return nil, unsupported("This query needs the header 'ConsistencyLevel: eventual' and $count=true.")
	}
	return o, nil
}

// order reads $orderby. Groups and users sort by name without the advanced query
// header, everything else needs it.
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
	if !known || p.Kind != metadata.Primitive || p.Collection {
		return unsupported("Sorting not supported for current query.")
	}
	o.orderBy, o.desc = property, direction == "desc"
	simple := property == "displayName" && (l.typ == "group" || l.typ == "user") || property == "userPrincipalName"
	o.advanced = l.needsHeader && !simple
	return nil
}

// expansion reads $expand=members or $expand=members($select=id,displayName).
func (o *options) expansion(c *call, l listing) *graphError {
	v := strings.TrimSpace(c.query.Get("$expand"))
	if v == "" {
		return nil
	}
	name, inner, nested := strings.Cut(v, "(")
	if nested {
		list, isSelect := strings.CutPrefix(strings.TrimSuffix(inner, ")"), "$select=")
		if !isSelect || !strings.HasSuffix(inner, ")") {
			return badRequest("Invalid $expand '%s'.", v)
		}
		o.expanded = splitList(list)
	}
	if !slices.Contains(l.expandable, name) {
		if _, known := propertyOf(l.typ, name, c.beta()); !known {
			return badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, l.typ)
		}
		return unsupported("Expanding '%s' is not supported.", v)
	}
	if c.eventual() && o.count {
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
	names := splitList(c.query.Get("$select"))
	for _, name := range names {
		if name == "*" {
			return nil, nil
		}
		if _, known := propertyOf(typ, name, c.beta()); !known && name != "id" {
			return nil, badRequest("Parsing OData Select and Expand failed: Could not find a property named '%s' on type 'microsoft.graph.%s'.", name, typ)
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

// page answers a request to a collection with one page of objects.
func (t *Tenant) page(c *call, l listing, objects []*object) (*reply, *graphError) {
	o, gerr := t.options(c, l)
	if gerr != nil {
		return nil, gerr
	}
	if o.filter != nil {
		objects = slices.DeleteFunc(slices.Clone(objects), func(x *object) bool { return !o.filter(t, x) })
	}
	total := len(objects)
	key := func(x *object) string { return strings.ToLower(x.id) }
	if o.orderBy != "" {
		key = func(x *object) string {
			return strings.ToLower(textOf(valueOf(x, o.orderBy))) + "\x00" + strings.ToLower(x.id)
		}
		objects = slices.Clone(objects)
		slices.SortStableFunc(objects, func(a, b *object) int {
			if o.desc {
				a, b = b, a
			}
			return cmp.Compare(key(a), key(b))
		})
	}
	if objects, gerr = t.skip(c, o, objects, key); gerr != nil {
		return nil, gerr
	}
	out := body{}
	if len(objects) > o.top {
		out["@odata.nextLink"] = t.nextLink(c, key(objects[o.top-1]))
		objects = objects[:o.top]
	}
	rows := make([]any, 0, len(objects))
	for _, x := range objects {
		row := t.render(c, x, o.selected)
		if l.rowTypes {
			row["@odata.type"] = "#microsoft.graph." + x.typ
		}
		if o.expand != "" {
			row[o.expand] = t.expand(c, x, o.expand, o.expanded)
		}
		rows = append(rows, row)
	}
	context := l.context
	if len(o.selected) > 0 {
		context += "(" + strings.Join(o.selected, ",") + ")"
	}
	out["@odata.context"] = c.context(context)
	out["value"] = rows
	if o.count {
		out["@odata.count"] = total
	}
	return ok(out), nil
}

// skip drops what stands before the place that $skiptoken names.
func (t *Tenant) skip(c *call, o *options, objects []*object, key func(*object) string) ([]*object, *graphError) {
	if !c.query.Has("$skiptoken") {
		return objects, nil
	}
	after, valid := t.openToken(c)
	if !valid {
		return nil, &graphError{Status: 400, Code: "Directory_ExpiredPageToken", Message: "The specified page token value has expired and can no longer be included in your request."}
	}
	return slices.DeleteFunc(slices.Clone(objects), func(x *object) bool {
		if o.desc {
			return key(x) >= after
		}
		return key(x) <= after
	}), nil
}

// nextLink is the request's own address with a token behind which the next page starts.
func (t *Tenant) nextLink(c *call, after string) string {
	query := url.Values{}
	for k, v := range c.query {
		query[k] = v
	}
	token := base64.RawURLEncoding.EncodeToString([]byte(after))
	query.Set("$skiptoken", t.sign(c, token)+"."+token)
	return c.base + c.path + "?" + strings.ReplaceAll(query.Encode(), "%24", "$")
}

func (t *Tenant) openToken(c *call) (string, bool) {
	signature, token, cut := strings.Cut(c.query.Get("$skiptoken"), ".")
	if !cut || !hmac.Equal([]byte(signature), []byte(t.sign(c, token))) {
		return "", false
	}
	after, err := base64.RawURLEncoding.DecodeString(token)
	return string(after), err == nil
}

// sign binds a token to the query that it was made for.
func (t *Tenant) sign(c *call, token string) string {
	query := url.Values{}
	for k, v := range c.query {
		if k != "$skiptoken" {
			query[k] = v
		}
	}
	h := hmac.New(sha256.New, t.secret)
	h.Write([]byte(c.version + strings.ToLower(c.path) + "?" + query.Encode() + "#" + token))
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// tally answers a $count segment, which directory objects only give to an advanced query.
func (t *Tenant) tally(c *call, l listing, objects []*object) (*reply, *graphError) {
	if l.needsHeader && !c.eventual() {
		return nil, badRequest("$count is not currently supported.")
	}
	n := len(objects)
	if v := c.query.Get("$filter"); v != "" {
		f, _, gerr := parseFilter(v, l)
		if gerr != nil {
			return nil, gerr
		}
		n = 0
		for _, x := range objects {
			if f(t, x) {
				n++
			}
		}
	}
	return &reply{status: 200, body: strconv.Itoa(n)}, nil
}

// textOf writes a primitive value for comparing.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	return ""
}
