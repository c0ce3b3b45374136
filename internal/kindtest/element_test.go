package kindtest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
	"github.com/entrarecovery/terraform-provider-entra/internal/wire"
)

// What another client does to the items of a collection, and what is special
// about resources for them.

func (i *instance) element() bool { return i.kind.Life.Form == kind.Element }

// items are those that the parent has.
func (i *instance) items() []kind.Body {
	i.t.Helper()
	parent, err := i.client.Get(context.Background(), graph.V1, i.kind.Life.Expand(i.values()), nil)
	if err != nil {
		i.t.Fatal(err)
	}
	return i.kind.Life.Items(parent)
}

// itself is the live object, or item.
func (i *instance) itself() kind.Body {
	i.t.Helper()
	if i.element() {
		for _, b := range i.items() {
			if i.kind.KeyOf(b) == strings.ToLower(i.get(i.kind.Life.Key)) {
				return b
			}
		}
		i.t.Fatal("there is no such item")
	}
	b, err := i.client.Get(context.Background(), graph.Beta, i.path(), nil)
	if err != nil {
		i.t.Fatal(err)
	}
	return b
}

// patchBehind changes properties behind Terraform's back.
func (i *instance) patchBehind(body kind.Body) {
	i.t.Helper()
	if err := i.tryPatchBehind(body); err != nil {
		i.t.Fatal("PATCH ", i.path(), ": ", err)
	}
}

func (i *instance) tryPatchBehind(body kind.Body) error {
	i.t.Helper()
	patch := func(path string, body kind.Body) error {
		_, err := i.client.Do(context.Background(), graph.Request{Method: "PATCH", Version: graph.Beta, Path: path, Body: body})
		return err
	}
	if !i.element() {
		return patch(i.path(), body)
	}
	items := i.items()
	for n, b := range items {
		if i.kind.KeyOf(b) == strings.ToLower(i.get(i.kind.Life.Key)) {
			maps.Copy(items[n], body)
		}
	}
	return patch(i.kind.Life.Expand(i.values()), i.kind.Life.With(items))
}

// removeBehind takes the item away behind Terraform's back.
func (i *instance) removeBehind() {
	i.t.Helper()
	at, key := i.kind.Life.Expand(i.values()), strings.ToLower(i.get(i.kind.Life.Key))
	if actions := i.kind.Life.Actions; actions != nil {
		i.behind("POST", at+"/"+actions.Remove, kind.Body{i.kind.KeyProperty(): key})
		return
	}
	i.behind("PATCH", at, i.kind.Life.With(slices.DeleteFunc(i.items(), func(b kind.Body) bool { return i.kind.KeyOf(b) == key })))
}

// preAuthorized are two applications, and a client of the first.
func preAuthorized(h *host) (app *instance, values kind.Values) {
	app = h.instance(kindNamed(h.t, "application"))
	app.apply(apiValues())
	client := h.property("/applications/"+h.id("/applications", "displayName", "Orders Portal"), "appId")
	return app, kind.Values{"application_id": app.get("id"), "app_id": client, "delegated_permission_ids": []string{scopeID, roleID}}
}

// apiValues is an application with two permission scopes that leaves its clients
// and its permissions to other resources.
func apiValues() kind.Values {
	scope := func(value string) kind.Values {
		return kind.Values{"admin_consent_description": "d", "admin_consent_display_name": "n", "type": "User", "value": value}
	}
	return kind.Values{"display_name": "API", "api": kind.Values{"oauth2_permission_scopes": map[string]kind.Values{scopeID: scope("x.y"), roleID: scope("x.z")}}}
}

// TestLeftOpen: what an application leaves to others is neither planned nor
// written, whatever it is; P4: a PATCH of the block around it leaves it alone.
func TestLeftOpen(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, values := preAuthorized(h)
	item, access := h.instance(kindNamed(t, "application_pre_authorized")), h.instance(kindNamed(t, "application_api_access"))
	item.apply(values)
	asked := kind.Values{"application_id": app.get("id"), "resource_app_id": appB, "resource_access": []kind.Values{{"id": roleID, "type": "Role"}}}
	access.apply(asked)
	code := apiValues()
	app.settled(code, "after others wrote what it leaves open")
	code["display_name"] = "Renamed"
	code["api"].(kind.Values)["requested_access_token_version"] = int64(2)
	app.apply(code)
	app.settled(code, "after a change of the block around it")
	delete(code, "api")
	app.apply(code)
	app.settled(code, "after the block was left out")
	item.settled(values, "after the application was changed")
	access.settled(asked, "after the application was changed")

	imported := h.instance(app.kind)
	imported.importID(app.get("id"))
	imported.settled(code, "after an import without the block")
	imported.apply(but(code, "display_name", "Again"))
	item.settled(values, "after an apply of what was imported")
	owning := but(code, "required_resource_access", []kind.Values{})
	owning = but(owning, "display_name", "Again")
	imported.apply(owning)
	imported.settled(owning, "after the code took it over")
	access.read()
	if access.empty(access.plan(asked)) {
		t.Error("an access that the application took away is not missed")
	}
}

