package graph

import "context"

// Listed is the outcome of one collection of [Client.Lists].
type Listed struct {
	Rows []Body
	Err  error
}

// Lists reads several collections, twenty first pages to a request; one that has more pages is then read by itself.
// Outcomes are in the order of parts. The error is not nil where sending as a whole ended.
func (c *Client) Lists(ctx context.Context, v Version, parts []Request) ([]Listed, error) {
	results, err := c.Batch(ctx, v, parts)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(parts))
	for i, r := range results {
		if r.Err != nil {
			out[i].Err = r.Err
			continue
		}
		whole := parts[i]
		whole.Version = v
		out[i].Err = c.Pages(whole).from(ctx, r.Response, func(b Body) error {
			out[i].Rows = append(out[i].Rows, b)
			return nil
		})
	}
	return out, nil
}
