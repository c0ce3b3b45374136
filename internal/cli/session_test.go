package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this program the command, for the sessions in testdata.
func TestMain(m *testing.M) {
	_ = os.Setenv("GOGC", "800") // of engines, which live for a second: a quarter of the time otherwise
	testscript.Main(m, map[string]func(){
		"terraform-provider-entra": func() {
			ctx, stop := Interruptible()
			defer stop()
			os.Exit(Run(ctx, "1.2.3", os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
		},
	})
}

// TestSessions runs what people type, and reads what they would see.
func TestSessions(t *testing.T) {
	t.Parallel()
	tenant, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		e.Setenv("TENANT", tenant+"/tenant")
		return nil
	}})
}
