// Package cli is the command line: flags, progress and exit codes. What the
// commands do is done by the packages below it.
//
// Exit codes: 0 done; 1 the command failed, and its message says what to do;
// 2 the command line itself is wrong.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// usageError is a command line that cannot be understood.
type usageError struct{ error }

// Interruptible returns a context that ends with Ctrl-C or SIGTERM, and the
// function that gives the signals back.
func Interruptible() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// noArgs refuses arguments, and on the root a command that does not exist.
func noArgs(c *cobra.Command, args []string) error {
	if err := cobra.NoArgs(c, args); err != nil {
		return usageError{err}
	}
	return nil
}

// Run runs one command and returns the exit code.
func Run(ctx context.Context, version string, args []string, in io.Reader, out, errOut io.Writer) int {
	root := &cobra.Command{
		Use:           "terraform-provider-entra",
		Short:         "Back up Microsoft Entra ID as Terraform code, and get it back with apply",
		Long:          "Back up Microsoft Entra ID as Terraform code, and get it back with apply.\n\nStarted by Terraform, this program is the provider. The commands below are for people and scripts.",
		SilenceErrors: true, SilenceUsage: true,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(emulateCommand(), exportCommand(), importsCommand(), binCommand(), assessCommand(), demoCommand(), drillCommand(version), &cobra.Command{
		Use: "version", Short: "Print the version", Args: noArgs,
		Run: func(c *cobra.Command, _ []string) { fmt.Fprintln(c.OutOrStdout(), "terraform-provider-entra "+version) },
	})
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(errOut, "terraform-provider-entra:", err)
	var usage usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(errOut, "Run with --help to see what there is.")
		return 2
	}
	return 1
}
