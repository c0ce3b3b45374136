package graph

import "net/http"

// Through returns the configuration with everything it sends, sign-in included, going through what wrap makes of its
// transport. Call it last: what the transport refuses depends on LoopbackOnly.
func (c Config) Through(wrap func(http.RoundTripper) http.RoundTripper) Config {
	c.Transport = wrap(c.transport())
	return c
}
