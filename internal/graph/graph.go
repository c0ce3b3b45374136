// Package graph speaks Microsoft Graph over HTTP: it signs in, sends, pages, batches, waits when Graph throttles, and
// turns every refusal into one *Error.
//
// Bodies stay map[string]any with numbers as json.Number; nothing is modelled, so nothing that Graph sends is lost, and
// a nil value is written as null, which is the only thing that clears a property. The token goes to the configured
// endpoint and nowhere else: not over plain http except to loopback, not after a redirect, not into a log, an error or
// the printed form of a Config or Client. A request that may have been carried out is never repeated when repeating it
// could make a second object; OutcomeUnknown tells such an error.
package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"
	absauth "github.com/microsoft/kiota-abstractions-go/authentication"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

// Body is one JSON object as Graph sends or takes it; numbers in answers are json.Number.
type Body = map[string]any

// Version of the Graph API: the first segment of every path.
type Version string

const (
	V1   Version = "v1.0"
	Beta Version = "beta"
)

// Request is one call. Path is "/groups/{id}" with its values in place; build it with Path where a value comes from
// outside. An empty segment is refused: it is an id that is missing, and would address the whole collection.
type Request struct {
	Method  string  // "" is GET
	Version Version // "" is V1
	Path    string
	Query   map[string]string // "$select": "id,displayName"
	Header  map[string]string // "ConsistencyLevel": "eventual"; a Prefer is added to the client's own
	// Body is written as JSON; []byte goes out as it is, with the Content-Type of Header. nil sends no body.
	Body any
	// Idempotent says of a POST that it only reads or may be repeated without harm (getByIds, evaluate, restore), so
	// that it is retried like a GET. Other methods need no word: GET, PUT, PATCH and DELETE are repeated, except a
	// PATCH that adds references ("members@odata.bind").
	Idempotent bool
	// Started, if set, is called whenever the request leaves its queue, right before it is sent: at each try.
	Started func()
}

// Response is a success. Body is the JSON object, nil where there is none (204) or where the content is something else
// (a $count, a logo), which Raw holds.
type Response struct {
	Status int
	Header http.Header
	Body   Body
	Raw    []byte
}

// Client sends to one Graph endpoint as one identity. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	adapter   abstractions.RequestAdapter
	tokens    *tokenSource
	lanes     map[workload]*lane
	gatherer  gatherer
	clock     Clock
	retryFor  time.Duration
	userAgent string
	want      string // the tenant of the configuration, "" if it names none
	finish    bool   // writes that are on their way

	requests atomic.Int64
	tenantMu sync.Mutex
	tenant   string
}

// attemptTimeout bounds one request and its answer, as the SDK does; waiting for a turn or a retry is not part of it.
const attemptTimeout = 100 * time.Second

// New checks the configuration and chooses the credential. It sends nothing: the first token is fetched by the first
// request. Call FromEnvironment on the Config before, if the environment is to count.
func New(_ context.Context, c Config) (*Client, error) {
	if len(c.Unreadable) > 0 {
		return nil, &AuthError{Reason: strings.Join(c.Unreadable, "; ")}
	}
	place, err := c.place()
	if err != nil {
		return nil, err
	}
	transport := c.transport()
	source, err := c.credential(place, transport)
	if err != nil {
		return nil, err
	}
	client := &Client{
		base: place.endpoint, tokens: source, clock: c.Clock, retryFor: c.RetryFor, userAgent: c.UserAgent, want: c.TenantID, finish: c.FinishWrites,
		lanes: newLanes(c.Paced == nil && !loopback(place.endpoint.Hostname()) || c.Paced != nil && *c.Paced),
	}
	if client.clock == nil {
		client.clock = realClock{}
	}
	source.now = client.clock.Now
	if client.retryFor == 0 {
		client.retryFor = defaultRetryFor
	}
	if client.userAgent == "" {
		client.userAgent = "terraform-provider-entra"
	}
	auth := absauth.NewBaseBearerTokenAuthenticationProvider(&bearer{source: source, base: place.endpoint})
	client.adapter, err = core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		auth, core.GraphClientOptions{}, nil, nil, client.httpClient(transport))
	if err != nil {
		return nil, fmt.Errorf("could not set up the Graph client: %w", err)
	}
	return client, nil
}

