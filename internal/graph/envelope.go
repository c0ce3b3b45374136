package graph

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
)

// read fills code, message and details from the body of an error. Graph's services do not agree on its shape:
//   - directory: {"error":{code,message,details[],innerError:{request-id,client-request-id,date}}}
//   - Conditional Access: the same with "1007: …" as message, or with a general message and "1032: …" in
//     innerError.message
//   - services that forward: code "" or "UnknownError", and a whole JSON error as text in message
//   - {"error":"invalid_grant","error_description":…}, {"odata.error":{code,message:{value}}}, {"Message":…}
//   - proxies and gateways: HTML or plain text, of which only the gist is told
func (e *Error) read(content []byte, contentType string) {
	body, err := decode(content)
	if err != nil {
		e.Message = gist(content, contentType)
		return
	}
	e.envelope(body, 3)
	if e.Code == "" && e.Message == "" {
		e.Message = "the answer is JSON, but no error that Graph describes"
	}
	if m := numbered.FindStringSubmatch(e.Message); m != nil && e.InnerCode == "" {
		e.InnerCode = m[1]
	}
}

// numbered is how Conditional Access begins its messages.
var numbered = regexp.MustCompile(`^(\d{4}): `)

// vague is the message that Conditional Access gives when innerError has the real one.
const vague = "The server could not process the request because it is malformed or incorrect"

func (e *Error) envelope(body Body, depth int) {
	inside := body
	for _, name := range []string{"error", "odata.error"} {
		switch v := body[name].(type) {
		case Body:
			inside = v
		case string: // OAuth's shape
			inside = Body{"code": v, "message": first(body, "error_description", "message")}
		}
	}
	code, message := first(inside, "code", "errorCode", "Code"), first(inside, "message", "Message", "errorMessage")
	if value, ok := inside["message"].(Body); ok {
		message = first(value, "value")
	}
	if code != "" && (e.Code == "" || e.Code == "UnknownError") {
		e.Code = code
	}
	e.unwrap(message, depth)
	e.inner(inside)
	rows, _ := inside["details"].([]any)
	for _, row := range rows {
		if d, ok := row.(Body); ok {
			e.Details = append(e.Details, Detail{Code: first(d, "code"), Target: first(d, "target"), Message: first(d, "message")})
		}
	}
}

// unwrap takes a message that may itself be a JSON error written as text.
func (e *Error) unwrap(message string, depth int) {
	text := strings.TrimSpace(message)
	if depth > 0 && strings.HasPrefix(text, "{") {
		if body, err := decode([]byte(text)); err == nil {
			e.envelope(body, depth-1)
			if e.Message != "" {
				return
			}
		}
	}
	if text != "" {
		e.Message = text
	}
}

func (e *Error) inner(outer Body) {
	inner, ok := outer["innerError"].(Body)
	if !ok {
		if inner, ok = outer["innererror"].(Body); !ok {
			return
		}
	}
	for name, field := range map[string]*string{
		"request-id": &e.RequestID, "client-request-id": &e.ClientRequestID, "date": &e.Date,
	} {
		if v := first(inner, name); v != "" {
			*field = v
		}
	}
	if code := first(inner, "code"); code != "" {
		e.InnerCode = code
	}
	switch message := first(inner, "message"); {
	case message == "" || strings.Contains(e.Message, message):
	case e.Message == "" || strings.HasPrefix(e.Message, vague):
		e.Message = message
	default:
		e.Message = strings.TrimRight(e.Message, " .") + ": " + message
	}
	e.inner(inner)
}

// first is the first of these properties that is a text with something in it.
func first(body Body, names ...string) string {
	for _, name := range names {
		switch v := body[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case json.Number:
			return v.String()
		}
	}
	return ""
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// gist tells in a line what an answer says that is not Graph's JSON.
func gist(content []byte, contentType string) string {
	text := strings.TrimSpace(string(content))
	switch {
	case text == "":
		return "the answer has no body"
	case strings.Contains(contentType, "html") || strings.HasPrefix(text, "<"):
		about := ""
		if m := title.FindStringSubmatch(text); m != nil {
			about = fmt.Sprintf(" titled %q", short(html.UnescapeString(m[1]), 80))
		}
		return fmt.Sprintf("a page%s of %d bytes instead of JSON; a proxy or gateway may have answered", about, len(content))
	default:
		return short(text, 200)
	}
}

// short makes one line of text, without control characters, of at most n runes.
func short(text string, n int) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return text
}

// secrets are the shapes of what must never be repeated, should a server or proxy echo a request.
var secrets = regexp.MustCompile(`(?i)bearer\s+[\w.~+/=-]{16,}|eyJ[\w-]{6,}(\.[\w-]*){1,4}|(client_secret|client_assertion|access_token|refresh_token)["']?\s*[=:]\s*["']?[^\s"'&,;]+`)

func scrub(text string) string { return secrets.ReplaceAllString(text, "[redacted]") }

var claims = regexp.MustCompile(`(?i)\bclaims="([^"]*)"`)

// challenge is the claims value of a WWW-Authenticate header.
func challenge(header string) string {
	if m := claims.FindStringSubmatch(header); m != nil {
		return m[1]
	}
	return ""
}
