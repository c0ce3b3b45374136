// Command terraform-provider-entra is a Terraform provider, when Terraform
// starts it, and a command line tool otherwise: it exports a tenant as
// Terraform code, brings import blocks up to date, and emulates a tenant.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/cli"
	"github.com/entrarecovery/terraform-provider-entra/internal/provider"
)

// version is set by the linker.
var version = "0.0.0"

// magicCookie is in the environment when Terraform starts a plugin:
// https://pkg.go.dev/github.com/hashicorp/go-plugin#HandshakeConfig
const magicCookie = "TF_PLUGIN_MAGIC_COOKIE"

func main() {
	debug := len(os.Args) == 2 && (os.Args[1] == "-debug" || os.Args[1] == "--debug")
	if len(os.Args) == 1 && os.Getenv(magicCookie) != "" || debug {
		serve(debug)
		return
	}
	ctx, stop := cli.Interruptible()
	code := cli.Run(ctx, version, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func serve(debug bool) {
	if !debug {
		go endWith(os.Getppid())
	}
	if err := provider.Serve(version, debug); err != nil {
		fmt.Fprintln(os.Stderr, "terraform-provider-entra:", err)
		os.Exit(1)
	}
}

// endWith ends the plugin once the engine that started it is gone. One that was killed
// takes no plugin with it, and nobody would ever end this process, which holds a token.
// Nothing is asked of Graph by then: the requests of an engine end with its connection.
func endWith(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}
