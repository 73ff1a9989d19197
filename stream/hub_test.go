package stream_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"weak"

	"github.com/tacho-monitor/tacho/stream"
)

// text returns a block that is one event with this data, of no channels.
func text(data string) *stream.Block {
	return stream.NewBlock(stream.Event{Data: []byte(data)}.AppendTo(nil), 0, nil, nil)
}

// numbered is a frame whose parts say which it is.
func numbered(h *stream.Hub, seq uint64) *stream.Frame {
	id := h.Boot.ID(seq)
	return &stream.Frame{
		Seq:  seq,
		Kept: stream.NewBlock(stream.Event{ID: id, Name: "kept", Data: fmt.Append(nil, seq)}.AppendTo(nil), 0, nil, nil),
		Live: stream.NewBlock(stream.Event{ID: id, Name: "live", Data: fmt.Append(nil, seq)}.AppendTo(nil), 0, nil, nil),
	}
}

// publish publishes the numbered frames from first to last.
func publish(h *stream.Hub, first, last uint64) {
	for seq := first; seq <= last; seq++ {
		h.Publish(numbered(h, seq))
	}
}

func seqs(frames []*stream.Frame) (all []uint64) {
	for _, f := range frames {
		all = append(all, f.Seq)
	}
	return all
}

func run(first, last uint64) (all []uint64) {
	for seq := first; seq <= last; seq++ {
		all = append(all, seq)
	}
	return all
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestZeroHubIsReady(t *testing.T) {
	var h stream.Hub
	if got := h.Stats(); got != (stream.Stats{}) {
		t.Errorf("stats %+v", got)
	}
	sub, missed, lost := h.Subscribe(stream.Start{LastEventID: "-1", Replay: 10})
	defer sub.Close()
	if sub.Latest() != nil || missed != nil || lost != (stream.Range{}) || isClosed(sub.Newer()) {
		t.Errorf("latest %v, missed %v, lost %v before the first frame", sub.Latest(), missed, lost)
	}
	publish(&h, 1, 1)
	if !isClosed(sub.Newer()) {
		t.Fatal("the first frame wakes nobody")
	}
	if f, skipped := sub.Next(); f.Seq != 1 || skipped != (stream.Range{}) || sub.Latest() != f {
		t.Errorf("next %d, skipped %v", f.Seq, skipped)
	}
}

func TestPublishNeedsNoSubscriber(t *testing.T) {
	h := stream.Hub{Ring: 2}
	publish(&h, 1, 5)
	sub, missed, _ := h.Subscribe(stream.Start{})
	defer sub.Close()
	if sub.Latest().Seq != 5 || !slices.Equal(seqs(missed), run(5, 5)) {
		t.Errorf("latest %d, missed %v", sub.Latest().Seq, seqs(missed))
	}
}

func TestEachFrameOnceInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h stream.Hub
		got := make(chan uint64)
		for range 3 {
			sub, _, _ := h.Subscribe(stream.Start{})
			go func() {
				defer sub.Close()
				for range 10 {
					<-sub.Newer()
					f, _ := sub.Next()
					got <- f.Seq
				}
			}()
		}
		for seq := range uint64(10) {
			publish(&h, seq+1, seq+1)
			for range 3 {
				if n := <-got; n != seq+1 {
					t.Errorf("got %d, want %d", n, seq+1)
				}
			}
			synctest.Wait()
			select {
			case n := <-got:
				t.Errorf("%d came again", n)
			default:
			}
		}
	})
}

func TestLatestWins(t *testing.T) {
	var h stream.Hub
	publish(&h, 1, 1)
	slow, _, _ := h.Subscribe(stream.Start{})
	defer slow.Close()
	publish(&h, 2, 7)
	if f, skipped := slow.Next(); f.Seq != 7 || skipped != (stream.Range{From: 2, To: 6}) {
		t.Errorf("next %d, skipped %v", f.Seq, skipped)
	}
	if isClosed(slow.Newer()) {
		t.Error("a frame that was had wakes again")
	}
	publish(&h, 8, 9)
	if f, skipped := slow.Next(); f.Seq != 9 || skipped != (stream.Range{From: 8, To: 8}) {
		t.Errorf("next %d, skipped %v", f.Seq, skipped)
	}
	if got := h.Stats().Skipped; got != 6 {
		t.Errorf("%d frames skipped, want 6", got)
	}
}

