package export

import (
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// echo answers everything with its own address; to a batch, with each of its addresses.
type echo struct{ asked []string }

func (x *echo) RoundTrip(r *http.Request) (*http.Response, error) {
	x.asked = append(x.asked, r.Method+" "+r.URL.Path)
	if !strings.HasSuffix(r.URL.Path, "$batch") {
		return respond(r, 200, "application/json", []byte(`{"at":"`+r.URL.Path+`"}`)), nil
	}
	return respond(r, 200, "application/json", []byte(`{"responses":[{"id":"1","status":200,"body":{"a":1}},{"id":"2","status":429},{"id":"3","status":204},{"id":"4","status":403},{"id":"5","status":404,"body":{}}]}`)), nil
}

// TestAnswersKept: what reads from Graph is kept, and nothing else: no sign-in, even on the
// same host, no write, no refusal and nothing that was put off.
func TestAnswersKept(t *testing.T) {
	t.Parallel()
	path, wire := filepath.Join(t.TempDir(), "answers"), &echo{}
	a := &Answers{next: wire, host: "graph.example.com"}
	open := func() {
		t.Helper()
		var err error
		if a.log, err = openLog(path); err != nil {
			t.Fatal(err)
		}
		log := a.log
		t.Cleanup(func() { _ = log.file.Close() })
	}
	send := func(method, url, body string) string {
		t.Helper()
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := a.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		content, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	const host = "https://graph.example.com"
	const batch = `{"requests":[{"id":"1","method":"GET","url":"/a"},{"id":"2","method":"GET","url":"/b"},{"id":"3","method":"DELETE","url":"/c"},{"id":"4","method":"GET","url":"/d"},{"id":"5","method":"GET","url":"/e"}]}`
	all := func() {
		t.Helper()
		send("POST", host+"/tenant/oauth2/v2.0/token", "secret")
		send("GET", host+"/tenant/v2.0/.well-known/openid-configuration", "")
		send("GET", "https://login.example.com/v1.0/x", "")
		send("POST", host+"/v1.0/groups", "{}")
		send("PATCH", host+"/beta/groups/1", "{}")
		send("GET", host+"/v1.0/groups?$top=2", "")
		send("GET", host+"/v1.0/groups?$top=3", "")
		send("POST", host+"/v1.0/directoryObjects/getByIds", `{"ids":["1"]}`)
		send("POST", host+"/v1.0/directoryObjects/getByIds", `{"ids":["2"]}`)
		send("POST", host+"/v1.0/$batch", batch)
	}
	open()
	all()
	open()
	if a.log.n != 6 {
		t.Errorf("%d answers are kept", a.log.n)
	}
	first := len(wire.asked)
	all()
	for _, asked := range wire.asked[first:] {
		if asked == "GET /v1.0/groups" || strings.HasSuffix(asked, "getByIds") {
			t.Errorf("%s was asked again", asked)
		}
	}
	if n := len(wire.asked) - first; n != 6 {
		t.Errorf("%d requests instead of 6: %v", n, wire.asked[first:])
	}
	if got := send("GET", host+"/v1.0/groups?$top=2", ""); got != `{"at":"/v1.0/groups"}` {
		t.Error(got)
	}
	if got := send("POST", host+"/v1.0/$batch", batch); !strings.Contains(got, `"a":1`) || strings.Count(got, `"id":"1"`) < 1 {
		t.Error(got)
	}
}
