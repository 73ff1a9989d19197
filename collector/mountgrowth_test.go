package collector

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

// growing is a file system of 1 MB blocks of which so many are free at a time
// after the beginning.
func growing(t *testing.T, free func(seconds float64) float64) (collect func() Mount) {
	t.Helper()
	start := time.Now()
	c := newMountsOn(MountFilter{}, func(string, mountEntry) (mountUsage, error) {
		left := uint64(free(time.Since(start).Seconds()))
		return mountUsage{blockSize: 1 << 20, blocks: 1e6, free: left, available: left}, nil
	})
	ctx, _ := fixture(t, "mounts-plain")
	return func() Mount {
		t.Helper()
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		m, err := c(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return m.Mounts[0]
	}
}

// A download at any moment is no growth.
func TestTimeToFullAfterADownload(t *testing.T) {
	for at := 30; at < 600; at += 30 {
		now := time.Now()
		g, m := growth{due: now}, Mount{Size: Of(10000), Available: Of(9000)}
		for s := range 601 {
			if s == at {
				m.Available = Of(5000)
			}
			if got, ok := g.fullIn(&m, now.Add(time.Duration(s)*time.Second)).Get(); ok {
				t.Errorf("after a download at %d s, full in %v s at %d s", at, got, s)
				break
			}
		}
	}
}

// What neighbours in a pool write changes the size a little.
func TestTimeToFullInAPool(t *testing.T) {
	now := time.Now()
	g, m := growth{due: now}, Mount{}
	for s := range 601 {
		m.Size, m.Available = Of(1e6-float64(s)), Of(9000-float64(s))
		g.fullIn(&m, now.Add(time.Duration(s)*time.Second))
	}
	if got, ok := g.fullIn(&m, now.Add(601*time.Second)).Get(); !ok || math.Abs(got-8400) > 100 {
		t.Errorf("full in %v, want 8400", got)
	}
}

func TestTimeToFull(t *testing.T) {
	for name, c := range map[string]struct {
		free   func(seconds float64) float64
		status Status
		want   float64 // seconds, after ten minutes
	}{
		"steadily":              {func(s float64) float64 { return 7200 - s }, OK, 6600},
		"not at all":            {func(float64) float64 { return 7200 }, Idle, 0},
		"with less in it":       {func(s float64) float64 { return 7200 + s }, Idle, 0},
		"once, by a great deal": {func(s float64) float64 { return 7200 - 1000*math.Floor(s/590) }, Idle, 0},
		"with a file that came and went": {func(s float64) float64 {
			if s > 200 && s < 260 {
				return 4000 - s
			}
			return 7200 - s
		}, OK, 6600},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				read := growing(t, c.free)
				m := read()
				for range 4*60 + 59 {
					if m.FullIn.Status() != NoBaseline {
						t.Fatalf("it is known too early: %v", m.FullIn)
					}
					time.Sleep(time.Second)
					m = read()
				}
				for range 5*60 + 1 {
					time.Sleep(time.Second)
					m = read()
				}
				number, _ := m.FullIn.Get()
				if m.FullIn.Status() != c.status || math.Abs(number-c.want) > 0.05*c.want {
					t.Errorf("full in %v (%v), want %v (%v)", number, m.FullIn.Status(), c.want, c.status)
				}
			})
		})
	}
}

// Another size is another file system: what was before says nothing of it.
func TestTimeToFullAfterResize(t *testing.T) {
	now := time.Now()
	g := growth{due: now}
	m := Mount{Size: Of(1000), Available: Of(900)}
	for i := range 12 {
		m.Available = Of(900 - float64(i))
		g.fullIn(&m, now.Add(time.Duration(i)*growthEvery))
	}
	if got := g.fullIn(&m, now.Add(12*growthEvery)); got.Status() != OK {
		t.Fatalf("full in: %v", got.Status())
	}
	m.Size = Of(2000)
	if got := g.fullIn(&m, now.Add(13*growthEvery)); got.Status() != NoBaseline {
		t.Errorf("after a resize: %v", got.Status())
	}
	m.ReadOnly = true
	if got := g.fullIn(&m, now.Add(14*growthEvery)); got.Status() != Unsupported {
		t.Errorf("read-only: %v", got.Status())
	}
}
