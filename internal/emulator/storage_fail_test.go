package emulator_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/archive"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// A storage that fails, and what goes on with another process beside objects.

// kept is a tenant with a storage that a test can break.
func kept(t *testing.T, opts ...emulator.Option) (*tenant, *memory) {
	t.Helper()
	e := newBareTenant(t, opts...)
	m := &memory{}
	if err := e.KeepIn(m); err != nil {
		t.Fatal(err)
	}
	return e, m
}

// TestStorageFails: what the storage did not keep has not happened, whatever it was; the
// answer is 503, and once the storage works again, so does the tenant.
func TestStorageFails(t *testing.T) {
	t.Parallel()
	e, m := kept(t)
	group, user, other := e.group("g"), e.user("u"), e.user("other")
	e.want(204, "POST", "/v1.0/groups/"+group+"/members/$ref", reference(user))
	location, p := e.location("here", true), e.want(201, "POST", policies, policy()).id()
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "app", "signInAudience": "AzureADMyOrg"}).id()
	binned, untouched := e.group("binned"), e.group("untouched")
	e.want(204, "DELETE", "/v1.0/groups/"+binned, nil)
	delta := e.want(200, "GET", "/v1.0/groups/delta", nil).body["@odata.deltaLink"].(string)
	e.group("seen")
	m.fail(errors.New("broken"))
	e.want(503, "PATCH", "/v1.0/groups/"+untouched, object{"description": "never"})
	m.fail(nil)
	for name, c := range map[string]struct {
		status       int // when the storage works
		method, path string
		body         any
	}{
		"create":         {201, "POST", "/v1.0/groups", object{"displayName": "n", "mailEnabled": false, "mailNickname": "n", "securityEnabled": true}},
		"update":         {204, "PATCH", "/v1.0/groups/" + group, object{"description": "x"}},
		"policy":         {204, "PATCH", policies + "/" + p, object{"state": "enabled"}},
		"update below":   {204, "PATCH", "/v1.0/applications/" + app, object{"web": object{"homePageUrl": "https://example.org"}}},
		"into the bin":   {204, "DELETE", locations + "/" + e.location("there", false), nil},
		"out of the bin": {200, "POST", bin + "/" + binned + "/restore", nil},
		"purge":          {204, "DELETE", bin + "/" + deletedGroup(e), nil},
		"link":           {204, "POST", "/v1.0/groups/" + group + "/members/$ref", reference(other)},
		"unlink":         {204, "DELETE", "/v1.0/groups/" + group + "/members/" + user + "/$ref", nil},
		"secret":         {200, "POST", "/v1.0/applications/" + app + "/addPassword", object{}},
		"refusal":        {400, "POST", "/v1.0/groups", object{"displayName": "the audit log has it"}},
		"generate":       {200, "POST", "/_emulator/generate", object{"users": 3, "groups": 2, "membersPerGroup": 2}},
		"clock":          {200, "POST", "/_emulator/clock", object{"advance": "1h"}},
		"trusted":        {204, "PATCH", locations + "/" + location, ipLocation("isTrusted", false)},
	} {
		m.fail(errors.New("no space left on device"))
		before := m.copy()
		a := e.do(c.method, c.path, c.body)
		control := strings.HasPrefix(c.path, "/_emulator/")
		switch {
		case control && (a.status != 400 || !strings.Contains(a.raw, "no space left")),
			!control && (a.status != 503 || a.code() != "ServiceUnavailable" || !strings.Contains(a.message(), "no space left")):
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
		sameAgain(t, e.Tenant, before)
		e.want(200, "GET", "/v1.0/groups/"+group, nil)
		m.fail(nil)
		if a := e.do(c.method, c.path, c.body); a.status != c.status {
			t.Errorf("%s, with a storage that works again: %d %s", name, a.status, a.raw)
		}
		sameAgain(t, e.Tenant, m)
	}
	// A delta query tells what happened, and nothing of what did not.
	rows := e.want(200, "GET", strings.TrimPrefix(delta, e.url), nil).body["value"].([]any)
	names := map[any]int{}
	for _, r := range rows {
		names[r.(object)["displayName"]]++
	}
	if names["n"] != 1 || names["seen"] != 1 || names["g"] != 1 || names["untouched"] != 0 {
		t.Errorf("the delta has %v", names)
	}
}

func deletedGroup(e *tenant) string {
	id := e.group("deleted")
	e.want(204, "DELETE", "/v1.0/groups/"+id, nil)
	return id
}

