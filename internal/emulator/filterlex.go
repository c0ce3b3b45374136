package emulator

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/metadata"
)

// The words of $filter: texts, names, typed literals.

type tokenKind int

const (
	endToken tokenKind = iota
	textToken
	nameToken // a name, a path such as owners/$count, or a keyword
	guidToken
	dateToken
	numberToken
	signToken // ( ) , :
)

type token struct {
	kind tokenKind
	text string // of a text: without its quotes
}

var tokenForms = []struct {
	kind tokenKind
	form *regexp.Regexp
}{
	{textToken, regexp.MustCompile(`^'(?:[^']|'')*'`)},
	{guidToken, regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b`)},
	{dateToken, regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?`)},
	{numberToken, regexp.MustCompile(`^-?\d+(?:\.\d+)?`)},
	{nameToken, regexp.MustCompile(`^[A-Za-z_]\w*(?:\.\w+)*(?:/\$?[A-Za-z_]\w*)*`)},
	{signToken, regexp.MustCompile(`^[(),:]`)},
}

// lex cuts a filter into tokens; bad is what it could not read.
func lex(text string) (tokens []token, bad string) {
	for {
		text = strings.TrimLeft(text, " \t\r\n")
		if text == "" {
			return tokens, ""
		}
		found := false
		for _, f := range tokenForms {
			s := f.form.FindString(text)
			if s == "" {
				continue
			}
			text, found = text[len(s):], true
			if f.kind == textToken {
				s, _ = unquote(s)
			}
			tokens = append(tokens, token{f.kind, s})
			break
		}
		if !found {
			return nil, text
		}
	}
}

// literal reads a token as a value that a property can be compared with: a time, a
// float64, a bool or a text; nil for null.
func literal(p metadata.Property, t token) (any, bool) {
	if t.kind == nameToken && t.text == "null" {
		return nil, true
	}
	if p.Kind == metadata.EnumValue {
		e, known := metadata.LookupEnum(p.Type)
		return t.text, t.kind == textToken && known && isMember(e, t.text)
	}
	if p.Kind != metadata.Primitive {
		return nil, false
	}
	switch p.Type {
	case "Boolean":
		return t.text == "true", t.kind == nameToken && (t.text == "true" || t.text == "false")
	case "Int32", "Int64", "Double":
		n, err := strconv.ParseFloat(t.text, 64)
		return n, t.kind == numberToken && err == nil
	case "Guid":
		return t.text, t.kind == guidToken
	case "DateTimeOffset", "Date":
		at, parsed := moment(t.text)
		return at, t.kind == dateToken && parsed
	case "String":
		return t.text, t.kind == textToken
	}
	return nil, false
}

func isMember(e *metadata.Enum, text string) bool {
	for _, m := range strings.Split(text, ",") {
		found := false
		for _, known := range e.Members {
			found = found || strings.EqualFold(known, strings.TrimSpace(m))
		}
		if !found {
			return false
		}
	}
	return true
}

// moment reads a time or, as its first moment in UTC, a day.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// equal compares a stored value with a literal; a flag that was never set is null.
func equal(got, want any) bool {
	if got == nil || want == nil {
		return got == nil && want == nil
	}
	order, comparable := compare(got, want)
	return comparable && order == 0
}

// compare orders a stored value and a literal, text without regard to case.
func compare(got, want any) (order int, comparable bool) {
	switch w := want.(type) {
	case time.Time:
		at, parsed := moment(textOf(got))
		return at.Compare(w), parsed
	case float64:
		n, err := strconv.ParseFloat(textOf(got), 64)
		return cmp.Compare(n, w), err == nil
	case bool:
		g, isFlag := got.(bool)
		return cmp.Compare(strconv.FormatBool(g), strconv.FormatBool(w)), isFlag
	case string:
		g, isText := got.(string)
		return strings.Compare(strings.ToLower(g), strings.ToLower(w)), isText
	}
	return 0, false
}
