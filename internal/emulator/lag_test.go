package emulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// How long it takes until every read sees a write, at a lag of ten seconds. The clock
// stands still unless a test moves it.

func (e *tenant) later(d time.Duration) {
	e.t.Helper()
	e.want(200, "POST", "/_emulator/clock", object{"advance": d.String()})
}

// often asks so many times that each replica answers, and counts the answers that show
// what is looked for.
func (e *tenant) often(path string, shows func(answer) bool, headers ...string) (yes, no int) {
	e.t.Helper()
	for range 40 {
		if shows(e.do("GET", path, nil, headers...)) {
			yes++
		} else {
			no++
		}
	}
	return yes, no
}

func found(a answer) bool   { return a.status == 200 }
func missing(a answer) bool { return a.status == 404 }
func lists(part string) func(answer) bool {
	return func(a answer) bool { return a.status == 200 && strings.Contains(a.raw, part) }
}

func TestLagOfReads(t *testing.T) {
	const lag = 10 * time.Second
	eventual := []string{"ConsistencyLevel", "eventual"}
	cases := map[string]struct {
		write  func(*tenant) string // returns the path to read
		shows  func(answer) bool
		after  time.Duration // when every read shows it
		header []string
	}{
		"F12 a new object answers 404": {func(e *tenant) string { return "/v1.0/groups/" + e.group("new") }, found, lag, nil},
		"F12 an update reads stale": {func(e *tenant) string {
			return e.changed("/v1.0/groups/"+e.old("group"), object{"description": "fresh"})
		}, lists("fresh"), lag, nil},
		"F12 a deleted object still answers": {func(e *tenant) string {
			return e.deleted("/v1.0/groups/" + e.old("group"))
		}, missing, lag, nil},
		"F12 in the bin by its id": {func(e *tenant) string {
			id := e.old("group")
			e.deleted("/v1.0/groups/" + id)
			return bin + "/" + id
		}, found, lag, nil},
		"F12 a list": {func(e *tenant) string { e.group("newcomer"); return "/v1.0/groups" }, lists("newcomer"), 2 * lag, nil},
		"F12 members": {func(e *tenant) string {
			group, user := e.old("group"), e.old("user")
			e.want(204, "POST", "/v1.0/groups/"+group+"/members/$ref", reference(user))
			return "/v1.0/groups/" + group + "/members"
		}, lists(`"displayName":"old"`), 2 * lag, nil},
		"F12 memberOf": {func(e *tenant) string {
			group, user := e.old("group"), e.old("user")
			e.want(204, "POST", "/v1.0/groups/"+group+"/members/$ref", reference(user))
			return "/v1.0/users/" + user + "/memberOf"
		}, lists(`"displayName":"old"`), 2 * lag, nil},
		"F12 a filter": {func(e *tenant) string {
			e.group("newcomer")
			return "/v1.0/groups?$filter=displayName eq 'newcomer'"
		}, lists("newcomer"), 3 * lag, nil},
		"F12 an advanced query": {func(e *tenant) string {
			e.group("newcomer")
			return "/v1.0/groups?$count=true"
		}, lists("newcomer"), 3 * lag, eventual},
		"F12 a count": {func(e *tenant) string { e.group("newcomer"); return "/v1.0/groups/$count" },
			func(a answer) bool { return a.raw == "1" }, 3 * lag, eventual},
		"F12 a bin's listing": {func(e *tenant) string {
			e.deleted("/v1.0/groups/" + e.old("group"))
			return bin + "/microsoft.graph.group"
		}, lists(`"displayName":"old"`), 4 * lag, nil},
		"F12 a new policy": {func(e *tenant) string {
			return policies + "/" + e.want(201, "POST", policies, policy()).id()
		}, found, 2 * lag, nil},
		"F12 a list of policies": {func(e *tenant) string {
			e.want(201, "POST", policies, policy())
			return policies
		}, lists("Require MFA"), 2 * lag, nil},
		"F12 the policies' bin": {func(e *tenant) string {
			id := e.want(201, "POST", policies, policy()).id()
			e.later(time.Hour)
			e.deleted(policies + "/" + id)
			return caBin + "/policies"
		}, lists("Require MFA"), 4 * lag, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t, emulator.WithLag(lag))
			path := c.write(e)
			for _, at := range []time.Duration{0, c.after - time.Second} {
				e.later(at)
				yes, no := e.often(path, c.shows, c.header...)
				if yes == 0 || no == 0 {
					t.Errorf("after %s %d replicas see it and %d do not: want both", at, yes, no)
				}
			}
			e.later(time.Second)
			if yes, no := e.often(path, c.shows, c.header...); no > 0 {
				t.Errorf("after %s %d replicas see it and %d do not: want all", c.after, yes, no)
			}
		})
	}
}

