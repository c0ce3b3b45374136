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
	"time"
)

// page answers a request to a collection with one page of objects.
func (t *Tenant) page(c *call, l listing, objects []*object) (*reply, *graphError) {
	o, gerr := t.options(c, l)
	if gerr != nil {
		return nil, gerr
	}
	for _, test := range []filter{o.filter, o.search} {
		if test != nil {
			objects = slices.DeleteFunc(slices.Clone(objects), func(x *object) bool { return !test(t, x) })
		}
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
	objects = objects[min(o.skip, len(objects)):]
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
		for _, relation := range o.relations(l) {
			t.expandInto(row, c, x, relation, o.expanded)
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
	query.Del("$skip") // done
	token := base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(t.now().Unix(), 36) + " " + after))
	query.Set("$skiptoken", t.sign(c, token)+"."+token)
	return c.base + c.path + "?" + strings.ReplaceAll(query.Encode(), "%24", "$")
}

func (t *Tenant) openToken(c *call) (string, bool) {
	signature, token, cut := strings.Cut(c.query.Get("$skiptoken"), ".")
	if !cut || !hmac.Equal([]byte(signature), []byte(t.sign(c, token))) {
		return "", false
	}
	text, _ := base64.RawURLEncoding.DecodeString(token)
	issued, after, _ := strings.Cut(string(text), " ")
	at, err := strconv.ParseInt(issued, 36, 64)
	return after, err == nil && t.now().Sub(time.Unix(at, 0)) < t.rules.pageTokenLife
}

// sign binds a token to the query that it was made for.
func (t *Tenant) sign(c *call, token string) string {
	query := url.Values{}
	for k, v := range c.query {
		if k != "$skiptoken" && k != "$skip" {
			query[k] = v
		}
	}
	h := hmac.New(sha256.New, t.secret)
	h.Write([]byte(c.version + strings.ToLower(c.path) + "?" + query.Encode() + "#" + token))
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// tally answers a $count segment, which directory objects only give to an advanced
// query. Only what narrows the collection may stand beside it.
func (t *Tenant) tally(c *call, l listing, objects []*object) (*reply, *graphError) {
	for name := range c.query {
		if strings.HasPrefix(name, "$") && name != "$filter" && name != "$search" {
			return nil, badRequest("Query option '%s' cannot be used with a $count segment.", name)
		}
	}
	if l.needsHeader && !c.eventual() {
		return nil, badRequest("$count is not currently supported.")
	}
	o := &options{}
	if gerr := o.conditions(c, t.asked(c, l)); gerr != nil {
		return nil, gerr
	}
	n := 0
	for _, x := range objects {
		if (o.filter == nil || o.filter(t, x)) && (o.search == nil || o.search(t, x)) {
			n++
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
