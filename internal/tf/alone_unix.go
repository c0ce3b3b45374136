//go:build unix

package tf

import (
	"os/exec"
	"syscall"
)

// alone puts the engine into a process group of its own. Otherwise Ctrl-C on a
// terminal would reach it twice, from the terminal and from us, and a second
// interrupt makes an engine stop at once, without saving its state.
func alone(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
