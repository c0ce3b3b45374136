package provider

import (
	"context"
	"errors"
	"os"
	rt "runtime/debug"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Serve answers the engine that started this process; with debug, whoever attaches to it.
func Serve(version string, debug bool) error {
	if os.Getenv("GOGC") == "" { // most starts of a provider only tell its schema
		rt.SetGCPercent(400)
		// What is listed of a large directory stays, beside the engine's own copy of the state: little more than
		// that is to be taken, which costs a fifth of the provider's time for 4,000 groups of 40,000.
		configured = func() { rt.SetGCPercent(60) }
	}
	var opts []tf6server.ServeOpt
	if debug {
		opts = append(opts, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(Address, NewServer(version), opts...)
}

// configured is called when the provider begins to work.
var configured = func() {}

// NewServer returns the provider as the plugin protocol has it.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := &entra{version: version}
		return server{providerserver.NewProtocol6(p)(), providerserver.NewProtocol6(bare{p})()}
	}
}

// server is the framework's server, and another one for the calls whose values go past the
// framework (past.go). The framework keeps the context of every call until the provider stops,
// to cancel it then (registerContext in its internal/proto6server). With the loggers in it that
// is some 20 kB for each of five calls per object: 160 MB for 1,250 objects. Here a context is
// empty once its call is over.
type server struct {
	tfprotov6.ProviderServer
	bare tfprotov6.ProviderServer
}

// call is the context of a call while that goes on, and a cancelled one afterwards.
type call struct {
	inner atomic.Pointer[context.Context]
}

func (c *call) Deadline() (time.Time, bool) { return (*c.inner.Load()).Deadline() }
func (c *call) Done() <-chan struct{}       { return (*c.inner.Load()).Done() }
func (c *call) Err() error                  { return (*c.inner.Load()).Err() }
func (c *call) Value(key any) any           { return (*c.inner.Load()).Value(key) }

// over is the context of calls that are over.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// during carries out one call.
func during[Request, Answer any](ctx context.Context, r Request, do func(context.Context, Request) (Answer, error)) (Answer, error) {
	c := &call{}
	c.inner.Store(&ctx)
	defer c.inner.Store(&over)
	return do(c, r)
}

// ConfigureProvider comes once, in the starts that read or write.
func (s server) ConfigureProvider(ctx context.Context, r *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	configured()
	resp, err := s.ProviderServer.ConfigureProvider(ctx, r)
	if err == nil {
		_, err = s.bare.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{})
	}
	return resp, err
}

// StopProvider comes when the engine is interrupted.
func (s server) StopProvider(ctx context.Context, r *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	_, failed := s.bare.StopProvider(ctx, r)
	resp, err := s.ProviderServer.StopProvider(ctx, r)
	return resp, errors.Join(failed, err)
}

// ValidateResourceConfig and what follows are the calls that come for every object.
func (s server) ValidateResourceConfig(ctx context.Context, r *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return during(ctx, r, s.ProviderServer.ValidateResourceConfig)
}

// UpgradeResourceState forgets its context.
func (s server) UpgradeResourceState(ctx context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return during(ctx, r, s.ProviderServer.UpgradeResourceState)
}

// UpgradeResourceIdentity forgets its context.
func (s server) UpgradeResourceIdentity(ctx context.Context, r *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return during(ctx, r, s.ProviderServer.UpgradeResourceIdentity)
}

// ImportResourceState forgets its context.
func (s server) ImportResourceState(ctx context.Context, r *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return during(ctx, r, s.ProviderServer.ImportResourceState)
}
