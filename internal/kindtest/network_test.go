package kindtest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// Providers reach their tenants in memory: each start of one opens connections, and
// system calls for all of them would be a tenth of the time. It also lets a test that has
// to wait, for replicas or for quotas, run in synctest.Test, where waiting takes no time.

// lines are what leads to the tenants, by address.
var lines sync.Map

// line leads to one tenant.
type line struct {
	address net.Addr
	calls   chan net.Conn
	open    context.Context
	close   context.CancelFunc
}

// inMemory makes every client that goes by the default transport find the lines.
func inMemory() {
	transport, _ := http.DefaultTransport.(*http.Transport)
	outside := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		found, inside := lines.Load(address)
		if !inside {
			return outside(ctx, network, address)
		}
		l, _ := found.(*line)
		near, far := net.Pipe()
		select {
		case l.calls <- far:
			return near, nil
		case <-l.open.Done():
			return nil, fmt.Errorf("%s: %w", address, net.ErrClosed)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	// What tests ask themselves keeps no connection: one of a synctest bubble must not be
	// closed by another test's server, which closes all that the default transport has.
	own := transport.Clone()
	own.DisableKeepAlives = true
	http.DefaultClient.Transport = own
}

var served atomic.Uint32

// serve lets providers reach a tenant until the test ends, and returns where.
func serve(t *testing.T, tenant http.Handler) string {
	t.Helper()
	n := served.Add(1)
	l := &line{address: &net.TCPAddr{IP: net.IPv4(127, 1, byte(n>>8), byte(n)), Port: 8080}, calls: make(chan net.Conn)}
	l.open, l.close = context.WithCancel(context.Background())
	lines.Store(l.address.String(), l)
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: tenant}}
	server.Start()
	t.Cleanup(func() {
		lines.Delete(l.address.String())
		server.Close()
		server = nil // testing keeps this function, and with it the tenant, until all tests are done
	})
	return server.URL
}

// Accept implements net.Listener.
func (l *line) Accept() (net.Conn, error) {
	select {
	case c := <-l.calls:
		return c, nil
	case <-l.open.Done():
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *line) Close() error {
	l.close()
	return nil
}

// Addr implements net.Listener.
func (l *line) Addr() net.Addr { return l.address }
