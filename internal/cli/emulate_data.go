package cli

import (
	"fmt"
	"strings"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/entrarecovery/terraform-provider-entra/internal/emulator/disk"
	"github.com/spf13/cobra"
)

// dataFlag is --data: the folder that a tenant lives in.
type dataFlag struct {
	dir   string
	store *disk.Store // nil without the flag
	empty bool
}

func (f *dataFlag) add(c *cobra.Command) {
	c.Flags().StringVar(&f.dir, "data", "", "folder to keep the tenant in: it goes on from there at the next start")
}

// open opens the folder before anything is loaded: files go into an empty one alone.
func (f *dataFlag) open(load []string) (err error) {
	if f.dir == "" {
		return nil
	}
	if f.store, err = disk.Open(f.dir); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if f.empty, err = f.store.Empty(); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if !f.empty && len(load) > 0 {
		return fmt.Errorf("--data %s holds a tenant already, and --load %s would be added to it: leave out --load to go on with that tenant, or name another folder to begin anew",
			f.dir, strings.Join(load, " --load "))
	}
	return nil
}

func (f *dataFlag) close() {
	if f.store != nil {
		_ = f.store.Close() // every save is on the disk already
	}
}

// keep makes the tenant live in the folder.
func (f *dataFlag) keep(c *cobra.Command, tenant *emulator.Tenant) error {
	if f.store == nil {
		return nil
	}
	if err := tenant.KeepIn(f.store); err != nil {
		return fmt.Errorf("--data %s: %w", f.dir, err)
	}
	what := "goes on from"
	if f.empty {
		what = "is kept in"
	}
	fmt.Fprintf(c.ErrOrStderr(), "the tenant %s %s\n", what, f.dir)
	return nil
}
