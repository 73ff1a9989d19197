package collector

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Load is the run queue. Source: /proc/loadavg, /proc/stat (procs_blocked).
type Load struct {
	One     float64 `json:"load_1m" from:"/proc/loadavg: its first number"` // tasks running or in uninterruptible sleep, averaged
	Five    float64 `json:"load_5m" from:"/proc/loadavg: its second number"`
	Fifteen float64 `json:"load_15m" from:"/proc/loadavg: its third number"`
	Running uint64  `json:"running" from:"/proc/loadavg: what precedes the slash"` // tasks runnable now, the one that reads this among them
	Blocked uint64  `json:"blocked" from:"/proc/stat: procs_blocked"`              // tasks waiting for I/O now
	Tasks   uint64  `json:"tasks" from:"/proc/loadavg: what follows the slash"`    // threads that exist
}

// NewLoad returns the collector of Load.
func NewLoad() Collector[Load] { return new(loadReader).read }

type loadReader struct {
	buf []byte
}

func (r *loadReader) read(ctx context.Context) (Load, error) {
	averages, err := r.readProc(ctx, "loadavg")
	if err != nil {
		return Load{}, fmt.Errorf("load: %w", err)
	}
	load, err := parseLoad(string(averages))
	if err != nil {
		return Load{}, fmt.Errorf("load: /proc/loadavg: %w", err)
	}
	// gopsutil's load.Misc lists all processes besides: most of its 56 us on a
	// machine with 75 of them.
	stat, err := r.readProc(ctx, "stat")
	if err != nil {
		return Load{}, fmt.Errorf("load: %w", err)
	}
	if load.Blocked, err = parseStatLine(stat, "procs_blocked"); err != nil {
		return Load{}, fmt.Errorf("load: /proc/stat: %w", err)
	}
	return load, nil
}

// readProc gives what is good until the next call.
func (r *loadReader) readProc(ctx context.Context, name string) ([]byte, error) {
	text, err := readProcShared(ctx, name, &r.buf)
	return text, hintAtProc(err)
}

// parseLoad reads "0.38 0.29 0.16 2/85 7203".
func parseLoad(text string) (Load, error) {
	fields := strings.Fields(text)
	if len(fields) < 5 {
		return Load{}, fmt.Errorf("only %d fields", len(fields))
	}
	var load Load
	for i, average := range []*float64{&load.One, &load.Five, &load.Fifteen} {
		var err error
		if *average, err = parseFinite(fields[i]); err != nil {
			return Load{}, err
		}
	}
	running, tasks, _ := strings.Cut(fields[3], "/")
	var err error
	if load.Running, err = strconv.ParseUint(running, 10, 64); err != nil {
		return Load{}, fmt.Errorf("running tasks: %w", err)
	}
	if load.Tasks, err = strconv.ParseUint(tasks, 10, 64); err != nil {
		return Load{}, fmt.Errorf("tasks: %w", err)
	}
	return load, nil
}
