package graph

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/uuid"
	absauth "github.com/microsoft/kiota-abstractions-go/authentication"
)

// AuthError: there is no token, or no credential to get one with. Reason says what to do, and keeps AADSTS codes.
type AuthError struct {
	Reason string
	err    error // the context's error, or nil
}

func (e *AuthError) Error() string { return e.Reason }
func (e *AuthError) Unwrap() error { return e.err }

// tokenSource gives tokens of one credential and keeps the latest: the Azure CLI's takes a process each.
type tokenSource struct {
	way        string
	last       bool // the Azure CLI was taken because nothing else was configured
	scope      string
	credential azcore.TokenCredential
	now        func() time.Time

	busy   chan struct{} // one sign-in at a time; a channel, so that waiting ends with the context
	kept   func() string
	expiry time.Time
}

// get is a token that lives for some minutes yet; challenge is the claims that Graph asked for, nothing otherwise.
func (s *tokenSource) get(ctx context.Context, challenge string) (string, error) {
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	case <-ctx.Done():
		return "", &AuthError{Reason: "stopped while waiting to sign in", err: context.Cause(ctx)}
	}
	if challenge == "" && s.kept != nil && s.now().Before(s.expiry.Add(-5*time.Minute)) {
		return s.kept(), nil
	}
	token, err := s.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{s.scope}, EnableCAE: true, Claims: challenge})
	if err != nil {
		return "", s.failed(ctx, err)
	}
	s.kept, s.expiry = func() string { return token.Token }, token.ExpiresOn
	return token.Token, nil
}

var aadsts = regexp.MustCompile(`AADSTS\d+`)

// advice is what to do about the codes that people meet. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
var advice = map[string]string{
	"AADSTS7000215": "The client secret is wrong: give its value, not its id",
	"AADSTS7000222": "The client secret has expired: make a new one",
	"AADSTS700016":  "The tenant does not have this application: check client_id and tenant_id",
	"AADSTS90002":   "There is no such tenant: check tenant_id and environment",
	"AADSTS900023":  "There is no such tenant: check tenant_id",
	"AADSTS700027":  "The certificate is not registered with the application, or has expired",
	"AADSTS70021":   "No federated credential of the application matches issuer and subject of the OpenID Connect token",
	"AADSTS700213":  "No federated credential of the application matches the subject of the OpenID Connect token",
	"AADSTS65001":   "An administrator has not consented to the application's permissions yet",
	"AADSTS65002":   "This client may not ask for these permissions: sign in with an app registration of your own",
	"AADSTS7000218": "The app registration is not a public client: allow public client flows, or give a client secret",
	"AADSTS50076":   "Multifactor authentication is required: sign in with use_interactive or use_device_code",
	"AADSTS53003":   "A Conditional Access policy blocks this sign-in",
}

// failed words an error of azidentity in one line. Its text repeats whole answers, so only the description is kept.
func (s *tokenSource) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &AuthError{Reason: fmt.Sprintf("stopped while signing in by %s: %v", s.way, context.Cause(ctx)), err: context.Cause(ctx)}
	}
	reason := fmt.Sprintf("could not get a token by %s: %s", s.way, strings.TrimRight(scrub(described(err)), " ."))
	if code := aadsts.FindString(reason); advice[code] != "" {
		reason += ". " + advice[code]
	} else if s.last {
		reason += ". The Azure CLI was tried because no access token, sign-in, certificate, secret, OpenID Connect or managed identity " +
			"is configured. " + waysOut
	}
	return &AuthError{Reason: reason}
}

func described(err error) string {
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) && failed.RawResponse != nil && failed.RawResponse.Body != nil {
		content, readErr := io.ReadAll(io.LimitReader(failed.RawResponse.Body, 1<<20))
		body, decodeErr := decode(content)
		if text := first(body, "error_description", "error"); readErr == nil && decodeErr == nil && text != "" {
			return short(text, 400)
		}
		return fmt.Sprintf("the token endpoint answered %s: %s", failed.RawResponse.Status, gist(content, failed.RawResponse.Header.Get("Content-Type")))
	}
	return short(err.Error(), 400)
}

// unauthorized says what a 401 means for this credential.
func (s *tokenSource) unauthorized(e *Error, want string, now time.Time) string {
	if s.way != wayToken {
		if e.Claims != "" {
			return "Graph asks for a stronger or newer sign-in (claims challenge), which this credential cannot give: sign in with " +
				"use_interactive or use_device_code"
		}
		return "Graph refuses the token that " + s.way + " got: check that tenant_id and environment are those of this Graph endpoint"
	}
	const again = "get a new one (ENTRA_ACCESS_TOKEN); it is not refreshed by itself"
	if fixed, ok := s.credential.(staticToken); ok {
		token := claimsOf(fixed.token())
		if token.Expires > 0 && now.After(time.Unix(token.Expires, 0)) {
			return fmt.Sprintf("The access token expired at %s: %s", time.Unix(token.Expires, 0).UTC().Format(time.RFC3339), again)
		}
		if token.Tenant != "" && want != "" && !strings.EqualFold(token.Tenant, want) {
			return fmt.Sprintf("The access token is for tenant %s instead of %s: %s", token.Tenant, want, again)
		}
	}
	return "The access token is expired, revoked, or for another tenant: " + again
}

// bearer hands tokens to the SDK's adapter.
type bearer struct {
	source *tokenSource
	base   *url.URL
}

func (b *bearer) GetAuthorizationToken(ctx context.Context, u *url.URL, extra map[string]any) (string, error) {
	if !sameOrigin(u, b.base) {
		return "", &Refused{Reason: fmt.Sprintf("a request to %s://%s gets no token", u.Scheme, u.Host)}
	}
	asked, _ := extra["claims"].(string)
	return b.source.get(ctx, string(unbase64(asked)))
}

func (b *bearer) GetAllowedHostsValidator() *absauth.AllowedHostsValidator {
	validator, _ := absauth.NewAllowedHostsValidatorErrorCheck([]string{b.base.Hostname()})
	return validator
}

// unbase64 takes either alphabet, padded or not; nil if it is none.
func unbase64(text string) []byte {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	content, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return content
}

type tokenClaims struct {
	Tenant   string   `json:"tid"`
	Expires  int64    `json:"exp"`
	AppID    string   `json:"appid"`
	ObjectID string   `json:"oid"`
	Kind     string   `json:"idtyp"` // "app" or "user"; not every token has it
	Roles    []string `json:"roles"` // application permissions
	Scopes   string   `json:"scp"`   // delegated ones
}

// claimsOf reads a token without trust: for messages, for the tenant's id where Graph will not tell it, and for who
// signed in, where that saves requests. A token that is no JWT has none.
func claimsOf(token string) (c tokenClaims) {
	if parts := strings.Split(token, "."); len(parts) == 3 {
		_ = json.Unmarshal(unbase64(parts[1]), &c)
	}
	return c
}

func isGUID(text string) bool { return len(text) == 36 && uuid.Validate(text) == nil }

type staticToken struct{ token func() string } // a func, so that no way of printing shows it

func static(token string) staticToken { return staticToken{func() string { return token }} }

func (s staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: s.token(), ExpiresOn: time.Now().AddDate(1, 0, 0)}, nil
}
