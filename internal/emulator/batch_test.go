package emulator_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// parts are the answers of a $batch by id, statuses what became of each.
func (a answer) parts() map[string]object {
	out := map[string]object{}
	rows, _ := a.body["responses"].([]any)
	for _, r := range rows {
		out[r.(object)["id"].(string)] = r.(object)
	}
	return out
}

func (a answer) statuses() map[string]int {
	out := map[string]int{}
	for id, p := range a.parts() {
		out[id] = int(p["status"].(float64))
	}
	return out
}

func get(id, url string, more ...any) object {
	return with(object{"id": id, "method": "GET", "url": url}, more...)
}

func (e *tenant) batch(parts ...any) answer {
	e.t.Helper()
	return e.want(200, "POST", "/v1.0/$batch", object{"requests": parts})
}

func TestBatch(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	g := e.group("g")
	jsonType := object{"Content-Type": "application/json"}
	a := e.batch(
		get("1", "/groups/"+g+"?$select=displayName"),
		get("2", "groups/"+nobody),
		object{"id": "3", "method": "patch", "url": "/groups/" + g, "headers": jsonType, "body": object{"displayName": "h"}},
		object{"id": "4", "method": "PATCH", "url": "/groups/" + g, "body": object{"displayName": "i"}},
		get("6", "/groups/$count", "headers", object{"ConsistencyLevel": "eventual"}),
		get("7", "/groups?$filter=displayName ne 'x'&$count=true", "headers", object{"ConsistencyLevel": "eventual"}),
		get("8", "/groups?$filter=displayName ne 'x'&$count=true"),
		get("9", "/v1.0/groups"),
		get("10", "/$batch"),
		object{"id": "11", "method": "PUT", "url": "/groups"},
		get("12", "/directory/deletedItems/microsoft.graph.group"),
	)
	same(t, "statuses", a.statuses(), map[string]int{"1": 200, "2": 404, "3": 204, "4": 400, "6": 200, "7": 200, "8": 400, "9": 400, "10": 400, "11": 405, "12": 200})
	p := a.parts()
	same(t, "body", at(p["1"], "body.displayName"), "g")
	same(t, "changed once", e.want(200, "GET", "/v1.0/groups/"+g, nil).body["displayName"], "h")
	same(t, "error", at(p["2"], "body.error.code"), "Request_ResourceNotFound")
	same(t, "no body", p["3"]["body"], nil)
	same(t, "text", fmt.Sprint(p["6"]["body"], at(p["6"], "headers.Content-Type")), "1text/plain")
	if first := a.body["responses"].([]any)[0].(object)["id"]; first == "1" {
		t.Error("the answers stand in the order of the requests")
	}
	stats := e.want(200, "GET", "/_emulator/stats", nil).body
	same(t, "total", stats["total"], 3.0)
	same(t, "parts", stats["parts"], 11.0)
	same(t, "template", stats["byRoute"].(object)["GET /v1.0/groups/{id}"], 3.0)
}

func TestBatchPayload(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	var many []any
	for i := range 21 {
		many = append(many, get(fmt.Sprint(i), "/groups"))
	}
	same(t, "F11 20 parts", len(e.batch(many[:20]...).parts()), 20)
	for name, c := range map[string]struct {
		body any
		part string
	}{
		"F11 21 parts":         {object{"requests": many}, "maximum value of 20"},
		"same id":              {object{"requests": []any{many[0], many[0]}}, "unique"},
		"id in another case":   {object{"requests": []any{get("a", "/groups"), get("A", "/groups")}}, "unique"},
		"no id":                {object{"requests": []any{object{"method": "GET", "url": "/groups"}}}, "unique"},
		"absolute":             {object{"requests": []any{get("1", e.url+"/v1.0/groups")}}, "relative"},
		"no method":            {object{"requests": []any{object{"id": "1", "url": "/groups"}}}, "required"},
		"method":               {object{"requests": []any{get("1", "/groups", "method", "BREW")}}, "BREW"},
		"nothing":              {object{}, "payload"},
		"no parts":             {object{"requests": []any{}}, "payload"},
		"number for id":        {object{"requests": []any{object{"id": 1, "method": "GET", "url": "/groups"}}}, "payload"},
		"not JSON":             {"{", "payload"},
		"depends on a later":   {object{"requests": []any{get("1", "/groups", "dependsOn", []any{"2"}), get("2", "/groups")}}, "Invalid dependency"},
		"depends on itself":    {object{"requests": []any{get("1", "/groups", "dependsOn", []any{"1"})}}, "Invalid dependency"},
		"depends on nobody":    {object{"requests": []any{get("1", "/groups"), get("2", "/groups", "dependsOn", []any{"9"})}}, "Invalid dependency"},
		"F13 half sequential":  {object{"requests": []any{get("1", "/groups"), get("2", "/groups", "dependsOn", []any{"1"}), get("3", "/groups")}}, "fully sequential or fully parallel"},
		"F13 two on the first": {object{"requests": []any{get("1", "/groups"), get("2", "/groups", "dependsOn", []any{"1"}), get("3", "/groups", "dependsOn", []any{"1"})}}, "fully sequential or fully parallel"},
		"F13 late sequence":    {object{"requests": []any{get("1", "/groups"), get("2", "/groups"), get("3", "/groups", "dependsOn", []any{"2"})}}, "fully sequential or fully parallel"},
	} {
		t.Run(name, func(t *testing.T) {
			(&tenant{e.Tenant, t, e.url}).refused(400, "BadRequest", c.part, "POST", "/v1.0/$batch", c.body)
		})
	}
}

