package emulator

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Throttling as https://learn.microsoft.com/graph/throttling-limits describes it: the
// quotas of the directory ("identity and access") per application and tenant, that of
// Conditional Access per tenant, that of the reports. What a request costs stands in
// cost.go.

// WithDocumentedThrottling enforces the limits that Microsoft documents. The directory
// meters resource units and writes for each application and names its usage in headers;
// Conditional Access takes one request a second from all applications together and says
// no more than 429; /auditLogs takes five requests in ten seconds from an application. A
// $batch is not metered, each of its parts is.
func WithDocumentedThrottling() Option {
	return func(t *Tenant) {
		if t.limits == nil {
			t.limits = &limits{applications: map[string]*applicationLimits{}}
		}
	}
}

// Paced tells whether the tenant enforces the documented limits at their own speed, so that
// a client does well to keep to them unasked.
func (t *Tenant) Paced() bool { return t.limits != nil && t.speed == 1 }

// WithoutRetryAfter leaves Retry-After out of the directory's 429s. The documentation has
// the header there, an observation of 2026 does not.
func WithoutRetryAfter() Option { return func(t *Tenant) { t.rules.noRetryAfter = true } }

// WithSpeed makes the tenant's clockwork run n times as fast as Microsoft's: the windows of
// throttling, the lag, Retry-After and the delays of faults last an nth of their time.
// Retry-After stays a whole number of seconds, at least 1, so that at high speed a client
// that keeps to it waits longer than it must. The clock itself does not run faster: a
// recycle bin keeps what it has for 30 days.
func WithSpeed(n int) Option { return func(t *Tenant) { t.speed = max(n, 1) } }

// scaled is how long a time of Microsoft's lasts in this tenant.
func (t *Tenant) scaled(d time.Duration) time.Duration { return d / time.Duration(t.speed) }

// limits are the quotas in use. They are used under the tenant's lock.
type limits struct {
	applications      map[string]*applicationLimits
	tenantWrites      bucket
	conditionalAccess window
}

type applicationLimits struct {
	units, writes bucket
	personal      window // writes of applications that personal accounts can use
	reports       window
}

// The documented quotas.
const (
	unitWindow          = 10 * time.Second
	writeWindow         = 150 * time.Second
	writeQuota          = 3000
	tenantWriteWindow   = 5 * time.Minute
	tenantWriteQuota    = 18_000
	personalWrites      = 60
	personalWriteWindow = time.Minute
	reportRequests      = 5
	reportWindow        = 10 * time.Second
	caWindow            = time.Second
)

// unitQuota depends on the tenant's size: S under 50 users, M, and L above 500.
func (t *Tenant) unitQuota() float64 {
	n := 0
	t.shelf("user").each(func(*object) bool { n++; return n <= 500 })
	switch {
	case n < 50:
		return 3500
	case n <= 500:
		return 5000
	}
	return 8000
}

