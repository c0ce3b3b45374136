package provider

import (
	"fmt"
	"os"
	"runtime"
)

// onTerminal shows a message to the person in front of Terraform. A plugin's
// own output goes to Terraform's log, so it is written to the terminal itself.
func onTerminal(message string) error {
	name := "/dev/tty"
	if runtime.GOOS == "windows" {
		name = "CONOUT$"
	}
	terminal, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintf(terminal, "\n%s\n\n", message)
		_ = terminal.Close()
	}
	if err != nil {
		return fmt.Errorf("a device code has to be shown to somebody, and there is no terminal: %w. Use use_interactive, or a credential that needs nobody", err)
	}
	return nil
}
