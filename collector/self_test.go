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
		watching := Clients{Subscribers: 2, SentBytes: 1000}
		collect := NewSelf(func() Clients { return watching })
		first, _ := collect(t.Context())
		wantNumber(t, "subscribers", first.Subscribers, 2)
		wantMissing(t, "sent", first.Sent, NoBaseline)
		time.Sleep(2 * time.Second)
		watching = Clients{Subscribers: 3, SentBytes: 5000}
		second, _ := collect(t.Context())
		wantNumber(t, "subscribers", second.Subscribers, 3)
		wantNumber(t, "sent", second.Sent, 2000)
		wantNumber(t, "sent in total", second.SentTotal, 5000)
	})
}

func TestSelfWithoutClients(t *testing.T) {
	self, _ := NewSelf(nil)(t.Context())
	wantMissing(t, "subscribers", self.Subscribers, Unsupported)
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
