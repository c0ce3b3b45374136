package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/disk"
)

// A tenant in a folder, seen by a client before and after a restart.

// process is one run of an emulator on a folder, at an address that never changes.
type process struct {
	*emulator.Tenant
	t     *testing.T
	store *disk.Store
}

func start(t *testing.T, dir string, opts ...emulator.Option) *process {
	t.Helper()
	store, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	e := emulator.New(append([]emulator.Option{emulator.WithClock(func() time.Time { return time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC) })}, opts...)...)
	if err := e.KeepIn(store); err != nil {
		t.Fatal(err)
	}
	return &process{e, t, store}
}

func (p *process) stop() {
	p.t.Helper()
	if err := p.store.Close(); err != nil {
		p.t.Fatal(err)
	}
}

// ask answers a request as bytes.
func (p *process) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+p.Token())
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

// everything asks every address that GET has, of every object that the collection lists, and
// returns the answers as they are.
func (p *process) everything() map[string]string {
	out, ids := map[string]string{}, map[string][]string{}
	keep := func(collection, path string) {
		w := p.ask("GET", path, "", "ConsistencyLevel", "eventual")
		text := w.Body.String()
		if w.Code != http.StatusOK { // with the id of the request in it
			text, _, _ = strings.Cut(text, `"innerError"`)
		}
		out[path] = fmt.Sprint(w.Code, " ", text)
		var rows struct{ Value []struct{ ID string } }
		if json.Unmarshal([]byte(text), &rows) == nil {
			for _, row := range rows.Value {
				ids[collection] = append(ids[collection], row.ID)
			}
		}
	}
	var single []string
	for _, r := range emulator.Routes() {
		path, get := strings.CutPrefix(r, "GET ")
		switch {
		case !get || strings.HasSuffix(path, "delta"):
		case !strings.Contains(path, "{"):
			keep(path, "/beta"+path)
			keep("", "/v1.0"+path)
		case strings.Count(path, "{") == 1 && strings.Contains(path, "/{id}"):
			single = append(single, path)
		}
	}
	for _, typ := range []string{"user", "group", "application", "servicePrincipal", "administrativeUnit", "device"} {
		keep("/directory/deletedItems", "/beta/directory/deletedItems/microsoft.graph."+typ)
	}
	for _, path := range single {
		collection, rest, _ := strings.Cut(path, "/{id}")
		for _, id := range ids[collection] {
			keep("", "/beta"+collection+"/"+id+rest)
		}
	}
	return out
}

// TestRestart: a client finds, byte for byte, what it left: a synthetic tenant with objects
// in the bins, others purged, PIM at work, secrets, logos, protected actions and a clock that
// was moved.
func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := start(t, dir)
	eventful(p)
	before := p.everything()
	p.stop()
	again := start(t, dir)
	after := again.everything()
	for _, d := range p.Differs(again.Tenant) {
		t.Errorf("the storage has it otherwise: %.500s", d)
	}
	again.stop()
	answered, listed := 0, 0
	for path, want := range before {
		if got := after[path]; got != want {
			t.Errorf("GET %s\nbefore: %.600s\nafter:  %.600s", path, want, got)
		}
		if strings.HasPrefix(want, "200") {
			answered++
		}
		if strings.Contains(want, `"value":[{`) {
			listed++
		}
	}
	if len(before) != len(after) || answered < 2000 || listed < 100 {
		t.Errorf("%d addresses before and %d after, %d with an answer, %d lists that are not empty", len(before), len(after), answered, listed)
	}
	t.Logf("%d addresses, %d with an answer, %d lists that are not empty", len(before), answered, listed)
}

