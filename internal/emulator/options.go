package emulator

import "time"

// Readings of how Graph answers queries and requests in a $batch; emulator.go has the
// others.

// numberPlace is where Conditional Access puts the number of an error: in front of
// error.message, or in innerError.message behind a message that says nothing. Both were
// seen, and by default both occur: 1032 inside, the others in front, so that a client has
// to read either.
type numberPlace int

const (
	asSeen numberPlace = iota
	inMessage
	inInnerError
)

// WithErrorNumbersInMessage puts every number of Conditional Access into error.message.
func WithErrorNumbersInMessage() Option { return func(t *Tenant) { t.rules.numbers = inMessage } }

// WithErrorNumbersInInnerError puts every number of Conditional Access into
// innerError.message.
func WithErrorNumbersInInnerError() Option { return func(t *Tenant) { t.rules.numbers = inInnerError } }

// WithNormalizedRanges rewrites the IP ranges of a named location: IPv6 compressed, no bits
// behind the prefix. Unconfirmed; by default a range stays as it was sent.
func WithNormalizedRanges() Option { return func(t *Tenant) { t.rules.rangesNormalized = true } }

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

// WithFreedIdentifierURIs lets an application take an identifierUri that one in the
// recycle bin has. Unconfirmed; the default keeps them reserved, as uniqueName is.
func WithFreedIdentifierURIs() Option { return func(t *Tenant) { t.rules.identifiersFreed = true } }

// WithReservedMailNicknames keeps the mailNickname of a Microsoft 365 group in the recycle
// bin from being taken. Unconfirmed; by default it is free, because Microsoft's pages tell
// of restores that fail on a nickname that was taken meanwhile.
func WithReservedMailNicknames() Option { return func(t *Tenant) { t.rules.nicknamesReserved = true } }

// WithConflictingPolicyLinks answers 409 to a second claims mapping, home realm discovery,
// token or app management policy of one type on an object. That there can be but one is
// documented, the status is not; the default is 400, which says less.
func WithConflictingPolicyLinks() Option { return func(t *Tenant) { t.rules.linksConflict = true } }

// WithDroppedConfigurations lets updateAllowedCombinations take a combination from an
// authentication strength that a combination configuration applies to: what was left of
// the configuration stays, and one that applies to nothing goes. Unconfirmed; the default
// refuses, so that a client has to delete the configuration first.
func WithDroppedConfigurations() Option {
	return func(t *Tenant) { t.rules.configurationsDropped = true }
}

// WithDeletableTermsOfUse lets terms of use be deleted while a policy refers to them, whose
// id then leads nowhere. Unconfirmed; the default refuses with 400, as for named locations
// and authentication strengths.
func WithDeletableTermsOfUse() Option { return func(t *Tenant) { t.rules.termsDeletable = true } }

// WithUnjudgedPolicies has What If answer for a policy that the emulator cannot judge: it
// does not apply, for want of information. The default refuses the request with 400,
// because a guess would be worse. Graph judges them all.
func WithUnjudgedPolicies() Option { return func(t *Tenant) { t.rules.unjudgedPass = true } }
