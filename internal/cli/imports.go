package cli

import (
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/entrarecovery/terraform-provider-entra/internal/tf"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

func importsCommand() *cobra.Command {
	var o export.ImportsOptions
	var adopt []string
	c := &cobra.Command{
		Use:   "imports --dir DIR",
		Short: "Bring the import blocks up to date after a recovery",
		Long:  "Rewrite imports.tf, manifest.json and id-map.json for the addresses in the code: the id in the state, else the recorded one, live or in the recycle bin, else as it was. Where an object is lost and a live one has its name, --by-name takes that one over if it is the only one; --adopt names one; where the state has the address with the id of what is gone, the command then runs \"state rm\" on it, since an engine skips the import block of an address in its state. With --report-only, policies that are lost or in the recycle bin come back report-only, by an override file that the next run without it removes.",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Adopt = map[string]string{}
			for _, s := range adopt {
				address, id, ok := strings.Cut(s, "=")
				if !ok || uuid.Validate(id) != nil {
					return usageError{fmt.Errorf("--adopt %q is not ADDRESS=ID", s)}
				}
				o.Adopt[address] = id
			}
			client, err := connect(c.Context(), c)
			if err != nil {
				return err
			}
			r, err := export.Imports(c.Context(), client, o)
			if err != nil {
				return err
			}
			for _, m := range r.Moved {
				fmt.Fprintf(c.OutOrStdout(), "%s %q: %s → %s\n", m.Kind, m.Name, m.OldID, m.NewID)
			}
			for _, s := range r.Renamed {
				fmt.Fprintln(c.OutOrStdout(), "renamed:", s)
			}
			for _, s := range r.Unchecked {
				fmt.Fprintln(c.OutOrStdout(), "not checked, because only Terraform can tell which instances there are (where a plan says that the configuration for an import target does not exist, remove that block):", s)
			}
			for _, s := range r.Untouched {
				fmt.Fprintln(c.OutOrStdout(), "left as it was:", s)
			}
			for _, s := range r.ReportOnly {
				fmt.Fprintln(c.OutOrStdout(), "comes back report-only (report_only_override.tf):", s)
			}
			for _, s := range r.Enforced {
				fmt.Fprintln(c.OutOrStdout(), "comes back ENFORCED:", s)
			}
			if r.ReportOnlyRemoved {
				fmt.Fprintln(c.OutOrStdout(), "Removed report_only_override.tf: the next apply enforces what it held back.")
			}
			for _, s := range r.Stale {
				fmt.Fprintln(c.OutOrStdout(), "change by hand:", s)
			}
			if r.Elsewhere != "" {
				fmt.Fprintf(c.OutOrStdout(), "The state was not read: the code keeps it in %s, and there is no terraform.tfstate here. Unless that state is lost, run \"terraform state pull > terraform.tfstate\" and then this command again, because an engine skips the import block of an address in its state.\n", r.Elsewhere)
			}
			fmt.Fprintf(c.OutOrStdout(), "Wrote %d import blocks; %d objects have another id than before (id-map.json).\n", r.Blocks, len(r.Moved))
			if len(r.Forget) == 0 {
				return nil
			}
			// An engine skips the import block of an address that its state has.
			if err := tf.Forget(c.Context(), o.Dir, r.Forget); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "The state has forgotten %d addresses whose objects are gone, so that the next plan imports those that they have now:\n  %s\n", len(r.Forget), strings.Join(r.Forget, "\n  "))
			return nil
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", ".", "folder of the code, with manifest.json")
	c.Flags().StringArrayVar(&adopt, "adopt", nil, "ADDRESS=ID: the object that an address has, repeatable")
	c.Flags().BoolVar(&o.ByName, "by-name", false, "take over a live object when it alone has the name")
	c.Flags().BoolVar(&o.ReportOnly, "report-only", false, "write report_only_override.tf, with which lost policies come back report-only; without it the file is removed")
	return c
}