// old makes an object that every replica has seen.
func (e *tenant) old(typ string) string {
	e.t.Helper()
	id := ""
	switch typ {
	case "group":
		id = e.group("old")
	case "user":
		id = e.user("old")
	case "location":
		id = e.location("old", false)
	}
	e.later(time.Hour)
	return id
}

func (e *tenant) changed(path string, body object) string {
	e.t.Helper()
	e.want(204, "PATCH", path, body)
	return path
}

func (e *tenant) deleted(path string) string {
	e.t.Helper()
	e.want(204, "DELETE", path, nil)
	return path
}

func reference(id string) object {
	return object{"@odata.id": "$host/v1.0/directoryObjects/" + id}
}

// A write meets any replica: one that has not seen what it names answers that it does not
// exist, any other carries the write out on the tenant as it is.
func TestLagOfWrites(t *testing.T) {
	cases := map[string]struct {
		prepare func(*tenant) object // what the request names, all of it new
		send    func(e *tenant, names object) answer
		done    int
		status  int
		code    string
		part    string
	}{
		"F12 PATCH of a new group": {
			func(e *tenant) object { return object{"id": e.group("new")} },
			func(e *tenant, o object) answer {
				return e.do("PATCH", "/v1.0/groups/"+o["id"].(string), object{"description": "x"})
			}, 204, 404, "Request_ResourceNotFound", "does not exist"},
		"F12 PATCH of a new policy": {
			func(e *tenant) object { return object{"id": e.want(201, "POST", policies, policy()).id()} },
			func(e *tenant, o object) answer {
				return e.do("PATCH", policies+"/"+o["id"].(string), object{"state": "disabled"})
			}, 204, 404, "ResourceNotFound", "ConditionalAccessPolicy with id"},
		"F12 a member that is new": {
			func(e *tenant) object { return object{"group": e.old("group"), "user": e.user("new")} },
			func(e *tenant, o object) answer {
				return e.do("POST", "/v1.0/groups/"+o["group"].(string)+"/members/$ref", reference(o["user"].(string)))
			}, 204, 404, "Request_ResourceNotFound", "does not exist"},
		"F12 a bind to a new user": {
			func(e *tenant) object { return object{"user": e.user("new")} },
			func(e *tenant, o object) answer {
				return e.do("POST", "/v1.0/groups", object{"displayName": "g", "mailEnabled": false, "mailNickname": "g", "securityEnabled": true,
					"members@odata.bind": []any{"$host/v1.0/users/" + o["user"].(string)}})
			}, 201, 404, "Request_ResourceNotFound", "does not exist"},
		"F12 a policy with a new location": {
			func(e *tenant) object { return object{"location": e.location("new", false)} },
			func(e *tenant, o object) answer {
				return e.do("POST", policies, policy("conditions.locations", object{"includeLocations": []any{o["location"]}}))
			}, 201, 400, "BadRequest", "1040: NamedLocation with id"},
		"F12 a policy with a new group": {
			func(e *tenant) object { return object{"group": e.group("new")} },
			func(e *tenant, o object) answer {
				return e.do("POST", policies, policy("conditions.users.excludeGroups", []any{o["group"]}))
			}, 201, 400, "BadRequest", "does not exist in the directory"},
		"F12 a restore out of the bin": {
			func(e *tenant) object {
				id := e.old("group")
				e.deleted("/v1.0/groups/" + id)
				return object{"id": id}
			},
			func(e *tenant, o object) answer {
				return e.do("POST", bin+"/"+o["id"].(string)+"/restore", nil)
			}, 200, 404, "Request_ResourceNotFound", "does not exist"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			done, refused := 0, 0
			for seed := range uint64(12) { // one try in each: a restore works once
				e := newTenant(t, emulator.WithLag(10*time.Second), emulator.WithSeed(seed))
				names := c.prepare(e)
				switch a := c.send(e, names); {
				case a.status == c.done:
					done++
				case a.status == c.status && a.code() == c.code && strings.Contains(a.message(), c.part):
					refused++
				default:
					t.Errorf("%d %s", a.status, a.raw)
				}
				e.later(time.Hour)
				again := c.send(e, names)
				twice := strings.Contains(again.message(), "already exist") || strings.HasSuffix(name, "bin") && again.status == 404
				if again.status != c.done && !twice {
					t.Errorf("an hour later: %d %s", again.status, again.raw)
				}
			}
			if done == 0 || refused == 0 {
				t.Errorf("%d carried out and %d refused: want both", done, refused)
			}
		})
	}
}

