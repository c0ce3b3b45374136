// Package assess is the reality check for one's own tenant: what of it is in code, what a
// recycle bin keeps, what a rebuild could bring back and what not, and whether somebody
// could still sign in to do it.
//
// It reads and never writes. What the identity may not read is named with the permission,
// and the rest goes on; only a gate that depends on it then fails, because a gate that
// passes unread would be a lie.
package assess

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
)

// Options say what to assess.
type Options struct {
	Dir        string   // folder of the code
	BreakGlass []string // object ids of the accounts for emergencies, beside those that the provider block names
	Progress   export.Progress
	Now        func() time.Time // nil: the clock
}

// Report is the outcome, and the JSON that scripts read: names and meanings stay within a
// FormatVersion, and others may join them.
type Report struct {
	FormatVersion    int         `json:"formatVersion"`
	TenantID         string      `json:"tenantId"`
	AssessedAt       string      `json:"assessedAt"` // RFC 3339, UTC
	Dir              string      `json:"dir"`
	Coverage         Coverage    `json:"coverage"`
	Kinds            []Kind      `json:"kinds"`
	Uncovered        []Uncovered `json:"uncovered"`
	Missing          []Ref       `json:"missing"` // in the code, and neither live nor in a recycle bin
	Untold           []string    `json:"untold"`  // resources and modules of the code of which no id is known
	Bin              []Binned    `json:"bin"`     // the nearest end first
	Secrets          []Secret    `json:"secrets"` // the nearest end first
	Identity         Identity    `json:"identity"`
	CannotRestore    []Obstacle  `json:"cannotRestore"`
	SecurityDefaults *bool       `json:"securityDefaults"` // null: could not be read
	BreakGlass       BreakGlass  `json:"breakGlass"`
	State            State       `json:"state"`
	Unread           []Unread    `json:"unread"`
}

// Coverage is how much of the tenant is in code. It counts the live objects that
// `export --all` would write: those of kinds that are written without being named by
// --include, and which code can hold.
type Coverage struct {
	Objects int      `json:"objects"`
	InCode  int      `json:"inCode"`
	Percent float64  `json:"percent"` // rounded down to a tenth; 100 where there is nothing
	Unread  []string `json:"unread"`  // kinds that count and could not be read
}

// Ref is one object.
type Ref struct {
	Kind    string `json:"kind"`
	ID      string `json:"id"`
	Name    string `json:"displayName"`
	Address string `json:"address,omitempty"` // in the code
	// Critical is set for what export --critical marked; such objects come first.
	Critical bool `json:"critical,omitempty"`
}

// Unread is a part that could not be read.
type Unread struct {
	What        string   `json:"what"`
	Permissions []string `json:"permissions"` // the least that would do; none where it is something else
	Error       string   `json:"error"`
}

// assessor is one run.
type assessor struct {
	client  *graph.Client
	options Options
	now     time.Time
	code    *export.Code
	inCode  map[string]*export.CodeObject // by kind and id
	survey  *export.Survey
	report  *Report
}

// Run assesses the tenant of the client.
func Run(ctx context.Context, client *graph.Client, o Options) (*Report, error) {
	a, err := begin(ctx, client, o)
	if err != nil {
		return nil, err
	}
	a.kinds()
	a.bins()
	a.secrets()
	a.state()
	for _, part := range []func(context.Context) error{a.uncovered, a.identity, a.securityDefaults, a.breakGlass} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return a.report, nil
}

// begin reads the code and the tenant.
func begin(ctx context.Context, client *graph.Client, o Options) (*assessor, error) {
	a := &assessor{client: client, options: o, now: time.Now(), inCode: map[string]*export.CodeObject{}, report: &Report{
		FormatVersion: 1, Dir: o.Dir, Coverage: Coverage{Unread: []string{}}, Kinds: []Kind{}, Uncovered: []Uncovered{}, Missing: []Ref{}, Untold: []string{}, Bin: []Binned{},
		Secrets: []Secret{}, CannotRestore: []Obstacle{}, Unread: []Unread{}}}
	if o.Now != nil {
		a.now = o.Now()
	}
	var err error
	if a.code, err = export.ReadCode(o.Dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s: --dir names the one with the code", o.Dir)
	} else if err != nil {
		return nil, err
	}
	tenant, err := client.TenantID(ctx)
	if err != nil {
		return nil, fmt.Errorf("could not find out which tenant this is: %w", err)
	}
	if of := a.code.TenantID; of != "" && !strings.EqualFold(of, tenant) {
		return nil, fmt.Errorf("%s was exported from tenant %s, but the credentials belong to %s", o.Dir, of, tenant)
	}
	for i := range a.code.Objects {
		x := &a.code.Objects[i]
		a.inCode[x.Kind+" "+x.ID] = x
	}
	if a.survey, err = export.NewSurvey(ctx, client, o.Progress); err != nil {
		return nil, err
	}
	a.report.TenantID, a.report.AssessedAt = a.survey.TenantID, a.now.UTC().Format(time.RFC3339)
	a.report.Untold = append(a.report.Untold, a.code.Untold...)
	return a, nil
}

// unread notes what could not be read. It returns nil where that says no more than that
// this identity may not or this tenant has no such thing, and the error otherwise.
func (a *assessor) unread(what string, err error, permissions ...string) error {
	if err == nil {
		return nil
	}
	if !graph.IsUnavailable(err) && !graph.IsNoSegment(err) && !graph.IsNotFound(err) {
		return fmt.Errorf("could not read %s: %w", what, err)
	}
	a.note(what, err, permissions)
	return nil
}

// note tells what could not be read; the permissions only where one would help.
func (a *assessor) note(what string, err error, permissions []string) {
	u := Unread{What: what, Permissions: []string{}, Error: err.Error()}
	if graph.IsForbidden(err) {
		u.Permissions = append(u.Permissions, permissions...)
	}
	a.report.Unread = append(a.report.Unread, u)
}

// refTo is an object of the code.
func refTo(x export.CodeObject) Ref {
	return Ref{Kind: x.Kind, ID: x.ID, Name: x.Name, Address: x.Address, Critical: x.Critical}
}

// ref is an object of the tenant, with its address where the code has it.
func (a *assessor) ref(kind string, x *export.Found) Ref {
	r := Ref{Kind: kind, ID: x.ImportID, Name: x.Label}
	if c := a.inCode[kind+" "+x.ImportID]; c != nil {
		r.Address, r.Critical = c.Address, c.Critical
	}
	return r
}

// Gates are what a pipeline demands.
type Gates struct {
	FailUnder   float64 // percent of Coverage; negative: none
	FailBinDays int     // negative: none
}

// Failures says which gates the report does not pass, and why.
func (r *Report) Failures(g Gates) []string {
	var out []string
	if g.FailUnder >= 0 {
		c := r.Coverage
		if len(c.Unread) > 0 {
			out = append(out, fmt.Sprintf("how much of the tenant is in code cannot be said, because these could not be read: %s", strings.Join(c.Unread, ", ")))
		} else if float64(100*c.InCode) < g.FailUnder*float64(c.Objects) {
			out = append(out, fmt.Sprintf("%d of %d objects are in the code, which is %.1f %% and less than %g %%", c.InCode, c.Objects, c.Percent, g.FailUnder))
		}
	}
	if g.FailBinDays >= 0 {
		out = append(out, r.binFailures(g.FailBinDays)...)
	}
	return out
}
