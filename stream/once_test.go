package stream_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/tacho-monitor/tacho/stream"
)

// once asks for what a client lacks, and returns the seqs of what it gets.
func once(t *testing.T, h *stream.Hub, lastEventID, accept string) (ids []string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Last-Event-ID", lastEventID)
	r.Header.Set("Accept-Encoding", accept)
	w := httptest.NewRecorder()
	newHandler(h).Once(w, r, stream.Selection{Replay: 100})
	var body io.Reader = w.Body
	if accept != "" {
		unpacked, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		body = unpacked
	}
	wire, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range parse(t, string(wire)) {
		if m.comment == "" {
			ids = append(ids, m.name+" "+m.id)
		}
	}
	return ids
}

func TestOnceIsWhatIsMissing(t *testing.T) {
	h := stream.Hub{Boot: stream.NewBoot(), Ring: 3}
	if got := once(t, &h, "", ""); len(got) != 0 {
		t.Errorf("before the first frame: %q", got)
	}
	publish(&h, 1, 5)
	id := func(seq uint64) string { return h.Boot.ID(seq).String() }
	for _, accept := range []string{"", "gzip"} {
		for _, c := range []struct {
			have string
			want int // events of the frames, and of their panels once
		}{
			{"", 4}, {"nonsense", 4}, {id(3), 3}, {id(4), 2}, {id(5), 0}, {id(1), 5}, // and a gap
		} {
			if got := once(t, &h, c.have, accept); len(got) != c.want {
				t.Errorf("%q, behind %q: %q, want %d events", accept, c.have, got, c.want)
			}
		}
	}
	if n := h.Stats().Subscribers; n != 0 {
		t.Errorf("%d subscribers are left", n)
	}
}
