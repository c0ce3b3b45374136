package catalog

import (
	"maps"
	"slices"

	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// scopesFirst writes pre-authorized clients after the permission scopes that they
// refer to, because Graph does not know those of the same request (P16), and
// takes away first what refers to scopes that go. Otherwise it is disableFirst.
// https://github.com/microsoftgraph/microsoft-graph-docs/issues/20177
func scopesFirst(live, patch kind.Body) []kind.Body {
	api, _ := patch["api"].(kind.Body)
	clients, _ := api["preAuthorizedApplications"].([]any)
	scopes, touched := api["oauth2PermissionScopes"].([]any)
	if live == nil && api["acceptMappedClaims"] == true {
		return mappedLast(patch, api)
	}
	if !touched || len(clients) == 0 {
		return disableFirst(live, patch)
	}
	rest, block := maps.Clone(patch), maps.Clone(api)
	delete(block, "preAuthorizedApplications")
	rest["api"] = block
	var steps []kind.Body
	liveAPI, _ := live["api"].(kind.Body)
	before, _ := liveAPI["preAuthorizedApplications"].([]any)
	if left, fewer := narrowed(before, scopes); fewer {
		steps = append(steps, kind.Body{"api": kind.Body{"preAuthorizedApplications": left}})
	}
	steps = append(steps, disableFirst(live, rest)...)
	return append(steps, kind.Body{"api": kind.Body{"preAuthorizedApplications": clients}})
}

// mappedLast sets acceptMappedClaims once the application exists: a caller who may
// write his own applications alone (Application.ReadWrite.OwnedBy) is refused it
// in the POST (P6).
// https://github.com/hashicorp/terraform-provider-azuread/issues/914
func mappedLast(body, api kind.Body) []kind.Body {
	rest, block := maps.Clone(body), maps.Clone(api)
	delete(block, "acceptMappedClaims")
	rest["api"] = block
	return append(scopesFirst(nil, rest), kind.Body{"api": kind.Body{"acceptMappedClaims": true}})
}

// narrowed returns clients without permissions that are not among scopes, and
// whether there were any.
func narrowed(clients, scopes []any) (left []any, fewer bool) {
	left = []any{}
	for _, item := range clients {
		client, _ := item.(kind.Body)
		ids, _ := client["delegatedPermissionIds"].([]any)
		kept := slices.DeleteFunc(slices.Clone(ids), func(id any) bool {
			return !slices.ContainsFunc(scopes, func(s any) bool { b, _ := s.(kind.Body); return b["id"] == id })
		})
		if fewer = fewer || len(kept) < len(ids); len(kept) > 0 {
			fewer := maps.Clone(client)
			fewer["delegatedPermissionIds"] = kept
			left = append(left, fewer)
		}
	}
	return left, fewer
}
