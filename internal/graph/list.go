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

// ListRequest is List for a whole Request. Links to the next page are opaque and followed as they came; one that leads
// to another host is refused, one that was followed before ends the listing with an error, and so does a page that
// expires: rows already handed over stay handed over.
func (c *Client) ListRequest(ctx context.Context, r Request, each func(Body) error) error {
	call, err := c.prepare(r)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for {
		response, err := c.run(ctx, call)
		if err != nil {
			var e *Error
			if errors.As(err, &e) && e.Code == "Directory_ExpiredPageToken" {
				e.Hint = "Too much time passed between two pages; run it again"
			}
			return err
		}
		rows, ok := response.Body["value"].([]any)
		if !ok {
			return fmt.Errorf("GET %s: the answer has no list of values, so it is not a collection", shown(call.url))
		}
		for _, row := range rows {
			object, ok := row.(Body)
			if !ok {
				return fmt.Errorf("GET %s: a row is a %T instead of an object", shown(call.url), row)
			}
			if err := each(object); err != nil {
				return err
			}
		}
		link, _ := response.Body["@odata.nextLink"].(string)
		if link == "" {
			return nil
		}
		if seen[link] {
			return fmt.Errorf("GET %s: the pages go round in a circle", shown(call.url))
		}
		seen[link] = true
		next, err := c.nextPage(link)
		if err != nil {
			return fmt.Errorf("GET %s: %w", shown(call.url), err)
		}
		call.url = next
	}
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
