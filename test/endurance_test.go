package test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tacho-monitor/tacho/test/hangfs"
	"github.com/tacho-monitor/tacho/test/program"
)

const (
	deadMounts    = 20
	deadMountsFor = 3 * time.Minute
)

func init() {
	subjects["hangfs"] = func(dir string) error { return hangfs.Serve(dir, deadMounts, deadMountsFor) }
}

// tickOf is what these tests read of a tick.
type tickOf struct {
	Time   time.Time                `json:"time"`
	Gap    *struct{ Reason string } `json:"gap"`
	Load   section[loadData]        `json:"load"`
	Mounts section[mountData]       `json:"mounts"`
	Self   section[numbers]         `json:"self"`
}

// dead counts the mounts of hangfs by their status.
func (k tickOf) dead(dir string) map[string]int {
	count := map[string]int{}
	for _, m := range k.Mounts.Data.Mounts {
		if strings.HasPrefix(m.Mountpoint, dir+"/") {
			count[m.Status]++
		}
	}
	return count
}

// Twenty file servers die, and answer again. All that time the ticks go on as
// ever, the mounts say what they lack, and no more than a thread for each waits.
func TestDeadMounts(t *testing.T) {
	t.Parallel()
	const interval = 250 * time.Millisecond
	dir := t.TempDir()
	p := startAmidDeadMounts(t, dir, "--interval="+interval.String())
	events := parse(curl(t, p.URL+"api/v1/stream/load,mounts,self?replay=all"))
	seq := 0
	ticks := func(n int) (all []tickOf) {
		t.Helper()
		for _, e := range take(t, events, n) {
			if seq++; e.seq(t) != seq {
				t.Fatalf("tick %d follows on %d", e.seq(t), seq-1)
			}
			k := decode[tickOf](t, e.data)
			if k.Gap != nil || k.Load.Status != "ok" || k.Mounts.Status != "ok" {
				t.Errorf("tick %d: gap %v, load %s, mounts %s", seq, k.Gap, k.Load.Status, k.Mounts.Status)
			}
			all = append(all, k)
		}
		return all
	}
	// turn has the mounts answer or not, and wants them to be so two ticks later. From
	// then on, a file server that gets no processor for a moment may answer late, once
	// in a row.
	turn := func(answer bool, status string) {
		t.Helper()
		if err := hangfs.Answer(dir, answer); err != nil {
			t.Fatal(err)
		}
		settled := time.Now().Add(2 * interval)
		late := true
		for _, k := range ticks(20) {
			if !k.Time.After(settled) {
				continue
			}
			other := k.dead(dir)[status] != deadMounts
			if other && (late || !answer) {
				t.Errorf("%s after it the mounts are %v, want all %s", k.Time.Sub(settled)+2*interval, k.dead(dir), status)
			}
			late = other
		}
	}

	turn(true, "ok")
	before, threads := int(*ticks(1)[0].Self.Data["goroutines"]), threadsOf(t, p)
	for range 2 {
		turn(false, "stale")
		if now := int(*ticks(1)[0].Self.Data["goroutines"]); now > before+deadMounts+5 {
			t.Errorf("%d goroutines, %d while the mounts answered", now, before)
		}
		if now := threadsOf(t, p); now > threads+deadMounts+5 {
			t.Errorf("%d threads, %d while the mounts answered", now, threads)
		}
		turn(true, "ok")
	}
}

// startAmidDeadMounts runs tacho where hangfs has its mounts below dir.
func startAmidDeadMounts(t *testing.T, dir string, args ...string) *program.Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`%s='hangfs %s' '%s' &
while [ ! -e '%[4]s' ]; do kill -0 $!; sleep 0.05; done`, subjectVariable, dir, self, hangfs.MountedFile(dir))
	if err := hangfs.Answer(dir, true); err != nil {
		t.Fatal(err)
	}
	p, err := program.StartInside(t.TempDir(), script, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// A process whose threads wait for a file server cannot end.
		if err := hangfs.Answer(dir, true); err != nil {
			t.Error(err)
		}
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("tacho's log:\n%s", p.Log())
		}
	})
	return p
}

// threadsOf counts the threads of a program.
func threadsOf(t *testing.T, p *program.Program) int {
	t.Helper()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	return len(tasks)
}
