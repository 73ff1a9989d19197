package collector

import (
	"iter"
	"time"
)

// Processes are the processes of this machine, or of the container whose /proc
// this is. Counts of states and threads cover those that are listed. It is
// immutable, and cheap to copy.
type Processes struct {
	Total         int        `json:"total" from:"/proc: directories that are named by a number"`
	Listed        int        `json:"listed" from:"/proc/PID/stat: processes whose numbers are read"`
	Running       int        `json:"running" from:"/proc/PID/stat: processes in state R"`
	Sleeping      int        `json:"sleeping" from:"/proc/PID/stat: processes in state S"`
	Blocked       int        `json:"blocked" from:"/proc/PID/stat: processes in state D, which wait for a device or a lock and cannot be interrupted"`
	Stopped       int        `json:"stopped" from:"/proc/PID/stat: processes in state T or t"`
	Zombie        int        `json:"zombie" from:"/proc/PID/stat: processes in state Z or X"`
	Idle          int        `json:"idle" from:"/proc/PID/stat: kernel threads in state I"`
	Threads       int        `json:"threads" from:"/proc/PID/stat: sum of num_threads"`
	KernelThreads int        `json:"kernel_threads" from:"/proc/PID/stat: processes with PF_KTHREAD in flags"`
	Unreadable    int        `json:"unreadable" from:"/proc/PID/stat: processes whose stat is not what a kernel writes"`
	Denied        int        `json:"denied" from:"/proc/PID/stat: processes whose stat may not be read"`
	Truncated     bool       `json:"truncated"` // there are more than are listed, because a list has an end
	Hidden        bool       `json:"hidden"`    // /proc is mounted with hidepid: it shows the processes of this user only
	Started       Value      `json:"started" from:"/proc: processes that were not there at the tick before"`
	Ended         Value      `json:"ended" from:"/proc: processes that were there at the tick before and are not any more"`
	ShortLived    ShortLived `json:"short_lived"`

	// Top has the processes that use most: by CPU, by memory and by input and
	// output, each process once, in the order of CPU.
	Top []*Process `json:"top"`

	table []*processChunk
}

// ShortLived is what came and went between two ticks, so that no row of any
// reading shows it.
type ShortLived struct {
	// Tasks are processes and threads. A thread that took the place of one that
	// ended counts as well. Unsupported in a container, where the counter of forks
	// is that of the whole machine; denied where processes are hidden.
	Tasks Value `json:"tasks" from:"/proc/stat: Δprocesses - new processes and their threads - Δnum_threads of the others"`
	// CPU is what children used since their last row here, those without any row
	// included, that were waited for in this tick; 100 is one core. It lacks the
	// children of parents that ignore SIGCHLD, for whom the kernel adds nothing up,
	// and may be 1/50 s wrong for each parent, as the kernel gives whole ticks.
	CPU Value `json:"cpu_percent" from:"/proc/PID/stat: (Δ(cutime + cstime) of all - last known CPU time of the ended) / t"`
}

