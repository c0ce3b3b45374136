package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/entrarecovery/terraform-provider-entra/internal/recyclebin"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// What bin list and bin restore print.

// showItems is a table, in the order of a restore.
func showItems(w io.Writer, items []recyclebin.Item, who bool) {
	if len(items) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	head := "KIND\tNAME\tID\tDELETED (UTC)"
	if who {
		head += "\tDELETED BY"
	}
	fmt.Fprintln(table, head+"\tDAYS LEFT")
	for _, it := range items {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s", it.Kind, printable(it.Name), it.ID, it.DeletedAt.UTC().Format("2006-01-02 15:04"))
		if who {
			fmt.Fprint(table, "\t"+printable(it.DeletedBy))
		}
		days := "kept" // until somebody deletes it
		if it.DaysLeft != nil {
			days = strconv.Itoa(*it.DaysLeft)
		}
		fmt.Fprintln(table, "\t"+days)
	}
	_ = table.Flush() // who does not read to the end misses the rest
}

// printable takes out of a name what would move the cursor of a terminal: whoever can name a
// user could otherwise hide a line.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return '�'
		}
		return r
	}, s)
}

// counted says how many there are of each kind, in the order of a restore.
func counted(items []recyclebin.Item) string {
	number := map[string]int{}
	for _, it := range items {
		number[it.Kind]++
	}
	var parts []string
	for _, name := range recyclebin.Kinds() {
		if n := number[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	if len(parts) == 0 {
		return "Nothing that was asked for is in the recycle bins."
	}
	return objects(len(items)) + ": " + strings.Join(parts, ", ")
}

func objects(n int) string {
	if n == 1 {
		return "1 object"
	}
	return strconv.Itoa(n) + " objects"
}

// tellListing says what is not known.
func tellListing(w io.Writer, l *recyclebin.Listing, s recyclebin.Selection) {
	if len(l.Lacking) > 0 {
		fmt.Fprintf(w, "This cloud has no recycle bin for %s.\n", strings.Join(l.Lacking, ", "))
	}
	for _, u := range l.Unread {
		fmt.Fprintf(w, "could not read the recycle bin of %s: %s\n", u.Kind, printable(u.Error))
	}
	switch {
	case l.Unknown == 0:
		return
	case l.Why != "":
		fmt.Fprintf(w, "Who deleted %s is not known: %s\n", objects(l.Unknown), printable(l.Why))
	default:
		fmt.Fprintf(w, "Who deleted %s is not known: the audit log has no record of it. One appears up to 15 minutes after a deletion.\n", objects(l.Unknown))
	}
	if s.DeletedBy != "" {
		fmt.Fprintln(w, "Those are left out, because --deleted-by selects.")
	}
}

// showPlan is a dry run.
func showPlan(w io.Writer, p *recyclebin.Plan, s recyclebin.Selection) {
	showItems(w, p.Items, s.DeletedBy != "")
	for _, it := range p.Finish {
		fmt.Fprintf(w, "to be set to report-only, restored by an earlier run: %s\n", printable(it.String()))
	}
	for _, one := range p.Decided {
		if one.Outcome == recyclebin.Live {
			fmt.Fprintf(w, "live already: %s\n", titled(one))
		} else {
			fmt.Fprintf(w, "cannot be restored: %s: %s\n", titled(one), printable(one.Error))
		}
	}
	if p.Skipped > 0 {
		fmt.Fprintf(w, "%d were restored by an earlier run.\n", p.Skipped)
	}
	for _, note := range p.Notes {
		fmt.Fprintln(w, printable(note))
	}
	fmt.Fprintln(w, counted(p.Items))
	if p.Requests > 0 {
		fmt.Fprintf(w, "Nothing was changed. With --yes they are restored in this order, by %d requests.\n", p.Requests)
	}
}

func titled(one recyclebin.Result) string {
	if one.Kind == "" {
		return one.ID
	}
	return printable(fmt.Sprintf("%s %q (%s)", one.Kind, one.Name, one.ID))
}

// showSummary says what a restore did.
func showSummary(w io.Writer, sum *recyclebin.Summary) {
	for _, one := range sum.Failed {
		fmt.Fprintf(w, "%s: %s: %s\n", one.Outcome, titled(one), printable(one.Error))
	}
	if len(sum.Untrusted) > 0 {
		fmt.Fprintf(w, "Restored untrusted, so trust again those that were trusted: %s\n", printable(strings.Join(sum.Untrusted, ", ")))
	}
	fmt.Fprintf(w, "%d restored, %d live already, %d failed", sum.Restored, sum.Live, len(sum.Failed))
	if sum.Skipped > 0 {
		fmt.Fprintf(w, ", %d restored by an earlier run", sum.Skipped)
	}
	if sum.Left > 0 {
		fmt.Fprintf(w, ", %d not tried", sum.Left)
	}
	fmt.Fprintln(w)
}

// binProgress shows a bar on a terminal, and plain lines elsewhere, one for every
// progressStep objects.
type binProgress struct {
	w          io.Writer
	terminal   bool
	bar        *progressbar.ProgressBar
	what       string
	tried, all int
}

const progressStep = 500

func newBinProgress(w io.Writer) *binProgress {
	f, ok := w.(*os.File)
	return &binProgress{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

func (p *binProgress) begin(verb, what string, of int) {
	p.done()
	p.what, p.tried, p.all = what, 0, of
	if p.terminal {
		p.bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(verb+" "+what), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
	}
}

func (p *binProgress) done() {
	if p.bar != nil {
		_ = p.bar.Finish() // a bar that cannot be drawn stops nothing
		p.bar = nil
	}
}

func (p *binProgress) Reading(what string) { p.begin("reading", what, -1) }

func (p *binProgress) Read(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n)
		p.done()
		return
	}
	fmt.Fprintf(p.w, "read %d %s\n", n, p.what)
}

func (p *binProgress) Restoring(plural string, of int) { p.begin("restoring", plural, of) }

func (p *binProgress) Tried(n int) {
	p.tried += n
	switch {
	case p.bar != nil:
		_ = p.bar.Add(n)
	case p.all > 0 && (p.tried == p.all || p.tried/progressStep > (p.tried-n)/progressStep):
		fmt.Fprintf(p.w, "tried %d of %d %s\n", p.tried, p.all, p.what)
	}
}
