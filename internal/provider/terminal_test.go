package provider

import (
	"os"
	"strings"
	"testing"
)

// TestNobodyToShowTo: where there is no terminal, a device code ends the
// sign-in and says what to do instead.
func TestNobodyToShowTo(t *testing.T) {
	t.Parallel()
	if f, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
		_ = f.Close()
		t.Skip("there is a terminal")
	}
	if err := onTerminal("To sign in, use the code ABC"); err == nil || !strings.Contains(err.Error(), "use_interactive") {
		t.Error(err)
	}
}
