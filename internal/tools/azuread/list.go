package main

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed list.tsv
var table string

// What the list says of a test.
const (
	absent = "does not apply"
	alone  = "alone" // it applies, and wants a tenant for itself
	failed = "fails" // it applies, and fails for a reason that is not the emulator's
)

// entry is one line of list.tsv.
type entry struct{ pkg, test, what, why string }

// list is what list.tsv says: the packages, and of their tests those that are special.
type list struct {
	packages []string
	entries  []entry
}

func readList() (*list, error) {
	l := &list{}
	for line := range strings.Lines(table) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) == 1 {
			l.packages = append(l.packages, f[0])
			continue
		}
		if len(f) != 4 || !slices.Contains(l.packages, f[0]) || !slices.Contains([]string{absent, alone, failed}, f[2]) {
			return nil, fmt.Errorf("list.tsv: %q is not package, test, outcome, reason", line)
		}
		l.entries = append(l.entries, entry{f[0], f[1], f[2], f[3]})
	}
	return l, nil
}

func (l *list) of(pkg, test string) entry {
	for _, e := range l.entries {
		if e.pkg == pkg && e.test == test {
			return e
		}
	}
	return entry{pkg: pkg, test: test}
}