func TestSkippingBeforeTheFirstFrameIsTold(t *testing.T) {
	var h stream.Hub
	early, _, _ := h.Subscribe(stream.Start{})
	defer early.Close()
	publish(&h, 4, 6)
	if f, skipped := early.Next(); f.Seq != 6 || skipped != (stream.Range{From: 4, To: 5}) {
		t.Errorf("next %d, skipped %v", f.Seq, skipped)
	}
}

func TestSeqMustRise(t *testing.T) {
	h := stream.Hub{Ring: 10}
	publish(&h, 3, 3)
	sub, _, _ := h.Subscribe(stream.Start{})
	defer sub.Close()
	publish(&h, 2, 3)
	if isClosed(sub.Newer()) || sub.Latest().Seq != 3 {
		t.Error("a frame of the past was taken")
	}
	_, missed, _ := h.Subscribe(stream.Start{Replay: 10})
	if !slices.Equal(seqs(missed), run(3, 3)) {
		t.Errorf("ring %v", seqs(missed))
	}
}

func TestSubscribe(t *testing.T) {
	boot := stream.NewBoot()
	id := func(seq uint64) string { return boot.ID(seq).String() }
	for _, c := range []struct {
		name            string
		ring, published int
		start           stream.Start
		missed          []uint64
		lost            stream.Range
	}{
		{"newest", 300, 500, stream.Start{}, run(500, 500), stream.Range{}},
		{"replay", 300, 500, stream.Start{Replay: 10}, run(491, 500), stream.Range{}},
		{"replay all", 300, 500, stream.Start{Replay: 1e9}, run(201, 500), stream.Range{}},
		{"replay before the ring is full", 300, 5, stream.Start{Replay: 300}, run(1, 5), stream.Range{}},
		{"replay a negative number", 300, 5, stream.Start{Replay: -7}, run(5, 5), stream.Range{}},
		{"replay without a ring", 0, 5, stream.Start{Replay: 300}, run(5, 5), stream.Range{}},
		{"replay with a ring of one", 1, 5, stream.Start{Replay: 300}, run(5, 5), stream.Range{}},
		{"resume", 300, 500, stream.Start{LastEventID: id(450)}, run(451, 500), stream.Range{}},
		{"resume wins over replay", 300, 500, stream.Start{LastEventID: id(498), Replay: 9}, run(499, 500), stream.Range{}},
		{"resume at the newest", 300, 500, stream.Start{LastEventID: id(500)}, nil, stream.Range{}},
		{"resume at the oldest", 300, 500, stream.Start{LastEventID: id(201)}, run(202, 500), stream.Range{}},
		{"resume just before the oldest", 300, 500, stream.Start{LastEventID: id(200)}, run(201, 500), stream.Range{}},
		{"resume out of the ring", 300, 500, stream.Start{LastEventID: id(199)}, run(201, 500), stream.Range{From: 200, To: 200}},
		{"resume from before the start", 300, 500, stream.Start{LastEventID: id(0)}, run(201, 500), stream.Range{From: 1, To: 200}},
		{"resume without a ring", 0, 5, stream.Start{LastEventID: id(3)}, run(5, 5), stream.Range{From: 4, To: 4}},
		{"resume with a ring of one", 1, 5, stream.Start{LastEventID: id(4)}, run(5, 5), stream.Range{}},
		{"resume before the first frame", 300, 0, stream.Start{LastEventID: id(4)}, nil, stream.Range{}},
		{"from the future", 300, 500, stream.Start{LastEventID: id(501)}, run(500, 500), stream.Range{}},
		{"from the end of time", 300, 500, stream.Start{LastEventID: id(1<<64 - 1)}, run(500, 500), stream.Range{}},
		{"of another run", 300, 500, stream.Start{LastEventID: stream.NewBoot().ID(450).String()}, run(500, 500), stream.Range{}},
		{"of another run, with replay", 300, 500, stream.Start{LastEventID: "x", Replay: 3}, run(498, 500), stream.Range{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := stream.Hub{Boot: boot, Ring: c.ring}
			publish(&h, 1, uint64(c.published))
			sub, missed, lost := h.Subscribe(c.start)
			defer sub.Close()
			if got := seqs(missed); !slices.Equal(got, c.missed) || lost != c.lost {
				t.Errorf("missed %v, lost %v, want %v and %v", got, lost, c.missed, c.lost)
			}
			if isClosed(sub.Newer()) {
				t.Error("newer than the newest")
			}
			for _, f := range missed {
				if want := fmt.Sprintf("data: %d\n", f.Seq); !strings.Contains(string(f.Kept.Bytes(0)), want) || f.Live != nil {
					t.Errorf("frame %d is %q with live %q", f.Seq, f.Kept.Bytes(0), f.Live.Bytes(0))
				}
			}
		})
	}
}

