package collector

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// sources are calls for a fence whose answers take as long as the test wants.
type sources struct {
	hang  map[string]chan struct{} // no answer before this is closed
	delay map[string]time.Duration
	calls map[string]*atomic.Int64
}

func newSources(names ...string) *sources {
	s := &sources{map[string]chan struct{}{}, map[string]time.Duration{}, map[string]*atomic.Int64{}}
	for _, name := range names {
		s.calls[name] = new(atomic.Int64)
	}
	return s
}

// ask answers with how often it was called.
func (s *sources) ask(name string) (int64, error) {
	n := s.calls[name].Add(1)
	if hang := s.hang[name]; hang != nil {
		<-hang
	}
	time.Sleep(s.delay[name])
	return n, nil
}

func TestFenceCallsStuckSourceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("dead", "well")
		s.hang["dead"] = make(chan struct{})
		var f fence[string, int64]
		keys := []string{"dead", "well"}
		began := time.Now()
		for tick := range int64(100) {
			asked := time.Now()
			got := f.gather(t.Context(), keys, s.ask)
			if !got[0].stuck.Equal(began) {
				t.Fatalf("tick %d: stuck since %v, want %v", tick, got[0].stuck, began)
			}
			if got[1].isStuck() || got[1].value != tick+1 {
				t.Fatalf("tick %d: the other source gave %+v", tick, got[1])
			}
			if waited := time.Since(asked); tick > 0 && waited != 0 {
				t.Fatalf("tick %d waited %s for a source known to be stuck", tick, waited)
			}
			time.Sleep(time.Second)
		}
		if n := s.calls["dead"].Load(); n != 1 {
			t.Errorf("the stuck source was called %d times, want 1", n)
		}
		close(s.hang["dead"])
		synctest.Wait()
		if got := f.gather(t.Context(), keys, s.ask); got[0].isStuck() || got[0].value != 2 {
			t.Errorf("after its return the source gave %+v, want a second answer", got[0])
		}
	})
}

func TestFenceWaitsUntilShortlyBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("slow")
		s.delay["slow"] = 600 * time.Millisecond
		var f fence[string, int64]
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if got := f.gather(ctx, []string{"slow"}, s.ask); got[0].isStuck() {
			t.Errorf("gave up on a source that answers in time")
		}
		s.delay["slow"] = time.Hour
		f.gather(ctx, []string{"slow"}, s.ask)
		if ctx.Err() != nil {
			t.Errorf("waited beyond the deadline")
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestFenceUsesLateResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("slow")
		s.delay["slow"] = fencePatience + 10*time.Millisecond
		var f fence[string, int64]
		f.gather(t.Context(), []string{"slow"}, s.ask)
		for tick := int64(1); tick < 5; tick++ {
			time.Sleep(time.Second)
			if got := f.gather(t.Context(), []string{"slow"}, s.ask); got[0].isStuck() || got[0].value != tick {
				t.Fatalf("tick %d gave %+v, want the answer to the call before", tick, got[0])
			}
		}
		time.Sleep(time.Second)
	})
}

func TestFenceForgetsWhatIsNotAskedForAnyMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("gone", "well")
		s.hang["gone"] = make(chan struct{})
		var f fence[string, int64]
		f.gather(t.Context(), []string{"gone", "well"}, s.ask)
		f.gather(t.Context(), []string{"well"}, s.ask)
		// While its call is out, coming back must not call it again.
		if got := f.gather(t.Context(), []string{"gone"}, s.ask); !got[0].isStuck() || s.calls["gone"].Load() != 1 {
			t.Errorf("a source that came back while stuck was called again")
		}
		close(s.hang["gone"])
		synctest.Wait()
		f.gather(t.Context(), []string{"well"}, s.ask)
		if len(f.out) != 0 {
			t.Errorf("%d calls are remembered, want none", len(f.out))
		}
	})
}

func TestFenceEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSources("dead")
		s.hang["dead"] = make(chan struct{})
		defer close(s.hang["dead"])
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		began := time.Now()
		var f fence[string, int64]
		f.gather(ctx, []string{"dead"}, s.ask)
		if waited := time.Since(began); waited != time.Millisecond {
			t.Errorf("waited %s for a context that ended after 1ms", waited)
		}
	})
}

func TestFenceHandsOnErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fault := errors.New("fault")
		var f fence[string, int64]
		got := f.gather(t.Context(), []string{"bad"}, func(string) (int64, error) { return 0, fault })
		if !errors.Is(got[0].err, fault) {
			t.Errorf("got %v", got[0].err)
		}
	})
}

func TestFenceTurnsPanicsIntoErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fence[string, int64]{subject: "answer"}
		got := f.gather(t.Context(), []string{"bad", "well"}, func(name string) (int64, error) {
			if name == "bad" {
				panic("boom")
			}
			return 7, nil
		})
		if fault := (*panicError)(nil); !errors.As(got[0].err, &fault) || fault.Error() != "answer: panic: boom" || len(fault.stack) == 0 {
			t.Errorf("got %v", got[0].err)
		}
		if got[1].err != nil || got[1].value != 7 {
			t.Errorf("the other source gave %+v", got[1])
		}
	})
}
