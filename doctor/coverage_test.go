package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// TestEveryOriginHasASource: a number of the page whose source the doctor does
// not know would be missing while all is well.
func TestEveryOriginHasASource(t *testing.T) {
	matched := make(map[*Source]bool)
	for section, origins := range collector.Origins() {
		for _, o := range origins {
			s := sourceOf(section, o)
			matched[s] = true
			if s == nil && !slices.Contains(own, o.Source) {
				t.Errorf("%s.%s comes from %s, which no source of the section is", section, o.Path, o.Source)
			}
		}
	}
	for section, list := range all() {
		if !slices.Contains(collector.SectionNames(), section) {
			t.Errorf("sources of %s, which is no section", section)
		}
		for _, s := range list {
			if len(s.from) > 0 && !matched[s] {
				t.Errorf("%s: no number comes from %s", section, s.path)
			}
		}
	}
	for _, section := range collector.SectionNames() {
		if len(sourcesOf(section)) == 0 {
			t.Errorf("no source of %s", section)
		}
	}
}

// TestNoNumberIsMissingUnseen makes each number of the page missing, one at a
// time, and wants a source of its section that is not well.
func TestNoNumberIsMissingUnseen(t *testing.T) {
	numbers := 0
	for _, why := range []collector.Status{collector.Denied, collector.Failed, collector.Stale} {
		for section, s := range shapes() {
			eachLeaf(s, nil, func(lists []list, l leaf) {
				if l.source == nil {
					return // tacho's own
				}
				numbers++
				snapshot := new(collector.Snapshot)
				x := newExamination(snapshot, Environment{})
				fill(x.reading(section), lists, l, why)
				snapshot.Cgroups.Value.Cgroups = snapshot.Cgroups.Value.Top
				x.measure(section)
				if section == "processes" && len(lists) > 0 { // which cannot be made here
					process := reflect.New(reflect.TypeFor[collector.Process]()).Elem()
					setMissing(at(process, l.index), why)
					x.measureElement(lists[0].shape, process)
				}
				for name, sec := range snapshot.Sections() {
					if name != section {
						continue
					}
					f := x.judge(l.source, sec)
					if !f.Status.isFault() || f.Why == "" || len(f.Mends) == 0 {
						t.Errorf("%s: %s is %v, and %s says %+v", section, l.path, why, l.source.path, f)
					}
				}
			})
		}
	}
	if numbers < 500 {
		t.Errorf("only %d numbers tried", numbers)
	}
}

func eachLeaf(s shape, above []list, visit func([]list, leaf)) {
	for _, l := range s.leaves {
		visit(above, l)
	}
	for _, l := range s.lists {
		eachLeaf(l.shape, append(above[:len(above):len(above)], l), visit)
	}
}

// reading is the section of a snapshot, to be written to.
func (x *examination) reading(section string) reflect.Value {
	snapshot := reflect.ValueOf(x.snapshot).Elem()
	for field := range snapshot.Type().Fields() {
		if field.Tag.Get("section") == section {
			return snapshot.FieldByIndex(field.Index)
		}
	}
	panic("no section " + section)
}

// fill makes a reading of one element a list, of which one number is missing.
func fill(reading reflect.Value, lists []list, l leaf, why collector.Status) {
	reading.FieldByName("At").Set(reflect.ValueOf(time.Now()))
	v := reading.FieldByName("Value")
	for _, in := range lists {
		elements := at(v, in.index)
		element := reflect.New(elements.Type().Elem()).Elem()
		if element.Kind() == reflect.Pointer {
			element.Set(reflect.New(element.Type().Elem()))
		}
		elements.Set(reflect.Append(elements, element))
		v = reflect.Indirect(elements.Index(0))
	}
	setMissing(at(v, l.index), why)
}

func setMissing(v reflect.Value, why collector.Status) {
	if v.Type() == statusType {
		v.SetUint(uint64(why))
		return
	}
	v.Set(reflect.ValueOf(collector.Missing(why)))
}

