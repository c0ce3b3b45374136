package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/graph"
	"github.com/spf13/cobra"
)

// connect signs in as the environment says.
func connect(ctx context.Context, c *cobra.Command) (*graph.Client, error) {
	return connectThrough(ctx, c, func(t http.RoundTripper) http.RoundTripper { return t })
}

// connectThrough is connect with all requests going through what wrap makes of a transport.
func connectThrough(ctx context.Context, c *cobra.Command, wrap func(http.RoundTripper) http.RoundTripper) (*graph.Client, error) {
	config := graph.Config{
		UserAgent: "terraform-provider-entra",
		Prompt: func(message string) error {
			_, err := fmt.Fprintln(c.ErrOrStderr(), message)
			return err
		},
	}
	client, err := graph.New(ctx, config.FromEnvironment(os.Getenv).Through(wrap))
	if err != nil {
		return nil, fmt.Errorf("could not sign in to Microsoft Entra ID: %w", err)
	}
	return client, nil
}

func exportCommand() *cobra.Command {
	var o export.Options
	c := &cobra.Command{
		Use:   "export --out DIR",
		Short: "Write the tenant as Terraform code with import blocks",
		Long:  "Write the tenant as Terraform code: one file for each kind of object, references between objects, import blocks, and manifest.json, which says what was read and what was left out.\n\nWithout --all: Conditional Access policies, named locations, administrative units, applications, role-assignable groups, and all that they refer to.\n\n" + membersHelp,
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Out == "" {
				return usageError{errors.New("no folder to export to: name one with --out")}
			}
			if !slices.Contains(export.MembersWays, o.Members) {
				return usageError{fmt.Errorf("--members %s is none of %s", o.Members, strings.Join(export.MembersWays, ", "))}
			}
			o.Progress = newProgress(c.ErrOrStderr())
			var client *graph.Client
			if o.From == "" {
				var err error
				o.Answers = &export.Answers{}
				if client, err = connectThrough(c.Context(), c, o.Answers.Through); err != nil {
					return err
				}
			}
			result, err := export.Run(c.Context(), client, o)
			if err != nil {
				return err
			}
			report(c.OutOrStdout(), result, o)
			if n := export.Files(result.Manifest.Refused); n > 0 {
				return fmt.Errorf("%d files of %s could not be read, so the code does not hold what is in them: they are named above and in manifest.json", n, o.From)
			}
			if result.Hidden > 0 {
				return fmt.Errorf("%d objects are not in the code, because Microsoft Graph did not tell a value of theirs: they are named above and in manifest.json", result.Hidden)
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.Out, "out", "", "folder to write, empty or not there yet")
	c.Flags().BoolVar(&o.All, "all", false, "every object of every kind, but for users and terms of use: those are written only where --include names them")
	c.Flags().StringVar(&o.From, "from", "", "folder of an archive of JSON files, instead of the tenant")
	c.Flags().StringSliceVar(&o.Include, "include", nil, "kinds to export, such as named_location")
	c.Flags().StringSliceVar(&o.Exclude, "exclude", nil, "kinds to leave out")
	c.Flags().BoolVar(&o.Update, "update", false, "add what is new to the export in --out, in new files; no .tf file is changed")
	c.Flags().BoolVar(&o.Resume, "resume", false, "go on where an export to the same --out broke off, within a day: what it has read is not asked for again")
	c.Flags().StringVar(&o.Critical, "critical", "", "file that names the objects that matter most, one a line (kind, kind:id or kind:\"name with *\"): they get deletion_protection and come first in the manifest")
	c.Flags().StringVar(&o.Members, "members", export.MembersAuto, "how members are written: "+strings.Join(export.MembersWays, ", "))
	return c
}

// membersHelp explains --members.
const membersHelp = `--members says which members the code owns:
  auto       exact where access depends on them: in role-assignable groups, in groups that Conditional Access policies
             refer to or that are in a unit with restricted management, in groups inside of such groups, and in the unit
             itself. Everywhere else on_create, up to 200 members; more are left to an archive, with their number as a comment.
  exact      the code is all there is: whoever joins by other ways is removed by the next apply.
  at_least   others may join; whoever is in the code and missing is added.
  on_create  used when the object is made anew, and never a difference afterwards.
  none       no members in the code.
Owners are always exact: an owner can make himself a member, or give an application a secret.
Members and owners of the moment, by an activation in Privileged Identity Management, are left out of what is exact.`

// report says what was exported, what was not, and what comes next.
func report(w io.Writer, r *export.Result, o export.Options) {
	for _, k := range r.Manifest.Kinds {
		fmt.Fprintf(w, "%-28s %5d read %5d exported\n", k.Kind, k.Read, k.Exported)
		if n := k.Read - k.Exported - len(k.Skipped); n > 0 && !o.All && !o.Update {
			fmt.Fprintf(w, "  left out: %d that are not role-assignable and that nothing exported refers to; --all takes them\n", n)
		}
		reportSkipped(w, k.Skipped)
		if len(k.UnknownProperties) > 0 {
			fmt.Fprintf(w, "  properties that this version does not know, left untouched: %s\n", strings.Join(k.UnknownProperties, ", "))
		}
	}
	for _, x := range r.Manifest.External {
		if x.Dead {
			fmt.Fprintf(w, "dead reference: %s (see external.tf)\n", x.Key)
		}
	}
	for _, refused := range r.Manifest.Refused {
		fmt.Fprintln(w, "warning:", refused)
	}
	for _, s := range r.Warnings {
		fmt.Fprintln(w, "warning:", s)
	}
	for _, s := range r.Changes {
		fmt.Fprintln(w, s)
	}
	if len(r.Runs) > 1 {
		var times []string
		for _, t := range r.Runs {
			times = append(times, t.Local().Format(time.DateTime))
		}
		fmt.Fprintf(w, "\nRead in %d parts, which began at %s: what changed in between may be in the code by half. A plan shows it.\n", len(times), strings.Join(times, " and "))
	}
	if len(r.Files) == 0 {
		fmt.Fprintf(w, "\n%s is up to date: nothing was written.\n", o.Out)
		return
	}
	fmt.Fprintf(w, "\nWrote %s. Next: commit it, then terraform init and terraform apply, which adopts the objects and changes none.\nApply once more right after: an apply that only imports does not record create_before_destroy, without which\na named location cannot leave the code together with its use.\n", o.Out)
	if o.Critical != "" {
		fmt.Fprintln(w, "The first plan also changes deletion_protection of what is critical: in the state alone, nothing in the tenant.")
	}
}

// manySkipped is how many objects that are left out for one reason are named.
const manySkipped = 5

// reportSkipped names what is left out; of many with the same reason, such as
// the roles that every tenant has, manifest.json holds the ids.
func reportSkipped(w io.Writer, all []export.Skipped) {
	byReason := map[string][]string{}
	for _, s := range all {
		byReason[s.Reason] = append(byReason[s.Reason], s.ID)
	}
	for _, reason := range slices.Sorted(maps.Keys(byReason)) {
		ids := byReason[reason]
		if len(ids) > manySkipped {
			fmt.Fprintf(w, "  not managed: %d, named in manifest.json: %s\n", len(ids), reason)
			continue
		}
		for _, id := range ids {
			fmt.Fprintf(w, "  not managed: %s: %s\n", id, reason)
		}
	}
}
