package emulator

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// graphError is an answer that is not a success. Handlers return it, reply in server.go
// writes it.
type graphError struct {
	Status  int
	Code    string
	Message string
	Inner   string // innerError.message, where Conditional Access hides its number
	Details []errorDetail
	Header  map[string]string
}

type errorDetail struct {
	Code    string `json:"code"`
	Target  string `json:"target,omitempty"`
	Message string `json:"message"`
}

func (e *graphError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

// body is the error envelope of Graph; innerError.date has neither zone nor fraction.
func (e *graphError) body(now time.Time, requestID, clientRequestID string) body {
	inner := body{
		"date":              now.Format("2006-01-02T15:04:05"),
		"request-id":        requestID,
		"client-request-id": clientRequestID,
	}
	if e.Inner != "" {
		inner["message"] = e.Inner
	}
	out := body{"code": e.Code, "message": e.Message, "innerError": inner}
	if len(e.Details) > 0 {
		out["details"] = e.Details
	}
	return body{"error": out}
}

// badRequest is the directory's general refusal.
func badRequest(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "Request_BadRequest", Message: fmt.Sprintf(format, args...)}
}

// badQuery refuses a query that cannot be parsed, in the words of Graph's gateway.
func badQuery(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

// unsupported refuses a query that Graph does not answer.
func unsupported(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "Request_UnsupportedQuery", Message: fmt.Sprintf(format, args...)}
}

// notFound is the directory's answer for an id that is not there.
func notFound(id string) *graphError {
	return &graphError{Status: http.StatusNotFound, Code: "Request_ResourceNotFound",
		Message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)}
}

// conflicting refuses a value that must be unique.
func conflicting(property string) *graphError {
	message := fmt.Sprintf("Another object with the same value for property %s already exists.", property)
	err := badRequest("%s", message)
	err.Details = []errorDetail{{Code: "ObjectConflict", Target: property, Message: message}}
	return err
}

// malformed is the message of Conditional Access' second shape of errors.
const malformed = "The server could not process the request because it is malformed or incorrect."

// numbered tells an error text that begins with Conditional Access' number: "1040: …".
func numbered(text string) bool {
	number, _, found := strings.Cut(text, ": ")
	return found && len(number) == 4 && strings.Trim(number, "0123456789") == ""
}

// shaped moves the number of a Conditional Access error to where the tenant has it.
func (e *graphError) shaped(place numberPlace) *graphError {
	out := *e
	switch {
	case place == inInnerError && numbered(e.Message):
		out.Message, out.Inner = malformed, e.Message
	case place == inMessage && numbered(e.Inner):
		out.Message, out.Inner = e.Inner, ""
	}
	return &out
}

// caBad is a refusal of the Conditional Access service, whose number stands before the
// message.
func caBad(format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "BadRequest", Message: fmt.Sprintf(format, args...)}
}

// caSchema is error 1007. Graph does not say what is wrong; why is appended for the
// reader of a failing test.
func caSchema(format string, args ...any) *graphError {
	return caBad("1007: Incoming ConditionalAccessPolicy object is null or does not match the schema of ConditionalAccessPolicy type. For examples, please see API documentation at https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy. (%s)", fmt.Sprintf(format, args...))
}

// caInvalid is error 1032 with its reason, in the second shape that Conditional Access
// uses: the number stands in innerError.message.
func caInvalid(reason, format string, args ...any) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "BadRequest",
		Message: malformed,
		Inner:   fmt.Sprintf("1032: ConditionalActionPolicy validation failed due to %s. (%s)", reason, fmt.Sprintf(format, args...))}
}

func methodNotAllowed() *graphError {
	return &graphError{Status: http.StatusMethodNotAllowed, Code: "Request_BadRequest",
		Message: "Specified HTTP method is not allowed for the request target."}
}

func noSegment(segment string) *graphError {
	return &graphError{Status: http.StatusBadRequest, Code: "BadRequest",
		Message: fmt.Sprintf("Resource not found for the segment '%s'.", segment)}
}
