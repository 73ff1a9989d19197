// Package collector reads what a Linux machine does now.
//
// One file is one subject. Each subject has a data type and a constructor that
// returns a [Collector]: a function that owns the previous counters of its
// subject and returns one reading per call. A [Sampler] calls all of them on
// one ticker, each with a deadline, and hands out one immutable [Snapshot] per
// tick.
//
// # Missing numbers
//
// A number that could not be read is never 0. A whole subject that failed
// carries the reason in [Reading.Err]; a single number that is missing inside a
// readable subject is a [Value] whose [Value.Status] says why. Counters are
// plain unsigned integers, as the kernel counts them; rates are Values, because
// the first tick has none and a counter that went backwards has none either.
//
// # Roots
//
// The roots of /proc, /sys and the rest come from the context (gopsutil's
// common.EnvKey) and then from gopsutil's variables HOST_PROC, HOST_SYS,
// HOST_ROOT, HOST_ETC and HOST_VAR, so a test reads a fixture tree and a
// container reads the mounted host.
package collector
