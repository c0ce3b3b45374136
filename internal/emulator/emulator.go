package emulator

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Tenant is one Entra tenant in memory. It is safe for concurrent use and starts with
// what every tenant holds: an initial domain, the built-in roles, the built-in
// authentication strengths and service principals of Microsoft's own applications.
type Tenant struct {
	id     string
	token  string
	secret []byte // signs skiptokens
	rules  rules
	log    func(method, path string, status int)

	mu        sync.Mutex
	clock     func() time.Time
	ahead     time.Duration // by how much POST /_emulator/clock moved the clock
	resources []*resource
	byType    map[string]*resource // by exact type, as asked for so far
	shelves   map[string]*shelf    // by type of resource
	edges     *edges
	changes   changeLog
	purgedAt  time.Time
	routes    map[string][]*route // by number of segments
	counts    stats
	faults    []*fault
	logins    *logins
	protected map[string]string // protected actions and the authentication context that each asks for
	logos     map[string]image  // by the application's id
	people    map[string]string // tokens of WithPerson, and whose they are

	audits    auditLog
	unaudited map[string]bool // routes that wrote without a record; for tests

	// Time and trouble.
	lag          time.Duration
	seedOfChance uint64
	speed        int
	replication  *replication // nil until a request needs it
	limits       *limits      // nil: no throttling

	// What a storage needs, or the replicas.
	tracker *tracker                 // nil: nobody needs it
	chosen  struct{ id, token bool } // given by an option
	used    bool                     // holds more than every tenant does
	starts  int                      // how often it went on from a storage
}

// rules are the readings of Graph's behaviour that an Option can change.
type rules struct {
	hardDeletedSecurityGroups bool
	noRoleBin                 bool
	unitPurge                 bool
	dangling                  bool
	restoreDangling           bool
	binnedPolicies            counting
	nullsInConditions         bool
	idsOnCreate               bool
	policyLinksKept           bool
	domainsBelieved           bool
	anyPolicyFilter           bool
	anyDependency             bool
	numbers                   numberPlace
	identifiersFreed          bool
	nicknamesReserved         bool
	linksConflict             bool
	configurationsDropped     bool
	termsDeletable            bool
	unjudgedPass              bool
	future                    *future
	pageTokenLife             time.Duration
	noRetryAfter              bool
	maxPolicies               int
	maxLocations              int
	maxRanges                 int
	rangesNormalized          bool
	requiredRoles             bool

	auditRetention, auditLag time.Duration
	failedAuditsDropped      bool
	plainPolicyAudits        bool
}

// Option changes how a Tenant behaves.
type Option func(*Tenant)

// WithTenantID sets the tenant's id; without it the id is random.
func WithTenantID(id string) Option { return func(t *Tenant) { t.id, t.chosen.id = id, true } }

// WithToken sets the one bearer token that is accepted; without it New makes a random one.
func WithToken(token string) Option {
	return func(t *Tenant) {
		if token != "" {
			t.token, t.chosen.token = token, true
		}
	}
}

// WithClock replaces the wall clock. POST /_emulator/clock adds to what it tells.
func WithClock(clock func() time.Time) Option { return func(t *Tenant) { t.clock = clock } }

// WithLogger has every answer reported, parts of a $batch included. The function may be
// called from several goroutines at a time.
func WithLogger(log func(method, path string, status int)) Option {
	return func(t *Tenant) { t.log = log }
}

// WithHardDeletedSecurityGroups brings back the time before 2026: security groups have no
// recycle bin.
func WithHardDeletedSecurityGroups() Option {
	return func(t *Tenant) { t.rules.hardDeletedSecurityGroups = true }
}

// WithAdministrativeUnitPurge allows DELETE of an administrative unit in the recycle bin.
// Microsoft's pages say that nobody can do that; one client does it all the same.
func WithAdministrativeUnitPurge() Option { return func(t *Tenant) { t.rules.unitPurge = true } }

