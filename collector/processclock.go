package collector

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// processClock asks the kernel for the CPU time of a process: of all its threads,
// those that have ended included, in nanoseconds. Any process may ask for that of
// any other. At 0.2 us it is what makes it possible to look at every process at
// every tick: only those whose clock has moved have anything else to read.
//
// It is a field of what uses it, because a timespec of each call would be garbage.
type processClock struct{ time unix.Timespec }

// read returns the CPU time of pid, a number in the PID namespace of this
// process. The error for a process that is gone is EINVAL or ESRCH.
func (c *processClock) read(pid int32) (time.Duration, unix.Errno) {
	// The kernel does no more than add numbers up, so the scheduler of Go need not
	// be told of the call.
	_, _, err := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, uintptr(clockOf(pid)), uintptr(unsafe.Pointer(&c.time)), 0)
	return time.Duration(c.time.Nano()), err
}

// clockOf is the number of the CPU clock of a process, as clock_getcpuclockid(3)
// makes it: the complement of the process's number, and CPUCLOCK_SCHED.
func clockOf(pid int32) int32 { return ^pid<<3 | 2 }
