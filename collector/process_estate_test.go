package collector

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// family rewrites what the fixture proc-6.12 says of single processes.
type family struct {
	t    *testing.T
	proc string
}

// setField writes a field of a process's stat, counted from 1.
func (f family) setField(pid, field int, value uint64) {
	f.t.Helper()
	path := filepath.Join(f.proc, strconv.Itoa(pid), "stat")
	text := readFile(f.t, path)
	name := strings.LastIndexByte(text, ')')
	fields := strings.Fields(text[name+2:])
	fields[field-3] = strconv.FormatUint(value, 10)
	writeFile(f.t, path, text[:name+2]+strings.Join(fields, " ")+"\n")
}

// setIO writes what a process has read and written in all.
func (f family) setIO(pid int, read, written uint64) {
	f.t.Helper()
	writeFile(f.t, filepath.Join(f.proc, strconv.Itoa(pid), "io"), "rchar: 1\nwchar: 1\nsyscr: 1\nsyscw: 1\nread_bytes: "+
		strconv.FormatUint(read, 10)+"\nwrite_bytes: "+strconv.FormatUint(written, 10)+"\ncancelled_write_bytes: 0\n")
}

func (f family) end(pids ...int) {
	f.t.Helper()
	for _, pid := range pids {
		if err := os.RemoveAll(filepath.Join(f.proc, strconv.Itoa(pid))); err != nil {
			f.t.Fatal(err)
		}
	}
}

// faultsOfEach is what every process of the fixture has, its own 812 and 40 of
// children.
const faultsOfEach = 852

// wait is what the kernel does when a process waits for as many that have ended,
// which have read and written that, together with what it does itself.
func (f family) wait(pid, children int, read, written uint64) {
	f.t.Helper()
	path := filepath.Join(f.proc, strconv.Itoa(pid))
	io, _ := parseProcessIO([]byte(readFile(f.t, filepath.Join(path, "io"))))
	stat, _ := parseProcessStat([]byte(readFile(f.t, filepath.Join(path, "stat"))), int32(pid))
	f.setIO(pid, io.read+read, io.written+written)
	f.setField(pid, cminfltField, stat.childFaults+uint64(children)*faultsOfEach)
	f.setField(pid, utimeField, stat.cpu+1)
}

// followedFamily is of process 1, 904 and 900, each a child of the one before,
// and of 901 and its child 902. All but the first have read 1 MB and written
// 100 MB.
func followedFamily(t *testing.T) (next func() map[int]*Process, f family, c *processCollector) {
	t.Helper()
	ctx, dir := fixture(t, "proc-6.12")
	f = family{t, filepath.Join(dir, "proc")}
	f.setField(900, parentField, 904)
	f.setField(900, startField, 4800)
	f.setField(901, parentField, 900)
	f.setField(901, startField, 4900)
	f.setField(902, startField, 5000)
	for _, pid := range []int{904, 900, 901, 902} {
		f.setIO(pid, 1e6, 1e8)
	}
	reading, c := follow(t, ctx)
	next = func() map[int]*Process { return byPID(reading()) }
	next()
	return next, f, c
}

func TestEndedChild(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.end(902)
	f.wait(901, 1, 1e6+1000, 1e8+20000)
	p := next()[901]
	wantAbout(t, "read", p.ReadBytes, 100)
	wantAbout(t, "written", p.WriteBytes, 2000)
	wantNumber(t, "read in all", p.ReadTotal, 2e6+1000)
	wantNumber(t, "written in all", p.WriteTotal, 2e8+20000)
	p = next()[901]
	wantNumber(t, "read after that", p.ReadBytes, 0)
	wantNumber(t, "written after that", p.WriteBytes, 0)
}

// TestChildWaitedForLater: a child that is missing may be in its parent's counters
// at the next tick only.
func TestChildWaitedForLater(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.end(902)
	f.wait(901, 0, 0, 5e8)
	wantAbout(t, "written", next()[901].WriteBytes, 5e7)
	f.wait(901, 1, 1e6, 1e8+30000)
	wantAbout(t, "written", next()[901].WriteBytes, 3000)
	f.wait(901, 1, 1e6, 1e8)
	wantAbout(t, "written by one without a row", next()[901].WriteBytes, 1e7)
}

