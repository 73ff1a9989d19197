package collector

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childRole names what this program does instead of tests when a test starts it.
const childRole = "TACHO_TEST_CHILD"

var childRoles = map[string]func() error{
	"burn":  burnOnDemand,
	"blaze": func() error { burn(5 * time.Millisecond); return nil },

	"sleepers": func() error { return inNamespace(sleepersCostNothing) },
	"outside":  processesFromOutside,
	"reuse":    func() error { return inNamespace(numbersUsedAgain) },

	"scribble":   scribbleOnDemand,
	"fault":      faultOnDemand,
	"families":   func() error { return inNamespace(familiesAddUp) },
	"generation": generation,
}

func init() {
	role := os.Getenv(childRole)
	if role == "" {
		return
	}
	if err := childRoles[role](); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// burnOnDemand uses as much CPU time as each line of its input says.
func burnOnDemand() error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		amount, err := time.ParseDuration(lines.Text())
		if err != nil {
			return err
		}
		burn(amount)
		fmt.Println("burnt")
	}
	return lines.Err()
}

func childCommand(role string) *exec.Cmd {
	child := exec.Command(os.Args[0])
	// The race detector sleeps a second at the end of each program, or not.
	child.Env = append(os.Environ(), childRole+"="+role, "GORACE=atexit_sleep_ms=0")
	return child
}

// startSleepers starts children that do nothing, until the test ends.
func startSleepers(tb testing.TB, n int) {
	tb.Helper()
	for range n {
		child := exec.Command("sleep", "3600")
		if err := child.Start(); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() {
			child.Process.Kill()
			child.Wait()
		})
	}
}

func collectProcesses(t *testing.T, c *processCollector) Processes {
	t.Helper()
	reading, err := c.collect(t.Context())
	if !(Reading[Processes]{At: time.Now(), Err: err}).Has() {
		t.Fatal(err)
	}
	return reading
}

func TestLiveProcesses(t *testing.T) {
	c := newProcessCollector(true)
	t.Cleanup(c.reset)
	got := collectProcesses(t, c)
	self := byPID(got)[os.Getpid()]
	if self == nil {
		t.Fatalf("this process is not among %d", got.Len())
	}
	if self.Parent != os.Getppid() || self.CommandLineStatus != OK || self.Kernel {
		t.Errorf("this process is %+v", self)
	}
	wantNumber(t, "uid", self.UID, float64(os.Geteuid()))
	wantNear(t, "CPU seconds", self.CPUSeconds, processTime().Seconds(), 0.1)
	if age := time.Since(self.Started); age < -time.Second || age > time.Hour {
		t.Errorf("started %v ago", age)
	}
	var pages uint64
	scanFile(t, "/proc/self/statm", "%d %d", new(uint64), &pages)
	wantNear(t, "resident", float64(self.Resident), float64(pages)*float64(os.Getpagesize()), 16<<20)
	if !c.dir.own || !c.slots[c.find(int32(os.Getpid()))].clocked {
		t.Error("there are no clocks in the /proc of this process")
	}
}

// TestLiveProcessCPU compares with what a child says of itself, and with what the
// kernel says of it in the end.
func TestLiveProcessCPU(t *testing.T) {
	child := childCommand("burn")
	stdin, _ := child.StdinPipe()
	stdout, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	burnt := bufio.NewReader(stdout)
	burnMore := func(amount string) {
		t.Helper()
		io.WriteString(stdin, amount+"\n")
		if line, err := burnt.ReadString('\n'); err != nil || line != "burnt\n" {
			t.Fatalf("%q: %v", line, err)
		}
	}
	burnMore("1ms")
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	before := byPID(collectProcesses(t, c))[child.Process.Pid]
	burnMore("200ms")
	after := byPID(collectProcesses(t, c))[child.Process.Pid]
	spent := after.CPUSeconds - before.CPUSeconds
	wantNear(t, "CPU seconds", spent, 0.2, 0.03)
	percent, _ := after.CPU.Get()
	wantNear(t, "CPU percent", percent, 100*spent/c.elapsed.Seconds(), 0.1)
	stdin.Close()
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	total := (child.ProcessState.UserTime() + child.ProcessState.SystemTime()).Seconds()
	wantNear(t, "CPU seconds in all", after.CPUSeconds, total, 0.03)
}

// TestKeptDescriptors: of processes that run at every tick, until they end.
func TestKeptDescriptors(t *testing.T) {
	child := childCommand("burn")
	stdin, _ := child.StdinPipe()
	stdout, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	burnt := bufio.NewReader(stdout)
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	var last *Process
	for range enoughHeat + 3 {
		io.WriteString(stdin, "1ms\n")
		if _, err := burnt.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		p := byPID(collectProcesses(t, c))[child.Process.Pid]
		if last != nil && p.CPUSeconds < last.CPUSeconds+0.001 {
			t.Errorf("%v s after %v s", p.CPUSeconds, last.CPUSeconds)
		}
		last = p
	}
	slot := c.find(int32(child.Process.Pid))
	if !c.slots[slot].kept || c.kept.used == 0 {
		t.Error("no descriptor was kept")
	}
	stdin.Close()
	if err := child.Wait(); err != nil {
		t.Fatal(err)
	}
	if p := byPID(collectProcesses(t, c))[child.Process.Pid]; p != nil || c.slots[slot].kept {
		t.Errorf("after its end: %+v", p)
	}
	c.reset()
	if c.kept.used != 0 {
		t.Errorf("%d descriptors are left", c.kept.used)
	}
}

func TestLiveShortLived(t *testing.T) {
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	collectProcesses(t, c)
	spent := time.Duration(0)
	for range 50 {
		child := childCommand("blaze")
		if err := child.Run(); err != nil {
			t.Fatal(err)
		}
		spent += child.ProcessState.UserTime() + child.ProcessState.SystemTime()
	}
	got := collectProcesses(t, c)
	if got.KernelThreads == 0 {
		wantMissing(t, "tasks in a container", got.ShortLived.Tasks, Unsupported)
	} else if tasks, ok := got.ShortLived.Tasks.Get(); !ok || tasks < 50 {
		t.Errorf("%v tasks (%v) of 50", tasks, got.ShortLived.Tasks.Status())
	}
	percent, ok := got.ShortLived.CPU.Get()
	if !ok || percent <= 0 {
		t.Errorf("CPU is %v (%v) of %v in %v", percent, got.ShortLived.CPU.Status(), spent, c.elapsed)
	}
	// Whatever else has ended on this machine meanwhile only adds to it, but for
	// what its parents did not wait for.
	t.Logf("%v by the children, %v by the collector", spent, time.Duration(percent/100*float64(c.elapsed)))
}

// TestLiveIO: the bytes that this process writes to storage are in its row.
func TestLiveIO(t *testing.T) {
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	collectProcesses(t, c)
	collectProcesses(t, c)
	file, err := os.Create(t.TempDir() + "/written")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(make([]byte, 8<<20)); err != nil {
		t.Fatal(err)
	}
	self := byPID(collectProcesses(t, c))[os.Getpid()]
	var fs unix.Statfs_t
	unix.Fstatfs(int(file.Fd()), &fs)
	if written := c.writtenBy(self); fs.Type != unix.TMPFS_MAGIC && written < 8<<20 {
		t.Errorf("%v bytes written (%v)", written, self.WriteBytes.Status())
	}
	io, _ := parseProcessIO([]byte(readFile(t, "/proc/"+strconv.Itoa(os.Getpid())+"/io")))
	total, _ := self.WriteTotal.Get()
	wantNear(t, "written total", total, float64(io.written), 1<<20)
}
