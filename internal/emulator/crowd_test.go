package emulator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
)

// A hundred clients at once, reading and writing whatever they like: no write is lost, no
// object is read half changed, and the memory does not grow. EMULATOR_CROWD says for how
// long ("1m"); the race detector is what it is for:
//
//	EMULATOR_CROWD=1m go test -race -run TestCrowd -v ./internal/emulator

const (
	clients = 100
	shared  = 10 // groups that every client changes
)

func TestCrowd(t *testing.T) {
	lasts := time.Second
	if s := os.Getenv("EMULATOR_CROWD"); s != "" {
		var err error
		if lasts, err = time.ParseDuration(s); err != nil {
			t.Fatal(err)
		}
	}
	for name, opts := range map[string][]emulator.Option{
		"consistent": nil,
		"with a lag": {emulator.WithLag(20 * time.Millisecond)},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(emulator.New(append(opts, emulator.WithToken("t"))...))
			defer server.Close()
			c := &crowd{t: t, url: server.URL, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}}
			for i := range shared {
				status, group := c.send("POST", "/v1.0/groups", pair(fmt.Sprint("shared", i), "start"))
				if status != 201 {
					t.Fatal(status)
				}
				c.groups = append(c.groups, group["id"].(string))
			}
			c.settle()
			c.run(lasts)
			c.settle()
			c.verify()
		})
	}
}

// settle moves the clock to where every replica has seen every write.
func (c *crowd) settle() {
	if status, _ := c.send("POST", "/_emulator/clock", object{"advance": "1m"}); status != 200 {
		c.t.Fatal(status)
	}
}

type crowd struct {
	t      *testing.T
	url    string
	http   *http.Client
	groups []string

	reads, writes, unseen atomic.Int64
	mu                    sync.Mutex
	left                  []remains // what each client left behind
}

// remains is what a client was told is in the tenant when it stopped, or gone from it.
type remains struct {
	group, value, user string
	member             string // the shared group that it is in, or ""
	gone               []string
}

// pair writes one value in two places, so that a reader can tell a torn object.
func pair(nickname, value string) object {
	return object{"displayName": value, "description": value, "mailEnabled": false, "mailNickname": nickname, "securityEnabled": true}
}

func (c *crowd) send(method, path string, body any) (int, object) {
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			c.t.Error(err)
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.url+path, in)
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer t")
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	defer resp.Body.Close()
	var out object
	if raw, err := io.ReadAll(resp.Body); err != nil || len(raw) > 0 && json.Unmarshal(raw, &out) != nil {
		c.t.Errorf("%s %s: %v %s", method, path, err, raw)
	}
	if method == "GET" {
		c.reads.Add(1)
	} else {
		c.writes.Add(1)
	}
	if resp.StatusCode == 404 {
		c.unseen.Add(1)
	}
	return resp.StatusCode, out
}

// write repeats what a replica refused that had not seen the object yet.
func (c *crowd) write(want int, method, path string, body any) object {
	for {
		status, out := c.send(method, path, body)
		if status == want {
			return out
		}
		if status != 404 {
			c.t.Errorf("%s %s: %d %v", method, path, status, out)
			return object{}
		}
	}
}

func (c *crowd) run(lasts time.Duration) {
	end := time.Now().Add(lasts)
	var wait sync.WaitGroup
	for i := range clients {
		wait.Go(func() { c.client(i, end) })
	}
	<-time.After(lasts / 3)
	middle := heap()
	wait.Wait()
	after := heap()
	c.t.Logf("%d reads, %d writes, %d answers 404, in %s; memory %.1f MB after a third, %.1f MB at the end",
		c.reads.Load(), c.writes.Load(), c.unseen.Load(), lasts, middle, after)
	if after > 1.5*middle+8 {
		c.t.Errorf("memory grew from %.1f to %.1f MB", middle, after)
	}
}

