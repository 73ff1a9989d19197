package notices

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tacho-monitor/tacho/collector"
)

// kill is a process that the kernel has killed for want of memory, from the tick at
// which that was counted to the next: what is killed takes its time to end.
type kill struct {
	count  float64
	at     time.Time
	before *collector.Snapshot // it was there then
	group  *collector.Cgroup   // that counts it; nil where that is not known
}

// kills tells what was killed at the tick before, and sees whether something was at
// this one.
func (w *Watch) kills(s *collector.Snapshot) {
	if k := w.killed; k != nil {
		if k.group == nil {
			k.group = killedIn(k.before, s)
		}
		w.happen(k.notice(s))
	}
	w.killed = nil
	var group *collector.Cgroup
	if w.before != nil {
		group = killedIn(w.before, s)
	}
	if count := w.countedKills(s, group); count > 0 {
		w.killed = &kill{count: count, at: s.Time, before: w.before, group: group}
	}
}

// countedKills is how many processes were killed since the counter of the kernel was
// read before; by that of a group where there is no other.
func (w *Watch) countedKills(now *collector.Snapshot, group *collector.Cgroup) float64 {
	is, known := now.Kernel.Value.Paging.OOMKills.Get()
	switch was, counted := w.count.Get(); {
	case known && now.Kernel.Has():
		w.count = collector.Of(is)
		if counted {
			return max(0, is-was)
		}
	case !counted && group != nil:
		return 1
	}
	return 0
}

// killedIn is the innermost group that counts more kills than before.
func killedIn(before, now *collector.Snapshot) (innermost *collector.Cgroup) {
	if !before.Cgroups.Has() || !now.Cgroups.Has() {
		return nil
	}
	was := make(map[string]*collector.Cgroup, len(before.Cgroups.Value.Cgroups))
	for _, g := range before.Cgroups.Value.Cgroups {
		was[g.Path] = g
	}
	for _, g := range now.Cgroups.Value.Cgroups {
		if moreKills(was[g.Path], g) && (innermost == nil || innermost.Contains(g.Path)) {
			innermost = g
		}
	}
	return innermost
}

func moreKills(was, is *collector.Cgroup) bool {
	if was == nil || was == is {
		return false
	}
	before, known := was.Memory.OOMKills.Get()
	now, still := is.Memory.OOMKills.Get()
	return known && still && now > before
}

// notice says what was killed. The kernel says which process only in its log, which
// takes rights to read: that it is the largest of those that have ended is likely,
// and said so.
func (k *kill) notice(s *collector.Snapshot) Notice {
	n := Notice{Kind: "oom_kill", Time: k.at, Severity: Critical, Section: "kernel", Subject: "memory", Text: "ran out: "}
	inGroup := k.ofGroup()
	if inGroup {
		n.Section, n.Subject, n.Text = "cgroups", k.group.Name, "ran out of memory: "
	}
	if k.count > 1 {
		n.Text += fmt.Sprintf("%.0f processes were killed", k.count)
	} else {
		n.Text += "a process was killed"
	}
	victim := k.victim(s)
	if victim == nil {
		return n
	}
	n.Text += ", probably " + victim.Name
	if !inGroup && victim.Unit != "" {
		n.Text += " of " + victim.Unit
	}
	n.Text += fmt.Sprintf(" (PID %d, %s)", victim.PID, size(held(victim)))
	return n
}

// ofGroup reports whether a group below the root counts the kill.
func (k *kill) ofGroup() bool { return k.group != nil && k.group.Path != "/" }

// victim is the largest of the processes that have ended, in the group if one is
// known; nil where none is large enough to be killed for that.
func (k *kill) victim(now *collector.Snapshot) *collector.Process {
	if !k.before.Processes.Has() || !now.Processes.Has() {
		return nil
	}
	type identity struct {
		pid   int
		start uint64
	}
	alive := make(map[identity]*collector.Process, now.Processes.Value.Len())
	for p := range now.Processes.Value.All() {
		alive[identity{p.PID, p.Start}] = p
	}
	var ended []*collector.Process
	for p := range k.before.Processes.Value.All() {
		if !p.Kernel && k.mayBe(p) && hasEnded(p, alive[identity{p.PID, p.Start}]) {
			ended = append(ended, p)
		}
	}
	if len(ended) == 0 {
		return nil
	}
	return slices.MaxFunc(ended, func(a, b *collector.Process) int {
		return cmp.Or(cmp.Compare(held(a), held(b)), cmp.Compare(b.PID, a.PID))
	})
}

// hasEnded reports that a process is gone, or has given its memory back and is
// about to be.
func hasEnded(was, is *collector.Process) bool {
	return is == nil || strings.ContainsAny(is.State, "ZX") && !strings.ContainsAny(was.State, "ZX") || held(is) < held(was)/10
}

// mayBe reports whether a process can be one that the kernel has chosen: one of the
// group, or one that holds a good part of the memory.
func (k *kill) mayBe(p *collector.Process) bool {
	if k.ofGroup() {
		return k.group.Contains(p.Cgroup)
	}
	return !k.before.Memory.Has() || held(p) >= float64(k.before.Memory.Value.Total)/100
}

// held is what a process has of the memory and the swap, in bytes.
func held(p *collector.Process) float64 {
	swap, _ := p.Swap.Get()
	return float64(p.Resident) + swap
}

// size is a number of bytes as people say it: "3.1 GiB".
func size(bytes float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	at := 0
	for bytes >= 1024 && at < len(units)-1 {
		bytes /= 1024
		at++
	}
	if bytes < 10 && at > 0 {
		return fmt.Sprintf("%.1f %s", bytes, units[at])
	}
	return fmt.Sprintf("%.0f %s", math.Floor(bytes), units[at])
}
