package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/recyclebin"
	"github.com/spf13/cobra"
)

// The recycle bins, also for what no code owns: bin list and bin restore.

func binCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bin",
		Short: "List the recycle bins and restore from them, also what is in no code",
		Args:  noArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(binListCommand(), binRestoreCommand())
	return c
}

// selectionFlags adds the flags that say which objects are meant.
func selectionFlags(c *cobra.Command) func() (recyclebin.Selection, error) {
	var s recyclebin.Selection
	var since string
	c.Flags().StringSliceVar(&s.Kinds, "kind", nil, "kinds of objects: "+strings.Join(recyclebin.Kinds(), ", "))
	c.Flags().StringVar(&s.DeletedBy, "deleted-by", "", "who deleted them: user principal name, display name or id of a user, name or id of an application")
	c.Flags().StringVar(&since, "since", "", "deleted since then: 2026-11-20 (UTC), 2026-11-20T14:00:00Z, 24h, 7d")
	c.Flags().StringArrayVar(&s.IDs, "id", nil, "id of an object, repeatable")
	c.Flags().StringVar(&s.Name, "name", "", "name of the objects, with * and ? as wildcards, whatever the case")
	return func() (recyclebin.Selection, error) {
		for _, name := range s.Kinds {
			if !slices.Contains(recyclebin.Kinds(), name) {
				return s, usageError{fmt.Errorf("--kind %s is none of %s", name, strings.Join(recyclebin.Kinds(), ", "))}
			}
		}
		if since != "" {
			at, err := sinceWhen(since, time.Now())
			if err != nil {
				return s, usageError{err}
			}
			s.Since = at
		}
		return s, nil
	}
}

// sinceWhen reads --since: a day, an instant, or how long ago.
func sinceWhen(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	if number, ok := strings.CutSuffix(text, "d"); ok {
		if days, err := strconv.ParseUint(number, 10, 16); err == nil {
			return now.Add(-time.Duration(days) * 24 * time.Hour), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("--since %s is no day (2026-11-20), instant (2026-11-20T14:00:00Z) or time ago (24h, 7d)", text)
}

func binListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List what is in the recycle bins, who deleted it, and how many days are left",
		Long:  "List what is in the recycle bins of the tenant: users, groups, applications, service principals, administrative units, devices, custom role definitions, named locations and Conditional Access policies. All flags that select must hold.\n\nWho deleted an object is what the audit log says, which wants AuditLog.Read.All. A record appears up to 15 minutes after the deletion, and is kept for 30 days, or 7 without Entra ID P1.\n\nExit code 1 where a recycle bin could not be read.",
		Args:  noArgs,
	}
	selection := selectionFlags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "JSON instead of a table")
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := selection()
		if err != nil {
			return err
		}
		client, err := connect(c.Context(), c)
		if err != nil {
			return err
		}
		progress := newBinProgress(c.ErrOrStderr())
		l, err := recyclebin.List(c.Context(), client, recyclebin.Query{Selection: s, Who: true, Progress: progress})
		progress.done()
		if err != nil {
			return err
		}
		if asJSON {
			err = writeListing(c.OutOrStdout(), l)
		} else {
			showItems(c.OutOrStdout(), l.Items, true)
			fmt.Fprintln(c.OutOrStdout(), counted(l.Items))
		}
		tellListing(c.ErrOrStderr(), l, s)
		return errors.Join(err, unread(l))
	}
	return c
}

// unread is the error of bins that could not be read; what is said of each stands before.
func unread(l *recyclebin.Listing) error {
	if len(l.Unread) == 0 {
		return nil
	}
	return fmt.Errorf("recycle bins that could not be read, so that what is in them is not known: %d", len(l.Unread))
}

