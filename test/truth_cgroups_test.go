package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

const cgroupRoot = "/sys/fs/cgroup"

// What tacho says of a control group, of this machine's version, is what the
// kernel says of it. Who may make none has to do with those that there are.
func TestTruthOfCgroups(t *testing.T) {
	const name = "tacho-test (odd).slice.d"
	busy := startSubject(t, "grouped", "burn 1")
	made := makeCgroup(t, name, busy)
	p := start(t, "--interval=200ms")
	if made {
		eventually(t, func() error {
			now, err := cgroupsOf(p.URL, "q=tacho-TEST+(odd)")
			if share := now.numbers["/"+name+".cpu.percent"]; err != nil || share < 5 {
				return fmt.Errorf("it uses %v %%, as %v say: %v", share, now.numbers, err)
			}
			return nil
		})
	}
	prove(t, directCgroups, func(began time.Time) (said, error) { return cgroupsSince(p.URL, began) })
}

// makeCgroup puts a process in a control group of its own until the test ends.
func makeCgroup(t *testing.T, name string, s *subject) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		return false
	}
	for _, tree := range cgroupTrees(t) {
		dir := filepath.Join(tree, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			s.command.Process.Kill()
			s.command.Wait()
			eventually(t, func() error { return os.Remove(dir) })
		})
		if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(s.pid())), 0); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// cgroupTrees are the hierarchies that count what groups use.
func cgroupTrees(t *testing.T) (trees []string) {
	t.Helper()
	for _, tree := range []string{"", "cpuacct", "memory", "pids"} {
		if dir := filepath.Join(cgroupRoot, tree); exists(filepath.Join(dir, "cgroup.procs")) {
			trees = append(trees, dir)
		}
	}
	if len(trees) == 0 {
		t.Fatal("no control groups in " + cgroupRoot)
	}
	return trees
}

func cgroupsOf(url, query string) (said, error) {
	response, err := http.Get(url + "api/v1/cgroups?" + query)
	if err != nil {
		return said{}, err
	}
	defer response.Body.Close()
	var answer struct {
		Cgroups []row `json:"cgroups"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return said{}, err
	}
	out := nothing()
	for _, group := range answer.Cgroups {
		out.put(group["path"].(string), map[string]any(group))
	}
	return out, nil
}

// cgroupsSince are those of a tick that began after the call.
func cgroupsSince(url string, began time.Time) (said, error) {
	s, err := snapshotOf(url)
	if err != nil || s.Time.Before(began) {
		return said{}, fmt.Errorf("no tick since %s: %v", began, err)
	}
	return cgroupsOf(url, "limit=10000")
}

// directCgroups reads the files of every group that has them, those of one that
// makes groups in itself without a meaning left out.
func directCgroups(t *testing.T) said {
	t.Helper()
	out := nothing()
	for _, tree := range cgroupTrees(t) {
		groups, err := filepath.Glob(filepath.Join(tree, "*", "cgroup.procs"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range groups {
			dir := filepath.Dir(file)
			for name, value := range directCgroup(dir) {
				out.numbers["/"+filepath.Base(dir)+"."+name] = value
			}
		}
	}
	return out
}

func directCgroup(dir string) readings {
	out := readings{}
	take := func(file string, factor float64, name string) {
		text, err := os.ReadFile(filepath.Join(dir, file))
		fields := strings.Fields(string(text))
		if err != nil || len(fields) == 0 {
			return
		}
		if fields[0] == "usage_usec" {
			fields = fields[1:]
		}
		if value, err := strconv.ParseFloat(fields[0], 64); err == nil {
			out[name] = factor * value
		}
	}
	take("cpuacct.usage", 1e-9, "cpu.usage_seconds_total")
	if exists(filepath.Join(dir, "memory.current")) {
		take("cpu.stat", 1e-6, "cpu.usage_seconds_total")
	}
	take("memory.usage_in_bytes", 1, "memory.current_bytes")
	take("memory.current", 1, "memory.current_bytes")
	take("pids.current", 1, "pids.current")
	return out
}
