package stream_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/tacho-monitor/tacho/stream"
)

// visit asks for a stream as a client at an address that is no EventSource. It
// returns how that client leaves, and the status that it was answered with.
func visit(t *testing.T, h *stream.Handler, from string) (leave func(), code int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	go h.Serve(w, r, stream.Selection{})
	synctest.Wait()
	return func() {
		cancel()
		synctest.Wait()
	}, w.Code
}

func TestGate(t *testing.T) {
	const in, crowded, greedy = 200, 503, 429
	for name, c := range map[string]struct {
		gate *stream.Gate
		from []string
		want []int
	}{
		"none":                     {nil, []string{"192.0.2.1:1", "192.0.2.1:2"}, []int{in, in}},
		"zero":                     {&stream.Gate{}, []string{"192.0.2.1:1", "192.0.2.1:2"}, []int{in, in}},
		"in all":                   {&stream.Gate{Total: 2}, []string{"192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"}, []int{in, in, crowded}},
		"of an address":            {&stream.Gate{PerAddress: 1}, []string{"192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"}, []int{in, greedy, in}},
		"mapped is the same":       {&stream.Gate{PerAddress: 1}, []string{"192.0.2.1:1", "[::ffff:192.0.2.1]:2"}, []int{in, greedy}},
		"a network of IPv6 is one": {&stream.Gate{PerAddress: 1}, []string{"[2001:db8::1]:1", "[2001:db8::2:0:0:1]:1", "[2001:db8:0:1::1]:1"}, []int{in, greedy, in}},
		"a zone is no matter":      {&stream.Gate{PerAddress: 1}, []string{"[fe80::1%a]:1", "[fe80::2%b]:1"}, []int{in, greedy}},
		"loopback has proxies":     {&stream.Gate{PerAddress: 1}, []string{"127.0.0.1:1", "127.0.0.1:2", "[::1]:1", "[::1]:2", "[::ffff:127.0.0.1]:1"}, []int{in, in, in, in, in}},
		"loopback counts in all":   {&stream.Gate{Total: 1}, []string{"127.0.0.1:1", "127.0.0.1:2"}, []int{in, crowded}},
		"a Unix socket":            {&stream.Gate{PerAddress: 1}, []string{"@", "", "@"}, []int{in, in, in}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHandler(&stream.Hub{})
				h.Gate = c.gate
				for range 2 { // nothing is left of those who have gone
					var codes []int
					var leaves []func()
					for _, from := range c.from {
						leave, code := visit(t, h, from)
						codes, leaves = append(codes, code), append(leaves, leave)
					}
					if !slices.Equal(codes, c.want) {
						t.Errorf("%v, want %v", codes, c.want)
					}
					for _, leave := range leaves {
						leave()
					}
				}
			})
		})
	}
}

func TestHandlersShareAGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := &stream.Gate{Total: 1}
		one, two := newHandler(&stream.Hub{}), newHandler(&stream.Hub{})
		one.Gate, two.Gate = gate, gate
		leave, _ := visit(t, one, "127.0.0.1:1")
		if _, code := visit(t, two, "127.0.0.1:2"); code != http.StatusServiceUnavailable {
			t.Errorf("status %d", code)
		}
		leave()
		leave, code := visit(t, two, "127.0.0.1:3")
		if code != http.StatusOK {
			t.Errorf("status %d", code)
		}
		leave()
	})
}

func TestRefusalIsTheServers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHandler(&stream.Hub{})
		h.Gate = &stream.Gate{PerAddress: 1}
		var said string
		h.Refuse = func(w http.ResponseWriter, _ *http.Request, code int, detail string) {
			said = detail
			w.WriteHeader(code)
		}
		leave, _ := visit(t, h, "192.0.2.1:1")
		defer leave()
		if _, code := visit(t, h, "192.0.2.1:2"); code != http.StatusTooManyRequests || !strings.Contains(said, "this address") {
			t.Errorf("status %d, %q", code, said)
		}
	})
}
