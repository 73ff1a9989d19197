package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is one server with one number of subscribers, measured once.
type result struct {
	cpu       float64 // microseconds of the server for each event that arrived
	rate      float64 // events a second that were published
	streaming float64 // bytes that a subscriber adds to the server, while events flow
	settled   float64 // the same after a garbage collection
	lost      int     // events that did not arrive
}

// fanout measures every server at every step, round by round, so that what else
// the machine does falls on all alike.
func fanout(ctx context.Context, p plan) error {
	steps, err := affordable(p.steps)
	if err != nil {
		return err
	}
	results := make(map[step]map[string][]result)
	for round := range p.rounds {
		fmt.Fprintf(os.Stderr, "fan-out, round %d of %d\n", round+1, p.rounds)
		for _, s := range steps {
			for _, k := range kinds {
				r, err := measure(ctx, k.name, s)
				if err != nil {
					return fmt.Errorf("fan-out of %s to %d: %w", k.name, s.subscribers, err)
				}
				if results[s] == nil {
					results[s] = make(map[string][]result)
				}
				results[s][k.name] = append(results[s][k.name], r)
			}
		}
	}
	printFanout(steps, results, p.rounds)
	printComparison(steps, results)
	return nil
}

// affordable leaves out the steps for which there are too few descriptors.
func affordable(steps []step) ([]step, error) {
	const others = 64
	limit, err := raiseDescriptors()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s step) bool {
		short := uint64(s.subscribers+others) > limit
		if short {
			fmt.Printf("%d subscribers left out: a process may have %d descriptors only\n", s.subscribers, limit)
		}
		return short
	}), nil
}

// measure runs one server and its clients, in a process each.
func measure(ctx context.Context, name string, s step) (r result, err error) {
	server, err := startChild(ctx, "serve", name)
	if err != nil {
		return r, err
	}
	defer server.end()
	var port int
	if err := server.ask("", &port); err != nil {
		return r, err
	}
	who := clienteleOf(name, port)
	before, err := warm(ctx, server, who)
	if err != nil {
		return r, err
	}
	who.count = s.subscribers
	clients, err := subscribe(ctx, server, who, s.rate)
	if err != nil {
		return r, err
	}
	defer clients.end()
	if r, err = deliver(server, clients, s); err != nil {
		return r, err
	}
	streaming, err := resident(server, false)
	if err != nil {
		return r, err
	}
	settled, err := resident(server, true)
	if err != nil {
		return r, err
	}
	r.streaming = (streaming - before) / float64(s.subscribers)
	r.settled = (settled - before) / float64(s.subscribers)
	return r, nil
}

// clienteleOf is the clients of a server, yet to be counted.
func clienteleOf(name string, port int) clientele {
	c := clientele{port: port, path: "/?stream=" + r3Stream, end: mark}
	if name == gzipName {
		c.gzip, c.end = true, markOfPacked
	}
	return c
}

// warm makes a server do once what it will do, and returns the memory that it
// has afterwards, without subscribers.
func warm(ctx context.Context, server *child, who clientele) (float64, error) {
	who.count = 20
	clients, err := subscribe(ctx, server, who, 50)
	if err != nil {
		return 0, err
	}
	clients.end()
	time.Sleep(100 * time.Millisecond)
	return resident(server, true)
}

// subscribe starts clients and waits until each of them gets events.
func subscribe(ctx context.Context, server *child, who clientele, rate int) (*child, error) {
	clients, err := startChild(ctx, who.arguments()...)
	if err != nil {
		return nil, err
	}
	var connected int
	if err := clients.ask("", &connected); err != nil {
		clients.end()
		return nil, err
	}
	const patience = 20
	for range patience {
		if err := server.ask(fmt.Sprint("publish 2 ", rate), new(int64)); err != nil {
			break
		}
		if r, err := clients.awaitEvents(1, 300*time.Millisecond); err == nil && r.least > 0 {
			return clients, nil
		}
	}
	clients.end()
	return nil, fmt.Errorf("not every client got an event")
}

// deliver publishes the events of a step. They count as the server's work until
// the last client has them.
func deliver(server, clients *child, s step) (r result, err error) {
	const quiet = 500 * time.Millisecond
	if _, err := clients.awaitEvents(^uint64(0), quiet); err != nil {
		return r, err
	}
	if err := clients.ask("reset", new(string)); err != nil {
		return r, err
	}
	begin, err := cpuTime(server.pid())
	if err != nil {
		return r, err
	}
	var nanoseconds int64
	if err := server.ask(fmt.Sprintf("publish %d %d", s.events, s.rate), &nanoseconds); err != nil {
		return r, err
	}
	got, err := clients.awaitEvents(uint64(s.events), quiet)
	if err != nil {
		return r, err
	}
	end, err := cpuTime(server.pid())
	if err != nil {
		return r, err
	}
	r.lost = s.events*s.subscribers - int(got.total)
	if got.most > uint64(s.events) {
		return r, fmt.Errorf("a client got %d events of %d", got.most, s.events)
	}
	r.cpu = float64((end - begin).Nanoseconds()) / 1e3 / float64(max(1, got.total))
	r.rate = float64(s.events) / time.Duration(nanoseconds).Seconds()
	return r, nil
}

