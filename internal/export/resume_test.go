package export_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// line is the way to a tenant: pages are short, questions that were answered are counted,
// and at one request it is cut for good.
type line struct {
	t        *testing.T
	em       *emulator.Tenant
	url      string
	sent     int
	cutAt    int
	answered map[string]int
}

// instant is a clock on which waiting takes no time.
type instant struct{ now time.Time }

func (c *instant) Now() time.Time { return c.now }
func (c *instant) Sleep(ctx context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return context.Cause(ctx)
}

func newLine(t *testing.T, dir string) *line {
	t.Helper()
	l := &line{t: t, em: emulator.New(), answered: map[string]int{}}
	if report, err := l.em.LoadDir(dir); err != nil || len(report.Refused) > 0 {
		t.Fatal(err, report.Refused)
	}
	server := httptest.NewServer(l.em)
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

func (l *line) control(method, what, body string) {
	l.t.Helper()
	w := httptest.NewRecorder()
	if l.em.ServeHTTP(w, httptest.NewRequest(method, "/_emulator/"+what, strings.NewReader(body))); w.Code != http.StatusOK {
		l.t.Fatal(w.Body)
	}
}

func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.sent++; l.sent == l.cutAt {
		l.control("POST", "faults", `{"dropConnection":true,"every":1}`)
	}
	questions := []string{r.URL.RequestURI()}
	if r.Method == http.MethodPost {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
		var batch struct{ Requests []struct{ URL string } }
		if questions[0] += string(content); json.Unmarshal(content, &batch) == nil && len(batch.Requests) > 0 {
			questions = nil
			for _, part := range batch.Requests {
				questions = append(questions, part.URL)
			}
		}
	}
	r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "$top=999", "$top=2", 1)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusOK {
		for _, q := range questions {
			l.answered[q]++
		}
	}
	return answer, err
}

// run exports with what is written down.
func (l *line) run(o export.Options) (*export.Result, error) {
	l.t.Helper()
	o.Answers = &export.Answers{}
	client, err := graph.New(context.Background(), graph.Config{Endpoint: l.url, AccessToken: l.em.Token(), LoopbackOnly: true,
		Transport: o.Answers.Through(l), Clock: &instant{time.Unix(0, 0)}})
	if err != nil {
		l.t.Fatal(err)
	}
	if o.Now == nil {
		o.Now = at(0)
	}
	return export.Run(context.Background(), client, o)
}

func at(hours int) func() time.Time {
	return func() time.Time { return time.Date(2026, 3, 1, hours, 0, 0, 0, time.UTC) }
}

// files are the contents of a folder by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out[e.Name()] = read(t, dir, e.Name())
	}
	return out
}

func same(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %s is another one:\n%s", what, name, got[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files instead of %d", what, len(got), len(want))
	}
}

func left(t *testing.T, out string) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".partial"))
	return err == nil
}

