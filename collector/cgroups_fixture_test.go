package collector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// cgroupFixture unpacks testdata/name.txt, which holds the files of a machine, as
// names of control groups ("a\x2db", "x:y") are none that every file system and every
// module archive takes. A file starts with a line "-- PATH --"; one that says
// "-> TARGET" is a link.
func cgroupFixture(t testing.TB, name string) (ctx context.Context, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	_, rest, _ := strings.Cut(string(text), "\n-- ")
	for file := range strings.SplitSeq(rest, "\n-- ") {
		path, content, found := strings.Cut(file, " --\n")
		if !found {
			path, found = strings.CutSuffix(file, " --")
		}
		if !found {
			t.Fatalf("%s: no path in %q", name, file)
		}
		if content != "" && !strings.HasSuffix(content, "\n") {
			content += "\n"
		}
		unpack(t, filepath.Join(dir, path), content)
	}
	return rootedAt(t.Context(), dir), dir
}

func unpack(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if target, isLink := strings.CutPrefix(content, "-> "); isLink {
		err = os.Symlink(strings.TrimSpace(target), path)
	} else {
		err = os.WriteFile(path, []byte(content), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// cgroupTest runs test in a bubble of its own time, on a fixture.
func cgroupTest(t *testing.T, name string, test func(t *testing.T, c *cgroupCase)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, dir := cgroupFixture(t, name)
		c := &cgroupCase{T: t, ctx: ctx, dir: dir, collector: newCgroupCollector()}
		t.Cleanup(func() {
			if c.collector.hierarchies != nil {
				c.collector.forget()
			}
		})
		test(t, c)
	})
}

// fixtureCPUs is how many processors the machines of the fixtures have.
const fixtureCPUs = 4

type cgroupCase struct {
	*testing.T
	ctx       context.Context
	dir       string
	collector *cgroupCollector
}

// collect lets pass pass first.
func (c *cgroupCase) collect(pass time.Duration) Cgroups {
	c.Helper()
	time.Sleep(pass)
	data, err := c.collector.collect(c.ctx)
	if err != nil && !errors.Is(err, ErrNoBaseline) {
		c.Fatal(err)
	}
	checkCgroups(c.T, data, fixtureCPUs)
	return data
}

// at is the path of a file below /sys/fs/cgroup.
func (c *cgroupCase) at(path string) string { return filepath.Join(c.dir, "sys/fs/cgroup", path) }

func (c *cgroupCase) group(data Cgroups, path string) *Cgroup {
	c.Helper()
	for _, g := range data.Cgroups {
		if g.Path == path {
			return g
		}
	}
	c.Fatalf("no %s among %d groups", path, len(data.Cgroups))
	return nil
}

// checkCgroups holds what is true of any machine of so many processors: no number
// below 0, no share above the whole, each group after its parent.
func checkCgroups(t *testing.T, data Cgroups, cpus int) {
	t.Helper()
	seen := map[string]bool{}
	for _, g := range data.Cgroups {
		if g.Path != "/" && g.Parent != "" && !seen[g.Parent] || seen[g.Path] {
			t.Errorf("%s comes before its parent %q, or twice", g.Path, g.Parent)
		}
		seen[g.Path] = true
		if g.Name == "" || g.Kind == "" {
			t.Errorf("%s: name %q, kind %q", g.Path, g.Name, g.Kind)
		}
		checkValues(t, g.Path, reflect.ValueOf(*g), cpus)
	}
}

// isOfOneCore reports that a field is a share of one core, so that there may be more
// than the whole of it.
func isOfOneCore(t reflect.Type, field string) bool {
	return t == reflect.TypeFor[CgroupCPU]() && (field == "Percent" || field == "UserPercent" || field == "SystemPercent")
}

func checkValues(t *testing.T, path string, data reflect.Value, cpus int) {
	t.Helper()
	for i := range data.NumField() {
		field := data.Type().Field(i)
		name := strings.Split(field.Tag.Get("json"), ",")[0]
		if v, ok := data.Field(i).Interface().(Value); ok {
			number, ok := v.Get()
			if !ok {
				continue
			}
			most := math.Inf(1)
			switch {
			case isOfOneCore(data.Type(), field.Name):
				most = 100 * float64(cpus)
			case strings.HasSuffix(name, "percent"):
				most = 100
			}
			if number < 0 || math.IsNaN(number) || math.IsInf(number, 0) || number > most*(1+1e-9) {
				t.Errorf("%s: %s is %v", path, name, number)
			}
		} else if data.Field(i).Kind() == reflect.Struct && field.Type != reflect.TypeFor[time.Time]() {
			checkValues(t, path, data.Field(i), cpus)
		}
	}
}

// touch adds a second to what a group has used. Those above do not follow: of those
// the kernel may tell less than it knows.
func (c *cgroupCase) touch(path string) {
	c.Helper()
	text, err := os.ReadFile(c.at(path + "/cpu.stat"))
	if err != nil {
		c.Fatal(err)
	}
	var usage uint64
	fmt.Sscanf(string(text), "usage_usec %d", &usage)
	rewrite(c.T, c.at(path+"/cpu.stat"), fmt.Sprintf("usage_usec %d\n", usage), fmt.Sprintf("usage_usec %d\n", usage+1_000_000))
}
