// Package emulator is a Microsoft Entra tenant as an http.Handler: it answers
// Microsoft Graph requests at /v1.0 and /beta for Conditional Access (policies, named
// locations, strengths, contexts, terms of use, What If), the directory (users, groups,
// devices, applications, service principals with what they are granted, administrative
// units), roles and Privileged Identity Management, and the tenant's policies, with both
// recycle bins, paging, $filter and $search as each property has them, $batch, delta
// queries, the audit log and the errors that Graph gives.
//
//	server := httptest.NewServer(emulator.New(emulator.WithToken("t0ken")))
//
// New makes a tenant that depends on nothing: no listener, no file, no global variable,
// no goroutine. Two tenants in one process know nothing of each other. A tenant is safe
// for concurrent use, starts with what every tenant of Microsoft's holds, and ends with
// the process. [Tenant.Load] and [Tenant.LoadDir] put a real tenant's objects into it.
//
// # What it promises
//
// It is meant to be held by any client, not only ours: where Graph's behaviour is
// documented or was observed, the emulator does the same. Where nobody has seen it, the
// emulator takes the reading that is harder for a client, and an [Option] names the other
// one. What it does not know it refuses, with the status and code that Graph uses; it
// never answers with a success that means nothing.
//
// Its strictness grows: a request that passes today because a rule is missing may be
// refused tomorrow. What stays are the names of the options and /_emulator (below). A
// request that Graph was seen to accept and that the emulator refuses is a defect.
//
// # How it is made
//
// Knowledge of types and properties comes from the package metadata, which is made of
// Microsoft's own descriptions. Knowledge of behaviour stands here, one table entry per
// type of object (resources.go). It shares no table with any client of it: a wrong name
// on both sides would pass every test.
//
// Time is the tenant's clock ([WithClock], POST /_emulator/clock): 30 days of a recycle
// bin pass in a test without waiting.
//
// # Storage
//
// Objects stand on a shelf per type, links in edges (store.go), all of it in memory and
// behind one lock. Every other file reaches them through the methods of these two: put,
// drop, live, inBin, each and all of a shelf; add, remove, has and forget of the edges.
// That is the seam for another index. It is no interface, on purpose: handlers change an
// object in place once they have it, so that an implementation that keeps objects
// elsewhere would also have to be told what changed, and one with a single implementation
// would promise what nobody has tried. What would tell it exists: every write leaves a
// record in the journal of its request (audit.go), which run hands over when the request
// has succeeded.
//
// # What it does not do
//
// The rules of dynamic groups and units are stored and checked for presence, never
// evaluated, so their members stay empty. Nobody signs in in person. Licences can be
// assigned and change nothing else. Reads are consistent at once, nothing is throttled
// and every token may do everything, unless [WithLag], [WithDocumentedThrottling] and
// [WithRequiredRoles] say otherwise. [Tenant.AddClient] gives an application credentials
// to sign in with.
//
// Besides Graph it answers /_emulator/stats, clock, faults, generate, permissions and
// issuers, without a token.
package emulator
