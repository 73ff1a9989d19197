package collector

import (
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

func TestSelf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, _ := fixture(t, "debian12")
		collect := NewSelf(nil)
		first, err := collect(ctx)
		if !errors.Is(err, ErrNoBaseline) {
			t.Fatalf("the first call says %v, want ErrNoBaseline", err)
		}
		wantMissing(t, "CPU", first.CPU, NoBaseline)
		if first.Resident == 0 || first.Goroutines != runtime.NumGoroutine() {
			t.Errorf("got %+v", first)
		}

		burn(20 * time.Millisecond)
		time.Sleep(10 * time.Second)
		second, err := collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		wantNumber(t, "CPU", second.CPU, 10*(second.CPUSeconds-first.CPUSeconds))
		if second.CPUSeconds <= first.CPUSeconds {
			t.Errorf("%v s after %v s of work", second.CPUSeconds, first.CPUSeconds)
		}
	})
}

func TestSelfTellsWhoWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watching := Clients{Subscribers: 2, SentBytes: 1000, Events: 10, Encodings: 100, DelayCounts: []uint64{10, 0}, DelayBounds: []time.Duration{time.Second}}
		collect := NewSelf(func() Clients { return watching })
		first, _ := collect(t.Context())
		wantNumber(t, "subscribers", first.Subscribers, 2)
		wantNumber(t, "events in total", first.EventsTotal, 10)
		for name, rate := range map[string]Value{"sent": first.Sent, "events": first.Events, "encodings": first.Encodings, "delay": first.DelayP99} {
			wantMissing(t, name, rate, NoBaseline)
		}
		time.Sleep(2 * time.Second)
		watching.Subscribers, watching.SentBytes, watching.Events, watching.Encodings = 3, 5000, 16, 120
		watching.Skipped, watching.Stalled, watching.Refused = 7, 5, 9
		watching.DelayCounts = []uint64{16, 0}
		second, _ := collect(t.Context())
		wantNumber(t, "subscribers", second.Subscribers, 3)
		wantNumber(t, "sent", second.Sent, 2000)
		wantNumber(t, "sent in total", second.SentTotal, 5000)
		wantNumber(t, "events", second.Events, 3)
		wantNumber(t, "events in total", second.EventsTotal, 16)
		wantNumber(t, "skipped", second.SkippedTotal, 7)
		wantNumber(t, "stalled", second.StalledTotal, 5)
		wantNumber(t, "refused", second.RefusedTotal, 9)
		wantNumber(t, "encodings", second.Encodings, 10)
		wantNumber(t, "encodings in total", second.EncodingsTotal, 120)
		wantNumber(t, "delay", second.DelayP99, 1)
	})
}

// TestSelfDelay: of the events of this tick alone, and a bound that holds.
func TestSelfDelay(t *testing.T) {
	before := []uint64{1000, 50, 7, 3}
	for name, c := range map[string]struct {
		since [4]uint64
		want  Value
	}{
		"one event":                    {[4]uint64{0, 1, 0, 0}, Of(0.01)},
		"all within the first":         {[4]uint64{500, 0, 0, 0}, Of(0.001)},
		"one in a hundred is later":    {[4]uint64{99, 0, 0, 1}, Of(0.001)},
		"one in 99 is later":           {[4]uint64{98, 0, 1, 0}, Of(0.1)},
		"spread":                       {[4]uint64{50, 49, 1, 0}, Of(0.01)},
		"two in a hundred without end": {[4]uint64{98, 0, 0, 2}, Missing(Failed)},
		"nothing sent":                 {[4]uint64{}, Missing(Idle)},
	} {
		now := Clients{DelayBounds: []time.Duration{time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond}}
		for i, n := range c.since {
			now.DelayCounts = append(now.DelayCounts, before[i]+n)
		}
		if got := delayP99(before, now); got != c.want {
			t.Errorf("%s: %+v (%v), want %+v", name, got, got.Status(), c.want)
		}
	}
}

func TestSelfWithoutClients(t *testing.T) {
	collect := NewSelf(nil)
	for range 2 {
		self, _ := collect(t.Context())
		for name, v := range map[string]Value{
			"subscribers": self.Subscribers, "sent": self.Sent, "events": self.Events, "skipped": self.SkippedTotal,
			"stalled": self.StalledTotal, "refused": self.RefusedTotal, "encodings": self.Encodings, "delay": self.DelayP99,
		} {
			wantMissing(t, name, v, Unsupported)
		}
	}
}

// burn computes until the process has used so much CPU time.
func burn(amount time.Duration) {
	begin, sum := processTime(), uint64(1)
	for processTime()-begin < amount {
		for range 1000 {
			sum = sum*6364136223846793005 + 1
		}
	}
	runtime.KeepAlive(sum)
}

func TestParseResident(t *testing.T) {
	if resident, err := parseResident("430123 2048 1100 300 0 9000 0\n", 16384); err != nil || resident != 2048*16384 {
		t.Errorf("got %d, %v", resident, err)
	}
	for _, text := range []string{"", "430123 2048", "430123 two 1100\n", "1 18446744073709551615 3\n"} {
		if resident, err := parseResident(text, 4096); err == nil {
			t.Errorf("%q read as %d", text, resident)
		}
	}
}

func FuzzParseResident(f *testing.F) {
	f.Add("430123 2048 1100 300 0 9000 0\n")
	f.Fuzz(func(_ *testing.T, text string) { parseResident(text, 4096) })
}