// resident is the memory of the server, settled or as it stands. The buffers of
// its sockets belong to the kernel and are not in it.
func resident(server *child, settled bool) (float64, error) {
	if settled {
		if err := server.ask("settle", new(string)); err != nil {
			return 0, err
		}
	}
	bytes, err := memory(server.pid(), "Rss")
	return float64(bytes), err
}

func printFanout(steps []step, results map[step]map[string][]result, rounds int) {
	title("Fan-out: one event of %d bytes of data to every subscriber (medians of %d rounds; server process alone)", payloadSize, rounds)
	t := newTable("subscribers", "server", "version", "events/s", "CPU/event us", "least", "most", "memory/subscriber KB", "settled KB", "lost")
	for _, s := range steps {
		for _, k := range kinds {
			rows := results[s][k.name]
			cpu := collect(rows, func(r result) float64 { return r.cpu })
			t.add(strconv.Itoa(s.subscribers), k.name, version(k.module),
				fmt.Sprintf("%.1f", median(collect(rows, func(r result) float64 { return r.rate }))),
				fmt.Sprintf("%.2f", median(cpu)), fmt.Sprintf("%.2f", slices.Min(cpu)), fmt.Sprintf("%.2f", slices.Max(cpu)),
				perSubscriber(s, rows, func(r result) float64 { return r.streaming }),
				perSubscriber(s, rows, func(r result) float64 { return r.settled }),
				losses(s, rows))
		}
	}
	t.print()
	fmt.Println("floor: a loop of write() over the sockets. settled: after a garbage collection that gives all back.")
	fmt.Println("lost: did not arrive; tacho skips to the newest for who is slow, and tells the client.")
	fmt.Println("With 1 subscriber, an event costs what waking an idle Go process does.")
}

// tooFew is the number of subscribers whose memory drowns in the process's own.
const tooFew = 100

func perSubscriber(s step, rows []result, of func(result) float64) string {
	if s.subscribers < tooFew {
		return "-"
	}
	return fmt.Sprintf("%.1f", median(collect(rows, of))/1024)
}

func losses(s step, rows []result) string {
	lost := 0
	for _, r := range rows {
		lost += r.lost
	}
	return fmt.Sprintf("%d of %d", lost, len(rows)*s.events*s.subscribers)
}

// version is that of a module in this program, "-" for none.
func version(module string) string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "-"
	}
	for _, dep := range build.Deps {
		if dep.Path == module {
			return dep.Version
		}
	}
	return "-"
}

// quantity is one that is compared.
type quantity struct {
	name string
	of   func(result) float64
	few  bool // is told from the process's own even with few subscribers
}

var quantities = []quantity{
	{"CPU/event", func(r result) float64 { return r.cpu }, true},
	{"memory/subscriber", func(r result) float64 { return r.streaming }, false},
	{"memory settled", func(r result) float64 { return r.settled }, false},
}

// printComparison sets both forms of tacho beside the best of the others, and says
// where one is worse.
func printComparison(steps []step, results map[step]map[string][]result) {
	title("tacho beside the best of naive, go-sse and r3labs/sse, and beside the floor (medians of the rounds' ratios)")
	t := newTable("", "subscribers", "best", "tacho / best", "tacho / floor", "gzip / best", "gzip / floor")
	var worse []string
	for _, q := range quantities {
		for _, s := range steps {
			if !q.few && s.subscribers < tooFew {
				continue
			}
			best := bestOf(results[s], q)
			row := []string{q.name, strconv.Itoa(s.subscribers), best}
			for _, ours := range []string{tachoName, gzipName} {
				ratio := ratioTo(results[s], ours, best, q)
				overFloor := "-"
				if q.few {
					overFloor = fmt.Sprintf("%.2f", ratioTo(results[s], ours, floorName, q))
				}
				row = append(row, fmt.Sprintf("%.2f", ratio), overFloor)
				if ratio > 1 {
					worse = append(worse, fmt.Sprintf("%s at %d (%s, %.2f of %s)", q.name, s.subscribers, ours, ratio, best))
				}
			}
			t.add(row...)
		}
	}
	t.print()
	if len(worse) == 0 {
		fmt.Println("tacho is worse than the best of them nowhere.")
		return
	}
	fmt.Println("tacho is worse in:", strings.Join(worse, "; ")+".")
}

// bestOf names the server of others, the floor left out, that needs least.
func bestOf(results map[string][]result, q quantity) string {
	others := slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool { return k.ours || k.name == floorName })
	return slices.MinFunc(others, func(a, b kind) int {
		return cmp.Compare(median(collect(results[a.name], q.of)), median(collect(results[b.name], q.of)))
	}).name
}

// ratioTo compares ours round by round with what ran beside it.
func ratioTo(results map[string][]result, ours, name string, q quantity) float64 {
	ratios := make([]float64, len(results[name]))
	for i, other := range results[name] {
		ratios[i] = q.of(results[ours][i]) / q.of(other)
	}
	return median(ratios)
}
