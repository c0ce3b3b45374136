package emulator

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// What a fault does to an answer on its way: it comes late, in pieces, or not whole.

// hold keeps an answer back as long as the fault says, and returns what it is to be
// written to. An answer without a body that is to be cut is lost.
func (f *fault) hold(w http.ResponseWriter, r *http.Request, empty bool) http.ResponseWriter {
	pause(r.Context(), f.delay)
	if f.CutBody && empty {
		panic(http.ErrAbortHandler)
	}
	if f.CutBody || f.trickle > 0 {
		return &spoiled{ResponseWriter: w, fault: f, request: r}
	}
	return w
}

// pause waits, but not for a client that has gone.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// spoiled takes a body in and sends it as the fault says once it is whole.
type spoiled struct {
	http.ResponseWriter
	fault   *fault
	request *http.Request
	body    bytes.Buffer
}

func (s *spoiled) Write(p []byte) (int, error) { return s.body.Write(p) }

// pieces is how many a trickling body is sent in.
const pieces = 10

func (s *spoiled) finish() {
	body, controller, n := s.body.Bytes(), http.NewResponseController(s.ResponseWriter), 1
	if s.fault.CutBody {
		body = body[:len(body)/2]
	}
	if s.fault.trickle > 0 {
		n = pieces
	}
	for i := range n {
		if i > 0 {
			pause(s.request.Context(), s.fault.trickle)
		}
		if _, err := s.ResponseWriter.Write(body[len(body)*i/n : len(body)*(i+1)/n]); err != nil {
			return // the client has gone
		}
		_ = controller.Flush()
	}
	if s.fault.CutBody {
		panic(http.ErrAbortHandler)
	}
}