// What a subscriber was handed must not change under it when the ring moves on.
func TestMissedFramesOutliveTheRing(t *testing.T) {
	h := stream.Hub{Boot: stream.NewBoot(), Ring: 3}
	publish(&h, 1, 3)
	_, replayed, _ := h.Subscribe(stream.Start{Replay: 3})
	_, resumed, _ := h.Subscribe(stream.Start{LastEventID: h.Boot.ID(0).String()})
	publish(&h, 4, 20)
	for _, missed := range [][]*stream.Frame{replayed, resumed} {
		if slices.Contains(missed, nil) || !slices.Equal(seqs(missed), run(1, 3)) {
			t.Errorf("missed %v", missed)
		}
	}
}

// Each subscriber's frames and skipped ranges must join to one row without a
// seam, wherever in the publishing it begins.
func TestNothingIsLostBetweenReplayAndLive(t *testing.T) {
	const last = 2000
	synctest.Test(t, func(t *testing.T) {
		h := stream.Hub{Boot: stream.NewBoot(), Ring: 50}
		var all sync.WaitGroup
		all.Go(func() { publish(&h, 1, last) })
		for range 8 {
			all.Go(func() {
				at := uint64(0)
				for at < last {
					if at = follow(t, &h, at, rand.IntN(100), last); t.Failed() {
						return
					}
				}
			})
		}
		all.Wait()
		if n := h.Stats().Subscribers; n != 0 {
			t.Errorf("%d subscribers left", n)
		}
	})
}

// follow subscribes behind the frame at, takes some steps, and returns where it
// stands.
func follow(t *testing.T, h *stream.Hub, at uint64, steps int, last uint64) uint64 {
	sub, missed, lost := h.Subscribe(stream.Start{LastEventID: h.Boot.ID(at).String(), Replay: 1})
	defer sub.Close()
	step := func(from, to uint64) {
		if from != at+1 || to < from {
			t.Errorf("%d to %d behind %d", from, to, at)
		}
		at = to
	}
	if lost != (stream.Range{}) {
		step(lost.From, lost.To)
	}
	for _, f := range missed {
		step(f.Seq, f.Seq)
	}
	if f := sub.Latest(); f != nil && f.Seq != at {
		t.Errorf("replay ends at %d, latest is %d", at, f.Seq)
	}
	for range steps {
		if at == last {
			break
		}
		<-sub.Newer()
		f, skipped := sub.Next()
		if skipped != (stream.Range{}) {
			step(skipped.From, skipped.To)
		}
		step(f.Seq, f.Seq)
	}
	return at
}

func TestCloseEndsPublishing(t *testing.T) {
	for _, published := range []uint64{0, 3} {
		var h stream.Hub
		publish(&h, 1, published)
		sub, _, _ := h.Subscribe(stream.Start{})
		h.Close()
		h.Close()
		publish(&h, 4, 4)
		if isClosed(sub.Newer()) {
			t.Error("published after Close")
		}
		sub.Close()
		if n := h.Stats().Subscribers; n != 0 {
			t.Errorf("%d subscribers left", n)
		}
	}
}

func TestEachSegmentIsEncodedOnce(t *testing.T) {
	const channels = 9
	var h stream.Hub
	var mu sync.Mutex
	encoded := map[int]int{}
	f := &stream.Frame{Seq: 1, Kept: stream.NewBlock([]byte("data: head\n"), channels, func(i int) []byte {
		mu.Lock()
		defer mu.Unlock()
		encoded[i]++
		return fmt.Appendf(nil, "data: %d\n", i)
	}, []byte("\n"))}
	h.Publish(f)
	if n := h.Stats().Encodings; n != 0 {
		t.Errorf("%d segments encoded before anybody asked", n)
	}
	var readers sync.WaitGroup
	for n := range 100 {
		readers.Go(func() {
			set := stream.Set(n*5) & (1<<channels - 1) &^ 1 // never the first channel
			for range 3 {
				if got, want := string(f.Kept.Bytes(set)), joined(set, channels); got != want {
					t.Errorf("set %b is %q, want %q", set, got, want)
				}
			}
		})
	}
	readers.Wait()
	if n := h.Stats().Encodings; n != channels-1 {
		t.Errorf("%d encodings of %d segments", n, channels-1)
	}
	for i := range channels {
		if want := min(i, 1); encoded[i] != want {
			t.Errorf("channel %d was encoded %d times, want %d", i, encoded[i], want)
		}
	}
}

