package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/assess"
	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

func assessCommand() *cobra.Command {
	var o assess.Options
	var gates assess.Gates
	var asJSON, suggest bool
	c := &cobra.Command{
		Use:   "assess",
		Short: "Say what of the tenant is in code, restorable, recreatable, and what is not",
		Long:  "The reality check for one's own tenant: for each kind of object what is in code and how lost ones come back; what is in the recycle bins and for how long; secrets that a rebuild would have to reissue; what this identity could not restore; and who could still sign in.\n\nIt reads and never writes. What the identity may not read is named with the permission. Exit code 1 only where --fail-under or --fail-bin-days is not met, or cannot be judged because something could not be read.",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for i, id := range o.BreakGlass {
				if uuid.Validate(id) != nil {
					return usageError{fmt.Errorf("--break-glass %q is no object id of a user", id)}
				}
				o.BreakGlass[i] = strings.ToLower(id)
			}
			gated := c.Flags().Changed("fail-under") || c.Flags().Changed("fail-bin-days")
			switch {
			case c.Flags().Changed("fail-under") && (gates.FailUnder < 0 || gates.FailUnder > 100):
				return usageError{fmt.Errorf("--fail-under %g is no percentage", gates.FailUnder)}
			case c.Flags().Changed("fail-bin-days") && gates.FailBinDays < 0:
				return usageError{fmt.Errorf("--fail-bin-days %d is negative", gates.FailBinDays)}
			case suggest && (asJSON || gated):
				return usageError{errors.New("--suggest-critical prints a file for export --critical, and goes with neither --json nor --fail-…")}
			}
			o.Progress = newProgress(c.ErrOrStderr())
			client, err := connect(c.Context(), c)
			if err != nil {
				return err
			}
			if suggest {
				s, err := assess.SuggestCritical(c.Context(), client, o)
				if err != nil {
					return err
				}
				_, err = fmt.Fprint(c.OutOrStdout(), s.File())
				return err
			}
			r, err := assess.Run(c.Context(), client, o)
			if err != nil {
				return err
			}
			if asJSON {
				encoder := json.NewEncoder(c.OutOrStdout())
				encoder.SetIndent("", "  ")
				encoder.SetEscapeHTML(false)
				if err := encoder.Encode(r); err != nil {
					return err
				}
			} else {
				r.Text(c.OutOrStdout())
			}
			if failures := r.Failures(gates); len(failures) > 0 {
				return errors.New(strings.Join(failures, "\n"))
			}
			return nil
		},
	}
	c.Flags().StringVar(&o.Dir, "dir", ".", "folder of the code: what export wrote, or your own")
	c.Flags().BoolVar(&asJSON, "json", false, "the report as JSON")
	c.Flags().Float64Var(&gates.FailUnder, "fail-under", -1, "exit with 1 where a smaller percentage of the tenant's objects is in the code")
	c.Flags().IntVar(&gates.FailBinDays, "fail-bin-days", -1, "exit with 1 where an object of the code is in a recycle bin for fewer days")
	c.Flags().StringSliceVar(&o.BreakGlass, "break-glass", nil, "object ids of accounts for emergencies, beside those of break_glass in the provider block")
	c.Flags().BoolVar(&suggest, "suggest-critical", false, "print what decides who rules the tenant, as a file for export --critical")
	return c
}
