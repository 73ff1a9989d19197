package collector

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func byPID(p Processes) map[int]*Process {
	rows := make(map[int]*Process)
	for process := range p.All() {
		rows[process.PID] = process
	}
	return rows
}

// followedProcesses reads a fixture once, as ten seconds ago.
func followedProcesses(t *testing.T, name string) (next func() Processes, dir string, c *processCollector) {
	t.Helper()
	ctx, dir := fixture(t, name)
	next, c = follow(t, ctx)
	return next, filepath.Join(dir, "proc"), c
}

// follow reads the processes once, as ten seconds ago.
func follow(t *testing.T, ctx context.Context) (next func() Processes, c *processCollector) {
	t.Helper()
	c = newProcessCollector(true)
	t.Cleanup(c.reset)
	if _, err := c.collect(ctx); (Reading[Processes]{Err: err}).Status() != NoBaseline {
		t.Fatal(err)
	}
	return func() Processes {
		t.Helper()
		c.at = c.at.Add(-10 * time.Second)
		reading, err := c.collect(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return reading
	}, c
}

// wantAbout allows for the time that a test takes within ten seconds.
func wantAbout(t *testing.T, name string, v Value, want float64) {
	t.Helper()
	number, ok := v.Get()
	if !ok || number > want || number < 0.8*want {
		t.Errorf("%s is %v (%v), want about %v", name, number, v.Status(), want)
	}
}

func TestProcesses(t *testing.T) {
	ctx, _ := fixture(t, "proc-6.12")
	got, err := NewProcesses(true)(ctx)
	if (Reading[Processes]{Err: err}).Status() != NoBaseline {
		t.Fatal(err)
	}
	counts := []int{got.Total, got.Listed, got.Len(), got.Running, got.Sleeping, got.Blocked, got.Stopped, got.Zombie, got.Idle, got.Threads, got.KernelThreads, got.Unreadable, got.Denied}
	if want := []int{9, 9, 9, 1, 4, 1, 1, 1, 1, 20, 2, 0, 0}; !slices.Equal(counts, want) {
		t.Errorf("counts are %v, want %v", counts, want)
	}
	if got.Truncated || got.Hidden {
		t.Errorf("truncated %v, hidden %v", got.Truncated, got.Hidden)
	}
	wantMissing(t, "started", got.Started, NoBaseline)
	wantMissing(t, "short-lived tasks", got.ShortLived.Tasks, NoBaseline)
	rows := byPID(got)

	p := rows[901]
	page := uint64(os.Getpagesize())
	if p.Name != "postgres" || p.Parent != 1 || p.State != "R" || p.Threads != 4 || p.Nice != 0 || p.Priority != 20 || p.Kernel ||
		p.User != "postgres" || p.Resident != 65536*page || p.Virtual != 536870912 || p.MajorFaults != 30 || p.Start != 4400 ||
		p.CommandLine != "postgres: 16/main: checkpointer" || p.CommandLineStatus != OK {
		t.Errorf("postgres is %+v", p)
	}
	if want := time.Unix(1760000044, 0); !p.Started.Equal(want) {
		t.Errorf("started %v, want %v", p.Started, want)
	}
	wantNumber(t, "CPU seconds", Of(p.CPUSeconds), 1000)
	wantNumber(t, "uid", p.UID, 111)
	wantNumber(t, "swap", p.Swap, 2<<20)
	wantNumber(t, "processor", p.Processor, 2)
	wantNumber(t, "read total", p.ReadTotal, 8589934592)
	wantNumber(t, "written total", p.WriteTotal, 17179869184)
	wantNumber(t, "cancelled", p.CancelledTotal, 65536)
	for name, rate := range map[string]Value{"cpu": p.CPU, "faults": p.MajorFaultRate, "read": p.ReadBytes, "write": p.WriteBytes} {
		wantMissing(t, name, rate, NoBaseline)
	}
	if want := "/system.slice/postgresql@16-main.service"; p.Cgroup != want {
		t.Errorf("cgroup is %q, want %q", p.Cgroup, want)
	}

	if p := rows[902]; p.Name != "a) R (b\nc d)" || p.State != "D" || p.Nice != 10 || p.User != "www-data" || p.CommandLine != "./a) R (b\nc d) --password=***" {
		t.Errorf("the one with brackets is %+v", p)
	}
	if p := rows[14]; !p.Kernel || p.State != "I" || p.Name != "kworker/0:1H-kblockd" || p.Nice != -20 || p.CommandLineStatus != NoBaseline {
		t.Errorf("the thread of the kernel is %+v", p)
	}
	wantMissing(t, "swap of the kernel", rows[14].Swap, Unsupported)
	wantMissing(t, "swap of a zombie", rows[903].Swap, Unsupported)
	wantMissing(t, "reads of a zombie without io", rows[903].ReadTotal, Unsupported)
	if p := rows[904]; p.User != "4242" || p.Priority != -51 {
		t.Errorf("the real-time one is %+v", p)
	}
}

func TestProcessesOfOldKernels(t *testing.T) {
	for name, want := range map[string]struct {
		pid          int
		user, cgroup string
		seconds      float64
	}{
		"proc-4.4": {431, "root", "/system.slice/cron.service", 0.16},
		"proc-3.2": {1200, "exim", "", 0.08},
	} {
		ctx, _ := fixture(t, name)
		got, err := NewProcesses(false)(ctx)
		if (Reading[Processes]{Err: err}).Status() != NoBaseline || got.Total != 3 || got.KernelThreads != 1 {
			t.Fatalf("%s: %d processes, %d of the kernel: %v", name, got.Total, got.KernelThreads, err)
		}
		p := byPID(got)[want.pid]
		if p.User != want.user || p.Cgroup != want.cgroup || p.CommandLine != "" || p.CommandLineStatus != Unsupported {
			t.Errorf("%s: %+v", name, p)
		}
		wantNumber(t, name, Of(p.CPUSeconds), want.seconds)
	}
}

func TestProcessRates(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	first := byPID(next())
	wantNumber(t, "cpu of who does nothing", first[901].CPU, 0)
	wantNumber(t, "read of who does nothing", first[901].ReadBytes, 0)
	rewrite(t, filepath.Join(proc, "901", "stat"), " 30 2 70000 30000 ", " 50 2 70400 30100 ")
	rewrite(t, filepath.Join(proc, "901", "io"), "\nread_bytes: 8589934592", "\nread_bytes: 8589944592")
	rewrite(t, filepath.Join(proc, "901", "io"), "\nwrite_bytes: 17179869184", "\nwrite_bytes: 17179969184")
	second := next()
	p := byPID(second)[901]
	wantAbout(t, "cpu", p.CPU, 50)
	wantAbout(t, "faults", p.MajorFaultRate, 2)
	wantAbout(t, "read", p.ReadBytes, 1000)
	wantAbout(t, "written", p.WriteBytes, 10000)
	if second.Top[0] != p {
		t.Errorf("top is %+v", second.Top[0])
	}
	if first[901].CPUSeconds != 1000 || first[900] != byPID(second)[900] {
		t.Error("what was published has changed, or what has not changed was published anew")
	}
	rewrite(t, filepath.Join(proc, "901", "stat"), " 70400 30100 ", " 70400 29000 ")
	wantMissing(t, "cpu of a counter that went back", byPID(next())[901].CPU, NoBaseline)
	rewrite(t, filepath.Join(proc, "901", "stat"), " 70400 29000 ", " 970400 29000 ")
	wantNumber(t, "cpu", byPID(next())[901].CPU, 400)
}

func TestProcessesComeAndGo(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	if err := os.RemoveAll(filepath.Join(proc, "900")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(proc, "904"), filepath.Join(proc, "77")); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(proc, "77", "stat"), "904 (rt)", "77 (rt)")
	got := next()
	wantNumber(t, "started", got.Started, 1)
	wantNumber(t, "ended", got.Ended, 2)
	rows := byPID(got)
	if rows[900] != nil || rows[904] != nil || len(rows) != 8 || got.Total != 8 {
		t.Errorf("%d rows", len(rows))
	}
	wantMissing(t, "cpu of a new one", rows[77].CPU, NoBaseline)
}

