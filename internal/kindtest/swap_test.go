package kindtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Somebody gave objects of one configuration each other's names.

// swappable are the properties that Graph wants to be unique and lets be changed.
var swappable = map[string]struct {
	kind, property string
	code           func(n int) kind.Values
	value          func(n int) any
}{
	"names of users": {"user", "userPrincipalName",
		func(n int) kind.Values {
			name := fmt.Sprintf("user%d", n)
			return kind.Values{"user_principal_name": name + "@contoso.onmicrosoft.com", "display_name": name, "mail_nickname": name}
		},
		func(n int) any { return fmt.Sprintf("user%d@contoso.onmicrosoft.com", n) }},
	"nicknames of groups": {"group", "mailNickname",
		func(n int) kind.Values {
			return kind.Values{"display_name": fmt.Sprint("Group ", n), "mail_nickname": fmt.Sprint("group", n), "mail_enabled": true, "security_enabled": false, "group_types": []string{"Unified"}}
		},
		func(n int) any { return fmt.Sprint("group", n) }},
	"URIs of applications": {"application", "identifierUris",
		func(n int) kind.Values {
			return kind.Values{"display_name": fmt.Sprint("App ", n), "identifier_uris": []string{fmt.Sprintf("https://contoso.onmicrosoft.com/app%d", n), fmt.Sprintf("https://contoso.onmicrosoft.com/own%d", n)}}
		},
		func(n int) any { return []any{fmt.Sprintf("https://contoso.onmicrosoft.com/app%d", n)} }},
}

// TestSwapped: one apply gives each its own again, two of them and three in a ring, and says
// that one of them had a makeshift name meanwhile.
func TestSwapped(t *testing.T) {
	t.Parallel()
	for name, c := range swappable {
		for _, ring := range []int{2, 3} {
			for _, lag := range []time.Duration{0, time.Second} {
				t.Run(fmt.Sprintf("%s, ring of %d, lag %s", name, ring, lag), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						e := newEstate(t, rand.New(rand.NewPCG(3, 4)), emulator.WithLag(lag), emulator.WithSpeed(20))
						var all []*item
						for n := range ring {
							all = append(all, e.put(c.kind, c.code(n)))
						}
						e.begin(1)
						for n, x := range all { // none has its own, and then each that of another
							x.behind("PATCH", x.path(), graph.Body{c.property: c.value(n + 10)})
						}
						e.settle()
						for n, x := range all {
							x.behind("PATCH", x.path(), graph.Body{c.property: c.value((n + 1) % ring)})
						}
						e.settle()
						e.plan(1)
						e.inOneStart(func() {
							var done sync.WaitGroup
							for _, x := range all {
								done.Go(func() {
									if s := x.applyIn(e.one, x.planned); s != "" {
										t.Error(s)
									}
								})
								synctest.Wait() // Graph has refused it, and it waits, but for the last
							}
							done.Wait()
						})
						said := ""
						for _, x := range all {
							said += x.said
						}
						if strings.Count(said, "had a makeshift name for a moment") != 1 {
							t.Errorf("it is told %q", said)
						}
						e.settle()
						if more := e.plan(1); len(more) > 0 {
							t.Errorf("the plan after it is not empty: %s", more[0].address())
						}
						for _, wrong := range e.holds() {
							t.Error(wrong)
						}
					})
				})
			}
		}
	}
}

// TestSwappedOneByOne: where objects are applied one after another none can know what the other
// is to have, and the error says what to do.
func TestSwappedOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := swappable["names of users"]
		e := newEstate(t, rand.New(rand.NewPCG(3, 4)))
		ann, bob := e.put(c.kind, c.code(0)), e.put(c.kind, c.code(1))
		e.begin(1)
		for _, name := range []any{c.value(10), c.value(1)} {
			ann.behind("PATCH", ann.path(), graph.Body{c.property: name})
			if name == c.value(10) {
				bob.behind("PATCH", bob.path(), graph.Body{c.property: c.value(0)})
			}
		}
		e.plan(1)
		failed := e.apply(1)
		if len(failed) != 2 {
			t.Errorf("the apply says %q", failed)
		}
		for _, s := range failed {
			if !strings.Contains(s, "where it gives that one what this one has, give this one another by hand first") || strings.Contains(s, "in the meantime") {
				t.Errorf("the apply says %q", s)
			}
		}
		bob.behind("PATCH", bob.path(), graph.Body{c.property: c.value(10)})
		e.recovered("after one of them was given another by hand")
	})
}
