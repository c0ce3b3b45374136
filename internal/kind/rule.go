package kind

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rules of Graph that bind what a user writes, never what a tenant holds: an
// object may be older than a rule. [Kind.Breaches] therefore looks only at what
// code changes, and a value that was read and is written back passes.

// Limits are the rules that bind one attribute alone; the zero value binds nothing.
type Limits struct {
	Most      int       // a set or map has no more elements
	Longest   int       // a string, or one in a set, has no more characters
	Low, High int64     // a number lies between, both included
	Spelling  *Spelling // how a string, or one in a set, is written
}

// Spelling is a manner of writing a string.
type Spelling struct {
	Fits func(string) bool
	Says string // "a two-letter code of ISO 3166-1, such as CH"
}

// AtMost says that Graph takes no more elements.
func (a Attr) AtMost(n int) Attr { a.Limits.Most = n; return a }

// UpTo says that Graph takes no more characters.
func (a Attr) UpTo(n int) Attr { a.Limits.Longest = n; return a }

// Within says which numbers Graph takes.
func (a Attr) Within(low, high int64) Attr { a.Limits.Low, a.Limits.High = low, high; return a }

// Like says how Graph wants a string to be written.
func (a Attr) Like(s *Spelling) Attr { a.Limits.Spelling = s; return a }

// Together is a rule about two attributes of an object, by their paths, none of
// which leads through a set or map of objects.
type Together struct {
	When, Then Holds
	Why        string // what Graph does otherwise, as a sentence
}

// Holds is something that can be true of an attribute.
type Holds struct {
	Path   string
	Values []any // it is, or for a set contains, one of these; none: it is set
	Not    bool
}

// Has says that the attribute is set, or is or contains one of values.
func Has(path string, values ...any) Holds { return Holds{Path: path, Values: values} }

// Lacks is the opposite of Has.
func Lacks(path string, values ...any) Holds { return Holds{path, values, true} }

// say puts what h wants of an attribute into words: "membership_rule must be set".
func (h Holds) say(a *Attr) string {
	must := h.Path + " must "
	if h.Not {
		must += "not "
	}
	if len(h.Values) == 0 {
		return must + "be set"
	}
	if a.Shape == StringSet || a.Shape == Flags {
		must += "contain "
	} else {
		must += "be "
	}
	var words []string
	for _, v := range h.Values {
		words = append(words, fmt.Sprintf("%v", v))
	}
	return must + strings.Join(words, " or ")
}

// Breach is one rule that a change breaks.
type Breach struct {
	Path string // of the attribute, with dots
	Text string // sentences that name it
}

// Breaches returns the rules that going from had to want breaks; had is nil for
// a new object. open tells whether the value at a path is not known yet, so that
// nothing can be said of it.
func (k *Kind) Breaches(had, want Values, open func(path string) bool) []Breach {
	out := breaches(k.Attrs, had, want, "", open)
	for _, t := range k.Rules {
		if open(t.When.Path) || open(t.Then.Path) || !k.holds(t.When, want) || k.holds(t.Then, want) {
			continue
		}
		same := func(path string) bool { return reflect.DeepEqual(had.At(path), want.At(path)) }
		if had != nil && same(t.When.Path) && same(t.Then.Path) {
			continue // so it is in the tenant
		}
		out = append(out, Breach{t.Then.Path, t.Then.say(attrAt(k.Attrs, t.Then.Path)) + ". " + t.Why})
	}
	return out
}

// holds tells whether something is true of values; what they leave out is the default.
func (k *Kind) holds(h Holds, v Values) bool {
	value := v.At(h.Path)
	if a := attrAt(k.Attrs, h.Path); value == nil && a != nil {
		if value = widen(a.Default); a.Mode != Default {
			value = widen(a.Absent)
		}
	}
	if len(h.Values) == 0 {
		return (v.At(h.Path) != nil) != h.Not
	}
	for _, want := range h.Values {
		list, isSet := value.([]string)
		if reflect.DeepEqual(value, widen(want)) || isSet && slices.Contains(list, fmt.Sprint(want)) {
			return !h.Not
		}
	}
	return h.Not
}

// attrAt returns the attribute at a path, or nil.
func attrAt(attrs []Attr, path string) *Attr {
	head, rest, deeper := strings.Cut(path, ".")
	a := find(attrs, head)
	if a == nil || !deeper {
		return a
	}
	return attrAt(a.Attrs, rest)
}

func breaches(attrs []Attr, had, want Values, path string, open func(string) bool) []Breach {
	var out []Breach
	for i := range attrs {
		a := &attrs[i]
		value, set := want[a.Name]
		if !set || reflect.DeepEqual(had[a.Name], value) {
			continue
		}
		here := path + a.Name
		if said := a.breach(had[a.Name], value); said != "" && !open(here) {
			out = append(out, Breach{here, here + ": " + said + "."})
		}
		switch v := value.(type) {
		case Values:
			before, _ := had[a.Name].(Values)
			out = append(out, breaches(a.Attrs, before, v, here+".", open)...)
		case []Values:
			before, _ := had[a.Name].([]Values)
			for _, item := range v {
				if !slices.ContainsFunc(before, func(b Values) bool { return reflect.DeepEqual(b, item) }) {
					out = append(out, breaches(a.Attrs, nil, item, here+".", open)...)
				}
			}
		case map[string]Values:
			before, _ := had[a.Name].(map[string]Values)
			for key, item := range v {
				out = append(out, breaches(a.Attrs, before[key], item, here+".", open)...)
			}
		}
	}
	return out
}

// breach says which limit of the attribute a changed value breaks, "" for none.
func (a *Attr) breach(had, value any) string {
	l := a.Limits
	size := 0
	switch v := value.(type) {
	case int64:
		if l.High > 0 && (v < l.Low || v > l.High) {
			return fmt.Sprintf("it must be between %d and %d, and is %d", l.Low, l.High, v)
		}
	case string:
		return l.text(v)
	case []string:
		before, _ := had.([]string)
		for _, s := range v {
			if slices.Contains(before, s) {
				continue
			}
			if said := l.text(s); said != "" {
				return said
			}
		}
		size = len(v)
	case []Values:
		size = len(v)
	case map[string]Values:
		size = len(v)
	}
	if l.Most > 0 && size > l.Most {
		return fmt.Sprintf("it must hold at most %d elements, and holds %d", l.Most, size)
	}
	return ""
}

func (l Limits) text(s string) string {
	if n := utf8.RuneCountInString(s); l.Longest > 0 && n > l.Longest {
		return fmt.Sprintf("%q… must have at most %d characters, and has %d", string([]rune(s)[:min(20, l.Longest)]), l.Longest, n)
	}
	if l.Spelling != nil && !l.Spelling.Fits(s) {
		return fmt.Sprintf("%q must be %s", s, l.Spelling.Says)
	}
	return ""
}

// check reports what is wrong with the rules of a table.
func (k *Kind) checkRules() error {
	for _, t := range k.Rules {
		for _, h := range []Holds{t.When, t.Then} {
			if attrAt(k.Attrs, h.Path) == nil {
				return fmt.Errorf("%s: a rule names %q, which is no attribute", k.Name, h.Path)
			}
		}
		if t.Why == "" {
			return fmt.Errorf("%s: the rule about %s has no reason", k.Name, t.Then.Path)
		}
	}
	return nil
}
