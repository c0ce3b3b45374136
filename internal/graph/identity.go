package graph

import (
	"context"
	"slices"
	"strings"
)

// Identity is who a client acts as, as far as its token says. Tokens for Graph are not meant to be read by clients, so
// what stands here explains, warns, saves requests, and stops what would harm the identity itself; it permits nothing,
// and nothing comes out wrong where it is not known.
type Identity struct {
	Known           bool // false where the token is opaque
	Application     bool // without a signed-in person
	AppID, ObjectID string
	Permissions     []string // application permissions, or those that the person gave; sorted
}

// Identity reads the token, and signs in for it where there is none yet.
func (c *Client) Identity(ctx context.Context) (Identity, error) {
	token, err := c.tokens.get(ctx, "")
	if err != nil {
		return Identity{}, err
	}
	claims := claimsOf(token)
	known := claims.AppID != "" || claims.ObjectID != ""
	who := Identity{
		Known: known, AppID: claims.AppID, ObjectID: claims.ObjectID,
		Application: claims.Kind == "app" || known && claims.Kind == "" && claims.Scopes == "",
		Permissions: append(claims.Roles, strings.Fields(claims.Scopes)...),
	}
	slices.Sort(who.Permissions)
	return who, nil
}
