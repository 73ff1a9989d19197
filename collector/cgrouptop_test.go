package collector

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// TestTopCgroups: those of most CPU, of most memory and of most I/O, each once, in the
// order of CPU; those of which nothing is known, or which do nothing, are not among them.
func TestTopCgroups(t *testing.T) {
	group := func(name string, cpu, memory, read, write Value) *Cgroup {
		return &Cgroup{Name: name, CPU: CgroupCPU{Percent: cpu}, Memory: CgroupMemory{Current: memory}, IO: CgroupIO{ReadRate: read, WriteRate: write}}
	}
	none := Missing(Unsupported)
	all := []*Cgroup{
		group("idle", Of(0), Of(0), Of(0), Of(0)), group("unknown", none, none, none, none),
		group("reader", none, none, Of(5), none), group("writer", Of(0), none, none, Of(9)),
		group("all", Of(50), Of(1<<30), Of(1), Of(1)), group("large", Of(0), Of(1<<31), none, none),
		group("busy", Of(90), Of(1), none, none), group("same", Of(90), Of(1), none, none),
	}
	var names []string
	for _, g := range topCgroups(all) {
		names = append(names, g.Name)
	}
	if want := []string{"busy", "same", "all", "large", "reader", "writer"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	if got := topCgroups(nil); got == nil || len(got) != 0 {
		t.Errorf("of none: %v, want an empty list", got)
	}
	all = nil
	for i := range 500 {
		cpu, memory, io := Of(float64(i%100+1)), Of(float64((i+100)%300+1)), Of(float64((i+37)%200+1))
		all = append(all, group(fmt.Sprint(i), cpu, memory, io, none))
	}
	before := slices.Clone(all)
	top := topCgroups(all)
	if len(top) > topByCPU+topByMemory+topByIO || len(top) < topByCPU {
		t.Errorf("%d groups", len(top))
	}
	if !slices.Equal(all, before) {
		t.Error("the list was changed")
	}
	for _, by := range []struct {
		sort  string
		count int
	}{{"cpu", topByCPU}, {"memory", topByMemory}, {"io", topByIO}} {
		rows, _ := Cgroups{Cgroups: all}.Select(CgroupQuery{Sort: by.sort, Limit: by.count})
		value := valueToSortBy(by.sort)
		least, _ := value(rows[len(rows)-1]).Get()
		reach := 0
		for _, g := range top {
			if number, _ := value(g).Get(); number >= least {
				reach++
			}
		}
		if reach < by.count {
			t.Errorf("%d of the %d by %s", reach, by.count, by.sort)
		}
	}
}

func valueToSortBy(name string) func(*Cgroup) Value {
	for _, s := range cgroupSorts {
		if s.name == name {
			return s.value
		}
	}
	return nil
}

// TestCgroupsAsJSONAreBounded: however many groups there are, what each viewer is sent
// in each tick is not more.
func TestCgroupsAsJSONAreBounded(t *testing.T) {
	cgroupTest(t, "cgroup-bare", func(t *testing.T, c *cgroupCase) {
		for i := range 500 {
			unpack(t, c.at(fmt.Sprintf("s%d.slice/cgroup.procs", i)), "")
			unpack(t, c.at(fmt.Sprintf("s%d.slice/cpu.stat", i)), "usage_usec 1\n")
			unpack(t, c.at(fmt.Sprintf("s%d.slice/memory.current", i)), fmt.Sprintf("%d\n", 1000-i))
		}
		c.collect(0)
		for i := range 500 {
			writeFile(t, c.at(fmt.Sprintf("s%d.slice/cpu.stat", i)), fmt.Sprintf("usage_usec %d\n", 10+i*10))
		}
		data := c.collect(time.Second)
		if data.Total != 501 || len(data.Cgroups) != 501 || len(data.Top) != topByCPU+topByMemory {
			t.Errorf("%d, %d and %d groups", data.Total, len(data.Cgroups), len(data.Top))
		}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		var members struct {
			Total int
			Top   []struct{ Path string }
		}
		if err := json.Unmarshal(text, &members); err != nil || members.Total != 501 || len(members.Top) != len(data.Top) {
			t.Errorf("%v: %d groups of %d", err, len(members.Top), members.Total)
		}
		if members.Top[0].Path != "/s499.slice" || len(text) > 150_000 {
			t.Errorf("%d bytes, first is %s", len(text), members.Top[0].Path)
		}
		if field, _ := reflect.TypeFor[Cgroups]().FieldByName("Cgroups"); field.Tag.Get("json") != "-" {
			t.Error("all groups are in the JSON")
		}
	})
}
