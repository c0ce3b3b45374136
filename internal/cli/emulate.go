package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/spf13/cobra"
)

// emulateCommand serves an emulated tenant on a loopback address.
func emulateCommand() *cobra.Command {
	var listen, envFile string
	var load []string
	var secured security
	var trouble troubleFlags
	var reading readingFlag
	var future futureFlags
	var data dataFlag
	c := &cobra.Command{
		Use:   "emulate",
		Short: "Serve an emulated tenant",
		Long:  "Serve an emulated tenant: Microsoft Graph at /v1.0 and /beta, until interrupted.\n\n--load reads folders of Graph JSON, EntraExporter and IntuneManagement files; what it refuses is named. --env-file is written once the tenant answers, with lines to source into a shell.\n\nThe tenant is in memory and ends with the process, unless --data names a folder: then it is kept there, with its id, token, bins, secrets, audit log and clock, and goes on at the next start. A request is answered once the disk has what it changed. --load fills an empty folder, and no other. One process has a folder at a time; the other flags are to be given anew.\n\nThe tenant is consistent and never throttles unless --lag and --throttle say otherwise. --speed shortens their times, and those of faults, so that a test of hours takes minutes.",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := secured.check(); err != nil {
				return err
			}
			opts, err := trouble.options()
			if err != nil {
				return err
			}
			readings, err := reading.options()
			if err != nil {
				return err
			}
			tomorrow, err := future.options()
			if err != nil {
				return err
			}
			defer data.close()
			if err := data.open(load); err != nil {
				return err
			}
			tenant := emulator.New(slices.Concat(opts, readings, tomorrow, secured.options())...)
			if err := loadInto(c, tenant, load); err != nil {
				return err
			}
			if err := data.keep(c, tenant); err != nil {
				return err
			}
			return serve(c.Context(), c, tenant, listen, envFile, secured)
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "address to listen on; port 0 picks one")
	c.Flags().StringArrayVar(&load, "load", nil, "folder to load, repeatable")
	c.Flags().StringVar(&envFile, "env-file", "", "file to write the environment to")
	secured.flags(c)
	trouble.add(c)
	reading.add(c)
	future.add(c)
	data.add(c)
	return c
}

func loadInto(c *cobra.Command, tenant *emulator.Tenant, dirs []string) error {
	if len(dirs) == 0 {
		return nil
	}
	report, err := tenant.LoadDir(dirs...)
	if err != nil {
		return err
	}
	for _, line := range report.Lines() {
		fmt.Fprintln(c.ErrOrStderr(), line)
	}
	var loaded []string
	for collection, n := range report.Loaded {
		loaded = append(loaded, fmt.Sprintf("%d from %s", n, collection))
	}
	sort.Strings(loaded)
	fmt.Fprintf(c.ErrOrStderr(), "loaded %s: %s\n", strings.Join(dirs, ", "), strings.Join(loaded, ", "))
	return nil
}

func serve(ctx context.Context, c *cobra.Command, tenant *emulator.Tenant, listen, envFile string, secured security) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usageError{fmt.Errorf("--listen %q is not HOST:PORT", listen)}
	}
	if secured.dir == "" && !loopback(host) {
		return usageError{fmt.Errorf("--listen %s: without TLS (--tls-dir) the emulator listens on loopback addresses only", listen)}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("could not listen on %s: %w", listen, err)
	}
	server := &http.Server{Handler: localControl(tenant), ReadHeaderTimeout: 10 * time.Second}
	endpoint, variables, err := "http://"+listener.Addr().String(), []string(nil), error(nil)
	if secured.dir != "" {
		endpoint, variables, err = secured.apply(server, tenant, listener.Addr(), host)
	}
	if err == nil {
		err = writeEnvironment(envFile, endpoint, tenant, variables)
	}
	if err != nil {
		listener.Close()
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "tenant %s at %s\n", tenant.TenantID(), endpoint)
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(stop) // what still runs then is cut off
	}()
	run := server.Serve
	if server.TLSConfig != nil {
		run = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	if err := run(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the emulator stopped: %w", err)
	}
	return nil
}

// writeEnvironment puts the file into place whole, so that whoever waits for
// it never reads half of it.
func writeEnvironment(file, endpoint string, tenant *emulator.Tenant, more []string) error {
	if file == "" {
		return nil
	}
	text := fmt.Sprintf("export ENTRA_GRAPH_ENDPOINT=%s\nexport ENTRA_ACCESS_TOKEN=%s\nexport ENTRA_TENANT_ID=%s\n", endpoint, tenant.Token(), tenant.TenantID())
	if tenant.Paced() {
		text += "export ENTRA_PACED=true\n"
	}
	for _, v := range more {
		text += "export " + v + "\n"
	}
	temp, err := os.CreateTemp(filepath.Dir(file), ".env-*")
	if err != nil {
		return fmt.Errorf("could not write --env-file %s: %w", file, err)
	}
	_, err = temp.WriteString(text)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
		return fmt.Errorf("could not write --env-file %s: %w", file, err)
	}
	return nil
}
