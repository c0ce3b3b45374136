package main

// The floor: what the documentation of Graph says that nobody can go below. Listings have 999
// objects a page, a $batch has 20 parts, Conditional Access takes one request a second
// (https://learn.microsoft.com/graph/throttling-limits#identity-and-access-service-limits),
// and the directory 3,000 writes in 150 seconds, which is 20 a second for those who write on.

const (
	pageSize  = 999
	batchSize = 20
	writeRate = 20 // a second
)

// conditionalAccess are the kinds with a quota of their own, each listed in one page.
var conditionalAccess = map[string]bool{"conditional_access_policy": true, "named_location": true}

// kindCount is how many objects of a kind code manages, and how many the directory has.
type kindCount struct{ managed, listed int }

// census is what the floor depends on.
type census struct {
	kinds    map[string]kindCount
	settling int // policies that are written twice when all is made anew
	dynamic  int // groups without members of their own
	binds    int // writes of members that do not fit into the POST of their group
}

// floor is the least that something takes. Seconds are those of the quotas alone.
type floor struct {
	requests int
	seconds  float64
}

func pages(n, size int) int { return (n + size - 1) / size }

// refresh is the least that it takes to read what code manages: the tenant's id, a listing of
// each kind, or its objects in batches where these are fewer, and the relations in batches.
// Each kind but the policies and locations has one relation, groups two.
func (c census) refresh() floor {
	requests, parts, policies := 1, 0, 0
	for kind, n := range c.kinds {
		switch {
		case n.managed == 0:
		case conditionalAccess[kind]:
			policies++
		default:
			requests += n.pages()
			parts += n.managed
		}
	}
	parts += c.kinds["group"].managed - c.dynamic
	return floor{requests + policies + pages(parts, batchSize), waits(policies)}
}

// pages is the least number of requests that reads the managed objects of a kind.
func (n kindCount) pages() int { return min(pages(n.listed, pageSize), pages(n.managed, batchSize)) }

// waits are the seconds that requests to Conditional Access take: the first waits for none.
func waits(requests int) float64 { return float64(max(0, requests-1)) }

// rebuild is the least that it takes to see that everything is gone, in the listings and in
// the recycle bins, and to make it anew. The two quotas fill up side by side, so that the
// slower one counts.
func (c census) rebuild() floor {
	reads, writes, policies := 1, 0, 0
	for kind, n := range c.kinds {
		switch {
		case n.managed == 0:
		case conditionalAccess[kind]:
			policies += 2 + n.managed // the listing, and the recycle bin of its own
		default:
			reads += n.pages() + 1
			writes += n.managed
		}
	}
	policies += c.settling
	writes += c.binds + c.kinds["administrative_unit"].managed // a POST of a unit takes no members
	return floor{reads + writes + policies, max(waits(policies), float64(writes)/writeRate)}
}

// export is the least that it takes to read the whole directory.
func (c census) export() floor {
	all := census{kinds: map[string]kindCount{}, dynamic: c.dynamic}
	for kind, n := range c.kinds {
		if kind != "service_principal" { // most of those are Microsoft's own
			n.managed = n.listed
		}
		all.kinds[kind] = n
	}
	return all.refresh()
}
