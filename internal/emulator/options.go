package emulator

import "time"

// Readings of how Graph answers queries and requests in a $batch; emulator.go has the
// others.

// WithConditionalAccessFilters lets $filter use every operator with every property of
// policies and named locations. The default allows what clients were seen to use:
// displayName and state with eq, and isof; the rest is unconfirmed.
func WithConditionalAccessFilters() Option { return func(t *Tenant) { t.rules.anyPolicyFilter = true } }

// WithPageTokenLifetime sets how long a nextLink can be followed, by the tenant's clock.
// Microsoft's pages name no figure, clients saw minutes to hours; the default is one hour.
func WithPageTokenLifetime(d time.Duration) Option {
	return func(t *Tenant) { t.rules.pageTokenLife = d }
}

// WithArbitraryDependencies lets a part of a $batch depend on any parts before it. Older
// pages of Microsoft's describe that; the default is what the service was seen to enforce:
// a batch is fully sequential, each part depending on the one before it, or fully parallel.
func WithArbitraryDependencies() Option { return func(t *Tenant) { t.rules.anyDependency = true } }