func joined(set stream.Set, channels int) string {
	var b strings.Builder
	b.WriteString("data: head\n")
	for i := range channels {
		if set.Has(i) {
			fmt.Fprintf(&b, "data: %d\n", i)
		}
	}
	b.WriteString("\n")
	return b.String()
}

func TestReadersOfASetShareItsBytes(t *testing.T) {
	b := stream.NewBlock([]byte("data: head\n"), 2, func(int) []byte { return []byte("data: x\n") }, []byte("\n"))
	if one, two := b.Bytes(0b01), b.Bytes(0b01); &one[0] != &two[0] {
		t.Error("a set is joined twice")
	}
	if one, two := b.Bytes(0b11), b.Bytes(^stream.Set(0)); &one[0] != &two[0] {
		t.Error("channels that do not exist make another set")
	}
}

// Clients with freely chosen sets must not make a frame hold the bytes of all.
func TestFewSetsAreKept(t *testing.T) {
	const channels, sets = 9, 1 << 9
	b := stream.NewBlock([]byte("data: head\n"), channels, func(i int) []byte { return fmt.Appendf(nil, "data: %d\n", i) }, []byte("\n"))
	kept := 0
	for set := range stream.Set(sets) {
		one, two := b.Bytes(set), b.Bytes(set)
		if string(one) != joined(set, channels) || string(two) != string(one) {
			t.Errorf("set %b is %q, then %q", set, one, two)
		}
		if &one[0] == &two[0] {
			kept++
		}
	}
	if kept == 0 || kept > 64 {
		t.Errorf("%d of %d sets are kept", kept, sets)
	}
}

// A ring of frames must not hold each segment once a set.
func TestAnOldFrameHoldsNoJoinedBytes(t *testing.T) {
	var h stream.Hub
	old := &stream.Frame{Seq: 1, Kept: text(strings.Repeat("kept", 100)), Live: text(strings.Repeat("live", 100))}
	h.Publish(old)
	kept, live := weak.Make(&old.Kept.Bytes(0)[0]), weak.Make(&old.Live.Bytes(0)[0])
	runtime.GC()
	if kept.Value() == nil || live.Value() == nil {
		t.Error("the newest frame lost its joined bytes")
	}
	publish(&h, 2, 2)
	runtime.GC()
	if kept.Value() != nil || live.Value() != nil {
		t.Error("a frame that is not the newest holds its joined bytes")
	}
	if got := parse(t, string(old.Kept.Bytes(0))); len(got) != 1 || got[0].data != strings.Repeat("kept", 100) {
		t.Errorf("afterwards it reads %+v", got)
	}
}

func TestNilBlockIsEmpty(t *testing.T) {
	var b *stream.Block
	if got := b.Bytes(1); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	if got := b.AppendTo([]byte("x"), 1); string(got) != "x" {
		t.Errorf("got %q", got)
	}
}

func TestBudgetBoundsTheRing(t *testing.T) {
	h := &stream.Hub{Ring: 100, Budget: 1000}
	for seq := uint64(1); seq <= 20; seq++ {
		h.Publish(&stream.Frame{Seq: seq, Weight: 300})
	}
	sub, missed, _ := h.Subscribe(stream.Start{Replay: 100})
	defer sub.Close()
	if len(missed) != 3 || missed[0].Seq != 18 {
		t.Errorf("%d frames of weight 300 are kept within 1000, want the newest 3", len(missed))
	}
	h.Publish(&stream.Frame{Seq: 21, Weight: 5000})
	if sub, missed, _ := h.Subscribe(stream.Start{Replay: 100}); len(missed) != 1 || missed[0].Seq != 21 {
		t.Errorf("%d frames beside one that is heavier than the budget, want that one alone", len(missed))
	} else {
		sub.Close()
	}
}
