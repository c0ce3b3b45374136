package drill

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
)

// Body is one object as Graph sends it.
type Body = map[string]any

// Stage is an emulated tenant that a real engine reaches over a loopback
// address. What a stage itself asks of the tenant it asks in this process, by
// no client of the provider's: the comparison shares no code with what it judges.
type Stage struct {
	Tenant *emulator.Tenant
	URL    string
	server *httptest.Server
	token  string // of whoever asks
	// Also names kinds that an export takes on request only and that the code manages.
	Also []string
}

// NewStage serves a tenant.
func NewStage(tenant *emulator.Tenant) *Stage {
	server := httptest.NewServer(tenant)
	return &Stage{Tenant: tenant, URL: server.URL, server: server, token: tenant.Token()}
}

// As is the same stage, asked by whoever has that token, so that the audit log
// has somebody to name.
func (s *Stage) As(token string) *Stage {
	other := *s
	other.token = token
	return &other
}

// Close ends the server.
func (s *Stage) Close() { s.server.Close() }

// hidden are the variables by which a user signs in to a tenant of his own.
var hidden = []string{"ARM_", "AZURE_", "ENTRA_", "ACTIONS_ID_TOKEN_REQUEST_"}

// Workspace is a folder whose engine reaches this tenant and no other.
// config is the CLI configuration that finds the provider.
func (s *Stage) Workspace(engine, dir, config string) tf.Workspace {
	return tf.Workspace{Engine: engine, Dir: dir, Hidden: hidden, Env: map[string]string{
		"TF_CLI_CONFIG_FILE": config, "ENTRA_GRAPH_ENDPOINT": s.URL, "ENTRA_ACCESS_TOKEN": s.Tenant.Token(), "ENTRA_LOOPBACK_ONLY": "1",
		"ENTRA_PACED": strconv.FormatBool(s.Tenant.Paced()),
	}}
}

// Refusal is an answer of the tenant that is no success.
type Refusal struct {
	Request string
	Status  int
	Text    string
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: the emulated tenant answered %d: %s", r.Request, r.Status, r.Text)
}

// status is that of a refusal, 0 for everything else.
func status(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Status
	}
	return 0
}

// Do sends one request: "GET", "/v1.0/groups", nil.
func (s *Stage) Do(method, path string, body Body) (Body, error) {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	answer := s.serve(method, path, content)
	for waited := time.Duration(0); answer.Code == http.StatusTooManyRequests && waited < patience; waited += pause {
		time.Sleep(pause) // the stage has to keep to the quotas as well, where they are enforced
		answer = s.serve(method, path, content)
	}
	if answer.Code >= http.StatusMultipleChoices {
		return nil, &Refusal{method + " " + path, answer.Code, told(answer.Body.Bytes())}
	}
	if answer.Body.Len() == 0 {
		return nil, nil
	}
	out := Body{}
	if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil {
		return nil, fmt.Errorf("%s %s: the emulated tenant's answer cannot be read: %w", method, path, err)
	}
	return out, nil
}

// How long the stage waits for the tenant's quotas, and between two tries.
const (
	patience = 5 * time.Minute
	pause    = 200 * time.Millisecond
)

func (s *Stage) serve(method, path string, content []byte) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, s.URL+path, bytes.NewReader(content))
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	s.Tenant.ServeHTTP(answer, req)
	return answer
}

// told is the message of an error of Graph's, or all that there is.
func told(content []byte) string {
	var answer struct{ Error struct{ Message string } }
	if json.Unmarshal(content, &answer) == nil && answer.Error.Message != "" {
		return answer.Error.Message
	}
	return strings.TrimSpace(string(content))
}

// List returns all pages of a collection.
func (s *Stage) List(path string) ([]Body, error) {
	var out []Body
	for path != "" {
		page, err := s.Do(http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		items, _ := page["value"].([]any)
		for _, item := range items {
			if b, ok := item.(Body); ok {
				out = append(out, b)
			}
		}
		next, _ := page["@odata.nextLink"].(string)
		path = strings.TrimPrefix(next, s.URL)
	}
	return out, nil
}

// Kinds names the kinds whose objects stand in a collection of their own, so
// that a tenant can be asked for them.
func (s *Stage) Kinds() []string {
	var out []string
	for _, k := range catalog.All() {
		if k.Managed() && k.Listable() && !k.Life.Below() && (!k.OnRequest || slices.Contains(s.Also, k.Name)) {
			out = append(out, k.Name)
		}
	}
	return out
}

// Objects returns the live objects of a kind that code can manage, by name.
func (s *Stage) Objects(name string) ([]Body, error) {
	k := catalog.ByName(name)
	list, err := s.List("/" + string(k.Life.ReadFrom) + k.Life.Path)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(b Body) bool { return k.Skip != nil && k.Skip(b) != "" })
	sort.SliceStable(list, func(i, j int) bool { return labelIn(name, list[i]) < labelIn(name, list[j]) })
	return list, nil
}

// labelIn is what people know an object of a kind by, "" where it only links others.
func labelIn(name string, b Body) string {
	k := catalog.ByName(name)
	if a := k.Attr(k.Label); a != nil {
		return str(b[a.Property])
	}
	return ""
}

// item is the path of one object of a collection.
func item(path, id string) string { return path + "/" + url.PathEscape(id) }

func str(v any) string {
	s, _ := v.(string)
	return s
}

// Requests is how many requests the tenant has answered, those of the stage
// itself among them.
func (s *Stage) Requests() int {
	n, _ := s.Tenant.Stats()["total"].(int)
	return n
}
