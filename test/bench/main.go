// Command bench prints what tacho costs: sampling, rendering, fan-out beside
// other SSE servers, and the whole process. Run it through test/bench/run, from
// the root of the repository.
//
// Load and servers stay on loopback, each in a process of its own, and all of
// them end when this one does.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// limit is how long everything may take: a bench that hangs must not outlive
// the patience of whoever started it.
const limit = 20 * time.Minute

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command runs what args name. "serve" and "load" are the two sides of a
// fan-out, which the bench starts itself.
func command(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		return bench(ctx, full)
	case len(args) == 1 && args[0] == "quick":
		return bench(ctx, quick)
	case len(args) == 1 && args[0] == "process":
		describeMachine()
		return process(ctx, full)
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1])
	case len(args) > 1 && args[0] == "load":
		return load(args[1:])
	case len(args) == 1 && args[0] == "fanout":
		describeMachine()
		return fanout(ctx, full)
	case len(args) == 1 && args[0] == "clients":
		describeMachine()
		return hostile(ctx, full)
	}
	return fmt.Errorf("usage: run [quick|process|fanout|clients]")
}

// plan is how long to measure.
type plan struct {
	codeRounds int    // of the Go benchmarks
	codeTime   string // of one Go benchmark, as -benchtime
	rounds     int    // of the fan-out
	steps      []step
	held       int           // events to the most clients, one a second
	slow       time.Duration // beside clients that do not read
	cycles     int           // of connecting and being killed
	idle       time.Duration // of the whole process, unwatched
	watched    time.Duration // of the whole process, each number of viewers
}

// step is one size of the fan-out.
type step struct {
	subscribers int
	rate        int // events a second
	events      int // that are measured
}

var (
	full = plan{
		codeRounds: 3,
		codeTime:   "300ms",
		rounds:     5,
		steps:      []step{{1, 10, 20}, {1000, 10, 20}, {10000, 10, 30}},
		held:       60,
		slow:       10 * time.Second,
		cycles:     10_000,
		idle:       60 * time.Second,
		watched:    10 * time.Second,
	}
	quick = plan{
		codeRounds: 1,
		codeTime:   "100ms",
		rounds:     1,
		steps:      []step{{1, 10, 10}, {1000, 10, 10}, {10000, 10, 10}},
		held:       5,
		slow:       3 * time.Second,
		cycles:     1000,
		idle:       5 * time.Second,
		watched:    3 * time.Second,
	}
)

// bench prints every table. A part that fails does not stop the others.
func bench(ctx context.Context, p plan) error {
	describeMachine()
	var failed error
	for _, part := range []func(context.Context, plan) error{code, fanout, hostile, process} {
		if err := part(ctx, p); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			failed = fmt.Errorf("not everything could be measured")
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return failed
}
