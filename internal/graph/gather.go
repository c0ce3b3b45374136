package graph

import (
	"context"
	"sync"
	"sync/atomic"
)

// gatherer sends reads of the directory together. One that comes while nothing is on its way goes at once and alone;
// those that come meanwhile wait for that answer and then share a $batch. So nothing waits for company, and ten readers
// at a time, as Terraform has them, take about a tenth of the requests.
type gatherer struct {
	mu      sync.Mutex
	waiting map[Version][]*gathered
	flights map[Version]int
}

// gathered is one read that waits for its answer.
type gathered struct {
	ctx    context.Context
	part   Request
	done   chan struct{}
	result Result
}

// Gather is Do for a GET, or a POST that only reads, that may share a $batch with others that wait at the same time. Only the directory's reads are
// sent together: elsewhere each part costs as much of a quota as a request of its own, and there are few. A link to the
// next page is the caller's to follow.
func (c *Client) Gather(ctx context.Context, r Request) (*Response, error) {
	if workloadOf(r.Path) != directory || !r.reads() {
		return c.Do(ctx, r)
	}
	if _, err := r.inBatch(0); err != nil {
		return nil, err
	}
	if r.Version == "" {
		r.Version = V1
	}
	p := &gathered{ctx: ctx, part: r, done: make(chan struct{})}
	c.gatherer.add(c, p)
	select {
	case <-p.done:
		return p.result.Response, p.result.Err
	case <-ctx.Done():
		return nil, newRetries().stopped(&call{method: r.method(), url: c.base}, context.Cause(ctx))
	}
}

// add queues a read, and starts a flight where none is under way or a batch is full.
func (g *gatherer) add(c *Client, p *gathered) {
	g.mu.Lock()
	defer g.mu.Unlock()
	v := p.part.Version
	if g.waiting == nil {
		g.waiting, g.flights = map[Version][]*gathered{}, map[Version]int{}
	}
	g.waiting[v] = append(g.waiting[v], p)
	if g.flights[v] == 0 || len(g.waiting[v]) >= batchSize {
		g.flights[v]++
		go g.fly(c, v, g.take(v))
	}
}

// take returns the reads of the next flight. The lock is held.
func (g *gatherer) take(v Version) []*gathered {
	n := min(len(g.waiting[v]), batchSize)
	parts := g.waiting[v][:n:n]
	g.waiting[v] = g.waiting[v][n:]
	return parts
}

// fly sends one flight after another until nothing waits.
func (g *gatherer) fly(c *Client, v Version, parts []*gathered) {
	for len(parts) > 0 {
		c.together(v, parts)
		g.mu.Lock()
		if parts = g.take(v); len(parts) == 0 {
			g.flights[v]--
		}
		g.mu.Unlock()
	}
}

// together sends reads in one request, and hands over what is settled by it. What has to be tried again goes on by
// itself: one that Graph cannot answer for a while must not hold up all others.
func (c *Client) together(v Version, parts []*gathered) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parts[0].ctx))
	defer cancel()
	var waiting atomic.Int64
	waiting.Store(int64(len(parts)))
	requests, open := make([]Request, len(parts)), make([]int, len(parts))
	for i, p := range parts {
		requests[i], open[i] = p.part, i
		stop := context.AfterFunc(p.ctx, func() {
			if waiting.Add(-1) == 0 {
				cancel() // nobody waits for it any more
			}
		})
		defer stop()
	}
	results, err := make([]Result, len(parts)), error(nil)
	if len(parts) == 1 {
		results[0] = c.once(ctx, requests[0])
	} else {
		var answers map[int]Body
		if answers, err = c.sendBatch(ctx, v, requests, open); err == nil {
			c.heed(requests, answers)
			c.settle(requests, results, open, answers, 1)
		}
	}
	for i, p := range parts {
		p.result = results[i]
		// A refusal of the batch itself says nothing of what is in it.
		if ctx.Err() == nil && (err != nil || c.passing(directory, p.result.Err)) {
			go c.alone(p)
			continue
		}
		if err != nil {
			p.result.Err = err
		}
		close(p.done)
	}
}

// once sends one read a single time.
func (c *Client) once(ctx context.Context, r Request) Result {
	call, err := c.prepare(r)
	if err == nil {
		_, err = c.tokens.get(ctx, "")
	}
	if err != nil {
		return Result{Err: err}
	}
	_, response, err := c.turn(ctx, call)
	if err != nil {
		return Result{Err: err}
	}
	return Result{Response: response}
}

// alone sends one read by itself, until it is answered or its reader gives up.
func (c *Client) alone(p *gathered) {
	response, err := c.Do(p.ctx, p.part)
	p.result = Result{Response: response, Err: err}
	close(p.done)
}

// GatherList is List, its first page by Gather.
func (c *Client) GatherList(ctx context.Context, r Request, each func(Body) error) error {
	first, err := c.Gather(ctx, r)
	if err != nil {
		return err
	}
	return c.Pages(r).from(ctx, first, each)
}