// client makes a user and a group of its own, then does by chance what clients do, until
// its time is over.
func (c *crowd) client(i int, end time.Time) {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	name := fmt.Sprintf("client%03d", i)
	user, _ := c.write(201, "POST", "/v1.0/users", object{"accountEnabled": true, "displayName": name, "mailNickname": name,
		"userPrincipalName": name + "@contoso.onmicrosoft.com", "passwordProfile": object{"password": "S3cret!x"}})["id"].(string)
	own, _ := c.write(201, "POST", "/v1.0/groups", pair(name, "0"))["id"].(string)
	mine := remains{group: own, value: "0", user: user}
	for n := 0; time.Now().Before(end) && !c.t.Failed(); n++ {
		value := fmt.Sprintf("%s-%d", name, n)
		switch random.IntN(8) {
		case 0:
			c.write(204, "PATCH", "/v1.0/groups/"+own, object{"displayName": value, "description": value})
			mine.value = value
		case 1:
			c.write(204, "PATCH", "/v1.0/groups/"+c.groups[random.IntN(shared)], object{"displayName": value, "description": value})
		case 2:
			id, _ := c.write(201, "POST", "/v1.0/groups", pair("brief", value))["id"].(string)
			c.write(204, "DELETE", "/v1.0/groups/"+id, nil)
			c.write(204, "DELETE", "/v1.0/directory/deletedItems/"+id, nil)
			mine.gone = append(mine.gone[max(0, len(mine.gone)-9):], id)
		case 3:
			c.join(&mine, random)
		case 4:
			status, a := c.send("GET", "/v1.0/groups?$top=50", nil)
			rows, _ := a["value"].([]any)
			if status != 200 || len(rows) == 0 {
				c.t.Errorf("list: %d %v", status, a)
			}
			for _, row := range rows {
				c.whole(row.(object))
			}
		default:
			if status, a := c.send("GET", "/v1.0/groups/"+c.groups[random.IntN(shared)], nil); status == 200 {
				c.whole(a)
			} else {
				c.t.Errorf("a shared group answers %d", status)
			}
		}
	}
	c.mu.Lock()
	c.left = append(c.left, mine)
	c.mu.Unlock()
}

// join enters a shared group, or leaves the one it is in.
func (c *crowd) join(mine *remains, random *rand.Rand) {
	if mine.member != "" {
		c.write(204, "DELETE", "/v1.0/groups/"+mine.member+"/members/"+mine.user+"/$ref", nil)
		mine.member = ""
		return
	}
	group := c.groups[random.IntN(shared)]
	c.write(204, "POST", "/v1.0/groups/"+group+"/members/$ref", object{"@odata.id": c.url + "/v1.0/users/" + mine.user})
	mine.member = group
}

func (c *crowd) whole(group object) {
	if group["displayName"] != group["description"] {
		c.t.Errorf("a torn group: %v and %v", group["displayName"], group["description"])
	}
}

// verify compares the tenant with what its clients were told.
func (c *crowd) verify() {
	if len(c.left) != clients {
		c.t.Fatalf("%d of %d clients ended", len(c.left), clients)
	}
	members := map[string]map[string]bool{}
	for _, id := range c.groups {
		members[id] = map[string]bool{}
		_, a := c.send("GET", "/v1.0/groups/"+id+"/members?$top=999", nil)
		for _, row := range a["value"].([]any) {
			members[id][row.(object)["id"].(string)] = true
		}
	}
	for _, mine := range c.left {
		if status, a := c.send("GET", "/v1.0/groups/"+mine.group, nil); status != 200 || a["displayName"] != mine.value || a["description"] != mine.value {
			c.t.Errorf("lost write: %d, %v and %v instead of %s", status, a["displayName"], a["description"], mine.value)
		}
		for id, all := range members {
			if all[mine.user] != (id == mine.member) {
				c.t.Errorf("lost membership: %s in %s: %v", mine.user, id, all[mine.user])
			}
		}
		for _, id := range mine.gone {
			for _, path := range []string{"/v1.0/groups/", "/v1.0/directory/deletedItems/"} {
				if status, _ := c.send("GET", path+id, nil); status != 404 {
					c.t.Errorf("%s%s was purged and answers %d", path, id, status)
				}
			}
		}
	}
}
