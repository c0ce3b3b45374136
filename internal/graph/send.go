package graph

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	khttp "github.com/microsoft/kiota-http-go"
)

var methods = map[string]abstractions.HttpMethod{
	http.MethodGet: abstractions.GET, http.MethodPost: abstractions.POST, http.MethodPatch: abstractions.PATCH,
	http.MethodPut: abstractions.PUT, http.MethodDelete: abstractions.DELETE, http.MethodHead: abstractions.HEAD,
}

// attempt sends a call once. The SDK's adapter signs, sends and answers claims challenges; its response handler hands
// over the answer unread, so that neither status nor body of an error is lost to its models.
func (c *Client) attempt(ctx context.Context, call *call) (*Response, error) {
	info, err := c.information(call)
	if err != nil {
		return nil, err
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	bounded, cancel := context.WithTimeout(httptrace.WithClientTrace(ctx, trace), attemptTimeout)
	defer cancel()

	var response *Response
	handler := abstractions.NewRequestHandlerOption()
	handler.SetResponseHandler(func(native any, _ abstractions.ErrorMappings) (any, error) {
		answer, ok := native.(*http.Response)
		if !ok {
			return nil, fmt.Errorf("the SDK handed over a %T", native)
		}
		var err error
		response, err = c.receive(call, answer)
		return nil, err
	})
	info.AddRequestOptions([]abstractions.RequestOption{handler})
	_, err = c.adapter.SendPrimitive(bounded, info, "[]byte", nil)

	var answered *Error
	var refused *Refused
	var auth *AuthError
	switch {
	case err == nil:
		return response, nil
	case errors.As(err, &refused):
		return nil, refused
	case errors.As(err, &answered):
		return nil, answered
	case errors.As(err, &auth):
		return nil, auth
	}
	return nil, &Unanswered{
		Method: call.method, URL: shown(call.url), Err: c.reason(ctx, bounded, err), sent: connected.Load(),
	}
}

// reason is why there was no answer, without the address that net/url puts in front, since its query may be private.
func (c *Client) reason(ctx, bounded context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if bounded.Err() != nil {
		return fmt.Errorf("nothing came within %s", attemptTimeout)
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// permanent: no answer now, and none later.
func permanent(err error) bool {
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var notTLS tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &notTLS) ||
		errors.Is(err, errGuarded)
}

func (c *Client) information(call *call) (*abstractions.RequestInformation, error) {
	method, ok := methods[call.method]
	if !ok {
		return nil, fmt.Errorf("%s %s: Graph has no such method", call.method, shown(call.url))
	}
	info := abstractions.NewRequestInformation()
	info.Method = method
	info.SetUri(*call.url)
	for name, values := range call.header {
		info.Headers.Add(name, values[0], values[1:]...)
	}
	info.Headers.Add("User-Agent", c.userAgent)
	info.Headers.Add("client-request-id", uuid.NewString())
	info.Headers.Add("Accept", "application/json")
	if call.content != nil {
		info.Content = call.content
		// Without a length the SDK sends in chunks, which net/http cannot send again over a second connection.
		info.Headers.Add("Content-Length", strconv.Itoa(len(call.content)))
	}
	return info, nil
}

// receive reads an answer to its end and closes it.
func (c *Client) receive(call *call, answer *http.Response) (*Response, error) {
	defer answer.Body.Close()
	if answer.StatusCode >= 300 && answer.StatusCode < 400 {
		return nil, c.redirected(call, answer)
	}
	content, err := io.ReadAll(answer.Body)
	if answer.StatusCode >= 400 {
		// A body cut short still has a status: that decides.
		content = withoutToken(content, answer.Request)
		e := newError(call.method, call.url, answer.StatusCode, answer.Header, content, c.clock.Now())
		if e.Status == http.StatusUnauthorized {
			e.Hint = c.tokens.unauthorized(e, c.want, c.clock.Now())
		}
		return nil, e
	}
	if err != nil {
		return nil, fmt.Errorf("the answer (%d) broke off after %d bytes: %w", answer.StatusCode, len(content), err)
	}
	response := &Response{Status: answer.StatusCode, Header: answer.Header}
	if err := response.fill(content, answer.Header.Get("Content-Type")); err != nil {
		return nil, &Error{
			Method: call.method, URL: shown(call.url), Status: answer.StatusCode, RequestID: answer.Header.Get("request-id"),
			Message: scrub(fmt.Sprintf("%v: %s", err, gist(withoutToken(content, answer.Request), answer.Header.Get("Content-Type")))), OutcomeUnknown: !call.repeatable,
		}
	}
	return response, nil
}

// withoutToken takes the request's own token out of an answer that echoes it, as some proxies' error pages do.
func withoutToken(content []byte, r *http.Request) []byte {
	if r == nil {
		return content
	}
	if _, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); token != "" {
		return bytes.ReplaceAll(content, []byte(token), []byte("[redacted]"))
	}
	return content
}

// fill takes JSON as Body and anything else as Raw. HTML with a success status is a proxy's sign-in page.
func (r *Response) fill(content []byte, contentType string) error {
	kind := strings.ToLower(contentType)
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return nil
	case strings.Contains(kind, "json"):
		body, err := decode(content)
		if err != nil {
			return fmt.Errorf("the answer is not one JSON object (%w)", err)
		}
		r.Body = body
	case strings.Contains(kind, "html"):
		return errors.New("the answer does not come from Graph")
	default:
		if body, err := decode(content); err == nil && kind == "" {
			r.Body = body
			return nil
		}
		r.Raw = content
	}
	return nil
}

