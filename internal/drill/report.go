package drill

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Proves is the first line of every report.
const Proves = "This drill proves that the code is whole and that its recovery goes through in the right order. It does not prove permissions, licences, or Graph's own latency."

// Report is what a drill found, and the file report.json.
type Report struct {
	Proves        string     `json:"proves"`
	FormatVersion int        `json:"formatVersion"`
	Recovered     bool       `json:"recovered"` // everything that can come back did, in every scenario
	Dir           string     `json:"configuration"`
	Version       string     `json:"version"`
	Engine        string     `json:"engine"`
	StartedAt     string     `json:"startedAt"`
	Throttled     bool       `json:"throttled"` // the documented quotas were enforced, in real time
	Scenarios     []Scenario `json:"scenarios"`
	Notes         []string   `json:"notes"` // what was assumed
	Graph         *Graph     `json:"dependencies"`
}

// Scenario is one rehearsal.
type Scenario struct {
	Name      string    `json:"name"`
	Says      string    `json:"says"`
	Recovered bool      `json:"recovered"`
	Error     string    `json:"error,omitempty"`
	Converged bool      `json:"planEmptyAfterwards"`
	Equal     bool      `json:"tenantEqual"` // to the tenant before, ids aside
	Applies   int       `json:"applies"`
	Seconds   float64   `json:"seconds"`          // plan and apply, on this machine
	Estimate  float64   `json:"estimatedSeconds"` // the same under Microsoft's documented quotas; equal where they were enforced
	Requests  Requests  `json:"requests"`
	Kinds     []KindRow `json:"kinds"`
	Total     KindRow   `json:"total"`
	Lost      []Lost    `json:"lost"` // what does not come back with what was made anew
	Notes     []string  `json:"notes"`
	Objects   []Object  `json:"objects"`
}

func (s *Scenario) finish() {
	s.Kinds = rows(s.Objects)
	s.Total = sum(s.Kinds)
	s.Recovered = s.Error == "" && s.Converged && s.Equal && s.Total.Failed == 0
}

// Summary is the scenario in one sentence.
func (s *Scenario) Summary() string {
	if !s.Recovered {
		return "not everything came back: " + s.Error
	}
	t := s.Total
	quotas := fmt.Sprintf(", about %s under Microsoft's documented quotas", Duration(s.Estimate))
	if s.Estimate == s.Seconds {
		quotas = " under Microsoft's documented quotas"
	}
	text := fmt.Sprintf("everything came back: %d objects, of which %d untouched, %d repaired, %d restored, %d recreated; %d references re-linked; %.1f s%s.",
		t.Objects, t.Untouched, t.Repaired, t.Restored, t.Recreated, t.Relinked, s.Seconds, quotas)
	if t.Refused > 0 {
		text += fmt.Sprintf(" %d more are made anew only once on_hard_delete permits it.", t.Refused)
	}
	return text
}

// Duration says a time as people do.
func Duration(seconds float64) string {
	n := int(seconds + 0.5)
	switch {
	case n < 120:
		return fmt.Sprintf("%d s", n)
	case n < 7200:
		return fmt.Sprintf("%d min", (n+30)/60)
	}
	return fmt.Sprintf("%.1f h", float64(n)/3600)
}

func (r *Report) finish() {
	r.Recovered = len(r.Scenarios) > 0
	for _, s := range r.Scenarios {
		r.Recovered = r.Recovered && s.Recovered
	}
}

// Write writes report.json, report.xml and report.html into a folder.
func (r *Report) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("could not make the folder of the report: %w", err)
	}
	page, err := r.HTML()
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"report.json": append(content, '\n'), "report.xml": r.junit(), "report.html": page} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return fmt.Errorf("could not write the report: %w", err)
		}
	}
	return nil
}

// The JUnit form: one suite for each scenario, one case for each object, and two
// for the whole.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name     string  `xml:"name,attr"`
		Tests    int     `xml:"tests,attr"`
		Failures int     `xml:"failures,attr"`
		Skipped  int     `xml:"skipped,attr"`
		Time     string  `xml:"time,attr"`
		Stamp    string  `xml:"timestamp,attr"`
		Cases    []tcase `xml:"testcase"`
		Out      string  `xml:"system-out,omitempty"`
	}
	tcase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *message `xml:"failure"`
		Skipped *message `xml:"skipped"`
	}
	message struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func (s *suite) add(class, name, failure, skipped string) {
	c := tcase{Class: class, Name: name}
	s.Tests++
	switch {
	case failure != "":
		s.Failures++
		c.Failure = &message{firstLine(failure), failure}
	case skipped != "":
		s.Skipped++
		c.Skipped = &message{Message: skipped}
	}
	s.Cases = append(s.Cases, c)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

func (r *Report) junit() []byte {
	all := suites{Name: "drill"}
	for _, s := range r.Scenarios {
		one := suite{Name: s.Name, Time: fmt.Sprintf("%.3f", s.Seconds), Stamp: r.StartedAt, Out: s.Says}
		one.add("drill", "the recovery ends, its next plan is empty, and the tenant equals the tenant before", s.Error, "")
		for _, o := range s.Objects {
			failure, skipped := "", ""
			switch o.Outcome {
			case Failed:
				failure = o.Reason
			case Refused:
				skipped = o.Reason
			}
			one.add(o.Kind, o.Address, failure, skipped)
		}
		all.Tests, all.Failures, all.Skipped = all.Tests+one.Tests, all.Failures+one.Failures, all.Skipped+one.Skipped
		all.Suites = append(all.Suites, one)
	}
	content, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		panic(err) // strings and numbers alone
	}
	return append([]byte(xml.Header), append(content, '\n')...)
}
