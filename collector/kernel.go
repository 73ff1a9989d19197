package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Kernel is what the kernel counts and bounds as a whole. Sources: /proc/stat,
// /proc/vmstat, /proc/loadavg, /proc/net/softnet_stat, /proc/sys/fs,
// /proc/sys/kernel.
//
// Without /proc/stat there is no reading. Any other file that is missing or
// cannot be read leaves its own numbers missing, and so does what this kernel
// does not count.
type Kernel struct {
	ContextSwitches   Value        `json:"context_switches_total" from:"/proc/stat: ctxt"`
	ContextSwitchRate Value        `json:"context_switches_per_second" from:"/proc/stat: Δctxt / t"`
	Interrupts        Value        `json:"interrupts_total" from:"/proc/stat: intr, its first number"`
	InterruptRate     Value        `json:"interrupts_per_second" from:"/proc/stat: Δintr / t, of its first number"`
	Forks             Value        `json:"forks_total" from:"/proc/stat: processes"` // threads among them
	ForkRate          Value        `json:"forks_per_second" from:"/proc/stat: Δprocesses / t"`
	SoftIRQs          Value        `json:"softirqs_total" from:"/proc/stat: softirq, its first number"`
	SoftIRQRate       Value        `json:"softirqs_per_second" from:"/proc/stat: Δsoftirq / t, of its first number"`
	Paging            Paging       `json:"paging"`
	Softnet           Softnet      `json:"softnet"`
	Limits            KernelLimits `json:"limits"`

	// VMStat are the lines of /proc/vmstat that node_exporter exports, by their
	// names there, as they stand.
	VMStat Counters `json:"-"`
}

// NewKernel returns the collector of Kernel. It wraps [ErrNoBaseline] at its
// first call.
func NewKernel() Collector[Kernel] {
	return (&kernelReader{vmstat: newVMStatReader()}).read
}

type kernelReader struct {
	buf      []byte
	previous kernelStat
	at       time.Time // of previous; zero at first
	vmstat   vmstatReader
	softnet  softnetReader
	limits   limitsReader
}

func (r *kernelReader) read(ctx context.Context) (Kernel, error) {
	stat, err := r.readStat(ctx)
	if err != nil {
		return Kernel{}, fmt.Errorf("kernel: %w", err)
	}
	at := time.Now()
	first, elapsed := r.at.IsZero(), time.Duration(0)
	if !first {
		elapsed = at.Sub(r.at)
	}
	kernel := stat.since(r.previous, elapsed)
	r.previous, r.at = stat, at
	kernel.Paging, kernel.VMStat = r.vmstat.read(ctx)
	kernel.Softnet = r.softnet.read(ctx)
	kernel.Limits = r.limits.read(ctx)
	if first {
		return kernel, fmt.Errorf("kernel: %w", ErrNoBaseline)
	}
	return kernel, nil
}

func (r *kernelReader) readStat(ctx context.Context) (kernelStat, error) {
	text, err := readProcShared(ctx, "stat", &r.buf)
	if err != nil {
		return kernelStat{}, hintAtProc(err)
	}
	stat, err := parseKernelStat(text)
	if err != nil {
		return kernelStat{}, fmt.Errorf("/proc/stat: %w", err)
	}
	return stat, nil
}

// kernelStat are the counters of /proc/stat that are not of single processors.
type kernelStat struct{ switches, interrupts, forks, softIRQs amount }

func (s kernelStat) since(previous kernelStat, elapsed time.Duration) Kernel {
	return Kernel{
		ContextSwitches: s.switches.value(), ContextSwitchRate: s.switches.rateSince(previous.switches, elapsed),
		Interrupts: s.interrupts.value(), InterruptRate: s.interrupts.rateSince(previous.interrupts, elapsed),
		Forks: s.forks.value(), ForkRate: s.forks.rateSince(previous.forks, elapsed),
		SoftIRQs: s.softIRQs.value(), SoftIRQRate: s.softIRQs.rateSince(previous.softIRQs, elapsed),
	}
}

