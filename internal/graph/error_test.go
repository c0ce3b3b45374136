package graph

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestErrorShapes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status            int
		contentType, body string
		want              Error
	}{
		"directory": {404, "application/json",
			`{"error":{"code":"Request_ResourceNotFound","message":"Resource 'x' does not exist.","innerError":{"date":"2026-11-03T09:28:32","request-id":"r-1","client-request-id":"c-1"}}}`,
			Error{Code: "Request_ResourceNotFound", Message: "Resource 'x' does not exist.", RequestID: "r-1", ClientRequestID: "c-1", Date: "2026-11-03T09:28:32"}},
		"directory with details": {400, "application/json",
			`{"error":{"code":"Request_BadRequest","message":"A conflicting object is present.","details":[{"code":"ObjectConflict","target":"proxyAddresses","message":"taken by y"}]}}`,
			Error{Code: "Request_BadRequest", Message: "A conflicting object is present.", Details: []Detail{{"ObjectConflict", "proxyAddresses", "taken by y"}}}},
		"conditional access, number in message": {400, "application/json",
			`{"error":{"code":"BadRequest","message":"1007: Incoming ConditionalAccessPolicy object is null.","innerError":{"request-id":"r"}}}`,
			Error{Code: "BadRequest", InnerCode: "1007", Message: "1007: Incoming ConditionalAccessPolicy object is null.", RequestID: "r"}},
		"conditional access, number inside": {400, "application/json",
			`{"error":{"code":"BadRequest","message":"The server could not process the request because it is malformed or incorrect.","innerError":{"message":"1032: ConditionalActionPolicy validation failed due to InvalidControls.","request-id":"r"}}}`,
			Error{Code: "BadRequest", InnerCode: "1032", Message: "1032: ConditionalActionPolicy validation failed due to InvalidControls.", RequestID: "r"}},
		"two messages, both worth telling": {400, "application/json",
			`{"error":{"code":"BadRequest","message":"Invalid policy.","innererror":{"code":"X1","message":"Name is missing.","innererror":{"message":"At line 3."}}}}`,
			Error{Code: "BadRequest", InnerCode: "X1", Message: "Invalid policy: Name is missing: At line 3."}},
		"forwarded as text": {400, "application/json",
			`{"error":{"code":"","message":"{\"error\":{\"code\":\"RoleAssignmentExists\",\"message\":\"The role assignment already exists.\"}}","innerError":{"request-id":"r"}}}`,
			Error{Code: "RoleAssignmentExists", Message: "The role assignment already exists.", RequestID: "r"}},
		"forwarded, other names": {400, "application/json",
			`{"error":{"code":"UnknownError","message":"{\"errorCode\":\"NotAllowed\",\"Message\":\"Not now.\"}"}}`,
			Error{Code: "NotAllowed", Message: "Not now."}},
		"braces that are no JSON": {400, "application/json",
			`{"error":{"code":"BadRequest","message":"{filter} is wrong"}}`, Error{Code: "BadRequest", Message: "{filter} is wrong"}},
		"OAuth": {400, "application/json",
			`{"error":"invalid_grant","error_description":"AADSTS50076: more"}`, Error{Code: "invalid_grant", Message: "AADSTS50076: more"}},
		"OData v3": {400, "application/json",
			`{"odata.error":{"code":"Request_BadRequest","message":{"lang":"en","value":"Old style."}}}`, Error{Code: "Request_BadRequest", Message: "Old style."}},
		"flat":          {500, "application/json", `{"Message":"An error has occurred."}`, Error{Message: "An error has occurred."}},
		"strange JSON":  {500, "application/json", `{"a":1}`, Error{Message: "the answer is JSON, but no error that Graph describes"}},
		"number":        {500, "application/json", `{"error":{"code":42,"message":"x"}}`, Error{Code: "42", Message: "x"}},
		"null error":    {500, "application/json", `{"error":null,"message":"x"}`, Error{Message: "x"}},
		"nothing":       {502, "", ``, Error{Message: "the answer has no body"}},
		"text":          {502, "text/plain", "upstream\nconnect \x1b error", Error{Message: "upstream connect error"}},
		"page":          {502, "text/html", "<html><head><title>502 &amp; more\n</title></head><body>secret</body></html>", Error{Message: `a page titled "502 & more" of 75 bytes instead of JSON; a proxy or gateway may have answered`}},
		"page, no name": {502, "", "<html>x", Error{Message: "a page of 7 bytes instead of JSON; a proxy or gateway may have answered"}},
		"secret echoed": {400, "text/plain", "bad header Authorization: Bearer abcdefghijklmnop.q.r and eyJhbGciOi.eyJ0aWQi.c2ln, client_secret=hunter2&x",
			Error{Message: "bad header Authorization: [redacted] and [redacted], [redacted]&x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := url.Parse("https://graph.microsoft.com/v1.0/x")
			header := http.Header{"Content-Type": {test.contentType}}
			got := newError("GET", address, test.status, header, []byte(test.body), time.Time{})
			test.want.Method, test.want.URL, test.want.Status = "GET", "https://graph.microsoft.com/v1.0/x", test.status
			if !reflect.DeepEqual(*got, test.want) {
				t.Errorf("\n got %#v\nwant %#v", *got, test.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*Error{
		"Graph answered 403 AccessDenied: You cannot (request 7f3)":                  {Status: 403, Code: "AccessDenied", Message: "You cannot.", RequestID: "7f3"},
		"Graph answered 502 Bad Gateway: x":                                          {Status: 502, Message: "x"},
		"Graph answered 418":                                                         nil,
		"Graph answered 400 C: m; proxyAddresses: taken":                             {Status: 400, Code: "C", Message: "m", Details: []Detail{{"a", "proxyAddresses", "taken"}}},
		"Graph answered 503 C: m, tried 9 times in 9m58s. Run it":                    {Status: 503, Code: "C", Message: "m", Tries: 9, Waited: 598 * time.Second, Hint: "Run it"},
		"Graph answered 504 C: m (request r). " + unknownOutcome + ". And then this": {Status: 504, Code: "C", Message: "m", RequestID: "r", OutcomeUnknown: true, Hint: "And then this"},
	} {
		if e == nil {
			e = &Error{Status: 418}
			want += " I'm a teapot"
		}
		if got := e.Error(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func TestPredicates(t *testing.T) {
	t.Parallel()
	all := map[string]func(error) bool{
		"notFound": IsNotFound, "forbidden": IsForbidden, "unauthorized": IsUnauthorized, "badRequest": IsBadRequest, "conflict": IsConflict,
		"throttled": IsThrottled, "exists": IsReferenceExists, "missing": IsReferenceMissing, "unknown": OutcomeUnknown, "last": IsLastOwner,
		"1040": func(err error) bool { return HasCode(err, "1039", "1040") },
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"directory 404":         {&Error{Status: 404, Code: "Request_ResourceNotFound"}, "missing notFound"},
		"a proxy's 404":         {&Error{Status: 404, Message: "Request_ResourceNotFound"}, ""},
		"forwarded 404":         {&Error{Status: 404, Code: "UnknownError"}, ""},
		"a path of elsewhere":   {&Error{Status: 404, Code: "BadRequest", Message: "The OData path is invalid."}, ""}, // A2
		"an API of elsewhere":   {&Error{Status: 404, Code: "itemNotFound", Message: "Requested API is not supported. Please check the path."}, ""},
		"403":                   {&Error{Status: 403, Code: "AccessDenied"}, "forbidden"},
		"401":                   {&Error{Status: 401}, "unauthorized"},
		"409":                   {&Error{Status: 409}, "conflict"},
		"429":                   {&Error{Status: 429}, "throttled"},
		"reference exists":      {&Error{Status: 400, Code: "Request_BadRequest", Message: "One or more added object references already exist for the following modified properties: 'members'."}, "badRequest exists"},
		"same text, other code": {&Error{Status: 400, Code: "BadRequest", Message: "added object references already exist"}, "badRequest"},
		"reference missing":     {&Error{Status: 400, Code: "Request_BadRequest", Message: "One or more removed object references do not exist for the following modified properties: 'members'."}, "badRequest missing"},
		"last owner":            {&Error{Status: 400, Code: "Request_BadRequest", Message: "The group must have at least one owner, hence this owner cannot be removed."}, "badRequest last"},
		"number":                {&Error{Status: 400, Code: "BadRequest", InnerCode: "1040"}, "1040 badRequest"},
		"unknown outcome":       {&Unanswered{OutcomeUnknown: true, Err: errors.New("x")}, "unknown"},
		"another error":         {errors.New("404 Request_ResourceNotFound"), ""},
		"none":                  {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.err
			if err != nil {
				err = fmt.Errorf("could not read group %q: %w", "x", err)
			}
			for predicate, holds := range all {
				want := false
				for _, w := range strings.Fields(test.want) {
					want = want || w == predicate
				}
				if holds(err) != want {
					t.Errorf("%s is %t", predicate, !want)
				}
			}
		})
	}
}

func TestAddressInErrors(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://h/v1.0/groups?$select=id&$skiptoken=s3cret&sig=s3cret&$filter=a%20eq%201": "https://h/v1.0/groups?$select=id&$skiptoken=…&sig=…&$filter=a%20eq%201",
		"https://u:s3cret@h/x?%24top=1#s3cret":                                             "https://h/x?%24top=1",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := shown(u); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

// A page that repeats the request must not carry the token into the error.
func TestTokenEchoedByAProxy(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]reply{
		"refusal": {status: 403, header: map[string]string{"Content-Type": "text/plain"}, body: "no: " + secretToken},
		"success": {status: 200, body: "oops " + secretToken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := client(t, serve(t, answer).URL)
			_, err := c.Get(t.Context(), V1, "/groups/1", nil)
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secretToken) {
				t.Errorf("got %v", err)
			}
		})
	}
}
