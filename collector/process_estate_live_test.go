package collector

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const mebibyte = 1 << 20

// scribble writes as many MiB to a file of its own, as far as the disk.
func scribble(mebibytes int) error {
	file, err := os.CreateTemp(os.Getenv(childDir), "scribble")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	for range mebibytes {
		if _, err := file.Write(make([]byte, mebibyte)); err != nil {
			return err
		}
	}
	return file.Sync()
}

// childDir names the directory that children write in.
const childDir = "TACHO_TEST_DIR"

// scribbleOnDemand writes as many MiB as each line of its input says.
func scribbleOnDemand() error {
	return onDemand(func(line string) error {
		amount, err := strconv.Atoi(line)
		if err != nil {
			return err
		}
		return scribble(amount)
	})
}

// onDemand answers each line of its input once that is done.
func onDemand(do func(line string) error) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if err := do(lines.Text()); err != nil {
			return err
		}
		fmt.Println("done")
	}
	return lines.Err()
}

// servant is a child that does something on demand.
type servant struct {
	*exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

func startServant(t *testing.T, role string) servant {
	t.Helper()
	child := childCommand(role)
	child.Env = append(child.Env, childDir+"="+t.TempDir())
	child.Stderr = os.Stderr
	stdin, _ := child.StdinPipe()
	stdout, _ := child.StdoutPipe()
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return servant{child, stdin, bufio.NewReader(stdout)}
}

func (s servant) do(t *testing.T, line string) {
	t.Helper()
	io.WriteString(s.stdin, line+"\n")
	if answer, err := s.stdout.ReadString('\n'); err != nil || answer != "done\n" {
		t.Fatalf("%q: %v", answer, err)
	}
}

func (s servant) end(t *testing.T) {
	t.Helper()
	s.stdin.Close()
	if err := s.Wait(); err != nil {
		t.Fatal(err)
	}
}

// hasDisk reports whether what is written in dir is written to storage.
func hasDisk(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type != unix.TMPFS_MAGIC
}

// writtenBy is what a row says was written since the tick before.
func (c *processCollector) writtenBy(p *Process) float64 {
	rate, _ := p.WriteBytes.Get()
	return math.Round(rate * c.elapsed.Seconds())
}

// TestLiveEndedChild: a child writes at several ticks, and ends.
func TestLiveEndedChild(t *testing.T) {
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	child := startServant(t, "scribble")
	child.do(t, "0")
	collectProcesses(t, c)
	collectProcesses(t, c)
	written, most, self := 0.0, 0.0, os.Getpid()
	tick := func() {
		t.Helper()
		rows := byPID(collectProcesses(t, c))
		most = max(most, c.writtenBy(rows[self]))
		if rows[child.Process.Pid] != nil {
			written += c.writtenBy(rows[child.Process.Pid])
		}
	}
	for range 8 {
		child.do(t, "8")
		tick()
	}
	before := byPID(collectProcesses(t, c))[self]
	child.end(t)
	tick()
	tick()
	after := c.slots[c.find(int32(self))].record
	total, _ := before.WriteTotal.Get()
	now, _ := after.WriteTotal.Get()
	t.Logf("the child wrote %v MiB, its parent %v MiB at most, given %v MiB", written/mebibyte, most/mebibyte, (now-total)/mebibyte)
	if most > 2*mebibyte {
		t.Errorf("the parent wrote %v bytes in a tick", most)
	}
	if hasDisk(os.TempDir()) && (written < 64*mebibyte || now-total < 64*mebibyte) {
		t.Errorf("the child wrote %v bytes, of which %v were given to its parent", written, now-total)
	}
}

// TestLiveChildrenWithoutRows: children that no tick sees write as their parent.
func TestLiveChildrenWithoutRows(t *testing.T) {
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	collectProcesses(t, c)
	collectProcesses(t, c)
	for range 16 {
		child := startServant(t, "scribble")
		child.do(t, "1")
		child.end(t)
	}
	self := byPID(collectProcesses(t, c))[os.Getpid()]
	if written := c.writtenBy(self); hasDisk(os.TempDir()) && written < 16*mebibyte {
		t.Errorf("the parent wrote %v bytes (%v)", written, self.WriteBytes.Status())
	}
}

// TestLiveOrphan: one that sleeps has its new parent as soon as the old one is
// missed.
func TestLiveOrphan(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	defer unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	parent := exec.Command("sh", "-c", "sleep 3600 >/dev/null & echo $!; read end")
	stdin, _ := parent.StdinPipe()
	stdout, _ := parent.StdoutPipe()
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	var orphan int
	if _, err := fmt.Fscan(stdout, &orphan); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if p := byPID(collectProcesses(t, c))[orphan]; p == nil || p.Parent != parent.Process.Pid {
			t.Fatalf("the child of %d is %+v", parent.Process.Pid, p)
		}
	}
	stdin.Close()
	parent.Wait()
	if p := byPID(collectProcesses(t, c))[orphan]; p == nil || p.Parent != os.Getpid() {
		t.Errorf("the orphan is %+v", p)
	}
	unix.Kill(orphan, unix.SIGKILL)
	if _, err := unix.Wait4(orphan, nil, 0, nil); err != nil {
		t.Error(err)
	}
}