// TestSectionThatFailed: each fault of a whole section shows at each of its
// sources, and the one that it names is told why.
func TestSectionThatFailed(t *testing.T) {
	for _, c := range []struct {
		err    error
		status Status
	}{
		{fmt.Errorf("x: open it: %w", fs.ErrPermission), Denied},
		{errors.New("x: garbage"), Failing},
		{fmt.Errorf("x: %w for 90s", collector.ErrStale), Failing},
	} {
		for _, section := range collector.SectionNames() {
			x := newExamination(new(collector.Snapshot), Environment{})
			x.reading(section).FieldByName("Err").Set(reflect.ValueOf(c.err))
			for _, f := range Examine(x.snapshot, Environment{}).Sources {
				if f.Section == section && (f.Status != c.status || f.Why == "" || len(f.Mends) == 0) {
					t.Errorf("%s with %v: %+v", section, c.err, f)
				}
			}
		}
	}
	s := new(collector.Snapshot)
	s.Load.Err = &fs.PathError{Op: "open", Path: "/host/proc/stat", Err: fs.ErrPermission}
	f := findingOf(t, Examine(s, Environment{UID: 1}), "load", "/proc/loadavg")
	if f.Why != "not read, because of /proc/stat" {
		t.Errorf("/proc/loadavg: %s", f.Why)
	}
}

func findingOf(t *testing.T, r Report, section, source string) Finding {
	t.Helper()
	for _, f := range r.Sources {
		if f.Section == section && f.Source == source {
			return f
		}
	}
	t.Fatalf("%s has no source %s", section, source)
	return Finding{}
}

// secondOf is a snapshot of this machine with rates.
func secondOf(t testing.TB) (second *collector.Snapshot) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sampler := collector.NewSampler(collector.NewCollectors(collector.Options{}), 200*time.Millisecond, slog.New(slog.DiscardHandler))
	sampler.Run(ctx, func(s *collector.Snapshot) {
		if s.Seq == 2 {
			second = s
			cancel()
		}
	})
	return second
}

// TestThisMachine walks what was really read, in another way than the doctor
// does, and wants the doctor to know of all that is missing.
func TestThisMachine(t *testing.T) {
	s := secondOf(t)
	r := Examine(s, Look())
	faulty := make(map[string]bool)
	for _, f := range r.Sources {
		faulty[f.Section] = faulty[f.Section] || f.Status.isFault()
		if f.Status.isFault() && (f.Why == "" || len(f.Mends) == 0) {
			t.Errorf("%s %s is %s without a reason or a mend", f.Section, f.Source, f.Status)
		}
	}
	for name, section := range s.Sections() {
		status := section.Status()
		isMissing := status == collector.Denied || status == collector.Failed || status == collector.Stale
		data := reflect.Indirect(reflect.ValueOf(section)).FieldByName("Value")
		isMissing = isMissing || lacks(data)
		if name == "processes" {
			for p := range s.Processes.Value.All() {
				isMissing = isMissing || lacks(reflect.ValueOf(p))
			}
		}
		if isMissing && !faulty[name] {
			t.Errorf("%s lacks numbers, and all of its sources are well", name)
		}
	}
	if r.Well != (r.Faults() == 0) || len(r.Sources) < 50 {
		t.Errorf("well: %v with %d faults of %d sources", r.Well, r.Faults(), len(r.Sources))
	}
}

// lacks reports whether there is a number in v that is refused or broken.
func lacks(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && lacks(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			if lacks(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		if v.Type() == valueType {
			status := v.Interface().(collector.Value).Status()
			return status == collector.Denied || status == collector.Failed
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && lacks(v.Field(i)) {
				return true
			}
		}
	}
	return false
}

// TestEveryProcessCounts, and not only those that the page has at its top.
func TestEveryProcessCounts(t *testing.T) {
	x := newExamination(secondOf(t), Environment{})
	x.measure("processes")
	for source, tally := range x.tallies {
		if source.path != "/proc/PID/io" {
			continue
		}
		sum := 0
		for _, n := range tally.count {
			sum += n
		}
		if want := x.snapshot.Processes.Value.Len(); sum != want {
			t.Errorf("%d processes counted, want %d", sum, want)
		}
		return
	}
	t.Error("nothing counted of /proc/PID/io")
}
