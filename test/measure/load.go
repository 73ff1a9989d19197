package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

const (
	loads    = 5
	settling = 30 * time.Second // in which nothing of the page may move
)

type size struct{ width, height int64 }

func (s size) String() string { return fmt.Sprintf("%d x %d", s.width, s.height) }

// load is one of the page, by a browser that has nothing of it.
type load struct {
	requests []request
	streams  int
	opening  float64 // bytes of the stream until the page was live
	paint    float64 // milliseconds until something was to be seen
}

// loaded loads the page, and leaves it open.
func loaded(chromium context.Context, url string, size size) (*window, load, error) {
	w, err := open(chromium, url, size)
	if err != nil {
		return nil, load{}, err
	}
	l, err := w.loaded()
	if err != nil {
		w.close()
	}
	return w, l, err
}

func (w *window) loaded() (l load, err error) {
	streams, others := apart(w.asked())
	l = load{requests: others, streams: len(streams), opening: sum(streams)}
	if l.paint, err = eval[float64](w, `performance.getEntriesByName("first-contentful-paint")[0].startTime`); err != nil {
		return l, err
	}
	linked, err := eval[[]string](w, `[...document.querySelectorAll("link[rel~=icon], link[rel=manifest], link[rel=apple-touch-icon]")].map((link) => link.href)`)
	if err != nil {
		return l, err
	}
	return l, l.fetch(linked)
}

// fetch gets what a browser without a window leaves out, as one with a window
// would.
func (l *load) fetch(urls []string) error {
	client := http.Client{Timeout: program.Patience, Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
	for _, url := range urls {
		if !strings.HasPrefix(url, "http") || slices.ContainsFunc(l.requests, func(r request) bool { return r.url == url }) {
			continue
		}
		n, err := transferred(&client, url)
		if err != nil {
			return err
		}
		l.requests = append(l.requests, request{url: url, kind: "Linked", bytes: n})
	}
	return nil
}

func transferred(client *http.Client, url string) (float64, error) {
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	request.Header.Set("Accept-Encoding", "gzip, deflate")
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, response.Status)
	}
	var headers counter
	response.Header.Write(&headers)
	n, err := io.Copy(io.Discard, response.Body)
	return float64(n) + float64(headers), err
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(data []byte) (int, error) {
	*c += counter(len(data))
	return len(data), nil
}

// cold loads the page some times, and returns the last one and when each was to
// be seen.
func cold(chromium context.Context, url string, s size) (l load, paints []float64, err error) {
	for range loads {
		var w *window
		if w, l, err = loaded(chromium, url, s); err != nil {
			return l, nil, err
		}
		w.close()
		paints = append(paints, l.paint)
	}
	return l, paints, nil
}

// loading prints what it takes to load the page.
func loading(chromium context.Context, url string, s size) error {
	l, paints, err := cold(chromium, url, s)
	if err != nil {
		return err
	}
	t := newTable(fmt.Sprintf("%s: load, cold cache", s), "", "goal")
	t.add("requests beside the stream", fmt.Sprint(len(l.requests)), "<= 8")
	t.add("transferred", kilobytes(sum(l.requests)), "<= 120 KB")
	for _, r := range l.requests {
		t.add("  "+strings.TrimPrefix(r.url, url), kilobytes(r.bytes), r.kind)
	}
	t.add("streams", fmt.Sprint(l.streams), "1")
	t.add(fmt.Sprintf("first contentful paint, median of %d", loads), milliseconds(quantile(paints, 0.5)), "< 200 ms")
	t.add("  slowest", milliseconds(slices.Max(paints)), "")
	t.print()
	return nil
}
