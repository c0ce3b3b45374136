package recyclebin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/recyclebin"
)

const (
	crowd        = 3200 // of writes, 3,000 are free
	restoreRoute = "POST /v1.0/directory/deletedItems/{id}/restore"
)

func (e *tenant) results(path string) *recyclebin.Results {
	e.t.Helper()
	r, err := recyclebin.OpenResults(path)
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { _ = r.Close() })
	return r
}

// outcomes counts the lines of a result file.
func (e *tenant) outcomes(path string) map[string]int {
	e.t.Helper()
	f, err := os.Open(path)
	if err != nil {
		e.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	n := map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var one recyclebin.Result
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil || one.ID == "" || one.Kind == "" {
			e.t.Fatalf("%q: %v", lines.Text(), err)
		}
		n[one.Outcome]++
	}
	return n
}

var everything = recyclebin.Selection{}

// TestThousandsOfUsers: what a script deleted comes back within the documented quotas,
// in batches, each user once; with 503s and lost answers on the way.
func TestThousandsOfUsers(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithDocumentedThrottling())
	e.script(crowd)
	p := e.prepare(everything, recyclebin.Options{})
	if len(p.Items) != crowd || p.Requests != crowd/20 {
		t.Fatalf("%d objects by %d requests", len(p.Items), p.Requests)
	}
	before, began := e.client.Requests(), e.Now()
	e.control("faults", object{"status": 503, "times": 3, "match": "POST /v1.0/directory/deletedItems/{id}/restore"})
	e.control("faults", object{"status": 503, "times": 2, "match": "POST /v1.0/$batch"})
	e.control("faults", object{"dropConnection": true, "times": 1, "match": "POST /v1.0/$batch"})
	e.restored(p, crowd, 0, 0)
	if l := e.list(recyclebin.Query{}); len(l.Items) != 0 {
		t.Errorf("%d are still in the recycle bin", len(l.Items))
	}
	t.Logf("%d requests, %s by the tenant's clock", e.client.Requests()-before, e.Now().Sub(began))
	if e.Now().Sub(began) < 8*time.Second {
		t.Error("nothing was throttled: this test shows nothing")
	}
	if n := e.client.Requests() - before; n > 2*crowd/20 {
		t.Errorf("%d requests for %d users", n, crowd)
	}
}

// TestInterrupted: the batch that is on its way is finished and written down, and the next
// run does the rest, with the file and without.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		e := newTenant(t)
		const n = 400
		e.script(n)
		file, o := filepath.Join(t.TempDir(), "result.jsonl"), recyclebin.Options{}
		if kept {
			o.Results = e.results(file)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var batches atomic.Int32
		e.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/$batch") && batches.Add(1) == 5 {
				cancel() // Ctrl-C while the fifth is on its way
			}
			return false
		}
		sum, err := e.restore(ctx, e.prepare(everything, o))
		if !errors.Is(err, recyclebin.ErrInterrupted) || sum.Restored+sum.Left != n || sum.Restored < 100 || sum.Left == 0 {
			t.Fatalf("%+v: %v", sum, err)
		}
		if left := len(e.list(recyclebin.Query{}).Items); left != sum.Left {
			t.Errorf("%d are in the recycle bin, %d were left", left, sum.Left)
		}
		if kept {
			if n := e.outcomes(file); n[recyclebin.Restored] != sum.Restored || len(n) != 1 {
				t.Errorf("the file has %v, and %d were restored", n, sum.Restored)
			}
			o.Results = e.results(file)
		}
		e.restored(e.prepare(everything, o), sum.Left, 0, 0)
		if kept {
			if got := e.outcomes(file); got[recyclebin.Restored] != n {
				t.Errorf("after both runs the file has %v", got)
			}
		}
		if sent := e.routes(restoreRoute); sent != n {
			t.Errorf("%d restores were sent for %d objects", sent, n)
		}
	}
}

// TestGrace: a request that does not end holds nobody up.
func TestGrace(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.do("DELETE", "/groups/"+e.group("One"), nil)
	p := e.prepare(everything, recyclebin.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	e.before = func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the client has gone
		cancel()
		<-r.Context().Done()
		return true
	}
	sum, err := recyclebin.Runner{Client: e.client, Wait: e.Sleep, Grace: time.Millisecond}.Restore(ctx, p)
	if !errors.Is(err, recyclebin.ErrInterrupted) || sum.Left != 1 || len(sum.Failed) != 0 {
		t.Errorf("%+v: %v", sum, err)
	}
}

