package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Growth with the size of the tenant: groups with ten members each, of which all are managed.
// Terraform itself takes more than twice as long for twice as many, so that the provider is
// asked without it, as Terraform would ask: ten reads at a time.

var growth = []int{1_000, 10_000, 100_000}

// fit lays the line a + b·x through the points so that the squares of the relative errors are
// least, since the points are powers of ten apart, and tells the largest of them.
func fit(x, y []float64) (a, b, off float64) {
	var s, sx, sy, sxx, sxy float64
	for i := range x {
		w := 1 / (y[i] * y[i])
		s, sx, sy, sxx, sxy = s+w, sx+w*x[i], sy+w*y[i], sxx+w*x[i]*x[i], sxy+w*x[i]*y[i]
	}
	b = (s*sxy - sx*sy) / (s*sxx - sx*sx)
	a = (sy - b*sx) / s
	for i := range x {
		off = max(off, math.Abs(a+b*x[i]-y[i])/y[i])
	}
	return a, b, off
}

// measureGrowth exports and refreshes tenants of growing size and prints the fits.
func (s *settings) measureGrowth(ctx context.Context) error {
	var exports, refreshes []row
	var counts []float64
	for _, n := range growth {
		z := size{name: fmt.Sprint(n), groups: n}.scaled(s.scale)
		exported, refreshed, err := s.growTo(ctx, z)
		if err != nil {
			return fmt.Errorf("%d groups: %w", n, err)
		}
		counts = append(counts, float64(z.groups))
		exports, refreshes = append(exports, exported), append(refreshes, refreshed)
	}
	printFit(os.Stdout, "export", counts, exports)
	printFit(os.Stdout, "provider's refresh", counts, refreshes)
	return nil
}

func (s *settings) growTo(ctx context.Context, z size) (exported, refreshed row, err error) {
	g, err := s.newStage(ctx, z, 1, false)
	if err != nil {
		return
	}
	defer g.tenant.stop()
	code := filepath.Join(g.dir, "code")
	defer os.RemoveAll(code)
	if exported, err = g.measure(ctx, "entra", "export", g.runExport(code)); err != nil {
		return
	}
	if err = s.out.add(exported, s.routes); err != nil {
		return
	}
	ids, err := readManifest(code)
	if err != nil {
		return
	}
	refreshed, err = g.measure(ctx, "entra", "provider's refresh", func(ctx context.Context) (string, error) {
		return "", g.readAll(ctx, "entra_group", ids["group"])
	})
	if err == nil {
		err = s.out.add(refreshed, s.routes)
	}
	return
}

// printFit prints how requests, time of the processor and seconds grow.
func printFit(w io.Writer, what string, n []float64, rows []row) {
	fmt.Fprintf(w, "\n%s, by the number of groups n:\n", what)
	for _, c := range []struct {
		name string
		of   func(row) float64
	}{
		{"requests", func(r row) float64 { return float64(r.Requests) }},
		{"seconds of the processor", func(r row) float64 { return r.CPUSeconds }},
		{"seconds", func(r row) float64 { return r.Seconds }},
		{"MB at most", func(r row) float64 { return r.PeakMB }},
	} {
		var y []float64
		for _, r := range rows {
			y = append(y, c.of(r))
		}
		a, b, off := fit(n, y)
		fmt.Fprintf(w, "  %-25s %.3g + %.3g n, off by at most %.0f %%: measured %.4g\n", c.name, a, b, 100*off, y)
	}
}