// parseKernelStat takes a line that is absent for what this kernel does not
// count; one without a number, or a text that was cut off, is an error.
func parseKernelStat(text []byte) (kernelStat, error) {
	if !bytes.HasSuffix(text, []byte{'\n'}) {
		return kernelStat{}, errCutShort
	}
	var stat kernelStat
	parts := splitStat(text)
	for _, line := range []struct {
		name string
		into *amount
	}{
		{"ctxt", &stat.switches}, {"intr", &stat.interrupts}, {"processes", &stat.forks}, {"softirq", &stat.softIRQs},
	} {
		number, err := parts.number(line.name)
		switch {
		case err == nil:
			*line.into = amount{number, OK}
		case !errors.Is(err, errNoLine):
			return kernelStat{}, err
		}
	}
	return stat, nil
}

// KernelLimits is how much there is of what the kernel hands out, and how much of
// it is in use.
type KernelLimits struct {
	Entropy      Value `json:"entropy_bits" from:"/proc/sys/kernel/random/entropy_avail"`
	EntropyPool  Value `json:"entropy_pool_bits" from:"/proc/sys/kernel/random/poolsize"`
	OpenFiles    Value `json:"open_files" from:"/proc/sys/fs/file-nr: its first number"` // of all processes
	OpenFilesMax Value `json:"open_files_max" from:"/proc/sys/fs/file-nr: its third number"`
	Inodes       Value `json:"inodes" from:"/proc/sys/fs/inode-nr: its first number"` // in the kernel's cache
	InodesFree   Value `json:"inodes_free" from:"/proc/sys/fs/inode-nr: its second number"`
	Tasks        Value `json:"tasks" from:"/proc/loadavg: what follows the slash"` // threads that exist
	ThreadsMax   Value `json:"threads_max" from:"/proc/sys/kernel/threads-max"`
	PIDMax       Value `json:"pid_max" from:"/proc/sys/kernel/pid_max"`
}

// limitsReader reads files of a line each.
type limitsReader struct {
	buf []byte
}

func (r *limitsReader) read(ctx context.Context) KernelLimits {
	files := r.numbers(ctx, "sys/fs/file-nr", 3)
	inodes := r.numbers(ctx, "sys/fs/inode-nr", 2)
	return KernelLimits{
		Entropy:      r.numbers(ctx, "sys/kernel/random/entropy_avail", 1)[0],
		EntropyPool:  r.numbers(ctx, "sys/kernel/random/poolsize", 1)[0],
		OpenFiles:    files[0],
		OpenFilesMax: files[2],
		Inodes:       inodes[0],
		InodesFree:   inodes[1],
		Tasks:        r.tasks(ctx),
		ThreadsMax:   r.numbers(ctx, "sys/kernel/threads-max", 1)[0],
		PIDMax:       r.numbers(ctx, "sys/kernel/pid_max", 1)[0],
	}
}

// numbers reads a file of as many numbers, or says why all of them are missing.
func (r *limitsReader) numbers(ctx context.Context, path string, many int) [3]Value {
	text, err := readInto(procPath(ctx, path), r.buf)
	if err != nil {
		none := Missing(statusOf(err))
		return [3]Value{none, none, none}
	}
	r.buf = text
	return parseNumbers(string(text), many)
}

// parseNumbers reads the first line, on which there must be as many numbers.
func parseNumbers(text string, many int) [3]Value {
	failed := Missing(Failed)
	numbers := [3]Value{failed, failed, failed}
	if wholeLines(text) != nil {
		return numbers
	}
	rest := text[:len(text)-1]
	for i := range many {
		var field string
		field, rest = cutField(rest)
		number, err := strconv.ParseUint(field, 10, 64)
		if err != nil {
			return [3]Value{failed, failed, failed}
		}
		numbers[i] = Of(float64(number))
	}
	return numbers
}

func (r *limitsReader) tasks(ctx context.Context) Value {
	text, err := readProcShared(ctx, "loadavg", &r.buf)
	if err != nil {
		return Missing(statusOf(err))
	}
	load, err := parseLoad(string(text))
	if err != nil {
		return Missing(Failed)
	}
	return Of(float64(load.Tasks))
}