// TestProcessNumberUsedAgain: a process that has the number of one that ended is
// another one, however alike they are.
func TestProcessNumberUsedAgain(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	before := byPID(next())[901]
	stat := filepath.Join(proc, "901", "stat")
	rewrite(t, stat, " 30 2 70000 30000 10 5 20 0 4 0 4400 ", " 30 2 70000 30100 10 5 20 0 4 0 4401 ")
	writeFile(t, filepath.Join(proc, "901", "status"), "Name:\tx\nUid:\t33\t33\t33\t33\n")
	got := next()
	after := byPID(got)[901]
	wantNumber(t, "started", got.Started, 1)
	wantNumber(t, "ended", got.Ended, 1)
	for name, rate := range map[string]Value{"cpu": after.CPU, "faults": after.MajorFaultRate, "read": after.ReadBytes, "write": after.WriteBytes} {
		wantMissing(t, name, rate, NoBaseline)
	}
	if before.User != "postgres" || after.User != "www-data" || after.Start != 4401 {
		t.Errorf("was %+v, is %+v", before, after)
	}
	wantMissing(t, "swap", after.Swap, Unsupported)
}

func TestProcessesThatCannotBeRead(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	writeFile(t, filepath.Join(proc, "900", "stat"), "900 (nginx) S 1 900")
	if err := os.Remove(filepath.Join(proc, "904", "stat")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(proc, "07", "stat"), "")
	writeFile(t, filepath.Join(proc, "99999999", "stat"), "")
	got := next()
	if got.Total != 9 || got.Listed != 7 || got.Unreadable != 1 || got.Denied != 0 || got.Hidden {
		t.Errorf("got %+v", got)
	}
	deny(t, filepath.Join(proc, "902", "stat"), filepath.Join(proc, "901", "io"), filepath.Join(proc, "1", "cmdline"))
	got = next()
	if got.Listed != 6 || got.Denied != 1 || !got.Hidden {
		t.Errorf("got %+v", got)
	}
	wantMissing(t, "short-lived tasks", got.ShortLived.Tasks, Denied)
	p := byPID(got)[901]
	wantMissing(t, "read rate", p.ReadBytes, Denied)
	wantMissing(t, "read total", p.ReadTotal, Denied)
}