// TestChildThatNobodyWaitsFor: its parent ignores SIGCHLD, and what that does is
// its own.
func TestChildThatNobodyWaitsFor(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.end(902)
	for i := range uint64(3) {
		f.wait(901, 0, 2e6, 2e8)
		f.setField(901, cminfltField, 40+i*100) // of others
		p := next()[901]
		wantAbout(t, "read", p.ReadBytes, 2e5)
		wantAbout(t, "written", p.WriteBytes, 2e7)
	}
}

// TestChildrenWithoutRows: what they did is their parent's.
func TestChildrenWithoutRows(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.wait(901, 30, 3e6, 3e8)
	p := next()[901]
	wantAbout(t, "read", p.ReadBytes, 3e5)
	wantAbout(t, "written", p.WriteBytes, 3e7)
}

func TestChildWhoseIOIsDenied(t *testing.T) {
	next, f, _ := followedFamily(t)
	deny(t, filepath.Join(f.proc, "902", "io"))
	f.setField(902, utimeField, 101)
	wantMissing(t, "child", next()[902].WriteBytes, Denied)
	f.end(902)
	f.wait(901, 1, 0, 1e8)
	p := next()[901]
	wantNumber(t, "read", p.ReadBytes, 0)
	wantMissing(t, "written", p.WriteBytes, NoBaseline)
	f.wait(901, 0, 0, 1e5)
	wantAbout(t, "written after that", next()[901].WriteBytes, 1e4)
}

// TestChildrenThatAreNotListed may have done anything at any time.
func TestChildrenThatAreNotListed(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.wait(901, 1, 0, 1e8)
	f.end(1)
	wantMissing(t, "written among hidden ones", next()[901].WriteBytes, NoBaseline)
}

// TestEndedFamily: 901 and 902 end in one tick, and an ancestor waits for both, or
// each has another heir.
func TestEndedFamily(t *testing.T) {
	for name, test := range map[string]struct {
		heirs map[int]int // how many of the two each waits for
		want  map[int]float64
	}{
		"both in one":          {map[int]int{900: 2}, map[int]float64{900: 1000, 904: 0, 1: 0}},
		"adopted by process 1": {map[int]int{900: 1, 1: 1}, map[int]float64{900: 1000, 904: 0, 1: 1000}},
		"adopted in between":   {map[int]int{900: 1, 904: 1}, map[int]float64{900: 1000, 904: 1000, 1: 0}},
	} {
		t.Run(name, func(t *testing.T) {
			next, f, _ := followedFamily(t)
			f.end(901, 902)
			for pid, n := range test.heirs {
				f.wait(pid, n, uint64(n)*1e6, uint64(n)*1e8+10000)
			}
			rows := next()
			for pid, want := range test.want {
				wantAbout(t, "written by "+strconv.Itoa(pid), rows[pid].WriteBytes, want)
			}
		})
	}
}

// TestEndedFamilyBitByBit: the child one tick before its parent, which never looks
// at it again.
func TestEndedFamilyBitByBit(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.end(902)
	next()
	f.end(901)
	f.wait(900, 2, 2e6, 2e8+10000)
	wantAbout(t, "written", next()[900].WriteBytes, 1000)
}

// TestOrphan: one that outlives its parent, and is then waited for by another.
func TestOrphan(t *testing.T) {
	next, f, c := followedFamily(t)
	f.end(901)
	f.wait(900, 1, 1e6, 1e8)
	f.setField(902, parentField, 904)
	rows := next()
	wantNumber(t, "written by the parent's parent", rows[900].WriteBytes, 0)
	if rows[902].Parent != 904 {
		t.Errorf("the parent is %d", rows[902].Parent)
	}
	if !c.estate.hasLost(901) || c.estate.hasLost(902) {
		t.Error("901 is not the one that was lost")
	}
	f.end(902)
	f.wait(904, 1, 1e6, 1e8+10000)
	wantAbout(t, "written by who adopted it", next()[904].WriteBytes, 1000)
}

