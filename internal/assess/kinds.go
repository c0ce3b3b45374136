package assess

import (
	"context"
	"errors"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/catalog"
	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/entrarecovery/terraform-provider-entra/internal/kind"
)

// Kind is one kind of object: how many there are, and what becomes of lost ones. Those
// below another object, or between two, that have no id of their own are the other's.
type Kind struct {
	Kind      string  `json:"kind"`
	Objects   int     `json:"objects"`   // live, and code can hold them
	InCode    int     `json:"inCode"`    // of these
	Code      int     `json:"code"`      // objects in the code, whatever became of them
	Missing   int     `json:"missing"`   // of these, neither live nor in a recycle bin
	Binned    int     `json:"binned"`    // in the recycle bin
	Counts    bool    `json:"counts"`    // for Coverage
	Unmanaged []Group `json:"unmanaged"` // live, and code cannot hold them
	// Restore says how a deleted one comes back as it was, and Recreate how one that is gone
	// for good is made anew; NotRecreated are those that cannot be, or that break something.
	Restore      string     `json:"restore"`
	HasBin       bool       `json:"recycleBin"`
	Recreate     string     `json:"recreate"`
	NotRecreated []Obstacle `json:"notRecreated"`
	// Lacks are the properties that an object made anew does not have.
	Lacks []Lack `json:"lacks"`
	// Unread and BinUnread say why the objects, or those in the recycle bin, could not be
	// read; the numbers then say nothing.
	Unread    string `json:"unread,omitempty"`
	BinUnread string `json:"recycleBinUnread,omitempty"`
}

// Group is how many objects there are for one reason.
type Group struct {
	Count  int    `json:"count"`
	Reason string `json:"reason"`
}

// Obstacle is what keeps objects from coming back.
type Obstacle struct {
	Reason  string `json:"reason"`
	Todo    string `json:"todo,omitempty"`
	Kind    string `json:"kind"`
	Objects []Ref  `json:"objects"`
}

// Lack is a property that no table has.
type Lack struct {
	Property string `json:"property"`
	Reason   string `json:"reason"`
	Sentence string `json:"sentence"`
}

// kinds fills in the kinds, the coverage, and what the code has and nobody else.
func (a *assessor) kinds() {
	r := a.report
	for _, s := range a.survey.Kinds {
		k := Kind{Kind: s.Kind.Name, Objects: len(s.Objects), Binned: len(s.Binned), Counts: !s.Kind.OnRequest, HasBin: s.Kind.Life.Bin != "", Code: len(a.ofKind(s.Kind.Name)),
			Unmanaged: grouped(s.Skipped), Restore: restoring(s.Kind), Recreate: recreating(s.Kind), NotRecreated: a.notRecreated(s), Lacks: lacking(s.Kind)}
		if s.Err != nil {
			k.Unread = s.Err.Error()
			a.note(s.Kind.Plural, s.Err, s.Kind.Read)
			if k.Counts {
				r.Coverage.Unread = append(r.Coverage.Unread, s.Kind.Plural)
			}
		}
		if s.BinErr != nil {
			k.BinUnread = s.BinErr.Error()
			a.note("the recycle bin of "+s.Kind.Plural, s.BinErr, s.Kind.Read)
		}
		there := map[string]bool{}
		for _, x := range s.Objects {
			there[x.ImportID] = true
			if a.inCode[s.Kind.Name+" "+x.ImportID] != nil {
				k.InCode++
			}
		}
		for _, x := range s.Binned {
			there[x.ImportID] = true
		}
		missing := a.missing(s, there)
		k.Missing, r.Missing = len(missing), append(r.Missing, missing...)
		if k.Counts {
			r.Coverage.Objects += k.Objects
			r.Coverage.InCode += k.InCode
		}
		r.Kinds = append(r.Kinds, k)
	}
	r.Coverage.Percent = percent(r.Coverage.InCode, r.Coverage.Objects)
}

// percent is rounded down, so that 99.99 never reads as all of it.
func percent(n, of int) float64 {
	if of == 0 {
		return 100
	}
	return math.Floor(1000*float64(n)/float64(of)) / 10
}

// missing returns the objects of a kind that the code has and nobody else. What code
// holds although an export would not, such as a synchronized group, is not missing; and
// what could not be read is not known.
func (a *assessor) missing(s *export.Surveyed, there map[string]bool) []Ref {
	if s.Err != nil || s.BinErr != nil {
		return nil
	}
	for _, x := range s.Skipped {
		there[x.ID] = true
	}
	var out []Ref
	for _, x := range a.code.Objects {
		_, own := lastOf(x.ID)
		if x.Kind == s.Kind.Name && !there[x.ID] && !there[own] {
			out = append(out, refTo(x))
		}
	}
	return out
}

// lastOf splits an import id into what it belongs to and its own id.
func lastOf(id string) (parent, own string) {
	i := strings.LastIndex(id, "/")
	return id[:max(i, 0)], id[i+1:]
}

