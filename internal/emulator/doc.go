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
// A tenant is in memory and ends with the process, unless it is given a [Storage], an
// interface of two methods that keeps records by key; the package disk has one for a folder:
//
//	store, err := disk.Open("tenant")
//	...
//	tenant := emulator.New()
//	err = tenant.KeepIn(store) // goes on from what is there, or begins there
//
// A request is answered when the storage has kept what it changed, all of it at once; where
// it cannot, the answer is 503 and the tenant is as it was before. Everything that a client
// could find again is kept; lost are counters, faults, quotas of throttling and the lag of
// replicas, and a delta token asks for a new start. Options are not kept.
//
// Objects stand on a shelf per type, links in edges (store.go), behind one lock, and handlers
// change an object in place once they have it. So what a request changed is found by
// comparison with a copy (tracker.go), which nothing escapes. It doubles the memory that
// objects take and costs each write about a millisecond in a tenant of 1,000 objects, half a
// second in one of 100,000, whatever the storage; a request that reads costs nothing. Large
// tenants are better loaded anew than kept. The same comparison tells the replicas of a tenant
// with a lag, and both pay for it once. Without either there is none.
//
// # What it does not do
//
// The rules of dynamic groups and units are stored and checked for presence, never
// evaluated, so their members stay empty. Nobody signs in by password: [Tenant.SignIn]
// gives a person's token, and what the person may do follows from the permissions in it
// and not from directory roles. Licences can be assigned and change nothing else. Reads
// are consistent at once, nothing is throttled and every token may do everything, unless
// [WithLag], [WithDocumentedThrottling] and [WithRequiredRoles] say otherwise.
// [Tenant.AddClient] gives an application credentials to sign in with.
//
// Besides Graph it answers /_emulator/stats, clock, faults, generate, permissions, issuers
// and persons, without a token.
package emulator
