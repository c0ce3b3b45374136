package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// GET /auditLogs/directoryAudits: the newest record first, up to 1000 on a page.
// https://learn.microsoft.com/graph/api/directoryaudit-list

const maxAuditPage = 1000

// auditOptions are the query options of the log. $select is not on Microsoft's page, but
// clients send it.
var auditOptions = []string{"$filter", "$top", "$orderby", "$skiptoken", "$select", "$format"}

func auditRoutes(add func(method, pattern string, run handler)) {
	add("GET", "/auditLogs/directoryAudits", listAudits)
	add("GET", "/auditLogs/directoryAudits/{id}", readAudit)
}

// readable tells whether a record can be read by now: it has appeared, and its time has
// not come.
func (t *Tenant) readable(r *auditRecord) bool {
	now := t.now()
	return !r.at.Add(t.auditLag()).After(now) && !r.at.Before(now.Add(-t.rules.auditRetention))
}

// auditLag is how long a record takes to appear.
func (t *Tenant) auditLag() time.Duration { return t.rules.auditLag }

func listAudits(t *Tenant, c *call) (*reply, *graphError) {
	top, keep, gerr := auditQuery(c)
	if gerr != nil {
		return nil, gerr
	}
	before := t.audits.seq + 1
	if c.query.Has("$skiptoken") {
		token, valid := t.openToken(c)
		if before, _ = strconv.Atoi(token); !valid || before == 0 {
			return nil, &graphError{Status: 400, Code: "Directory_ExpiredPageToken", Message: "The specified page token value has expired and can no longer be included in your request."}
		}
	}
	out, rows := body{"@odata.context": c.context("auditLogs/directoryAudits")}, []any{}
	last := 0
	for _, r := range slices.Backward(t.audits.records) {
		if r.seq >= before || !t.readable(r) || !keep(r) {
			continue
		}
		if len(rows) == top {
			out["@odata.nextLink"] = t.nextLink(c, strconv.Itoa(last))
			break
		}
		rows, last = append(rows, c.picked(r.body())), r.seq
	}
	out["value"] = rows
	return ok(out), nil
}

// auditQuery reads the options of a request for a page.
func auditQuery(c *call) (top int, keep auditFilter, gerr *graphError) {
	for name := range c.query {
		if strings.HasPrefix(name, "$") && !slices.Contains(auditOptions, name) {
			return 0, nil, auditBad("Query option '%s' is not supported.", name)
		}
	}
	top = maxAuditPage
	if v := c.query.Get("$top"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxAuditPage {
			return 0, nil, auditBad("Invalid page size specified: '%s'. Must be between 1 and %d inclusive.", v, maxAuditPage)
		}
		top = n
	}
	if v := strings.Join(strings.Fields(c.query.Get("$orderby")), " "); v != "" && v != "activityDateTime desc" {
		return 0, nil, auditBad("Sorting by '%s' is not supported: records come by activityDateTime desc.", v)
	}
	keep = func(*auditRecord) bool { return true }
	if v := c.query.Get("$filter"); v != "" {
		keep, gerr = parseAuditFilter(v)
	}
	return top, keep, gerr
}

// picked leaves what $select names, and the id.
func (c *call) picked(row body) body {
	if !c.query.Has("$select") {
		return row
	}
	names := splitList(c.query.Get("$select"))
	for name := range row {
		if name != "id" && !slices.Contains(names, name) {
			delete(row, name)
		}
	}
	return row
}

func readAudit(t *Tenant, c *call) (*reply, *graphError) {
	for name := range c.query {
		if name != "$select" && name != "$format" && strings.HasPrefix(name, "$") {
			return nil, auditBad("Query option '%s' is not allowed for a single object.", name)
		}
	}
	for _, r := range t.audits.records {
		if r.id == c.params["id"] && t.readable(r) {
			out := c.picked(r.body())
			out["@odata.context"] = c.context("auditLogs/directoryAudits/$entity")
			return ok(out), nil
		}
	}
	return nil, &graphError{Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "The directory audit '" + c.params["id"] + "' does not exist."}
}

func auditBad(format string, args ...any) *graphError {
	gerr := badRequest(format, args...)
	gerr.Code = "BadRequest"
	return gerr
}
