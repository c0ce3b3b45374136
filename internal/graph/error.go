package graph

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Error is one answer of Graph that is not a success, whichever service of Graph worded it.
type Error struct {
	Method string
	URL    string // without the values of query options other than $select, $filter and their like
	Status int
	// Code as Graph sent it ("Request_ResourceNotFound" in the directory, "AccessDenied" in Conditional Access);
	// "" where the answer was not Graph's JSON, a proxy's page for example.
	Code string
	// InnerCode is the number that Conditional Access puts before its messages ("1032"), or innerError.code.
	InnerCode string
	Message   string
	Details   []Detail

	RequestID, ClientRequestID, Date string // what Microsoft's support asks for

	RetryAfter *time.Duration // nil where Graph named none
	Claims     string         // the claims challenge of a 401, base64 as sent

	Tries          int           // how often the request was sent; 0 for a part of a batch
	Waited         time.Duration // from the first try to giving up
	OutcomeUnknown bool          // Graph may have carried out the write nevertheless
	Hint           string        // what to do, where the client knows
}

// Detail names one property that Graph objects to; only some directory conflicts have it.
type Detail struct{ Code, Target, Message string }

// Error reads "Graph answered 403 AccessDenied: … (request 7f3…)".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Graph answered %d", e.Status)
	if e.Code != "" {
		b.WriteString(" " + e.Code)
	} else if text := http.StatusText(e.Status); text != "" {
		b.WriteString(" " + text)
	}
	if e.Message != "" {
		b.WriteString(": " + strings.TrimRight(e.Message, " ."))
	}
	for _, d := range e.Details {
		if d.Message != "" && d.Message != e.Message {
			b.WriteString("; " + strings.TrimPrefix(d.Target+": ", ": ") + d.Message)
		}
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	if e.Tries > 1 {
		fmt.Fprintf(&b, ", tried %d times in %s", e.Tries, e.Waited.Round(time.Second))
	}
	if e.OutcomeUnknown {
		b.WriteString(". " + unknownOutcome)
	}
	if e.Hint != "" {
		b.WriteString(". " + e.Hint)
	}
	return b.String()
}

const unknownOutcome = "It is not known whether Graph carried it out, so it was not repeated: look before you run it again"

// Unanswered is a request that got no answer: the connection could not be made, broke, or took too long.
type Unanswered struct {
	Method, URL    string
	Err            error
	Tries          int
	Waited         time.Duration
	OutcomeUnknown bool

	sent bool // a connection was there, so Graph may have seen the request
}

func (e *Unanswered) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s got no answer: %v", e.Method, e.URL, e.Err)
	if e.Tries > 1 {
		fmt.Fprintf(&b, " (tried %d times in %s)", e.Tries, e.Waited.Round(time.Second))
	}
	if e.OutcomeUnknown {
		b.WriteString(". " + unknownOutcome)
	}
	return b.String()
}

func (e *Unanswered) Unwrap() error { return e.Err }

// Refused is a request or redirect that the client itself will not make, because the token would leave its endpoint.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return e.Reason }

// as finds the *Error in err and tells whether its status is one of these.
func as(err error, statuses ...int) (*Error, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return nil, false
	}
	for _, status := range statuses {
		if e.Status == status {
			return e, true
		}
	}
	return nil, false
}

// IsNotFound: Graph says that the object does not exist. A 404 of a proxy, or of an API that this cloud does not have,
// is not that: taken for it, the object would be made a second time.
func IsNotFound(err error) bool {
	e, ok := as(err, http.StatusNotFound)
	return ok && e.Code != "" && e.Code != "UnknownError" && !strings.Contains(e.Message, "API is not supported") &&
		!strings.Contains(e.Message, "OData path is invalid") // seen for a DELETE that one version served and the other not
}

// IsForbidden: 403, the identity lacks a permission, a role or a license.
func IsForbidden(err error) bool { _, ok := as(err, http.StatusForbidden); return ok }

// IsUnauthorized: 401, the token is missing, expired, revoked or for another tenant.
func IsUnauthorized(err error) bool { _, ok := as(err, http.StatusUnauthorized); return ok }

// IsBadRequest: 400, Graph will not take the request however often it is sent.
func IsBadRequest(err error) bool { _, ok := as(err, http.StatusBadRequest); return ok }

// IsNoSegment: the address holds a part that this cloud, or this version, does not know (400, "Resource not found for
// the segment").
func IsNoSegment(err error) bool {
	e, ok := as(err, http.StatusBadRequest)
	return ok && strings.Contains(e.Message, "Resource not found for the segment")
}

