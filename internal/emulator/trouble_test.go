package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// Faults that befall an answer on its way.

func TestHalfAnAnswer(t *testing.T) {
	e := newTenant(t)
	id := e.group("g")
	for name, c := range map[string]struct {
		fault        object
		method, path string
		body         any
		status       int // 0: no answer at all
	}{
		"F13 half a body":                     {object{"cutBody": true}, "GET", "/v1.0/groups/" + id, nil, 200},
		"F13 half an error":                   {object{"cutBody": true, "status": 503}, "GET", "/v1.0/groups/" + id, nil, 503},
		"F13 half a batch, because of a part": {object{"cutBody": true, "match": "GET /v1.0/groups"}, "POST", "/v1.0/$batch", `{"requests":[{"id":"1","method":"GET","url":"/groups"}]}`, 200},
		"F13 half a trickling body":           {object{"cutBody": true, "trickle": "1ms"}, "GET", "/v1.0/groups/" + id, nil, 200},
		"F13 an answer without a body":        {object{"cutBody": true}, "PATCH", "/v1.0/groups/" + id, `{"description":"carried out"}`, 0},
		"F13 no answer":                       {object{"dropConnection": true}, "PATCH", "/v1.0/groups/" + id, `{"displayName":"not carried out"}`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e.t = t
			e.want(200, "POST", "/_emulator/faults", c.fault)
			body, _ := c.body.(string)
			req, err := http.NewRequest(c.method, e.url+c.path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+e.Token())
			req.Header.Set("Content-Type", "application/json")
			// A connection of its own: on one that was used before, Go's client repeats the request.
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if c.status == 0 {
				if err == nil {
					_ = resp.Body.Close()
					t.Fatalf("answered %d", resp.StatusCode)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			raw, err := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || !errors.Is(err, io.ErrUnexpectedEOF) || len(raw) == 0 || strings.HasSuffix(strings.TrimSpace(string(raw)), "}") {
				t.Errorf("%d, %v, %q", resp.StatusCode, err, raw)
			}
		})
	}
	e.t = t
	a := e.want(200, "GET", "/v1.0/groups/"+id, nil)
	same(t, "what became of the two writes", []any{a.body["description"], a.body["displayName"]}, []any{"carried out", "g"})
}

// paced notes when each piece of an answer is sent.
type paced struct {
	*httptest.ResponseRecorder
	at []time.Duration
	t0 time.Time
}

func (p *paced) Write(b []byte) (int, error) {
	p.at = append(p.at, time.Since(p.t0))
	return p.ResponseRecorder.Write(b)
}

func TestSlowAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		fault       string
		speed       int
		first, last time.Duration
		least       int // pieces
		status      int
	}{
		"F13 late":                   {`{"delay":"20s"}`, 1, 20 * time.Second, 20 * time.Second, 1, 200},
		"F13 late by --speed":        {`{"delay":"20s"}`, 10, 2 * time.Second, 2 * time.Second, 1, 200},
		"F13 late and refused":       {`{"delay":"3s","status":503,"retryAfter":"7s"}`, 1, 3 * time.Second, 3 * time.Second, 1, 503},
		"F13 trickling":              {`{"trickle":"1s"}`, 1, 0, 9 * time.Second, 10, 200},
		"F13 late and trickling":     {`{"delay":"5s","trickle":"100ms"}`, 1, 5 * time.Second, 5*time.Second + 900*time.Millisecond, 10, 200},
		"F13 503 with Retry-After":   {`{"status":503,"retryAfter":"7s"}`, 1, 0, 0, 1, 503},
		"F13 Retry-After by --speed": {`{"status":503,"retryAfter":"130s"}`, 20, 0, 0, 1, 503},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.WithToken("t"), emulator.WithSpeed(c.speed))
				w := httptest.NewRecorder()
				if e.ServeHTTP(w, httptest.NewRequest("POST", "/_emulator/faults", strings.NewReader(c.fault))); w.Code != 200 {
					t.Fatal(w.Body.String())
				}
				r := httptest.NewRequest("GET", "/v1.0/users", nil)
				r.Header.Set("Authorization", "Bearer t")
				p := &paced{ResponseRecorder: httptest.NewRecorder(), t0: time.Now()}
				e.ServeHTTP(p, r)
				if p.Code != c.status || p.at[0] != c.first || p.at[len(p.at)-1].Truncate(500*time.Millisecond) != c.last.Truncate(500*time.Millisecond) || len(p.at) < c.least {
					t.Errorf("%d, sent at %v", p.Code, p.at)
				}
				if c.status == 503 {
					same(t, "Retry-After", p.Header().Get("Retry-After"), "7")
				}
			})
		})
	}
}

func TestFaultsRefused(t *testing.T) {
	e := newTenant(t)
	for name, f := range map[string]string{
		"nothing":           `{}`,
		"a success":         `{"status":200}`,
		"no duration":       `{"delay":"soon"}`,
		"a negative one":    `{"trickle":"-1s"}`,
		"no duration after": `{"status":503,"retryAfter":"7"}`,
		"a field":           `{"cut":true}`,
		"no path":           `{"cutBody":true,"match":"GET"}`,
	} {
		t.Run(name, func(t *testing.T) {
			if a := e.do("POST", "/_emulator/faults", f); a.status != 400 {
				t.Errorf("%d %s", a.status, a.raw)
			}
		})
	}
}
