package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

const (
	ticks   = 60
	sweeps  = 3
	working = time.Minute
)

// shift is how elements of a kind moved though nobody asked for it.
type shift struct {
	Value float64 `json:"value"` // their part of the cumulative layout shift
	Times int     `json:"times"`
	Last  string  `json:"last"` // x, y, width and height, before and after
}

// still prints how much of the page moves while it should not.
func (w *window) still(s size) error {
	if err := w.pause(settling); err != nil {
		return err
	}
	return w.shifts(fmt.Sprintf("%s: layout shift over %s", s, settling))
}

func (w *window) shifts(name string) error {
	moved, err := eval[map[string]shift](w, `probe.shifts`)
	if err != nil {
		return err
	}
	var total float64
	for _, s := range moved {
		total += s.Value
	}
	worst, err := eval[float64](w, `probe.cumulative`)
	if err != nil {
		return err
	}
	t := newTable(name, "", "goal")
	t.add("cumulative, of the worst five seconds", fmt.Sprintf("%.4f", worst), "0")
	t.add("of all the time", fmt.Sprintf("%.4f", total), "")
	most := slices.SortedFunc(maps.Keys(moved), func(a, b string) int { return cmp.Compare(moved[b].Value, moved[a].Value) })
	for _, element := range most {
		s := moved[element]
		t.add("  "+element, fmt.Sprintf("%.4f", s.Value), fmt.Sprintf("%d times, at last %s", s.Times, s.Last))
	}
	t.print()
	return nil
}

// paints prints how long a tick takes to be seen.
func (w *window) paints() error {
	times, err := eval[[]float64](w, fmt.Sprintf(`probe.paints(%d)`, ticks))
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("tick to paint, of %d", ticks), "", "goal")
	t.add("p50", milliseconds(quantile(times, 0.50)), "")
	t.add("p95", milliseconds(quantile(times, 0.95)), "< 50 ms")
	t.add("most", milliseconds(slices.Max(times)), "")
	t.print()
	return nil
}

// work prints what the main thread of an untouched page does.
func (w *window) work() error {
	before, err := w.now()
	if err != nil {
		return err
	}
	if err := w.pause(working); err != nil {
		return err
	}
	after, err := w.now()
	if err != nil {
		return err
	}
	percent := func(name string) string {
		return fmt.Sprintf("%.2f %%", 100*(after.metrics[name]-before.metrics[name])/(after.metrics["Timestamp"]-before.metrics["Timestamp"]))
	}
	t := newTable(fmt.Sprintf("main thread, of %s", working), "", "goal")
	t.add("TaskDuration", percent("TaskDuration"), "<= 3 %")
	for _, part := range []string{"ScriptDuration", "LayoutDuration", "RecalcStyleDuration", "ThreadTime"} {
		t.add(part, percent(part), "")
	}
	t.addSince(before, after)
	t.print()
	return nil
}

// moment is what the page holds, and what it has done since it was loaded.
type moment struct {
	at       time.Duration      // since the page was opened
	metrics  map[string]float64 // by the browser's names for them
	heap     heap               // of moments without garbage
	elements map[string]int     // in each panel: a longer list of events is no leak
	ticks    int
	long     int // tasks of more than 50 ms
	requests []request
}

// streamed is how many bytes have come as a stream.
func (m moment) streamed() float64 {
	streams, _ := apart(m.requests)
	return sum(streams)
}

func (w *window) now() (m moment, err error) {
	if m.metrics, err = w.metrics(); err != nil {
		return m, err
	}
	if m.ticks, err = eval[int](w, `probe.ticks`); err != nil {
		return m, err
	}
	m.elements, err = eval[map[string]int](w, `Object.fromEntries([...document.querySelectorAll(".panel, dialog")].map((p) => [p.id, p.querySelectorAll("*").length]))`)
	if err != nil {
		return m, err
	}
	m.requests = w.asked()
	m.long, err = eval[int](w, `probe.long`)
	return m, err
}

// keptAt is now, without garbage, some time after begun.
func (w *window) keptAt(begun time.Time, at time.Duration) (moment, error) {
	if err := w.pause(time.Until(begun.Add(at))); err != nil {
		return moment{}, err
	}
	var m moment
	// A tick between the sweep and the look leaves garbage: the least is what is kept.
	for range sweeps {
		if err := w.sweep(); err != nil {
			return m, err
		}
		now, err := w.now()
		if err != nil {
			return m, err
		}
		if m.metrics == nil || now.metrics["JSHeapUsedSize"] < m.metrics["JSHeapUsedSize"] {
			m = now
		}
	}
	m.at = time.Since(begun).Round(time.Second)
	var err error
	m.heap, err = w.heap()
	return m, err
}

// growth prints how a page that was left open differs from what it was.
func growth(first, middle, last moment) {
	t := newTable("kept by the page", "at "+first.at.String(), "at "+middle.at.String(), "at "+last.at.String(), "change", "goal")
	row := func(name string, of func(moment) float64, goal string) {
		from, to := of(first), of(last)
		t.add(name, fmt.Sprintf("%.0f", from), fmt.Sprintf("%.0f", of(middle)), fmt.Sprintf("%.0f", to), fmt.Sprintf("%+.1f %%", 100*(to-from)/from), goal)
	}
	for _, name := range []string{"JSHeapUsedSize", "Nodes", "JSEventListeners"} {
		row(name, func(m moment) float64 { return m.metrics[name] }, "within 5 %")
	}
	row("  heap, of data", func(m moment) float64 { return m.heap.data }, "within 5 %")
	row("  heap, of code", func(m moment) float64 { return m.heap.code }, "")
	for _, panel := range slices.Sorted(maps.Keys(last.elements)) {
		if from, to := first.elements[panel], last.elements[panel]; from != to {
			t.add("  elements of "+panel, fmt.Sprint(from), fmt.Sprint(middle.elements[panel]), fmt.Sprint(to), fmt.Sprintf("%+d", to-from), "")
		}
	}
	t.print()
	ticks := last.ticks - first.ticks
	t = newTable(fmt.Sprintf("in these %s", last.at-first.at), "", "goal")
	t.add("ticks", fmt.Sprint(ticks), "")
	t.add("stream, a tick", kilobytes((last.streamed()-first.streamed())/float64(ticks)), "")
	t.addSince(first, last)
	t.print()
}

// addSince adds what should not be while nobody touches the page.
func (t *table) addSince(before, after moment) {
	t.add("tasks of more than 50 ms", fmt.Sprint(after.long-before.long), "0")
	fresh := after.requests[len(before.requests):]
	t.add("requests, streams included", fmt.Sprint(len(fresh)), "0")
	for _, r := range fresh {
		t.add("  "+r.url, kilobytes(r.bytes), r.kind)
	}
}
