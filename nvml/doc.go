// Package nvml asks NVIDIA's management library about GPUs.
//
// NVIDIA's driver tells hardly anything through /sys: its numbers come from
// libnvidia-ml.so.1, of which each driver version has its own. A static program
// cannot load a library, and one that can is not static: it does not start where
// there is no glibc. So the library lives in a program of its own, the helper
// (folder host), which is embedded in this binary and executed from memory, where
// there is an NVIDIA driver and nowhere else. It is one child that lasts, not one
// a tick: to sample is to write a line to it and to read its reply (package wire).
//
// That it is another process has a second reason. A driver that hangs takes its
// caller along, and a fault in the library the whole process: the helper can be
// killed and started afresh, at most once in [Config].Pause, and what watches the
// machine stays alive. A helper that even SIGKILL does not end, because the driver
// holds it within the kernel, is left there, and no second one is started before
// it is gone.
//
// The helper has an empty environment, no descriptors but its pipes, and a process
// group of its own, so that an interrupt from the terminal is not for it. It ends
// when its standard input does, and by SIGKILL when the thread that started it
// ends, so none outlives its parent.
//
// While a helper runs, it has the GPU open, as every program has that shows these
// numbers: the driver cannot be unloaded, nor the GPU be reset, before it ends.
package nvml
