package assess_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/assess"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// world is an emulated tenant, and whoever assesses it.
type world struct {
	*testing.T
	tenant *emulator.Tenant
	url    string
	admin  *graph.Client // may do everything
	client *graph.Client // assesses
	dir    string        // of the code
}

// demo is the demo's tenant, with its code.
func demo(t *testing.T, opts ...emulator.Option) *world {
	t.Helper()
	w := empty(t, opts...)
	report, err := w.tenant.LoadDir("../cli/tenant")
	if err != nil || len(report.Refused) > 0 {
		t.Fatal(err, report.Refused)
	}
	w.export()
	return w
}

func empty(t *testing.T, opts ...emulator.Option) *world {
	t.Helper()
	w := &world{T: t, tenant: emulator.New(opts...), dir: t.TempDir()}
	server := httptest.NewServer(w.tenant)
	t.Cleanup(server.Close)
	w.url = server.URL
	w.admin = w.as(w.tenant.Token())
	w.client = w.admin
	return w
}

func (w *world) as(token string) *graph.Client {
	w.Helper()
	c, err := graph.New(context.Background(), graph.Config{Endpoint: w.url, AccessToken: token, LoopbackOnly: true})
	if err != nil {
		w.Fatal(err)
	}
	return c
}

// signIn makes an application with permissions the one that assesses, and returns the
// object id of its service principal.
func (w *world) signIn(permissions ...string) string {
	w.Helper()
	c, err := w.tenant.AddClient(emulator.ClientOptions{Name: "assess " + strings.Join(permissions, " "), Permissions: permissions})
	if err != nil {
		w.Fatal(err)
	}
	answer, err := http.PostForm(w.url+"/"+c.TenantID+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {c.ID}, "client_secret": {c.Secret}, "scope": {"https://graph.microsoft.com/.default"}})
	if err != nil {
		w.Fatal(err)
	}
	defer answer.Body.Close()
	var token struct {
		Text string `json:"access_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.Text == "" {
		w.Fatal(answer.Status, err)
	}
	w.client = w.as(token.Text)
	return w.one("/servicePrincipals", "appId", c.ID)["id"].(string)
}

func (w *world) export() {
	w.Helper()
	if err := os.RemoveAll(w.dir); err != nil {
		w.Fatal(err)
	}
	if _, err := export.Run(context.Background(), w.admin, export.Options{Out: w.dir, All: true}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) post(path string, b graph.Body) string {
	w.Helper()
	made, err := w.admin.Post(context.Background(), graph.V1, path, b)
	if err != nil {
		w.Fatal(path, err)
	}
	id, _ := made["id"].(string)
	return id
}

func (w *world) patch(path string, b graph.Body) {
	w.Helper()
	if _, err := w.admin.Patch(context.Background(), graph.V1, path, b); err != nil {
		w.Fatal(path, err)
	}
}

func (w *world) remove(path string) {
	w.Helper()
	if err := w.admin.Delete(context.Background(), graph.V1, path); err != nil {
		w.Fatal(path, err)
	}
}

func (w *world) one(path, property, value string) graph.Body {
	w.Helper()
	var found graph.Body
	err := w.admin.List(context.Background(), graph.V1, path, nil, func(b graph.Body) error {
		if b[property] == value {
			found = b
		}
		return nil
	})
	if err != nil || found == nil {
		w.Fatal(path, value, err)
	}
	return found
}

func (w *world) write(name, content string) {
	w.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(content), 0o600); err != nil {
		w.Fatal(err)
	}
}

func (w *world) file(name string) string {
	w.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, name))
	if err != nil {
		w.Fatal(err)
	}
	return string(b)
}

func (w *world) group(name string, more graph.Body) string {
	w.Helper()
	b := graph.Body{"displayName": name, "mailNickname": strings.ReplaceAll(name, " ", "-"), "mailEnabled": false, "securityEnabled": true}
	for k, v := range more {
		b[k] = v
	}
	return w.post("/groups", b)
}

func (w *world) assess(change ...func(*assess.Options)) *assess.Report {
	w.Helper()
	o := assess.Options{Dir: w.dir}
	for _, f := range change {
		f(&o)
	}
	r, err := assess.Run(context.Background(), w.client, o)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func of(r *assess.Report, kind string) assess.Kind {
	for _, k := range r.Kinds {
		if k.Kind == kind {
			return k
		}
	}
	return assess.Kind{}
}

// gates with one of them set.
func under(percent float64) assess.Gates {
	return assess.Gates{FailUnder: percent, FailBinDays: -1}
}
func binDays(n int) assess.Gates { return assess.Gates{FailUnder: -1, FailBinDays: n} }

func said(r *assess.Report) string {
	var b bytes.Buffer
	r.Text(&b)
	return strings.Join(strings.Fields(b.String()), " ")
}

func contains(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}

// TestCoverage: an export holds all of it; what is new is not in code, what code cannot
// hold does not count, and neither does what only a wish exports.
func TestCoverage(t *testing.T) {
	t.Parallel()
	w := demo(t)
	r := w.assess()
	if c := r.Coverage; c.Objects != c.InCode || c.Percent != 100 || c.Objects < 40 {
		t.Fatalf("%+v", c)
	}
	total := r.Coverage.Objects
	if k := of(r, "user"); k.Counts || k.Objects == 0 || k.InCode != 0 || len(k.Unmanaged) == 0 {
		t.Errorf("%+v", k)
	}
	if k := of(r, "directory_role_definition"); k.Objects != 0 || len(k.Unmanaged) != 1 || k.Unmanaged[0].Count < 100 {
		t.Errorf("%+v", k)
	}
	w.group("new", nil)
	w.remove("/identity/conditionalAccess/namedLocations/" + w.post("/identity/conditionalAccess/namedLocations", graph.Body{"@odata.type": "#microsoft.graph.countryNamedLocation", "displayName": "gone", "countriesAndRegions": []any{"CH"}}))
	r = w.assess()
	if c := r.Coverage; c.Objects != total+1 || c.InCode != total || c.Percent >= 100 || of(r, "group").Objects != of(r, "group").InCode+1 || of(r, "named_location").Binned != 1 {
		t.Errorf("%+v", c)
	}
	exact := float64(100*total) / float64(total+1)
	for _, c := range []struct {
		gate float64
		fail bool
	}{{-1, false}, {0, false}, {exact - 0.01, false}, {exact + 0.01, true}, {100, true}} {
		if got := r.Failures(under(c.gate)); (len(got) > 0) != c.fail {
			t.Errorf("%g: %v", c.gate, got)
		}
	}
	contains(t, strings.Join(r.Failures(under(100)), ""), "of "+itoa(total+1)+" objects are in the code", "less than 100 %")
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

// TestEmptyTenant: nothing is all of it, and a folder without code is none of it.
func TestEmptyTenant(t *testing.T) {
	t.Parallel()
	w := empty(t)
	if r := w.assess(); r.Coverage.Percent != 100 || len(r.Failures(under(100))) != 0 {
		t.Errorf("%+v", r.Coverage)
	}
	w.group("g", nil)
	if r := w.assess(); r.Coverage.Percent != 0 || len(r.Failures(under(1))) != 1 {
		t.Errorf("%+v", r.Coverage)
	}
	if _, err := assess.Run(context.Background(), w.admin, assess.Options{Dir: filepath.Join(w.dir, "nowhere")}); err == nil || !strings.Contains(err.Error(), "--dir") {
		t.Error(err)
	}
}

// TestOtherTenant: code of one tenant says nothing of another.
func TestOtherTenant(t *testing.T) {
	t.Parallel()
	w := demo(t)
	w.client = empty(t).admin
	if _, err := assess.Run(context.Background(), w.client, assess.Options{Dir: w.dir}); err == nil || !strings.Contains(err.Error(), "was exported from tenant") {
		t.Error(err)
	}
}

// TestLost: what is neither live nor binned is named, with its address, and what is
// binned is not among it.
func TestLost(t *testing.T) {
	t.Parallel()
	w := demo(t)
	gone, binned := w.one("/groups", "displayName", "Marketing")["id"].(string), w.one("/groups", "displayName", "CA-BreakGlass")["id"].(string)
	w.remove("/groups/" + gone)
	w.remove("/directory/deletedItems/" + gone)
	w.remove("/groups/" + binned)
	plain := w.one("/groups", "displayName", "Engineering")["id"].(string)
	w.remove("/groups/" + plain)
	w.remove("/directory/deletedItems/" + plain)
	contains(t, said(w.assess()), "makes them anew: Engineering, Marketing")
	w.write("manifest.json", strings.ReplaceAll(w.file("manifest.json"), `"displayName": "Marketing"`, `"displayName": "Marketing", "critical": true`))
	contains(t, said(w.assess()), "makes them anew: Marketing (critical), Engineering")
	w.write("groups.tf", strings.Replace(w.file("groups.tf"), `"engineering"`, `"other"`, 1))
	r := w.assess()
	if len(r.Missing) != 1 || r.Missing[0].Address != "entra_group.marketing" || r.Missing[0].ID != gone || of(r, "group").Missing != 1 {
		t.Errorf("%+v", r.Missing)
	}
	contains(t, said(r), "neither live nor in a recycle bin, so that the next apply makes them anew: Marketing (critical)")
}

// TestBin: days left, the nearest end first; what never ends is last, and the gate is
// about the code alone.
func TestBin(t *testing.T) {
	t.Parallel()
	w := demo(t)
	later := func(d time.Duration) func(*assess.Options) {
		return func(o *assess.Options) { o.Now = func() time.Time { return time.Now().Add(d) } }
	}
	foreign := w.post("/applications", graph.Body{"displayName": "Foreign", "signInAudience": "AzureADMultipleOrgs"})
	w.remove("/applications/" + foreign)
	w.remove("/groups/" + w.group("mine only", nil))
	r := w.assess(later(28*24*time.Hour + time.Hour))
	if got := r.Failures(binDays(7)); len(got) != 0 {
		t.Error(got)
	}
	w.remove("/groups/" + w.one("/groups", "displayName", "CA-BreakGlass")["id"].(string))
	r = w.assess(later(28*24*time.Hour + time.Hour))
	last := r.Bin[len(r.Bin)-1]
	if len(r.Bin) != 3 || last.Name != "Foreign" || last.DaysLeft != nil || last.Note == "" || *r.Bin[0].DaysLeft != 1 {
		t.Errorf("%+v", r.Bin)
	}
	got := r.Failures(binDays(7))
	contains(t, strings.Join(got, "\n"), `entra_group.ca_breakglass "CA-BreakGlass" is in the recycle bin for 1 more days, fewer than 7`)
	if len(got) != 1 || len(r.Failures(binDays(1))) != 0 {
		t.Error(got)
	}
	if r = w.assess(later(24 * time.Hour * 400)); *r.Bin[0].DaysLeft != 0 {
		t.Errorf("%+v", r.Bin[0])
	}
	contains(t, said(r), "IN THE RECYCLE BINS NOW DAYS LEFT", "no end application Foreign none")
}

// TestRecreation: what a rebuild cannot make or breaks is named with what to do.
func TestRecreation(t *testing.T) {
	t.Parallel()
	w := demo(t)
	r := w.assess()
	if k := of(r, "application"); len(k.NotRecreated) != 1 || len(k.NotRecreated[0].Objects) != k.Objects || !strings.Contains(k.NotRecreated[0].Todo, "so a plan makes them anew") {
		t.Errorf("%+v", k.NotRecreated)
	}
	w.write("provider.tf", "provider \"entra\" {}\n")
	k := of(w.assess(), "application")
	if !strings.Contains(k.NotRecreated[0].Todo, "refuses") || k.NotRecreated[0].Objects[0].Address == "" {
		t.Errorf("%+v", k.NotRecreated)
	}
	for kind, want := range map[string][2]string{
		"group": {"same id, 30 days", "new id, linked again"}, "authentication_context": {"no", "same id"}, "application": {"same id, 30 days", "new id, breaks things"},
		"app_role_assignment": {"with its service principal", "between the same ends"}, "directory_role_assignment": {"with what it connects", "between the same ends"},
		"directory_role_definition": {"same id, 30 days, not in every cloud", "same id"}, "terms_of_use": {"no", "new id, linked again, by a person, from local files"},
		"service_principal": {"same id, 30 days", "new id, breaks some"},
	} {
		if k := of(r, kind); k.Restore != want[0] || k.Recreate != want[1] {
			t.Errorf("%s: %q, %q", kind, k.Restore, k.Recreate)
		}
	}
	if k := of(r, "group"); !slices.ContainsFunc(k.Lacks, func(l assess.Lack) bool {
		return l.Property == "assignedLabels" && l.Reason == "needs a signed-in person"
	}) ||
		slices.ContainsFunc(k.Lacks, func(l assess.Lack) bool { return l.Reason == "read-only" }) {
		t.Errorf("%+v", k.Lacks)
	}
}

// TestUncovered: what no table covers is counted where that is cheap, and named otherwise.
func TestUncovered(t *testing.T) {
	t.Parallel()
	w := empty(t)
	w.post("/devices", graph.Body{"displayName": "laptop", "accountEnabled": true, "deviceId": "3d0ab4ba-29a3-4b5e-9a55-b1c8a4b8a1b0", "operatingSystem": "Windows", "operatingSystemVersion": "10",
		"alternativeSecurityIds": []any{graph.Body{"type": json.Number("2"), "key": "c2VjcmV0"}}})
	counts := map[string]*int{}
	for _, u := range w.assess().Uncovered {
		counts[u.Name] = u.Count
	}
	for name, want := range map[string]int{"devices": 1, "domains": 1, "directory settings": 0, "cross-tenant access partners": 0, "eligible role assignments": 0} {
		if n := counts[name]; n == nil || *n != want {
			t.Errorf("%s: %v", name, n)
		}
	}
	if n, named := counts["authentication methods of users"]; n != nil || !named {
		t.Error("it is named and not counted")
	}
}

// TestBounded: the number of requests grows by batches and pages, not by objects.
func TestBounded(t *testing.T) {
	t.Parallel()
	w := empty(t)
	answer, err := http.Post(w.url+"/_emulator/generate", "application/json", strings.NewReader(`{"users":300,"groups":200,"membersPerGroup":3,"policies":40,"namedLocations":10,"applications":60,"administrativeUnits":10}`))
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	answer.Body.Close()
	r := w.assess()
	if r.Coverage.Objects < 300 {
		t.Fatalf("%+v", r.Coverage)
	}
	if n := w.client.Requests(); n > 90 {
		t.Errorf("%d requests", n)
	}
}