// WithDanglingReferences accepts policies that name users, groups, roles or applications
// that do not exist. Whether Graph does is unconfirmed; the default refuses them.
func WithDanglingReferences() Option { return func(t *Tenant) { t.rules.dangling = true } }

// WithDanglingRestore restores a policy even if something it refers to is gone, as the
// private preview of the recycle bin did.
func WithDanglingRestore() Option { return func(t *Tenant) { t.rules.restoreDangling = true } }

// counting tells for what a policy in the recycle bin counts as a reference.
type counting int

const (
	countFinal  counting = iota // for what has no recycle bin of its own
	countAlways                 // for named locations, too
	countNever
)

// WithReferencesFromBin lets a policy in the recycle bin keep a named location from being
// deleted, too. By default it keeps what is gone at once, because the policy could not be
// restored without it: authentication strengths and contexts, terms of use. Unconfirmed.
func WithReferencesFromBin() Option {
	return func(t *Tenant) { t.rules.binnedPolicies = countAlways }
}

// WithoutReferencesFromBin lets everything be deleted that only policies in the recycle
// bin refer to.
func WithoutReferencesFromBin() Option {
	return func(t *Tenant) { t.rules.binnedPolicies = countNever }
}

// WithNullsInConditions accepts null for every complex member of a policy's conditions.
// The default accepts it only for those that azuread sends (error 1007 otherwise).
func WithNullsInConditions() Option { return func(t *Tenant) { t.rules.nullsInConditions = true } }

// WithIDsIgnoredOnCreate drops an "id" in the body of a POST instead of refusing it.
func WithIDsIgnoredOnCreate() Option { return func(t *Tenant) { t.rules.idsOnCreate = true } }

// WithUnprovenDomains lets POST /domains/{id}/verify succeed. The emulator asks no name
// server; the default finds no record there.
func WithUnprovenDomains() Option { return func(t *Tenant) { t.rules.domainsBelieved = true } }

// WithRestoredPolicyLinks brings a service principal back from the recycle bin with its
// claims mapping, home realm discovery and token policies. Microsoft's pages say that
// they cannot be recovered; the default loses them.
func WithRestoredPolicyLinks() Option { return func(t *Tenant) { t.rules.policyLinksKept = true } }

// WithLimits sets how many policies, named locations and ranges per location are
// allowed: 240, 195 and 2000 unless given otherwise.
func WithLimits(policies, locations, ranges int) Option {
	return func(t *Tenant) {
		t.rules.maxPolicies, t.rules.maxLocations, t.rules.maxRanges = policies, locations, ranges
	}
}

// New makes a tenant.
func New(opts ...Option) *Tenant {
	t := &Tenant{
		id:      uuid.NewString(),
		token:   "emulator-" + randomHex(24),
		secret:  []byte(randomHex(16)),
		clock:   time.Now,
		rules:   rules{maxPolicies: 240, maxLocations: 195, maxRanges: 2000, pageTokenLife: time.Hour},
		byType:  map[string]*resource{},
		shelves: map[string]*shelf{},
		edges:   newEdges(),
		counts:  stats{ByRoute: map[string]int{}},
		logins:  newLogins(),
		speed:   1,

		protected: map[string]string{},
		logos:     map[string]image{},
	}
	t.rules.auditRetention, t.unaudited = auditRetention, map[string]bool{}
	for _, opt := range opts {
		opt(t)
	}
	t.resources = allResources()
	for _, r := range t.resources {
		t.shelves[r.typ] = newShelf(r)
	}
	t.watch()
	t.routes = buildRoutes(t.resources)
	t.logins.mux = t.loginRoutes()
	t.seed()
	return t
}

// TenantID returns the tenant's id.
func (t *Tenant) TenantID() string { return t.id }

// Token returns the bearer token that requests must carry. It never expires.
func (t *Tenant) Token() string { return t.token }

// now is the tenant's time.
func (t *Tenant) now() time.Time { return t.clock().Add(t.ahead).UTC() }

var _ http.Handler = (*Tenant)(nil)

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, as its documentation says
	return hex.EncodeToString(b)
}