// eventful fills a tenant with what a storage can get wrong.
func eventful(p *process) {
	p.t.Helper()
	must := func(status int, method, path, body string, headers ...string) string {
		p.t.Helper()
		w := p.ask(method, path, body, headers...)
		if w.Code != status {
			p.t.Fatalf("%s %s: %d, want %d: %s", method, path, w.Code, status, w.Body)
		}
		_, id, _ := strings.Cut(w.Body.String(), `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	ids := func(path string) []string {
		var out []string
		for _, part := range strings.Split(p.ask("GET", path+"?$select=id&$top=10", "").Body.String(), `"id":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			out = append(out, id)
		}
		return out
	}
	must(200, "POST", "/_emulator/generate", `{"users":20,"groups":30,"membersPerGroup":4,"policies":12,"namedLocations":7,"applications":8,"administrativeUnits":3}`)
	users, groups, apps := ids("/v1.0/users"), ids("/v1.0/groups"), ids("/v1.0/applications")
	for _, path := range []string{"/v1.0/users/" + users[0], "/v1.0/users/" + users[1], "/v1.0/groups/" + groups[0], "/v1.0/groups/" + groups[1], "/v1.0/applications/" + apps[0],
		units + "/" + ids(units)[0], policies + "/" + ids(policies)[0], policies + "/" + ids(policies)[1]} {
		must(204, "DELETE", path, "")
	}
	must(204, "DELETE", bin+"/"+users[1], "")
	must(204, "DELETE", bin+"/"+groups[1], "")
	must(200, "POST", "/_emulator/clock", `{"advance":"36h"}`)
	must(200, "POST", bin+"/"+groups[0]+"/restore", "")
	must(200, "POST", "/v1.0/applications/"+apps[1]+"/addPassword", `{}`)
	must(204, "PUT", "/v1.0/applications/"+apps[1]+"/logo", "\x89PNG\r\n\x1a\n and so on", "Content-Type", "image/png")
	must(201, "POST", "/v1.0/applications/"+apps[1]+"/federatedIdentityCredentials", `{"name":"pipeline","issuer":"https://ci.example.org","subject":"main","audiences":["api://AzureADTokenExchange"]}`)
	must(201, "POST", "/v1.0/applications/"+apps[1]+"/extensionProperties", `{"name":"cost","dataType":"String","targetObjects":["User"]}`)
	const reader = "f2ef992c-3afb-46b9-b7cf-a126ee74c451" // Global Reader
	must(201, "POST", "/v1.0/roleManagement/directory/roleEligibilityScheduleRequests", `{"action":"adminAssign","principalId":"`+users[2]+`","roleDefinitionId":"`+reader+
		`","directoryScopeId":"/","scheduleInfo":{"expiration":{"type":"noExpiration"}},"justification":"x"}`)
	must(201, "POST", "/v1.0/roleManagement/directory/roleAssignmentScheduleRequests", `{"action":"adminAssign","principalId":"`+users[3]+`","roleDefinitionId":"`+reader+
		`","directoryScopeId":"/","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"PT8H"}},"justification":"x"}`)
	group := must(201, "POST", "/v1.0/groups", `{"displayName":"crew","mailNickname":"crew","mailEnabled":false,"securityEnabled":true}`)
	must(201, "POST", "/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests", `{"action":"adminAssign","accessId":"member","principalId":"`+users[4]+`","groupId":"`+group+
		`","scheduleInfo":{"expiration":{"type":"afterDuration","duration":"PT8H"}},"justification":"x"}`)
	must(201, "POST", strengths, `{"displayName":"own","allowedCombinations":["fido2"]}`)
	must(201, "POST", "/beta/identity/conditionalAccess/policies", `{"displayName":"preview","state":"disabled","conditions":{"applications":{"includeApplications":["All"]},"users":{"includeUsers":["All"]},
		"agentIdRiskLevels":"high"},"grantControls":{"operator":"OR","builtInControls":["block"]}}`)
	must(204, "PATCH", "/beta/roleManagement/directory/resourceNamespaces/microsoft.directory/resourceActions/microsoft.directory-namedLocations-delete-delete", `{"authenticationContextId":"c3"}`)
	must(400, "POST", "/v1.0/groups", `{"displayName":"refused"}`)
}
