package graph

import (
	"context"
	"errors"
	"fmt"
	"net/url"
)

// List reads a collection page by page and hands each row to each, whose error ends it and is returned as it is.
// Where Graph wants a header as well ("ConsistencyLevel"), use ListRequest.
func (c *Client) List(ctx context.Context, v Version, path string, query map[string]string, each func(Body) error) error {
	return c.ListRequest(ctx, Request{Version: v, Path: path, Query: query}, each)
}

// ListRequest is List for a whole Request.
func (c *Client) ListRequest(ctx context.Context, r Request, each func(Body) error) error {
	pages := c.Pages(r)
	for more := true; more; {
		var rows []Body
		var err error
		if rows, more, err = pages.Next(ctx); err != nil {
			return err
		}
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// Pager reads a collection page by page, for those who may not need all of it. Links to the next page are opaque and
// followed as they came; one that leads to another host is refused, one that was followed before ends the listing with
// an error, and so does a page that expires: rows already handed over stay handed over.
type Pager struct {
	client *Client
	first  Request
	call   *call  // nil before the first page
	link   string // to the next page
	seen   map[string]bool
}

// Pages prepares to read a collection; nothing is asked before the first page.
func (c *Client) Pages(r Request) *Pager { return &Pager{client: c, first: r, seen: map[string]bool{}} }

// Next reads one page, which may be empty; more tells whether another follows.
func (p *Pager) Next(ctx context.Context) (rows []Body, more bool, err error) {
	if err := p.turn(); err != nil {
		return nil, false, err
	}
	response, err := p.client.run(ctx, p.call)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Code == "Directory_ExpiredPageToken" {
			e.Hint = "Too much time passed between two pages; run it again"
		}
		return nil, false, err
	}
	return p.rows(response)
}

// from hands over the rows of a first page that was read already, and those of the pages after it.
func (p *Pager) from(ctx context.Context, first *Response, each func(Body) error) (err error) {
	if p.call, err = p.client.prepare(p.first); err != nil {
		return err
	}
	rows, more, err := p.rows(first)
	for ; err == nil; rows, more, err = p.Next(ctx) {
		for _, row := range rows {
			if err := each(row); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
	}
	return err
}

func (p *Pager) rows(response *Response) (rows []Body, more bool, err error) {
	values, ok := response.Body["value"].([]any)
	if !ok {
		return nil, false, fmt.Errorf("GET %s: the answer has no list of values, so it is not a collection", shown(p.call.url))
	}
	for _, row := range values {
		object, ok := row.(Body)
		if !ok {
			return nil, false, fmt.Errorf("GET %s: a row is a %T instead of an object", shown(p.call.url), row)
		}
		rows = append(rows, object)
	}
	p.link, _ = response.Body["@odata.nextLink"].(string)
	return rows, p.link != "", nil
}

// turn makes the call for the next page.
func (p *Pager) turn() (err error) {
	if p.call == nil {
		p.call, err = p.client.prepare(p.first)
		return err
	}
	if p.seen[p.link] {
		return fmt.Errorf("GET %s: the pages go round in a circle", shown(p.call.url))
	}
	p.seen[p.link] = true
	next, err := p.client.nextPage(p.link)
	if err != nil {
		return fmt.Errorf("GET %s: %w", shown(p.call.url), err)
	}
	p.call.url = next
	return nil
}

func (c *Client) nextPage(link string) (*url.URL, error) {
	next, err := url.Parse(link)
	if err != nil {
		return nil, errors.New("the link to the next page is no address")
	}
	if !sameOrigin(next, c.base) || next.User != nil {
		return nil, &Refused{Reason: fmt.Sprintf("the link to the next page leads to %s://%s, which is not followed: the token is for %s only",
			next.Scheme, next.Host, c.Endpoint())}
	}
	return next, nil
}