func but(v kind.Values, name string, value any) kind.Values {
	out := maps.Clone(v)
	out[name] = value
	return out
}

// TestOpenIsWatchedWhereOwned: an application whose code says that it has no
// pre-authorized client sees the one that was added.
func TestOpenIsWatchedWhereOwned(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app := h.instance(kindNamed(t, "application"))
	code := apiValues()
	code["api"].(kind.Values)["pre_authorized_applications"] = []kind.Values{}
	code["required_resource_access"] = []kind.Values{}
	app.apply(code)
	app.settled(code, "after create")
	for _, body := range []graph.Body{
		{"api": graph.Body{"preAuthorizedApplications": []any{graph.Body{"appId": appA, "delegatedPermissionIds": []any{scopeID}}}}},
		{"requiredResourceAccess": []any{graph.Body{"resourceAppId": appA, "resourceAccess": []any{graph.Body{"id": roleID, "type": "Role"}}}}},
	} {
		app.behind("PATCH", app.path(), body)
		app.read()
		if app.empty(app.plan(code)) {
			t.Errorf("what was added behind our back is not seen: %v", body)
		}
		app.apply(code)
		app.settled(code, "after it was taken away")
	}
}

// TestElementExists: an item that exists with the same content is as good, and
// one with other content is refused with what to do.
func TestElementExists(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	_, values := preAuthorized(h)
	first, second := h.instance(kindNamed(t, "application_pre_authorized")), h.instance(kindNamed(t, "application_pre_authorized"))
	first.apply(values)
	second.apply(values)
	third := h.instance(first.kind)
	s := third.tryApply(third.plan(but(values, "delegated_permission_ids", []string{scopeID})))
	if !strings.Contains(s, "Nothing was written") || !strings.Contains(s, `id = "`+first.importable()+`"`) {
		t.Errorf("an item of somebody else's would be overwritten: %s", s)
	}
	first.settled(values, "after the refusal")
}

// TestElementNeighbours: every item is one of several, and the others stay,
// also when a replica has not heard of them yet.
func TestElementNeighbours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(t, emulator.WithLag(300*time.Millisecond), emulator.WithSeed(7))
		app, values := preAuthorized(h)
		h.control("clock", `{"advance":"5s"}`) // the application itself is known everywhere
		k := kindNamed(t, "application_pre_authorized")
		server := h.process() // one process writes all
		var all []*instance
		for n := range 6 {
			i := h.instance(k)
			v := but(values, "app_id", "0ddddddd-0000-4000-8000-00000000000"+string(rune('0'+n)))
			if s := i.applyIn(server, i.plan(v)); s != "" {
				t.Fatal(s)
			}
			all = append(all, i)
		}
		time.Sleep(time.Second)
		if n := len(all[0].items()); n != 6 {
			t.Fatalf("6 were written, and there are %d", n)
		}
		gone := all[2]
		if s := gone.destroy(); s != "" {
			t.Fatal(s)
		}
		time.Sleep(time.Second)
		if n := len(all[0].items()); n != 5 {
			t.Errorf("one of 6 was deleted, and there are %d", n)
		}
		if app.itself()["displayName"] != "API" {
			t.Error("the application itself was changed")
		}
	})
}

// TestElementsAtOnce: items of one parent that Terraform applies in parallel all arrive.
func TestElementsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	_, values := preAuthorized(h)
	server := h.process()
	first := h.instance(kindNamed(t, "application_pre_authorized"))
	var done sync.WaitGroup
	for n := range 10 { // as many as Terraform has at work
		i := h.instance(first.kind)
		if n == 0 {
			i = first
		}
		i.brief = true
		p := i.plan(but(values, "app_id", "0ddddddd-0000-4000-8000-00000000000"+string(rune('0'+n))))
		done.Go(func() {
			if s := i.applyIn(server, p); s != "" {
				t.Error(s)
			}
		})
	}
	done.Wait()
	if n := len(first.items()); n != 10 {
		t.Errorf("10 were written at once, and there are %d", n)
	}
}

// TestElementParent: with its parent in the recycle bin an item stays as it is
// and comes back with it; with the parent lost it is made anew below the next.
func TestElementParent(t *testing.T) {
	t.Parallel()
	h := newHost(t)
	app, values := preAuthorized(h)
	i := h.instance(kindNamed(t, "application_pre_authorized"))
	i.apply(values)
	app.gone(false)
	i.settled(values, "while the application is in the recycle bin")
	if s := i.tryApply(i.plan(but(values, "delegated_permission_ids", []string{scopeID}))); !strings.Contains(s, "recycle bin") {
		t.Errorf("what belongs to a binned application was written: %s", s)
	}
	app.read()
	app.apply(apiValues())
	i.settled(values, "after the application came back")
	app.lose()
	app.read()
	i.read()
	if fields, _ := wire.Fields(i.plan(values).planned); fields["id"].IsKnown() {
		t.Error("an item of a lost application is planned with its old id")
	}
	app.apply(apiValues())
	next := but(values, "application_id", app.get("id"))
	i.apply(next)
	i.settled(next, "below the application that was made anew")
}
