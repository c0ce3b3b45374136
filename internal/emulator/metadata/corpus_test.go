package metadata

// What published exports hold must be known: properties, types and enum members.

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// byHandInExports are what the authors of an export wrote in by hand: no Graph
// version knows them.
var byHandInExports = map[string]string{
	"ipNamedLocation.locationType":      "a note of the author; @odata.type tells the type",
	"ipNamedLocation.note":              "a note of the author",
	"countryNamedLocation.locationType": "a note of the author; @odata.type tells the type",
	"countryNamedLocation.note":         "a note of the author",
	"countryNamedLocation.isTrusted":    "only addresses can be trusted",
	"ipRange.description":               "ranges have no description",
	"ipRange.cidrAddress":               "the range lacks its @odata.type, which would tell the address family",
	"conditionalAccessAuthenticationFlows.transferMethods: a list or not": "flags are one string, and here they stand in a list",
	"conditionalAccessGrantControl=compliantNetwork":                      "no grant control in v1.0 or beta: a compliant network is a named location",
}

func TestExportsAreKnown(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join(shared(t), "corpus")
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("the corpus of published exports is not here: no ../shared/corpus beside the repository")
	}
	found := map[string]string{}
	objects := 0
	for _, export := range []string{
		"j0eyv+ConditionalAccessBaseline", "Cloudshield-io+Conditional-Access-Framework",
		"Clutch2View+nis2-conditional-access-policies",
	} {
		err := filepath.WalkDir(filepath.Join(corpus, export), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(file) != ".json" {
				return err
			}
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), b)
			if err != nil {
				return err
			}
			var body map[string]any
			if err := json.Unmarshal(text, &body); err != nil {
				return err
			}
			objects++
			unknown(body, exportType(body), func(what string) { found[what] = filepath.Base(file) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if objects < 150 {
		t.Errorf("only %d objects", objects)
	}
	for what, file := range found {
		if byHandInExports[what] == "" {
			t.Errorf("%s is not known (%s)", what, file)
		}
	}
	for what := range byHandInExports {
		if found[what] == "" {
			t.Errorf("byHandInExports: %s occurs nowhere, or is known", what)
		}
	}
}

func exportType(body map[string]any) string {
	for property, typ := range map[string]string{
		"conditions": "conditionalAccessPolicy", "ipRanges": "ipNamedLocation", "securityEnabled": "group",
		"countriesAndRegions": "countryNamedLocation", "allowedCombinations": "authenticationStrengthPolicy",
	} {
		if _, ok := body[property]; ok {
			return typ
		}
	}
	return "" // its @odata.type must tell
}

// unknown reports what of a body the table does not know.
func unknown(body map[string]any, typ string, report func(string)) {
	if t, ok := body["@odata.type"].(string); ok {
		typ = strings.TrimPrefix(t, "#microsoft.graph.")
	}
	known, ok := Lookup(typ)
	if !ok {
		report("type " + typ)
		return
	}
	for name, v := range body {
		if strings.Contains(name, "@") || strings.HasPrefix(name, "#") {
			continue
		}
		p, ok := known.Property(name)
		if !ok {
			report(typ + "." + name)
			continue
		}
		values, isList := v.([]any)
		if !isList {
			values = []any{v}
		}
		if isList != p.Collection && v != nil {
			report(typ + "." + name + ": a list or not")
		}
		for _, x := range values {
			unknownValue(x, p, report)
		}
	}
}

func unknownValue(v any, p Property, report func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if p.Kind == Complex || p.Kind == Navigation {
			unknown(v, p.Type, report)
		} else {
			report(p.Type + " as an object")
		}
	case string:
		e, ok := LookupEnum(p.Type)
		if p.Kind != EnumValue || !ok {
			return
		}
		members := []string{v}
		if e.Flags {
			members = strings.Split(strings.ReplaceAll(v, " ", ""), ",")
		}
		for _, m := range members {
			if !strings.Contains(" "+strings.Join(e.Members, " ")+" ", " "+m+" ") {
				report(e.Name + "=" + m)
			}
		}
	}
}