func TestBatchDependencies(t *testing.T) {
	t.Parallel()
	const post = "POST"
	group := func(id, name string, more ...any) object {
		return with(object{"id": id, "method": post, "url": "/groups", "headers": object{"Content-Type": "application/json"},
			"body": object{"displayName": name, "mailEnabled": false, "mailNickname": "x", "securityEnabled": true}}, more...)
	}
	t.Run("F13 424 in a sequence", func(t *testing.T) {
		e := newTenant(t)
		a := e.batch(group("a", "A"), get("b", "/groups/"+nobody, "dependsOn", []any{"A"}), group("c", "C", "dependsOn", []any{"b"}), get("d", "/groups", "dependsOn", []any{"c"}))
		same(t, "statuses", a.statuses(), map[string]int{"a": 201, "b": 404, "c": 424, "d": 424})
		same(t, "groups made", len(e.want(200, "GET", "/v1.0/groups", nil).ids()), 1)
		same(t, "shape", at(a.parts()["c"], "body.error.code"), "FailedDependency")
	})
	t.Run("F13 424 with arbitrary ids", func(t *testing.T) {
		e := newTenant(t, emulator.WithArbitraryDependencies())
		a := e.batch(group("1", "A"), get("2", "/groups/"+nobody), get("3", "/groups", "dependsOn", []any{"1", "2"}), get("4", "/groups", "dependsOn", []any{"1"}), get("5", "/groups", "dependsOn", []any{"3"}))
		same(t, "statuses", a.statuses(), map[string]int{"1": 201, "2": 404, "3": 424, "4": 200, "5": 424})
		e.refused(400, "BadRequest", "Invalid dependency", "POST", "/v1.0/$batch", object{"requests": []any{get("1", "/groups", "dependsOn", []any{"2"}), get("2", "/groups", "dependsOn", []any{"1"})}})
	})
}

func TestBatchBytes(t *testing.T) {
	t.Parallel()
	e := newTenant(t)
	picture, _ := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	app := "/applications/" + e.want(201, "POST", "/v1.0/applications", object{"displayName": "A"}).id()
	put := func(id, contentType string, body any) object {
		return object{"id": id, "method": "PUT", "url": app + "/logo", "headers": object{"Content-Type": contentType}, "body": body}
	}
	a := e.batch(get("0", app+"/logo"),
		put("1", "image/png", base64.StdEncoding.EncodeToString(picture)),
		put("2", "image/png", base64.RawURLEncoding.EncodeToString(picture)),
		put("3", "image/png", "not base64!"),
		put("4", "image/png", object{}),
		put("5", "image/jpeg", base64.StdEncoding.EncodeToString(picture)),
		put("6", "application/pdf", base64.StdEncoding.EncodeToString(picture)),
		get("7", app+"/logo"))
	same(t, "statuses", a.statuses(), map[string]int{"0": 404, "1": 204, "2": 204, "3": 400, "4": 400, "5": 400, "6": 400, "7": 200})
	same(t, "read back", a.parts()["7"]["body"], base64.StdEncoding.EncodeToString(picture))
	same(t, "alone", e.want(200, "GET", "/v1.0"+app+"/logo", nil).raw, string(picture))
	if url, _ := at(e.want(200, "GET", "/v1.0"+app, nil).body, "info.logoUrl").(string); !strings.HasSuffix(url, app+"/logo") {
		t.Errorf("logoUrl %q", url)
	}
	e.want(204, "PUT", "/v1.0"+app+"/logo", string(picture), "Content-Type", "image/png")
}