func (c *Client) redirected(call *call, answer *http.Response) error {
	target := "nowhere"
	if u, err := call.url.Parse(answer.Header.Get("Location")); err == nil && answer.Header.Get("Location") != "" {
		target = u.Scheme + "://" + u.Host
	}
	return &Refused{Reason: fmt.Sprintf("%s %s was redirected (%d) to %s, which is not followed: only reads are, within %s, "+
		"because the token goes nowhere else. Check the endpoint and any proxy in between",
		call.method, shown(call.url), answer.StatusCode, target, c.Endpoint())}
}

// middleware is a step between the SDK's adapter and the wire.
type middleware func(khttp.Pipeline, int, *http.Request) (*http.Response, error)

func (m middleware) Intercept(p khttp.Pipeline, next int, r *http.Request) (*http.Response, error) {
	return m(p, next, r)
}

// httpClient has the chain for Graph, outermost first. Of the SDK's own steps only redirects are used: its retry stops
// after 3 minutes and repeats POST behind a 504, its compression hides what is sent, its telemetry sets our
// client-request-id a second time, and parameter names are never encoded here.
func (c *Client) httpClient(transport http.RoundTripper) *http.Client {
	redirects := khttp.NewRedirectHandlerWithOptions(khttp.RedirectHandlerOptions{MaxRedirects: 5, ShouldRedirect: c.follows})
	chain := khttp.NewCustomTransportWithParentTransport(transport, middleware(rewindable), redirects, middleware(c.gate))
	return &http.Client{
		Transport:     chain,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// rewindable lets net/http send a body again where a kept connection was closed before a byte went out.
func rewindable(p khttp.Pipeline, next int, r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		r.ContentLength = int64(len(content))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
		r.Body, _ = r.GetBody()
	}
	return p.Next(r, next)
}

func (c *Client) follows(r *http.Request, answer *http.Response) bool {
	location := answer.Header.Get("Location")
	if r.Method != http.MethodGet || location == "" || answer.StatusCode < 301 || answer.StatusCode > 308 {
		return false
	}
	target, err := r.URL.Parse(location)
	if err != nil || target.User != nil || !sameOrigin(target, c.base) {
		return false
	}
	answer.Body.Close() // the SDK's handler does not
	return true
}

// gate is the last step before the wire: nothing passes that is not for our endpoint, and what passes is counted.
func (c *Client) gate(p khttp.Pipeline, next int, r *http.Request) (*http.Response, error) {
	if !sameOrigin(r.URL, c.base) {
		return nil, &Refused{Reason: fmt.Sprintf("a request to %s://%s was not sent: the token is for %s only",
			r.URL.Scheme, r.URL.Host, c.Endpoint())}
	}
	c.requests.Add(1)
	answer, err := p.Next(r, next)
	// The SDK reads claims="…" out of a challenge and panics where the quotes are missing.
	if err == nil && answer.StatusCode == http.StatusUnauthorized && challenge(answer.Header.Get("WWW-Authenticate")) == "" {
		answer.Header.Del("WWW-Authenticate")
	}
	return answer, err
}

// sameOrigin: same scheme, host and port.
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
}

// loopback: localhost, 127.0.0.0/8 or ::1.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
