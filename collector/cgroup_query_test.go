package collector

import (
	"slices"
	"strings"
	"testing"
)

func cgroupsToChoose() Cgroups {
	group := func(path, name, kind string, cpu, memory, read, write Value) *Cgroup {
		return &Cgroup{
			Path: path, Name: name, Kind: kind, CPU: CgroupCPU{Percent: cpu}, Memory: CgroupMemory{Current: memory},
			IO: CgroupIO{ReadRate: read, WriteRate: write},
		}
	}
	all := Cgroups{Cgroups: []*Cgroup{
		group("/system.slice", "system.slice", "slice", Of(10), Of(100), Of(1), Of(0)),
		group("/system.slice/nginx.service", "nginx.service", "service", Of(5), Of(50), Of(0), Of(9)),
		group("/system.slice/a10.service", "a10.service", "service", Missing(NoBaseline), Of(60), Missing(Unsupported), Of(3)),
		group("/system.slice/a9.service", "a9.service", "service", Of(5), Missing(Unsupported), Missing(Unsupported), Missing(Unsupported)),
		group("/docker/4f5e", "Shop_DB", "container", Of(0), Of(70), Of(2), Missing(Unsupported)),
	}}
	all.Cgroups[4].Runtime = "docker"
	all.Cgroups[4].Pressure = CgroupPressure{CPU: Of(1), Memory: Of(3), IO: Missing(Unsupported)}
	all.Cgroups[1].Pressure = CgroupPressure{CPU: Missing(NoBaseline), IO: Of(4)}
	all.Cgroups[1].PIDs.Current, all.Cgroups[2].PIDs.Current = Of(7), Of(8)
	all.Cgroups[3].CPU.ThrottledPercent = Of(12)
	return all
}

func TestSelectCgroups(t *testing.T) {
	for name, test := range map[string]struct {
		query   CgroupQuery
		want    string
		matched int
	}{
		"all":               {CgroupQuery{}, "system.slice a9.service nginx.service Shop_DB a10.service", 5},
		"an unknown order":  {CgroupQuery{Sort: "colour"}, "system.slice a9.service nginx.service Shop_DB a10.service", 5},
		"the idlest":        {CgroupQuery{Ascending: true}, "Shop_DB a9.service nginx.service system.slice a10.service", 5},
		"by name":           {CgroupQuery{Sort: "name", Ascending: true}, "Shop_DB a9.service a10.service nginx.service system.slice", 5},
		"by name from z":    {CgroupQuery{Sort: "name"}, "system.slice nginx.service a10.service a9.service Shop_DB", 5},
		"by memory":         {CgroupQuery{Sort: "memory"}, "system.slice Shop_DB a10.service nginx.service a9.service", 5},
		"by reads":          {CgroupQuery{Sort: "read", Limit: 2}, "Shop_DB system.slice", 5},
		"by writes":         {CgroupQuery{Sort: "write", Limit: 2}, "nginx.service a10.service", 5},
		"by both":           {CgroupQuery{Sort: "io"}, "nginx.service a10.service Shop_DB system.slice a9.service", 5},
		"by tasks":          {CgroupQuery{Sort: "pids", Limit: 2}, "a10.service nginx.service", 5},
		"by pressure":       {CgroupQuery{Sort: "pressure", Limit: 2}, "nginx.service Shop_DB", 5},
		"by throttling":     {CgroupQuery{Sort: "throttled", Limit: 1}, "a9.service", 5},
		"services":          {CgroupQuery{Kind: "service", Sort: "name", Ascending: true}, "a9.service a10.service nginx.service", 3},
		"text":              {CgroupQuery{Text: "DB"}, "Shop_DB", 1},
		"text of a path":    {CgroupQuery{Text: "slice/a", Limit: 1}, "a9.service", 2},
		"text of a runtime": {CgroupQuery{Text: "Docker"}, "Shop_DB", 1},
		"nothing":           {CgroupQuery{Text: "*"}, "", 0},
	} {
		all := cgroupsToChoose()
		before := slices.Clone(all.Cgroups)
		rows, matched := all.Select(test.query)
		var names []string
		for _, g := range rows {
			names = append(names, g.Name)
		}
		if got := strings.Join(names, " "); got != test.want || matched != test.matched {
			t.Errorf("%s: %q of %d, want %q of %d", name, got, matched, test.want, test.matched)
		}
		if !slices.Equal(all.Cgroups, before) {
			t.Errorf("%s: the snapshot was changed", name)
		}
	}
}

func TestCgroupSorts(t *testing.T) {
	want := []string{"cpu", "memory", "read", "write", "io", "pids", "pressure", "throttled", "name"}
	if got := CgroupSorts(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