func TestHiddenProcesses(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	if err := os.RemoveAll(filepath.Join(proc, "1")); err != nil {
		t.Fatal(err)
	}
	if got := next(); !got.Hidden {
		t.Error("without process 1, not hidden")
	}
}

func TestTooManyProcesses(t *testing.T) {
	next, proc, c := followedProcesses(t, "proc-6.12")
	c.limit = 9
	writeFile(t, filepath.Join(proc, "77", "stat"), "")
	got := next()
	if !got.Truncated || got.Total != 10 || got.Listed != 9 || byPID(got)[904] == nil {
		t.Errorf("got %+v", got)
	}
	wantMissing(t, "started", got.Started, Unsupported)
	wantMissing(t, "short-lived CPU", got.ShortLived.CPU, Unsupported)
}

// TestProcessFactsAreReadAgain: when a process executes another program, and in
// turn.
func TestProcessFactsAreReadAgain(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	rewrite(t, filepath.Join(proc, "900", "stat"), "(nginx)", "(angie)")
	rewrite(t, filepath.Join(proc, "900", "status"), "VmSwap:\t     512", "VmSwap:\t     513")
	writeFile(t, filepath.Join(proc, "900", "cmdline"), "angie\x00")
	rewrite(t, filepath.Join(proc, "901", "status"), "VmSwap:\t    2048", "VmSwap:\t    4096")
	rows := byPID(next())
	wantNumber(t, "swap after exec", rows[900].Swap, 513<<10)
	if rows[900].CommandLine != "angie" || rows[900].Name != "angie" {
		t.Errorf("got %+v", rows[900])
	}
	for range factLaps {
		rows = byPID(next())
	}
	wantNumber(t, "swap after a while", rows[901].Swap, 4<<20)
}

