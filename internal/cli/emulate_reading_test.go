package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestReadings: every unconfirmed behaviour that the guide lists can be chosen
// on the command line, and every choice stands in the guide.
func TestReadings(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guides/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "## Behaviour that nobody has confirmed")
	table, _, _ = strings.Cut(table, "These are no readings")
	elsewhere := map[string]bool{"limits": true, "protected-actions": true, "out-retry-after": true}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `With(\\w+)`").FindAllStringSubmatch(table, -1) {
		name := words(row[1])
		if elsewhere[name] {
			continue
		}
		name = strings.Replace(name, "out-", "no-", 1)
		listed[name] = true
		if readings()[name] == nil {
			t.Errorf("the guide lists With%s, and --reading has no %s", row[1], name)
		}
	}
	for _, name := range names() {
		if !listed[name] {
			t.Errorf("--reading %s is not in the guide", name)
		}
	}
}

// words turns "FreedIdentifierURIs" into "freed-identifier-uris".
func words(name string) string {
	name = strings.NewReplacer("URIs", "Uris", "IDs", "Ids").Replace(name)
	return strings.ToLower(regexp.MustCompile("([a-z])([A-Z])").ReplaceAllString(name, "$1-$2"))
}
