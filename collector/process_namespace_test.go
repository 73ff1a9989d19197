package collector

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// These tests need a PID namespace of their own, where nobody else begins and
// ends, and where they choose the numbers of processes.

// runInNamespace starts this program in namespaces of its own.
func runInNamespace(t *testing.T, role string) {
	t.Helper()
	child := childCommand(role)
	child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	if os.Geteuid() != 0 {
		child.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		child.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		child.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := child.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

func inNamespace(check func() error) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts of its own: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		return fmt.Errorf("a /proc of its own: %w", err)
	}
	return check()
}

func TestSleepingProcessesCostNoMemory(t *testing.T) { runInNamespace(t, "sleepers") }

func sleepersCostNothing() error {
	allocations := func(sleepers int) (float64, error) {
		for range sleepers {
			if err := exec.Command("sleep", "3600").Start(); err != nil {
				return 0, err
			}
		}
		c := newProcessCollector(true)
		defer c.reset()
		var err error
		tick := func() {
			c.at = c.at.Add(-time.Second) // so that a tenth has its turn
			if _, failed := c.collect(context.Background()); failed != nil && !errors.Is(failed, ErrNoBaseline) {
				err = failed
			}
		}
		for range 40 {
			tick()
		}
		if n := len(c.order); n < sleepers || !c.dir.own {
			return 0, fmt.Errorf("%d processes, with clocks: %v", n, c.dir.own)
		}
		return testing.AllocsPerRun(100, tick), err
	}
	alone, err := allocations(0)
	if err != nil {
		return err
	}
	among, err := allocations(300)
	fmt.Printf("%v allocations a tick alone, %v among 300 that sleep\n", alone, among)
	if err == nil && among > alone+10 {
		err = errors.New("those that sleep cost memory")
	}
	return err
}

// TestProcessesFromOutside: in the /proc of another PID namespace the numbers are
// not those that clocks are asked for by.
func TestProcessesFromOutside(t *testing.T) { runInNamespace(t, "outside") }

func processesFromOutside() error {
	link, err := os.Readlink("/proc/self")
	if err != nil {
		return err
	}
	pid, _ := strconv.Atoi(link)
	c := newProcessCollector(false)
	defer c.reset()
	if _, err := c.collect(context.Background()); !errors.Is(err, ErrNoBaseline) {
		return err
	}
	burn(50 * time.Millisecond)
	reading, err := c.collect(context.Background())
	if err != nil {
		return err
	}
	self := byPID(reading)[pid]
	if c.dir.own || os.Getpid() == pid || self == nil || self.CPUSeconds < 0.04 {
		return fmt.Errorf("clocks: %v; this process is %d outside: %+v", c.dir.own, pid, self)
	}
	if percent, ok := self.CPU.Get(); !ok || percent <= 0 {
		return fmt.Errorf("CPU is %v (%v)", percent, self.CPU.Status())
	}
	return nil
}

func TestNumbersUsedAgain(t *testing.T) { runInNamespace(t, "reuse") }

const (
	firstReused = 1000 // the numbers that are used again and again
	reusedCount = 25
	reusedApart = 10 // room for threads of this program, which keep the number that they take
	reuseRounds = 41
)

// numbersUsedAgain has each of some numbers used by one process after the other
// while a collector looks on. Each process has an argument of its own, and every
// row must be all of one of them.
func numbersUsedAgain() error {
	var done atomic.Bool
	rows := make(chan []*Process)
	go func() { rows <- watchReused(&done) }()
	lives, err := reuseNumbers()
	done.Store(true)
	seen := <-rows
	if err != nil {
		return err
	}
	return checkLives(lives, seen)
}

// life is what is known of a process by who started it.
type life struct {
	pid   int
	start uint64
}

// reuseNumbers returns the argument of each process that it started, and ended.
func reuseNumbers() (map[life]string, error) {
	lives := make(map[life]string)
	var running [reusedCount]*exec.Cmd
	for round := range reuseRounds {
		for i := range running {
			if running[i] != nil {
				running[i].Process.Kill()
				running[i].Wait()
			}
			argument := fmt.Sprintf("3600.%d", round*reusedCount+i)
			child, err := startAs(firstReused+i*reusedApart, argument)
			if err != nil {
				return nil, err
			}
			text, err := os.ReadFile("/proc/" + strconv.Itoa(child.Process.Pid) + "/stat")
			if err != nil {
				return nil, err
			}
			stat, _ := parseProcessStat(text, int32(child.Process.Pid))
			lives[life{child.Process.Pid, stat.start}] = "sleep " + argument
			running[i] = child
		}
	}
	return lives, nil
}

// startAs starts a process that has this number, or the next that is no thread's.
func startAs(pid int, argument string) (*exec.Cmd, error) {
	for range 100 {
		for exists("/proc/self/task/" + strconv.Itoa(pid)) {
			pid++
		}
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
			return nil, err
		}
		child := exec.Command("sleep", argument)
		if err := child.Start(); err != nil {
			return nil, err
		}
		if child.Process.Pid == pid {
			return child, nil
		}
		// A thread of this program took the number. Before another process may
		// have that of this child, the clock that tells them apart must go on.
		child.Process.Kill()
		child.Wait()
		awaitTick()
	}
	return nil, fmt.Errorf("no process has the number %d", pid)
}

// awaitTick returns when the next process begins at a later tick than the last.
func awaitTick() {
	for end := time.Now().Add(2 * tickLength); time.Now().Before(end); {
		runtime.Gosched()
	}
}

// watchReused returns all rows that were ever published of the numbers.
func watchReused(done *atomic.Bool) (rows []*Process) {
	c := newProcessCollector(true)
	defer c.reset()
	last := make(map[int]*Process)
	for !done.Load() {
		reading, err := c.collect(context.Background())
		if err != nil && !errors.Is(err, ErrNoBaseline) {
			fmt.Println(err)
			continue
		}
		for p := range reading.All() {
			if p.PID >= firstReused && p.PID < firstReused+reusedCount*reusedApart && last[p.PID] != p {
				last[p.PID] = p
				rows = append(rows, p)
			}
		}
	}
	return rows
}

func checkLives(lives map[life]string, rows []*Process) error {
	itself := "" // what a process shows between fork and exec
	if text, err := os.ReadFile("/proc/self/cmdline"); err == nil {
		itself = parseCommandLine(text)
	}
	before := make(map[life]*Process)
	known := 0
	for _, p := range rows {
		id := life{p.PID, p.Start}
		argument, ok := lives[id]
		if ok && p.Name == "sleep" && p.CommandLine != argument && p.CommandLine != itself && p.CommandLine != "" {
			return fmt.Errorf("%d of tick %d is %q, and has the command line %q", p.PID, p.Start, argument, p.CommandLine)
		}
		earlier := before[id]
		if _, has := p.CPU.Get(); has && earlier == nil {
			return fmt.Errorf("%d of tick %d has a CPU percentage when it is first seen", p.PID, p.Start)
		}
		if earlier != nil && p.CPUSeconds < earlier.CPUSeconds {
			return fmt.Errorf("%d of tick %d went back from %v s to %v s", p.PID, p.Start, earlier.CPUSeconds, p.CPUSeconds)
		}
		if earlier == nil && ok {
			known++
		}
		before[id] = p
	}
	fmt.Printf("%d lives, %d of them in %d rows\n", len(lives), known, len(rows))
	if known < reusedCount*reuseRounds/2 {
		return errors.New("too few of them were seen")
	}
	return nil
}