// What is unique is unique in the tenant as it is, not in what a replica knows of it, and
// no write is lost to the lag.
func TestF12WritesWorkOnTheTruth(t *testing.T) {
	e := newTenant(t, emulator.WithLag(10*time.Second))
	e.user("ada")
	for range 20 {
		e.refused(400, "Request_BadRequest", "userPrincipalName already exists", "POST", "/v1.0/users",
			object{"accountEnabled": true, "displayName": "ada", "mailNickname": "ada", "userPrincipalName": "ada@contoso.onmicrosoft.com", "passwordProfile": object{"password": "S3cret!x"}})
	}
	group := e.old("group")
	e.changed("/v1.0/groups/"+group, object{"description": "one"})
	e.changed("/v1.0/groups/"+group, object{"visibility": "Private"})
	e.later(time.Hour)
	a := e.want(200, "GET", "/v1.0/groups/"+group, nil)
	same(t, "after two updates in a row", []any{a.body["description"], a.body["visibility"]}, []any{"one", "Private"})

	// An application takes its service principal into the bin, whoever has seen it.
	app := e.want(201, "POST", "/v1.0/applications", object{"displayName": "app", "signInAudience": "AzureADMyOrg"})
	e.later(time.Hour)
	principal := e.want(201, "POST", "/v1.0/servicePrincipals", object{"appId": app.body["appId"]}).id()
	e.deleted("/v1.0/applications/" + app.id())
	e.later(time.Hour)
	e.want(404, "GET", "/v1.0/servicePrincipals/"+principal, nil)
	e.want(200, "GET", bin+"/"+principal, nil)

	// What the retention purges is gone for every replica in the end.
	e.later(31 * 24 * time.Hour)
	e.do("GET", "/v1.0/groups", nil)
	e.later(time.Hour)
	if yes, _ := e.often(bin+"/"+principal, found); yes > 0 {
		t.Errorf("%d replicas still show what was purged", yes)
	}
}

func TestF12Chance(t *testing.T) {
	sequence := func(opts ...emulator.Option) (out []int) {
		e := newTenant(t, append(opts, emulator.WithLag(8*time.Second))...)
		id := e.group("new")
		for range 30 {
			out = append(out, e.do("GET", "/v1.0/groups/"+id, nil).status)
		}
		return out
	}
	first := sequence(emulator.WithSeed(7))
	if again := sequence(emulator.WithSeed(7)); !slices.Equal(first, again) {
		t.Errorf("the same seed answers %v and %v", first, again)
	}
	if other := sequence(emulator.WithSeed(8)); slices.Equal(first, other) {
		t.Errorf("another seed answers the same: %v", other)
	}
}

func TestF12WithoutLag(t *testing.T) {
	for name, c := range map[string]struct {
		opts  []emulator.Option
		start func(*tenant) string
		later time.Duration
	}{
		"by default": {nil, func(e *tenant) string { return e.group("new") }, 0},
		"what was generated is known to all": {[]emulator.Option{emulator.WithLag(time.Hour)}, func(e *tenant) string {
			e.group("first")
			e.want(200, "POST", "/_emulator/generate", object{"groups": 3})
			return e.do("GET", "/v1.0/groups", nil).ids()[0]
		}, 0},
		"--speed shortens it": {[]emulator.Option{emulator.WithLag(time.Minute), emulator.WithSpeed(20)},
			func(e *tenant) string { return e.group("new") }, 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			e := newTenant(t, c.opts...)
			path := "/v1.0/groups/" + c.start(e)
			e.later(c.later)
			if _, no := e.often(path, found); no > 0 {
				t.Errorf("%d reads of 40 did not find it", no)
			}
		})
	}
}

// Parts of a $batch are answered by any replica, each for itself; a POST that asks reads.
func TestF12BatchAndGetByIDs(t *testing.T) {
	e := newTenant(t, emulator.WithLag(10*time.Second))
	id := e.group("new")
	var requests []any
	for i := range 20 {
		requests = append(requests, object{"id": string(rune('a' + i)), "method": "GET", "url": "/groups/" + id})
	}
	seen := map[float64]int{}
	for _, r := range e.want(200, "POST", "/v1.0/$batch", object{"requests": requests}).body["responses"].([]any) {
		seen[r.(object)["status"].(float64)]++
	}
	if seen[http.StatusOK] == 0 || seen[http.StatusNotFound] == 0 {
		t.Errorf("parts were answered %v, want both 200 and 404", seen)
	}
	there := map[int]int{}
	for range 40 {
		there[len(e.want(200, "POST", "/v1.0/directoryObjects/getByIds", object{"ids": []any{id}}).ids())]++
	}
	if there[0] == 0 || there[1] == 0 {
		t.Errorf("getByIds found %v, want it with and without the new group", there)
	}
}