// TestConflicts: what was taken meanwhile is told, with what to do; the rest comes back,
// and a second run with the same file tries the failed ones alone.
func TestConflicts(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	file := filepath.Join(t.TempDir(), "result.jsonl")
	alice, bob := e.user("alice"), e.user("bob")
	for _, id := range []string{alice, bob} {
		e.do("DELETE", "/users/"+id, nil)
	}
	successor := e.user("alice")
	app := e.make("/applications", object{"displayName": "App"})
	appID, _ := e.do("GET", "/applications/"+app, nil)["appId"].(string)
	old := e.make("/servicePrincipals", object{"appId": appID})
	e.do("DELETE", "/servicePrincipals/"+old, nil)
	second := e.make("/servicePrincipals", object{"appId": appID})

	sum := e.restored(e.prepare(everything, recyclebin.Options{Results: e.results(file)}), 1, 0, 2)
	wantText(t, "a name that was taken", sum.Failed[0].Error, `The userPrincipalName "alice@contoso.onmicrosoft.com" belongs to user "The alice" (`+successor+`)`, "change that one or delete it")
	wantText(t, "a second service principal", sum.Failed[1].Error, "409", `The appId "`+appID+`" belongs to service principal "App" (`+second+`)`, "delete the other if you want that")
	if sum.Complete() {
		t.Error("a restore with failures is called complete")
	}
	e.do("DELETE", "/users/"+successor, nil)
	s := recyclebin.Selection{IDs: []string{alice, bob}}
	p := e.prepare(s, recyclebin.Options{Results: e.results(file)})
	if e.wantNames("second run", p.Items, "alice@contoso.onmicrosoft.com"); p.Skipped != 1 {
		t.Errorf("%d were skipped", p.Skipped)
	}
	e.restored(p, 1, 0, 0)
	if n := e.outcomes(file); n[recyclebin.Restored] != 2 || n[recyclebin.Failed] != 2 {
		t.Errorf("the file has %v", n)
	}
	// Deleted once more, it is restored once more, whatever the file says of the first time.
	_ = e.Sleep(t.Context(), time.Minute)
	e.do("DELETE", "/users/"+bob, nil)
	e.restored(e.prepare(recyclebin.Selection{IDs: []string{bob}}, recyclebin.Options{Results: e.results(file)}), 1, 0, 0)
	// Without a file, what is live is found to be.
	e.restored(e.prepare(s, recyclebin.Options{}), 0, 2, 0)
	sum = e.restored(e.prepare(recyclebin.Selection{IDs: []string{"99999999-9999-4999-8999-999999999999"}}, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "an id of nothing", sum.Failed[0].Error, "in no recycle bin, and not live")
}

// TestProxyConflict: an address that somebody else has.
func TestProxyConflict(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	dir := t.TempDir()
	for name, content := range map[string]string{
		"alice.json": `{"@odata.type":"#microsoft.graph.user","id":"55555555-5555-4555-8555-555555555555","displayName":"Alice","userPrincipalName":"alice@contoso.onmicrosoft.com","mailNickname":"alice","accountEnabled":true,"proxyAddresses":["smtp:sales@contoso.onmicrosoft.com"],"deletedDateTime":"2026-11-19T10:00:00Z"}`,
		"bob.json":   `{"@odata.type":"#microsoft.graph.user","id":"66666666-6666-4666-8666-666666666666","displayName":"Bob","userPrincipalName":"bob@contoso.onmicrosoft.com","mailNickname":"bob","accountEnabled":true,"proxyAddresses":["smtp:sales@contoso.onmicrosoft.com"]}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.LoadDir(dir); err != nil {
		t.Fatal(err)
	}
	sum := e.restored(e.prepare(everything, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "an address that was taken", sum.Failed[0].Error, `The proxyAddresses "smtp:sales@contoso.onmicrosoft.com" belongs to user "Bob" (66666666-6666-4666-8666-666666666666)`, "--auto-reconcile-proxy-conflict")
	e.restored(e.prepare(everything, recyclebin.Options{Reconcile: true}), 1, 0, 0)
}

// TestOrder: what others refer to comes back first, and all of it; the selection of a part
// says what is missing.
func TestOrder(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	group, location := e.group("Excluded"), e.location("HQ")
	policy := e.policy("CA001", group, location)
	app := e.make("/applications", object{"displayName": "App"})
	appID, _ := e.do("GET", "/applications/"+app, nil)["appId"].(string)
	e.make("/servicePrincipals", object{"appId": appID})
	for _, path := range []string{policies + "/" + policy, locations + "/" + location, "/groups/" + group, "/applications/" + app} {
		e.do("DELETE", path, nil)
	}
	// The service principal alone, the application alone, the policy alone.
	p := e.prepare(recyclebin.Selection{Kinds: []string{"service_principal"}}, recyclebin.Options{})
	sum := e.restored(p, 0, 0, 1)
	wantText(t, "without its application", sum.Failed[0].Error, "select "+app)
	p = e.prepare(recyclebin.Selection{Kinds: []string{"application"}}, recyclebin.Options{})
	wantText(t, "notes of an application", strings.Join(p.Notes, "\n"), "service principals", "App (")
	sum = e.restored(e.prepare(recyclebin.Selection{Kinds: []string{"conditional_access_policy", "group"}, Name: "CA*"}, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "without its group", sum.Failed[0].Error, "does not exist", "restore")

	p = e.prepare(everything, recyclebin.Options{})
	e.wantNames("order", p.Items, "Excluded", "App", "App", "HQ", "CA001")
	wantText(t, "notes", strings.Join(p.Notes, "\n"), "untrusted", "HQ", "Enforced as soon as they are restored: CA001", "--report-only")
	if p.Requests != 5 {
		t.Errorf("%d requests", p.Requests)
	}
	before := e.client.Requests()
	sum = e.restored(p, 5, 0, 0)
	if n := e.client.Requests() - before; n != 5 {
		t.Errorf("%d requests, 5 were told", n)
	}
	if len(sum.Untrusted) != 1 || sum.Untrusted[0] != "HQ" {
		t.Errorf("untrusted: %v", sum.Untrusted)
	}
	if state := e.do("GET", policies+"/"+policy, nil)["state"]; state != "enabled" {
		t.Errorf("the policy is %v", state)
	}
}

// TestReferenceInBin: the refusal of a policy says what it lacks, where that is known.
func TestReferenceInBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	group := e.group("Excluded")
	policy := e.policy("CA001", group, "")
	e.do("DELETE", policies+"/"+policy, nil)
	e.do("DELETE", "/groups/"+group, nil)
	s := recyclebin.Selection{IDs: []string{policy}}
	sum := e.restored(e.prepare(s, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "a reference in the bin", sum.Failed[0].Error, `group "Excluded"`, group, "which is in the recycle bin")
	e.do("DELETE", "/directory/deletedItems/"+group, nil)
	sum = e.restored(e.prepare(s, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "a reference that is gone", sum.Failed[0].Error, "gone for good")
}

// TestLag: what a policy refers to was restored a moment ago and has not arrived.
func TestLag(t *testing.T) {
	t.Parallel()
	e := newTenant(t, emulator.WithLag(5*time.Second), emulator.WithSeed(3))
	late := 0
	e.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/restore") && strings.Contains(r.URL.Path, "/policies/") {
			late++
		}
		return false
	}
	group := e.group("Excluded")
	_ = e.Sleep(t.Context(), time.Minute)
	var ids []string
	for _, name := range []string{"CA001", "CA002", "CA003", "CA004"} {
		ids = append(ids, e.policy(name, group, ""))
	}
	_ = e.Sleep(t.Context(), time.Minute)
	for _, id := range ids {
		e.do("DELETE", policies+"/"+id, nil)
	}
	e.do("DELETE", "/groups/"+group, nil)
	_ = e.Sleep(t.Context(), time.Minute)
	e.restored(e.prepare(everything, recyclebin.Options{}), 5, 0, 0)
	if late <= len(ids) {
		t.Error("nothing lagged: this test shows nothing")
	}
}

// TestReportOnly: an enabled policy is not enforced after the restore, and where that
// fails the next run with the same file makes up for it.
func TestReportOnly(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	file := filepath.Join(t.TempDir(), "result.jsonl")
	group := e.group("Excluded")
	one, two, off := e.policy("CA001", group, ""), e.policy("CA002", group, ""), e.policy("CA003", group, "")
	e.do("PATCH", policies+"/"+off, object{"state": "disabled"})
	for _, id := range []string{one, two, off} {
		e.do("DELETE", policies+"/"+id, nil)
	}
	state := func(id string) string {
		s, _ := e.do("GET", policies+"/"+id, nil)["state"].(string)
		return s
	}
	e.control("faults", object{"status": 403, "times": 1, "match": "PATCH /v1.0" + policies})
	p := e.prepare(everything, recyclebin.Options{ReportOnly: true, Results: e.results(file)})
	wantText(t, "notes", strings.Join(p.Notes, "\n"), "Enforced for a moment", "CA001", "CA002")
	if p.Requests != 5 {
		t.Errorf("%d requests", p.Requests)
	}
	sum := e.restored(p, 2, 0, 1)
	failed := sum.Failed[0]
	if failed.Outcome != recyclebin.Unfinished || state(failed.ID) != "enabled" {
		t.Errorf("%+v, and it is %s", failed, state(failed.ID))
	}
	wantText(t, "enforced", failed.Error, "ENFORCED", "Policy.ReadWrite.ConditionalAccess")
	p = e.prepare(everything, recyclebin.Options{Results: e.results(file)})
	wantText(t, "notes without the flag", strings.Join(p.Notes, "\n"), failed.Name, "--report-only")
	p = e.prepare(everything, recyclebin.Options{ReportOnly: true, Results: e.results(file)})
	e.wantNames("to finish", p.Finish, failed.Name)
	e.restored(p, 1, 0, 0)
	if state(one) != "enabledForReportingButNotEnforced" || state(two) != state(one) || state(off) != "disabled" {
		t.Errorf("states: %s, %s, %s", state(one), state(two), state(off))
	}
	if p = e.prepare(everything, recyclebin.Options{ReportOnly: true, Results: e.results(file)}); len(p.Finish)+len(p.Items) != 0 {
		t.Errorf("a third run would do something: %+v", p)
	}
}

// TestKilled: the answer to a restore was lost, or the program was killed before it wrote
// anything down: the policy is live and enforced, and the file knows that it began.
func TestKilled(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	file := filepath.Join(t.TempDir(), "result.jsonl")
	id := e.policy("CA001", e.group("Excluded"), "")
	e.do("DELETE", policies+"/"+id, nil)
	p := e.prepare(everything, recyclebin.Options{ReportOnly: true, Results: e.results(file)})
	ctx, cancel := context.WithCancel(t.Context())
	e.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != "POST" {
			return false
		}
		e.ServeHTTP(discard{}, r)
		cancel()
		<-r.Context().Done()
		return true
	}
	runner := recyclebin.Runner{Client: e.client, Wait: e.Sleep, Grace: time.Millisecond}
	if sum, err := runner.Restore(ctx, p); !errors.Is(err, recyclebin.ErrInterrupted) || sum.Left != 1 {
		t.Fatalf("%+v: %v", sum, err)
	}
	e.before = nil
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString(`{"kind":"group","id":"1`) // killed while it wrote
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	e.restored(e.prepare(everything, recyclebin.Options{ReportOnly: true, Results: e.results(file)}), 1, 0, 0)
	if state := e.do("GET", policies+"/"+id, nil)["state"]; state != "enabledForReportingButNotEnforced" {
		t.Errorf("the policy is %v", state)
	}
	if n := e.outcomes(file); n[recyclebin.Restored] != 1 || n[recyclebin.Unfinished] != 1 {
		t.Errorf("the file has %v", n)
	}
	if _, err := recyclebin.OpenResults(write(t, "{}\nnonsense\n{}\n")); err == nil {
		t.Error("something else is taken for a result file")
	}
}

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// discard is where an answer goes that nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}

// TestSignedOut: where nobody is signed in any more nothing further is tried, and nothing
// is called failed.
func TestSignedOut(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	e.script(100)
	p := e.prepare(everything, recyclebin.Options{})
	e.client = e.as("expired")
	sum, err := e.restore(t.Context(), p)
	if !graph.IsUnauthorized(err) || sum.Left != 100 || len(sum.Failed) != 0 {
		t.Errorf("%+v: %v", sum, err)
	}
	if n := e.client.Requests(); n > 8 {
		t.Errorf("%d requests", n)
	}
}

// TestManagedIdentity: Graph restores none, so it is left out, unless it was named.
func TestManagedIdentity(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	const id = "55555555-5555-4555-8555-555555555555"
	dir := filepath.Dir(write(t, ""))
	if err := os.WriteFile(filepath.Join(dir, "sp.json"), []byte(`{"@odata.type":"#microsoft.graph.servicePrincipal","id":"`+id+`","appId":"66666666-6666-4666-8666-666666666666","displayName":"vm","servicePrincipalType":"ManagedIdentity","deletedDateTime":"2026-11-19T10:00:00Z"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := e.LoadDir(dir); err != nil {
		t.Fatal(err)
	}
	p := e.prepare(everything, recyclebin.Options{})
	if len(p.Items) != 0 || len(p.Decided) != 0 {
		t.Errorf("%+v", p)
	}
	wantText(t, "notes", strings.Join(p.Notes, "\n"), "managed identities", "vm")
	e.restored(e.prepare(recyclebin.Selection{IDs: []string{id}}, recyclebin.Options{}), 0, 0, 1)
}

// TestGoneFromBin: a restore whose answer was lost, what somebody else restored or purged
// between the listing and the restore, and a listing that lags behind.
func TestGoneFromBin(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	lost, other, purged := e.group("Lost answer"), e.group("Restored by another"), e.group("Purged")
	for _, id := range []string{lost, other, purged} {
		e.do("DELETE", "/groups/"+id, nil)
	}
	p := e.prepare(everything, recyclebin.Options{})
	e.do("POST", "/directory/deletedItems/"+other+"/restore", nil)
	e.do("DELETE", "/directory/deletedItems/"+purged, nil)
	e.control("faults", object{"cutBody": true, "times": 1, "match": "POST /v1.0/$batch"})
	sum := e.restored(p, 0, 2, 1)
	wantText(t, "what was purged", sum.Failed[0].Error, "deleted permanently meanwhile")

	e = newTenant(t, emulator.WithLag(5*time.Second), emulator.WithSeed(1))
	id, file := e.group("One"), filepath.Join(t.TempDir(), "result.jsonl")
	_ = e.Sleep(t.Context(), time.Minute)
	e.do("DELETE", "/groups/"+id, nil)
	_ = e.Sleep(t.Context(), time.Minute)
	e.restored(e.prepare(everything, recyclebin.Options{Results: e.results(file)}), 1, 0, 0)
	late := 0
	for range 20 {
		p := e.prepare(everything, recyclebin.Options{Results: e.results(file)})
		if len(p.Items) > 0 {
			t.Fatal("what the file knows to be restored would be restored again")
		}
		late += p.Skipped
	}
	if late == 0 {
		t.Error("nothing lagged: this test shows nothing")
	}
}

// TestGroupConflict: a Microsoft 365 group whose name and address another has stays, and is
// told; the others come back.
func TestGroupConflict(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	mail := object{"displayName": "Sales", "mailNickname": "sales", "mailEnabled": true, "securityEnabled": false, "groupTypes": []any{"Unified"}}
	old, plain := e.make("/groups", mail), e.group("plain")
	for _, id := range []string{old, plain} {
		e.do("DELETE", "/groups/"+id, nil)
	}
	thief := e.make("/groups", mail)
	who := `belongs to group "Sales" (` + thief + ")"
	sum := e.restored(e.prepare(everything, recyclebin.Options{}), 1, 0, 1)
	wantText(t, "a nickname that was taken", sum.Failed[0].Error, `The mailNickname "sales" `+who, "change that one or delete it")
	e.do("PATCH", "/groups/"+thief, object{"mailNickname": "other"})
	sum = e.restored(e.prepare(everything, recyclebin.Options{}), 0, 0, 1)
	wantText(t, "an address that was taken", sum.Failed[0].Error, `The proxyAddresses "SMTP:sales@contoso.onmicrosoft.com" `+who, "in Exchange")
	e.do("DELETE", "/groups/"+thief, nil)
	e.restored(e.prepare(recyclebin.Selection{IDs: []string{old}}, recyclebin.Options{}), 1, 0, 0)
}
