package kindtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
	"github.com/hashicorp/terraform-plugin-log/tfsdklogtest"
)

// Client secrets: what becomes of the one that Graph tells.

// tap stands between the provider and the tenant, and keeps the secrets that
// the tenant tells and the order of the requests.
type tap struct {
	mu       sync.Mutex
	secrets  []string
	requests []string
}

func (w *tap) read(resp *http.Response) error {
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(content))
	w.mu.Lock()
	defer w.mu.Unlock()
	if resp.Request.Method != http.MethodGet {
		w.requests = append(w.requests, resp.Request.URL.Path[strings.LastIndex(resp.Request.URL.Path, "/")+1:])
	}
	var told struct{ SecretText string }
	if json.Unmarshal(content, &told) == nil && told.SecretText != "" {
		w.secrets = append(w.secrets, told.SecretText)
	}
	return nil
}

func newTapped(t *testing.T) (*host, *tap) {
	t.Helper()
	h, w := newHost(t), &tap{}
	target, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = w.read
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h, w
}

func (w *tap) last(t *testing.T) string {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.secrets) == 0 {
		t.Fatal("no secret was made")
	}
	return w.secrets[len(w.secrets)-1]
}

// everything is all that Terraform keeps or shows of an address.
func (i *instance) everything(p *plan) string {
	return fmt.Sprint(i.state, string(i.private), i.identity, i.said, p.planned, string(p.private))
}

// TestSecretGoesNowhere: the secret stands where the code wants it, and in no
// log, message, plan, error or state besides. The log is that of the provider
// and of the framework, as TF_LOG=trace has it.
func TestSecretGoesNowhere(t *testing.T) {
	t.Setenv("TF_LOG_SDK_FRAMEWORK", "TRACE")
	t.Setenv("TF_LOG_PROVIDER", "TRACE")
	owner, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]string{"nowhere": "", "sealed": owner.Recipient().String(), "in the open": "state"} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			h, told := newTapped(t)
			h.ctx = tflogtest.RootLogger(tfsdklogtest.RootLogger(context.Background(), &log), &log)
			values := passwordValues(h)
			if delete(values, "store"); store != "" {
				values["store"] = store
			}
			i := h.instance(kindNamed(t, "application_password"))
			i.apply(values)
			i.settled(values, "after create")
			secret := told.last(t)
			// The old one cannot be removed: the error is told, and the new one is kept.
			i.control("faults", `{"status":403,"times":1,"match":"POST /v1.0/applications/`+i.get("application_id")+`/removePassword"}`)
			next := but(values, "rotate_when_changed", "2")
			p := i.plan(next)
			failure := i.tryApply(p)
			if !strings.Contains(failure, "its successor was made") || told.last(t) == secret {
				t.Fatalf("the error does not say what was done: %s", failure)
			}
			i.settled(next, "after a rotation that left the old one")
			seen := map[string]string{"log": log.String(), "error": failure, "Terraform": i.everything(p)}
			if log.Len() == 0 {
				t.Error("nothing was logged, so that this test sees nothing")
			}
			if store == "state" {
				if i.get("secret_text") != told.last(t) {
					t.Error("the state does not hold the secret, although the code wants it")
				}
				seen["Terraform"] = fmt.Sprint(string(i.private), i.identity, i.said, p.planned, string(p.private))
			}
			for _, s := range told.secrets {
				for where, all := range seen {
					if strings.Contains(all, s) {
						t.Errorf("the secret is in: %s", where)
					}
				}
			}
			if store == owner.Recipient().String() {
				if got := opened(t, owner, i.get("secret_encrypted")); got != told.last(t) {
					t.Errorf("the owner reads another secret: %q", got)
				}
			}
		})
	}
}