// faultOnDemand uses processor time and reads pages of a file that is mapped and
// not in memory.
func faultOnDemand() error {
	const size = 64 * mebibyte / 16
	file, err := os.CreateTemp(os.Getenv(childDir), "fault")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(make([]byte, size)); err != nil {
		return err
	}
	return onDemand(func(string) error {
		if err := errors.Join(file.Sync(), unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)); err != nil {
			return err
		}
		pages, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ, unix.MAP_SHARED)
		if err != nil {
			return err
		}
		defer unix.Munmap(pages)
		unix.Madvise(pages, unix.MADV_RANDOM)
		sum := byte(0)
		for at := 0; at < size; at += 64 << 10 {
			sum += pages[at]
		}
		burn(200*time.Millisecond + time.Duration(sum))
		return nil
	})
}

// TestLiveChildrenHaveTheirOwnCounters: what a parent is given of major faults and
// processor time is not in its own.
func TestLiveChildrenHaveTheirOwnCounters(t *testing.T) {
	c := newProcessCollector(false)
	t.Cleanup(c.reset)
	child := startServant(t, "fault")
	child.do(t, "")
	before := byPID(collectProcesses(t, c))[os.Getpid()]
	child.end(t)
	after := byPID(collectProcesses(t, c))[os.Getpid()]
	given := child.ProcessState.SysUsage().(*syscall.Rusage)
	burnt := child.ProcessState.UserTime() + child.ProcessState.SystemTime()
	t.Logf("%d major faults and %v of the child, %d and %v s of its parent", given.Majflt, burnt,
		after.MajorFaults-before.MajorFaults, after.CPUSeconds-before.CPUSeconds)
	if given.Majflt > 0 && after.MajorFaults-before.MajorFaults >= uint64(given.Majflt) {
		t.Errorf("%d major faults, of which the child had %d", after.MajorFaults-before.MajorFaults, given.Majflt)
	}
	if spent := after.CPUSeconds - before.CPUSeconds; spent > 0.1 || burnt < 200*time.Millisecond {
		t.Errorf("%v s after the end of a child that used %v", spent, burnt)
	}
}

// TestLiveFamilies: among processes that begin and end, adopt and are adopted while
// a collector looks on, nothing is shown that was not read or written then.
func TestLiveFamilies(t *testing.T) { runInNamespace(t, "families") }

// generation is a process that writes, and may have children that do so, for whom
// it waits or not. Its input are the seed of its fate and how many are below it.
func generation() error {
	var seed uint64
	var depth int
	if _, err := fmt.Sscan(os.Getenv("TACHO_TEST_FATE"), &seed, &depth); err != nil {
		return err
	}
	fate := rand.New(rand.NewPCG(seed, 0))
	if fate.IntN(3) == 0 {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return err
		}
	}
	if err := scribble(fate.IntN(4)); err != nil {
		return err
	}
	var wait sync.WaitGroup
	for range fate.IntN(3) * min(1, depth) {
		child := startGeneration(fate.Uint64(), depth-1)
		if err := child.Start(); err != nil {
			return err
		}
		if fate.IntN(2) == 0 {
			wait.Go(func() { child.Wait() })
		}
	}
	time.Sleep(time.Duration(fate.IntN(20)) * time.Millisecond)
	if err := scribble(fate.IntN(4)); err != nil {
		return err
	}
	if fate.IntN(2) == 0 {
		wait.Wait()
	}
	return nil
}

func startGeneration(seed uint64, depth int) *exec.Cmd {
	child := childCommand("generation")
	child.Env = append(child.Env, fmt.Sprintf("TACHO_TEST_FATE=%d %d", seed, depth))
	return child
}

const familyCount = 24

// familiesAddUp is process 1 of its namespace, which waits for everyone in the end.
func familiesAddUp() error {
	dir, err := os.MkdirTemp("", "families")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	os.Setenv(childDir, dir)
	done := make(chan struct{})
	shown := make(chan processIO)
	go func() { shown <- showFamilies(done) }()
	for i := range familyCount {
		if err := startGeneration(uint64(i), 3).Start(); err != nil {
			return err
		}
		reap(unix.WNOHANG)
	}
	reap(0)
	close(done)
	seen := <-shown
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return err
	}
	all, _ := parseProcessIO(text)
	fmt.Printf("of %+v were shown %+v\n", all, seen)
	// Where several of a family end within one pass it may remain open who has waited
	// for whom. A pass of every thousandth of a second meets that now and then.
	if seen.written > all.written+all.written/10 {
		return errors.New("more was shown than there was")
	}
	if hasDisk(dir) && seen.written < all.written/10 {
		return errors.New("next to nothing was shown")
	}
	return nil
}

// reap waits for all children, or for those that have ended.
func reap(options int) {
	for {
		pid, err := unix.Wait4(-1, nil, options, nil)
		if err != unix.EINTR && (err != nil || pid <= 0) {
			return
		}
	}
}

// showFamilies adds up what all rows show.
func showFamilies(done <-chan struct{}) processIO {
	c := newProcessCollector(false)
	defer c.reset()
	var read, written float64
	for last := false; ; {
		reading, err := c.collect(context.Background())
		for p := range reading.All() {
			rate, _ := p.ReadBytes.Get()
			read += rate * c.elapsed.Seconds()
			written += c.writtenBy(p)
		}
		if err != nil && !errors.Is(err, ErrNoBaseline) {
			fmt.Println(err)
		}
		if last {
			return processIO{read: uint64(read), written: uint64(written)}
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
}