// TestStorageFailsOverTime: what falls due is kept too, and a request that would show it
// waits for the storage.
func TestStorageFailsOverTime(t *testing.T) {
	t.Parallel()
	at := &clock{at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
	e, m := kept(t, emulator.WithClock(at.now), emulator.WithProtectedActions("microsoft.directory/namedLocations/create"))
	id := deletedGroup(e)
	m.fail(errors.New("broken"))
	e.want(200, "GET", "/v1.0/groups", nil) // nothing is due
	at.advance(31 * 24 * time.Hour)
	e.refused(503, "ServiceUnavailable", "broken", "GET", bin+"/"+id, nil)
	e.refused(503, "ServiceUnavailable", "broken", "GET", policies, nil)
	m.fail(nil)
	e.want(404, "GET", bin+"/"+id, nil)
	sameAgain(t, e.Tenant, m)
	deletedGroup(e)
	at.advance(31 * 24 * time.Hour)
	e.want(401, "POST", locations, ipLocation()) // what is due has come, whatever becomes of the request
	sameAgain(t, e.Tenant, m)
}

// TestStorageFailsAtLoading: an archive is kept whole or not at all.
func TestStorageFailsAtLoading(t *testing.T) {
	t.Parallel()
	e, m := kept(t)
	m.fail(errors.New("broken"))
	a := &archive.Archive{Objects: []archive.Object{{File: "g.json", Collection: "/groups", Body: object{
		"id": "11111111-1111-4111-8111-111111111111", "displayName": "g", "mailNickname": "g", "mailEnabled": false, "securityEnabled": true}}}}
	if r := e.Load(a); r.Unkept == nil || len(r.Loaded) > 0 {
		t.Errorf("%+v", r)
	}
	e.want(404, "GET", "/v1.0/groups/11111111-1111-4111-8111-111111111111", nil)
	m.fail(nil)
	if r := e.Load(a); r.Unkept != nil || r.Loaded["/groups"] != 1 {
		t.Errorf("%+v", r)
	}
	sameAgain(t, e.Tenant, m)
	if err := emulator.New().KeepIn(&memory{broken: errors.New("broken")}); err == nil {
		t.Error("a storage that does not take the tenant is no error")
	}
}

// TestReadsAreNotSaved: a request that reads costs the storage nothing.
func TestReadsAreNotSaved(t *testing.T) {
	t.Parallel()
	e, m := kept(t)
	e.do("GET", "/v1.0/domains", nil) // which are made when they are first asked for
	before := m.saves
	for range 5 {
		e.want(200, "GET", "/v1.0/groups", nil)
		e.want(200, "GET", "/v1.0/domains", nil)
		e.want(200, "POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{nobody}})
	}
	if m.saves != before {
		t.Errorf("%d saves for reads", m.saves-before)
	}
}

// TestSignInAfterRestart: secrets, running tokens, and the end of tokens go on.
func TestSignInAfterRestart(t *testing.T) {
	t.Parallel()
	m := &memory{}
	first := newLogin(t)
	if err := first.KeepIn(m); err != nil {
		t.Fatal(err)
	}
	client := first.addClient(emulator.ClientOptions{Name: "job"})
	gone := first.addClient(emulator.ClientOptions{Name: "gone"})
	token, lost := first.token(client), first.token(gone, "claims", `{"access_token":{"xms_cc":{"values":["cp1"]}}}`)
	sp := first.as(first.Token(), "GET", "/v1.0/servicePrincipals(appId='"+gone.ID+"')", nil).id()
	toggle := func(e *login, enabled bool) {
		if a := e.as(e.Token(), "PATCH", "/v1.0/servicePrincipals/"+sp, object{"accountEnabled": enabled}); a.status != 204 {
			t.Fatal(a.raw)
		}
	}
	toggle(first, false)
	if a := first.as(lost, "GET", "/v1.0/groups", nil); a.status != 401 {
		t.Errorf("the token of a disabled client: %d", a.status)
	}
	first.as(first.Token(), "GET", "/v1.0/groups", nil)

	again := newLogin(t)
	if err := again.KeepIn(m); err != nil {
		t.Fatal(err)
	}
	if again.TenantID() != first.TenantID() || again.Token() != first.Token() {
		t.Error("another tenant, or another token")
	}
	if a := again.as(token, "GET", "/v1.0/groups", nil); a.status != 200 {
		t.Errorf("a token from before: %d %s", a.status, a.raw)
	}
	toggle(again, true)
	if a := again.as(lost, "GET", "/v1.0/groups", nil); a.status != 401 {
		t.Errorf("a token that was revoked before: %d", a.status)
	}
	if a := again.as(again.token(gone, "claims", `{"access_token":{"xms_cc":{"values":["cp1"]}}}`), "GET", "/v1.0/groups", nil); a.status != 200 {
		t.Errorf("a new token of a client whose tokens were revoked: %d %s", a.status, a.raw)
	}
	again.token(client)
	if a := again.send("POST", again.endpoint(), form(client, "client_secret", "wrong")); a.status != 401 {
		t.Errorf("a wrong secret: %d", a.status)
	}
	if _, err := again.AddClient(emulator.ClientOptions{Name: "job"}); err == nil {
		t.Error("a second client of the same name")
	}
	renewed := again.addClient(emulator.ClientOptions{Name: "job", Renew: true})
	sameAgain(t, again.Tenant, m) // permissions were replaced by as many others
	again.token(renewed)
	if a := again.send("POST", again.endpoint(), form(client)); renewed.ID != client.ID || a.status != 401 {
		t.Errorf("the secret that was replaced: %d", a.status)
	}
	m.fail(errors.New("broken"))
	if a := again.send("POST", again.endpoint(), form(renewed)); a.status != http.StatusInternalServerError {
		t.Errorf("a token that would be forgotten: %d %s", a.status, a.raw)
	}
}

// TestPagesAfterRestart: a nextLink can be followed, a deltaLink asks for a new start.
func TestPagesAfterRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)
	p.ask("POST", "/_emulator/generate", `{"groups":20}`)
	link := func(w string, name string) string {
		_, rest, _ := strings.Cut(w, `"@odata.`+name+`":"http://example.com`)
		rest, _, _ = strings.Cut(rest, `"`)
		return rest
	}
	next := link(p.ask("GET", "/v1.0/groups?$top=5", "").Body.String(), "nextLink")
	delta := link(p.ask("GET", "/v1.0/groups/delta", "").Body.String(), "deltaLink")
	want := p.ask("GET", next, "").Body.String()
	for range 2 { // what a token says of the changes must not fit any later run either
		p.stop()
		p = start(t, dir)
		if got := p.ask("GET", next, "").Body.String(); got != want || next == "" {
			t.Errorf("the second page %q:\n%.200s\nwant %.200s", next, got, want)
		}
		if w := p.ask("GET", delta, ""); w.Code != http.StatusGone || !strings.Contains(w.Body.String(), "syncStateNotFound") {
			t.Errorf("a deltaLink from before: %d %s", w.Code, w.Body)
		}
		fresh := link(p.ask("GET", "/v1.0/groups/delta", "").Body.String(), "deltaLink")
		if w := p.ask("GET", fresh, ""); w.Code != http.StatusOK {
			t.Errorf("a new deltaLink: %d %s", w.Code, w.Body)
		}
		for range 3 {
			p.ask("POST", "/v1.0/groups", `{"displayName":"n","mailNickname":"n","mailEnabled":false,"securityEnabled":true}`)
		}
		want = p.ask("GET", next, "").Body.String()
		delta = link(p.ask("GET", fresh, "").Body.String(), "deltaLink")
	}
	p.stop()
}

