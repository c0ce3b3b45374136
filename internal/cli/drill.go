package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"

	"github.com/entrarecovery/terraform-provider-entra/internal/drill"
	"github.com/spf13/cobra"
)

func drillCommand(version string) *cobra.Command {
	var o drill.Options
	var report string
	c := &cobra.Command{
		Use:   "drill --dir CONFIG",
		Short: "Rehearse a recovery of your own code, offline",
		Long: "Rehearse a recovery: the configuration in --dir is copied, applied to an emulated tenant, lost in one way or another, and brought back by the real Terraform or OpenTofu. " +
			"Nothing leaves this machine, and the configuration itself is not touched.\n\n" +
			"Scenarios: purge-all (the default), soft-delete-all, random:SEED, kinds:KIND,…, failing-apply, and all for one of each but kinds.\n\n" +
			"Exit code 0 only if everything that can come back did. " + drill.Proves,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.Dir == "" {
				return usageError{errors.New("no configuration to rehearse with: name its folder with --dir")}
			}
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("could not find this program itself, which is the provider: %w", err)
			}
			o.Binary, o.Version = self, mirrored(version)
			return runDrill(c, o, report)
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", "", "folder of the configuration, as export wrote it or edited since")
	c.Flags().StringArrayVar(&o.Scenarios, "scenario", nil, "what to lose, repeatable: purge-all, soft-delete-all, random:SEED, kinds:KIND,…, failing-apply, all")
	c.Flags().StringVar(&report, "report", "", "folder to write report.json, report.xml (JUnit) and report.html to")
	c.Flags().StringArrayVar(&o.VarFiles, "var-file", nil, "file of values for variables, repeatable")
	c.Flags().BoolVar(&o.Throttle, "throttle", false, "enforce Microsoft's documented quotas in real time, instead of estimating what they cost")
	return c
}

// release is what a mirror can hold a provider as.
var release = regexp.MustCompile(`^\d+\.\d+\.\d+$`)

// mirrored is the version under which the drill's mirror holds this program: its
// own, so that the constraints of the code are tested, too.
func mirrored(version string) string {
	if release.MatchString(version) && version != "0.0.0" {
		return version
	}
	return demoVersion
}

func runDrill(c *cobra.Command, o drill.Options, dir string) error {
	fmt.Fprintln(c.OutOrStdout(), drill.Proves)
	o.Progress = func(s string) { fmt.Fprintln(c.ErrOrStderr(), s) }
	r, err := drill.Run(c.Context(), o)
	if err != nil {
		return err
	}
	drillTable(c.OutOrStdout(), r)
	if dir != "" {
		if err := r.Write(dir); err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "\nWrote report.html, report.xml and report.json to %s.\n", dir)
	}
	if !r.Recovered {
		return errors.New("not everything came back: see above")
	}
	return nil
}

// drillTable prints what became of each kind, by scenario.
func drillTable(w io.Writer, r *drill.Report) {
	for _, n := range r.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	for _, s := range r.Scenarios {
		fmt.Fprintf(w, "\n━━━ %s\n\n%s\n\n", s.Name, s.Says)
		fmt.Fprintf(w, "%-52s %7s %9s %8s %8s %9s %8s %9s %8s\n", "", "objects", "untouched", "repaired", "restored", "recreated", "refused", "re-linked", "not back")
		for _, k := range append(s.Kinds, s.Total) {
			fmt.Fprintf(w, "%-52s %7d %9d %8d %8d %9d %8d %9d %8d\n", k.Title, k.Objects, k.Untouched, k.Repaired, k.Restored, k.Recreated, k.Refused, k.Relinked, k.Failed)
		}
		fmt.Fprintln(w)
		for _, n := range s.Notes {
			fmt.Fprintln(w, "note:", n)
		}
		for _, l := range s.Lost {
			fmt.Fprintf(w, "does not come back with %d of kind %s: %s\n", len(l.Objects), l.Kind, l.Why)
		}
		for _, o := range s.Objects {
			if o.Reason != "" {
				fmt.Fprintf(w, "%s: %s: %s\n", o.Address, o.Outcome, o.Reason)
			}
		}
		fmt.Fprintln(w, s.Summary())
	}
}