// TestChildOfZombie: it has another parent, which its own has no more than before.
func TestChildOfZombie(t *testing.T) {
	next, f, _ := followedFamily(t)
	rewrite(t, filepath.Join(f.proc, "901", "stat"), ") R ", ") Z ")
	next()
	f.end(902)
	f.wait(900, 1, 1e6, 1e8+10000)
	wantAbout(t, "written", next()[900].WriteBytes, 1000)
}

// TestChildThatEndsDuringThePass: its parent waits for it after it was looked at,
// and before the child is missed.
func TestChildThatEndsDuringThePass(t *testing.T) {
	_, f, c := followedFamily(t)
	parent, child := c.find(901), c.find(902)
	c.estate.begin(c.now)
	c.estate.lose(&c.slots[child], c.now, true)
	f.wait(901, 1, 1e6, 1e8+500)
	c.inherit()
	wantAbout(t, "written", c.slots[parent].record.WriteBytes, 500/c.elapsed.Seconds())
	wantNumber(t, "written in all", c.slots[parent].record.WriteTotal, 2e8+500)
}

// TestChildWaitedForEarly: it was there when it was its turn, and was waited for
// before it was its parent's.
func TestChildWaitedForEarly(t *testing.T) {
	next, f, c := followedFamily(t)
	parent, child := c.find(901), c.find(902)
	if err := os.Remove(filepath.Join(f.proc, "902", "stat")); err != nil {
		t.Fatal(err)
	}
	c.estate.begin(c.now)
	c.estate.heirs = []heir{{slot: parent, pid: 901, gained: processIO{read: 1e6, written: 1e8 + 500}, faults: faultsOfEach + 3}}
	c.inherit()
	wantAbout(t, "written", c.slots[parent].record.WriteBytes, 500/c.elapsed.Seconds())
	if !c.slots[child].inherited {
		t.Error("the child is still to be inherited")
	}
	f.wait(901, 1, 1e6, 1e8)
	f.end(902)
	wantAbout(t, "written by one without a row", next()[901].WriteBytes, 1e7)
}

// TestParentThatRestsAfterwards: what it had left is not shown again.
func TestParentThatRestsAfterwards(t *testing.T) {
	next, f, c := followedFamily(t)
	f.wait(901, 1, 1e6, 1e8)
	slot := c.find(901)
	if rate, _ := next()[901].WriteBytes.Get(); rate <= 0 || c.slots[slot].flow < rate {
		t.Errorf("%v a second, %+v", rate, c.slots[slot])
	}
	c.rest(slot)
	wantNumber(t, "written", c.slots[slot].record.WriteBytes, 0)
}

// TestCirclesOfParents: nothing but a kernel keeps a tree from having them.
func TestCirclesOfParents(t *testing.T) {
	next, f, _ := followedFamily(t)
	f.setField(901, parentField, 902)
	for _, pid := range []int{900, 901, 902, 904} {
		f.setField(pid, startField, 4400)
	}
	f.setField(900, parentField, 904)
	f.setField(904, parentField, 900)
	next()
	next()
	f.end(901, 902)
	f.wait(900, 1, 1, 1)
	next()
	f.end(900)
	f.wait(904, 1, 1, 1)
	next()
}

// TestChildrenHaveTheirOwnCounters: the kernel counts the processor time and the
// major faults of children apart.
func TestChildrenHaveTheirOwnCounters(t *testing.T) {
	next, f, _ := followedFamily(t)
	for field, value := range map[int]uint64{cminfltField: 9e9, cmajfltField: 8e8, cutimeField: 7e7, cstimeField: 6e7} {
		f.setField(901, field, value)
	}
	p := next()[901]
	wantNumber(t, "CPU", p.CPU, 0)
	wantNumber(t, "CPU seconds", Of(p.CPUSeconds), 1000)
	wantNumber(t, "faults per second", p.MajorFaultRate, 0)
	wantNumber(t, "faults", Of(float64(p.MajorFaults)), 30)
}

const cmajfltField = 13
