// Command measure prints what the page costs a browser: its load, what it does
// at each tick, and what it holds after it was left open.
//
// Run it from the directory of the test module, after make build, on a machine
// that has nothing else to do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/tacho-monitor/tacho/test/browser"
	"github.com/tacho-monitor/tacho/test/program"
)

// settled is when the page has all that it will ever keep: charts of 300 ticks.
func settled(interval time.Duration) time.Duration { return max(time.Minute, 301*interval) }

var desk, phone = size{1280, 900}, size{360, 800}

func main() {
	open := flag.Duration("for", 10*time.Minute, "how long the page stays open, longer than 300 ticks and two minutes")
	interval := flag.Duration("interval", time.Second, "time between two ticks")
	flag.Parse()
	if flag.NArg() != 0 || *open < settled(*interval)+2*working {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *open, *interval); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, open, interval time.Duration) (err error) {
	scratch, err := os.MkdirTemp("", "tacho")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	chromium, stop, err := browser.Start()
	if err != nil {
		return err
	}
	defer stop()
	// Whatever waits for the browser ends with it.
	defer context.AfterFunc(ctx, stop)()
	tacho, err := program.Start(scratch, "--interval="+interval.String())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tacho.Stop()) }()

	fmt.Printf("a tick each %s, the page open for %s\n", interval, open)
	for _, s := range []size{phone, desk} {
		if err := loading(chromium, tacho.URL, s); err != nil {
			return err
		}
	}
	if err := glance(chromium, tacho.URL, phone); err != nil {
		return err
	}
	if err := stay(chromium, tacho.URL, desk, open, interval); err != nil {
		return err
	}
	return opening(chromium, tacho.URL, desk)
}

// glance has the page open for a short time.
func glance(chromium context.Context, url string, s size) error {
	w, _, err := loaded(chromium, url, s)
	if err != nil {
		return err
	}
	defer w.close()
	return w.still(s)
}

// stay has the page open for a long time.
func stay(chromium context.Context, url string, s size, open, interval time.Duration) error {
	begun := time.Now()
	w, _, err := loaded(chromium, url, s)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.still(s); err != nil {
		return err
	}
	full := settled(interval)
	first, err := w.keptAt(begun, full)
	if err != nil {
		return err
	}
	if err := errors.Join(w.paints(), w.work()); err != nil {
		return err
	}
	middle, err := w.keptAt(begun, (full+open)/2)
	if err != nil {
		return err
	}
	last, err := w.keptAt(begun, open)
	if err != nil {
		return err
	}
	growth(first, middle, last)
	return w.shifts(fmt.Sprintf("%s: layout shift in all", s))
}

// opening prints how a stream begins.
func opening(chromium context.Context, url string, s size) error {
	w, l, err := loaded(chromium, url, s)
	if err != nil {
		return err
	}
	defer w.close()
	t := newTable("stream, with all the history that it opens with", "", "goal")
	t.add("opening", kilobytes(l.opening), "")
	t.print()
	return nil
}
