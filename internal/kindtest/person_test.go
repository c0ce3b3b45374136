package kindtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// A person is signed in, and not an application: Microsoft Graph then makes that person an
// owner of what is created.

// signIn has the provider act for the user from here on.
func (h *host) signIn(user string) {
	h.t.Helper()
	resp, err := http.Post(h.url+"/_emulator/persons", "application/json", strings.NewReader(`{"userPrincipalName":"`+user+`"}`))
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	var told struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&told); err != nil || told.Token == "" {
		h.t.Fatal(resp.Status, err)
	}
	h.token = told.Token
}

// TestMakerIsOwner: G3, G4, P13, what a person creates has the owners of the code, whether
// it lists that person or not, and whether Graph adds the person or not.
func TestMakerIsOwner(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	me, other := h.user("adele"), h.user("diego")
	app := h.instance(kindNamed(t, "application")) // by the static token
	app.apply(kind.Values{"display_name": "Made before"})
	unified := kind.Values{"display_name": "Unified", "mail_nickname": "unified", "mail_enabled": true, "security_enabled": false, "group_types": []string{"Unified"}, "visibility": "Private"}
	h.signIn(me)
	for name, c := range map[string]struct {
		kind string
		code kind.Values
	}{
		"security group":    {"group", kind.Values{"display_name": "Security", "mail_nickname": "security"}},
		"unified group":     {"group", unified},
		"application":       {"application", kind.Values{"display_name": "Application"}},
		"service principal": {"service_principal", kind.Values{"app_id": app.get("app_id")}},
	} {
		for owners, ids := range map[string][]string{"me": {me}, "both": {me, other}, "another": {other}, "nobody": {}} {
			if name == "unified group" && owners == "nobody" {
				continue // TestMakerIsLastOwner
			}
			i, code := h.instance(kindNamed(t, c.kind)), kind.Values{"owners": ids}
			for attr, v := range c.code {
				code[attr] = v
			}
			code = i.kind.Canonical(code)
			i.apply(code)
			if i.said != "" {
				t.Errorf("%s of %s: %s", name, owners, i.said)
			}
			i.settled(code, name+" of "+owners)
			if got := h.list(i.path() + "/owners"); !slices.Equal(got, slices.Sorted(slices.Values(ids))) {
				t.Errorf("%s of %s has the owners %v", name, owners, got)
			}
			i.gone(true)
		}
	}
}

// TestMakerStays: whom Graph adds stays where the code leaves owners to others, or lets
// others join.
func TestMakerStays(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	me := h.user("adele")
	h.signIn(me)
	for n, more := range []kind.Values{{}, {"owners": []string{h.user("diego")}, "owners_mode": kind.AtLeast}} {
		i, code := h.instance(kindNamed(t, "group")), kind.Values{"display_name": "Open", "mail_nickname": "open"}
		for attr, v := range more {
			code[attr] = v
		}
		before := h.routes()["GET /v1.0/groups/{id}/owners"]
		i.apply(code)
		if n := h.routes()["GET /v1.0/groups/{id}/owners"]; n != before {
			t.Error("the creation reads owners that it leaves alone")
		}
		i.settled(code, "after create")
		if got := h.list(i.path() + "/owners"); !slices.Contains(got, me) {
			t.Errorf("%d: whoever made it is taken out: %v", n, got)
		}
	}
}

// TestMakerIsLastOwner: Graph lets no Microsoft 365 group be without an owner. It is made
// all the same, once, and the apply says who stays.
func TestMakerIsLastOwner(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	me := h.user("adele")
	h.signIn(me)
	i := h.instance(kindNamed(t, "group"))
	i.apply(kind.Values{"display_name": "Unified", "mail_nickname": "unified", "mail_enabled": true, "security_enabled": false, "group_types": []string{"Unified"},
		"visibility": "Private", "owners": []string{}})
	if !strings.Contains(i.said, `Group "Unified" keeps `+me) {
		t.Errorf("the apply says %q", i.said)
	}
}

// TestMakerUnderLag: a replica that does not have the new object yet is waited out.
func TestMakerUnderLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for seed := range uint64(4) {
			h := newHost(t, emulator.WithLag(time.Second), emulator.WithSpeed(10), emulator.WithSeed(seed))
			h.signIn(h.user("adele"))
			h.one = h.process()
			i, code := h.instance(kindNamed(t, "group")), kind.Values{"display_name": "Young", "mail_nickname": "young", "owners": []string{h.user("diego")}}
			i.apply(code)
			h.control("clock", `{"advance":"5s"}`)
			h.one = nil
			i.settled(code, "after the replicas heard of it")
		}
	})
}

// TestNobodyIsMaker: an application that acts for itself asks nothing more than whether
// the name is taken.
func TestNobodyIsMaker(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	i := h.instance(kindNamed(t, "group"))
	var got []string
	before := h.routes()
	i.apply(kind.Values{"display_name": "Plain", "mail_nickname": "plain", "owners": []string{h.user("adele")}})
	for route, n := range h.routes() {
		if n > before[route] && strings.Contains(route, "/groups") && route != "GET /v1.0/groups" {
			got = append(got, route)
		}
	}
	if !slices.Equal(got, []string{"POST /v1.0/groups"}) {
		t.Errorf("a group takes %v", got)
	}
}