func grouped(all []export.Skipped) []Group {
	counts := map[string]int{}
	for _, s := range all {
		counts[s.Reason]++
	}
	out := []Group{}
	for reason, n := range counts {
		out = append(out, Group{n, reason})
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Count > out[j].Count || out[i].Count == out[j].Count && out[i].Reason < out[j].Reason
	})
	return out
}

// restoring says how a deleted object comes back as it was.
func restoring(k *kind.Kind) string {
	if k.Life.Bin != "" {
		s := "same id, " + strconv.Itoa(int(kind.Retention.Hours()/24)) + " days"
		if k.Life.BinMayLack {
			s += ", not in every cloud"
		}
		return s
	}
	for _, name := range k.Life.Placeholders() {
		if of := catalog.ByName(k.Attr(name).Ref.Kinds[0]); of.Life.Bin != "" {
			return "with its " + of.Title
		}
	}
	if k.Life.Link {
		return "with what it connects"
	}
	return "no"
}

// recreating says how an object that is gone for good is made anew from code.
func recreating(k *kind.Kind) string {
	var s string
	switch {
	case k.NewIDBreaks != "" && k.BreaksFor == nil:
		s = "new id, breaks things"
	case k.NewIDBreaks != "":
		s = "new id, breaks some"
	case k.KeepsID():
		s = "same id"
	case k.Life.Link:
		s = "between the same ends"
	default:
		s = "new id, linked again"
	}
	if k.Delegated {
		s += ", by a person"
	}
	if len(k.Inputs()) > 0 {
		s += ", from local files"
	}
	return s
}

// notRecreated returns the objects that a rebuild cannot make, or whose new id breaks what
// no code holds.
func (a *assessor) notRecreated(s *export.Surveyed) []Obstacle {
	out := []Obstacle{}
	byReason := map[string]int{}
	add := func(reason, todo string, r Ref) {
		i, known := byReason[reason]
		if !known {
			i = len(out)
			byReason[reason] = i
			out = append(out, Obstacle{Reason: reason, Todo: todo, Kind: s.Kind.Name})
		}
		out[i].Objects = append(out[i].Objects, r)
	}
	for _, x := range s.Objects {
		if made := s.Kind.MadeByGraph(x.Values); made != nil {
			add("Microsoft Graph alone makes them: "+made.Made, "", a.ref(s.Kind.Name, x))
			continue
		}
		if s.Kind.NewIDBreaks != "" && (s.Kind.BreaksFor == nil || s.Kind.BreaksFor(x.Values)) {
			todo := `a plan refuses to make them anew unless on_hard_delete = "recreate"`
			if a.setting("on_hard_delete") == "recreate" {
				todo = `the provider block says on_hard_delete = "recreate", so a plan makes them anew`
			}
			add("a new id breaks "+s.Kind.NewIDBreaks, todo, a.ref(s.Kind.Name, x))
		}
	}
	return out
}

// lacking returns what an object that is made anew does not have: what could be
// configuration, and no table has.
func lacking(k *kind.Kind) []Lack {
	out := []Lack{}
	for _, o := range catalog.Omissions(k.Name) {
		if slices.Contains([]catalog.Reason{catalog.NotYet, catalog.NeedsPerson, catalog.CannotWrite}, o.Reason) {
			out = append(out, Lack{o.Property, string(o.Reason), o.Sentence})
		}
	}
	return out
}

// Uncovered is what a tenant holds and no table covers.
type Uncovered struct {
	Name     string `json:"name"`
	Count    *int   `json:"count"` // null: not counted
	Sentence string `json:"sentence"`
}

// uncovered counts what no table covers, where one request does it.
func (a *assessor) uncovered(ctx context.Context) error {
	all := catalog.AllUncovered()
	var lists []graph.Request
	var of []int
	for i, u := range all {
		a.report.Uncovered = append(a.report.Uncovered, Uncovered{Name: u.Name, Sentence: u.Sentence})
		switch {
		case u.Path == "":
		case strings.HasSuffix(u.Path, "/$count"):
			answer, err := a.client.Do(ctx, graph.Request{Path: u.Path, Header: map[string]string{"ConsistencyLevel": "eventual"}})
			if err == nil {
				n, e := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(string(answer.Raw), "\ufeff")))
				if err = e; err == nil {
					a.report.Uncovered[i].Count = &n
				}
			}
			if err := a.unread("the number of "+u.Name, err, u.Read...); err != nil {
				return err
			}
		default:
			lists, of = append(lists, graph.Request{Path: u.Path}), append(of, i)
		}
	}
	results, err := a.client.Lists(ctx, graph.V1, lists)
	if err != nil {
		return err
	}
	for n, l := range results {
		i := of[n]
		var refused *graph.Error
		if errors.As(l.Err, &refused) { // only a number depends on it, whatever Graph says
			a.note("the number of "+all[i].Name, l.Err, all[i].Read)
			continue
		}
		if l.Err != nil {
			return l.Err
		}
		count := len(l.Rows)
		a.report.Uncovered[i].Count = &count
	}
	return nil
}
