package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// outcome of one test: PASS, FAIL, SKIP, or "" where the list says that it does not apply.
type outcome struct {
	entry
	result string
	took   string
}

// runAll runs the tests of all packages at once, in one tenant but for those that want one
// for themselves.
func (s *settings) runAll(ctx context.Context, l *list) ([]outcome, error) {
	var out []outcome
	shared, single, all := map[string][]string{}, []entry(nil), 0
	for _, p := range s.packages {
		names, err := s.tests(p)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			switch e := l.of(p, name); e.what {
			case absent:
				out = append(out, outcome{entry: e})
			case alone:
				single = append(single, e)
			default:
				shared[p], all = append(shared[p], name), all+1
			}
		}
	}
	t, err := s.startTenant(ctx, "tenant")
	if err != nil {
		return nil, err
	}
	defer t.stop()
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := func(t *tenant, p, name string, tests []string, parallel int) {
		wg.Go(func() {
			found := s.runSome(ctx, t, l, p, name, tests, parallel)
			mu.Lock()
			defer mu.Unlock()
			out = append(out, found...)
		})
	}
	for p, names := range shared {
		start(t, p, p, names, max(2, (s.parallel*len(names)+all-1)/max(1, all)))
	}
	for _, e := range single {
		own, err := s.startTenant(ctx, "tenant-"+e.test)
		if err != nil {
			return nil, err
		}
		defer own.stop()
		start(own, e.pkg, e.test, []string{e.test}, 1)
	}
	wg.Wait()
	return out, ctx.Err()
}

// tests lists those of a package that the run expression matches.
func (s *settings) tests(p string) ([]string, error) {
	c := exec.Command(s.binary(p), "-test.list", ".")
	c.Dir = s.folder(p)
	text, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.binary(p), err)
	}
	names := strings.Fields(string(text))
	return slices.DeleteFunc(names, func(n string) bool { return !strings.HasPrefix(n, "Test") || !s.run.MatchString(n) }), nil
}

func (s *settings) folder(p string) string {
	return filepath.Join(s.peer, "internal", "services", p)
}

var resultLine = regexp.MustCompile(`^--- (PASS|FAIL|SKIP): (\S+) \((.*)\)`)

// runSome runs tests of one package. One without a result has failed: the binary broke off.
func (s *settings) runSome(ctx context.Context, t *tenant, l *list, p, name string, tests []string, parallel int) []outcome {
	log, err := os.Create(s.log(name))
	if err != nil {
		return []outcome{{entry: entry{pkg: p, test: err.Error()}, result: "FAIL"}}
	}
	defer log.Close()
	c := exec.CommandContext(ctx, s.binary(p), "-test.v", "-test.run", "^("+strings.Join(tests, "|")+")$",
		"-test.parallel", fmt.Sprint(parallel), "-test.timeout", s.timeout.String())
	c.Dir, c.Env, c.Stderr = s.folder(p), s.environment(t), log
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	results := map[string]outcome{}
	if err == nil {
		lines := bufio.NewScanner(io.TeeReader(stdout, log))
		lines.Buffer(nil, 16<<20)
		for lines.Scan() {
			if m := resultLine.FindStringSubmatch(lines.Text()); m != nil {
				results[m[2]] = outcome{l.of(p, m[2]), m[1], m[3]}
				fmt.Fprintf(os.Stderr, "%s  %s %s (%s)\n", m[1], p, m[2], m[3])
			}
		}
		err = c.Wait()
	}
	var out []outcome
	for _, name := range tests {
		o, ran := results[name]
		if !ran {
			fmt.Fprintf(log, "no result of %s: %v\n", name, err)
			o = outcome{l.of(p, name), "FAIL", "no result"}
		}
		out = append(out, o)
	}
	return out
}

// report prints the outcomes and their totals, and tells whether the list was right.
func report(w io.Writer, l *list, outcomes []outcome, took time.Duration, logs string) error {
	slices.SortFunc(outcomes, func(a, b outcome) int {
		return strings.Compare(a.pkg+" "+a.test, b.pkg+" "+b.test)
	})
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range outcomes {
		result := o.result
		if o.what == absent {
			result = "-"
		}
		why := ""
		if o.why != "" && o.what != alone {
			why = o.what + ": " + o.why
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", result, o.pkg, o.test, o.took, why)
	}
	fmt.Fprintf(table, "\npackage\ttests\tpass\tfail\tdo not apply\n")
	count := func(p, result string) int {
		n := 0
		for _, o := range outcomes {
			if (p == "" || o.pkg == p) && (o.result == result || result == "FAIL" && o.result == "SKIP") {
				n++
			}
		}
		return n
	}
	row := func(name, p string) {
		pass, fail, not := count(p, "PASS"), count(p, "FAIL"), count(p, "")
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", name, pass+fail+not, pass, fail, not)
	}
	for _, p := range l.packages {
		if slices.ContainsFunc(outcomes, func(o outcome) bool { return o.pkg == p }) {
			row(p, p)
		}
	}
	row("all", "")
	if err := table.Flush(); err != nil {
		return err
	}
	return judge(w, outcomes, count("", "PASS"), count("", "FAIL"), took, logs)
}

func judge(w io.Writer, outcomes []outcome, pass, fail int, took time.Duration, logs string) error {
	if pass+fail == 0 {
		return fmt.Errorf("no test ran")
	}
	fmt.Fprintf(w, "\n%.1f %% of the tests that apply pass, in %s; logs in %s\n", 100*float64(pass)/float64(pass+fail), took.Round(time.Second), logs)
	var wrong []string
	for _, o := range outcomes {
		switch {
		case o.result == "PASS" && o.what == failed:
			wrong = append(wrong, o.test+" passes: it can come off the list")
		case o.result != "" && o.result != "PASS" && o.what != failed:
			wrong = append(wrong, o.test+" fails")
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("not as the list says:\n%s", strings.Join(wrong, "\n"))
	}
	if pass*10 < (pass+fail)*9 {
		return fmt.Errorf("fewer than nine in ten of the tests that apply pass")
	}
	return nil
}
