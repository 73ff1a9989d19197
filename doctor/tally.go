package doctor

import (
	"reflect"
	"strings"

	"github.com/tacho-monitor/tacho/collector"
)

// grade is what the numbers of one element say of a source: the last that any of
// them says.
type grade uint8

const (
	unseen      grade = iota
	unsupported       // not there
	pending           // there, without a number in this tick
	read
	stale
	failed
	denied
	grades
)

func gradeOf(s collector.Status) grade {
	switch s {
	case collector.OK:
		return read
	case collector.NoBaseline, collector.Idle:
		return pending
	case collector.Stale:
		return stale
	case collector.Failed:
		return failed
	case collector.Denied:
		return denied
	}
	return unsupported
}

// tally is how the elements of a source fare: its processes, its mounts, or its
// single numbers.
type tally struct {
	count  [grades]int
	names  []string // of those that are denied, failed or stale: a few
	faults []string // that these say, each once: a few
}

const fewNames = 3

// total is how many there are that the machine has.
func (t *tally) total() int {
	return t.count[pending] + t.count[read] + t.count[stale] + t.count[failed] + t.count[denied]
}

func (t *tally) wasRead() bool { return t.count[pending]+t.count[read] > 0 }

func (t *tally) add(g grade, element reflect.Value) {
	t.count[g]++
	if g < stale {
		return
	}
	if name := nameOf(element); name != "" && len(t.names) < fewNames {
		t.names = append(t.names, name)
	}
	fault := textField(element, "Error")
	for _, known := range t.faults {
		if fault == known {
			fault = ""
		}
	}
	if fault != "" && len(t.faults) < fewNames {
		t.faults = append(t.faults, fault)
	}
}

// nameOf is what people know an element by, "" for none.
func nameOf(element reflect.Value) string {
	if chip := textField(element, "Chip"); chip != "" {
		return strings.TrimSpace(chip + " " + textField(element, "Label"))
	}
	for _, field := range []string{"Mountpoint", "Meter", "Name", "Path", "Device"} {
		if text := textField(element, field); text != "" {
			return text
		}
	}
	return ""
}

// textField is a field of an element, "" where it has none of that name.
func textField(element reflect.Value, name string) string {
	if element.Kind() != reflect.Struct {
		return ""
	}
	if field := element.FieldByName(name); field.Kind() == reflect.String {
		return field.String()
	}
	return ""
}

// measure counts how the numbers of a section fare, by their sources.
func (x *examination) measure(section string) {
	data := x.data(section)
	s := shapes()[section]
	for _, l := range s.leaves { // each for itself
		x.count(map[*Source]grade{l.source: l.grade(data)}, reflect.Value{})
	}
	for _, l := range s.lists {
		if data.Type() == processes && l.path == "top" {
			for process := range x.snapshot.Processes.Value.All() {
				x.measureElement(l.shape, reflect.ValueOf(process).Elem())
			}
			continue
		}
		if data.Type() == groups && l.path == "top" {
			for _, group := range x.snapshot.Cgroups.Value.Cgroups {
				x.measureElement(l.shape, reflect.ValueOf(group).Elem())
			}
			continue
		}
		elements := at(data, l.index)
		for i := range elements.Len() {
			x.measureElement(l.shape, reflect.Indirect(elements.Index(i)))
		}
	}
}

func (x *examination) measureElement(s shape, element reflect.Value) {
	if !element.IsValid() || textField(element, "Kind") == "root" {
		return // the root of control groups lacks most of what the others have
	}
	worst := x.worst // one for all, because there may be thousands
	clear(worst)
	s.grade(element, worst)
	if sleeps(element) {
		for source, g := range worst {
			if g == stale {
				worst[source] = pending
			}
		}
	}
	x.count(worst, element)
}

// sleeps reports that a device is left alone on purpose.
func sleeps(element reflect.Value) bool {
	return strings.HasPrefix(textField(element, "Error"), "the device sleeps")
}

func (x *examination) count(worst map[*Source]grade, element reflect.Value) {
	for source, g := range worst {
		if source == nil {
			continue
		}
		t := x.tallies[source]
		if t == nil {
			t = new(tally)
			x.tallies[source] = t
		}
		t.add(g, element)
	}
}

// grade notes the worst grade of each source in an element.
func (s *shape) grade(v reflect.Value, worst map[*Source]grade) {
	for _, l := range s.leaves {
		worst[l.source] = max(worst[l.source], l.grade(v))
	}
	for _, l := range s.lists {
		elements := at(v, l.index)
		for i := range elements.Len() {
			if inner := reflect.Indirect(elements.Index(i)); inner.IsValid() {
				l.shape.grade(inner, worst)
			}
		}
	}
}

func (l *leaf) grade(v reflect.Value) grade {
	v = at(v, l.index)
	if l.isStatus {
		return gradeOf(collector.Status(v.Uint()))
	}
	return gradeOf(v.Interface().(collector.Value).Status())
}

// data is what the snapshot has of a section.
func (x *examination) data(section string) reflect.Value {
	snapshot := reflect.ValueOf(x.snapshot).Elem()
	for field := range snapshot.Type().Fields() {
		if field.Tag.Get("section") == section {
			return snapshot.FieldByIndex(field.Index).FieldByName("Value")
		}
	}
	return reflect.Value{}
}
