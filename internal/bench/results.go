package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

// row is one measurement. Requests are those at the emulator: a $batch is one, its parts
// stand apart. Seconds of the engine are those that it takes with a provider that does
// nothing, where that was measured.
type row struct {
	Time       time.Time      `json:"time"`
	Provider   string         `json:"provider"`
	Objects    string         `json:"objects"`
	Directory  int            `json:"directory"` // times as large as what is managed
	What       string         `json:"what"`
	Requests   int            `json:"requests"`
	Parts      int            `json:"parts"`
	Throttled  int            `json:"throttled"` // answers 429
	Seconds    float64        `json:"seconds"`
	CPUSeconds float64        `json:"cpuSeconds"` // of the provider
	PeakMB     float64        `json:"peakMB"`     // of the provider
	BinaryMB   float64        `json:"binaryMB,omitempty"`
	Cut        bool           `json:"cut,omitempty"`
	Failed     bool           `json:"failed,omitempty"`
	Plan       string         `json:"plan,omitempty"` // what the engine said
	Floor      *floorRow      `json:"floor,omitempty"`
	Engine     float64        `json:"engineSeconds,omitempty"`
	Routes     map[string]int `json:"routes,omitempty"`
}

// floorRow is the floor beside a row, and the ratios. Time is compared with what the quotas
// and the engine take one after the other.
type floorRow struct {
	Requests     int     `json:"requests"`
	Seconds      float64 `json:"seconds"`
	RequestRatio float64 `json:"requestRatio"`
	TimeRatio    float64 `json:"timeRatio,omitempty"`
}

// beside puts a floor and the engine's own time beside a row.
func (r *row) beside(f floor, engine float64) {
	r.Engine = engine
	r.Floor = &floorRow{Requests: f.requests, Seconds: f.seconds, RequestRatio: float64(r.Requests) / float64(max(1, f.requests))}
	if least := f.seconds + engine; engine > 0 {
		r.Floor.TimeRatio = r.Seconds / least
	}
}

// and adds a row to this one: the same thing went on.
func (r row) and(next row) row {
	r.Requests, r.Parts, r.Throttled = r.Requests+next.Requests, r.Parts+next.Parts, r.Throttled+next.Throttled
	r.Seconds, r.CPUSeconds, r.PeakMB = r.Seconds+next.Seconds, r.CPUSeconds+next.CPUSeconds, max(r.PeakMB, next.PeakMB)
	r.Cut, r.Plan = r.Cut || next.Cut, next.Plan
	routes := maps.Clone(r.Routes)
	for route, n := range next.Routes {
		routes[route] += n
	}
	r.Routes = routes
	return r
}

// results collects the rows of a run.
type results struct {
	file  *os.File // nil: no JSON lines
	rows  []row
	notes []string
}

func openResults(file string) (*results, error) {
	if file == "" {
		return &results{}, nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	return &results{file: f}, err
}

// add keeps a row, prints it, and appends it to the file.
func (o *results) add(r row, routes bool) error {
	o.rows = append(o.rows, r)
	fmt.Fprintf(os.Stderr, "%s: %s of %s in ×%d: %d requests, %d parts, %d throttled, %.1f s, %.0f MB  %s\n",
		r.Provider, r.What, r.Objects, r.Directory, r.Requests, r.Parts, r.Throttled, r.Seconds, r.PeakMB, r.Plan)
	if routes {
		for _, route := range slices.SortedFunc(maps.Keys(r.Routes), func(a, b string) int { return r.Routes[b] - r.Routes[a] }) {
			fmt.Fprintf(os.Stderr, "    %6d %s\n", r.Routes[route], route)
		}
	}
	return o.write(r)
}

func (o *results) write(r row) error {
	if o.file == nil {
		return nil
	}
	return json.NewEncoder(o.file).Encode(r)
}

func (o *results) close() error {
	o.table(os.Stdout)
	if o.file == nil {
		return nil
	}
	return o.file.Close()
}

// table prints all rows.
func (o *results) table(w io.Writer) {
	defer func() {
		for _, note := range o.notes {
			fmt.Fprintln(w, note)
		}
	}()
	if len(o.rows) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\nprovider\tobjects\tdirectory\twhat\trequests\tfloor\tratio\tparts\t429\tseconds\tquotas\tengine\tratio\tCPU s\tMB\t")
	for _, r := range o.rows {
		requests, ratio, quotas, engine, timeRatio := "", "", "", "", ""
		if r.Floor != nil {
			requests, ratio = fmt.Sprint(r.Floor.Requests), fmt.Sprintf("%.2f", r.Floor.RequestRatio)
			quotas = fmt.Sprintf("%.1f", r.Floor.Seconds)
			if r.Engine > 0 {
				engine, timeRatio = fmt.Sprintf("%.1f", r.Engine), fmt.Sprintf("%.2f", r.Floor.TimeRatio)
			}
		}
		cut := ""
		switch {
		case r.Cut:
			cut = ">"
		case r.Failed:
			cut = "failed after "
		}
		fmt.Fprintf(t, "%s\t%s\t×%d\t%s\t%d\t%s\t%s\t%d\t%d\t%s%.1f\t%s\t%s\t%s\t%.1f\t%.0f\t\n", r.Provider, r.Objects, r.Directory, r.What,
			r.Requests, requests, ratio, r.Parts, r.Throttled, cut, r.Seconds, quotas, engine, timeRatio, r.CPUSeconds, r.PeakMB)
	}
	_ = t.Flush()
	fmt.Fprint(w, tableNotes)
}

const tableNotes = `
requests: at the emulator, a $batch as one; parts: what the batches held; 429: answers, of requests and of parts.
floor: pages to list, parts in batches, and writes. quotas: seconds for which the documented quotas of writes make anybody wait:
Conditional Access takes one request a second, the directory 20 writes a second. engine: seconds with a provider that does nothing.
ratio (second): seconds to those of the quotas and the engine together. >: cut there, it had not ended.
MB: largest resident size of a process of the provider, or of export.
`
