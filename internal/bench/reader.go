package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The provider without an engine: a process that imports and reads many objects as Terraform
// would, ten at a time, over the plugin protocol.

// variableRead names a file with what to read; this program then is that process.
const variableRead = "BENCH_READ"

// atOnce is how many objects Terraform hands to a provider at a time.
const atOnce = 10

type toRead struct {
	Type string   `json:"type"`
	IDs  []string `json:"ids"`
}

// readAll has all objects of a type read in a process of its own, and notes what it took.
func (g *stage) readAll(ctx context.Context, typ string, ids []string) error {
	raw, err := json.Marshal(toRead{typ, ids})
	if err != nil {
		return err
	}
	file := g.usageFile + ".read"
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, self)
	c.Env = append(os.Environ(), variableRead+"="+file)
	for k, v := range g.environment() {
		c.Env = append(c.Env, k+"="+v)
	}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return noteUsage(c.ProcessState, g.usageFile)
}

// readListed is that process.
func readListed(ctx context.Context, file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var what toRead
	if err := json.Unmarshal(raw, &what); err != nil {
		return err
	}
	server := provider.NewServer("0.0.0")()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return err
	}
	block := schemas.Provider.ValueType()
	values := map[string]tftypes.Value{}
	for name, t := range block.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(t, nil)
	}
	config, err := tfprotov6.NewDynamicValue(block, tftypes.NewValue(block, values))
	if err != nil {
		return err
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: &config})
	if err = failure(err, configured.Diagnostics); err != nil {
		return err
	}
	ids, failed := make(chan string), make(chan error, atOnce)
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for id := range ids {
				if err := readOne(ctx, server, what.Type, id); err != nil {
					failed <- fmt.Errorf("%s: %w", id, err)
					return
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(failed)
	}()
	for _, id := range what.IDs {
		select {
		case ids <- id:
		case err := <-failed:
			return err
		}
	}
	close(ids)
	return <-failed // nil once all are done
}

func readOne(ctx context.Context, server tfprotov6.ProviderServer, typ, id string) error {
	imported, err := server.ImportResourceState(ctx, &tfprotov6.ImportResourceStateRequest{TypeName: typ, ID: id})
	if err = failure(err, imported.Diagnostics); err != nil {
		return err
	}
	if len(imported.ImportedResources) != 1 {
		return errors.New("nothing was imported")
	}
	one := imported.ImportedResources[0]
	read, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: typ, CurrentState: one.State, Private: one.Private, CurrentIdentity: one.Identity})
	return failure(err, read.Diagnostics)
}

// failure is the first error of an answer of the provider.
func failure(err error, diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if err == nil && d.Severity == tfprotov6.DiagnosticSeverityError {
			err = fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	return err
}