// TestResume breaks an export at every request and goes on: the files are those of an
// export that did not break off, and nothing that was answered is asked for again.
func TestResume(t *testing.T) {
	t.Parallel()
	l, dir := newLine(t, "../cli/tenant"), t.TempDir()
	out := filepath.Join(dir, "out")
	if _, err := l.run(export.Options{Out: out, All: true}); err != nil {
		t.Fatal(err)
	}
	want, asked, requests := files(t, out), l.answered, l.sent
	if left(t, out) || requests < 30 {
		t.Fatalf("%d requests, and something is left: %t", requests, left(t, out))
	}
	for q, n := range asked {
		if n > 1 {
			t.Errorf("%s was asked %d times without any break", q, n)
		}
	}
	for n := 2; n <= requests; n++ { // the first one asks for the tenant
		out := filepath.Join(dir, fmt.Sprint(n))
		l.sent, l.cutAt, l.answered = 0, n, map[string]int{}
		_, err := l.run(export.Options{Out: out, All: true})
		if n == 2 {
			if err == nil || strings.Contains(err.Error(), "--resume") || left(t, out) {
				t.Errorf("nothing was read, so there is nothing to resume: %v", err)
			}
			l.control("DELETE", "faults", "")
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "run again with --resume") || !left(t, out) {
			t.Fatalf("cut at request %d: %v", n, err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("cut at request %d, and files are written", n)
		}
		l.control("DELETE", "faults", "")
		l.cutAt = 0
		r, err := l.run(export.Options{Out: out, All: true, Resume: true})
		if err != nil {
			t.Fatalf("resumed after request %d: %v", n, err)
		}
		if len(r.Runs) != 2 || left(t, out) {
			t.Errorf("runs %v, left %t", r.Runs, left(t, out))
		}
		same(t, fmt.Sprintf("cut at request %d", n), files(t, out), want)
		for q, times := range l.answered {
			if times > 1 && !strings.HasPrefix(q, "/v1.0/organization") {
				t.Errorf("cut at request %d: %s was answered %d times", n, q, times)
			}
		}
		if len(l.answered) != len(asked) {
			t.Errorf("cut at request %d: %d questions instead of %d", n, len(l.answered), len(asked))
		}
	}
}

// TestResumeExpired: where the link to the next page has expired, the collection is read
// anew, and everything else is not.
func TestResumeExpired(t *testing.T) {
	t.Parallel()
	l, dir := newLine(t, "../cli/tenant"), t.TempDir()
	out := filepath.Join(dir, "out")
	if _, err := l.run(export.Options{Out: out, All: true}); err != nil {
		t.Fatal(err)
	}
	want, requests, expired := files(t, out), l.sent, 0
	for n := 3; n <= requests; n += 4 {
		out := filepath.Join(dir, fmt.Sprint(n))
		l.sent, l.cutAt, l.answered = 0, n, map[string]int{}
		if _, err := l.run(export.Options{Out: out, All: true}); err == nil {
			t.Fatal("it did not break off")
		}
		l.control("DELETE", "faults", "")
		l.control("POST", "clock", `{"advance":"2h"}`)
		l.cutAt = 0
		if _, err := l.run(export.Options{Out: out, All: true, Resume: true}); err != nil {
			t.Fatalf("resumed after request %d: %v", n, err)
		}
		same(t, fmt.Sprintf("cut at request %d", n), files(t, out), want)
		twice := map[string]bool{}
		for q, times := range l.answered {
			if times > 1 && !strings.HasPrefix(q, "/v1.0/organization") {
				path, _, _ := strings.Cut(q, "?")
				twice[path] = true
			}
		}
		if len(twice) > 1 {
			t.Errorf("cut at request %d: %v were read anew", n, twice)
		}
		expired += len(twice)
	}
	if expired == 0 {
		t.Error("no link expired, so that this test shows nothing")
	}
}

// broken leaves what an export has read of some kinds.
func broken(t *testing.T, l *line, out string, o export.Options) error {
	t.Helper()
	o.Out = out
	l.control("POST", "faults", `{"status":403,"match":"GET /v1.0/directory/administrativeUnits","every":1}`)
	_, err := l.run(o)
	l.control("DELETE", "faults", "")
	if err == nil {
		t.Fatal("it did not break off")
	}
	return err
}

// TestResumeAfterRefusal: a refusal is no answer to keep, and other options ask for what
// the first ones did not.
func TestResumeAfterRefusal(t *testing.T) {
	t.Parallel()
	l, dir := newLine(t, "../cli/tenant"), t.TempDir()
	want := filepath.Join(dir, "want")
	if _, err := l.run(export.Options{Out: want, All: true}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	err := broken(t, l, out, export.Options{})
	for _, say := range []string{"administrative units", "--exclude administrative_unit", "--resume"} {
		if !strings.Contains(err.Error(), say) {
			t.Errorf("%q is missing: %v", say, err)
		}
	}
	if _, err := l.run(export.Options{Out: out, All: true, Resume: true}); err != nil {
		t.Fatal(err)
	}
	same(t, "after a refusal", files(t, out), files(t, want))
}

// TestResumeCut: a record that a crash cut off is asked for again, and what comes after it
// is kept for one more run.
func TestResumeCut(t *testing.T) {
	t.Parallel()
	l, dir := newLine(t, "../cli/tenant"), t.TempDir()
	want := filepath.Join(dir, "want")
	if _, err := l.run(export.Options{Out: want}); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	_ = broken(t, l, out, export.Options{})
	answers := filepath.Join(dir, ".out.partial", "answers")
	content := read(t, answers)
	write(t, content[:len(content)-7], answers)
	l.answered, l.cutAt = map[string]int{}, l.sent+8
	if _, err := l.run(export.Options{Out: out, Resume: true}); err == nil {
		t.Fatal("it did not break off")
	}
	l.control("DELETE", "faults", "")
	r, err := l.run(export.Options{Out: out, Resume: true})
	if err != nil || len(r.Runs) != 3 {
		t.Fatal(err, r)
	}
	same(t, "after a crash", files(t, out), files(t, want))
	for q, times := range l.answered {
		if times > 1 && !strings.HasPrefix(q, "/v1.0/organization") {
			t.Errorf("%s was answered %d times", q, times)
		}
	}
}

// heard keeps what an export says.
type heard struct{ said []string }

func (h *heard) Reading(string)  {}
func (h *heard) Read(int)        {}
func (h *heard) Say(text string) { h.said = append(h.said, text) }

// TestResumeRefused: what is of another tenant, too old or not there is not gone on with,
// and an export without --resume begins anew and says so.
func TestResumeRefused(t *testing.T) {
	t.Parallel()
	l, out := newLine(t, "../cli/tenant"), filepath.Join(t.TempDir(), "out")
	refused := func(o export.Options, says ...string) {
		t.Helper()
		o.Out, o.Resume = out, true
		_, err := l.run(o)
		for _, say := range append(says, "without --resume") {
			if err == nil || !strings.Contains(err.Error(), say) {
				t.Errorf("%q is missing: %v", say, err)
			}
		}
	}
	refused(export.Options{}, "nothing to resume")
	_ = broken(t, l, out, export.Options{})
	dir := filepath.Join(filepath.Dir(out), ".out.partial")
	refused(export.Options{Now: at(25)}, "2026-03-01", "last 24 hours")
	note := read(t, dir, "note.json")
	write(t, strings.Replace(note, `"tenantId": "`, `"tenantId": "x`, 1), dir, "note.json")
	refused(export.Options{}, "tenant x", "credentials belong to", dir)
	write(t, "{", dir, "note.json")
	refused(export.Options{}, "could not read")
	h := &heard{}
	if _, err := l.run(export.Options{Out: out, Progress: h}); err != nil {
		t.Fatal(err)
	}
	if len(h.said) != 1 || !strings.Contains(h.said[0], "begins anew") || left(t, out) {
		t.Errorf("%q, left %t", h.said, left(t, out))
	}
}

// TestPartial: nobody else can read what is kept, and it holds no token.
func TestPartial(t *testing.T) {
	t.Parallel()
	l, out := newLine(t, "../cli/tenant"), filepath.Join(t.TempDir(), "out")
	_ = broken(t, l, out, export.Options{All: true})
	dir := filepath.Join(filepath.Dir(out), ".out.partial")
	for name, mode := range map[string]os.FileMode{"": 0o700, "note.json": 0o600, "answers": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: %v, %v", name, info, err)
		}
	}
	kept := read(t, dir, "note.json")
	for all := []byte(read(t, dir, "answers")); len(all) > 0; {
		record := all[4 : 4+binary.BigEndian.Uint32(all)]
		z, err := gzip.NewReader(bytes.NewReader(record))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		kept, all = kept+string(content), all[4+len(record):]
	}
	if !strings.Contains(kept, "CA001") || strings.Contains(kept, l.em.Token()) || strings.Contains(kept, "Bearer") {
		t.Error("answers are not there, or the token is")
	}
}
