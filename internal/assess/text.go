package assess

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// The report as people read it, in lines of no more than a hundred and twenty columns as
// far as names permit.

// width is where sentences break.
const width = 100

// reasons is how many reasons are told for which a kind's objects are not in code.
const reasons = 2

// few is how many objects are named; JSON has all.
const few = 8

// Text writes the report.
func (r *Report) Text(w io.Writer) {
	t := &text{w: w}
	t.say("Tenant %s at %s, code in %s", r.TenantID, r.AssessedAt, r.Dir)
	t.kinds(r)
	t.uncovered(r)
	t.code(r)
	t.bin(r)
	t.secrets(r)
	t.identity(r)
	t.doors(r)
	t.unread(r)
}

type text struct{ w io.Writer }

func (t *text) title(s string) { fmt.Fprintf(t.w, "\n%s\n", strings.ToUpper(s)) }

// say writes a sentence, broken into lines.
func (t *text) say(format string, args ...any) { t.wrapped("", fmt.Sprintf(format, args...)) }

// item is say with a mark before it.
func (t *text) item(format string, args ...any) { t.wrapped("- ", fmt.Sprintf(format, args...)) }

func (t *text) wrapped(mark, s string) {
	line := mark
	for _, word := range strings.Fields(oneLine(s)) {
		if len([]rune(line))+len([]rune(word)) > width && strings.TrimSpace(line) != "" && line != mark {
			fmt.Fprintln(t.w, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", len(mark))
		}
		line += word + " "
	}
	fmt.Fprintln(t.w, strings.TrimRight(line, " "))
}

func (t *text) table(rows [][]string) {
	tw := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i := range row {
			row[i] = oneLine(row[i])
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // the same writer takes the rest, and a terminal that is gone needs none
}

func (t *text) kinds(r *Report) {
	t.title("What is in code")
	rows := [][]string{{"KIND", "TENANT", "CODE", "LOST", "BIN", "BACK FROM A BIN", "MADE ANEW"}}
	asked := false
	for _, k := range r.Kinds {
		if k.Unread != "" {
			rows = append(rows, []string{k.Kind, "?", "?", "?", "?", k.Restore, k.Recreate})
			continue
		}
		if k.Objects+k.InCode+k.Missing+k.Binned == 0 {
			continue
		}
		name := k.Kind
		if !k.Counts {
			name, asked = name+" *", true
		}
		rows = append(rows, []string{name, fmt.Sprint(k.Objects), fmt.Sprint(k.InCode), fmt.Sprint(k.Missing), fmt.Sprint(k.Binned), k.Restore, k.Recreate})
	}
	t.table(rows)
	if asked {
		t.say("* written only where export is asked for it, and not counted.")
	}
	fmt.Fprintln(t.w)
	if len(r.Coverage.Unread) > 0 {
		t.say("In code: %d of %d objects that were read (%.1f %%). Not read: %s.", r.Coverage.InCode, r.Coverage.Objects, r.Coverage.Percent, strings.Join(r.Coverage.Unread, ", "))
	} else {
		t.say("In code: %d of %d objects (%.1f %%).", r.Coverage.InCode, r.Coverage.Objects, r.Coverage.Percent)
	}
	for _, k := range r.Kinds {
		for i, g := range k.Unmanaged {
			if i == reasons {
				t.item("%s: more that code cannot hold, for %d other reasons", k.Kind, len(k.Unmanaged)-i)
				break
			}
			t.item("%s: %d that code cannot hold: %s", k.Kind, g.Count, g.Reason)
		}
	}
	for _, k := range r.Kinds {
		if !k.Counts && k.Code == 0 {
			continue // no code is about it
		}
		for _, o := range k.NotRecreated {
			t.item("%s: %s: %s. %s", k.Kind, names(o.Objects), o.Reason, o.Todo)
		}
		if len(k.Lacks) > 0 && k.Objects > 0 {
			var properties []string
			for _, l := range k.Lacks {
				properties = append(properties, l.Property)
			}
			t.item("%s: made anew, it lacks %s", k.Kind, shortened(properties))
		}
	}
}

func (t *text) uncovered(r *Report) {
	t.title("What no table covers")
	rows := [][]string{}
	var uncounted []string
	for _, u := range r.Uncovered {
		if u.Count == nil {
			uncounted = append(uncounted, u.Name)
		} else if *u.Count > 0 {
			rows = append(rows, []string{u.Name, fmt.Sprint(*u.Count)})
		}
	}
	t.table(rows)
	t.say("Not counted: %s.", strings.Join(uncounted, ", "))
}

func (t *text) code(r *Report) {
	if len(r.Missing)+len(r.Untold) == 0 {
		return
	}
	t.title("Only in the code")
	if len(r.Missing) > 0 {
		t.item("neither live nor in a recycle bin, so that the next apply makes them anew: %s", names(r.Missing))
	}
	if len(r.Untold) > 0 {
		t.item("not counted, because the folder does not tell their ids (run \"terraform state pull\" into terraform.tfstate for the moment): %s", shortened(r.Untold))
	}
}

func (t *text) bin(r *Report) {
	if len(r.Bin) == 0 {
		return
	}
	t.title("In the recycle bins now")
	rows := [][]string{{"DAYS LEFT", "KIND", "NAME", "ADDRESS IN THE CODE"}}
	for _, b := range r.Bin[:min(len(r.Bin), 3*few)] {
		days := "no end"
		if b.DaysLeft != nil {
			days = fmt.Sprint(*b.DaysLeft)
		}
		address := b.Address
		if address == "" {
			address = "none"
		}
		rows = append(rows, []string{days, b.Kind, clipped(b.Name) + mark(b.Ref), address})
	}
	t.table(rows)
	t.more(len(r.Bin) - 3*few)
}

func (t *text) secrets(r *Report) {
	rows := [][]string{{"ENDS", "CREDENTIAL", "OF", "NAME"}}
	n := 0
	for _, s := range r.Secrets {
		if !s.Reissue || s.Expired {
			continue
		}
		if n++; n <= 3*few {
			day, _, _ := strings.Cut(s.Ends, "T")
			rows = append(rows, []string{day, s.Type, s.Of.Kind + " " + clipped(s.Of.Name), clipped(s.Name)})
		}
	}
	if n == 0 {
		return
	}
	t.title("Secrets that a rebuild would have to reissue")
	t.table(rows)
	t.more(n - 3*few)
}

func (t *text) more(n int) {
	if n > 0 {
		t.say("and %d more; --json has all.", n)
	}
}

func (t *text) identity(r *Report) {
	t.title("What this identity could not restore")
	if !r.Identity.Known {
		t.item("the token does not tell who this is and what it may, so permissions were not compared")
	}
	for _, o := range r.CannotRestore {
		t.item("%s: %s: %s. %s.", o.Kind, names(o.Objects), o.Reason, o.Todo)
	}
	if r.Identity.Known && len(r.CannotRestore) == 0 {
		t.item("nothing that is in the code")
	}
}

func (t *text) doors(r *Report) {
	t.title("Who could still get in")
	switch {
	case r.SecurityDefaults == nil:
		t.item("security defaults: not known")
	case *r.SecurityDefaults:
		t.item("security defaults are on: Conditional Access policies cannot be enforced beside them")
	default:
		t.item("security defaults are off")
	}
	t.item("%s", r.BreakGlass.Sentence)
	for _, x := range r.BreakGlass.Accounts[:min(len(r.BreakGlass.Accounts), few)] {
		name, verdict := x.Name, "good"
		if name == "" {
			name = x.ID
		}
		if !x.Good {
			verdict = strings.Join(x.Why, "; ")
		}
		if len(x.Reached) > 0 {
			verdict += ": " + shortened(slices.Clone(x.Reached))
		}
		t.wrapped("  - ", name+": "+strings.Join(append([]string{verdict}, x.Notes...), "; "))
	}
	t.item("state (%s): %s", r.State.Backend, r.State.Sentence)
}

func (t *text) unread(r *Report) {
	if len(r.Unread) == 0 {
		return
	}
	t.title("What could not be read")
	for _, u := range r.Unread {
		t.item("%s", u)
	}
}

func (u Unread) String() string {
	if len(u.Permissions) > 0 {
		return u.What + ": grant " + strings.Join(u.Permissions, ", ")
	}
	return u.What + ": " + u.Error
}

// names lists objects by name, and by address where they have one.
func names(all []Ref) string {
	var out []string
	for _, r := range all {
		s := r.Name
		if s == "" {
			s = r.ID
		}
		out = append(out, clipped(s)+mark(r))
	}
	return shortened(out)
}

// mark is what stands behind the name of a crown jewel.
func mark(r Ref) string {
	if r.Critical {
		return " (critical)"
	}
	return ""
}

func shortened(all []string) string {
	if len(all) <= few {
		return strings.Join(all, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(all[:few], ", "), len(all)-few)
}

// clipped is a name that leaves room for others.
func clipped(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return s
}