// TestGoOn: what a tenant does not go on from, and what it learns on the way.
func TestGoOn(t *testing.T) {
	t.Parallel()
	m := &memory{}
	e := emulator.New()
	if err := e.KeepIn(m); err != nil {
		t.Fatal(err)
	}
	if err := e.KeepIn(&memory{}); err == nil {
		t.Error("a second storage")
	}
	if err := emulator.New(emulator.WithTenantID(e.TenantID()), emulator.WithToken("chosen")).KeepIn(m.copy()); err != nil {
		t.Error(err)
	}
	used := emulator.New()
	if _, err := used.AddClient(emulator.ClientOptions{Name: "x"}); err != nil {
		t.Fatal(err)
	}
	later, damaged, stranger, headless := m.copy(), m.copy(), m.copy(), m.copy()
	later.records["object/group/x"] = []byte(`{"type":"somethingNew","id":"x"}`)
	damaged.records["object/group/x"] = []byte(`{"type":`)
	stranger.records["novelty/x"] = []byte(`1`)
	delete(headless.records, "tenant")
	for _, c := range []struct {
		name, part string
		tenant     *emulator.Tenant
		storage    *memory
	}{
		{"another tenant", "not " + nobody, emulator.New(emulator.WithTenantID(nobody)), m.copy()},
		{"a tenant that was used", "one of them would be lost", used, m.copy()},
		{"a type of later", "does not know", emulator.New(), later},
		{"a record of later", `"novelty/x"`, emulator.New(), stranger},
		{"a damaged record", `"object/group/x" is damaged`, emulator.New(), damaged},
		{"no tenant", "no tenant", emulator.New(), headless},
	} {
		if err := c.tenant.KeepIn(c.storage); err == nil || !strings.Contains(err.Error(), c.part) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	// A type that the tenant did not know when it was kept has what every tenant has of it.
	older := m.copy()
	older.records["tenant"] = []byte(strings.Replace(string(older.records["tenant"]), " authorizationPolicy ", " ", 1))
	for key := range older.records {
		if strings.HasPrefix(key, "object/authorizationPolicy/") || strings.HasPrefix(key, "object/domain/") {
			delete(older.records, key)
		}
	}
	newer := emulator.New()
	if err := newer.KeepIn(older); err != nil {
		t.Fatal(err)
	}
	sameAgain(t, newer, older)
	p := &process{newer, t, nil}
	if w := p.ask("GET", "/v1.0/policies/authorizationPolicy", ""); w.Code != 200 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestEveryFieldIsKept: whoever gives the tenant a field says whether a storage keeps it.
func TestEveryFieldIsKept(t *testing.T) {
	t.Parallel()
	for _, name := range emulator.Unclassified() {
		t.Errorf("nobody said whether a storage keeps %s: see export_storage_test.go, beside.go", name)
	}
}