// Process is one process at one tick, immutable. Its identity is PID and Start:
// a number is used again after its process has ended.
//
// Where others change a process that does not run, that is seen after at most ten
// seconds: its memory, its parent, its nice level. User, Swap, Cgroup and what
// follows from them, and the command line, are read when a process begins, when it
// executes a program, and twice a minute. UID is missing as no_baseline until that
// was done once.
type Process struct {
	PID    int `json:"pid" from:"/proc: name of the directory"`
	Parent int `json:"parent_pid" from:"/proc/PID/stat: ppid"`
	// Start is the time between boot and the start of the process in 1/100 s.
	Start   uint64    `json:"start_ticks" from:"/proc/PID/stat: starttime"`
	Started time.Time `json:"started" from:"/proc/PID/stat: btime of /proc/stat + starttime / 100"`
	Name    string    `json:"name" from:"/proc/PID/stat: comm, at most 15 bytes of a program's name"`
	// CommandLine has what looks like a secret masked. CommandLineStatus is ok, and
	// unsupported where command lines are not read; no_baseline: not yet.
	CommandLine       string `json:"command_line,omitempty" from:"/proc/PID/cmdline: arguments, with spaces between"`
	CommandLineStatus Status `json:"command_line_status,omitempty" from:"/proc/PID/cmdline: whether it could be read"`
	UID               Value  `json:"uid" from:"/proc/PID/status: Uid, the effective one"`
	User              string `json:"user" from:"/etc/passwd: name of uid; the number where it has none"`
	State             string `json:"state" from:"/proc/PID/stat: state"` // one letter: R S D T t Z X I P W K
	Kernel            bool   `json:"kernel"`                             // a thread of the kernel

	// CPU is of one core: a process of several threads may have more than 100.
	CPU        Value   `json:"cpu_percent" from:"clock_gettime(2) of the process's CPU clock: 100 * Δ / t; by utime + stime of /proc/PID/stat in another PID namespace"`
	CPUSeconds float64 `json:"cpu_seconds_total" from:"clock_gettime(2) of the process's CPU clock: since its start; by utime + stime of /proc/PID/stat in another PID namespace"`

	Resident       uint64 `json:"resident_bytes" from:"/proc/PID/stat: rss * page size; shared pages count in full"`
	Virtual        uint64 `json:"virtual_bytes" from:"/proc/PID/stat: vsize"`
	Swap           Value  `json:"swap_bytes" from:"/proc/PID/status: VmSwap"` // unsupported for threads of the kernel and zombies, which have none
	Threads        int    `json:"threads" from:"/proc/PID/stat: num_threads"`
	Nice           int    `json:"nice" from:"/proc/PID/stat: nice"`
	Priority       int    `json:"priority" from:"/proc/PID/stat: priority; negative for real-time ones"`
	Processor      Value  `json:"processor" from:"/proc/PID/stat: processor, where it ran last"`
	MajorFaults    uint64 `json:"major_faults_total" from:"/proc/PID/stat: majflt"`
	MajorFaultRate Value  `json:"major_faults_per_second" from:"/proc/PID/stat: Δmajflt / t"`

	// What a process reads and writes of storage. Denied for processes that this
	// one may not trace. Idle: what cannot be told to have run for ten seconds is
	// not asked.
	//
	// The kernel adds the totals of a child to those of its parent when that waits
	// for it. The rates lack what a child had in its last row, for that was done at
	// ticks before. What it did after that, and all that those did that began and
	// ended between two ticks, is the parent's. At a tick in which a parent has waited
	// for children whose totals are denied or that are not listed, nobody knows what
	// is its own, and its rates are no_baseline unless nothing was read or written.
	ReadBytes      Value `json:"read_bytes_per_second" from:"/proc/PID/io: (Δread_bytes - read_bytes of children that have ended, as of their last row) / t"`
	WriteBytes     Value `json:"write_bytes_per_second" from:"/proc/PID/io: (Δwrite_bytes - write_bytes of children that have ended, as of their last row) / t"`
	ReadTotal      Value `json:"read_bytes_total" from:"/proc/PID/io: read_bytes, with those of children that it has waited for"`
	WriteTotal     Value `json:"write_bytes_total" from:"/proc/PID/io: write_bytes, with those of children that it has waited for"`
	CancelledTotal Value `json:"cancelled_write_bytes_total" from:"/proc/PID/io: cancelled_write_bytes, part of write_bytes, with those of children that it has waited for"`

	Cgroup    string `json:"cgroup" from:"/proc/PID/cgroup: path in the unified hierarchy, else in that of systemd"`
	Unit      string `json:"unit" from:"/proc/PID/cgroup: innermost unit or scope"`
	Slice     string `json:"slice" from:"/proc/PID/cgroup: innermost slice"`
	Container string `json:"container" from:"/proc/PID/cgroup: identifier of the container"`
	Runtime   string `json:"container_runtime" from:"/proc/PID/cgroup: kind of the container"`
}

// NewProcesses returns the collector of Processes. CommandLine says whether to
// read the command lines, which may hold secrets that no pattern knows. Its
// first call wraps [ErrNoBaseline].
func NewProcesses(commandLine bool) Collector[Processes] {
	return newProcessCollector(commandLine).collect
}

// Len is the number of processes that [Processes.All] has.
func (p Processes) Len() int { return p.Listed }

// All has every process that is listed, in no particular order.
func (p Processes) All() iter.Seq[*Process] {
	return func(yield func(*Process) bool) {
		for _, chunk := range p.table {
			for _, process := range chunk {
				if process != nil && !yield(process) {
					return
				}
			}
		}
	}
}
