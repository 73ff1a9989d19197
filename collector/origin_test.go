package collector

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// aSource is a path, a system call or a socket family as the manual has it, or a
// function of a library that is asked; others may follow it after a comma.
var aSource = regexp.MustCompile(`^(/[^\s,]+|\w+\([237]\)|[a-z]+(\.[A-Z]\w*)+\(\)|nvml[A-Z]\w*|NETLINK_[A-Z_]+)(,? .*)?$`)

// TestEveryNumberHasAnOrigin holds the data types of all sections against their
// tags: a page that shows a number can say where it comes from.
func TestEveryNumberHasAnOrigin(t *testing.T) {
	snapshot := reflect.TypeFor[Snapshot]()
	for field := range snapshot.Fields() {
		section := field.Tag.Get("section")
		if section == "" {
			continue
		}
		t.Run(section, func(t *testing.T) {
			value, _ := field.Type.FieldByName("Value")
			numbers := 0
			eachNumber("", value.Type, func(path string) {
				numbers++
				origin, ok := OriginOf(section, path)
				switch {
				case !ok:
					t.Errorf("%s has no tag from", path)
				case !aSource.MatchString(origin.Source):
					t.Errorf("%s comes from %q, which is no source", path, origin.Source)
				case origin.Formula != strings.TrimSpace(origin.Formula):
					t.Errorf("%s is %q, with space around it", path, origin.Formula)
				}
			})
			if numbers == 0 {
				t.Error("no number in it")
			}
		})
	}
}

// eachNumber visits the members that are a number, or tell why there is none.
func eachNumber(path string, t reflect.Type, visit func(path string)) {
	switch {
	case t == reflect.TypeFor[Value](), t == reflect.TypeFor[Status](), isNumberKind(t.Kind()):
		visit(path)
	case t.Kind() == reflect.Pointer:
		eachNumber(path, t.Elem(), visit)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array, t.Kind() == reflect.Map:
		eachNumber(path+"[]", t.Elem(), visit)
	case t.Kind() == reflect.Struct:
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			switch {
			case name == "-" || !field.IsExported():
			case name == "":
				eachNumber(path, field.Type, visit)
			default:
				eachNumber(strings.TrimPrefix(path+"."+name, "."), field.Type, visit)
			}
		}
	}
}

func isNumberKind(k reflect.Kind) bool { return reflect.Int <= k && k <= reflect.Float64 }

func TestOriginOf(t *testing.T) {
	for _, test := range []struct {
		section string
		want    Origin
	}{
		{"load", Origin{"load_1m", "/proc/loadavg", "its first number"}},
		{"cpu", Origin{"usage.busy_percent", "/proc/stat", "100 × (Δall − Δidle − Δiowait) / Δall"}},
		{"cpu", Origin{"cores[].usage.iowait_percent", "/proc/stat", "100 × Δiowait / Δall"}},
		{"disks", Origin{"[].totals.reads_total", "/proc/diskstats", "reads completed"}},
		{"mounts", Origin{"mounts[].inodes", "statfs(2)", "f_files"}},
		{"pressure", Origin{"io.some.avg10_percent", "/proc/pressure/RESOURCE", "avg10"}},
		{"kernel", Origin{"limits.pid_max", "/proc/sys/kernel/pid_max", ""}},
		{"host", Origin{"boot_time", "/proc/stat", "btime, in seconds since 1970"}},
	} {
		if got, ok := OriginOf(test.section, test.want.Path); !ok || got != test.want {
			t.Errorf("%s: %+v, %v, want %+v", test.section, got, ok, test.want)
		}
	}
	for section, path := range map[string]string{"cpu": "model", "": "load_1m", "load": "", "memory": "lines"} {
		if origin, ok := OriginOf(section, path); ok {
			t.Errorf("%s of %q: %+v", path, section, origin)
		}
	}
}

// TestOriginsInOrder: as the members of the data.
func TestOriginsInOrder(t *testing.T) {
	paths := make([]string, 0)
	for _, origin := range Origins()["load"] {
		paths = append(paths, origin.Path)
	}
	if got := strings.Join(paths, " "); got != "load_1m load_5m load_15m running blocked tasks" {
		t.Errorf("order is %s", got)
	}
}
