package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// defaultRetryFor is how long a request goes on trying: longer than the longest Retry-After that Graph sends (315 s),
// so that two of them in a row are waited for.
const defaultRetryFor = 15 * time.Minute

// few bounds the tries of what rarely heals: no connection, a 500, two writers at once.
const few = 5

// verdict says what to do about a failed try.
type verdict struct {
	again   bool
	most    int  // tries, 0: as many as time allows
	unknown bool // not repeated, because Graph may have carried it out
}

// judge decides by status and code. 429 and 503 say that the request was not taken up, so even a POST is sent again;
// behind a 500, 502 or 504 it may have been carried out.
func judge(status int, code string, repeatable bool) verdict {
	switch status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return verdict{again: true}
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return verdict{again: repeatable, unknown: !repeatable}
	case http.StatusInternalServerError, http.StatusRequestTimeout:
		return verdict{again: repeatable, most: few, unknown: !repeatable}
	case http.StatusConflict:
		// Two changes of one object at a time: the later one was not taken up.
		return verdict{again: strings.HasSuffix(code, "ConcurrencyViolation"), most: few}
	}
	return verdict{}
}

// retries is the state of one request's retrying.
type retries struct {
	tries    int
	spent    time.Duration // in tries and in waits between them, not in the lane's queue
	schedule *backoff.ExponentialBackOff
	zeros    int  // how often Graph said "at once"
	shaky    bool // a try was made whose outcome is not known
}

func newRetries() *retries {
	return &retries{schedule: &backoff.ExponentialBackOff{
		InitialInterval: time.Second, RandomizationFactor: 0.3, Multiplier: 2, MaxInterval: 30 * time.Second,
	}}
}

// delay is what to wait before the next try. A server that says "at once" again and again is not believed.
func (s *retries) delay(asked *time.Duration, work workload) time.Duration {
	next := s.schedule.NextBackOff()
	if asked == nil {
		return max(next, work.floor())
	}
	if *asked == 0 {
		if s.zeros++; s.zeros > 3 {
			return next
		}
	}
	return *asked
}

// floor is the least wait without Retry-After: Conditional Access renews its one request each second.
func (w workload) floor() time.Duration {
	if w == conditionalAccess {
		return time.Second
	}
	return 0
}

// run sends a call until it succeeds, fails for good, or its time is over.
func (c *Client) run(ctx context.Context, call *call) (*Response, error) {
	state, lane := newRetries(), c.lanes[call.work]
	for {
		// Signing in may take a person minutes: that is no part of a try.
		if _, err := c.tokens.get(ctx, ""); err != nil {
			return nil, err
		}
		begin, response, err := c.turn(ctx, call)
		if begin.IsZero() {
			return nil, state.stopped(call, err)
		}
		state.tries++
		state.spent += c.clock.Now().Sub(begin)
		if err == nil {
			return response, nil
		}
		if call.method == http.MethodDelete && state.shaky && IsNotFound(err) {
			return &Response{Status: http.StatusNoContent, Header: http.Header{}}, nil
		}
		wait, again := c.again(ctx, state, lane, call, err)
		if !again {
			return nil, err
		}
		if stop := c.clock.Sleep(ctx, wait); stop != nil {
			return nil, state.stopped(call, fmt.Errorf("%w, while waiting to repeat it after: %w", stop, err))
		}
		state.spent += wait
	}
}

// turn waits for a call's turn and sends it once; a zero time says that it did not come to that.
func (c *Client) turn(ctx context.Context, call *call) (begin time.Time, response *Response, err error) {
	lane := c.lanes[call.work]
	if err := lane.enter(ctx, c.clock, call.counts); err != nil {
		return begin, nil, err
	}
	if call.started != nil {
		call.started()
	}
	if c.finish && call.method != http.MethodGet && call.counts > 0 {
		ctx = context.WithoutCancel(ctx) // bounded by attemptTimeout
	}
	begin = c.clock.Now()
	response, err = c.attempt(ctx, call)
	lane.leave()
	if err == nil {
		lane.learn(response.Status, c.clock.Now(), 0)
		lane.ease(response.Header, c.clock.Now())
	}
	return begin, response, err
}

// passing tells whether what failed once may succeed at the next try, and holds the lane back where Graph asks for it.
func (c *Client) passing(work workload, err error) bool {
	var answered *Error
	var unanswered *Unanswered
	switch {
	case errors.As(err, &answered):
		if answered.Status == http.StatusTooManyRequests {
			wait := max(time.Second, work.floor())
			if answered.RetryAfter != nil {
				wait = *answered.RetryAfter
			}
			c.lanes[work].learn(answered.Status, c.clock.Now(), wait)
		}
		return judge(answered.Status, answered.Code, true).again
	case errors.As(err, &unanswered):
		return !permanent(unanswered.Err)
	}
	return false
}

func (c *Client) gaveUp(wait time.Duration) string {
	return fmt.Sprintf("Gave up, because the next try was due in %s and all tries together may take %s; run it again later",
		wait.Round(time.Second), c.retryFor)
}

// stopped is the error of a context that ended between tries.
func (s *retries) stopped(call *call, cause error) error {
	return &Unanswered{Method: call.method, URL: shown(call.url), Err: cause, Tries: s.tries, Waited: s.spent}
}

// again decides whether a failed try is repeated and after which wait; if not, it completes err.
func (c *Client) again(ctx context.Context, state *retries, lane *lane, call *call, err error) (time.Duration, bool) {
	var answered *Error
	var unanswered *Unanswered
	var v verdict
	var asked *time.Duration
	switch {
	case errors.As(err, &answered):
		v, asked = judge(answered.Status, answered.Code, call.repeatable), answered.RetryAfter
	case errors.As(err, &unanswered):
		v = verdict{again: call.repeatable || !unanswered.sent, most: few, unknown: !call.repeatable && unanswered.sent}
		if permanent(unanswered.Err) {
			v = verdict{}
		}
	default:
		return 0, false
	}
	var wait time.Duration
	if v.again {
		wait = state.delay(asked, call.work)
		state.shaky = state.shaky || answered == nil || answered.Status != http.StatusTooManyRequests
	}
	if answered != nil {
		lane.learn(answered.Status, c.clock.Now(), wait)
	}
	over := state.spent+wait > c.retryFor
	if v.again && !over && (v.most == 0 || state.tries < v.most) && ctx.Err() == nil {
		return wait, true
	}
	if answered != nil {
		answered.Tries, answered.Waited, answered.OutcomeUnknown = state.tries, state.spent, answered.OutcomeUnknown || v.unknown
		if v.again && over {
			answered.Hint = c.gaveUp(wait)
		}
	} else {
		unanswered.Tries, unanswered.Waited, unanswered.OutcomeUnknown = state.tries, state.spent, v.unknown
	}
	return 0, false
}