// opened decrypts what a state holds.
func opened(t *testing.T, owner age.Identity, sealed string) string {
	t.Helper()
	r, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), owner)
	if err != nil {
		t.Fatalf("%v: %q", err, sealed)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestSecretIsSensitive: a secret in the open is hidden where Terraform shows values.
func TestSecretIsSensitive(t *testing.T) {
	t.Parallel()
	schema, err := provider.NewServer("test")().GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range schema.ResourceSchemas["entra_application_password"].Block.Attributes {
		if a.Sensitive != (a.Name == "secret_text") {
			t.Errorf("%s: sensitive is %t", a.Name, a.Sensitive)
		}
	}
}

// TestSecretRotates: what changes about a secret makes another, and only then
// is the old one removed.
func TestSecretRotates(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{"rotate_when_changed": "2", "display_name": "renamed", "end_date_time": "2098-01-01T00:00:00Z"} {
		h, told := newTapped(t)
		values := passwordValues(h)
		i := h.instance(kindNamed(t, "application_password"))
		i.apply(values)
		id, first := i.get("id"), told.last(t)
		next := but(values, name, value)
		i.apply(next)
		i.settled(next, "after a change of "+name)
		if i.get("id") == id || i.get("secret_text") == first || i.get("secret_text") != told.last(t) || len(i.items()) != 1 {
			t.Errorf("%s: another secret was to take the place of the first; there are %v", name, i.items())
		}
		if !slices.Equal(told.requests, []string{"addPassword", "addPassword", "removePassword"}) {
			t.Errorf("%s: %v", name, told.requests)
		}
	}
}

// TestSecretStays: nothing makes another secret but what must.
func TestSecretStays(t *testing.T) {
	t.Parallel()
	h, told := newTapped(t)
	owner, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	values := passwordValues(h)
	i := h.instance(kindNamed(t, "application_password"))
	i.apply(values)
	secret := told.last(t)
	spelled := but(but(values, "end_date_time", "2099-01-01T01:00:00+01:00"), "store", owner.Recipient().String())
	i.apply(spelled)
	i.settled(spelled, "after the store was changed")
	if i.get("secret_text") != "" || opened(t, owner, i.get("secret_encrypted")) != secret {
		t.Error("the secret of the state was to be sealed")
	}
	imported := h.instance(i.kind)
	imported.importID(i.importable())
	imported.read()
	imported.apply(spelled)
	imported.settled(spelled, "after import, with words of the provider that no import knows")
	less := without(values, "store", "start_date_time", "end_date_time")
	i.apply(less)
	i.settled(less, "after what Graph chose was left out")
	if i.get("secret_encrypted") != "" {
		t.Error("the state was to forget the secret")
	}
	if n := len(told.secrets); n != 1 {
		t.Errorf("%d secrets were made", n)
	}
}

// without returns v without the names.
func without(v kind.Values, names ...string) kind.Values {
	out := kind.Values{}
	for name, value := range v {
		if !slices.Contains(names, name) {
			out[name] = value
		}
	}
	return out
}

// TestSecretComesBack: a secret comes back with its application, the same; that
// of an application that is lost is made anew, and the plan says so.
func TestSecretComesBack(t *testing.T) {
	t.Parallel()
	h, told := newTapped(t)
	app := h.instance(kindNamed(t, "application"))
	app.apply(kind.Values{"display_name": "With a secret"})
	values := but(passwordValues(h), "application_id", app.get("id"))
	i := h.instance(kindNamed(t, "application_password"))
	i.apply(values)
	id := i.get("id")
	app.gone(false)
	i.settled(values, "while the application is in the recycle bin")
	app.read()
	app.apply(kind.Values{"display_name": "With a secret"})
	i.settled(values, "after the application came back")
	if i.get("id") != id || i.get("secret_text") != told.last(t) || len(told.secrets) != 1 {
		t.Error("the secret is another one")
	}
	app.lose()
	if w, _ := i.told(values); !strings.Contains(w, "whoever uses the old one must be given the new") {
		t.Errorf("the plan does not say what a lost secret means: %q", w)
	}
	app.read()
	i.read()
	app.apply(kind.Values{"display_name": "With a secret"})
	next := but(values, "application_id", app.get("id"))
	i.apply(next)
	i.settled(next, "below the application that was made anew")
	if len(told.secrets) != 2 || i.get("secret_text") != told.last(t) {
		t.Error("one other secret was to be made")
	}
}

// TestSecretStore: a recipient that nobody can encrypt to is refused before
// there is a secret, at the latest in the apply.
func TestSecretStore(t *testing.T) {
	t.Parallel()
	h, told := newTapped(t)
	values := passwordValues(h)
	i := h.instance(kindNamed(t, "application_password"))
	for store, want := range map[string]string{"age1nonsense": "no recipient of age", "vault": `must be or begin with one of "state", "age1"`, testRecipient: "", "state": ""} {
		if s := i.invalid(but(values, "store", store)); (s == "") != (want == "") || !strings.Contains(s, want) {
			t.Errorf("store %q: %q", store, s)
		}
	}
	late := i.plan(but(values, "store", "age1nonsense"))
	if s := i.tryApply(late); !strings.Contains(s, "no recipient of age") || len(told.secrets) != 0 {
		t.Errorf("a secret was made that nobody can keep: %s", s)
	}
	// A store that is known only in the apply.
	config := i.config(values)
	fields, err := wire.Fields(config)
	if err != nil {
		t.Fatal(err)
	}
	fields["store"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	p, s := i.tryPlan(tftypes.NewValue(config.Type(), fields))
	if s != "" {
		t.Fatal(s)
	}
	planned, err := wire.Fields(p.planned)
	if err != nil || planned["secret_text"].IsKnown() || planned["secret_encrypted"].IsKnown() {
		t.Error("where the secret goes is planned before it is known")
	}
}