const restoreHelp = `Restore objects from the recycle bins, with the ids, members and links that they had. All flags that select must hold; without any, --all takes everything.

Without --yes nothing is changed: what would be restored is printed, in which order, with how many requests, and what to know before. With --yes it is done: administrative units, users, groups, applications, service principals, devices, role definitions, named locations, and Conditional Access policies at the end, because Graph restores no policy that refers to what is not there.

A restore brings secrets, owners and members back as they were at the deletion, those that an attacker added included: look at both afterwards.

--result FILE keeps what became of each object, one line of JSON each, as it goes. Run again with the same file after an interruption: what was restored is skipped, and what failed is tried again. Without a file a second run finds what is still in the recycle bin.

Exit code 0 only if everything that was selected is live, or if nothing was to be changed.`

func binRestoreCommand() *cobra.Command {
	var all, yes bool
	var file string
	var o recyclebin.Options
	c := &cobra.Command{
		Use:   "restore",
		Short: "Restore objects from the recycle bins; shows what it would do unless --yes is given",
		Long:  restoreHelp,
		Args:  noArgs,
	}
	selection := selectionFlags(c)
	c.Flags().BoolVar(&all, "all", false, "everything that is in the recycle bins")
	c.Flags().BoolVar(&yes, "yes", false, "do it; without this nothing is changed")
	c.Flags().StringVar(&file, "result", "", "file that keeps what became of each object; with one of an earlier run that is continued")
	c.Flags().BoolVar(&o.ReportOnly, "report-only", false, "set enabled Conditional Access policies to report-only right after their restore")
	c.Flags().BoolVar(&o.Reconcile, "auto-reconcile-proxy-conflict", false, "restore a user without the proxy addresses that others have taken meanwhile")
	c.RunE = func(c *cobra.Command, _ []string) error {
		s, err := selection()
		switch {
		case err != nil:
			return err
		case s.Empty() && !all:
			return usageError{errors.New("nothing says what to restore: select with --kind, --deleted-by, --since, --id or --name, or take everything with --all")}
		case all && !s.Empty():
			return usageError{errors.New("--all means everything, so no other flag can select beside it")}
		}
		if file != "" {
			if o.Results, err = recyclebin.OpenResults(file); err != nil {
				return err
			}
		}
		return errors.Join(binRestore(c, s, o, yes, file), o.Results.Close())
	}
	return c
}

func binRestore(c *cobra.Command, s recyclebin.Selection, o recyclebin.Options, yes bool, file string) error {
	client, err := connect(c.Context(), c)
	if err != nil {
		return err
	}
	progress := newBinProgress(c.ErrOrStderr())
	l, err := recyclebin.List(c.Context(), client, recyclebin.Query{Selection: s, Companions: true, Progress: progress})
	progress.done()
	if err != nil {
		return err
	}
	p, err := recyclebin.Prepare(c.Context(), client, l, s, o)
	if err != nil {
		return err
	}
	tellListing(c.ErrOrStderr(), l, s)
	out := c.OutOrStdout()
	if !yes {
		showPlan(out, p, s)
		return nil
	}
	for _, note := range p.Notes {
		fmt.Fprintln(c.ErrOrStderr(), printable(note))
	}
	sum, err := recyclebin.Runner{Client: client, Progress: progress}.Restore(c.Context(), p)
	progress.done()
	showSummary(out, sum)
	switch {
	case err != nil:
		again := "Run the same command again: what was restored has left the recycle bin"
		if file != "" {
			again = "Run the same command again: " + file + " keeps what was done"
		}
		return fmt.Errorf("%w; %s not tried, or what became of it is not known. %s", err, objects(sum.Left), again)
	case !sum.Complete():
		return fmt.Errorf("%s not restored; each stands above with the reason", objects(len(sum.Failed)))
	}
	return unread(l)
}

// writeListing is the listing for scripts.
func writeListing(w io.Writer, l *recyclebin.Listing) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	items, unread, lacking := l.Items, l.Unread, l.Lacking
	if items == nil {
		items = []recyclebin.Item{}
	}
	if unread == nil {
		unread = []recyclebin.Unread{}
	}
	if lacking == nil {
		lacking = []string{}
	}
	return e.Encode(map[string]any{"items": items, "unread": unread, "withoutRecycleBin": lacking, "deletedByUnknown": l.Unknown, "deletedByUnknownWhy": l.Why})
}
