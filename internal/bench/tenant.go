package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tenant is an emulator in a process of its own, and the client that prepares it. What is
// prepared waits for nobody: the client moves the tenant's clock on instead.
type tenant struct {
	env     map[string]string // what it wrote to --env-file
	client  *http.Client
	process *exec.Cmd
	log     *os.File
}

// startTenant runs the emulator of our binary with the documented throttling, and waits until
// it listens.
func startTenant(ctx context.Context, binary, dir string, overTLS bool) (*tenant, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "env")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	args := []string{"emulate", "--throttle", "documented", "--listen", "127.0.0.1:0", "--env-file", file}
	if overTLS {
		args = append(args, "--tls-dir", filepath.Join(dir, "tls"))
	}
	log, err := os.Create(filepath.Join(dir, "emulator.log"))
	if err != nil {
		return nil, err
	}
	t := &tenant{process: exec.CommandContext(ctx, binary, args...), client: http.DefaultClient, log: log}
	t.process.Stderr = log
	if err := t.process.Start(); err != nil {
		return nil, err
	}
	gone := make(chan error, 1)
	go func() { gone <- t.process.Wait() }()
	for t.env == nil {
		if text, err := os.ReadFile(file); err == nil {
			t.env = variables(string(text))
			break
		}
		select {
		case err := <-gone:
			return nil, fmt.Errorf("the emulator stopped, see %s: %w", log.Name(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
	if overTLS {
		ca, err := os.ReadFile(t.env["SSL_CERT_FILE"])
		if err != nil {
			t.stop()
			return nil, err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(ca)
		t.client = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	}
	return t, nil
}

func (t *tenant) stop() {
	_ = t.process.Process.Kill()
	_ = t.log.Close()
}

// variables reads lines of the form export K=V.
func variables(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		k, v, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		out[k] = strings.Trim(v, "'")
	}
	return out
}

type object = map[string]any

// send sends one request; 429 is answered with the clock.
func (t *tenant) send(ctx context.Context, method, path string, body, into any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
	}
	address := path
	if !strings.HasPrefix(path, "http") {
		address = t.env["ENTRA_GRAPH_ENDPOINT"] + path
	}
	for {
		r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(raw))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+t.env["ENTRA_ACCESS_TOKEN"])
		r.Header.Set("Content-Type", "application/json")
		answer, err := t.client.Do(r)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		switch {
		case err != nil:
			return err
		case answer.StatusCode == http.StatusTooManyRequests:
			if err := t.advance(ctx, 10*time.Second); err != nil {
				return err
			}
			continue
		case answer.StatusCode >= 300:
			return fmt.Errorf("%s %s: %s %s", method, path, answer.Status, bytes.TrimSpace(text))
		case into == nil || len(text) == 0:
			return nil
		}
		return json.Unmarshal(text, into)
	}
}

// advance moves the tenant's clock ahead, so that its quotas fill up.
func (t *tenant) advance(ctx context.Context, by time.Duration) error {
	return t.send(ctx, "POST", "/_emulator/clock", object{"advance": by.String()}, nil)
}

// stats are the emulator's counters.
type stats struct {
	Total     int            `json:"total"`
	Parts     int            `json:"parts"`
	Throttled int            `json:"throttled"`
	ByRoute   map[string]int `json:"byRoute"`
}

func (t *tenant) stats(ctx context.Context) (stats, error) {
	var s stats
	return s, t.send(ctx, "GET", "/_emulator/stats", nil, &s)
}

// since is what was counted since an earlier count.
func (s stats) since(before stats) stats {
	out := stats{s.Total - before.Total, s.Parts - before.Parts, s.Throttled - before.Throttled, map[string]int{}}
	for route, n := range s.ByRoute {
		if n -= before.ByRoute[route]; n > 0 {
			out.ByRoute[route] = n
		}
	}
	return out
}

// list returns all objects of a collection.
func (t *tenant) list(ctx context.Context, path string) ([]object, error) {
	var out []object
	for path != "" {
		var page struct {
			Value []object `json:"value"`
			Next  string   `json:"@odata.nextLink"`
		}
		if err := t.send(ctx, "GET", path, nil, &page); err != nil {
			return nil, err
		}
		out, path = append(out, page.Value...), page.Next
	}
	return out, nil
}

// part is a request of a batch.
type part struct {
	ID      string            `json:"id"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    any               `json:"body,omitempty"`
}

func partOf(method, url string, body any) part {
	p := part{Method: method, URL: url, Body: body}
	if body != nil {
		p.Headers = map[string]string{"Content-Type": "application/json"}
	}
	return p
}

// batch sends requests twenty at a time, those that are throttled again, and returns the
// answers in the order of the requests.
func (t *tenant) batch(ctx context.Context, parts []part) ([]object, error) {
	answers, todo := make([]object, len(parts)), make([]int, len(parts))
	for i := range parts {
		todo[i] = i
	}
	for len(todo) > 0 {
		n := min(20, len(todo))
		var chunk []part
		for _, i := range todo[:n] {
			p := parts[i]
			p.ID = fmt.Sprint(i)
			chunk = append(chunk, p)
		}
		todo = todo[n:]
		var out struct {
			Responses []struct {
				ID     string
				Status int
				Body   object
			}
		}
		if err := t.send(ctx, "POST", "/v1.0/$batch", object{"requests": chunk}, &out); err != nil {
			return nil, err
		}
		throttled := false
		for _, r := range out.Responses {
			var i int
			if _, err := fmt.Sscan(r.ID, &i); err != nil {
				return nil, err
			}
			switch {
			case r.Status == http.StatusTooManyRequests:
				todo, throttled = append(todo, i), true
			case r.Status >= 300:
				return nil, fmt.Errorf("%s %s: %d %v", parts[i].Method, parts[i].URL, r.Status, r.Body)
			default:
				answers[i] = r.Body
			}
		}
		if throttled {
			if err := t.advance(ctx, 10*time.Second); err != nil {
				return nil, err
			}
		}
	}
	return answers, nil
}
