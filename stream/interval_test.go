package stream_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/stream"
)

// tick is a numbered frame of a hub that has one a second.
func tick(h *stream.Hub, seq uint64) *stream.Frame {
	f := numbered(h, seq)
	f.Interval = time.Second
	return f
}

func TestFewerFrames(t *testing.T) {
	for _, c := range []struct {
		interval time.Duration
		want     []uint64 // of the frames behind the sixth
	}{
		{0, run(7, 20)},
		{time.Second, run(7, 20)},
		{100 * time.Millisecond, run(7, 20)},
		{1001 * time.Millisecond, []uint64{8, 10, 12, 14, 16, 18, 20}},
		{5 * time.Second, []uint64{10, 15, 20}},
		{7 * time.Second, []uint64{7, 14}},
		{time.Minute, nil},
	} {
		t.Run(c.interval.String(), func(t *testing.T) {
			h := &stream.Hub{Boot: stream.NewBoot(), Ring: 100}
			for seq := uint64(1); seq <= 6; seq++ {
				h.Publish(tick(h, seq))
			}
			s, first, _ := h.Subscribe(stream.Start{Interval: c.interval})
			if got := seqs(first); !slices.Equal(got, []uint64{6}) {
				t.Errorf("it begins with %v, want the newest", got)
			}
			var got []uint64
			for seq := uint64(7); seq <= 20; seq++ {
				h.Publish(tick(h, seq))
				f, skipped := s.Next()
				if f != nil {
					got = append(got, f.Seq)
				}
				if skipped != (stream.Range{}) {
					t.Errorf("at %d it skipped %+v", seq, skipped)
				}
			}
			if !slices.Equal(got, c.want) || h.Stats().Skipped != 0 {
				t.Errorf("it was given %v, want %v", got, c.want)
			}
		})
	}
}

// Who is late for the frame that was due gets the newest in its place, and is told
// of due ones alone that are lost.
func TestFewerFramesForTheSlow(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot()}
	h.Publish(tick(h, 3))
	s, _, _ := h.Subscribe(stream.Start{Interval: 5 * time.Second})
	for _, c := range []struct {
		publish []uint64
		want    uint64 // 0 for none
		skipped stream.Range
	}{
		{[]uint64{4}, 0, stream.Range{}},
		{[]uint64{5, 6}, 6, stream.Range{}},
		{[]uint64{7, 8, 9}, 0, stream.Range{}},
		{run(10, 16), 16, stream.Range{From: 7, To: 15}},
		{run(17, 20), 20, stream.Range{}},
	} {
		for _, seq := range c.publish {
			h.Publish(tick(h, seq))
		}
		f, skipped := s.Next()
		if f == nil != (c.want == 0) || f != nil && f.Seq != c.want || skipped != c.skipped {
			t.Errorf("after %v: %+v and %+v, want %d and %+v", c.publish, f, skipped, c.want, c.skipped)
		}
	}
	if n := h.Stats().Skipped; n != 1 {
		t.Errorf("%d frames skipped, want 1", n)
	}
}

func TestResumeOfFewerFrames(t *testing.T) {
	h := &stream.Hub{Boot: stream.NewBoot(), Ring: 12}
	for seq := uint64(1); seq <= 23; seq++ { // 12 to 23 are kept
		h.Publish(tick(h, seq))
	}
	for _, c := range []struct {
		start stream.Start
		want  []uint64
		lost  stream.Range
	}{
		{stream.Start{LastEventID: h.Boot.ID(15).String()}, []uint64{20}, stream.Range{}},
		{stream.Start{LastEventID: h.Boot.ID(20).String()}, nil, stream.Range{}},
		{stream.Start{LastEventID: h.Boot.ID(10).String()}, []uint64{15, 20}, stream.Range{}},
		{stream.Start{LastEventID: h.Boot.ID(9).String()}, []uint64{15, 20}, stream.Range{From: 10, To: 11}},
		{stream.Start{}, []uint64{23}, stream.Range{}},
		{stream.Start{Replay: 2}, []uint64{20, 23}, stream.Range{}},
		{stream.Start{Replay: 100}, []uint64{15, 20, 23}, stream.Range{}},
	} {
		c.start.Interval = 5 * time.Second
		_, missed, lost := h.Subscribe(c.start)
		if got := seqs(missed); !slices.Equal(got, c.want) || lost != c.lost {
			t.Errorf("%+v: %v, lost %+v; want %v, lost %+v", c.start, got, lost, c.want, c.lost)
		}
	}
}

// Those who want fewer frames share them with everybody else.
func TestFewerFramesOnEveryPath(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		h.Publish(tick(h, 1))
		all, few := s.get(t, "", ""), s.get(t, "interval=5s", "")
		few.wantNumbered(h, 1)
		all.wantNumbered(h, 1)
		for seq := uint64(2); seq <= 10; seq++ {
			h.Publish(tick(h, seq))
			all.wantNumbered(h, seq)
			if seq%5 == 0 {
				few.wantNumbered(h, seq)
			}
		}
		if n := h.Stats().Skipped; n != 0 {
			t.Errorf("%d frames skipped", n)
		}
	})
}

func TestEventsAreCounted(t *testing.T) {
	onEveryPath(t, func(t *testing.T, start func(*site)) {
		const clients, frames = 3, 4
		h := &stream.Hub{Boot: stream.NewBoot()}
		s := newSite(t, h)
		start(s)
		all := s.gets(t, clients)
		for seq := uint64(1); seq <= frames; seq++ {
			publish(h, seq, seq)
			for _, client := range all {
				client.wantNumbered(h, seq)
			}
		}
		eventually(t, fmt.Sprint(clients*frames, " events"), func() bool { return h.Stats().Events == clients*frames })
		stats := h.Stats()
		if d := stats.Delays; d.Count() != stats.Events || d.Sum <= 0 || len(d.Counts) != len(d.Bounds())+1 {
			t.Errorf("%+v", d)
		}
	})
}
