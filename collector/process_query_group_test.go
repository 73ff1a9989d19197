package collector

import "testing"

// What is in no unit and no container is found by the group that it is in.
func TestSelectByControlGroup(t *testing.T) {
	p := ProcessesOf(
		&Process{PID: 1, Cgroup: "/builds/4a96f0"}, &Process{PID: 2, Cgroup: "/builds/77"},
		&Process{PID: 3, Unit: "a.service", Cgroup: "/a.service"}, &Process{PID: 4})
	for unit, want := range map[string]int{"4A96": 1, "builds": 0, "a.": 1, "7": 1, "": 4} {
		if _, matched := p.Select(ProcessQuery{Unit: unit}); matched != want {
			t.Errorf("unit %q: %d, want %d", unit, matched, want)
		}
	}
}
