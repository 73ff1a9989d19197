package test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/test/program"
)

// follow opens a stream and hands its lines over as they come. The channel is
// closed when the stream ends.
func follow(t *testing.T, url string, set ...func(*http.Request)) <-chan string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range set {
		f(request)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if kind := response.Header.Get("Content-Type"); response.StatusCode != http.StatusOK || kind != "text/event-stream" {
		t.Fatalf("%s answers %s, %s", url, response.Status, kind)
	}
	out := make(chan string)
	go func() {
		defer close(out)
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			select {
			case out <- lines.Text():
			case <-t.Context().Done():
				return
			}
		}
	}()
	return out
}

// await reads lines until one begins with a prefix, and returns that.
func await(t *testing.T, lines <-chan string, prefix string) string {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, open := <-lines:
			if !open {
				t.Fatalf("the stream ended before a line %q", prefix)
			}
			if strings.HasPrefix(line, prefix) {
				return line
			}
		case <-late:
			t.Fatalf("no line %q", prefix)
		}
	}
}

// Every stream is told, also one that has only begun.
func TestGoodbye(t *testing.T) {
	p := start(t)
	var streams []<-chan string
	for range 5 {
		for _, path := range []string{"api/v1/stream", "api/v1/stream/cpu,memory", "events?replay=all"} {
			streams = append(streams, follow(t, p.URL+path))
		}
	}
	asked := time.Now()
	signal(t, p, syscall.SIGTERM)
	for _, lines := range streams {
		await(t, lines, "retry: ")
		await(t, lines, "event: bye")
		await(t, lines, "data: ")
		for line := range lines {
			if line != "" {
				t.Errorf("after the goodbye: %s", line)
			}
		}
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("tacho took %s to end", took)
	}
}

// Who is impatient and asks again gets the same end, up to the last moment.
func TestAskedToEndAgainAndAgain(t *testing.T) {
	for range 5 {
		p := start(t)
		for p.Signal(syscall.SIGTERM) == nil {
		}
		if err := p.Stop(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "config.yaml", "interval: 1h\n")
	p := startIn(t, dir)
	lines := follow(t, p.URL+"api/v1/stream/load")
	await(t, lines, `data: {"seq"`)
	if code := answer(t, p.URL, "watched.example"); code != http.StatusMisdirectedRequest {
		t.Fatalf("a foreign host name is answered with %d", code)
	}

	write(t, dir, "config.yaml", "interval: 100ms\nallowed_hosts: [watched.example]\n")
	reload(t, p, "settings reloaded")
	for range 3 {
		if head := await(t, lines, `data: {"seq"`); !strings.Contains(head, `"interval_seconds":0.1`) {
			t.Errorf("after the reload: %s", head)
		}
	}
	if code := answer(t, p.URL, "watched.example"); code != http.StatusOK {
		t.Errorf("a host name that is allowed is answered with %d", code)
	}
	if code := answer(t, p.URL, "other.example"); code != http.StatusMisdirectedRequest {
		t.Errorf("another host name is answered with %d", code)
	}

	write(t, dir, "config.yaml", "interval: 5\nallowed_hosts: []\n")
	reload(t, p, "settings not reloaded", "interval: 5 has no unit; write 5s")
	for range 3 {
		if head := await(t, lines, `data: {"seq"`); !strings.Contains(head, `"interval_seconds":0.1`) {
			t.Errorf("after the faulty reload: %s", head)
		}
	}
	if code := answer(t, p.URL, "watched.example"); code != http.StatusOK {
		t.Errorf("after a faulty reload, an allowed host name is answered with %d", code)
	}
}

// reload asks for it and waits until the log has all of words in one line.
func reload(t *testing.T, p *program.Program, words ...string) {
	t.Helper()
	signal(t, p, syscall.SIGHUP)
	eventually(t, func() error {
	next:
		for _, line := range lines(p.Log()) {
			for _, word := range words {
				if !strings.Contains(line, word) {
					continue next
				}
			}
			return nil
		}
		return fmt.Errorf("no line with %q in the log:\n%s", words, p.Log())
	})
}

// answer is the status with which a request for a host name is answered.
func answer(t *testing.T, url, name string) int {
	t.Helper()
	response, _ := get(t, url, host(name))
	return response.StatusCode
}
