package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/export"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// How an export shows that it goes on: on a terminal by one line that changes and says how
// long it still takes, elsewhere by one line for each kind.

// newProgress returns a bar on a terminal, and plain lines elsewhere.
func newProgress(w io.Writer) export.Progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return newBar(w)
	}
	return &lines{w: w}
}

type bar struct {
	w               io.Writer
	bar             *progressbar.ProgressBar
	kinds, of, left string
	shown           string // the last estimate
}

func newBar(w io.Writer) *bar {
	return &bar{w: w, bar: progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("reading"), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())}
}

func (b *bar) describe() { b.bar.Describe("reading " + b.kinds + b.of + b.left) }

func (b *bar) Reading(kinds string) { b.kinds, b.of = kinds, ""; b.describe() }
func (b *bar) Read(n int)           { _ = b.bar.Add(n) } // a bar that cannot be drawn stops nothing
func (b *bar) Of(n, all int)        { b.of = fmt.Sprintf(" (%d of %d)", n, all); b.describe() }

func (b *bar) Say(text string) {
	_ = b.bar.Clear()
	fmt.Fprintln(b.w, text)
}

func (b *bar) Left(d time.Duration, known bool, why string) {
	b.left = ""
	if known {
		text := "less than a minute left"
		if n := int((d + time.Minute/2) / time.Minute); n > 0 {
			text = fmt.Sprintf("about %d min left", n)
		}
		if why != "" && text != b.shown {
			b.Say(text + ", because " + why)
		}
		b.left, b.shown = ", "+text, text
	}
	b.describe()
}

type lines struct {
	w     io.Writer
	kinds string
}

func (l *lines) Say(text string)      { fmt.Fprintln(l.w, text) }
func (l *lines) Reading(kinds string) { l.kinds = kinds }
func (l *lines) Read(n int)           { fmt.Fprintf(l.w, "read %d %s\n", n, l.kinds) }