// throttle counts a request against the quotas that it falls under and refuses it where
// one is used up.
func (t *Tenant) throttle(c *call) *graphError {
	if t.limits == nil || c.route.batch {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	application := t.applicationOf(c)
	own := t.limits.applications[application]
	if own == nil {
		own = &applicationLimits{}
		t.limits.applications[application] = own
	}
	switch {
	case c.route.ca:
		if t.limits.conditionalAccess.take(now, 1, t.scaled(caWindow)) > 0 {
			return tooManyRequests()
		}
		return nil
	case strings.HasPrefix(c.route.pattern, "/auditLogs/"):
		wait := own.reports.take(now, reportRequests, t.scaled(reportWindow))
		if wait == 0 {
			return nil
		}
		err := tooManyRequests()
		t.retryAfter(err, wait)
		return err
	}
	return t.meter(c, own, application, now)
}

// meter counts resource units and writes. The first quota that is used up refuses.
func (t *Tenant) meter(c *call, own *applicationLimits, application string, now time.Time) *graphError {
	units, writes := c.cost()
	c.meter = map[string]string{"X-Ms-Resource-Unit": strconv.Itoa(units)}
	quota := t.unitQuota()
	for _, m := range []struct {
		bucket         *bucket
		cost           int
		quota          float64
		window         time.Duration
		scope, because string
	}{
		{&own.units, units, quota, unitWindow, "Tenant_Application/ReadWrite", "ResourceUnitLimitExceeded"},
		{&own.writes, writes, writeQuota, writeWindow, "Tenant_Application/Write", "WriteLimitExceeded"},
		{&t.limits.tenantWrites, writes, tenantWriteQuota, tenantWriteWindow, "Tenant/Write", "WriteLimitExceeded"},
	} {
		if wait := m.bucket.take(now, float64(m.cost), m.quota, t.scaled(m.window)); wait > 0 {
			return t.throttled(c, wait, m.scope, application, m.because)
		}
	}
	if writes > 0 && t.personalApplication(c) {
		if wait := own.personal.take(now, personalWrites, t.scaled(personalWriteWindow)); wait > 0 {
			return t.throttled(c, wait, "Tenant_Application/Write", application, "WriteLimitExceeded")
		}
	}
	if used := own.units.used(quota); used > 0.8 {
		c.meter["X-Ms-Throttle-Limit-Percentage"] = fmt.Sprintf("%.2f", used)
	}
	return nil
}

func (t *Tenant) throttled(c *call, wait time.Duration, scope, application, because string) *graphError {
	err := tooManyRequests()
	err.Header["X-Ms-Throttle-Scope"] = scope + "/" + application + "/" + t.id
	err.Header["X-Ms-Throttle-Information"] = because
	if used := t.limits.applications[application].units.used(t.unitQuota()); used > 0.8 {
		c.meter["X-Ms-Throttle-Limit-Percentage"] = fmt.Sprintf("%.2f", used)
	}
	if !t.rules.noRetryAfter {
		t.retryAfter(err, wait)
	}
	return err
}

func tooManyRequests() *graphError {
	code, message := faultText(http.StatusTooManyRequests, false)
	return &graphError{Status: http.StatusTooManyRequests, Code: code, Message: message, Header: map[string]string{}}
}

func (t *Tenant) retryAfter(err *graphError, wait time.Duration) {
	err.Header["Retry-After"] = strconv.Itoa(wholeSeconds(wait))
}

func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// applicationOf names the application that a request comes from, as far as its token
// tells: an id of its own for each token.
func (t *Tenant) applicationOf(c *call) string {
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(c.header.Get("Authorization"))).String()
}

// personalApplication tells whether a write is about an application that personal
// accounts can sign in to: those have a quota of their own.
func (t *Tenant) personalApplication(c *call) bool {
	if c.route.pattern != "/applications" {
		o := t.lookUp(t.resource("application"), c.params["id"])
		return strings.HasPrefix(c.route.pattern, "/applications/") && o != nil && personal(o.text("signInAudience"))
	}
	b, gerr := c.decode()
	audience, given := b["signInAudience"].(string)
	return gerr == nil && (!given || personal(audience))
}

// bucket is a quota that fills up again steadily. A refused request counts too, so that
// the usage of a client that does not wait goes on above 1.
type bucket struct {
	spent float64
	at    time.Time
}

const mostUsage = 1.8 // as x-ms-throttle-limit-percentage tells at most

// take spends a cost, or tells how long it would have to wait.
func (b *bucket) take(now time.Time, cost, quota float64, window time.Duration) time.Duration {
	if cost == 0 {
		return 0
	}
	rate := quota / window.Seconds()
	if now.After(b.at) {
		b.spent = max(0, b.spent-now.Sub(b.at).Seconds()*rate)
		b.at = now
	}
	over := b.spent + cost - quota
	b.spent = min(b.spent+cost, mostUsage*quota)
	if over <= 0 {
		return 0
	}
	return max(time.Duration((b.spent+cost-quota)/rate*float64(time.Second)), 1)
}

// used is the share of the quota that is spent.
func (b *bucket) used(quota float64) float64 { return b.spent / quota }

// window is a quota of few requests in any span of time; refused ones do not count.
type window struct{ taken []time.Time }

func (w *window) take(now time.Time, most int, span time.Duration) time.Duration {
	for len(w.taken) > 0 && now.Sub(w.taken[0]) >= span {
		w.taken = w.taken[1:]
	}
	if len(w.taken) >= most {
		return max(span-now.Sub(w.taken[0]), 1)
	}
	w.taken = append(w.taken, now)
	return 0
}
