package collector

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fault is what a collector does while it is out of order.
type fault struct {
	name string
	call func(release <-chan struct{}) error
	want Status
}

var faults = []fault{
	{"hung", func(release <-chan struct{}) error { <-release; return nil }, Stale},
	{"panicking", func(<-chan struct{}) error { panic("out of cheese") }, Failed},
	{"slow", func(<-chan struct{}) error { time.Sleep(700 * time.Millisecond); return nil }, Stale},
	{"failing", func(<-chan struct{}) error { return errors.New("garbage") }, Failed},
}

// ending is how many goroutines may be counted that have only their end left.
const ending = 5

// allBut returns collectors of which each answers at once but the one of the
// field, which does what behave says.
func allBut(field int, behave func() error) Collectors {
	var c Collectors
	all := reflect.ValueOf(&c).Elem()
	for i := range all.NumField() {
		collector := all.Field(i).Type()
		all.Field(i).Set(reflect.MakeFunc(collector, func([]reflect.Value) []reflect.Value {
			err := reflect.Zero(collector.Out(1))
			if i == field {
				if fault := behave(); fault != nil {
					err = reflect.ValueOf(&fault).Elem()
				}
			}
			return []reflect.Value{reflect.Zero(collector.Out(0)), err}
		}))
	}
	return c
}

// Each collector in turn is out of order for a while. All others are on time at
// each tick, its section shows it within two ticks and is well two ticks after.
func TestEndurance(t *testing.T) {
	fields := reflect.TypeFor[Collectors]()
	for i := range fields.NumField() {
		for _, f := range faults {
			t.Run(fields.Field(i).Name+" "+f.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { endure(t, i, f) })
			})
		}
	}
}

func endure(t *testing.T, field int, f fault) {
	name := reflect.TypeFor[Collectors]().Field(field).Name
	var broken atomic.Bool
	release := make(chan struct{})
	s := NewSampler(allBut(field, func() error {
		if broken.Load() {
			return f.call(release)
		}
		return nil
	}), time.Second, quiet())
	for _, slot := range s.slots {
		if rare, ok := slot.(*slotOf[Connections]); ok {
			rare.pace.rest = 0
		}
	}
	ticks := &ticksOf{}
	begin := time.Now()
	stop := ticks.run(t, s)
	time.Sleep(2500 * time.Millisecond)
	goroutines := runtime.NumGoroutine()

	broken.Store(true)
	for range 60 {
		time.Sleep(time.Second)
		if n := settledGoroutines(goroutines + 1 + ending); n > goroutines+1+ending {
			t.Errorf("%d goroutines, %d while all was well", n, goroutines)
			break
		}
	}
	broken.Store(false)
	close(release)
	time.Sleep(3 * time.Second)
	stop()

	for i, snapshot := range ticks.all() {
		if want := begin.Add(time.Duration(i) * time.Second); !snapshot.Time.Equal(want) || snapshot.Gap != nil {
			t.Fatalf("tick %d at %s, want %s", snapshot.Seq, snapshot.Time, want)
		}
		checkSections(t, snapshot, name, i, f)
	}
}

// settledGoroutines counts the goroutines once there are at most so many. Those
// that have done all their work may still be on their way out, on threads that
// the machine has no time for.
func settledGoroutines(most int) int {
	for range 100_000 {
		if n := runtime.NumGoroutine(); n <= most {
			return n
		}
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}

// checkSections wants the fault in the one section and in no other. Tick 3 is
// the first with the fault, and 63 the first without.
func checkSections(t *testing.T, s *Snapshot, name string, tick int, f fault) {
	t.Helper()
	sections := reflect.ValueOf(s).Elem()
	for field := range sections.Type().Fields() {
		section, ok := sections.FieldByIndex(field.Index).Addr().Interface().(Section)
		switch {
		case !ok:
		case field.Name != name:
			if section.Status() != OK || section.Age(s.Time) != 0 {
				t.Errorf("tick %d: %s is %s, %s old, while %s is %s", tick, field.Name, section.Status(), section.Age(s.Time), name, f.name)
			}
		case tick >= 4 && tick <= 62 && section.Status() != f.want:
			t.Errorf("tick %d: %s is %s and its section %s, want %s", tick, name, f.name, section.Status(), f.want)
		case (tick < 3 || tick >= 64) && section.Status() != OK:
			t.Errorf("tick %d: %s is %s", tick, name, section.Status())
		}
	}
}

// Twenty mounts hang for ever. The collector of the mounts has one goroutine
// parked for each, and says which; the others are as always.
func TestEnduranceOfTheFence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const mounts = 20
		var keys []string
		for i := range mounts {
			keys = append(keys, fmt.Sprint("/mnt/", i))
		}
		release := make(chan struct{})
		f := fence[string, int]{subject: "statfs"}
		s := NewSampler(Collectors{Load: loadOf(1), Mounts: func(ctx context.Context) (Mounts, error) {
			var m Mounts
			for _, o := range f.gather(ctx, keys, func(string) (int, error) { <-release; return 1, nil }) {
				status := OK
				if o.isStuck() {
					status = Stale
				}
				m.Mounts = append(m.Mounts, Mount{Status: status})
			}
			return m, nil
		}}, time.Second, quiet())
		before := runtime.NumGoroutine()
		ticks := &ticksOf{}
		stop := ticks.run(t, s)
		time.Sleep(500 * time.Millisecond)
		for range 100 {
			time.Sleep(time.Second)
			if n := settledGoroutines(before + mounts + 2 + ending); n > before+mounts+2+ending {
				t.Errorf("%d goroutines, %d before", n, before)
				break
			}
		}
		stuck := ticks.all()
		close(release)
		time.Sleep(2 * time.Second)
		stop()
		for _, s := range stuck {
			if s.Mounts.Status() != OK || s.Load.Status() != OK || s.Late != 0 || s.Mounts.Value.Mounts[mounts-1].Status != Stale {
				t.Errorf("tick %d, %s late: mounts %s, load %s, the last mount %v", s.Seq, s.Late, s.Mounts.Status(), s.Load.Status(), s.Mounts.Value.Mounts)
			}
		}
		for _, m := range ticks.last().Mounts.Value.Mounts {
			if m.Status != OK {
				t.Errorf("after its answer a mount is %s", m.Status)
			}
		}
	})
}