// Do sends one request, waiting and retrying as Graph asks. Errors: *Error for an answer that is not a success,
// *Unanswered where none came, *AuthError where there is no token; the context's error is wrapped when it ended.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	call, err := c.prepare(r)
	if err != nil {
		return nil, err
	}
	return c.run(ctx, call)
}

// Get reads one object. query may be nil.
func (c *Client) Get(ctx context.Context, v Version, path string, query map[string]string) (Body, error) {
	return c.body(ctx, Request{Version: v, Path: path, Query: query})
}

// Post creates an object or calls an action; the answer is nil where Graph sends none.
func (c *Client) Post(ctx context.Context, v Version, path string, body any) (Body, error) {
	return c.body(ctx, Request{Method: http.MethodPost, Version: v, Path: path, Body: body})
}

// Patch changes the properties that body names; a nil value clears. Graph answers 204, so the Body is mostly nil.
func (c *Client) Patch(ctx context.Context, v Version, path string, body any) (Body, error) {
	return c.body(ctx, Request{Method: http.MethodPatch, Version: v, Path: path, Body: body})
}

// Delete removes an object or a $ref. Its 404 is an error like any other, except after a try of this same call whose
// answer was lost: that try did the work.
func (c *Client) Delete(ctx context.Context, v Version, path string) error {
	_, err := c.body(ctx, Request{Method: http.MethodDelete, Version: v, Path: path})
	return err
}

func (c *Client) body(ctx context.Context, r Request) (Body, error) {
	response, err := c.Do(ctx, r)
	if err != nil {
		return nil, err
	}
	return response.Body, nil
}

// Endpoint is scheme://host of the Graph in use, as "@odata.id" in the body of a $ref wants it (followed by /v1.0/…).
func (c *Client) Endpoint() string { return c.base.Scheme + "://" + c.base.Host }

// Requests counts what was sent to Graph so far, retries included; a $batch is one.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Format prints a Client without its credentials, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) {
	if c == nil {
		fmt.Fprint(f, "graph.Client(nil)")
		return
	}
	fmt.Fprintf(f, "graph.Client(%s)", c.Endpoint())
}

var errNoTenant = errors.New("the tenant is not known")

// TenantID is the id of the tenant that the token belongs to: GET /organization, once, or, where the identity may not
// read that, the tid claim of the token. A tenant other than the configured one is an error.
func (c *Client) TenantID(ctx context.Context) (string, error) {
	c.tenantMu.Lock()
	defer c.tenantMu.Unlock()
	if c.tenant != "" {
		return c.tenant, nil
	}
	id, domains, err := c.askTenant(ctx)
	if err != nil {
		return "", err
	}
	named := strings.EqualFold(c.want, id) || slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(c.want, d) })
	if !named && (isGUID(c.want) || c.want != "" && len(domains) > 0) {
		return "", fmt.Errorf("the credentials are for tenant %s, but the configuration says tenant %s: "+
			"use credentials of that tenant, or change tenant_id (ENTRA_TENANT_ID, ARM_TENANT_ID)", id, c.want)
	}
	c.tenant = id
	return id, nil
}

// askTenant returns the tenant's id and, where they can be read, its domains.
func (c *Client) askTenant(ctx context.Context) (id string, domains []string, err error) {
	body, err := c.Get(ctx, V1, "/organization", map[string]string{"$select": "id,verifiedDomains"})
	if err == nil {
		rows, _ := body["value"].([]any)
		if len(rows) == 1 {
			row, _ := rows[0].(Body)
			list, _ := row["verifiedDomains"].([]any)
			for _, item := range list {
				d, _ := item.(Body)
				if name, _ := d["name"].(string); name != "" {
					domains = append(domains, name)
				}
			}
			if id, _ := row["id"].(string); id != "" {
				return id, domains, nil
			}
		}
		err = fmt.Errorf("%w: /organization answered with %d organizations instead of one", errNoTenant, len(rows))
	} else if !IsForbidden(err) {
		return "", nil, fmt.Errorf("could not ask for the tenant's id: %w", err)
	}
	token, tokenErr := c.tokens.get(ctx, "")
	if tokenErr != nil {
		return "", nil, tokenErr
	}
	if id := claimsOf(token).Tenant; id != "" {
		return id, nil, nil
	}
	return "", nil, fmt.Errorf("could not learn the tenant's id, and the token does not say it: %w. "+
		"Grant the identity Organization.Read.All", err)
}