// TestIdleProcessIO: where there is no clock to say so, a process that has not run
// for long is not asked what it has read.
func TestIdleProcessIO(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	next()
	if p := byPID(next())[900]; p.ReadBytes.Status() != OK {
		t.Errorf("read is %v", p.ReadBytes.Status())
	}
	ctx := rootedAt(t.Context(), filepath.Dir(proc))
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	c.collect(ctx)
	for i := range c.slots {
		c.slots[i].activeAt = time.Now().Add(-time.Minute)
	}
	got, _ := c.collect(ctx)
	p := byPID(got)[900]
	wantMissing(t, "read", p.ReadBytes, Idle)
	wantNumber(t, "read total", p.ReadTotal, 1048576)
	wantNumber(t, "read of a running one", byPID(got)[901].ReadTotal, 8589934592)
	rewrite(t, filepath.Join(proc, "900", "stat"), " 2000 1000 ", " 2001 1000 ")
	c.collect(ctx)
	got, _ = c.collect(ctx)
	wantMissing(t, "read since nobody knows when", byPID(got)[900].ReadBytes, NoBaseline)
	got, _ = c.collect(ctx)
	wantNumber(t, "read", byPID(got)[900].ReadBytes, 0)
}

func TestShortLived(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	// Twelve forks: a process of two threads that stays, two more threads of
	// postgres, and eight that came and went.
	rewrite(t, filepath.Join(proc, "stat"), "processes 52000", "processes 52012")
	writeFile(t, filepath.Join(proc, "950", "stat"), strings.Replace(readFile(t, filepath.Join(proc, "904", "stat")), "904 (rt) T", "950 (new) S", 1))
	rewrite(t, filepath.Join(proc, "950", "stat"), " -51 0 1 ", " -51 0 2 ")
	rewrite(t, filepath.Join(proc, "901", "stat"), " 10 5 20 0 4 ", " 10 5 20 0 6 ")
	// Process 1 has waited for children of 6 s: for nginx, which had 30 s when it
	// was last seen, and for others.
	if err := os.RemoveAll(filepath.Join(proc, "900")); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(proc, "1", "stat"), " 120000 34000 ", " 123500 34100 ")
	got := next()
	wantNumber(t, "tasks", got.ShortLived.Tasks, 8)
	wantAbout(t, "cpu", got.ShortLived.CPU, 60)
	got = next()
	wantNumber(t, "tasks", got.ShortLived.Tasks, 0)
	wantNumber(t, "cpu", got.ShortLived.CPU, 0)
}

// TestShortLivedDebt: what is seen before it is counted is made up for by what is
// counted at the next tick.
func TestShortLivedDebt(t *testing.T) {
	var s shortLived
	tasks := func(forks uint64, seen int64) float64 {
		s.begin()
		s.seen = seen
		number, _ := s.tasks(&systemStat{forks: forks, hasForks: true}).Get()
		return number
	}
	cpu := func(credit, lost time.Duration) time.Duration {
		s.begin()
		s.credit, s.lost = credit, lost
		return s.time()
	}
	tasks(100, 0)
	for i, step := range []struct{ forks, seen, want uint64 }{{100, 1, 0}, {101, 0, 0}, {104, 0, 3}, {104, 2, 0}, {104, 0, 0}, {107, 0, 3}} {
		if got := tasks(step.forks, int64(step.seen)); got != float64(step.want) {
			t.Errorf("step %d: %v tasks, want %d", i, got, step.want)
		}
	}
	for i, step := range []struct{ credit, lost, want time.Duration }{{5, 0, 5}, {0, 70, 0}, {72, 0, 2}, {0, 9, 0}, {0, 0, 0}, {8, 0, 8}} {
		if got := cpu(step.credit, step.lost); got != step.want {
			t.Errorf("step %d: %d, want %d", i, got, step.want)
		}
	}
}

