package cli

import (
	"fmt"
	"time"

	"github.com/entrarecovery/terraform-provider-entra/internal/emulator"
	"github.com/spf13/cobra"
)

// troubleFlags are those of emulate that make the tenant as slow and as stubborn as a
// real one.
type troubleFlags struct {
	lag          time.Duration
	throttle     string
	noRetryAfter bool
	speed        int
}

func (f *troubleFlags) add(c *cobra.Command) {
	c.Flags().DurationVar(&f.lag, "lag", 0, "how long until every read sees a write; lists, filters and bins take longer")
	c.Flags().StringVar(&f.throttle, "throttle", "off", "documented: the limits that Microsoft documents; or off")
	c.Flags().BoolVar(&f.noRetryAfter, "without-retry-after", false, "leave Retry-After out of the directory's 429s")
	c.Flags().IntVar(&f.speed, "speed", 1, "how many times as fast as Microsoft's the lag and the throttling run")
}

func (f *troubleFlags) options() ([]emulator.Option, error) {
	opts := []emulator.Option{emulator.WithLag(f.lag), emulator.WithSpeed(f.speed)}
	if f.lag < 0 {
		return nil, usageError{fmt.Errorf("--lag %s is negative", f.lag)}
	}
	if f.speed < 1 {
		return nil, usageError{fmt.Errorf("--speed %d is less than 1", f.speed)}
	}
	switch f.throttle {
	case "documented":
		opts = append(opts, emulator.WithDocumentedThrottling())
	case "off":
		if f.noRetryAfter {
			return nil, usageError{fmt.Errorf("--without-retry-after needs --throttle documented")}
		}
	default:
		return nil, usageError{fmt.Errorf("--throttle %q is neither documented nor off", f.throttle)}
	}
	if f.noRetryAfter {
		opts = append(opts, emulator.WithoutRetryAfter())
	}
	return opts, nil
}