// IsTaken: another object has a value that must be unique (400 or 409, "Another object with the same value for property
// … already exists.").
func IsTaken(err error) bool {
	e, ok := as(err, http.StatusBadRequest, http.StatusConflict)
	return ok && strings.Contains(e.Message, "Another object with the same value")
}

// IsConflict: 409, another object or a concurrent change is in the way.
func IsConflict(err error) bool { _, ok := as(err, http.StatusConflict); return ok }

// IsThrottled: 429 to the last, after all retries.
func IsThrottled(err error) bool { _, ok := as(err, http.StatusTooManyRequests); return ok }

// HasCode: the answer's Code or InnerCode is one of codes ("1040").
func HasCode(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if code != "" && (code == e.Code || code == e.InnerCode) {
			return true
		}
	}
	return false
}

// IsReferenceExists: a $ref or bind that is already there (400, "One or more added object references already exist").
// The code is shared by every validation error of the directory, so the message decides between them.
func IsReferenceExists(err error) bool {
	e, ok := as(err, http.StatusBadRequest)
	return ok && e.Code == "Request_BadRequest" && strings.Contains(e.Message, "added object references already exist")
}

// IsExists: what was to be made is there already, as Graph says it of links of all kinds: 400 "Permission being
// assigned already exists on the object", 409 "Permission entry already exists.", 400 "A conflicting object with one or
// more of the specified property values is present in the directory."
func IsExists(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest && e.Status != http.StatusConflict {
		return false
	}
	return strings.Contains(e.Message, "already exist") || strings.Contains(e.Message, "conflicting object")
}

// IsReferenceMissing: removing a $ref that is not there, which Graph says with 404 or with 400 "One or more removed
// object references do not exist".
func IsReferenceMissing(err error) bool {
	e, ok := as(err, http.StatusBadRequest)
	return IsNotFound(err) ||
		ok && e.Code == "Request_BadRequest" && strings.Contains(e.Message, "removed object references do not exist")
}

// IsLastOwner: Graph lets no Microsoft 365 group be without an owner (400, "The group must have at least one owner,
// hence this owner cannot be removed.").
func IsLastOwner(err error) bool {
	e, ok := as(err, http.StatusBadRequest)
	return ok && strings.Contains(e.Message, "must have at least one owner")
}

// OutcomeUnknown: the write may have been carried out although it failed. Look before repeating it.
func OutcomeUnknown(err error) bool {
	var e *Error
	var u *Unanswered
	return errors.As(err, &e) && e.OutcomeUnknown || errors.As(err, &u) && u.OutcomeUnknown
}

// newError reads an answer that is not a success. now is for a Retry-After that is a date.
func newError(method string, address *url.URL, status int, header http.Header, content []byte, now time.Time) *Error {
	e := &Error{
		Method: method, URL: shown(address), Status: status,
		RequestID: header.Get("request-id"), ClientRequestID: header.Get("client-request-id"), Date: header.Get("Date"),
		RetryAfter: retryAfter(header.Get("Retry-After"), now),
		Claims:     challenge(header.Get("WWW-Authenticate")),
	}
	e.read(content, header.Get("Content-Type"))
	e.Message = scrub(e.Message)
	for i := range e.Details {
		e.Details[i].Message = scrub(e.Details[i].Message)
	}
	return e
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(value string, now time.Time) *time.Duration {
	if value == "" {
		return nil
	}
	var d time.Duration
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil && seconds < 1e6 {
		d = time.Duration(seconds * float64(time.Second))
	} else if at, err := http.ParseTime(value); err == nil {
		d = at.Sub(now)
	} else {
		return nil
	}
	d = max(d, 0)
	return &d
}

// harmless are the query options whose values may stand in an error.
var harmless = map[string]bool{
	"$select": true, "$filter": true, "$expand": true, "$top": true, "$count": true, "$orderby": true, "$search": true, "$skip": true,
}

// shown is an address fit for an error: no user info, and only the query options that are known to be harmless.
func shown(u *url.URL) string {
	if u == nil {
		return ""
	}
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	var kept []string
	for _, option := range strings.Split(u.RawQuery, "&") {
		name, _, _ := strings.Cut(option, "=")
		if name == "" {
			continue
		}
		if decoded, err := url.QueryUnescape(name); err == nil && !harmless[decoded] {
			option = name + "=…"
		}
		kept = append(kept, option)
	}
	plain.RawQuery = strings.Join(kept, "&")
	return plain.String()
}