// TestShortLivedInContainer: the counter of forks there is that of the machine.
func TestShortLivedInContainer(t *testing.T) {
	next, proc, _ := followedProcesses(t, "proc-6.12")
	for _, pid := range []string{"2", "14"} {
		if err := os.RemoveAll(filepath.Join(proc, pid)); err != nil {
			t.Fatal(err)
		}
	}
	got := next()
	wantMissing(t, "tasks", got.ShortLived.Tasks, Unsupported)
	wantNumber(t, "cpu", got.ShortLived.CPU, 0)
}

func TestProcessesFailAsAWhole(t *testing.T) {
	ctx, dir := fixture(t, "proc-6.12")
	collect := NewProcesses(false)
	status := func() Status {
		_, err := collect(ctx)
		return Reading[Processes]{At: time.Now(), Err: err}.Status()
	}
	stat := filepath.Join(dir, "proc", "stat")
	whole := readFile(t, stat)
	for i, step := range []struct {
		text string
		want Status
	}{{whole, NoBaseline}, {whole, OK}, {whole[:len(whole)-1], Failed}, {whole, NoBaseline}, {"cpu  1 2 3\n", Failed}, {"", Failed}} {
		writeFile(t, stat, step.text)
		if got := status(); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}

func TestProcessesAsJSON(t *testing.T) {
	next, _, _ := followedProcesses(t, "proc-6.12")
	got := next()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var object struct {
		Total int              `json:"total"`
		Top   []map[string]any `json:"top"`
	}
	if err := json.Unmarshal(text, &object); err != nil || object.Total != 9 || len(object.Top) != len(got.Top) {
		t.Errorf("%v: %s", err, text)
	}
	if row := object.Top[0]; row["name"] == "" || row["cpu_percent"] == nil || row["resident_bytes"] == nil {
		t.Errorf("the first is %v", row)
	}
}

// TestTopProcesses: the ones that use most of anything, once each, by CPU.
func TestTopProcesses(t *testing.T) {
	c := newProcessCollector(false)
	for i := range 200 {
		slot := c.freeSlot()
		c.slots[slot] = trackedProcess{pid: int32(i), share: float64(i % 50), resident: uint64(i), flow: float64(200 - i), record: &Process{PID: i}}
		c.order = append(c.order, slot)
	}
	top := c.top()
	has := make(map[int]bool)
	for i, p := range top {
		has[p.PID] = true
		if i > 0 && top[i-1].PID%50 < p.PID%50 {
			t.Errorf("%d stands before %d", top[i-1].PID, p.PID)
		}
	}
	if len(has) != len(top) {
		t.Errorf("%d of %d are different", len(has), len(top))
	}
	for _, pid := range []int{49, 99, 149, 199, 180, 0, 9} {
		if !has[pid] {
			t.Errorf("without %d", pid)
		}
	}
	if has[20] {
		t.Error("with 20, which uses little of all")
	}
}

// TestProcessTable: what was published stays as it is.
func TestProcessTable(t *testing.T) {
	var table processTable
	a, b := &Process{PID: 1}, &Process{PID: 2}
	table.set(0, a)
	table.set(100, b)
	first := table.publish()
	if again := table.publish(); &again[0] != &first[0] {
		t.Error("a table that has not changed was published anew")
	}
	table.set(0, b)
	second := table.publish()
	if first[0][0] != a || second[0][0] != b || first[1] != second[1] || first[0] == second[0] {
		t.Error("chunks are not as they should be")
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFactsTakeTurns: of more processes than can be asked at a tick, the newest
// are asked first, and all of them in the end.
func TestFactsTakeTurns(t *testing.T) {
	ctx := rootedAt(t.Context(), processTree(t, 2*maxFacts+10))
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	for tick, want := range []int{maxFacts, 2 * maxFacts, 2*maxFacts + 10, 2*maxFacts + 10} {
		reading, _ := c.collect(ctx)
		known := 0
		for p := range reading.All() {
			_, ok := p.UID.Get()
			if ok {
				known++
			}
			if newest := p.PID > maxFacts+10; tick == 0 && ok != newest {
				t.Errorf("%d, of %d, is known: %v", p.PID, reading.Len(), ok)
			}
		}
		if known != want {
			t.Errorf("tick %d: the facts of %d are known, want %d", tick, known, want)
		}
	}
}
